"""Transports that reach a fake in this process: no socket, no thread, no server.

What a client says is answered as it would be over the wire, and streamed answers arrive as they are
made.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from time import sleep
from typing import TYPE_CHECKING
from urllib.parse import unquote

import httpx2

from amigo_mock.engine.http.messages import Answer, Request, first_of
from amigo_mock.errors import Dropped
from amigo_mock.operations.responses import Wait

if TYPE_CHECKING:
    from amigo_mock.engine.pipeline import Steps
    from amigo_mock.server.gateway import Gateway

CLIENT = "127.0.0.1"
PROTOCOL = {"http_version": b"HTTP/1.1"}  # as an answer over the wire has it

DISCONNECTED = "Server disconnected without sending a response."
CUT = "peer closed connection without sending complete message body (incomplete chunked read)"


class InProcessTransport(httpx2.BaseTransport):
    """For `httpx2.Client`."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._process = os.getpid()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer. Raises `httpx2.RemoteProtocolError` where the connection is to be cut."""
        check_process(self._process)
        steps = self._gateway.answer(received(request, request.read()))
        timer = ReadTimer(request)
        try:
            for step in steps:
                if isinstance(step, Wait):
                    sleep(timer.spent(step.seconds))
                elif isinstance(step, Answer):
                    pieces = Pieces(steps, request) if step.streamed else None
                    return timer.response(step, pieces)
        except Dropped:
            raise httpx2.RemoteProtocolError(DISCONNECTED, request=request) from None
        raise AssertionError("a request was not answered")


class AsyncInProcessTransport(httpx2.AsyncBaseTransport):
    """For `httpx2.AsyncClient`, on any event loop."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._process = os.getpid()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer. Raises `httpx2.RemoteProtocolError` where the connection is to be cut."""
        check_process(self._process)
        steps = self._gateway.answer(received(request, await request.aread()))
        timer = ReadTimer(request)
        try:
            for step in steps:
                if isinstance(step, Wait):
                    await wait(timer.spent(step.seconds))
                elif isinstance(step, Answer):
                    pieces = AsyncPieces(steps, request) if step.streamed else None
                    return timer.response(step, pieces)
        except Dropped:
            raise httpx2.RemoteProtocolError(DISCONNECTED, request=request) from None
        raise AssertionError("a request was not answered")


async def wait(seconds: float) -> None:
    """Sleep, on any event loop."""
    from anyio import sleep as pause

    await pause(seconds)


def check_process(process: int) -> None:
    """Raise `RuntimeError` in a process that was forked off: what it changes, nobody sees."""
    if os.getpid() != process:
        raise RuntimeError(
            "this client belongs to the process that was forked; reach the fake by its url"
        )


def received(request: httpx2.Request, content: bytes) -> Request:
    """A client's request as it comes in."""
    url = request.url
    path, _, query = url.raw_path.partition(b"?")
    headers = first_of([(name.lower(), value) for name, value in request.headers.raw])
    name = path.decode("ascii")
    return Request(
        request.method,
        unquote(name) if "%" in name else name,
        query.decode("latin-1"),
        headers,
        content,
        url.scheme,
        CLIENT,
    )


class ReadTimer:
    """The time that a client waits for its answer, and for each piece of it."""

    def __init__(self, request: httpx2.Request) -> None:
        self._request = request
        self.late = False

    def spent(self, seconds: float) -> float:
        """The part of a delay that the client is there for. The service goes on without it."""
        if self.late:
            return 0
        limit: float | None = self._request.extensions.get("timeout", {}).get("read")
        if limit is not None and seconds > limit:
            self.late = True
            return limit
        return seconds

    def check(self) -> None:
        """Raise `httpx2.ReadTimeout` if the client has gone."""
        if self.late:
            raise httpx2.ReadTimeout("timed out", request=self._request)

    def response(
        self, answer: Answer, pieces: httpx2.SyncByteStream | httpx2.AsyncByteStream | None
    ) -> httpx2.Response:
        """The answer as the client gets it. Raises `httpx2.ReadTimeout` if it came too late."""
        self.check()
        stream = httpx2.ByteStream(answer.sent) if pieces is None else pieces
        headers = answer.framed()
        return httpx2.Response(answer.status, headers=headers, stream=stream, extensions=PROTOCOL)


class Pieces(httpx2.SyncByteStream):
    """The body of a streamed answer. Whoever closes it is gone for the service, too."""

    def __init__(self, steps: Steps, request: httpx2.Request) -> None:
        self._steps = steps
        self._request = request
        self._timer = ReadTimer(request)

    def __iter__(self) -> Iterator[bytes]:
        try:
            for step in self._steps:
                if isinstance(step, Wait):
                    sleep(self._timer.spent(step.seconds))
                    self._timer.check()
                elif isinstance(step, bytes):
                    yield step
        except Dropped:
            raise httpx2.RemoteProtocolError(CUT, request=self._request) from None

    def close(self) -> None:
        """End the answer."""
        self._steps.close()


class AsyncPieces(httpx2.AsyncByteStream):
    """The same for `httpx2.AsyncClient`."""

    def __init__(self, steps: Steps, request: httpx2.Request) -> None:
        self._steps = steps
        self._request = request
        self._timer = ReadTimer(request)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            for step in self._steps:
                if isinstance(step, Wait):
                    await wait(self._timer.spent(step.seconds))
                    self._timer.check()
                elif isinstance(step, bytes):
                    yield step
        except Dropped:
            raise httpx2.RemoteProtocolError(CUT, request=self._request) from None

    async def aclose(self) -> None:
        """End the answer."""
        self._steps.close()
