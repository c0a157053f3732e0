"""Raw bytes to a fake over a socket, and what comes of them: on our server and on plain uvicorn."""

from __future__ import annotations

import re
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import uvicorn

from amigo_mock import Settings
from amigo_mock.engine.fake import Fake
from amigo_mock.resources import CATALOG
from amigo_mock.server import uvicorn_protocol
from amigo_mock.server.app import application
from amigo_mock.server.gateway import Gateway
from amigo_mock.server.sockets import bind
from amigo_mock.server.thread import Background

SETTINGS = Settings.of(clock="2026-01-01T00:00:00Z", max_body_size=200_000, rate_limits=False)
TOKEN = Fake(CATALOG, SETTINGS).token("mock-org", "mock-user").encode()

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n")
DATE = re.compile(rb"\r\ndate: [^\r]*")

SHORT, LONG = 0.02, 2.0  # seconds of silence


@dataclass(frozen=True)
class Verdict:
    """What came back: a status for each answer, and whether the server closed the connection."""

    statuses: tuple[int, ...]
    closed: bool
    content: bytes = field(default=b"", compare=False)


class Edge:
    """A fake behind a socket."""

    def __init__(self, gateway: Gateway, listener: socket.socket) -> None:
        self.gateway = gateway
        self.address = listener.getsockname()
        self.background: Background | None = None

    @property
    def fake(self) -> Fake:
        return self.gateway.tenants.landlord

    @property
    def server(self) -> uvicorn.Server:
        """Our own server, once somebody has connected."""
        assert self.background is not None
        assert self.background._server is not None
        return self.background._server

    def connect(self) -> socket.socket:
        connection = socket.create_connection(self.address, timeout=10)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def send(
        self, content: bytes, wanted: Verdict | None = None, patience: float = LONG
    ) -> Verdict:
        """Send bytes, and read until the server closes or has nothing to say.

        What is `wanted` is waited for; the silence after it need not be long.
        """
        found = Verdict((), False)
        with self.connect() as connection:
            try:
                connection.sendall(content)
                while select.select([connection], [], [], SHORT if found == wanted else patience)[
                    0
                ]:
                    piece = connection.recv(65536)
                    found = told(found.content + piece, closed=not piece)
                    if not piece:
                        break
            except (ConnectionResetError, BrokenPipeError):
                found = told(found.content, closed=True)
        return found


def told(content: bytes, *, closed: bool) -> Verdict:
    """What bytes say that came back."""
    return Verdict(tuple(int(status) for status in _STATUS.findall(content)), closed, content)


@contextmanager
def ours(known: tuple[str, ...]) -> Iterator[Edge]:
    """Our own server; `known` are the releases of uvicorn for which the fast path is on."""
    gateway = Gateway(Fake(CATALOG, SETTINGS))
    listener = bind("127.0.0.1", 0)
    edge = Edge(gateway, listener)
    before, uvicorn_protocol.KNOWN = uvicorn_protocol.KNOWN, known
    background = edge.background = Background(gateway, listener)
    try:
        edge.send(b"GET /_mock/health HTTP/1.1\r\nConnection: close\r\n\r\n")
        uvicorn_protocol.KNOWN = before
        yield edge
    finally:
        uvicorn_protocol.KNOWN = before
        background.stop()


@contextmanager
def plain() -> Iterator[Edge]:
    """Plain uvicorn with the ASGI application."""
    gateway = Gateway(Fake(CATALOG, SETTINGS))
    listener = bind("127.0.0.1", 0)
    config = uvicorn.Config(
        application(gateway), log_config=None, log_level="critical", lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield Edge(gateway, listener)
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


@contextmanager
def edges() -> Iterator[dict[str, Edge]]:
    """With the fast path, without it, and plain uvicorn."""
    with ExitStack() as stack:
        yield {
            "fast": stack.enter_context(ours(uvicorn_protocol.KNOWN)),
            "slow": stack.enter_context(ours(("none",))),
            "plain": stack.enter_context(plain()),
        }
