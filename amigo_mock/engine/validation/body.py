"""The body of a request, from bytes to values: before anything that its operation asks for."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

from pydantic_core import from_json

from amigo_mock.engine.http.messages import Request
from amigo_mock.errors import ApiError
from amigo_mock.operations.bodies import BrokenForm, parse
from amigo_mock.operations.operation import Operation

DEEPEST = 200  # levels of JSON that are read
MOST = 50_000  # values of JSON that are read: each may be wrong in several ways

_JSON = b"application/json"
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_LEVELS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


UNREADABLE = "There was an error parsing the body"  # as the framework of the service says it


def read(operation: Operation, request: Request, limit: int, most: int = MOST) -> Any:
    """The body as the operation takes it: a JSON value, the fields of a form, or bytes.

    What should be JSON and is not sent as such is text; None is no body. Raises an `ApiError`: 413
    for more bytes than the limit or more than `most` values, 400 for what cannot be read at all,
    422 for broken JSON.
    """
    body = request.body
    if request.oversized or len(body) > limit:
        raise ApiError(413, f"The body is larger than {limit} bytes.")
    kind = operation.body_kind
    if kind == "bytes":
        return body
    if kind == "none" or not body:
        return None
    sent_as = request.headers.get(b"content-type", b"")
    if kind == "json":
        return _json(body, most) if is_json(sent_as) else body.decode(errors="replace")
    return _fields(operation, body, sent_as)


def media_type(content_type: bytes) -> bytes:
    """The media type in a content type, without parameters and in small letters."""
    return content_type.partition(b";")[0].strip().lower()


def is_json(content_type: bytes) -> bool:
    """Report whether a content type is one of JSON."""
    if content_type == _JSON:
        return True
    found = media_type(content_type)
    return found == _JSON or (found.startswith(b"application/") and found.endswith(b"+json"))


def _json(body: bytes, most: int) -> Any:
    if _is_too_deep(body, most):
        raise _unreadable()
    if _has_more(body, most):
        raise ApiError(413, f"The body holds more than {most} values.")
    try:
        return from_json(body)
    except ValueError:
        return _read_again(body)


def _read_again(body: bytes) -> Any:
    """Read JSON the way the service does, whose finding says what is wrong, and where."""
    try:
        value = json.loads(body.decode("utf-8-sig"))
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise _broken(error.pos, error.msg) from None
    except UnicodeDecodeError:
        raise _unreadable() from None
    except UnicodeEncodeError:
        raise _broken(0, "Half of a surrogate pair") from None
    except ValueError as error:
        raise _broken(0, str(error)) from None
    return value


def _has_more(body: bytes, most: int) -> bool:
    """Report whether JSON has more values than `most`, of signs that stand before one."""
    if _signs(body, 0, len(body)) <= most:
        return False
    count = end = 0
    for text in _TEXT.finditer(body):
        count += _signs(body, end, text.start())
        if count > most:
            return True
        end = text.end()
    return count + _signs(body, end, len(body)) > most


def _signs(body: bytes, start: int, end: int) -> int:
    return sum(body.count(sign, start, end) for sign in (b",", b"[", b"{"))


def _is_too_deep(body: bytes, most: int) -> bool:
    """Report whether JSON is too deep, within as many signs as `most` values can have."""
    if len(body) <= DEEPEST or body.count(b"[") + body.count(b"{") <= DEEPEST:
        return False
    depth = 0
    for found in islice(_LEVELS.finditer(body), 4 * most):  # two brackets, a name and a text
        sign = found[0]
        if sign in b"[{":
            depth += 1
        elif sign in b"]}":
            depth -= 1
        if depth > DEEPEST:
            return True
    return False


def _fields(operation: Operation, body: bytes, content_type: bytes) -> dict[str, Any] | None:
    """The fields of a form; repeated ones are a list where there can be several."""
    if media_type(content_type).decode("latin-1") not in operation.content_types:
        return None
    try:
        pairs = parse(body, content_type)
    except BrokenForm:
        raise _unreadable() from None
    repeated = operation.repeated_fields
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in repeated:
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def _unreadable() -> ApiError:
    return ApiError(400, UNREADABLE)


def _broken(position: int, reason: str) -> ApiError:
    finding = {
        "type": "json_invalid",
        "loc": ["body", position],
        "msg": "JSON decode error",
        "input": {},
        "ctx": {"error": reason},
    }
    return ApiError(422, [finding])
