"""Transports that reach the application in this process: no socket, no thread, no loop.

What a client says goes through the same application as what comes over the wire.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx2

from amigo_mock.errors import Dropped

if TYPE_CHECKING:
    from starlette.types import Message, Scope

    from amigo_mock.app import Application
    from amigo_mock.entrance import Entrance

URLS = 256  # that a client remembers
DEFAULT = httpx2.USE_CLIENT_DEFAULT
BODIES = ("content", "data", "files", "json")
MERGED = ("params", "headers", "cookies", "extensions")

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


class Direct(httpx2.BaseTransport):
    """For `httpx2.Client`. Nothing in the application suspends, so it is driven by hand."""

    def __init__(self, app: Application | Entrance) -> None:
        self.desk = Desk(app)

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


class AsyncDirect(httpx2.AsyncBaseTransport):
    """For `httpx2.AsyncClient`, on any event loop."""

    def __init__(self, app: Application | Entrance) -> None:
        self.desk = Desk(app)

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


class Desk:
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
        return answered(found.status, found.framed(), found.body, request)


def answered(
    status: int, headers: list[tuple[bytes, bytes]], body: bytes, request: httpx2.Request
) -> httpx2.Response:
    """A response that has been read."""
    stream = httpx2.ByteStream(body)
    response = httpx2.Response(status, headers=headers, stream=stream, request=request)
    if PLAIN:
        response.is_closed = response.is_stream_consumed = True
        vars(response).update(_content=body, _num_bytes_downloaded=len(body))
    response.read()
    return response


def _reads_plainly() -> bool:
    """Whether all that reading a response does is what `answered` does without reading it.

    A body in one piece would go through four generators, which take longer than all the rest.
    """
    response = httpx2.Response(200, stream=httpx2.ByteStream(b"body"))
    before = vars(response).copy()
    response.read()
    changed = {name: value for name, value in vars(response).items() if value != before.get(name)}
    changed.pop("_decoder", None)  # made again by whoever needs it
    marks = {"is_closed": True, "is_stream_consumed": True}
    return changed == {**marks, "_content": b"body", "_num_bytes_downloaded": 4}


PLAIN = _reads_plainly()


class Short:
    """What both clients below know: when the short way will do, and what they were made like."""

    def __init__(self, client: httpx2.Client | httpx2.AsyncClient, desk: Desk) -> None:
        self._client = client
        self._desk = desk
        self._base = client.base_url
        self._urls = desk.urls.setdefault(str(self._base), {})
        self._made = self._look()

    @property
    def untouched(self) -> bool:
        """Whether the client is as it was made, so that somebody else can have it."""
        return not self._client.is_closed and self._made == self._look()

    def _look(self) -> tuple[object, ...]:
        client = self._client
        return (
            client.headers.raw,
            str(client.base_url),
            client.timeout,
            client.auth,
            client.follow_redirects,
            client.trust_env,
            client.max_redirects,
            bool(client.cookies),
            bool(client.params),
            any(client.event_hooks.values()),
        )

    def request(
        self, method: str, url: httpx2.URL | str, given: Mapping[str, Any]
    ) -> httpx2.Request | None:
        """The request, if all that is said of it is its body, and its URL was merged before."""
        client = self._client
        if client.base_url is not self._base:
            self._base = client.base_url
            self._urls = self._desk.urls.setdefault(str(self._base), {})
        merged = self._urls.get(url) if isinstance(url, str) else None
        if merged is None or client.params or client.cookies or not _is_plain(given):
            return None
        return httpx2.Request(
            method,
            merged,
            headers=client.headers,
            extensions={"timeout": client.timeout.as_dict()},
            **{name: given[name] for name in BODIES if name in given},
        )

    def remember(
        self, url: httpx2.URL | str, given: Mapping[str, Any], request: httpx2.Request
    ) -> httpx2.Request:
        """The request, of which is kept what its URL has become, if it has no parameters."""
        plain = given.get("params") is None and not self._client.params
        if plain and isinstance(url, str) and len(self._urls) < URLS:
            self._urls[url] = request.url
        return request

    def will_do(self, request: httpx2.Request, given: Mapping[str, Any]) -> bool:
        """Whether nothing but its answer comes of a request: no hook, stream or signature."""
        client = self._client
        return (
            not given.get("stream")
            and given.get("auth", DEFAULT) is DEFAULT
            and client.auth is None
            and not client.is_closed
            and "timeout" in request.extensions
            and not request.url.userinfo
            and not any(client.event_hooks.values())
        )


def _is_plain(given: Mapping[str, Any]) -> bool:
    """Whether nothing is said of a request that a client would have to merge with its own."""
    if given.get("timeout", DEFAULT) is not DEFAULT:
        return False
    return all(given.get(name) is None for name in MERGED)


class Client(httpx2.Client):
    """An `httpx2.Client` that goes the short way where nobody asked for the long one.

    In a test suite, merging URLs, and passing through what signs requests, follows redirects and
    calls hooks, costs more than the answer does.
    """

    def __init__(self, direct: Direct, **options: Any) -> None:
        super().__init__(transport=direct, **options)
        self._desk = direct.desk
        self._encoding = options.get("default_encoding", "utf-8")
        self.short = Short(self, direct.desk)

    def build_request(self, method: str, url: httpx2.URL | str, **given: Any) -> httpx2.Request:
        """As the original, which is spared what it has merged before."""
        return self.short.request(method, url, given) or self.short.remember(
            url, given, super().build_request(method, url, **given)
        )

    def send(self, request: httpx2.Request, **given: Any) -> httpx2.Response:
        """As the original."""
        started = perf_counter()
        response = None
        if self.short.will_do(request, given):
            response = self._desk.answer(request, request.read())
        if response is None:
            return super().send(request, **given)
        response.default_encoding = self._encoding
        response.elapsed = timedelta(seconds=perf_counter() - started)
        return response


class AsyncClient(httpx2.AsyncClient):
    """The same for asyncio and trio."""

    def __init__(self, direct: AsyncDirect, **options: Any) -> None:
        super().__init__(transport=direct, **options)
        self._desk = direct.desk
        self._encoding = options.get("default_encoding", "utf-8")
        self.short = Short(self, direct.desk)

    def build_request(self, method: str, url: httpx2.URL | str, **given: Any) -> httpx2.Request:
        """As the original, which is spared what it has merged before."""
        return self.short.request(method, url, given) or self.short.remember(
            url, given, super().build_request(method, url, **given)
        )

    async def send(self, request: httpx2.Request, **given: Any) -> httpx2.Response:
        """As the original."""
        started = perf_counter()
        response = None
        if self.short.will_do(request, given):
            response = self._desk.answer(request, await request.aread())
        if response is None:
            return await super().send(request, **given)
        response.default_encoding = self._encoding
        response.elapsed = timedelta(seconds=perf_counter() - started)
        return response


async def _sleep(seconds: float) -> None:
    sleep(seconds)


async def _async_sleep(seconds: float) -> None:
    from anyio import sleep as wait

    await wait(seconds)
