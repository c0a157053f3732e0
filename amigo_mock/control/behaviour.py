"""Control of maintenance, rate limits, faults and races."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from amigo_mock.control.declaration import ControlBody, ControlCall, group
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.races import ArmedRace, Race
from amigo_mock.errors import ApiError
from amigo_mock.operations.bodies import Empty
from amigo_mock.operations.parameters import Parameters
from amigo_mock.state.faults import Armed, Fault
from amigo_mock.world.records.base import Record

operation = group("Behaviour")


class MaintenanceState(ControlBody):
    """The switch under which every operation answers 503."""

    enabled: bool


class RateLimitsChange(ControlBody):
    """A change of rate limits; what is left out stays."""

    enabled: bool | None = Field(None, description="Whether limits apply.")
    limits: dict[str, Annotated[int, Field(ge=0)] | None] = Field(
        default={}, description="Requests a minute by operation; null: as published."
    )


class RateLimitsState(Record):
    """The rate limits."""

    enabled: bool
    limits: dict[str, int]


class RateLimitsUse(RateLimitsState):
    """The rate limits, and their use."""

    used: dict[str, int] = Field(
        description="By operation, what the busiest caller used of the window that is open."
    )


class FaultState(Record):
    """An armed fault, and the number of its hits."""

    id: int
    fault: Fault
    hits: int
    spent: bool


class FaultList(Record):
    """The armed faults, oldest first."""

    faults: list[FaultState]


class FaultFilters(Parameters):
    """A choice of faults."""

    id: int | None = Field(None, description="Only this one.")


class RaceState(Record):
    """A call by another user, and its answer once it was made."""

    id: int
    race: Race
    status: int | None
    trouble: str | None


class RaceList(Record):
    """The races, in the order in which they were armed."""

    races: list[RaceState]


@operation("get-maintenance", "GET", "maintenance")
def get_maintenance(call: ControlCall[Parameters, Empty]) -> MaintenanceState:
    """Say whether there is a maintenance."""
    return MaintenanceState(enabled=call.fake.maintenance.enabled)


@operation("set-maintenance", "PUT", "maintenance")
def set_maintenance(call: ControlCall[Parameters, MaintenanceState]) -> MaintenanceState:
    """Start or end a maintenance, in which every operation answers 503."""
    call.fake.maintenance.enabled = call.body.enabled
    return call.body


@operation("get-rate-limits", "GET", "rate-limits")
def get_rate_limits(call: ControlCall[Parameters, Empty]) -> RateLimitsUse:
    """Read how rate limits are set, and what is used of them."""
    limits = call.fake.limits
    return RateLimitsUse(enabled=limits.enabled, limits=dict(limits.limits), used=limits.used())


@operation("set-rate-limits", "PUT", "rate-limits")
def set_rate_limits(call: ControlCall[Parameters, RateLimitsChange]) -> RateLimitsState:
    """Turn rate limits on or off, or change them by operation."""
    limits, given = call.fake.limits, call.body.limits
    limits.check({name: limit or 0 for name, limit in given.items()})
    for name, limit in given.items():
        if limit is None:
            limits.unset(name)
        else:
            limits.set(name, limit)
    if call.body.enabled is not None:
        limits.enabled = call.body.enabled
    return RateLimitsState(enabled=limits.enabled, limits=dict(limits.limits))


@operation("reset-rate-limits", "DELETE", "rate-limits", status=204)
def reset_rate_limits(call: ControlCall[Parameters, Empty]) -> None:
    """Count every caller's requests from 0 again."""
    call.fake.limits.reset()


@operation("add-fault", "POST", "faults", status=201)
def add_fault(call: ControlCall[Parameters, Fault]) -> FaultState:
    """Arm a fault for the next calls of an operation."""
    return fault_state(call.fake, call.fake.faults.arm(call.body))


@operation("get-faults", "GET", "faults")
def get_faults(call: ControlCall[Parameters, Empty]) -> FaultList:
    """List the armed faults, spent ones included."""
    return FaultList(faults=fault_states(call.fake))


@operation("clear-faults", "DELETE", "faults", status=204)
def clear_faults(call: ControlCall[FaultFilters, Empty]) -> None:
    """Disarm every fault, or with `?id=` just one."""
    faults, id = call.fake.faults, call.parameters.id
    if id is None:
        faults.clear()
        return
    found = [armed for armed in faults if armed.id == id]
    if not found:
        raise ApiError(404, f"There is no armed fault {id}.")
    faults.remove(found[0])


@operation("add-race", "POST", "races", status=201)
def add_race(call: ControlCall[Parameters, Race]) -> RaceState:
    """Have another user call something before the next call of an operation."""
    return race_state(call.fake.races.arm(call.body))


@operation("get-races", "GET", "races")
def get_races(call: ControlCall[Parameters, Empty]) -> RaceList:
    """List the races, with the answers to the calls that were made."""
    return RaceList(races=race_states(call.fake))


@operation("clear-races", "DELETE", "races", status=204)
def clear_races(call: ControlCall[Parameters, Empty]) -> None:
    """Disarm every race."""
    call.fake.races.clear()


def fault_states(fake: Fake) -> list[FaultState]:
    """The armed faults of a fake."""
    return [fault_state(fake, armed) for armed in fake.faults]


def fault_state(fake: Fake, armed: Armed) -> FaultState:
    """An armed fault, as of now."""
    spent = armed.spent(fake.clock.now())
    return FaultState(id=armed.id, fault=armed.fault, hits=armed.hits, spent=spent)


def race_states(fake: Fake) -> list[RaceState]:
    """The races of a fake."""
    return [race_state(armed) for armed in fake.races]


def race_state(armed: ArmedRace) -> RaceState:
    """A race, as of now."""
    return RaceState(id=armed.id, race=armed.race, status=armed.status, trouble=armed.trouble)


OPERATIONS = (
    get_maintenance,
    set_maintenance,
    get_rate_limits,
    set_rate_limits,
    reset_rate_limits,
    add_fault,
    get_faults,
    clear_faults,
    add_race,
    get_races,
    clear_races,
)
