"""Control of the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from amigo_mock.control.declaration import ControlBody, ControlCall, group
from amigo_mock.engine.fake import Fake
from amigo_mock.operations.bodies import Empty
from amigo_mock.operations.parameters import Parameters
from amigo_mock.state.clock import LATEST, seconds
from amigo_mock.world.records.base import Record

operation = group("Clock")


class ClockChange(ControlBody):
    """A change of the clock."""

    advance: float | None = Field(None, ge=0, allow_inf_nan=False, description="Seconds forward.")
    frozen: bool | None = Field(None, description="Whether time stands still from here on.")
    at: Annotated[float | AwareDatetime, AfterValidator(seconds)] | None = Field(
        None, description="When it stands, or with frozen false goes on from: seconds or a time."
    )
    reset: bool = Field(default=False, description="Whether it goes back to its start.")

    @model_validator(mode="after")
    def _can_be_done(self) -> ClockChange:
        if self.reset and self.model_fields_set != {"reset"}:
            raise ValueError("reset is an order of its own")
        if self.at is not None and seconds(self.at) + (self.advance or 0) > LATEST:
            raise ValueError("the clock ends with the year 9000")
        return self


class ClockState(Record):
    """The time of the clock."""

    now: datetime
    frozen: bool


@operation("get-clock", "GET", "clock")
def get_clock(call: ControlCall[Parameters, Empty]) -> ClockState:
    """Read the clock."""
    return _state(call.fake)


@operation("set-clock", "POST", "clock")
def set_clock(call: ControlCall[Parameters, ClockChange]) -> ClockState:
    """Move the clock forward, stop it, or let it run."""
    clock, change = call.fake.clock, call.body
    if change.reset:
        clock.reset()
    if change.at is not None:
        clock.freeze(seconds(change.at))
    if change.advance is not None:
        clock.advance(change.advance)
    if change.frozen is not None:
        clock.freeze() if change.frozen else clock.thaw()
    return _state(call.fake)


def _state(fake: Fake) -> ClockState:
    return ClockState(now=datetime.fromtimestamp(fake.clock.now(), UTC), frozen=fake.clock.frozen)


OPERATIONS = (get_clock, set_clock)
