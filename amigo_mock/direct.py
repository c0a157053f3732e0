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
from amigo_mock.prompt import Prompt

if TYPE_CHECKING:
    from starlette.types import Message, Scope

    from amigo_mock.app import Application

URLS = 256  # that a client remembers
DEFAULT = httpx2.USE_CLIENT_DEFAULT

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

    def __init__(self, app: Application | Prompt) -> None:
        self._app = app if isinstance(app, Prompt) else app.prompt
        self._process = os.getpid()
        self.urls: dict[str, dict[str, httpx2.URL]] = {}  # merged, by base and what was asked for
        self.ready: dict[int, httpx2.Response] = {}  # answered already, by request

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer. Raises `httpx2.RemoteProtocolError` where a fault drops the connection."""
        check_process(self._process)
        if self.ready and (ready := self.ready.pop(id(request), None)):
            return ready
        content = request.read()
        answer = self._at_once(request, content)
        if answer is not None:
            return answer
        exchange = Exchange(request, content, _sleep)
        run = self._app(exchange.scope, exchange.receive, exchange.send)
        try:
            next(run.__await__())
        except StopIteration:
            pass
        except Dropped:
            raise exchange.cut() from None
        else:
            raise RuntimeError("the application waits for what is not in this process")
        return exchange.response()

    def _at_once(self, request: httpx2.Request, content: bytes) -> httpx2.Response | None:
        path, _, query = request.url.raw_path.partition(b"?")
        headers = {name.lower(): value for name, value in request.headers.raw}
        answer = self._app.answer(
            request.method, unquote(path.decode("ascii")), query, headers, content
        )
        if answer is None:
            return None
        return httpx2.Response(
            answer.status,
            headers=answer.framed(),
            stream=httpx2.ByteStream(answer.body),
            request=request,
        )


class Client(httpx2.Client):
    """An `httpx2.Client` that goes the short way where nobody asked for the long one.

    In a test suite, merging URLs, and passing through what signs requests, follows redirects and
    calls hooks, costs more than the answer does.
    """

    def __init__(self, direct: Direct, **options: Any) -> None:
        super().__init__(transport=direct, **options)
        self._direct = direct
        self._encoding = options.get("default_encoding", "utf-8")
        self._base = self.base_url
        self._urls = direct.urls.setdefault(str(self._base), {})
        self._made = self._look()

    @property
    def untouched(self) -> bool:
        """Whether it is as it was made, so that somebody else can have it."""
        return not self.is_closed and self._made == self._look()

    def _look(self) -> tuple[object, ...]:
        return (
            self.headers.raw,
            str(self.base_url),
            self.timeout,
            self.auth,
            self.follow_redirects,
            self.trust_env,
            self.max_redirects,
            bool(self.cookies),
            bool(self.params),
            any(self.event_hooks.values()),
        )

    def build_request(self, method: str, url: httpx2.URL | str, **given: Any) -> httpx2.Request:
        """As the original, which is spared the URLs that it has merged before."""
        if self.base_url is not self._base:
            self._base = self.base_url
            self._urls = self._direct.urls.setdefault(str(self._base), {})
        if not isinstance(url, str):
            return super().build_request(method, url, **given)
        merged = self._urls.get(url)
        if merged is None:
            merged = super().build_request(method, url).url
            if len(self._urls) < URLS and not self.params:
                self._urls[url] = merged
        return super().build_request(method, merged, **given)

    def send(self, request: httpx2.Request, **given: Any) -> httpx2.Response:
        """As the original."""
        if not self._is_plain(request, given):
            return super().send(request, **given)
        started = perf_counter()
        response = self._direct.handle_request(request)
        if response.has_redirect_location or "set-cookie" in response.headers:
            self._direct.ready[id(request)] = response
            return super().send(request, **given)
        response.default_encoding = self._encoding
        response.read()
        response.elapsed = timedelta(seconds=perf_counter() - started)
        return response

    def _is_plain(self, request: httpx2.Request, given: Mapping[str, Any]) -> bool:
        """Whether nothing but the answer itself comes of a request, a redirect aside."""
        return (
            not given.get("stream")
            and given.get("auth", DEFAULT) is DEFAULT
            and self.auth is None
            and not self.is_closed
            and "timeout" in request.extensions
            and not request.url.userinfo
            and not any(self.event_hooks.values())
        )


class AsyncDirect(httpx2.AsyncBaseTransport):
    """For `httpx2.AsyncClient`, on any event loop."""

    def __init__(self, app: Application | Prompt) -> None:
        self._app = app
        self._process = os.getpid()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer. Raises `httpx2.RemoteProtocolError` where a fault drops the connection."""
        check_process(self._process)
        exchange = Exchange(request, await request.aread(), _async_sleep)
        try:
            await self._app(exchange.scope, exchange.receive, exchange.send)
        except Dropped:
            raise exchange.cut() from None
        return exchange.response()


def check_process(process: int) -> None:
    """Raise `RuntimeError` in a process that was forked off: what it changes, nobody sees."""
    if os.getpid() != process:
        raise RuntimeError(
            "this client belongs to the process that was forked; reach the fake by its url"
        )


async def _sleep(seconds: float) -> None:
    sleep(seconds)


async def _async_sleep(seconds: float) -> None:
    from anyio import sleep as wait

    await wait(seconds)
