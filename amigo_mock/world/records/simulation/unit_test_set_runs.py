"""Runs of simulation unit test sets."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import datetime
from types import NoneType
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import to_json

from amigo_mock.world.documents.seeds import Reference, StoredSeed
from amigo_mock.world.fields import ObjectId, Timestamp
from amigo_mock.world.identity import Identity
from amigo_mock.world.ids import nth
from amigo_mock.world.kind import Kind
from amigo_mock.world.records.base import Record, Stored, UserInfo
from amigo_mock.world.records.services import LLMConfig
from amigo_mock.world.records.simulation.unit_tests import CriterionDescription


class Message(Record):
    """One thing that was said in a simulated conversation."""

    model_config = ConfigDict(extra="forbid")

    sender: Literal["user", "agent"]
    text: str


class Outcome(Record):
    """The end of runs of a unit test that do not just pass."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    unit_test: str = Field(description="Its name or id.")
    criterion: str | None = Field(None, description="The success criterion that fails, by name.")
    error: str | None = Field(None, min_length=1, description="What the run breaks off with.")
    transcript: list[Message] | None = Field(None, description="What is said in the run.")
    run: int | None = Field(None, ge=1, description="Which of its runs in a set; null: each.")
    organization: str | None = Field(None, description="Whose unit test; null: anybody's.")

    @model_validator(mode="after")
    def _says_something(self) -> Outcome:
        if self.criterion is None and self.error is None and self.transcript is None:
            raise ValueError("an outcome needs a criterion, an error or a transcript")
        return self

    def hits(self, run: int) -> bool:
        """Tell whether it is about the run of this number."""
        return self.run in (None, run)


VersionInfo = tuple[str, int]


class MetricToEvaluate(Record):
    """A metric, and what it must be."""

    metric_id: str
    success_criterion_name: str
    success_criterion: CriterionDescription


class MetricEvaluationResult(Record):
    """The results of a metric, run by run: the id of each result, and whether it passed."""

    metric_id: str
    metric_version: int
    results: list[tuple[str, bool]]


class UnitTestRunResult(Record):
    """The results of the runs of a unit test."""

    unit_test_id: str
    metric_evaluation_results: list[MetricEvaluationResult]
    run_errors: list[str | None]


class RunSpec(Record):
    """A unit test in a run: everything that was settled when the run started."""

    unit_test_id: str
    run_count: int
    service_hierarchical_state_machine_version_info: VersionInfo
    agent_version_info: VersionInfo
    scenario_version_info: VersionInfo | None
    persona_version_info: VersionInfo | None
    llm_model_preferences: dict[str, LLMConfig]
    max_interactions: int
    metrics_to_evaluate: list[MetricToEvaluate]


class PinnedSpec(RunSpec):
    """The part of it that no answer shows."""

    metric_versions: list[int]
    outcomes: list[Outcome]

    @property
    def evaluations(self) -> int:
        """The number of results that it can have."""
        return self.run_count * len(self.metrics_to_evaluate)

    @property
    def errors(self) -> dict[int, str]:
        """The error of each run that has one, by its number."""
        found: dict[int, str] = {}
        for outcome in self.outcomes:
            if outcome.error is not None:
                numbers = range(1, self.run_count + 1) if outcome.run is None else (outcome.run,)
                found |= {number: outcome.error for number in numbers if number <= self.run_count}
        return found

    @property
    def failing(self) -> bool:
        """Tell whether a metric fails in some run that gets as far as that."""
        if not any(outcome.criterion is not None for outcome in self.outcomes):
            return False
        errors = self.errors
        return any(
            not self.passes(metric, run)
            for metric in self.metrics_to_evaluate
            for run in range(1, self.run_count + 1)
            if run not in errors
        )

    def passes(self, metric: MetricToEvaluate, run: int) -> bool:
        """Tell whether a metric is as it must be in one run."""
        return not any(
            outcome.criterion == metric.success_criterion_name and outcome.hits(run)
            for outcome in self.outcomes
        )

    def shown(self, metrics: bool) -> bytes:
        """Serialize what a list shows of it, with or without its metrics."""
        shown = self if metrics else self.model_copy(update=HIDDEN)
        return to_json(shown, exclude={"metric_versions", "outcomes"})

    def results(self, first: str, metrics: bool) -> bytes:
        """Serialize what it came to. The ids of its results count on from the first."""
        errors, runs = self.errors, range(1, self.run_count + 1)
        base = int(first, 16)
        evaluated: list[dict[str, Any]] = []
        for place, metric in enumerate(self.metrics_to_evaluate if metrics else ()):
            # A unit test for which nothing fails need not be asked run by run.
            failing = any(each.criterion == metric.success_criterion_name for each in self.outcomes)
            start = base + place * self.run_count - 1
            results = [
                (f"{start + run:024x}", not failing or self.passes(metric, run))
                for run in runs
                if run not in errors
            ]
            evaluated.append(
                {
                    "metric_id": metric.metric_id,
                    "metric_version": self.metric_versions[place],
                    "results": results,
                }
            )
        return to_json(
            {
                "unit_test_id": self.unit_test_id,
                "metric_evaluation_results": evaluated,
                "run_errors": [errors.get(run) for run in runs],
            }
        )


