"""The short way of a request through the server, against uvicorn's own.

Rule of all of them: whichever way a request goes, the same bytes come back and the journal says
the same. Source: the one promise of a fake; uvicorn is what the real service may well run on.
"""

from __future__ import annotations

import json
import re
import select
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

import pytest
import uvicorn

from amigo_mock import AmigoMock, Settings
from amigo_mock.engine.fake import Fake
from amigo_mock.resources import CATALOG
from amigo_mock.server import uvicorn_protocol as protocol
from amigo_mock.server.gateway import Gateway
from amigo_mock.server.uvicorn_bounds import BoundedProtocol
from tests.support.bodies import persona
from tests.support.paths import PERSONAS


class Ways(NamedTuple):
    """Two fakes that differ only in who answers."""

    short: AmigoMock
    long: AmigoMock


@pytest.fixture(scope="module")
def running() -> Iterator[Ways]:
    settings = Settings.of(clock="2026-01-01T00:00:00Z", max_body_size=200_000)
    known = protocol.KNOWN
    protocol.KNOWN = ("none",)
    try:
        with AmigoMock(settings) as long:
            with long.client() as client:
                client.get("/_mock/health")  # it is served by now
            protocol.KNOWN = known
            with AmigoMock(settings) as short:
                yield Ways(short, long)
    finally:
        protocol.KNOWN = known


@pytest.fixture
def ways(running: Ways) -> Ways:
    for mock in running:
        mock.reset()
    return running


def address(mock: AmigoMock) -> tuple[str, int]:
    host, _, port = mock.url.removeprefix("http://").partition(":")
    return host, int(port)


def told(mock: AmigoMock, *parts: bytes, half: bool = False) -> bytes:
    """Everything that comes back until the connection has nothing more to say."""
    found = b""
    with closing(socket.create_connection(address(mock), timeout=10)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            connection.sendall(part.replace(b"TOKEN", mock.token().encode()))
        if half:
            return found
        while part := connection.recv(65536):
            found += part
    return re.sub(rb"\r\n(date|x-ratelimit-reset): [^\r]*", b"", found)  # both of real time


def heard(mock: AmigoMock) -> list[dict[str, object]]:
    return [
        {name: value for name, value in entry.json().items() if name != "duration_ms"}
        for entry in mock.requests
    ]


def request(
    method: str = "POST", path: str = PERSONAS, body: bytes = b"", *more: str, version: str = "1.1"
) -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "Host: localhost", "Authorization: Bearer TOKEN"]
    lines += ["Content-Type: application/json", *more]
    if body and not any(line.lower().startswith("transfer-encoding") for line in more):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


ANN = json.dumps(persona("Ann")).encode()
BEN = json.dumps(persona("Ben")).encode()
LAST = "Connection: close"
LIST = request("GET", f"{PERSONAS}?limit=5&sort_by=%2Bupdated_at", b"", LAST)
LARGE = json.dumps(persona("Ann", role="x" * 100_000)).encode()
TOO_LARGE = json.dumps(persona("Ann", role="x" * 300_000)).encode()
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(ANN), ANN)

