"""Runs of simulation unit test sets."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from amigo_mock.world.records.base import Record, Stored, UserInfo
from amigo_mock.world.records.services import LLMConfig
from amigo_mock.world.records.simulation.unit_tests import CriterionDescription


class Message(Record):
    """One thing that was said in a simulated conversation."""

    model_config = ConfigDict(extra="forbid")

    sender: Literal["user", "agent"]
    text: str


class Outcome(Record):
    """How runs of a unit test end, unless they just pass."""

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


VersionInfo = tuple[str, int]


class MetricToEvaluate(Record):
    """A metric, and what it must be."""

    metric_id: str
    success_criterion_name: str
    success_criterion: CriterionDescription


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
        """How many results it can have."""
        return self.run_count * len(self.metrics_to_evaluate)


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
        """Whether it is completed."""
        return self.is_completed

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
