"""The transport over the wire that is ours, against the one of httpx2: the same comes of both."""

from __future__ import annotations

import fcntl
import math
import os
import re
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.clients.socket import Loopback
from amigo_mock.server.sockets import readable
from tests.clients.test_in_process import REQUESTS, noted, seen
from tests.support.bodies import persona
from tests.support.paths import PERSONAS

JSON = b"content-type: application/json\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"

ANSWERS: dict[str, bytes] = {
    "plain": b"HTTP/1.1 200 OK\r\n" + JSON + b"content-length: 2\r\n\r\n{}",
    "no body": b"HTTP/1.1 204 No Content\r\n\r\n",
    "not modified": b"HTTP/1.1 304 Not Modified\r\netag: a\r\n\r\n",
    "in chunks": CHUNKED + b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
    "with trailers": CHUNKED + b"1\r\na\r\n0\r\nx: y\r\n\r\n",
    "until the end": b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc",
    "empty until the end": b"HTTP/1.1 200 OK\r\n\r\n",
    "of an old server": b"HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na",
    "after a first one": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
        b"HTTP/1.1 201 Made\r\ncontent-length: 1\r\n\r\na"
    ),
    "the same header twice": b"HTTP/1.1 200 OK\r\nx: a\r\nX: b\r\ncontent-length: 0\r\n\r\n",
    "other letters": b"HTTP/1.1 200 G\xfct\r\nx: \xfc\r\ncontent-length: 2\r\n\r\n\xc3\xbc",
    "no reason": b"HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n",
    "a redirect": b"HTTP/1.1 307 Go\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n",
    "a redirect to nowhere": b"HTTP/1.1 307 Go\r\nlocation: http://[\r\ncontent-length: 0\r\n\r\n",
    "a cookie": b"HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n",
    "compressed": (
        b"HTTP/1.1 200 OK\r\ncontent-encoding: deflate\r\ncontent-length: 11\r\n\r\n"
        b"x\x9cKLJ\x06\x00\x02M\x01'"
    ),
    "not what it says": (
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc"
    ),
    "two at once": (
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na"
        b"HTTP/1.1 500 No\r\nx: y\r\ncontent-length: 1\r\n\r\nb"
    ),
    "more than it says": b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nabc",
    "nothing": b"",
    "half of the headers": b"HTTP/1.1 200 OK\r\ncontent-",
    "half of the body": b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab",
    "half of a chunk": CHUNKED + b"5\r\nab",
    "no HTTP": b"SSH-2.0-OpenSSH\r\n",
    "a broken length": b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
}

SENT: dict[str, dict[str, Any]] = {
    "get": {"method": "GET"},
    "head": {"method": "HEAD"},
    "json": {"method": "POST", "json": {"a": "ü"}},
    "no body": {"method": "POST"},
    "a form": {"method": "PUT", "data": {"a": "b"}},
    "headers": {"method": "DELETE", "headers": [("X", "a"), ("x", "b"), ("Empty", "")]},
    "a path": {"method": "GET", "url": "/a b/ü?c=d e&f=%2B#g"},
}


def length(told: bytes) -> float:
    """How long a request is, as far as it can be seen."""
    head, end, _ = told.partition(b"\r\n\r\n")
    found = re.search(rb"(?i)content-length: (\d+)", head)
    return len(head) + len(end) + int(found[1] if found else 0) if end else math.inf


class Server:
    """Says the same to everybody, a piece at a time, and keeps what it was told."""

    def __init__(self, answer: bytes, piece: int = 65536) -> None:
        self._answer, self._piece = answer, piece
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.heard: list[bytes] = []
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                told = connection.recv(65536)
                if told == b"stop":
                    return
                while len(told) < length(told):
                    told += connection.recv(65536)
                self.heard.append(told)
                with suppress(OSError):  # whom the first words put off
                    for start in range(0, len(self._answer), self._piece):
                        connection.sendall(self._answer[start : start + self._piece])

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.create_connection(self._listener.getsockname()) as connection:
            connection.sendall(b"stop")
        self._thread.join()
        self._listener.close()


def plain() -> httpx2.BaseTransport:
    return httpx2.HTTPTransport(trust_env=False)


@contextmanager
def client_of(mock: AmigoMock, way: str = "ours") -> Iterator[httpx2.Client]:
    """A client with our transport, with that of httpx2, or in process."""
    if way == "theirs":
        with mock.client(transport=plain()) as client:
            yield client
    else:
        with mock.client(in_process=way == "in process") as client:
            yield client


