"""The threads of this process that have sent something to the fake."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from threading import get_ident
from typing import Any
from urllib.parse import urlsplit

from amigo_mock.state.switch import Switch

SENDING = ("send", "sendall", "sendmsg")  # methods of a socket


class Talkers(Switch):
    """Knows which threads have sent something to a fake, from `start` to `stop`.

    Clients over a socket are seen as they send, those in process as they are answered. A library
    that sends by code of its own (uvloop, libcurl) is not seen.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = parts.hostname, parts.port
        self._threads: set[int] = set()
        self._before: dict[str, Any] = {}

    def start(self) -> None:
        """Begin to look at what sockets send."""
        self._before = {name: vars(socket.socket).get(name) for name in SENDING}
        for name in SENDING:
            setattr(socket.socket, name, self._watched(getattr(socket.socket, name)))

    def stop(self) -> None:
        """Leave the sockets as they were."""
        for name, theirs in self._before.items():
            if theirs is None:
                delattr(socket.socket, name)  # it is inherited
            else:
                setattr(socket.socket, name, theirs)

    def note(self, _: object = None) -> None:
        """Note that this thread is one of them."""
        self._threads.add(get_ident())

    def may_wait(self) -> bool:
        """Tell whether this thread is one of them, or none is known."""
        return not self._threads or get_ident() in self._threads

    def _watched(self, theirs: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(theirs)
        def send(sock: socket.socket, *arguments: Any, **options: Any) -> Any:
            if get_ident() not in self._threads:
                with suppress(OSError):  # not connected
                    if tuple(sock.getpeername()[:2]) == self._address:
                        self.note()
            return theirs(sock, *arguments, **options)

        return send
