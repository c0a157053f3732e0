"""Simulation unit test sets."""

from __future__ import annotations

from pydantic import Field

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
