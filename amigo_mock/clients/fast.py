"""Clients that go the short way to a fake where nobody asked for the long one.

In a test suite, merging URLs, and passing through what signs requests, follows redirects and calls
hooks, costs more than the answer does.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from time import perf_counter
from typing import Any, Protocol

import httpx2

URLS = 256  # that a client remembers
DEFAULT = httpx2.USE_CLIENT_DEFAULT
BODIES = ("content", "data", "files", "json")
MERGED = ("params", "headers", "cookies", "extensions")

_LOGGER = logging.getLogger("httpx2")


OWN = frozenset({"transport", "mounts", "proxy"})  # options that lead elsewhere


class Desk(Protocol):
    """Where requests get an answer that needs nothing more of a client."""

    urls: dict[str, dict[str, httpx2.URL]]  # merged, by base and what was asked for

    def answer(self, request: httpx2.Request, content: bytes) -> httpx2.Response | None:
        """The answer, in one piece, if it is here; it sets no cookie and leads nowhere else."""
        raise NotImplementedError


class Way(httpx2.BaseTransport):
    """A transport that has such a desk."""

    desk: Desk


class AsyncWay(httpx2.AsyncBaseTransport):
    """The same for `httpx2.AsyncClient`."""

    desk: Desk


def read(response: httpx2.Response) -> None:
    """Read a response that is there in one piece."""
    if PLAIN and "content-encoding" not in response.headers:
        assert isinstance(response.stream, httpx2.ByteStream)
        body = b"".join(response.stream)
        response.is_closed = response.is_stream_consumed = True
        vars(response).update(_content=body, _num_bytes_downloaded=len(body))
    response.read()


def _reads_plainly() -> bool:
    """Whether all that reading a response does is what `read` does in its place.

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


def made(way: Way, options: Mapping[str, Any]) -> httpx2.Client:
    """A client that goes this way, unless the options have one of their own."""
    given = {"transport": way, **options}
    return Client(way.desk, **given) if OWN.isdisjoint(options) else httpx2.Client(**given)


def made_async(way: AsyncWay, options: Mapping[str, Any]) -> httpx2.AsyncClient:
    """The same for asyncio and trio."""
    given = {"transport": way, **options}
    return (
        AsyncClient(way.desk, **given) if OWN.isdisjoint(options) else httpx2.AsyncClient(**given)
    )


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
            client.base_url,
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

    def done(self, response: httpx2.Response, started: float, encoding: Any) -> httpx2.Response:
        """The response, read, with what a client adds to it."""
        read(response)
        response.default_encoding = encoding
        response.elapsed = timedelta(seconds=perf_counter() - started)
        if _LOGGER.isEnabledFor(logging.INFO):
            request = response.request
            said = response.http_version, response.status_code, response.reason_phrase
            _LOGGER.info('HTTP Request: %s %s "%s %d %s"', request.method, request.url, *said)
        return response


def _is_plain(given: Mapping[str, Any]) -> bool:
    """Whether nothing is said of a request that a client would have to merge with its own."""
    if given.get("timeout", DEFAULT) is not DEFAULT:
        return False
    return all(given.get(name) is None for name in MERGED)


class Client(httpx2.Client):
    """An `httpx2.Client` that asks a desk first, and what is behind its transport then."""

    def __init__(self, desk: Desk, **options: Any) -> None:
        super().__init__(**options)
        self._desk = desk
        self._encoding = options.get("default_encoding", "utf-8")
        self.short = Short(self, desk)

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
        return self.short.done(response, started, self._encoding)


class AsyncClient(httpx2.AsyncClient):
    """The same for asyncio and trio."""

    def __init__(self, desk: Desk, **options: Any) -> None:
        super().__init__(**options)
        self._desk = desk
        self._encoding = options.get("default_encoding", "utf-8")
        self.short = Short(self, desk)

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
        return self.short.done(response, started, self._encoding)
