"""Simulation unit tests and their success criteria."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from amigo_mock.world.documents.seeds import Content, RecordSeed, Reference, Seed
from amigo_mock.world.fields import AS_IN_JSON, AnyTagsOrList, Boolean, Number, ObjectId, Text
from amigo_mock.world.identity import Identity
from amigo_mock.world.kind import Kind
from amigo_mock.world.records.base import Record, TagList, Tracked

Verb = Literal["==", "!=", "<=", "<", ">=", ">"]


class NumericalMetricSuccessCriterion(Record):
    """The metric's number compares so with another."""

    type: Literal["numerical"]
    verb: Verb
    threshold: Number


class BooleanMetricSuccessCriterion(Record):
    """The metric is this."""

    type: Literal["boolean"]
    expected_value: Boolean


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
    """A condition on a metric for a unit test to pass."""

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


class NewCategoricalCriterion(Content):
    """The metric is one of these."""

    type: Literal["categorical"]
    expected_values: Annotated[list[Text], Field(min_length=1)]


NewDescription = Annotated[
    NumericalMetricSuccessCriterion | BooleanMetricSuccessCriterion | NewCategoricalCriterion,
    Field(discriminator="type"),
]


Interactions = Annotated[int, Field(gt=0, le=100), AS_IN_JSON]


class NewCriterion(Content):
    """A condition on a metric for the unit test to pass."""

    name: Text
    metric_id: ObjectId
    criterion: NewDescription


class CriterionSeed(Seed):
    """A success criterion in a world."""

    name: Text
    metric_id: Annotated[Text, Reference("metrics")]
    criterion: NewDescription


class UnitTestSeed(RecordSeed):
    """A unit test in a world; it may call what it uses by name."""

    org_id: str | None = None
    tags: AnyTagsOrList = {}
    description: Text = "Made for tests."
    service_id: Annotated[Text | None, Reference("services")] = None
    service_version_set_name: str = "release"
    persona_id: Annotated[Text, Reference("personas")]
    scenario_id: Annotated[Text, Reference("scenarios")]
    max_interactions: Interactions = 10
    success_criterions: list[CriterionSeed] = Field(min_length=1)


def _own(seed: UnitTestSeed, owner: Identity) -> dict[str, Any]:
    return {"org_id": owner.id, "success_criterions": plain(seed.success_criterions)}


def plain(criterions: Iterable[BaseModel]) -> list[dict[str, Any]]:
    """Success criteria as the record holds them."""
    return [criterion.model_dump() for criterion in criterions]


KIND: Kind[UnitTest, None] = Kind(
    "unit_tests",
    UnitTest,
    NoneType,
    seed=UnitTestSeed,
    own=_own,
    text=lambda test, _: (test.name, test.description),
    references={
        "services": lambda test, _: [test.service_id],
        "version_sets": lambda test, _: [f"{test.service_id}/{test.service_version_set_name}"],
        "personas": lambda test, _: [test.persona_id],
        "scenarios": lambda test, _: [test.scenario_id],
        "metrics": lambda test, _: [each.metric_id for each in test.success_criterions],
    },
)
