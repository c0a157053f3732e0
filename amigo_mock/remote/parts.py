"""The parts of a fake that runs elsewhere, each with the interface of the one that it stands for.

They keep next to nothing, and ask the levers for everything.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from threading import RLock
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel

from amigo_mock.engine.races import ArmedRace, Race, Races
from amigo_mock.errors import MockError
from amigo_mock.remote.control_client import Wire
from amigo_mock.resources import LIMITS, OPERATIONS
from amigo_mock.state.clock import Clock
from amigo_mock.state.faults import Armed, Fault, Faults
from amigo_mock.state.journal import Entry, Journal, Requests
from amigo_mock.state.limits import RateLimits
from amigo_mock.state.maintenance import Maintenance
from amigo_mock.state.scripts import Script
from amigo_mock.world.world import Snapshot

S = TypeVar("S", bound=BaseModel)

NAMES = frozenset(operation.id for operation in OPERATIONS)


class Levers:
    """The levers of one tenant. Raises `RuntimeError` while there is none."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.organization: str | None = None

    def raw(self, method: str, lever: str, body: Any = None) -> bytes:
        """Pull one; the bytes that it answered."""
        if self.organization is None:
            raise RuntimeError(
                "AmigoMock is not running: use 'with AmigoMock.at(url) as mock' or start()"
            )
        return self.wire.ask(method, lever, body, self.organization)

    def pull(self, method: str, lever: str, body: Any = None) -> Any:
        """Pull one; the JSON that it answered."""
        answer = self.raw(method, lever, body)
        return json.loads(answer) if answer else None

    def get(self, lever: str, **query: Any) -> Any:
        """Pull one that only tells; None leaves a parameter out."""
        given = {name: value for name, value in query.items() if value is not None}
        return self.pull("GET", f"{lever}?{urlencode(given)}" if given else lever)