WAYS = ("ours", "theirs")


def ways(url: str) -> Iterator[httpx2.Client]:
    """A client with the transport of httpx2, one with ours, and one that knows ours."""
    from amigo_mock.clients.fast import made

    for transport in (plain(), Loopback(url, plain)):
        with httpx2.Client(base_url=url, trust_env=False, transport=transport) as client:
            yield client
    with made(Loopback(url, plain), {"base_url": url, "trust_env": False}) as client:
        yield client


def outcome(ask: Callable[[], httpx2.Response]) -> object:
    """What came, or what went wrong."""
    try:
        answer = ask()
    except httpx2.HTTPError as error:
        return type(error)
    version = answer.http_version, answer.reason_phrase
    return *seen(answer), answer.headers.raw, version


@pytest.mark.parametrize("piece", [1, 65536])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_the_same_is_made_of_an_answer(answer: bytes, method: str, piece: int) -> None:
    """Rule: whatever a server says, and in whatever pieces. Source: the transport of httpx2."""
    with Server(answer, piece) as server:
        found = [outcome(partial(client.request, method, "/")) for client in ways(server.url)]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("given", SENT.values(), ids=SENT.keys())
def test_the_same_is_sent(given: dict[str, Any]) -> None:
    """Rule: byte by byte. Source: the transport of httpx2."""
    with Server(ANSWERS["plain"]) as server:
        for client in ways(server.url):
            client.request(**{"url": "/", **given})
            client.cookies.clear()
    first, *others = server.heard
    assert others == [first, first]


@pytest.mark.parametrize("given", REQUESTS.values(), ids=REQUESTS.keys())
def test_the_fake_says_the_same(given: dict[str, Any]) -> None:
    """Rule: status, headers, body, and what the journal says. Source: one fake."""
    found = []
    with AmigoMock(clock="2026-01-01T00:00:00Z") as mock:
        for way in WAYS:
            mock.reset()
            with client_of(mock, way) as client:
                found.append((seen(client.request(**given)), noted(mock)))
    assert found[0] == found[1]


@pytest.mark.parametrize("parts", [[], [b"{"], [b'{"a":', b"1}"]])
def test_a_stream_is_sent(parts: list[bytes]) -> None:
    """Rule: a body whose length nobody knows arrives whole. Source: HTTP/1.1, chunks."""
    with AmigoMock() as mock:
        found = []
        for way in WAYS:
            with client_of(mock, way) as client:
                sent = client.post(PERSONAS, content=iter(parts))
                found.append((sent.status_code, sent.json()))
                with client.stream("POST", PERSONAS, content=iter(parts)) as answer:
                    found.append((answer.status_code, answer.read() and answer.json()))
    assert found == [found[0]] * 4


@pytest.mark.parametrize(
    ("name", "value"), [("X", "a\r\nY: b"), ("X", "a\0"), ("X Y", "a"), ("X", " a"), ("", "a")]
)
def test_what_is_no_header_is_not_sent(name: str, value: str) -> None:
    """Rule: refused before anything is sent. Source: the transport of httpx2."""
    with AmigoMock() as mock:
        for way in WAYS:
            with client_of(mock, way) as client, pytest.raises(httpx2.LocalProtocolError):
                client.get(PERSONAS, headers={name: value})
        assert len(mock.requests) == 0


def test_what_is_no_method_is_not_sent() -> None:
    """Rule: as with headers. Source: the transport of httpx2."""
    with AmigoMock() as mock:
        for way in WAYS:
            with client_of(mock, way) as client, pytest.raises(httpx2.LocalProtocolError):
                client.request("GET /x", PERSONAS)
        assert len(mock.requests) == 0


def test_a_body_that_is_too_large_is_answered() -> None:
    """Rule: the answer is read, even if it came before all was sent. Source: the 413."""
    with AmigoMock(max_body_size=1000) as mock, mock.client() as client:
        assert client.post(PERSONAS, content=b"x" * 5_000_000).status_code == 413
        assert client.get(PERSONAS).status_code == 200


