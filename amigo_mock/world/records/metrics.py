"""Metrics, their versions and values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from amigo_mock.world.documents.seeds import Content, RecordSeed, VersionSeed
from amigo_mock.world.fields import Number, ObjectId, TagsOrList, Text
from amigo_mock.world.identity import Identity
from amigo_mock.world.kind import Kind, Label
from amigo_mock.world.records.base import Record, TagList, Tracked, Version

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
    """A measure of conversations: the part that stays the same over its versions."""

    org_id: str = Field(description="The organization it belongs to.")
    tags: TagList = Field(description="Labels; a value may be null.")
    applied_to_services: list[str]
    additional_notes: str | None
    metric_value_type: MetricValueType


class MetricVersion(Version):
    """One version of a metric."""

    metric_id: str
    description: str
    metric_value: MetricValue


class NewCategoricalValue(Content):
    """One of several words."""

    type: Literal["categorical"]
    categories: Annotated[list[Text], Field(min_length=1, max_length=50)]


NewMetricValue = Annotated[
    NumericalMetricValue | NewCategoricalValue | BooleanMetricValue,
    Field(discriminator="type"),
]


class MetricContent(Content):
    """The content of a version of a metric."""

    description: str = Field(description="What it measures and how.")
    metric_value: NewMetricValue = Field(description="What values it takes; their type stays.")


class MetricVersionSeed(MetricContent, VersionSeed):
    """A metric's version in a world."""

    metric_id: ObjectId | None = None


class MetricSeed(RecordSeed):
    """A metric in a world."""

    org_id: str | None = None
    tags: TagsOrList = {}
    applied_to_services: list[ObjectId] = []
    additional_notes: Text | None = None
    metric_value_type: MetricValueType | None = None
    versions: list[MetricVersionSeed] = Field(min_length=1)


def _own(seed: MetricSeed, owner: Identity) -> dict[str, Any]:
    value_type = seed.versions[0].metric_value.type
    return {"org_id": owner.id, "metric_value_type": value_type}


def _content(body: MetricContent, _: object) -> dict[str, Any]:
    return {
        "description": body.description,
        "metric_value": body.metric_value.model_dump(),
    }


def _labels(metric: Metric) -> Iterable[Label]:
    yield "type", metric.metric_value_type
    for service in set(metric.applied_to_services):
        yield "applied_to_service", service


def _seed(name: str, description: str, **value: Any) -> dict[str, Any]:
    return {"name": name, "versions": [{"description": description, "metric_value": value}]}


KIND = Kind(
    "metrics",
    Metric,
    MetricVersion,
    parent="metric_id",
    seed=MetricSeed,
    content=_content,
    own=_own,
    default=(
        _seed("Goal Reached", "Whether the user got what they came for.", type="boolean"),
        _seed(
            "Satisfaction",
            "How content the user was, from 1 to 5.",
            type="numerical",
            lower_bound=1,
            upper_bound=5,
        ),
        _seed(
            "Tone",
            "How the agent sounded.",
            type="categorical",
            categories=["friendly", "neutral", "rude"],
        ),
    ),
    labels=_labels,
)
