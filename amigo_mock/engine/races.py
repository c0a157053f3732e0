"""Races: another user's call between a caller's read and write."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from amigo_mock.attributes import KnownAttributes
from amigo_mock.errors import MockError, unknown
from amigo_mock.names import has_no
from amigo_mock.places import armed_at, called_from
from amigo_mock.world.free_json import JsonValue

if TYPE_CHECKING:
    from amigo_mock.operations.operation import Operation

MOST = 1000  # races that are kept, those that are over included


class Race(BaseModel):
    """A call that another user makes before one is handled, once `after` was answered with success.

    `path` is what the path of that call needs beyond what the interrupted one's has.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    before: str = Field(description="The operation whose next call it precedes.")
    after: str | None = Field(None, description="The operation that has to be answered first.")
    operation: str = Field(description="What the other user calls.")
    path: dict[str, str] = Field(default={}, description="Path parameters, where they differ.")
    body: JsonValue = Field(None, description="JSON to send.")


class ArmedRace(KnownAttributes, ABC):
    """A race that waits for its moment. `place` is the line that armed it, in Python."""

    id: int
    race: Race
    place: str = ""

    def __init__(self, id: int, race: Race) -> None:
        self.id = id
        self.race = race

    @property
    @abstractmethod
    def status(self) -> int | None:
        """The status of the call, once it happened."""

    @property
    def trouble(self) -> str | None:
        """A sentence about what did not go as planned, if anything."""
        race = self.race
        if self.status is None:
            since = f" after {race.after!r} was answered" if race.after else ""
            text = f"{race.operation!r} by another user never happened: "
            return f"{text}{race.before!r} was not called{since}{armed_at(self.place)}"
        if self.status >= 400:
            text = f"{race.operation!r} by another user was refused with {self.status}"
            return f"{text}{armed_at(self.place)}"
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self.trouble:
            raise AssertionError(self.trouble)

    def __repr__(self) -> str:
        done = "waits" if self.status is None else str(self.status)
        return f"<ArmedRace {self.id}: {self.race.operation} before {self.race.before}, {done}>"


class LocalArmedRace(ArmedRace):
    """A race that waits for its moment in this process."""

    status: int | None = None
    ripe: bool

    def __init__(self, id: int, race: Race) -> None:
        super().__init__(id, race)
        self.ripe = race.after is None


class Races(KnownAttributes, ABC):
    """The races, in the order in which they were armed."""

    @abstractmethod
    def arm(self, race: Race) -> ArmedRace:
        """Let it happen once. Raises `MockError`, naming the nearest, for what is unknown."""

    @abstractmethod
    def clear(self) -> None:
        """Let nothing come in between any more."""

    @abstractmethod
    def __iter__(self) -> Iterator[ArmedRace]: ...

    @abstractmethod
    def __len__(self) -> int: ...

    def __repr__(self) -> str:
        return f"<Races: {list(self)}>"


class LocalRaces(Races):
    """The races of a fake in this process."""

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self._operations = operations
        self._waiting: list[LocalArmedRace] = []
        self._all: list[LocalArmedRace] = []
        self._count = 0

    def arm(self, race: Race) -> ArmedRace:
        """Let it happen once.

        Raises `MockError` for an unknown operation or field, naming the nearest, and for an
        operation whose path has parameters that nobody has said, and for one race more than can
        be kept. One that is over makes room.
        """
        for name in (race.before, race.operation, *([race.after] if race.after else [])):
            if name not in self._operations:
                raise unknown("operation", name, self._operations)
        operation = self._operations[race.operation]
        known = {*self._operations[race.before].slots, *race.path}
        for name in operation.slots:
            if name not in known:
                raise MockError(f"say which {name!r} the path of {race.operation!r} is to have")
        fields = getattr(operation.body(), "model_fields", {})
        for name in race.body if isinstance(race.body, dict) else ():
            if name not in fields:
                body = f"the body of {race.operation!r}"
                raise MockError(has_no(body, "field", name, fields))
        if len(self._all) == MOST:
            self._forget_one()
        self._count += 1
        armed = LocalArmedRace(self._count, race)
        self._all.append(armed)
        self._waiting.append(armed)
        return armed

    def _forget_one(self) -> None:
        over = next((one for one in self._all if one.status is not None), None)
        if over is None:
            raise MockError(f"{MOST} races are armed and wait: clear them before arming another")
        self._all = [one for one in self._all if one is not over]

    def take(self, operation: str) -> list[LocalArmedRace]:
        """Take the races that happen before a call of this operation is handled."""
        if not self._waiting:
            return []
        found = [one for one in self._waiting if one.ripe and one.race.before == operation]
        self._waiting = [one for one in self._waiting if one not in found]
        return found

    def answered(self, operation: str) -> None:
        """A call of this operation was answered with success."""
        for armed in self._waiting:
            if armed.race.after == operation:
                armed.ripe = True

    def clear(self) -> None:
        """Let nothing come in between any more."""
        self._waiting.clear()
        self._all.clear()
        self._count = 0

    def __iter__(self) -> Iterator[ArmedRace]:
        return iter(tuple(self._all))

    def __len__(self) -> int:
        return len(self._all)


class RaceBuilder(KnownAttributes):
    """Arms a race about the record that a call is about to write.

    The record is the one in the path of the call; what may be done to it is looked up among
    `operations`.
    """

    def __init__(
        self,
        arm: Callable[[Race], ArmedRace],
        operations: Mapping[str, Operation],
        write: str,
        after: str | None,
    ) -> None:
        self._arm = arm
        self._operations = operations
        self._write = write
        self._after = after

    def edits(self, **changes: Any) -> ArmedRace:
        """The record is updated with these fields of the body."""
        return self._do("POST", "", changes)

    def deletes(self) -> ArmedRace:
        """The record is deleted."""
        return self._do("DELETE", "", None)

    def adds_version(self, **content: Any) -> ArmedRace:
        """The record gets a new version with these fields of the body."""
        return self._do("POST", "version/", content)

    def does(self, operation: str, *, json: Any = None, **path: str) -> ArmedRace:
        """Any operation; `path` are path parameters that the interrupted call does not have."""
        return self._armed(operation, json, path)

    def _armed(self, operation: str, body: Any, path: Mapping[str, str]) -> ArmedRace:
        race = Race(
            before=self._write, after=self._after, operation=operation, path=dict(path), body=body
        )
        armed = self._arm(race)
        armed.place = called_from()
        return armed

    def _do(self, method: str, below: str, body: Any) -> ArmedRace:
        own = self._operations.get(self._write)
        if own is None:
            raise unknown("operation", self._write, self._operations)
        # Some of the published paths end in a slash and some do not.
        found = {(one.method, one.path.rstrip("/")): id for id, one in self._operations.items()}
        head, end, _ = f"{own.path.rstrip('/')}/".rpartition("_id}/")
        operation = found.get((method, f"{head}{end}{below}".rstrip("/")))
        if not end or operation is None:
            raise MockError(
                f"{self._write!r} names no record that another user could change so; "
                "say does(operation, ...) instead"
            )
        return self._armed(operation, body, {})
