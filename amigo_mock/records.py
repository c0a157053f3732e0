"""What a world holds, as it goes over the wire: frozen records. A leaf of the house.

Names, types and required fields are those of the published document; a record's JSON is made
once, when it is stored, and joined into every page that shows it.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    PlainSerializer,
    SecretStr,
    StrictBool,
    model_validator,
)
from pydantic_core import PydanticCustomError

M = TypeVar("M", bound=BaseModel)


class Secret:
    """Marks a field whose content must not reach a log, the journal, a report or a repr."""


class Record(BaseModel):
    """A frozen value. A change is a new record in the place of the old one."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, defer_build=True)


def made(model: type[M], values: dict[str, Any]) -> M:
    """A record of all its fields by name, each of which has been checked already."""
    # In the order of the model: that is the order in which they are written.
    ordered = {name: values[name] for name in model.__pydantic_fields__}
    record = model.__new__(model)
    object.__setattr__(record, "__dict__", ordered)
    object.__setattr__(record, "__pydantic_fields_set__", set(ordered))
    object.__setattr__(record, "__pydantic_extra__", None)
    object.__setattr__(record, "__pydantic_private__", None)
    return record


class UserInfo(Record):
    """Who did it."""

    org_id: str
    user_id: str


class Stored(Record):
    """What a collection holds: something with an id, and with what can be asked of all of them."""

    id: str = Field(description="24 lower-case hexadecimal digits.")

    @property
    def live(self) -> bool:
        """Whether it is neither deleted nor put out of use."""
        return True

    @property
    def unique(self) -> str | None:
        """The name that no other live record of its kind has; none, if it needs none."""
        return None

    @property
    def settled(self) -> bool:
        """Whether time makes no difference to it any more."""
        return True

    def labels(self) -> list[tuple[str, Hashable]]:
        """The values it can be found by, each with its field."""
        return [("is_deleted", not self.live)]


class Named(Stored):
    """What every named resource carries: its identity and who touched it."""

    name: str = Field(description="Unique in the organization among what is live.")
    tags: dict[str, str | None] = Field(description="Labels; a value may be null.")
    created_at: datetime = Field(description="When it was created.")
    creator: UserInfo = Field(description="Who created it.")
    updated_at: datetime = Field(description="When its name, tags or state last changed.")
    updated_by: UserInfo = Field(description="Who changed it last.")

    @property
    def unique(self) -> str | None:
        """Its name, while it lives."""
        return self.name if self.live else None

    def labels(self) -> list[tuple[str, Hashable]]:
        """Life, creator and tags."""
        found: list[tuple[str, Hashable]] = [
            ("is_deleted", not self.live),
            ("creator", f"{self.creator.org_id},{self.creator.user_id}"),
        ]
        for key, value in self.tags.items():
            found += (("tag", key), ("tag=", (key, value)))
        return found


class Tracked(Named):
    """A named resource that is deleted without going away."""

    is_deleted: bool = Field(description="Whether it was deleted; it can still be read.")

    @property
    def live(self) -> bool:
        """Whether it is not deleted."""
        return not self.is_deleted


class Version(Record):
    """What every version carries. `id` is `_id` on the wire."""

    id: str = Field(alias="_id", description="24 lower-case hexadecimal digits.")
    org_id: str = Field(description="The organization it belongs to.")
    created_at: datetime = Field(description="When it was created.")
    updated_at: datetime = Field(description="Equal to `created_at`: a version never changes.")
    version: int = Field(description="1 for the first one.")
    creator: UserInfo = Field(description="Who created this version.")


class Persona(Tracked):
    """A simulated user: the part that stays the same over its versions."""

    role: str = Field(description="What the simulated user is to the agent, `patient` for one.")


class PersonaVersion(Version):
    """How a simulated user is played, as of one version."""

    simulation_persona_id: str = Field(description="The persona it is a version of.")
    background: str = Field(description="Who the simulated user is.")
    preferred_language: str | None = Field(description="ISO 639-3; null: the agent's own.")
    timezone: str | None = Field(description="IANA name; null: UTC.")
    user_models: list[str] = Field(description="What is known of the simulated user.")
    nonsensitive_user_variables: dict[str, str] = Field(description="Variables that tools get.")
    sensitive_user_variables: Annotated[dict[str, str], Secret()] = Field(
        default={}, description="Variables that tools get and logs do not."
    )

    def __repr_args__(self) -> Any:
        return [(k, "..." if k == "sensitive_user_variables" else v) for k, v in self]


class Scenario(Tracked):
    """What a simulated user wants: the part that stays the same over its versions."""


InitialMessageType = Literal["user-message", "external-event", "skip"]


class ScenarioVersion(Version):
    """How a scenario goes, as of one version."""

    simulation_scenario_id: str = Field(description="The scenario it is a version of.")
    objective: str = Field(description="What the simulated user is after.")
    instructions: str = Field(description="How the simulated user should act.")
    initial_message_type: InitialMessageType = Field(description="How the conversation opens.")
    conversation_starts_at: datetime | None = Field(
        description="When the conversation is set; null: at the time of the run."
    )


def _number(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise PydanticCustomError("number_type", "Input should be a number, not what spells one")
    return value


NUMERIC = BeforeValidator(_number)
"""Marks a number that is one in JSON; after the bounds of it."""

Number = Annotated[FiniteFloat, NUMERIC]


class Tag(Record):
    """A label as most resources show it."""

    key: str
    value: str | None


def tags_by_key(tags: Any) -> Any:
    """Labels as a mapping, if they come as a list of keys and values."""
    if isinstance(tags, list) and all(isinstance(tag, dict) and "key" in tag for tag in tags):
        return {tag["key"]: tag.get("value") for tag in tags}
    return tags


def _as_list(tags: dict[str, str | None]) -> list[dict[str, str | None]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


TagList = Annotated[
    dict[str, str | None],
    BeforeValidator(tags_by_key, json_schema_input_type=list[Tag]),
    PlainSerializer(_as_list, when_used="json"),
]
"""Labels that go over the wire as a list of keys and values."""


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


class Equals(Record):
    """The attribute has this value."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["Equals"]
    value: Any


class NotEquals(Record):
    """The attribute has another value."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["NotEquals"]
    value: Any


class In(Record):
    """The attribute has one of these values."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["In"]
    values: list[Any]


Condition = Annotated[Equals | NotEquals | In, Field(discriminator="type")]


class Grant(Record):
    """A permission, and the conditions on a record's attributes under which it holds."""

    model_config = ConfigDict(extra="forbid")

    permission_name: str = Field(
        min_length=1, description="As published; a trailing `*` stands for any ending."
    )
    conditions: dict[str, Condition] = Field(
        default={}, description="By attribute of the record; all of them must hold."
    )


class User(Record):
    """Someone who can sign in, with what they may do."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    grants: tuple[Grant, ...] = ()


class ApiKey(Record):
    """What a sign-in presents."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    key: Annotated[SecretStr, Secret()] = Field(min_length=1)
