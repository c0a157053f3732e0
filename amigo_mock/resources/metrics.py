"""Metrics: what conversations are judged by, versioned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import Field

from amigo_mock.contract.fidelity import Assumption
from amigo_mock.operations import handlers
from amigo_mock.operations.bodies import Body, Empty
from amigo_mock.operations.call import Call
from amigo_mock.operations.operation import operation, per_minute
from amigo_mock.operations.parameters import (
    NOT_EMPTY,
    Distinct,
    Filters,
    InOrganization,
    ListFilters,
    UpdatedSort,
)
from amigo_mock.operations.responses import NOTHING, Joined, Nothing
from amigo_mock.world.fields import NOT_SET, NotSet, ObjectId, Tags, Text
from amigo_mock.world.records import Record, UserInfo
from amigo_mock.world.records.metrics import (
    KIND,
    Metric,
    MetricContent,
    MetricValueType,
)

CREATE = "Metric:CreateMetric"
MODIFY = "Metric:ModifyMetric"
DELETE = "Metric:DeleteMetric"
READ = "Metric:GetMetric"

NOT_PERMITTED = "Your grants do not cover this for this metric."
NONE_PERMITTED = "Your grants cover this for no metric."
NOT_FOUND = "There is no such metric, or it was deleted."


class InitialMetricVersion(MetricContent, Body):
    """The first version of a metric."""


class NewMetric(Body):
    """A metric with its first version."""

    name: Text = Field(description="Unique among the metrics that are not deleted.")
    applied_to_services: list[ObjectId] = Field(description="Services that it is applied to.")
    additional_notes: Text | None = Field(description="Whatever else is to be said.")
    tags: Tags = Field(description="Labels: letters, digits, underscores, white space.")
    initial_version_metric_value: InitialMetricVersion = Field(description="Version 1.")


class MetricChanges(Body):
    """Changes of a metric without a new version; what is left out stays."""

    applied_to_services: list[ObjectId] | None = Field(None, description="The new services.")
    additional_notes: Text | NotSet | None = Field(
        NOT_SET, description="The new notes. Null: none."
    )
    tags: Tags | None = Field(None, description="The new labels.")


class OfMetric(InOrganization):
    """The metric that is meant."""

    metric_id: ObjectId = Field(description="The metric's id.")


class OfType(Filters):
    """Filters that only metrics have."""

    applied_to_service: Distinct[ObjectId] = Field(frozenset(), description="Any of these.")
    type: Distinct[MetricValueType] = Field(frozenset(), description="Any of these.")

    def _groups(self) -> Iterator[tuple[str, Iterable[Any]]]:
        if self.applied_to_service:
            yield "applied_to_service", self.applied_to_service
        if self.type:
            yield "type", self.type
        yield from super()._groups()


class ListMetrics(OfType, ListFilters):
    """The filters, the order and the page of a list of metrics."""

    is_deleted: bool = Field(
        False, description="Only deleted ones, or none of them. Left out beside an id: either."
    )
    limit: Annotated[int, Field(ge=0, le=50), NOT_EMPTY] = Field(
        50, description="Metrics in a page."
    )
    sort_by: UpdatedSort = Field((), description="`+` or `-` and a field; several break ties.")

    def _groups(self) -> Iterator[tuple[str, Iterable[Any]]]:
        # A deleted metric can still be had by its id.
        by_id = self.id and "is_deleted" not in self.model_fields_set
        groups = super()._groups()
        yield from (group for group in groups if not (by_id and group[0] == "is_deleted"))


class SearchMetrics(OfType):
    """A search, and its filters."""

    query: Text = Field(description="Terms that the name must have.")


class MetricCreated(Record):
    """The new metric's id."""

    id: str


class MetricFilterValues(Record):
    """The values that the filters of a list can be set to."""

    applied_to_services_ids: list[str]
    creators: list[UserInfo]
    tags: list[str]
    types: list[str]


class MetricPage(Record):
    """A page of metrics; `filter_values` only with the first one."""

    metrics: list[Metric]
    has_more: bool
    continuation_token: Any | None
    filter_values: MetricFilterValues | None


