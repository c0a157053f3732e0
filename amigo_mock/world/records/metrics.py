"""Metrics, their versions and values."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from amigo_mock.world.fields import Number
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
