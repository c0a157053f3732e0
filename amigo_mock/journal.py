"""The journal: what was asked and answered, bounded, with every secret left out."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, overload

HIDDEN = "***"
SECRET_NAMES = frozenset(
    {"sensitive_user_variables", "id_token", "key", "api_key", "password", "presigned_url"}
)

# A sensitive field with something in it.
_FILLED = re.compile(
    rb"sensitive_user_variables(?<!nonsensitive_user_variables)(?!\"\s*+:\s*+\{\s*+\})"
)
# Names of the other secrets; escapes that may spell one; another encoding than UTF-8.
_SIGNS = (b"id_token", b"api_key", b"password", b"presigned_url", b'"key"', b"\\u", b"\0")
_SIGNATURE = re.compile(r"(?<![^&])(signature=)[^&]*")  # of a link to a download
_INNOCENT = (
    b"nonsensitive_user_variables",
    b'"sensitive_user_variables":{}',
    b'"sensitive_user_variables": {}',
)
_TELLING = SECRET_NAMES - {"key"}  # a word that text has for other reasons


@dataclass(slots=True)
class Entry:
    """One request and its answer. `duration` is in milliseconds; bodies are cut, secrets hidden."""

    number: int
    time: float
    method: str
    path: str
    query: str
    operation: str | None = None
    organization: str | None = None
    user: str | None = None
    status: int | None = None
    duration: float = 0.0
    warnings: list[str] = field(default_factory=list)
    fault: bool = False
    dropped: bool = False
    request_body: bytes = b""
    response_body: bytes = b""

    @property
    def caller(self) -> str | None:
        """Who asked, as `organization/user`."""
        return f"{self.organization}/{self.user}" if self.user else None

    def json(self) -> dict[str, Any]:
        """The entry as JSON has it."""
        return {
            "number": self.number,
            "time": datetime.fromtimestamp(self.time, UTC).isoformat().replace("+00:00", "Z"),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "operation": self.operation,
            "caller": self.caller,
            "status": self.status,
            "duration_ms": round(self.duration, 3),
            "warnings": self.warnings,
            "fault": self.fault,
            "dropped": self.dropped,
            "request_body": self.request_body.decode(errors="replace"),
            "response_body": self.response_body.decode(errors="replace"),
        }


class Journal(Sequence[Entry]):
    """The last `size` requests, oldest first, with up to `body_size` bytes of each body.

    `met` counts answers by operation, status and whether a fault made them; clearing leaves it.
    """

    def __init__(self, size: int, body_size: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)
        self._body_size = body_size
        self._count = 0
        self.met: Counter[tuple[str, int, bool]] = Counter()
        self.listeners: list[Callable[[Entry], None]] = []

    def open(self, time: float, method: str, path: str, query: str) -> Entry:
        """The entry of a request that has just come in."""
        self._count += 1
        return Entry(self._count, time, method, path, _SIGNATURE.sub(rf"\1{HIDDEN}", query))

    def close(self, entry: Entry) -> None:
        """Keep an entry, and tell the listeners."""
        self._entries.append(entry)
        if entry.operation is not None and entry.status is not None:
            self.met[entry.operation, entry.status, entry.fault] += 1
        for listener in self.listeners:
            listener(entry)

    def keep(self, body: bytes, *, sound: bool = True) -> bytes:
        """What the journal shows of a body that may hold secrets; see `redacted`."""
        return redacted(body, sound=sound)[: self._body_size]

    def findings(self, body: bytes) -> bytes:
        """What the journal shows of a 422 that may echo secrets."""
        return _without_echo(body)[: self._body_size]

    def cut(self, body: bytes) -> bytes:
        """What the journal shows of a body that cannot hold secrets."""
        return body[: self._body_size]

    def clear(self) -> None:
        """Forget everything, and number the requests from 1 again."""
        self._entries.clear()
        self._count = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> list[Entry]: ...
    def __getitem__(self, place: int | slice) -> Entry | list[Entry]:
        return list(self._entries)[place]

    def __repr__(self) -> str:
        return f"<Journal of {len(self)} requests>"


def redacted(body: bytes, *, sound: bool = True) -> bytes:
    """The body without the values of fields that hold secrets.

    Most bodies have none, which a look at the bytes settles; the others are read and written anew.
    A body that cannot be read is left out, if it may hold a secret or is not known to be `sound`.
    """
    if not body or (sound and not _suspect(body)):
        return body
    try:
        content = json.loads(body)
        return _written(_hide(content)) if _suspect(body) else body
    except (ValueError, RecursionError):
        return f"({len(body)} bytes that are not JSON and may hold a secret)".encode()


def _suspect(body: bytes) -> bool:
    text = body.lower()
    for sign in _SIGNS:  # one by one is quicker than all at once in an expression
        if sign in text:
            return True
    # What most bodies have of it is innocent; the expression is for the others.
    for innocent in _INNOCENT:
        text = text.replace(innocent, b"")
    return b"sensitive_" in text and _FILLED.search(text) is not None


def _without_echo(body: bytes) -> bytes:
    answer = json.loads(body)
    for finding in answer["detail"]:
        place = finding["loc"]
        named = any(_is_secret(str(part)) for part in place)
        whole = len(place) == 1 and isinstance(finding["input"], str)
        finding["input"] = HIDDEN if named or whole else _hide(finding["input"])
    return _written(answer)


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: HIDDEN if item and _is_secret(name) else _hide(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_hide(item) for item in value]
    if isinstance(value, str) and any(name in value.lower() for name in _TELLING):
        return HIDDEN  # JSON inside of a string, it may be
    return value


def _is_secret(name: str) -> bool:
    name = name.lower()
    # A misspelt name that has the right one in it is one as well; only one such name is innocent.
    return name in SECRET_NAMES or (
        "sensitive_user_variables" in name and name != "nonsensitive_user_variables"
    )


def _written(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
