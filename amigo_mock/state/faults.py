"""Faults: what goes wrong on request, for one operation and so many calls."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from typing import Annotated, Any, Literal, TypedDict, Unpack

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from amigo_mock.attributes import KnownAttributes
from amigo_mock.errors import MockError, compact, error_body, first, unknown
from amigo_mock.names import has_no
from amigo_mock.places import armed_at, called_from
from amigo_mock.state.clock import Clock
from amigo_mock.world.free_json import JsonValue

EVERY = "*"
MOST = 1000  # faults that are kept, spent ones included


FRAMING = frozenset({"connection", "content-length", "transfer-encoding"})

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _header(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise ValueError("not the name of a header")
    if name.lower() in FRAMING:
        raise ValueError("the server frames the answer itself; use drop to cut a connection")
    return name


def _line(value: str) -> str:
    if not value.isprintable() or not value.isascii():
        raise ValueError("the value of a header is one line of ASCII")
    return value


def _json(value: Any) -> Any:
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"cannot be written as JSON: {error}") from None
    return value


HeaderName = Annotated[str, AfterValidator(_header)]
HeaderValue = Annotated[str, AfterValidator(_line)]


class Fault(BaseModel):
    """One armed fault. It answers, delays or drops; `before` or `after` the handler ran."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True
    )

    operation: str = Field(description="Whose calls it hits; `*` for any.")
    status: int | None = Field(None, ge=200, le=599, description="Status to answer with.")
    times: int | None = Field(1, ge=1, description="Calls it hits; null: until it is cleared.")
    delay: float = Field(0.0, ge=0, le=3600, description="Seconds of real time to wait first.")
    when: Literal["before", "after"] = Field(
        "before", description="Whether the handler runs first, and so changes the world."
    )
    drop: bool = Field(False, description="Cut the connection without an answer.")
    after_events: int | None = Field(
        None, ge=0, description="Of a streamed answer: how many events are sent before it hits."
    )
    headers: dict[HeaderName, HeaderValue] = Field(default={}, description="Headers to send.")
    body: Annotated[JsonValue, AfterValidator(_json)] = Field(
        None, description="JSON to answer with; null: an error that says so."
    )
    expires_in: float | None = Field(
        None, gt=0, description="Seconds on the fake's clock after which it lapses."
    )

    @model_validator(mode="after")
    def _does_something(self) -> Fault:
        if self.drop and self.status is not None:
            raise ValueError("a dropped connection has no status: leave out status or drop")
        if not self.drop and self.status is None and not self.delay:
            raise ValueError("a fault needs a status, a delay or drop")
        if self.status is not None and self.after_events is not None:
            raise ValueError("events have a status already: leave out status or after_events")
        if self.status is None and (self.headers or self.body is not None):
            raise ValueError("headers and body need a status to be sent with")
        return self

    @property
    def answers(self) -> bool:
        """True if its own answer stands in for the real one."""
        return self.status is not None

    def content(self) -> bytes:
        """The body of its answer."""
        if self.status in (204, 304):
            return b""
        if self.body is None:
            return error_body(f"An armed fault answered {self.status} to {self.operation}.")
        return compact(self.body)


class FaultKeywords(TypedDict, total=False):
    """The keywords that arm a fault, for type checkers."""

    status: int | None
    times: int | None
    delay: float
    when: Literal["before", "after"]
    drop: bool
    after_events: int | None
    headers: dict[str, str]
    body: Any
    expires_in: float | None


class Armed(KnownAttributes, ABC):
    """A fault that waits for calls. `place` is the line that armed it, in Python."""

    id: int
    fault: Fault
    place: str = ""

    @property
    def never_hit(self) -> str:
        """The sentence about it if it hits no call."""
        operation, place = self.fault.operation, armed_at(self.place)
        return f"an armed fault never hit: {operation!r} was not called{place}"

    @property
    @abstractmethod
    def hits(self) -> int:
        """The number of calls that it has hit."""

    @abstractmethod
    def spent(self, now: float) -> bool:
        """True when it will not hit again."""


