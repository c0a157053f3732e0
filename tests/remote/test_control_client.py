"""The client of the control API: connections, refusals, and servers that are no fake."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from amigo_mock import AmigoMock, MockError, Settings
from amigo_mock.remote.control_client import ControlClient
from tests.remote.support import SECRET, names, serving


def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    """Rule: a server that closes idle connections loses no order. Source: the control client."""
    orders: list[str] = []
    closed = threading.Semaphore(0)

    class Closing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            self.handle_one_request()
            self.connection.shutdown(socket.SHUT_WR)  # without a word
            closed.release()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            orders.append(f"{self.command} {self.path}")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with serving(Closing) as url:
        control = ControlClient(url)
        for _ in range(3):
            control.raw("POST", "clock", {"advance": 1})
            closed.acquire()
        control.close()
    assert orders == ["POST /_mock/clock"] * 3


def answering(status: int, content: bytes) -> type[BaseHTTPRequestHandler]:
    """A handler that always answers this."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b"hello"),
        (200, b"[]"),
        (200, b'{"status": "ok"}'),
        (404, b'{"detail": "Not Found"}'),
        (401, b'{"detail": "Not authenticated"}'),
        (403, b"no"),
        (500, b""),
        (302, b""),
    ],
)
def test_what_is_no_fake_is_named(status: int, content: bytes) -> None:
    """Rule: one sentence that says what to do. Source: `at`."""
    with serving(answering(status, content)) as url, pytest.raises(MockError) as caught:
        AmigoMock.at(url).start()
    assert str(caught.value) == (
        f"what answers at {url} is no fake; start one with 'amigo-mock serve'"
    )


def test_nobody_there_is_named() -> None:
    """Rule: one sentence that says what to do, before and in the midst of it. Source: `at`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with pytest.raises(MockError, match=rf"no fake answers at {url} \(.*refused\); start one with"):
        AmigoMock.at(url).start()
    with AmigoMock() as server, AmigoMock.at(server.url) as mock:
        server.stop()
        with pytest.raises(MockError, match="no fake answers at"):
            mock.clock.advance(1)
    with pytest.raises(MockError, match=r"no fake answers at http://x\.\.y "):
        AmigoMock.at("http://x..y").start()


def test_what_speaks_no_http_is_named() -> None:
    """Rule: garbage and a hanging up are no fake either. Source: `at`."""
    for said in (b"220 smtp\r\n", b""):
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def speak(listener: socket.socket = listener, said: bytes = said) -> None:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(said)

            thread = threading.Thread(target=speak)
            thread.start()
            port = listener.getsockname()[1]
            with pytest.raises(MockError, match=f"no fake answers at http://127.0.0.1:{port}"):
                AmigoMock.at(f"http://127.0.0.1:{port}").start()
            thread.join()


@pytest.mark.parametrize(
    "url", ["localhost:8484", "", "ftp://x", "http://", "http://h:x", "http://[", "http://h?a=b"]
)
def test_a_wrong_url_is_a_mistake(url: str) -> None:
    """Rule: what is wrong, and what one looks like. Source: `at`."""
    with pytest.raises(MockError, match="url"):
        AmigoMock.at(url)


def test_a_password_in_a_url_is_refused_and_not_told() -> None:
    """Rule: no secret in an error. Source: secrets."""
    with pytest.raises(MockError, match="control_token") as caught:
        AmigoMock.at(f"http://user:{SECRET}@127.0.0.1:1")
    assert SECRET not in str(caught.value)


def test_the_control_token_is_asked_for_and_checked() -> None:
    """Rule: missing and wrong are told apart; the settings may have it. Source: access."""
    with AmigoMock(control_token=SECRET) as server:
        with pytest.raises(MockError, match="asks for its control token"):
            AmigoMock.at(server.url).start()
        with pytest.raises(MockError, match="has another control token") as caught:
            AmigoMock.at(server.url, "other-9913").start()
        assert "other-9913" not in str(caught.value)
        with pytest.raises(MockError, match="has another control token"):
            AmigoMock.at(server.url, "\u010desk\u00fd").start()
        with pytest.raises(MockError, match="not one line") as caught:
            AmigoMock.at(server.url, f"{SECRET}\r\n")
        assert SECRET not in str(caught.value)
        for mock in (
            AmigoMock.at(server.url, SECRET),
            AmigoMock.at(server.url, control_token=SECRET),
            AmigoMock.at(server.url, settings=Settings.of(control_token=SECRET)),
        ):
            with mock, mock.client() as client:
                assert names(mock, client) == []
                mock.configure(mock.settings)
                assert SECRET not in repr(mock) + repr(mock.settings)


def test_a_control_operation_that_an_older_fake_lacks_is_named() -> None:
    """Rule: which one, where, and what to do. Source: `at`."""
    health = b'{"status": "ok", "organizations": [], "strict": false}'

    class Older(answering(200, health)):  # type: ignore[misc]
        def do_POST(self) -> None:  # noqa: N802
            content = b'{"detail": "Not Found"}'
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with serving(Older) as url, pytest.raises(MockError) as caught:
        AmigoMock.at(url).start()
    assert str(caught.value) == (
        f"the fake at {url} does not know POST /_mock/tenants: it is of an older version; update it"
    )


def test_no_proxy_stands_in_between(server: AmigoMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule: whatever the environment says. Source: the control client."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with AmigoMock.at(f"{server.url}/") as mock, mock.client() as client:
        assert names(mock, client) == []
        assert mock.url == server.url