HIDDEN: dict[str, Any] = {
    "scenario_version_info": None,
    "persona_version_info": None,
    "metrics_to_evaluate": [],
}  # to those who may not see unit tests


class Run(Stored):
    """A run of a unit test set. What comes of it is worked out when it is looked at."""

    org_id: str
    simulation_unit_test_set_id: str
    is_completed: bool
    failed_metrics: bool
    errored: bool
    artifacts_generated: bool
    created_at: datetime
    creator: UserInfo
    finishes_at: datetime
    cancelled_at: datetime | None
    first_result_id: str
    specs: list[PinnedSpec]

    @property
    def settled(self) -> bool:
        """Tell whether it is completed."""
        return self.is_completed

    def finished(self, now: datetime) -> int:
        """The number of its unit tests that are through: one after the other, each in its share."""
        until = self._until(now)
        if until >= self.finishes_at:
            return len(self.specs)
        share = (until - self.created_at) / (self.finishes_at - self.created_at)
        return max(0, int(share * len(self.specs)))

    def passed(self, now: datetime) -> Run:
        """The same run at a later time."""
        through = self.specs[: self.finished(now)]
        whole, cancelled = self._until(now) >= self.finishes_at, self.cancelled_at
        return self.model_copy(
            update={
                "is_completed": whole or (cancelled is not None and cancelled <= now),
                "failed_metrics": any(spec.failing for spec in through),
                "errored": any(spec.errors for spec in through),
                "artifacts_generated": whole,
            }
        )

    def firsts(self) -> Iterator[tuple[PinnedSpec, str]]:
        """Each unit test of the run, with the id of its first result."""
        count = 0
        for spec in self.specs:
            yield spec, nth(self.first_result_id, count)
            count += spec.evaluations

    def _until(self, now: datetime) -> datetime:
        return min(now, self.cancelled_at) if self.cancelled_at else now

    def labels(self) -> list[tuple[str, Hashable]]:
        """Creator, set and state."""
        creator = f"{self.creator.org_id},{self.creator.user_id}"
        return [
            ("is_deleted", False),
            ("creator", creator),
            ("unit_test_set", self.simulation_unit_test_set_id),
            ("is_completed", self.is_completed),
            ("failed_metrics", self.failed_metrics),
            ("errored", self.errored),
            *(
                []
                if self.settled
                else [("unfinished", (self.simulation_unit_test_set_id, creator))]
            ),
        ]


class RunSeed(StoredSeed):
    """A run in a world, as a state has it."""

    org_id: str | None = None
    simulation_unit_test_set_id: Annotated[str, Reference("unit_test_sets")]
    is_completed: bool = True
    failed_metrics: bool = False
    errored: bool = False
    artifacts_generated: bool = True
    finishes_at: Timestamp
    cancelled_at: Timestamp | None = None
    first_result_id: ObjectId
    specs: list[PinnedSpec]


def _own(_: object, owner: Identity) -> dict[str, Any]:
    return {"org_id": owner.id}


KIND: Kind[Run, None] = Kind(
    "unit_test_set_runs",
    Run,
    NoneType,
    seed=RunSeed,
    own=_own,
    sortable=("created_at",),
    passed=Run.passed,
)
