"""Control of the world as a whole, and of its snapshots."""

from __future__ import annotations

from typing import Any

from pydantic import RootModel

from amigo_mock.control.declaration import Confirmation, ControlBody, ControlCall, group
from amigo_mock.errors import MockError
from amigo_mock.operations.bodies import Empty
from amigo_mock.operations.parameters import Parameters
from amigo_mock.operations.responses import Joined
from amigo_mock.world.records.base import Record

operation = group("World")


class WorldDocument(RootModel[dict[str, Any]]):
    """A world, as a seed file has it."""


class SnapshotState(Record):
    """A snapshot that is kept."""

    id: int


class SnapshotChoice(ControlBody):
    """The snapshot to restore."""

    id: int


@operation("reset", "POST", "reset", status=204)
def reset(call: ControlCall[Confirmation, Empty]) -> None:
    """Go back to the start: world, clock, limits, faults, scripts, maintenance and journal."""
    check_kept(call)
    call.fake.reset()


@operation("get-state", "GET", "state")
def get_state(call: ControlCall[Parameters, Empty]) -> Joined[WorldDocument]:
    """Write out the whole world."""
    return Joined(WorldDocument, call.fake.state())


@operation("put-state", "PUT", "state", status=204)
def put_state(call: ControlCall[Parameters, WorldDocument]) -> None:
    """Replace the whole world; a broken document changes nothing."""
    call.tenants.check_world(call.fake, call.body.root)
    call.fake.put_state(call.body.root)


@operation(
    "put-seed",
    "PUT",
    "seed",
    status=204,
    examples={"One organization": {"organizations": [{"id": "mock-org"}]}},
)
def put_seed(call: ControlCall[Parameters, WorldDocument]) -> None:
    """Replace the whole world, and come back to this one at a reset."""
    call.tenants.check_world(call.fake, call.body.root)
    call.fake.seed(call.body.root)


@operation("take-snapshot", "POST", "snapshots", status=201)
def take_snapshot(call: ControlCall[Parameters, Empty]) -> SnapshotState:
    """Keep the world as it is, under a number; the last 1,000 are kept."""
    return SnapshotState(id=call.fake.keep())


@operation("restore-snapshot", "POST", "restore", status=204)
def restore_snapshot(call: ControlCall[Parameters, SnapshotChoice]) -> None:
    """Put the world back as a snapshot has it; clock, limits, faults and journal stay."""
    call.fake.restore_kept(call.body.id)


def check_kept(call: ControlCall[Confirmation, Any]) -> None:
    """Raise `MockError` before a kept world is lost that no seed brings back."""
    fake = call.fake
    if fake.storage is not None and fake.settings.seed is None and not call.parameters.confirm:
        raise MockError(
            f"this would empty the state file {fake.settings.state}, because the server has no "
            "seed to come back to: save the world before (GET /_mock/state), and add "
            "?confirm=true if it may be lost"
        )


OPERATIONS = (reset, get_state, put_state, put_seed, take_snapshot, restore_snapshot)
