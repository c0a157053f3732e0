"""Simulation unit test sets."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType
from typing import Annotated, Any

from pydantic import BaseModel, Field

from amigo_mock.world.documents.seeds import RecordSeed, Reference, Seed
from amigo_mock.world.fields import AS_IN_JSON, AnyTagsOrList, ObjectId, Text
from amigo_mock.world.identity import Identity
from amigo_mock.world.kind import Kind
from amigo_mock.world.records.base import Record, TagList, Tracked


class UnitTestRuns(Record):
    """A unit test in a set, and how often it runs."""

    unit_test_id: str
    run_count: int


class UnitTestSet(Tracked):
    """Unit tests that run together."""

    org_id: str = Field(description="The organization it belongs to.")
    tags: TagList = Field(description="Labels; a value may be null.")
    description: str | None
    unit_test_runs: list[UnitTestRuns]
    last_triggered_run_id: str | None


class UnitTestRunsSeed(Seed):
    """A unit test in a set of a world."""

    unit_test_id: Annotated[Text, Reference("unit_tests")]
    run_count: Annotated[int, Field(gt=0), AS_IN_JSON] = 1


class SetSeed(RecordSeed):
    """A set in a world; it may call its unit tests by name."""

    org_id: str | None = None
    tags: AnyTagsOrList = {}
    description: Text | None = None
    unit_test_runs: list[UnitTestRunsSeed] = Field(min_length=1)
    last_triggered_run_id: ObjectId | None = None


def _own(seed: SetSeed, owner: Identity) -> dict[str, Any]:
    return {"org_id": owner.id, "unit_test_runs": plain(seed.unit_test_runs)}


def plain(runs: Iterable[BaseModel]) -> list[dict[str, Any]]:
    """Unit tests in a set as the record holds them."""
    return [each.model_dump() for each in runs]


KIND: Kind[UnitTestSet, None] = Kind(
    "unit_test_sets",
    UnitTestSet,
    NoneType,
    seed=SetSeed,
    own=_own,
    text=lambda found, _: (found.name, found.description or ""),
    references={"unit_tests": lambda found, _: [run.unit_test_id for run in found.unit_test_runs]},
)
