"""Versions of metrics."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from amigo_mock.operations import handlers
from amigo_mock.operations.bodies import Body, Empty
from amigo_mock.operations.call import Call
from amigo_mock.operations.handlers import VersionCreated
from amigo_mock.operations.operation import operation, per_minute
from amigo_mock.operations.parameters import (
    InOrganization,
    VersionFilters,
)
from amigo_mock.operations.responses import Joined
from amigo_mock.world.fields import ObjectId, Text
from amigo_mock.world.records import Record, UserInfo
from amigo_mock.world.records.metrics import (
    KIND,
    MetricContent,
    MetricValue,
)

MODIFY = "Metric:ModifyMetric"
READ = "Metric:GetMetric"
NOT_PERMITTED = "Your grants do not cover this for this metric."
NOT_FOUND = "There is no such metric, or it was deleted."


class NewMetricVersion(MetricContent, Body):
    """A later version of a metric."""

    description: Text = Field(description="What it measures and how.")


class OfMetric(InOrganization):
    """The metric that is meant."""

    metric_id: ObjectId = Field(description="The metric's id.")


class NewVersionOfMetric(OfMetric):
    """The metric, and the number its new version is to get."""

    version: Annotated[int, Field(gt=0)] | None = Field(
        None, description="The number the new version must get, or nothing is created."
    )


class VersionsOfMetric(OfMetric, VersionFilters):
    """The metric, and which of its versions."""


class MetricVersionInstance(Record):
    """A version as a list shows it."""

    metric_id: str
    version: int
    description: str
    metric_value: MetricValue
    creator: UserInfo
    created_at: datetime


class MetricVersionPage(Record):
    """A page of versions."""

    metric_versions: list[MetricVersionInstance]
    has_more: bool
    continuation_token: int | None


def _shown(row: bytes) -> bytes:
    version = MetricVersionInstance.model_validate_json(row)
    return version.__pydantic_serializer__.to_json(version)


@operation(
    "create-metric-version",
    permissions=(MODIFY,),
    rate_limit=per_minute(60),
    errors={
        400: "The values of a metric are of one type in all of its versions.",
        403: NOT_PERMITTED,
        404: NOT_FOUND,
        409: "The next version has another number than the one expected.",
    },
    examples={
        "Other words": {
            "description": "Whether the user got what they came for, at once.",
            "metric_value": {"type": "boolean"},
        }
    },
)
def create_metric_version(call: Call[NewVersionOfMetric, NewMetricVersion]) -> VersionCreated:
    """Add a version to a metric."""
    parameters = call.parameters
    metric = handlers.find(call, KIND, parameters.metric_id)
    if call.body.metric_value.type != metric.metric_value_type:
        raise call.error(400)
    number = handlers.create_version(call, KIND, metric.id, parameters.version, unexpected=409)
    return VersionCreated(version=number)


@operation(
    "get-metric-versions",
    permissions=(READ,),
    rate_limit=per_minute(60),
    errors={403: NOT_PERMITTED, 404: "There is no such metric."},
)
def list_metric_versions(call: Call[VersionsOfMetric, Empty]) -> Joined[MetricVersionPage]:
    """List versions of a metric, deleted or not."""
    id = call.parameters.metric_id
    return handlers.versions(call, KIND, id, MetricVersionPage, "metric_versions", _shown)


OPERATIONS = (
    create_metric_version,
    list_metric_versions,
)
