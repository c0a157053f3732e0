"""Requests at the edge of HTTP and beyond it, with what comes of each."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.support.bodies import persona
from tests.support.edges import TOKEN
from tests.support.paths import PERSONAS

ANN = json.dumps(persona("Ann")).encode()
CHUNK = b"%x\r\n%s\r\n" % (len(ANN), ANN)
END = b"0\r\n\r\n"


def head(method: str = "GET", target: str = PERSONAS, *more: str, version: str = "1.1") -> bytes:
    lines = [f"{method} {target} HTTP/{version}", "Host: localhost"]
    lines += [f"Authorization: Bearer {TOKEN.decode()}", *more]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def post(body: bytes, *more: str) -> bytes:
    """A request with a body in one piece."""
    return (
        head(
            "POST",
            PERSONAS,
            "Content-Type: application/json",
            *more,
            f"Content-Length: {len(body)}",
        )
        + body
    )


def chunked(body: bytes, *more: str, coding: str = "Transfer-Encoding: chunked") -> bytes:
    """A request with a body in chunks, which are given with their framing."""
    return head("POST", PERSONAS, "Content-Type: application/json", coding, *more) + body


def headers(count: int) -> list[str]:
    return [f"X-{number}: x" for number in range(count)]


GET = head()
POST = post(ANN)
SLOW = head("GET", "/_mock/clock")  # never on the fast path
LENGTH = b"Length: %d" % len(ANN)


@dataclass(frozen=True)
class Sent:
    """Bytes, the statuses that come back, and whether the connection is closed then.

    `plainly` is false where plain uvicorn does otherwise, for the reason that stands above it.
    """

    content: bytes
    statuses: tuple[int, ...]
    closed: bool = False
    plainly: bool = True


def refused(content: bytes) -> Sent:
    return Sent(content, (400,), closed=True)


SMUGGLED = {
    "a length and chunks": refused(chunked(END + b"G", "Content-Length: 4") + GET),
    "chunks and a length": refused(post(END + b"G", "Transfer-Encoding: chunked") + GET),
    "chunks twice": refused(chunked(CHUNK + END, "Transfer-Encoding: chunked") + GET),
    "chunks, then another coding": refused(
        chunked(CHUNK + END, coding="Transfer-Encoding: chunked, gzip")
    ),
    "an unknown coding": refused(chunked(ANN, coding="Transfer-Encoding: xchunked")),
    "identity": refused(chunked(ANN, coding="Transfer-Encoding: identity")),
    "a space before the colon": refused(chunked(CHUNK + END, coding="Transfer-Encoding : chunked")),
    "a vertical tab": refused(chunked(CHUNK + END, coding="Transfer-Encoding:\x0bchunked")),
    "two lengths": refused(post(ANN, "Content-Length: 3")),
    "the same length twice": refused(post(ANN, f"Content-Length: {len(ANN)}")),
    "a list of lengths": refused(POST.replace(LENGTH, LENGTH + b", %d" % len(ANN))),
    "a negative length": refused(POST.replace(b"Length: ", b"Length: -")),
    "a length with a sign": refused(POST.replace(b"Length: ", b"Length: +")),
    "a hexadecimal length": refused(POST.replace(b"Length: ", b"Length: 0x")),
    "a length beyond all": refused(POST.replace(LENGTH, b"Length: 99999999999999999999")),
    "no length": refused(POST.replace(LENGTH, b"Length: ")),
    "a folded header": refused(head("GET", PERSONAS, "X-A: b\r\n c")),
    "line feeds": refused(GET.replace(b"\r\n", b"\n")),
    "one line feed": refused(GET.replace(b"localhost\r\n", b"localhost\n")),
    "carriage returns": refused(GET.replace(b"\r\n", b"\r")),
    "NUL in a value": refused(head("GET", PERSONAS, "X-A: a\x00b")),
    "NUL in a name": refused(head("GET", PERSONAS, "X\x00: a")),
    "NUL in the path": refused(head("GET", "/v1/\x00")),
    "a space in a name": refused(head("GET", PERSONAS, "X A: b")),
    "no colon": refused(head("GET", PERSONAS, "XA")),
    "no name": refused(head("GET", PERSONAS, ": b")),
    "a space before the first header": refused(GET.replace(b"Host", b" Host")),
}

CHUNKS = {
    "chunks": Sent(chunked(CHUNK + END) + GET, (201, 200)),
    "an extension": Sent(chunked(CHUNK.replace(b"\r\n", b";a=b\r\n", 1) + END) + GET, (201, 200)),
    "a coding within": Sent(
        chunked(CHUNK + END, coding="Transfer-Encoding: gzip, chunked"), (201,)
    ),
    "a tab": Sent(chunked(CHUNK + END, coding="Transfer-Encoding:\tchunked"), (201,)),
    "no end": Sent(chunked(CHUNK), ()),
    "a negative size": refused(chunked(b"-1\r\n\r\n")),
    "a size with a prefix": refused(chunked(b"0x5\r\nhello\r\n" + END)),
    "a size beyond all": refused(chunked(b"f" * 17 + b"\r\n")),
    "a size that is wrong": refused(chunked(b"2\r\n" + ANN + b"\r\n" + END)),
    "no size": refused(chunked(b"\r\n\r\n")),
    "sizes with line feeds": refused(chunked(CHUNK.replace(b"\r\n", b"\n") + b"0\n\n")),
    "a space after the size": refused(chunked(CHUNK.replace(b"\r\n", b" \r\n", 1) + END)),
    "no line end after a chunk": refused(chunked(CHUNK[:-2] + END)),
    "trailers": Sent(chunked(CHUNK + b"0\r\nX-A: b\r\n\r\n") + GET, (201, 200)),
    # A trailer is no header here; plain uvicorn adds it to those of the request.
    "trailers that mean something": Sent(
        chunked(CHUNK + b"0\r\nX-Org-Id: other\r\nContent-Type: text/x\r\n\r\n") + GET,
        (201, 200),
        plainly=False,
    ),
    "a length in the trailers": refused(chunked(CHUNK + b"0\r\nContent-Length: 5\r\n\r\n")),
}

# Plain uvicorn has no bounds, but for the address.
LARGE = {
    "many headers": Sent(head("GET", PERSONAS, *headers(98)), (200,)),
    "too many headers": Sent(head("GET", PERSONAS, *headers(99)) + GET, (431,), True, False),
    "a large header": Sent(head("GET", PERSONAS, "X-A: " + "x" * 64_000), (200,)),
    "a header that is too large": Sent(
        head("GET", PERSONAS, "X-A: " + "x" * 66_000) + GET, (431,), True, False
    ),
    "headers that are too large": Sent(
        head("GET", PERSONAS, *(f"X-{number}: {'x' * 6_600}" for number in range(10))),
        *((431,), True, False),
    ),
    "a large path": Sent(head("GET", "/v1/" + "x" * 64_000), (404,)),
    "a path that is too large": Sent(head("GET", "/v1/" + "x" * 66_000), (431,), True, False),
    "a query that is too large": Sent(head("GET", "/v1/?" + "x" * 66_000), (431,), True, False),
    "too many trailers": Sent(
        chunked(CHUNK + b"0\r\n" + b"X-A: b\r\n" * 101 + b"\r\n"), (431,), True, False
    ),
    "an extension that is too large": Sent(chunked(b"5;" + b"x" * 400_000), (431,), True, False),
    "a body that is too large, then no HTTP": Sent(
        post(b"x" * 200_001) + b"\x00\x00", (413, 400), True, False
    ),
    "a body that is too large, and is announced": Sent(
        head("POST", PERSONAS, "Expect: 100-continue", "Content-Length: 100000000"), (413,), True
    ),
}

# Plain uvicorn refuses at once, and what it owes is not answered.
IN_ORDER = {
    "one after the other": Sent(GET * 5 + POST + GET, (*[200] * 5, 201, 200)),
    "then no HTTP": Sent(GET + b"NONSENSE\r\n\r\n", (200, 400), True, False),
    "slow ones, then no HTTP": Sent(SLOW + GET + b"NONSENSE\r\n\r\n", (200, 200, 400), True, False),
    "then a broken body": Sent(GET + chunked(b"zz\r\n"), (200, 400), True, False),
    "slow ones, then a broken body": Sent(
        SLOW * 3 + chunked(b"zz\r\n"), (*[200] * 3, 400), True, False
    ),
    "slow ones, then a head that is too large": Sent(
        SLOW + head("GET", PERSONAS, *headers(99)), (200, 431), True, False
    ),
    "slow ones, then a tunnel": Sent(
        SLOW + b"CONNECT localhost:80 HTTP/1.1\r\nHost: x\r\n\r\n", (200, 400), True, False
    ),
    "closed, then more": Sent(head("GET", PERSONAS, "Connection: close") + GET, (200,), True),
}

OFFER = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQ")

OFFERED = {
    "to be continued": Sent(post(ANN, "Expect: 100-continue") + GET, (100, 201, 200)),
    "to expect something else": Sent(post(ANN, "Expect: tea") + GET, (201, 200)),
    # Plain uvicorn loses the body, and what comes after it.
    "HTTP/2": Sent(post(ANN, *OFFER) + GET, (201, 200), plainly=False),
    "HTTP/2 in chunks": Sent(chunked(CHUNK + END, *OFFER) + GET, (201, 200), plainly=False),
    "HTTP/2 without a body": Sent(head("GET", PERSONAS, *OFFER) + GET, (200, 200), plainly=False),
    "HTTP/2 or to be closed": Sent(
        head("GET", PERSONAS, "Connection: upgrade, close", "Upgrade: h2c"), (200,), True
    ),
    "a WebSocket": Sent(
        head("GET", PERSONAS, "Connection: Upgrade", "Upgrade: websocket") + GET,
        *((200, 200), False, False),
    ),
    "an upgrade without a connection": Sent(
        head("GET", PERSONAS, "Upgrade: h2c") + GET, (200, 200)
    ),
    "HTTP/2 at once": refused(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "a tunnel": refused(b"CONNECT localhost:80 HTTP/1.1\r\nHost: x\r\n\r\n" + GET),
    "TLS": refused(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "the PROXY protocol": refused(b"PROXY TCP4 127.0.0.1 127.0.0.1 1 1\r\n" + GET),
}

TARGETS = {
    "a whole URL": Sent(GET.replace(b"GET /", b"GET http://other/"), (200,)),
    "a URL with a user": Sent(GET.replace(b"GET /", b"GET https://u:p@other:1/"), (200,)),
    "OPTIONS of all": Sent(head("OPTIONS", "*"), (404,)),
    "a star": Sent(head("GET", "*"), (404,)),
    "no slash": refused(head("GET", "v1")),
    "no target": refused(b"GET  HTTP/1.1\r\n\r\n"),
    "dots": Sent(head("GET", "/v1/../_mock/clock"), (404,)),
    "two slashes": Sent(head("GET", "//v1/x"), (404,)),
    "a bracket": Sent(head("GET", "//[::1"), (404,)),
    "a fragment": Sent(head("GET", PERSONAS + "#x"), (200,)),
    "no escape": Sent(head("GET", "/v1/%zz"), (404,)),
    "half of an escape": Sent(head("GET", "/v1/%"), (404,)),
    "an escaped NUL": Sent(head("GET", "/v1/%00"), (404,)),
    "escapes that are no UTF-8": Sent(head("GET", "/v1/%ff%fe/simulation/persona/"), (404,)),
    "no escape in the query": Sent(head("GET", PERSONAS + "?limit=%zz"), (422,)),
    "a query that is no UTF-8": Sent(head("GET", PERSONAS + "?role=%ff"), (200,)),
    "bytes in the path": refused(head("GET", "/v1/\xff")),
    "bytes in the query": refused(head("GET", PERSONAS + "?role=\xff")),
    "no host": Sent(b"GET /v1/x HTTP/1.1\r\n\r\n", (404,)),
    "no version": Sent(b"GET /\r\n\r\n", (404,), True),
    "HTTP/1.0": Sent(head(version="1.0"), (200,), True),
    "HTTP/1.2": refused(head(version="1.2")),
    "HTTP in small letters": refused(GET.replace(b"HTTP", b"http")),
    "a method in small letters": refused(head("get")),
    "an unknown method": refused(head("BREW")),
    "bytes in a header": Sent(head("GET", PERSONAS, "X-A: \xff\xfe"), (200,)),
    "empty lines before": Sent(b"\r\n" * 100 + GET, (200,)),
    "nothing": Sent(b"\r\n", ()),
    "another signature after the first": Sent(
        head("GET", PERSONAS, "Authorization: Bearer none", "X-Org-Id: mock-org", "X-Org-Id: no"),
        (200,),
    ),
}

CASES = {**SMUGGLED, **CHUNKS, **LARGE, **IN_ORDER, **OFFERED, **TARGETS}
