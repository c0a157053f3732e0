"""Simulation unit tests and their success criteria."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from amigo_mock.world.fields import Number
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
