"""Transports that reach the application in this process: no socket, no thread, no loop.

What a client says goes through the same application as what comes over the wire.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from time import sleep
from typing import TYPE_CHECKING
from urllib.parse import unquote

import httpx2

from amigo_mock.clients.fast import AsyncWay, Desk, Way
from amigo_mock.errors import Dropped

if TYPE_CHECKING:
    from starlette.types import Message, Scope

    from amigo_mock.server.app import Application
    from amigo_mock.server.gateway import Entrance

Sleep = Callable[[float], Awaitable[None]]


class Exchange:
    """One request on its way through the application, and the answer that comes back."""

    def __init__(self, request: httpx2.Request, content: bytes, sleep: Sleep) -> None:
        url = request.url
        self._sleep = sleep
        self._late = False
        path, _, query = url.raw_path.partition(b"?")
        self.request = request
        self.scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": url.scheme,
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "server": (url.host, url.port),
            "client": ("127.0.0.1", 0),
            "amigo_mock.sleep": self.delay,
        }
        self._content: bytes | None = content
        self._start: Message = {}
        self._body = b""

    async def receive(self) -> Message:
        """The whole body at once; then the client is gone."""
        content, self._content = self._content, None
        if content is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(self, message: Message) -> None:
        """Take the answer."""
        if message["type"] == "http.response.start":
            self._start = message
        elif self.request.method != "HEAD":
            self._body += message.get("body", b"")

    async def delay(self, seconds: float) -> None:
        """Wait as long as the client would; the application goes on without it."""
        limit = self.request.extensions.get("timeout", {}).get("read")
        self._late = limit is not None and seconds > limit
        await self._sleep(limit if self._late else seconds)

    def response(self) -> httpx2.Response:
        """What was answered. Raises `httpx2.ReadTimeout` if that took too long."""
        if self._late:
            raise httpx2.ReadTimeout("timed out", request=self.request)
        return httpx2.Response(
            self._start["status"],
            headers=self._start["headers"],
            stream=httpx2.ByteStream(self._body),
            request=self.request,
        )

    def cut(self) -> httpx2.TransportError:
        """What a client makes of a connection that was cut."""
        return httpx2.RemoteProtocolError(
            "Server disconnected without sending a response.", request=self.request
        )


class Direct(Way):
    """For `httpx2.Client`. Nothing in the application suspends, so it is driven by hand."""

    def __init__(self, app: Application | Entrance) -> None:
        self.desk: PromptDesk = PromptDesk(app)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer. Raises `httpx2.RemoteProtocolError` where a fault drops the connection."""
        content = request.read()
        if (response := self.desk.answer(request, content)) is not None:
            return response
        exchange = Exchange(request, content, _sleep)
        run = self.desk.app(exchange.scope, exchange.receive, exchange.send)
        try:
            next(run.__await__())
        except StopIteration:
            pass
        except Dropped:
            raise exchange.cut() from None
        else:
            raise RuntimeError("the application waits for what is not in this process")
        return exchange.response()


class AsyncDirect(AsyncWay):
    """For `httpx2.AsyncClient`, on any event loop."""

    def __init__(self, app: Application | Entrance) -> None:
        self.desk: PromptDesk = PromptDesk(app)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer. Raises `httpx2.RemoteProtocolError` where a fault drops the connection."""
        content = await request.aread()
        if (response := self.desk.answer(request, content)) is not None:
            return response
        exchange = Exchange(request, content, _async_sleep)
        try:
            await self.desk.app(exchange.scope, exchange.receive, exchange.send)
        except Dropped:
            raise exchange.cut() from None
        return exchange.response()


class PromptDesk(Desk):
    """Where requests get the answer that needs no application, in the process that it is in."""

    def __init__(self, app: Application | Entrance) -> None:
        self.app = app
        self.prompt = app.prompt
        self.urls: dict[str, dict[str, httpx2.URL]] = {}  # merged, by base and what was asked for
        self._process = os.getpid()

    def answer(self, request: httpx2.Request, content: bytes) -> httpx2.Response | None:
        """The answer, if it is here. It sets no cookie and leads nowhere else.

        Raises `RuntimeError` in a process that was forked off: what it changes, nobody sees.
        """
        if os.getpid() != self._process:
            raise RuntimeError(
                "this client belongs to the process that was forked; reach the fake by its url"
            )
        path, _, query = request.url.raw_path.partition(b"?")
        headers = {name.lower(): value for name, value in request.headers.raw}
        found = self.prompt.answer(
            request.method,
            unquote(path.decode()),
            query,
            headers,
            content,
            request.url.scheme,
        )
        if found is None:
            return None
        stream = httpx2.ByteStream(found.body)
        return httpx2.Response(found.status, headers=found.framed(), stream=stream, request=request)


async def _sleep(seconds: float) -> None:
    sleep(seconds)


async def _async_sleep(seconds: float) -> None:
    from anyio import sleep as wait

    await wait(seconds)
