"""A transport over the wire to one server: a socket, and the parser that the server itself uses.

For a request to this machine, the transport that httpx2 brings takes several times as long as the
fake does over its answer.
"""

from __future__ import annotations

import os
import re
import socket
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import httpx2
from httptools import HttpParserError, HttpResponseParser

from amigo_mock.clients.fast import Desk, Way
from amigo_mock.server.sockets import readable

HELD = "amigo_mock.response"  # of a request, where it has been answered already
SIZE = 65536  # bytes that are read at once

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"([\x21-\x7e\x80-\xff]([\t \x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")


class Loopback(Way, Desk):
    """For `httpx2.Client`, from any thread. Connections are kept and used again.

    What is for another server goes through the transport that `elsewhere` makes.
    """

    def __init__(self, url: str, elsewhere: Callable[[], httpx2.BaseTransport]) -> None:
        self._origin = _origin(httpx2.URL(url))
        self._make = elsewhere
        self._elsewhere: httpx2.BaseTransport | None = None
        self._process = os.getpid()
        self._idle: deque[socket.socket] = deque()
        self.desk = self
        self.urls = {}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer, in one piece. Raises the `httpx2.TransportError` that fits."""
        if HELD in request.extensions:
            held: httpx2.Response = request.extensions.pop(HELD)
            return held
        if self._is_for_us(request):
            assert isinstance(request.stream, httpx2.SyncByteStream)
            return self._exchange(request, b"".join(request.stream))
        self._elsewhere = self._elsewhere or self._make()
        return self._elsewhere.handle_request(request)

    def answer(self, request: httpx2.Request, content: bytes) -> httpx2.Response | None:
        """The answer, unless a client has more to do about it: then it is held for that."""
        if not self._is_for_us(request):
            return None
        response = self._exchange(request, content)
        if response.has_redirect_location or "set-cookie" in response.headers:
            request.extensions[HELD] = response
            return None
        return response

    def close(self) -> None:
        """Close the connections."""
        while self._idle:
            self._idle.pop().close()
        if self._elsewhere is not None:
            self._elsewhere.close()

    def _is_for_us(self, request: httpx2.Request) -> bool:
        return request.url.scheme == "http" and _origin(request.url) == self._origin

    def _exchange(self, request: httpx2.Request, content: bytes) -> httpx2.Response:
        message = _written(request, content)
        connection = self._connection(request)
        try:
            with _told(request, httpx2.WriteError, httpx2.WriteTimeout):
                connection.settimeout(_seconds(request, "write"))
                # Who does not listen to the end may have answered already.
                with suppress(BrokenPipeError, ConnectionResetError):
                    connection.sendall(message)
            with _told(request, httpx2.ReadError, httpx2.ReadTimeout):
                connection.settimeout(_seconds(request, "read"))
                answer = Answer(request)
                while not answer.whole:
                    answer.feed(connection.recv(SIZE))
        except BaseException:
            connection.close()
            raise
        if answer.goes_on:
            self._idle.append(connection)
        else:
            connection.close()
        return answer.response()

    def _connection(self, request: httpx2.Request) -> socket.socket:
        if self._process != os.getpid():
            # A process that was forked off has copies of its parent's connections, and may not
            # speak on them.
            self._process, self._idle = os.getpid(), deque()
        while self._idle:
            with suppress(IndexError):  # another thread may have taken it
                connection = self._idle.pop()
                # What can be read from an idle connection is that the server has closed it.
                if not readable(connection, seconds=0):
                    return connection
                connection.close()
        with _told(request, httpx2.ConnectError, httpx2.ConnectTimeout):
            made = socket.create_connection(self._origin, _seconds(request, "connect"))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made


class Answer:
    """What is read of the answer to one request, until it is whole, and nothing after that."""

    def __init__(self, request: httpx2.Request) -> None:
        self.whole = False
        self.goes_on = False  # whether the connection can be used again
        self._request = request
        self._began = self._has_head = self._ends_with_connection = False
        self._status = 0
        self._version = ""
        self._headers: list[tuple[bytes, bytes]] = []
        self._reason = self._body = b""
        self._parser = HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Take what came; nothing, if the connection has ended.

        Raises `httpx2.RemoteProtocolError` if that is no answer, or its end is missing.
        """
        if data:
            self._began = True
            try:
                self._parser.feed_data(data)
            except HttpParserError as error:
                self.goes_on = False
                if not self.whole:
                    raise httpx2.RemoteProtocolError(str(error), request=self._request) from None
        elif self._ends_with_connection:
            self.whole = True
        else:
            text = "Server disconnected without sending a response."
            if self._began:
                text = "peer closed connection without sending complete message body"
            raise httpx2.RemoteProtocolError(text, request=self._request)

    def response(self) -> httpx2.Response:
        """The answer."""
        version = f"HTTP/{self._version}".encode()
        return httpx2.Response(
            self._status,
            headers=self._headers,
            stream=httpx2.ByteStream(self._body),
            request=self._request,
            extensions={"http_version": version, "reason_phrase": self._reason},
        )

    # What the parser calls

    def on_message_begin(self) -> None:
        """Forget an answer that was only about one to come; use no connection with two."""
        if self.whole:
            self.goes_on = False
        else:
            self._has_head, self._headers, self._reason = False, [], b""

    def on_status(self, reason: bytes) -> None:
        """Take the words after the status, or a part of them."""
        if not self._has_head:
            self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; those after a body are of no interest."""
        if not self._has_head:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """See how the body will end; to a HEAD there is none."""
        if self.whole:
            return
        names = {name.lower() for name, _ in self._headers}
        self._has_head = True
        self._status, self._version = (
            self._parser.get_status_code(),
            self._parser.get_http_version(),
        )
        self._ends_with_connection = names.isdisjoint({b"content-length", b"transfer-encoding"})
        if self._request.method == "HEAD":
            self.on_message_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if not self.whole:
            self._body += body

    def on_message_complete(self) -> None:
        """See that it is whole, if it was about this request."""
        if self._status >= 200 and not self.whole:
            self.whole, self.goes_on = True, self._parser.should_keep_alive()


def _origin(url: httpx2.URL) -> tuple[str, int]:
    return url.host, url.port or 80


def _seconds(request: httpx2.Request, kind: str) -> float | None:
    found: float | None = request.extensions.get("timeout", {}).get(kind)
    return found


def _written(request: httpx2.Request, content: bytes) -> bytes:
    """The request as it goes over the wire. Raises `httpx2.LocalProtocolError`."""
    method = request.method.encode("ascii", "replace")
    lines = [b"%s %s HTTP/1.1" % (method, request.url.raw_path)]
    for name, value in request.headers.raw:
        if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
            raise httpx2.LocalProtocolError(f"Illegal header {name!r}", request=request)
        lines.append(b"%s: %s" % (name, value))
    if not _NAME.fullmatch(method):
        raise httpx2.LocalProtocolError(f"Illegal method {request.method!r}", request=request)
    if content and "transfer-encoding" in request.headers:
        content = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
    elif "transfer-encoding" in request.headers:
        content = b"0\r\n\r\n"
    return b"\r\n".join([*lines, b"", content])


@contextmanager
def _told(
    request: httpx2.Request,
    failed: type[httpx2.TransportError],
    late: type[httpx2.TransportError],
) -> Iterator[None]:
    """What goes wrong, in the words of httpx2."""
    try:
        yield
    except TimeoutError as error:
        raise late("timed out", request=request) from error
    except OSError as error:
        raise failed(str(error), request=request) from error
