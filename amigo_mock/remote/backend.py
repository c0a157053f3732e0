"""The backend of a fake that runs elsewhere, in an organization of its own there."""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, NoReturn

from amigo_mock.engine.backend import Snapshot
from amigo_mock.remote.control_client import ControlClient
from amigo_mock.remote.tenant import RemoteTenant
from amigo_mock.settings import Settings

if TYPE_CHECKING:
    import httpx2


class RemoteBackend:
    """A tenant of a server, opened at the start and deleted at the end. The server goes on."""

    def __init__(
        self,
        url: str,
        control_token: str | None = None,
        settings: Settings | None = None,
        organization: str | None = None,
    ) -> None:
        settings = settings or Settings()
        if control_token is None and settings.control_token is not None:
            control_token = settings.control_token.get_secret_value()
        self._control = ControlClient(url, control_token)
        self.fake = RemoteTenant(self._control, organization, settings)
        self.url = ""
        self._lent: tuple[int, httpx2.BaseTransport] | None = None  # in this process
        self._lock = Lock()

    def start(self) -> None:
        """Open the tenant. Raises `MockError` if no fake answers, or it refuses."""
        if not self.url:
            self._open(self.fake.settings, record=False)

    def stop(self) -> None:
        """Delete the tenant, with everything in it."""
        self.url = ""
        lent, self._lent = self._lent, None
        if lent is not None and lent[0] == os.getpid():
            lent[1].close()
        self.fake.close()

    def renew(self, settings: Settings, *, record: bool) -> None:
        """Open a tenant with these settings, in place of the one that is open."""
        self._open(settings, record=record)

    def _open(self, settings: Settings, *, record: bool) -> None:
        try:
            if not self.url:
                self._control.greet()
            self.fake.open(settings, record=record)
        except BaseException:
            self._control.close()
            raise
        self.url = self._control.url

    @property
    def in_server_thread(self) -> bool:
        """False: no thread of this process answers."""
        return False

    @property
    def app(self) -> NoReturn:
        """Raise `RuntimeError`: the application is in another process."""
        raise RuntimeError("the application is served elsewhere; reach it by its url")

    def snapshot(self) -> Snapshot:
        """The world as it is, for `restore`."""
        return self.fake.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Put the world back. Raises `MockError` for a snapshot of another fake."""
        self.fake.restore(snapshot)

    def transport(self, in_process: bool) -> httpx2.BaseTransport:
        """A transport over the socket.

        With `in_process` all such clients share one, and none of them has to be closed.
        """
        return self._shared() if in_process else self._own()

    def async_transport(self, in_process: bool) -> httpx2.AsyncBaseTransport:
        """As `transport`, for asyncio and trio; with `in_process` no connection is kept."""
        from amigo_mock.clients.over_the_wire import async_transport

        return async_transport(secure=self._control.secure, keep_alive=not in_process)

    def _own(self) -> httpx2.BaseTransport:
        from amigo_mock.clients.over_the_wire import transport

        return transport(secure=self._control.secure)

    def _shared(self) -> httpx2.BaseTransport:
        with self._lock:
            if self._lent is None or self._lent[0] != os.getpid():
                self._lent = os.getpid(), self._own()
            return self._lent[1]
