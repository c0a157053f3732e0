"""Made-up bytes at the edge of HTTP, and whether three servers agree on what comes of them."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.server.malformed import ANN, CASES, CHUNK, END, GET, POST, SLOW, chunked, head, post
from tests.support.edges import DATE, SHORT, Edge, Verdict
from tests.support.paths import PERSONAS

HEADERS = [
    *("Connection: close", "Connection: keep-alive", "Connection: Upgrade", "Upgrade: h2c"),
    *("Expect: 100-continue", "Expect: x", "Content-Length: 0", "Content-Length: 5", "Host: x"),
    *("Transfer-Encoding: chunked", "Transfer-Encoding: identity", "Content-Encoding: gzip"),
    *("Content-Type: text/plain", "Content-Type:", "X-Org-Id: mock-org", "X-Org-Id: other"),
    *("Origin: http://localhost:1", "Origin: http://evil.example", "Authorization: Basic x"),
    *("Cookie: a=b; c", "TE: trailers", "Trailer: X-A", "X-A: \xe9", "Keep-Alive: 1", "X-A:  b  "),
]
TARGETS = [
    *(PERSONAS, PERSONAS[:-1], f"{PERSONAS}?limit=1", f"{PERSONAS}search?query=a", "/", "/v1//x"),
    *("*", "http://x/v1/y", "/_mock/clock", "/v1/openapi.json", "/%2e%2e/", "/?", "//", "/v1/\\"),
    *(f"{PERSONAS}{'0' * 24}/", "/_mock/nothing", "/#", "/v1/mock-org/service/", "/a b", "/%"),
]
METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "BREW"]
BITS = [
    *(b"\r\n", b"\n", b"\r", b"\x00", b" ", b"\t", b":", b"0", b"\r\n\r\n", b"0\r\n\r\n", b";a=b"),
    *(b"chunked", b"Content-Length: 3\r\n", b"X: y\r\n", b"\xff", b"HTTP/1.1", b"%", b","),
]
# A trailer is no header of ours, and plain uvicorn has no bounds and ignores no offers.
OTHERWISE = (b"upgrade", b"trailer", b"0\r\nx")

bodies = st.one_of(
    st.just(ANN), st.binary(max_size=40), st.sampled_from([b"", b"{}", b"[", b"x" * 200_001])
)
requests = st.builds(
    lambda method, target, version, more: head(method, target, *more, version=version),
    st.sampled_from(METHODS),
    st.sampled_from(TARGETS),
    st.sampled_from(["1.1", "1.1", "1.1", "1.0", "2.0"]),
    st.lists(st.sampled_from(HEADERS), max_size=4),
)
posts = st.builds(
    lambda body, more: post(body, *more), bodies, st.lists(st.sampled_from(HEADERS), max_size=3)
)
chunks = st.builds(
    lambda parts, end, more: chunked(b"".join(parts) + end, *more),
    st.lists(
        st.one_of(
            st.just(CHUNK),
            st.binary(min_size=1, max_size=9).map(lambda part: b"%x\r\n%s\r\n" % (len(part), part)),
            st.sampled_from([b"zz\r\n", b"5;x\r\nhello\r\n", b"-1\r\n", b"1\r\n", b"1\r\nab\r\n"]),
        ),
        max_size=3,
    ),
    st.sampled_from([END, END, b"0\r\n", b"", b"0\r\nX-A: b\r\n\r\n"]),
    st.lists(st.sampled_from(HEADERS), max_size=2),
)
known = st.sampled_from([case.content for case in CASES.values() if len(case.content) < 5_000])
whole = st.one_of(requests, posts, chunks, known, st.sampled_from([GET, POST, SLOW]))


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """A message with something wrong in a place."""
    content = draw(whole)
    place = draw(st.integers(0, len(content)))
    gone = draw(st.integers(0, 3))
    put = draw(st.one_of(st.sampled_from(BITS), st.binary(max_size=3)))
    return content[:place] + put + content[place + gone :]


wild = st.one_of(
    st.lists(st.one_of(whole, whole, bent()), min_size=1, max_size=3).map(b"".join),
    st.binary(max_size=60),
)


def asked(edge: Edge, content: bytes, wanted: Verdict | None, patience: float) -> Verdict:
    edge.fake.reset()
    return edge.send(content, wanted, patience)


def disagreement(edges: dict[str, Edge], content: bytes) -> str:
    """What servers say that do not agree; nothing if they do, once they had time for it."""
    told = ""
    for patience in (SHORT, 0.3, 2.0):
        told = compared(edges, content, patience)
        if not told:
            break
    return told


def compared(edges: dict[str, Edge], content: bytes, patience: float) -> str:
    """As `disagreement`, with so much silence taken for the end."""
    fast = asked(edges["fast"], content, None, patience)
    slow = asked(edges["slow"], content, fast, patience)
    if fast != slow or DATE.sub(b"", fast.content) != DATE.sub(b"", slow.content):
        return f"with the fast path: {fast}\nwithout it: {slow}"
    if 500 in fast.statuses:
        return f"an error of ours: {fast}"
    if 431 in fast.statuses or any(word in content.lower() for word in OTHERWISE):
        return ""
    plain = asked(edges["plain"], content, fast, patience)
    return "" if plain == fast or cut_short(fast, plain) else f"ours: {fast}\nplain: {plain}"


def cut_short(ours: Verdict, plain: Verdict) -> bool:
    """Report whether both refuse the same, and plain uvicorn owes answers to what came before."""
    ended = ours.closed and plain.closed and ours.statuses[-1:] == plain.statuses[-1:] == (400,)
    return ended and len(plain.statuses) <= len(ours.statuses)
