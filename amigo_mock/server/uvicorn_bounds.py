"""The protocol of a connection within bounds: heads, trailers, offers, and the order of answers.

It holds whether or not the fast path does. Of uvicorn's own protocol it uses only what the parser
calls, and what has no underscore.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from amigo_mock.engine.http.messages import Answer, refusal
from amigo_mock.errors import ApiError

LARGEST_HEAD = 65536  # bytes of a request line with its headers, and again of the trailers
MOST_HEADERS = 100


class TooLarge(Exception):
    """Raised while a head is read that is beyond the bounds."""


class Parser(httptools.HttpRequestParser):
    """Reads requests, and those that offer another protocol like any other.

    A server is free to ignore the offer; httptools would take what follows for the new protocol,
    the body of this request included.
    """

    def __init__(self, protocol: BoundedProtocol) -> None:
        super().__init__(protocol)
        self._bounded = protocol
        with suppress(AttributeError):  # httptools before 0.6.3
            # As uvicorn's: an answer to what came before is owed, whatever follows it.
            self.set_dangerous_leniencies(lenient_data_after_close=True)

    def feed_data(self, data: Any) -> None:
        """Read more bytes. Raises as httptools does for what is not HTTP."""
        try:
            super().feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            bounded = self._bounded
            head = bounded.declined()
            if head is None:
                raise
            bounded.parser = Parser(bounded)  # this one takes the request for answered
            bounded.parser.feed_data(head + data[offer.args[0] :])


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which refuses a head that is too large, and answers in order."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.parser = Parser(self)
        self.in_head = False
        self.in_message = False
        self.offered = False  # another protocol, by the request that is read
        self._size = 0  # bytes of the head so far
        self._count = 0  # its headers
        self._unread = 0  # bytes that came since the parser last made something of them
        self._unanswered = 0  # requests that uvicorn has
        self._refused: str | None = None  # what is wrong, from where on nothing is read

    def data_received(self, data: bytes) -> None:
        """Read more bytes, unless what came before could not be read."""
        if self._refused is not None:
            return
        self._unread += len(data)
        super().data_received(data)
        if self.in_message and self._unread > LARGEST_HEAD and self._refused is None:
            self._size = self._unread
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self.in_head = self.in_message = True
        self.offered = False
        self._size = self._count = self._unread = 0
        self.begin()

    def begin(self) -> None:
        """Make what a request needs."""
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        self._unread = 0
        self._size += len(url)
        if self._size > LARGEST_HEAD:
            raise TooLarge
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; a trailer, which comes after the body, is none."""
        self._unread = 0
        self._count += 1
        self._size += len(name) + len(value) + 4
        if self._size > LARGEST_HEAD or self._count > MOST_HEADERS:
            raise TooLarge
        if self.in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Go on, or read the head again without the protocol that it offers."""
        self.offered = self.parser.should_upgrade() and b"upgrade" in dict(self.headers)
        if not self.offered:
            self.proceed()
        self.in_head = False  # now there is somebody who answers
        self._size = self._count = 0

    def proceed(self) -> None:
        """Have uvicorn answer a request whose head is whole."""
        super().on_headers_complete()
        self._unanswered += 1

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self.noticed()
        super().on_body(body)

    def noticed(self) -> None:
        """Note that the parser has made something of what came."""
        self._unread = 0

    def on_message_complete(self) -> None:
        """End a request."""
        if not self.offered:
            self.in_message = False
            super().on_message_complete()

    def declined(self) -> bytes | None:
        """The head of a request without what it offers; None if it offers nothing."""
        if not self.offered:
            return None
        method, version = self.parser.get_method(), self.parser.get_http_version()
        lines = [b"%s %s HTTP/%s" % (method, self.url, version.encode())]
        for name, value in self.headers:
            if name == b"connection":
                tokens = [token.strip() for token in value.split(b",")]
                value = b", ".join(token for token in tokens if token.lower() != b"upgrade")
            if name != b"upgrade":
                lines.append(b"%s: %s" % (name, value))
        return b"\r\n".join([*lines, b"", b""])

    # What cannot be read is refused when everything before it has been answered.

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read, and close the connection."""
        self._refused = msg
        earlier = self._unanswered
        if self.in_message and not self.in_head:
            if self.pipeline:  # it waits for its turn, which will not come
                self.pipeline.popleft()
                self._unanswered -= 1
                earlier = self._unanswered
            else:
                earlier = 0
        if not earlier:
            self._refuse()

    def on_response_complete(self) -> None:
        """Go on with the next request, or refuse what could not be read."""
        self._unanswered -= 1
        super().on_response_complete()
        if self._refused is not None and not self._unanswered:
            self._refuse()

    def _refuse(self) -> None:
        if self.transport.is_closing():
            return
        cycle = self.cycle
        if cycle is not None and cycle.response_started and not cycle.response_complete:
            self.transport.close()  # in the middle of an answer there is nothing to say
        elif self._size > LARGEST_HEAD or self._count > MOST_HEADERS:
            text = f"More than {LARGEST_HEAD} bytes or {MOST_HEADERS} headers come before the body."
            standing = self.server_state.default_headers
            self.transport.write(written(refusal(ApiError(431, text)), standing, close=True))
            self.transport.close()
        else:
            super().send_400_response(self._refused or "")


def written(answer: Answer, standing: list[tuple[bytes, bytes]], *, close: bool = False) -> bytes:
    """A whole answer as bytes, with the headers that every answer has."""
    parts = [STATUS_LINE[answer.status]]
    for name, value in standing:
        parts += (name, b": ", value, b"\r\n")
    for name, value in answer.framed():
        parts += (name, b": ", value, b"\r\n")
    parts += (b"connection: close\r\n\r\n" if close else b"\r\n", answer.sent)
    return b"".join(parts)