REQUESTS = {
    "create, then list": (request(body=ANN) + LIST,),
    "in one write each": (request(body=ANN), LIST),
    "head and body apart": (request(body=ANN)[: -len(ANN)], ANN, LIST),
    "byte by byte": (*(bytes([byte]) for byte in request(body=ANN)), LIST),
    "many at once": (request(body=ANN) + request(body=BEN) * 5 + request("GET") * 20 + LIST,),
    "behind one that takes the long way": (
        request("GET", "/v1/nothing") + request(body=ANN) + request("GET", "/_mock/clock") + LIST,
    ),
    "chunked": (request("POST", PERSONAS, CHUNKED, "Transfer-Encoding: chunked"), LIST),
    "a large body": (request(body=LARGE), LIST),
    "a body that is too large": (request(body=TOO_LARGE), LIST),
    "no body": (request(), LIST),
    "a body of nothing": (request("POST", PERSONAS, b"", "Content-Length: 0"), LIST),
    "not JSON": (request(body=b"{"), LIST),
    "not UTF-8": (request(body=b'{"name": "\xff"}'), LIST),
    "a body where none belongs": (request("GET", PERSONAS, ANN), LIST),
    "to be closed": (request("POST", PERSONAS, ANN, LAST),),
    "HTTP/1.0": (request(body=ANN, version="1.0"),),
    # The server closes all the same: whoever sends more may find that out first.
    "HTTP/1.0, kept alive": (
        request("GET", PERSONAS, b"", "Connection: keep-alive", version="1.0"),
    ),
    "HEAD": (request("HEAD"), LIST),
    "OPTIONS": (request("OPTIONS"), LIST),
    "a method that is not there": (request("PUT", PERSONAS, ANN), LIST),
    "a path that is not there": (request("GET", "/v1/nothing"), LIST),
    "no slash at the end": (request("GET", PERSONAS[:-1]), LIST),
    "two slashes": (request("GET", "/" + PERSONAS), LIST),
    "an escaped path": (request("GET", PERSONAS.replace("persona", "%70ersona")), LIST),
    "an escaped slash": (request("GET", PERSONAS.replace("/mock", "/a%2Fmock")), LIST),
    "half of an escape": (request("GET", PERSONAS.replace("mock", "%4")), LIST),
    "a fragment": (request("GET", PERSONAS + "?limit=1#there"), LIST),
    "a whole URL": (request("GET", "http://localhost" + PERSONAS), LIST),
    "two question marks": (request("GET", PERSONAS + "?role=a?b"), LIST),
    "an empty query": (request("GET", PERSONAS + "?"), LIST),
    "not emulated": (request("GET", "/v1/mock-org/agent/"), LIST),
    "from a page of this machine": (
        request("GET", PERSONAS, b"", "Origin: http://localhost"),
        LIST,
    ),
    "to be continued": (request("POST", PERSONAS, ANN, "Expect: 100-continue"), LIST),
    "to be upgraded": (
        request("GET", PERSONAS, b"", "Connection: upgrade, close", "Upgrade: websocket"),
    ),
    "a header twice": (request("GET", PERSONAS, b"", "X-ORG-ID: a", "X-ORG-ID: mock-org"), LIST),
    "not signed in": (LIST.replace(b"Bearer TOKEN", b"Bearer none"),),
    "a control operation": (request("GET", "/_mock/clock"), LIST),
    "the document": (request("GET", "/v1/openapi.json", b"", LAST),),
    "no HTTP": (b"NONSENSE\r\n\r\n",),
    "two lengths": (request("POST", PERSONAS, ANN, "Content-Length: 3"),),
}


@pytest.mark.parametrize("parts", REQUESTS.values(), ids=REQUESTS.keys())
def test_either_way_the_same_comes_back(ways: Ways, parts: tuple[bytes, ...]) -> None:
    """Rule: byte by byte but for the time, whatever is sent. Source: the one promise."""
    short, long = (told(mock, *parts) for mock in ways)
    assert short == long
    assert short
    assert heard(ways.short) == heard(ways.long)


def test_a_non_ascii_path_is_refused_either_way(ways: Ways) -> None:
    """Rule: bytes that no path may have are a 400. Source: uvicorn."""
    line = f"GET {PERSONAS}ü HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    short, long = (told(mock, line) for mock in ways)
    assert short == long
    assert short.startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize("parts", [request(body=ANN)[:-10:], request(body=LARGE)[:-10]])
def test_a_request_that_never_ends_is_noted(ways: Ways, parts: bytes) -> None:
    """Rule: a client that goes away before its request is whole changes nothing, and the journal
    knows. Source: the journal has every request."""
    for mock in ways:
        heard_of: list[object] = []
        mock.requests.subscribe(heard_of.append)
        told(mock, parts, half=True)
        told(mock, LIST)
        while len(heard_of) < 2:  # the server learns of it when it gets round to it
            told(mock, request("GET", "/_mock/clock", b"", LAST))
        mock.requests.unsubscribe(heard_of.append)
    for mock in ways:
        (dropped,) = [entry for entry in mock.requests if entry.dropped]
        assert (dropped.operation, dropped.handled) == ("create-simulation-persona", False)