class LocalArmed(Armed):
    """A fault that waits for calls in this process."""

    hits = 0

    def __init__(self, id: int, fault: Fault, expires_at: float | None) -> None:
        self.id = id
        self.fault = fault
        self._expires_at = expires_at

    def spent(self, now: float) -> bool:
        """True when it will not hit again."""
        return self.used_up or (self._expires_at is not None and now >= self._expires_at)

    @property
    def used_up(self) -> bool:
        """True when it has hit as often as it was to."""
        return self.fault.times is not None and self.hits >= self.fault.times

    def __repr__(self) -> str:
        return f"<Armed {self.id}: {self.fault.operation}, {self.hits} hits>"


class Faults(KnownAttributes, ABC):
    """The armed faults, oldest first; the first one that fits a call hits it."""

    def add(self, operation: str, **fault: Unpack[FaultKeywords]) -> Armed:
        """Arm a fault; the keywords are the fields of `Fault`.

        Raises `MockError` for an operation or a keyword that does not exist, naming the nearest.
        """
        for name in fault:
            if name not in Fault.model_fields:
                raise MockError(has_no("a fault", "field", name, Fault.model_fields))
        try:
            armed = self.arm(Fault(operation=operation, **fault))
        except ValidationError as error:
            found = first(error)
            raise MockError(f"{found.place or 'fault'}: {found.message}") from None
        armed.place = called_from()
        return armed

    @abstractmethod
    def arm(self, fault: Fault) -> Armed:
        """Arm a fault that is a value already. Raises `MockError` for an unknown operation."""

    @abstractmethod
    def clear(self) -> None:
        """Disarm every fault, and number the next ones from 1 again."""

    @abstractmethod
    def remove(self, armed: Armed) -> None:
        """Disarm one fault; one that is disarmed already is passed over."""

    @abstractmethod
    def __iter__(self) -> Iterator[Armed]: ...

    @abstractmethod
    def __len__(self) -> int: ...

    def __repr__(self) -> str:
        return f"<Faults: {list(self)}>"


class LocalFaults(Faults):
    """The armed faults of a fake in this process."""

    def __init__(self, clock: Clock, operations: Collection[str]) -> None:
        self._clock = clock
        self._operations = operations
        self._armed: list[LocalArmed] = []
        self._waiting: list[LocalArmed] = []  # those that are not used up
        self._count = 0

    def arm(self, fault: Fault) -> Armed:
        """Arm a fault that is a value already.

        Raises `MockError` for an unknown operation, and for one fault more than can be kept. A
        spent one makes room.
        """
        if fault.operation != EVERY and fault.operation not in self._operations:
            raise unknown("operation", fault.operation, self._operations)
        if len(self._armed) == MOST:
            self._forget_spent()
        self._count += 1
        lapse = None if fault.expires_in is None else self._clock.now() + fault.expires_in
        armed = LocalArmed(self._count, fault, lapse)
        self._armed.append(armed)
        self._waiting.append(armed)
        return armed

    def _forget_spent(self) -> None:
        now = self._clock.now()
        spent = next((one for one in self._armed if one.spent(now)), None)
        if spent is None:
            raise MockError(f"{MOST} faults are armed and wait: clear some before arming another")
        self.remove(spent)

    def take(self, operation: str) -> Fault | None:
        """The fault that hits a call of this operation, which counts as a hit."""
        if not self._waiting:
            return None
        now = self._clock.now()
        for armed in self._waiting:
            if armed.fault.operation in (operation, EVERY) and not armed.spent(now):
                armed.hits += 1
                if armed.used_up:
                    self._waiting.remove(armed)
                return armed.fault
        return None

    def clear(self) -> None:
        """Disarm every fault, and number the next ones from 1 again."""
        self._armed.clear()
        self._waiting.clear()
        self._count = 0

    def remove(self, armed: Armed) -> None:
        """Disarm one fault; one that is disarmed already is passed over."""
        self._armed = [one for one in self._armed if one is not armed]
        self._waiting = [one for one in self._waiting if one is not armed]

    def __iter__(self) -> Iterator[Armed]:
        return iter(tuple(self._armed))

    def __len__(self) -> int:
        return len(self._armed)
