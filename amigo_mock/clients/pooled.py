"""Transports over connections that stay open for the next client: there is nothing to close.

For clients of a fake that runs elsewhere, where those of one in this process need no closing.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx2
from anyio.to_thread import run_sync

Lend = Callable[[], httpx2.BaseTransport]


class Borrowed(httpx2.BaseTransport):
    """For `httpx2.Client`. Answers are read whole, so that a connection is free at once."""

    def __init__(self, lend: Lend) -> None:
        self._lend = lend

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer. Raises `httpx2.TransportError` as the lent transport does."""
        answer = self._lend().handle_request(request)
        try:
            assert isinstance(answer.stream, httpx2.SyncByteStream)
            content = b"".join(answer.stream)
        finally:
            answer.close()
        return httpx2.Response(
            answer.status_code,
            headers=answer.headers,
            stream=httpx2.ByteStream(content),
            request=request,
        )


class AsyncBorrowed(httpx2.AsyncBaseTransport):
    """For `httpx2.AsyncClient`, on any event loop: a thread waits in its place."""

    def __init__(self, lend: Lend) -> None:
        self._borrowed = Borrowed(lend)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer. Raises `httpx2.TransportError` as the lent transport does."""
        content = await request.aread()
        own = httpx2.Request(
            request.method,
            request.url,
            headers=request.headers,
            stream=httpx2.ByteStream(content),
            extensions=request.extensions,
        )
        answer = await run_sync(self._borrowed.handle_request, own, abandon_on_cancel=True)
        answer.request = request
        return answer
