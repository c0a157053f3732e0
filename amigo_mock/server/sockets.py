"""Listening sockets: binding, their URL, and waiting for data."""

from __future__ import annotations

import errno
import selectors
import socket

from amigo_mock.errors import MockError

# `select` knows no descriptor from 1024 on, and a suite may have as many; Windows has no `poll`.
_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)


EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - and where to reach it from here


class AddressInUse(MockError):
    """Something listens there already."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket: from here on clients can connect, whoever serves them and when.

    Raises `MockError` if the address is taken or not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends at once on what says that it is TCP. An answer in two pieces else waits for the
    # client to acknowledge the first, which on a kept connection takes it 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    where = _authority(host, port)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:  # `::` is every address of this machine, IPv4 too
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError, TypeError) as error:  # TypeError: a name that IDNA lacks
        listener.close()
        reason = getattr(error, "strerror", None) or error
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise AddressInUse(
                f"cannot listen on {where}: {reason}; choose another port, or 0 for a free one"
            ) from None
        if isinstance(error, OSError) and error.errno == errno.EACCES:
            raise MockError(
                f"cannot listen on {where}: {reason}; choose a port above 1023"
            ) from None
        raise MockError(
            f"cannot listen on {where}: {reason}; the host has to be an address of this machine"
        ) from None
    listener.setblocking(False)
    return listener


def url(listener: socket.socket) -> str:
    """The URL of a listening socket, for this machine."""
    return url_of(*listener.getsockname()[:2])


def url_of(host: str, port: int | None) -> str:
    """The URL, for this machine, of what listens on an address."""
    return f"http://{_authority(EVERYWHERE.get(host, host), port)}"


def _authority(host: str, port: int | None) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def readable(*sockets: socket.socket, seconds: float | None = None) -> bool:
    """Wait until a socket has data or a client; False if none has in time. None: no limit.

    An idle connection that becomes readable was closed by the other side.
    """
    with _Selector() as selector:
        for one in sockets:
            selector.register(one, selectors.EVENT_READ)
        return bool(selector.select(seconds))
