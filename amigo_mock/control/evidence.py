"""Control of the evidence: journal, coverage, capsules."""

from __future__ import annotations

from typing import Any

from pydantic import Field, RootModel

from amigo_mock.control.behaviour import FaultState, RaceState, fault_states, race_states
from amigo_mock.control.declaration import ControlBody, ControlCall, group
from amigo_mock.operations.bodies import Empty
from amigo_mock.operations.parameters import Parameters
from amigo_mock.state.requests import Entry, Requests
from amigo_mock.world.records.base import Record

operation = group("Evidence")


class After(Parameters):
    """The place in the journal after which it is read."""

    after: int | None = Field(
        None, description="Only those that ended after this one; all, if it is no longer there."
    )


class RequestFilters(After):
    """A choice of entries of the journal."""

    operation: str | None = Field(None, description="Only requests to this operation.")
    status: str | None = Field(
        None, pattern=r"^[1-5]([0-9]{2}|xx)$", description="Only this status, or all of `4xx`."
    )


class RequestList(Record):
    """Entries of the journal, oldest first."""

    requests: list[dict[str, Any]]


class Evidence(RequestList):
    """Entries of the journal, and the state of faults and races."""

    faults: list[FaultState]
    races: list[RaceState]


class JournalState(Record):
    """The size of the journal."""

    requests: int
    forgotten: int = Field(description="Requests that there was no room for any more.")


class RecordingState(ControlBody):
    """The switch that records what a capsule needs."""

    enabled: bool


class CapsuleLabel(Parameters):
    """The label of a capsule."""

    test: str = Field("", description="The test that it is of.")
    random_seed: str | None = Field(None, description="What chance in the test began with.")


class CapsuleDocument(RootModel[dict[str, Any]]):
    """A capsule, as its file has it."""


class OperationCoverage(Record):
    """The times that each documented status of an operation was met, by the API and by faults."""

    operation: str
    statuses: dict[str, int]
    faults: dict[str, int]


class StatusCoverage(Record):
    """The statuses that were met since the fake was made."""

    operations: list[OperationCoverage]


@operation("get-requests", "GET", "requests")
def get_requests(call: ControlCall[RequestFilters, Empty]) -> RequestList:
    """Read the journal."""
    wanted = call.parameters
    entries = Requests(_after(list(call.fake.journal), wanted.after), call.fake.catalog.operations)
    if wanted.operation is not None:
        entries = entries.to(wanted.operation)
    if wanted.status is not None:
        entries = entries.with_status(wanted.status)
    return RequestList(requests=[entry.json() for entry in entries])


@operation("get-evidence", "GET", "evidence")
def get_evidence(call: ControlCall[After, Empty]) -> Evidence:
    """Read what is new in the journal, and what became of armed faults and races."""
    entries = _after(list(call.fake.journal), call.parameters.after)
    return Evidence(
        requests=[entry.json() for entry in entries],
        faults=fault_states(call.fake),
        races=race_states(call.fake),
    )


@operation("get-journal", "GET", "journal")
def get_journal(call: ControlCall[Parameters, Empty]) -> JournalState:
    """Say how many requests the journal holds, and how many it has forgotten."""
    journal = call.fake.journal
    return JournalState(requests=len(journal), forgotten=journal.forgotten)


@operation("clear-requests", "DELETE", "requests", status=204)
def clear_requests(call: ControlCall[Parameters, Empty]) -> None:
    """Empty the journal."""
    call.fake.journal.clear()


@operation("record", "PUT", "recording", examples={"From here on": {"enabled": True}})
def record(call: ControlCall[Parameters, RecordingState]) -> RecordingState:
    """Record what a capsule needs, anew from here on; or no longer."""
    call.fake.record(call.body.enabled)
    return call.body


@operation("get-capsule", "GET", "capsule")
def get_capsule(call: ControlCall[CapsuleLabel, Empty]) -> CapsuleDocument:
    """Write out what was recorded, for `amigo-mock replay`; no secret is in it."""
    return CapsuleDocument(call.fake.capsule(call.parameters.test, call.parameters.random_seed))


@operation("get-coverage", "GET", "coverage")
def get_coverage(call: ControlCall[Parameters, Empty]) -> StatusCoverage:
    """Say which documented statuses of which operations were met so far."""
    met = call.fake.journal.met
    return StatusCoverage(
        operations=[
            OperationCoverage(
                operation=one.id,
                statuses={str(status): met[one.id, status, False] for status in one.statuses},
                faults={
                    str(status): count
                    for (name, status, fault), count in sorted(met.items())
                    if fault and name == one.id
                },
            )
            for one in call.fake.catalog.all()
        ]
    )


def _after(entries: list[Entry], number: int | None) -> list[Entry]:
    # By position: numbers are given when requests begin, and entries stand in the order they end.
    for place, entry in enumerate(entries):
        if entry.number == number:
            return entries[place + 1 :]
    return entries


OPERATIONS = (
    get_requests,
    get_evidence,
    get_journal,
    clear_requests,
    record,
    get_capsule,
    get_coverage,
)