class RemoteClock(Clock):
    """The clock of the tenant."""

    def __init__(self, levers: Levers) -> None:
        self.start = None
        self._levers = levers

    def now(self) -> float:
        """Seconds since the epoch, to the microsecond."""
        return datetime.fromisoformat(self._levers.get("clock")["now"]).timestamp()

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return bool(self._levers.get("clock")["frozen"])

    def advance(
        self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> None:
        """Move forward by the sum of the arguments. Raises `MockError` as `Clock` does."""
        span = seconds + 60 * minutes + 3600 * hours + 86400 * days
        if not span >= 0:
            raise MockError(f"the clock only moves forward: cannot advance by {span} seconds")
        self._order(advance=span)

    def freeze(self, at: float | None = None) -> None:
        """Stop time, at `at` (seconds since the epoch) or now."""
        self._order(frozen=True) if at is None else self._order(at=float(at))

    def thaw(self) -> None:
        """Let time run on from where it stands."""
        self._order(frozen=False)

    def reset(self) -> None:
        """Back to the wall clock, or to the frozen start that was asked for."""
        self._order(reset=True)

    def _order(self, **order: Any) -> None:
        self._levers.pull("POST", "clock", order)

    def __repr__(self) -> str:
        return f"<Clock of {self._levers.organization}>"


class RemoteArmed(Armed):
    """A fault that waits for calls there. Once it is disarmed, `hits` is what it came to."""

    def __init__(self, id: int, fault: Fault, look: Callable[[], None]) -> None:
        self._look = look
        self._spent = False
        super().__init__(id, fault, None)

    @property
    def hits(self) -> int:
        """How many calls it has hit."""
        self._look()
        return self._hits

    @hits.setter
    def hits(self, hits: int) -> None:
        self._hits = hits

    def told(self, state: Mapping[str, Any]) -> None:
        """Take what the levers say of it."""
        self._hits, self._spent = state["hits"], state["spent"]

    def spent(self, now: float) -> bool:  # noqa: ARG002 - the fake goes by its own clock
        """Whether it will not hit again."""
        self._look()
        return self._spent

    def __repr__(self) -> str:
        return f"<Armed {self.id}: {self.fault.operation}>"


class RemoteFaults(Faults):
    """The armed faults of the tenant. What was armed here stays the same object."""

    def __init__(self, levers: Levers) -> None:
        self._levers = levers
        self._known: dict[int, RemoteArmed] = {}

    def arm(self, fault: Fault) -> Armed:
        """Arm a fault that is a value already. Raises `MockError` for an unknown operation."""
        order = fault.model_dump(mode="json")
        return self._met(self._levers.pull("POST", "faults", order))

    def clear(self) -> None:
        """Disarm every fault, and number the next ones from 1 again."""
        self.look()
        self._levers.pull("DELETE", "faults")
        self.forget()

    def remove(self, armed: Armed) -> None:
        """Disarm one fault; one that is disarmed already is passed over."""
        if self._known.get(armed.id) is armed:
            self.look()
            self._levers.pull("DELETE", f"faults?id={armed.id}")
            del self._known[armed.id]

    def look(self) -> None:
        """See what has become of those that somebody here may ask about."""
        if self._known:
            self._list()

    def forget(self) -> None:
        """They are disarmed: leave those that are known as they were last seen."""
        self._known = {}

    def _list(self) -> list[RemoteArmed]:
        return [self._met(state) for state in self._levers.get("faults")["faults"]]

    def _met(self, state: Mapping[str, Any]) -> RemoteArmed:
        id = state["id"]
        if id not in self._known:
            fault = Fault.model_validate(state["fault"])
            self._known[id] = RemoteArmed(id, fault, self.look)
        self._known[id].told(state)
        return self._known[id]

    def __iter__(self) -> Iterator[Armed]:
        return iter(self._list())

    def __len__(self) -> int:
        return len(self._list())


class RemoteRace(ArmedRace):
    """What another user is to do there."""

    def __init__(self, id: int, race: Race, look: Callable[[], None]) -> None:
        self._look = look
        super().__init__(id, race)

    @property
    def status(self) -> int | None:
        """How it was answered, once it happened."""
        self._look()
        return self._status

    @status.setter
    def status(self, status: int | None) -> None:
        self._status = status

    def __repr__(self) -> str:
        return f"<ArmedRace {self.id}: {self.race.operation} before {self.race.before}>"


class RemoteRaces(Races):
    """What is to come in between at the tenant. What was said here stays the same object."""

    def __init__(self, levers: Levers) -> None:
        self._levers = levers
        self._known: dict[int, RemoteRace] = {}

    def arm(self, race: Race) -> ArmedRace:
        """Let it happen once. Raises `MockError`, naming the nearest, for an unknown operation."""
        return self._met(self._levers.pull("POST", "races", race.model_dump(mode="json")))

    def clear(self) -> None:
        """Let nothing come in between any more."""
        self.look()
        self._levers.pull("DELETE", "races")
        self.forget()

    def look(self) -> None:
        """See what has become of those that somebody here may ask about."""
        if self._known:
            self._list()

    def forget(self) -> None:
        """They are gone: leave those that are known as they were last seen."""
        self._known = {}

    def _list(self) -> list[RemoteRace]:
        return [self._met(state) for state in self._levers.get("races")["races"]]

    def _met(self, state: Mapping[str, Any]) -> RemoteRace:
        id = state["id"]
        if id not in self._known:
            self._known[id] = RemoteRace(id, Race.model_validate(state["race"]), self.look)
        self._known[id].status = state["status"]
        return self._known[id]

    def __iter__(self) -> Iterator[ArmedRace]:
        return iter(self._list())

    def __len__(self) -> int:
        return len(self._list())


class RemoteScripts:
    """The scripted values of the tenant."""

    def __init__(self, levers: Levers) -> None:
        self._levers = levers

    def values(self, script: Script[S]) -> list[S]:
        """The values of a script, oldest first."""
        found = self._levers.get(f"scripts/{script.name}")[script.name]
        return [script.model.model_validate(each) for each in found]

    def put(self, script: Script[S], value: S) -> S:
        """Append a value. Raises `MockError` if it refers to nothing."""
        given = value.model_dump(mode="json", exclude_unset=True)
        self._levers.pull("POST", f"scripts/{script.name}", given)
        return value

    def replace(self, script: Script[S], values: Iterable[S]) -> None:
        """Keep these values of a script and no others. Raises `MockError` as `put` does."""
        self._levers.pull("DELETE", f"scripts/{script.name}")
        for value in values:
            self.put(script, value)


class RemoteJournal(Journal):
    """The journal of the tenant. Listeners are told when somebody looks, of all since then.

    What was seen is not fetched again; `size` says how much of it is kept.
    """

    def __init__(self, levers: Levers, size: Callable[[], int]) -> None:
        Requests.__init__(self, (), NAMES)
        self._levers = levers
        self._size = size
        self._lock = RLock()
        self._entries: deque[Entry] = deque()
        self.listeners = Listeners(self.look)

    @property
    def met(self) -> Counter[tuple[str, int, bool]]:  # type: ignore[override]
        """How often each documented answer was met, and each that a fault made."""
        found: Counter[tuple[str, int, bool]] = Counter()
        for row in self._levers.get("coverage")["operations"]:
            for name, fault in (("statuses", False), ("faults", True)):
                for status, times in row[name].items():
                    if times:
                        found[row["operation"], int(status), fault] = times
        return found

    @property
    def forgotten(self) -> int:
        """How many requests there was no room for any more."""
        return int(self._levers.get("journal")["forgotten"])

    def look(self) -> None:
        """Fetch what is new, and tell the listeners."""
        with self._lock:
            new = self._fetch()
            for entry in new:
                for listener in tuple(self.listeners):
                    listener(entry)

    def _fetch(self) -> list[Entry]:
        known = self._entries
        # The newest one is asked for again: if it is not what comes first, the journal was emptied
        # meanwhile, or has moved on by more than it holds.
        found = self._ended(known[-2].number if len(known) > 1 else None)
        if known and found and found[0] == known[-1]:
            found = found[1:]
        elif known:
            known.clear()
            found = self._ended(None)
        known.extend(found)
        while len(known) > self._size():
            known.popleft()
        return found

    def _ended(self, after: int | None) -> list[Entry]:
        return [Entry.of(one) for one in self._levers.get("requests", after=after)["requests"]]

    def clear(self) -> None:
        """Forget everything, and number the requests from 1 again."""
        with self._lock:
            self.hear()
            self._levers.pull("DELETE", "requests")
            self.forget()

    def hear(self) -> None:
        """Tell the listeners, if there are any, before it is too late."""
        if self.listeners:
            self.look()

    def forget(self) -> None:
        """It was emptied."""
        with self._lock:
            self._entries.clear()

    def __iter__(self) -> Iterator[Entry]:
        with self._lock:
            self.look()
            return iter(tuple(self._entries))

    def __len__(self) -> int:
        with self._lock:
            self.look()
            return len(self._entries)

    def __repr__(self) -> str:
        return f"<Journal of {self._levers.organization}>"


class Listeners(list[Callable[[Entry], None]]):
    """Whoever wants to hear of requests: of none before they came, and of all until they go."""

    def __init__(self, look: Callable[[], None]) -> None:
        super().__init__()
        self._look = look

    def append(self, listener: Callable[[Entry], None], /) -> None:
        """Tell of all requests from here on."""
        self._look()
        super().append(listener)

    def remove(self, listener: Callable[[Entry], None], /) -> None:
        """Tell of no request from here on."""
        try:
            self._look()
        finally:
            super().remove(listener)


class RemoteLimits(RateLimits):
    """The rate limits of the tenant."""

    def __init__(self, levers: Levers) -> None:
        self._levers = levers
        self._published = LIMITS

    @property
    def enabled(self) -> bool:
        """Whether limits apply."""
        return bool(self._levers.get("rate-limits")["enabled"])

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self._levers.pull("PUT", "rate-limits", {"enabled": enabled})

    @property
    def limits(self) -> dict[str, int]:
        """Limits a minute that differ from the published ones; what is set in it is set there."""
        return Overrides(self._levers, self._levers.get("rate-limits")["limits"])

    @limits.setter
    def limits(self, limits: Mapping[str, int]) -> None:
        Overrides(self._levers, self.limits).become(limits)

    def used(self) -> dict[str, int]:
        """By operation, what the busiest caller has used of the window that is open."""
        return dict(self._levers.get("rate-limits")["used"])

    def reset(self) -> None:
        """Open every window anew."""
        self._levers.pull("DELETE", "rate-limits")


class Overrides(dict[str, int]):
    """Limits by operation, as they were when they were asked for; a change is made there too."""

    def __init__(self, levers: Levers, content: Mapping[str, int]) -> None:
        super().__init__(content)
        self._levers = levers

    def become(self, limits: Mapping[str, int]) -> None:
        """Have these and no others."""
        gone = dict.fromkeys(self.keys() - limits.keys())
        self._tell({**gone, **limits})
        super().clear()
        super().update(limits)

    def __setitem__(self, operation: str, limit: int, /) -> None:
        self._tell({operation: limit})
        super().__setitem__(operation, limit)

    def __delitem__(self, operation: str, /) -> None:
        if operation in self:
            self._tell({operation: None})
        super().__delitem__(operation)

    def update(self, *given: Any, **limits: int) -> None:
        """Set several."""
        self.become({**self, **dict(*given, **limits)})

    def __ior__(self, limits: Any, /) -> Self:  # type: ignore[override,misc]
        self.update(limits)
        return self

    def clear(self) -> None:
        """As published, all of them."""
        self.become({})

    def pop(self, operation: str, *default: Any) -> Any:
        """As published again; what it was."""
        found = super().get(operation)
        if operation in self:
            del self[operation]
            return found
        return super().pop(operation, *default)

    def popitem(self) -> tuple[str, int]:
        """As published again, the last one."""
        operation = next(reversed(self), "")
        limit = self[operation]
        del self[operation]
        return operation, limit

    def setdefault(self, operation: str, limit: int, /) -> int:
        """Set one that is as published."""
        if operation not in self:
            self[operation] = limit
        return self[operation]

    def _tell(self, limits: Mapping[str, int | None]) -> None:
        self._levers.pull("PUT", "rate-limits", {"limits": limits})


class RemoteMaintenance(Maintenance):
    """Whether there is a maintenance at the tenant."""

    def __init__(self, levers: Levers) -> None:
        self._levers = levers

    @property
    def enabled(self) -> bool:
        """Whether every operation answers 503."""
        return bool(self._levers.get("maintenance")["enabled"])

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self._levers.pull("PUT", "maintenance", {"enabled": enabled})

    def __repr__(self) -> str:
        return f"<Maintenance of {self._levers.organization}>"


class RemoteSnapshot(Snapshot):
    """A snapshot that is kept there, under a number."""

    def __init__(self, organization: str | None, number: int) -> None:
        object.__setattr__(self, "organization", organization)
        object.__setattr__(self, "number", number)

    organization: str | None
    number: int

    @property
    def organizations(self) -> Any:
        """Not here. Raises `MockError`."""
        raise MockError(f"{self!r} can only be restored by the AmigoMock that took it")

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<Snapshot {self.number} of {self.organization}>"
