"""Cross-origin requests: what a browser is told when a page of this machine calls."""

from __future__ import annotations

import re

from amigo_mock.engine.http.messages import Answer, Headers, Request

LOCAL_ORIGIN = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\]|[a-z0-9-]+\.localhost)(:\d+)?")
METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
ASKED = b"access-control-request-method"
ASKED_HEADERS = b"access-control-request-headers"

_PREFLIGHT = [
    (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    (b"access-control-allow-methods", METHODS.encode()),
    (b"access-control-max-age", b"600"),
]
_EXPOSED = (
    b"Retry-After, X-Amigo-Mock-Hint, X-Amigo-Mock-Warning, "
    b"X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"
)
_TEXT = (b"content-type", b"text/plain; charset=utf-8")


def preflight(request: Request) -> Answer | None:
    """The answer to a browser that asks beforehand whether a page may call; else None."""
    if request.method != "OPTIONS" or ASKED not in request.headers:
        return None
    if b"origin" not in request.headers:
        return None
    wrong = [] if _is_local(request) else ["origin"]
    if request.headers[ASKED].decode("latin-1") not in METHODS.split(", "):
        wrong.append("method")
    headers = [*_PREFLIGHT]
    if ASKED_HEADERS in request.headers:
        headers.append((b"access-control-allow-headers", request.headers[ASKED_HEADERS]))
    text = f"Disallowed CORS {', '.join(wrong)}" if wrong else "OK"
    return Answer(400 if wrong else 200, text.encode(), [*headers, _TEXT])


def headers(request: Request) -> Headers:
    """The headers that the answer to a request with an origin has in addition."""
    if b"origin" not in request.headers:
        return []
    found = [
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", _EXPOSED),
        (b"vary", b"Origin"),
    ]
    if _is_local(request):
        found.append((b"access-control-allow-origin", request.headers[b"origin"]))
    return found


def _is_local(request: Request) -> bool:
    return LOCAL_ORIGIN.fullmatch(request.headers[b"origin"].decode("latin-1")) is not None