def test_connections_are_kept() -> None:
    """Rule: one after the other takes one connection, at the same time takes several.

    Source: keep-alive.
    """
    with AmigoMock(rate_limits=False) as mock, mock.client() as client:
        transport = client._transport
        assert isinstance(transport, Loopback)
        for _ in range(3):
            client.get(PERSONAS)
        assert len(transport._idle) == 1
        names = [f"Ann {number}" for number in range(40)]
        threads = [
            threading.Thread(target=lambda n=name: client.post(PERSONAS, json=persona(n)))
            for name in names
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {one.name for one in mock.personas} == set(names)
        assert len(transport._idle) >= 1
    assert len(transport._idle) == 0


def test_a_connection_that_has_ended_is_not_used_again() -> None:
    """Rule: whoever asks after the server was started anew does not notice. Source: keep-alive."""
    with AmigoMock() as mock, mock.client() as client:
        assert client.get(PERSONAS).status_code == 200
        port = int(mock.url.rpartition(":")[2])
        mock.stop()
        with pytest.raises(httpx2.ConnectError, match="refused"):
            client.get(PERSONAS)
        with AmigoMock(port=port):
            assert client.get(PERSONAS).status_code == 200


def test_a_process_that_was_forked_has_its_own() -> None:
    """Rule: neither speaks on a connection of the other. Source: forks share sockets."""
    with AmigoMock() as mock, mock.client() as client:
        client.get(PERSONAS)
        transport = client._transport
        assert isinstance(transport, Loopback)
        (mine,) = transport._idle
        # What a fork leaves behind, without one: threads and forks are no friends.
        transport._process = os.getpid() + 1
        assert client.get(PERSONAS).status_code == 200
        assert mine not in transport._idle
        mine.close()


def test_other_servers_are_reached_as_ever() -> None:
    """Rule: what is for somebody else goes the way of httpx2. Source: the class is a client."""
    with AmigoMock() as mock, AmigoMock(strict=True) as other, mock.client() as client:
        assert client.get(f"{other.url}/_mock/health").json()["strict"] is True
        assert client.get("/_mock/health").json()["strict"] is False
        with pytest.raises(httpx2.UnsupportedProtocol):
            client.get("ftp://127.0.0.1/")


def test_who_brings_a_way_of_their_own_goes_it() -> None:
    """Rule: `transport` and `mounts` are done. Source: they are options of `httpx2.Client`."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(299)

    with AmigoMock() as mock:
        for in_process in (False, True):
            for option in (
                {"transport": httpx2.MockTransport(answer)},
                {"mounts": {"all://": httpx2.MockTransport(answer)}},
            ):
                with mock.client(in_process=in_process, **option) as client:
                    assert client.get(PERSONAS).status_code == 299


@pytest.mark.parametrize("way", ["in process", *WAYS])
def test_what_goes_the_long_way_is_a_stream_until_it_is_read(way: str) -> None:
    """Rule: how long it took is known, and its bytes can be had one by one, also of what is signed,
    led elsewhere or heard of by a hook. Source: the class is an `httpx2.Client`.
    """
    with AmigoMock() as mock, client_of(mock, way) as client:
        asked: list[dict[str, Any]] = [
            {"url": PERSONAS},
            {"url": PERSONAS[:-1]},
            {"url": PERSONAS[:-1], "follow_redirects": True},
            {"url": PERSONAS, "auth": ("mock-org_mock-user", mock.token())},
        ]
        hooks: tuple[list[Any], ...] = ([], [lambda answer: answer.read()])
        for hook in hooks:
            client.event_hooks = {"response": hook}
            for given in asked:
                answer = client.request("GET", **given)
                assert answer.elapsed.total_seconds() > 0
                assert answer.is_closed
        client.event_hooks = {}
        for one_by_one in (httpx2.Response.iter_raw, httpx2.Response.iter_bytes):
            with client.stream("GET", PERSONAS) as answer:
                assert not answer.is_closed
                assert b"".join(one_by_one(answer)).startswith(b"{")
            assert answer.is_closed


def test_a_socket_of_any_number_will_do() -> None:
    """Rule: a process that has thousands of files open is served, too. Source: suites that leak."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    ours, theirs = socket.socketpair()
    high = socket.socket(fileno=fcntl.fcntl(ours, fcntl.F_DUPFD_CLOEXEC, 2000))
    try:
        with ours, theirs, high:
            assert high.fileno() >= 2000
            assert not readable(high, theirs, seconds=0)
            theirs.sendall(b"x")
            assert readable(theirs, high)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_requests_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Rule: the logger of httpx2 hears of each request. Source: the class is an `httpx2.Client`."""
    caplog.set_level("INFO", "httpx2")
    with AmigoMock() as mock:
        for way in ("in process", *WAYS):
            with client_of(mock, way) as client:
                client.get(PERSONAS)
    said = [re.sub(r":\d+", "", record.getMessage()) for record in caplog.records]
    assert said == [f'HTTP Request: GET http://127.0.0.1{PERSONAS} "HTTP/1.1 200 OK"'] * 3
