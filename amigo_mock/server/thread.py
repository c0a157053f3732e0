"""A server in a thread of its own, which loads nothing until somebody connects."""

from __future__ import annotations

import logging
import socket
from threading import Lock, Thread, current_thread
from typing import TYPE_CHECKING

from amigo_mock.server.sockets import readable

if TYPE_CHECKING:
    from amigo_mock.server.gateway import Gateway
    from amigo_mock.server.server import Server

_LOGGER = logging.getLogger("amigo_mock.server")


class Background:
    """Answers on a listening socket from the first connection on, until it is stopped.

    Until then there is only a thread that waits: whoever never connects pays for no server.
    """

    def __init__(self, gateway: Gateway, listener: socket.socket) -> None:
        self._gateway = gateway
        self._listener = listener
        self._lock = Lock()
        self._stopped = False
        self._server: Server | None = None
        self._wake, self._woken = socket.socketpair()
        self._thread = Thread(target=self._run, name="amigo-mock", daemon=True)
        self._thread.start()

    @property
    def current(self) -> bool:
        """True in the thread of the server."""
        return current_thread() is self._thread

    def stop(self) -> None:
        """Cut connections and free the port; the thread has ended."""
        with self._lock:
            self._stopped = True
            server = self._server
        if server is not None:
            server.stop()
        self._wake.close()
        self._thread.join()

    def _run(self) -> None:
        try:
            readable(self._listener, self._woken)
            if not self._stopped:
                self._serve()
        except Exception as error:
            _LOGGER.exception("the server has ended, and nobody answers any more")
            self._gateway.tenants.landlord.troubles["server"] = f"the server has ended: {error!r}"
        finally:
            self._woken.close()
            self._listener.close()

    def _serve(self) -> None:
        from amigo_mock.server.server import Server

        server = Server(self._gateway, self._listener)
        with self._lock:
            if self._stopped:
                return
            self._server = server
        server.run_until_stopped()
