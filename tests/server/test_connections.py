"""Connections: how long they last, and how much of a client they hold.

Each with the fast path and without it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from amigo_mock.server import uvicorn_protocol
from tests.server.malformed import ANN, GET, head
from tests.support.edges import LONG, Edge, ours

OK = b"HTTP/1.1 200 OK"
KNOWN = {"fast": uvicorn_protocol.KNOWN, "slow": ("none",)}


@pytest.fixture(scope="module", params=KNOWN)
def edge(request: pytest.FixtureRequest) -> Iterator[Edge]:
    with ours(KNOWN[request.param]) as found:
        yield found


@pytest.fixture(autouse=True)
def _as_new(edge: Edge) -> None:
    edge.fake.reset()


def alone(edge: Edge) -> bool:
    """Wait until nobody is connected any more."""
    end = time.monotonic() + 10
    while edge.server.server_state.connections and time.monotonic() < end:
        time.sleep(0.01)
    return not edge.server.server_state.connections


@pytest.mark.parametrize("line", [b"X-A: b\r\n", b"x" * 1000], ids=["many", "one"])
@pytest.mark.parametrize("where", ["headers", "trailers"])
def test_a_head_that_never_ends_is_refused(edge: Edge, line: bytes, where: str) -> None:
    """Rule: a client can have no more of a head kept than 64 KiB and 100 headers; then it is
    refused with a 431, also if its head has no end. Source: RFC 6585; the fake's own bounds.
    """
    begin = b"GET / HTTP/1.1\r\nX-A: b"
    if where == "trailers":
        begin = head("POST", "/", "Transfer-Encoding: chunked") + b"0\r\nX-A: b"
    with edge.connect() as connection:
        connection.sendall(begin + b"\r\n" * (line[-1:] == b"\n"))
        sent = 0
        try:
            while sent < 16 * 1024 * 1024:
                sent += connection.send(line * 60)
            pytest.fail("everything was taken")
        except (ConnectionResetError, BrokenPipeError):
            pass  # what was sent after the refusal may take its answer away
    assert alone(edge)


def test_one_large_header_is_refused_in_pieces(edge: Edge) -> None:
    """Rule: as it is in one piece. Source: the fake's own bounds."""
    whole = head("GET", "/", "X-A: " + "x" * 66_000)
    with edge.connect() as connection:
        for place in range(0, len(whole), 1000):
            if connection.send(whole[place : place + 1000]) == 0:
                break
            time.sleep(0)
        assert connection.recv(65536).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("path", ["/v1/" + "x" * 60_000, "/v1/" + "x" * 70_000])
def test_a_client_that_leaves_leaves_nothing(
    edge: Edge, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Rule: a connection is forgotten when its client has gone, whatever it had begun to ask, and
    nothing is said of it. Source: the fake lives as long as a run of tests.
    """
    with edge.connect() as connection:
        connection.sendall(head("POST", path, f"Content-Length: {len(ANN)}") + ANN[:-1])
    assert alone(edge)
    assert caplog.messages == []


@pytest.fixture
def impatient(edge: Edge) -> Iterator[Edge]:
    """One that closes what is idle sooner than anybody would in earnest."""
    config = edge.server.config
    before, config.timeout_keep_alive = config.timeout_keep_alive, 0.2  # type: ignore[assignment]
    yield edge
    config.timeout_keep_alive = before


def test_a_connection_that_is_busy_is_not_closed(impatient: Edge) -> None:
    """Rule: a connection is idle when all that was asked has been answered, and not before, however
    slowly its client reads. Source: HTTP has requests sent ahead of the answers.
    """
    versions = [{"background": "Is here."}]
    people = [{"name": f"{at}", "role": "x" * 40_000, "versions": versions} for at in range(10)]
    impatient.fake.add_records("mock-org", "personas", people)
    answers, rest = 0, b""
    with impatient.connect() as connection:
        connection.sendall(GET * 40)
        time.sleep(0.5)
        while answers < 40:
            piece = connection.recv(65536)
            assert piece, f"closed after {answers} answers"
            answers += (rest + piece).count(OK)
            rest = (rest + piece)[1 - len(OK) :]


def test_a_client_that_has_said_all_is_answered(edge: Edge) -> None:
    """Rule: a client may close its side as soon as it has asked. Source: TCP, and `nc`."""
    with edge.connect() as connection:
        connection.sendall(GET)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(LONG)
        assert connection.recv(65536).startswith(OK)
