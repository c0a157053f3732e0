"""Every way there is to a fake, and what comes of a request on each of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import httpx2
from hypercorn.asyncio import serve
from hypercorn.config import Config

from amigo_mock.clients.in_process import AsyncInProcessTransport, InProcessTransport
from amigo_mock.engine.fake import Fake
from amigo_mock.server import uvicorn_protocol
from amigo_mock.server.app import application
from amigo_mock.server.gateway import Gateway
from amigo_mock.server.sockets import bind, url
from amigo_mock.server.thread import Background

HOST = "localhost"
FRAMING = frozenset({"date", "server", "transfer-encoding", "connection"})


@dataclass(frozen=True)
class Case:
    """A request, the status that it is answered with, and what is done to the fake beforehand.

    A connection that is cut has the status 0 if nothing was sent before.
    """

    name: str
    method: str
    path: str
    status: int
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    arrange: Callable[[Gateway], object] = lambda _: None


@dataclass(frozen=True)
class Reply:
    """What came back. `cut` says that the connection was cut before the end."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    cut: bool = False


class Ask(Protocol):
    """Sends a request on one of the ways."""

    def __call__(self, case: Case, headers: dict[str, str]) -> Reply: ...


@dataclass
class Way:
    """One of the ways, with a fake of its own."""

    gateway: Gateway
    ask: Ask

    @property
    def fake(self) -> Fake:
        return self.gateway.tenants.landlord


def _headers(answer: httpx2.Response) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(map(_timeless, filter(_compared, answer.headers.multi_items()))))


def _compared(header: tuple[str, str]) -> bool:
    return header[0] not in FRAMING


def _timeless(header: tuple[str, str]) -> tuple[str, str]:
    """A header without the time of clients, which goes on from one way to the next."""
    name, value = header
    return (name, "some time") if name == "x-ratelimit-reset" else (name, value)


def _asking(client: httpx2.Client) -> Ask:
    def ask(case: Case, headers: dict[str, str]) -> Reply:
        body, answer = b"", None
        try:
            with client.stream(
                case.method, case.path, content=case.body, headers=headers
            ) as answer:
                for piece in answer.iter_raw():
                    body += piece
        except httpx2.RemoteProtocolError:
            if answer is None:
                return Reply(0, (), b"", cut=True)
            return Reply(answer.status_code, _headers(answer), body, cut=True)
        return Reply(answer.status_code, _headers(answer), body)

    return ask


@contextmanager
def _client(base: str, transport: httpx2.BaseTransport | None = None) -> Iterator[Ask]:
    with httpx2.Client(
        base_url=base, transport=transport, trust_env=False, verify=False, timeout=30
    ) as client:
        yield _asking(client)


@contextmanager
def _uvicorn(gateway: Gateway, known: tuple[str, ...]) -> Iterator[Ask]:
    before, uvicorn_protocol.KNOWN = uvicorn_protocol.KNOWN, known
    listener = bind("127.0.0.1", 0)
    background = Background(gateway, listener)
    try:
        with _client(url(listener)) as ask:
            ask(Case("begin", "GET", "/_mock/health", 200), {"Host": HOST})
            uvicorn_protocol.KNOWN = before
            yield ask
    finally:
        uvicorn_protocol.KNOWN = before
        background.stop()


@contextmanager
def _with_fast_path(gateway: Gateway) -> Iterator[Ask]:
    with _uvicorn(gateway, uvicorn_protocol.KNOWN) as ask:
        yield ask


@contextmanager
def _without_fast_path(gateway: Gateway) -> Iterator[Ask]:
    with _uvicorn(gateway, ("none",)) as ask:
        yield ask


@contextmanager
def _hypercorn(gateway: Gateway) -> Iterator[Ask]:
    listener = bind("127.0.0.1", 0)
    address = url(listener)
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.loglevel = "CRITICAL"
    config.graceful_timeout = 0.1
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve(application(gateway), config, shutdown_trigger=ended.wait))  # type: ignore[arg-type]

    thread = threading.Thread(target=run)
    thread.start()
    try:
        with _client(address) as ask:
            yield ask
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


@contextmanager
def _in_process(gateway: Gateway) -> Iterator[Ask]:
    with _client(f"http://{HOST}", InProcessTransport(gateway)) as ask:
        yield ask


@contextmanager
def _in_process_async(gateway: Gateway) -> Iterator[Ask]:
    transport = AsyncInProcessTransport(gateway)
    with asyncio.Runner() as runner:

        async def asked(case: Case, headers: dict[str, str]) -> Reply:
            body, answer = b"", None
            async with httpx2.AsyncClient(
                transport=transport, base_url=f"http://{HOST}", trust_env=False
            ) as client:
                try:
                    async with client.stream(
                        case.method, case.path, content=case.body, headers=headers
                    ) as answer:
                        async for piece in answer.aiter_raw():
                            body += piece
                except httpx2.RemoteProtocolError:
                    if answer is None:
                        return Reply(0, (), b"", cut=True)
                    return Reply(answer.status_code, _headers(answer), body, cut=True)
            return Reply(answer.status_code, _headers(answer), body)

        yield lambda case, headers: runner.run(asked(case, headers))


WAYS: dict[str, Callable[[Gateway], AbstractContextManager[Ask]]] = {
    "in process": _in_process,
    "in process, async": _in_process_async,
    "uvicorn with the fast path": _with_fast_path,
    "uvicorn without it": _without_fast_path,
    "hypercorn": _hypercorn,
}


@contextmanager
def all_ways(make: Callable[[], Fake]) -> Iterator[dict[str, Way]]:
    """Every way, each to a fake of its own."""
    with ExitStack() as stack:
        found: dict[str, Way] = {}
        for name, way in WAYS.items():
            gateway = Gateway(make())
            found[name] = Way(gateway, stack.enter_context(way(gateway)))
        yield found
