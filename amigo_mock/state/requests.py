"""Requests that were answered, as the journal has them, and how to pick some of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, overload

from amigo_mock.attributes import KnownAttributes, shown
from amigo_mock.errors import MockError, unknown

_STATUS = re.compile(r"[1-5]([0-9]{2}|xx)")


@dataclass(slots=True, repr=False)
class Entry:
    """One request and its answer. `duration` is in milliseconds; bodies are cut, secrets hidden.

    `headers` are the names of the declared header parameters that were sent. `used` of `limit`
    requests is where it left its caller's window; `retry_after` is how many seconds the answer asks
    to wait; `pending` says that it is about something under way, such as a run that is not
    finished. `handled` says that the service itself answered, whatever a fault made of it, and
    `permissions` are those that its answer hung on: the caller had them, unless it was a 403.
    `reason` says why it was refused and `hint` what to do instead, each in one line.
    """

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
    handled: bool = False
    dropped: bool = False
    race: bool = False
    pending: bool = False
    headers: tuple[str, ...] = ()
    limit: int | None = None
    used: int | None = None
    retry_after: int | None = None
    permissions: Set[str] = frozenset()
    reason: str = ""
    hint: str = ""
    request_body: bytes = b""
    response_body: bytes = b""
    started: float = field(default=0.0, repr=False, compare=False)  # by a clock for durations

    @property
    def request_json(self) -> Any:
        """The request body as the journal has it. Raises `ValueError` if that is not whole JSON."""
        return json.loads(self.request_body)

    @property
    def response_json(self) -> Any:
        """The response body as the journal has it. Raises `ValueError` if it is not whole JSON."""
        return json.loads(self.response_body)

    def __repr__(self) -> str:
        asked = f"{self.path}?{self.query}" if self.query else self.path
        outcome = "dropped" if self.dropped else self.status
        asked = repr(asked)[1:-1]  # without what would move the cursor
        line = f"{self.number}: {outcome} {self.method} {asked}"
        return f"<Entry {line} {self.operation or '(no operation)'}>"

    @property
    def caller(self) -> str | None:
        """The caller, as `organization/user`."""
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
            "handled": self.handled,
            "dropped": self.dropped,
            "race": self.race,
            "pending": self.pending,
            "headers": self.headers,
            "limit": self.limit,
            "used": self.used,
            "retry_after": self.retry_after,
            "permissions": sorted(self.permissions),
            "reason": self.reason,
            "hint": self.hint,
            "request_body": self.request_body.decode(errors="replace"),
            "response_body": self.response_body.decode(errors="replace"),
        }

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Entry:
        """The entry that `json` wrote."""
        time = datetime.fromisoformat(content["time"]).timestamp()
        organization, _, user = (content["caller"] or "/").partition("/")
        given = {name: content[name] for name in _AS_THEY_ARE}
        return cls(
            time=time,
            organization=organization or None,
            user=user or None,
            duration=content["duration_ms"],
            pending=content.get("pending", False),  # a fake elsewhere may be older
            headers=tuple(content["headers"]),
            permissions=frozenset(content["permissions"]),
            request_body=content["request_body"].encode(),
            response_body=content["response_body"].encode(),
            **given,
        )


_AS_THEY_ARE = (
    *("number", "method", "path", "query", "operation", "status", "warnings", "fault", "handled"),
    *("dropped", "race", "limit", "used", "retry_after", "reason", "hint"),
)


class Requests(KnownAttributes, Sequence[Entry]):
    """Requests, oldest first: all that there were, or those that were asked for."""

    def __init__(self, entries: Iterable[Entry], operations: Collection[str]) -> None:
        self._entries: Collection[Entry] = tuple(entries)
        self._operations = operations

    def to(self, operation: str) -> Requests:
        """Those to one operation. Raises `MockError`, naming the nearest, if there is none such."""
        if operation not in self._operations:
            raise unknown("operation", operation, self._operations)
        return self._only(lambda entry: entry.operation == operation)

    def with_status(self, *statuses: int | str) -> Requests:
        """Those that were answered with any of these: `409`, or all of a class with `"4xx"`."""
        for status in statuses:
            if not _STATUS.fullmatch(str(status)):
                raise MockError(f"a status is a number or like '4xx', not {status!r}")
        wanted = {str(status) for status in statuses}
        return self._only(lambda entry: not wanted.isdisjoint(_statuses(entry)))

    def by(self, user: str) -> Requests:
        """Those that one user made."""
        return self._only(lambda entry: entry.user == user)

    @property
    def last(self) -> Entry:
        """The newest one. Raises `LookupError` if there is none."""
        for entry in reversed(tuple(self)):
            return entry
        raise LookupError("there was no such request")

    def _only(self, wanted: Callable[[Entry], bool]) -> Requests:
        return Requests(filter(wanted, self), self._operations)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> list[Entry]: ...
    def __getitem__(self, place: int | slice) -> Entry | list[Entry]:
        return list(self)[place]

    def __repr__(self) -> str:
        return f"<{shown(type(self))} of {len(self)} requests>"


def _statuses(entry: Entry) -> tuple[str, ...]:
    return () if entry.status is None else (str(entry.status), f"{entry.status // 100}xx")