class MetricDocument(Metric):
    """A metric as a search shows it."""

    id: str = Field(alias="_id", description="24 lower-case hexadecimal digits.")


class MetricsFound(Record):
    """The results of a search, the best match first."""

    metrics: list[MetricDocument]


@operation(
    "create-metric",
    permissions=(CREATE,),
    rate_limit=per_minute(100),
    errors={403: NOT_PERMITTED, 409: "There already is a metric of this name."},
    examples={
        "A number": {
            "name": "Patience",
            "applied_to_services": [],
            "additional_notes": None,
            "tags": {"area": "manners"},
            "initial_version_metric_value": {
                "description": "How patient the agent was, from 0 to 10.",
                "metric_value": {"type": "numerical", "lower_bound": 0, "upper_bound": 10},
            },
        }
    },
)
def create_metric(call: Call[InOrganization, NewMetric]) -> MetricCreated:
    """Create a metric with its first version."""
    body = call.body
    initial = body.initial_version_metric_value
    metric = handlers.create(
        call,
        KIND,
        initial,
        name=body.name,
        tags=body.tags,
        org_id=call.organization.id,
        applied_to_services=body.applied_to_services,
        additional_notes=body.additional_notes,
        metric_value_type=initial.metric_value.type,
    )
    return MetricCreated(id=metric.id)


@operation(
    "get-metrics",
    permissions=(READ,),
    rate_limit=per_minute(20),
    errors={403: NONE_PERMITTED},
)
def list_metrics(call: Call[ListMetrics, Empty]) -> Joined[MetricPage]:
    """List the metrics that match every filter and that the caller may see."""
    return handlers.page(
        call,
        KIND,
        MetricPage,
        "metrics",
        filtered=True,
        applied_to_services_ids="applied_to_service",
        creators="creator",
        tags="tag",
        types="type",
    )


@operation(
    "search-metrics",
    permissions=(READ,),
    rate_limit=per_minute(20),
    errors={403: NONE_PERMITTED},
)
def search_metrics(call: Call[SearchMetrics, Empty]) -> Joined[MetricsFound]:
    """Search the names of metrics, the best 50 matches first."""
    return handlers.search(call, KIND, MetricsFound, "metrics", shown=handlers.document)


@operation(
    "update-metric",
    permissions=(MODIFY,),
    rate_limit=per_minute(20),
    errors={403: NOT_PERMITTED, 404: NOT_FOUND},
    examples={"Other notes": {"additional_notes": "Not for chats."}, "No change": {}},
)
def update_metric(call: Call[OfMetric, MetricChanges]) -> Nothing:
    """Change services, notes and tags of a metric."""
    metric = handlers.find(call, KIND, call.parameters.metric_id)
    changes = handlers.given(call.body, "applied_to_services", "tags")
    if not isinstance(call.body.additional_notes, NotSet):
        changes["additional_notes"] = call.body.additional_notes
    handlers.update(call, KIND, metric, **changes)
    return NOTHING


@operation(
    "delete-metric",
    permissions=(DELETE,),
    rate_limit=per_minute(100),
    errors={
        400: "A simulation unit test uses this metric.",
        403: NOT_PERMITTED,
        404: NOT_FOUND,
    },
)
def delete_metric(call: Call[OfMetric, Empty]) -> Nothing:
    """Delete a metric; it can still be read, and its name is free again."""
    handlers.delete(call, KIND, call.parameters.metric_id)
    return NOTHING


OPERATIONS = (
    create_metric,
    list_metrics,
    search_metrics,
    update_metric,
    delete_metric,
)

ASSUMPTIONS = (
    Assumption(
        "applied-services",
        "applied_to_services of a metric",
        "services that do not exist are accepted",
        "no status is published for them",
        "resources/test_metrics.py::test_a_metric_is_created",
    ),
    Assumption(
        "metric-deletion-filter",
        "is_deleted when listing metrics",
        "false unless said otherwise; beside an id it makes no difference unless it is said",
        "the published default is false, and a deleted metric can still be retrieved by its id",
        "resources/test_metrics.py::test_deleted_metrics_are_listed_when_asked_for",
    ),
)