def test_a_control_request_that_never_ends_changes_nothing(ways: Ways) -> None:
    """Rule: a client that goes away before its request is whole changes nothing. Source: the
    journal has every request, and HTTP calls such a message incomplete."""
    body = json.dumps({"enabled": True}).encode()
    for mock in ways:
        with closing(socket.create_connection(address(mock), timeout=10)) as connection:
            sent = request("PUT", "/_mock/maintenance", b"", "Transfer-Encoding: chunked")
            connection.sendall(sent + b"%x\r\n%s\r\n" % (len(body), body))
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""  # cut, not answered
        assert not mock.maintenance.enabled


def test_faults_limits_and_tenants_hold_on_the_short_way(ways: Ways) -> None:
    """Rule: a fault hits, a limit is counted, whichever way. Source: the one promise."""
    found: list[list[bytes]] = []
    for mock in ways:
        mock.rate_limits.set("get-simulation-personas", 2)
        mock.faults.add("get-simulation-personas", status=503, times=1)
        with mock.client() as client:
            answers = [client.get(PERSONAS) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [503, 200, 200, 429]
        found.append([answer.content for answer in answers])
    assert found[0] == found[1]


IDLE = 0.5  # seconds that a connection may be


@pytest.fixture
def impatient(ways: Ways) -> Iterator[Ways]:
    """Both of them close what is idle sooner than anybody would in earnest."""
    for mock in ways:
        told(mock, LIST)  # a server is there when its first client is
    configs = [mock._backend._background._server.config for mock in ways]  # type: ignore[attr-defined]
    before = [config.timeout_keep_alive for config in configs]
    for config in configs:
        config.timeout_keep_alive = IDLE
    yield ways
    for config, seconds in zip(configs, before, strict=True):
        config.timeout_keep_alive = seconds


def whole_answer(connection: socket.socket) -> bytes:
    """The body of the next answer, however many pieces it comes in."""
    head, body, length = b"", b"", -1
    while len(body) != length:
        head += connection.recv(65536)
        before, end, body = head.partition(b"\r\n\r\n")
        found = re.search(rb"content-length: (\d+)", before)
        if end and found:
            length = int(found[1])
    return body


def says_nothing(connection: socket.socket, seconds: float) -> bool:
    return not select.select([connection], [], [], seconds)[0]


@pytest.mark.parametrize("paths", [[PERSONAS], [PERSONAS, "/_mock/health"]])
def test_a_connection_that_is_idle_is_closed(impatient: Ways, paths: list[str]) -> None:
    """Rule: not while it is spoken on, however it is answered, and then soon."""
    for mock in impatient:
        with closing(socket.create_connection(address(mock), timeout=10)) as connection:
            for path in (paths * 5)[:6]:
                text = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"
                connection.sendall(text.encode())
                assert whole_answer(connection).startswith(b"{")
                assert says_nothing(connection, IDLE / 4)
            # What has begun is no longer idle, and is waited for.
            connection.sendall(b"GET /")
            assert says_nothing(connection, IDLE * 2)
            connection.sendall(b"_mock/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert whole_answer(connection).startswith(b"{")
            assert says_nothing(connection, IDLE / 2)
            assert connection.recv(65536) == b""


def test_an_unknown_uvicorn_is_served_its_own_way(
    running: Ways, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Rule: with a release that it was not tried with the fast path is off, and the log says so
    once. Source: CONTRIBUTING.
    """
    gateway = Gateway(Fake(CATALOG))
    monkeypatch.setattr(uvicorn, "__version__", "0.54.7")
    assert protocol.protocol(gateway) is not BoundedProtocol
    assert caplog.messages == []
    versions = ("0.53.1", "0.540.0", "1.0.0")
    for version in (*versions, *versions):
        monkeypatch.setattr(uvicorn, "__version__", version)
        assert protocol.protocol(gateway) is BoundedProtocol
    for version, text in zip(versions, caplog.messages, strict=True):
        assert version in text
    assert {record.name for record in caplog.records} == {"amigo_mock.server"}
