"""Faults and races of a tenant elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

from amigo_mock.engine.races import ArmedRace, Race, Races
from amigo_mock.remote.control_client import TenantClient
from amigo_mock.state.faults import Armed, Fault, Faults

State = Mapping[str, Any]  # of one that is armed, as the control API has it


class Informed(Protocol):
    """An object that is armed elsewhere, with its last known state."""

    state: State


T = TypeVar("T", bound=Informed)


class Handles(Generic[T]):
    """The local objects of armed faults or races. Each stays the same object."""

    def __init__(self, fetch: Callable[[], list[State]], make: Callable[[State], T]) -> None:
        self._fetch = fetch
        self._make = make
        self._known: dict[int, T] = {}

    def all(self) -> list[T]:
        """The objects of all that are armed now."""
        return [self.of(state) for state in self._fetch()]

    def of(self, state: State) -> T:
        """The object with this state, made if it is new."""
        id = state["id"]
        if id not in self._known:
            self._known[id] = self._make(state)
        self._known[id].state = state
        return self._known[id]

    def refresh(self) -> None:
        """Fetch the state of all objects, if there are any."""
        if self._known:
            self.all()

    def forget(self) -> None:
        """Forget all objects, which keep their last state: they are no longer armed."""
        self._known = {}

    def drop(self, id: int) -> None:
        """Forget one object, which keeps its last state."""
        del self._known[id]

    def has(self, id: int, one: object) -> bool:
        """True for the object that stands for an armed one."""
        return self._known.get(id) is one


class RemoteArmed(Armed):
    """A fault that is armed elsewhere. It keeps its last state when it is disarmed."""

    state: State

    def __init__(self, state: State, refresh: Callable[[], None]) -> None:
        self.id = state["id"]
        self.fault = Fault.model_validate(state["fault"])
        self.state = state
        self._refresh = refresh

    @property
    def hits(self) -> int:
        """The number of calls that it has hit."""
        self._refresh()
        return int(self.state["hits"])

    def spent(self, now: float) -> bool:  # noqa: ARG002 - the fake goes by its own clock
        """True when it will not hit again."""
        self._refresh()
        return bool(self.state["spent"])

    def __repr__(self) -> str:
        return f"<Armed {self.id}: {self.fault.operation}>"


class RemoteFaults(Faults):
    """Lists, arms and disarms faults over the control API."""

    handles: Handles[RemoteArmed]

    def __init__(self, control: TenantClient) -> None:
        self._control = control
        self.handles = Handles(
            lambda: list(control.get("faults")["faults"]),
            lambda state: RemoteArmed(state, self.handles.refresh),
        )

    def arm(self, fault: Fault) -> Armed:
        """Arm a fault that was made before. Raises `MockError` for an unknown operation."""
        state = self._control.call("POST", "faults", fault.model_dump(mode="json"))
        return self.handles.of(state)

    def clear(self) -> None:
        """Disarm every fault, and number the next ones from 1 again."""
        self.handles.refresh()
        self._control.call("DELETE", "faults")
        self.handles.forget()

    def remove(self, armed: Armed) -> None:
        """Disarm one fault; one that is disarmed already is passed over."""
        if self.handles.has(armed.id, armed):
            if armed in self.handles.all():  # it may have been disarmed over there
                self._control.call("DELETE", f"faults?id={armed.id}")
            self.handles.drop(armed.id)

    def __iter__(self) -> Iterator[Armed]:
        return iter(self.handles.all())

    def __len__(self) -> int:
        return len(self.handles.all())


class RemoteArmedRace(ArmedRace):
    """A race that is armed elsewhere."""

    state: State

    def __init__(self, state: State, refresh: Callable[[], None]) -> None:
        super().__init__(state["id"], Race.model_validate(state["race"]))
        self.state = state
        self._refresh = refresh

    @property
    def status(self) -> int | None:
        """The status of the call, once it happened."""
        self._refresh()
        status: int | None = self.state["status"]
        return status

    def __repr__(self) -> str:
        return f"<ArmedRace {self.id}: {self.race.operation} before {self.race.before}>"


class RemoteRaces(Races):
    """Lists, arms and clears races over the control API."""

    handles: Handles[RemoteArmedRace]

    def __init__(self, control: TenantClient) -> None:
        self._control = control
        self.handles = Handles(
            lambda: list(control.get("races")["races"]),
            lambda state: RemoteArmedRace(state, self.handles.refresh),
        )

    def arm(self, race: Race) -> ArmedRace:
        """Arm a race once. Raises `MockError`, naming the nearest, for an unknown operation."""
        state = self._control.call("POST", "races", race.model_dump(mode="json"))
        return self.handles.of(state)

    def clear(self) -> None:
        """Remove every race."""
        self.handles.refresh()
        self._control.call("DELETE", "races")
        self.handles.forget()

    def __iter__(self) -> Iterator[ArmedRace]:
        return iter(self.handles.all())

    def __len__(self) -> int:
        return len(self.handles.all())
