"""What simulated users are sent to, and what comes of it, as it goes over the wire: more records.

Services and what they are made of, metrics, unit tests, their sets and runs. They stand apart from
the records that every request needs, because most programs never ask for them.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, FiniteFloat, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from amigo_mock.world.records import Named, Record, Stored, TagList, Tracked, UserInfo, Version


def _number(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise PydanticCustomError("number_type", "Input should be a number, not what spells one")
    return value


NUMERIC = BeforeValidator(_number)
"""Marks a number that is one in JSON; after the bounds of it."""

Number = Annotated[FiniteFloat, NUMERIC]


class Agent(Tracked):
    """Who speaks for a service, as far as services and runs name it."""

    latest_version: int = Field(description="The number of its last version.")


class ContextGraph(Tracked):
    """What a service goes by, a state machine, as far as services and runs name it."""

    latest_version: int = Field(description="The number of its last version.")


class LLMConfig(Record):
    """A language model, and how it is set."""

    llm_name: str
    params: dict[str, Any] = {}


class VersionSet(Record):
    """Which versions a service runs with; null: the latest."""

    agent_version_number: int | None
    service_hierarchical_state_machine_version_number: int | None
    llm_model_preferences: dict[str, LLMConfig]


class Service(Named):
    """What users talk to: an agent that goes by a state machine."""

    tags: TagList = Field(description="Labels; a value may be null.")
    version_sets: dict[str, VersionSet]
    description: str
    is_active: bool
    service_hierarchical_state_machine_id: str
    agent_id: str
    keyterms: list[str]

    @property
    def live(self) -> bool:
        """Whether it is active."""
        return self.is_active


MetricValueType = Literal["boolean", "numerical", "categorical"]


class NumericalMetricValue(Record):
    """A number between two others."""

    type: Literal["numerical"]
    lower_bound: Number
    upper_bound: Number


class CategoricalMetricValue(Record):
    """One of several words."""

    type: Literal["categorical"]
    categories: list[str]


class BooleanMetricValue(Record):
    """Yes or no."""

    type: Literal["boolean"]


MetricValue = Annotated[
    NumericalMetricValue | CategoricalMetricValue | BooleanMetricValue,
    Field(discriminator="type"),
]


class Metric(Tracked):
    """What conversations are judged by: the part that stays the same over its versions."""

    org_id: str = Field(description="The organization it belongs to.")
    tags: TagList = Field(description="Labels; a value may be null.")
    applied_to_services: list[str]
    additional_notes: str | None
    metric_value_type: MetricValueType


class MetricVersion(Version):
    """How a metric is judged, as of one version."""

    metric_id: str
    description: str
    metric_value: MetricValue


Verb = Literal["==", "!=", "<=", "<", ">=", ">"]


class NumericalMetricSuccessCriterion(Record):
    """The metric's number compares so with another."""

    type: Literal["numerical"]
    verb: Verb
    threshold: Number


class BooleanMetricSuccessCriterion(Record):
    """The metric is this."""

    type: Literal["boolean"]
    expected_value: StrictBool


class CategoricalMetricSuccessCriterion(Record):
    """The metric is one of these."""

    type: Literal["categorical"]
    expected_values: list[str]


CriterionDescription = Annotated[
    BooleanMetricSuccessCriterion
    | NumericalMetricSuccessCriterion
    | CategoricalMetricSuccessCriterion,
    Field(discriminator="type"),
]


class SuccessCriterion(Record):
    """What a metric must be for a unit test to pass."""

    name: str
    metric_id: str
    criterion: CriterionDescription


class UnitTest(Tracked):
    """A persona in a scenario with a service, and what must come of it."""

    org_id: str = Field(description="The organization it belongs to.")
    tags: TagList = Field(description="Labels; a value may be null.")
    description: str
    service_id: str
    service_version_set_name: str
    persona_id: str
    scenario_id: str
    max_interactions: int
    success_criterions: list[SuccessCriterion]


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
