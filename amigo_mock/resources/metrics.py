"""Metrics: what conversations are judged by, versioned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from amigo_mock.errors import MockError, nearest
from amigo_mock.operations import handlers
from amigo_mock.operations.handlers import VersionCreated
from amigo_mock.operations.operation import (
    NOTHING,
    Body,
    Call,
    Empty,
    Joined,
    Nothing,
    operation,
    per_minute,
)
from amigo_mock.operations.parameters import (
    Distinct,
    Filters,
    InOrganization,
    ListFilters,
    SortBy,
    VersionFilters,
)
from amigo_mock.testing.factories.base import (
    Draft,
    Factory,
    Json,
    Needs,
    creates,
    many,
    plain,
    reference,
    several,
    without,
)
from amigo_mock.world.collection import Kind, Label
from amigo_mock.world.fields import NOT_SET, NotSet, ObjectId, Tags, TagsOrList, Text
from amigo_mock.world.records import Record, UserInfo
from amigo_mock.world.records.metrics import (
    BooleanMetricValue,
    Metric,
    MetricValue,
    MetricValueType,
    MetricVersion,
    NumericalMetricValue,
)
from amigo_mock.world.records.services import Service
from amigo_mock.world.seeds import RecordSeed, VersionSeed
from amigo_mock.world.world import Identity

METRICS = "/v1/{organization}/metric/"
METRIC = "/v1/{organization}/metric/{metric_id}/"
NEW_VERSION = "/v1/{organization}/metric/{metric_id}/version/"
VERSIONS = "/v1/{organization}/metric/{metric_id}/version"
SEARCH = "/v1/{organization}/metric/search/"

CREATE = "Metric:CreateMetric"
MODIFY = "Metric:ModifyMetric"
DELETE = "Metric:DeleteMetric"
READ = "Metric:GetMetric"

NOT_PERMITTED = "Your grants do not cover this for this metric."
NOT_FOUND = "There is no such metric, or it was deleted."

# What comes in


class NewCategoricalValue(Body):
    """One of several words."""

    type: Literal["categorical"]
    categories: Annotated[list[Text], Field(min_length=1, max_length=50)]


NewMetricValue = Annotated[
    NumericalMetricValue | NewCategoricalValue | BooleanMetricValue,
    Field(discriminator="type"),
]


class InitialMetricVersion(Body):
    """How the metric is judged at first."""

    description: str = Field(description="What it measures and how.")
    metric_value: NewMetricValue = Field(description="What values it takes; their type stays.")


class NewMetricVersion(Body):
    """How the metric is judged from now on."""

    description: Text = Field(description="What it measures and how.")
    metric_value: NewMetricValue = Field(description="What values it takes; the type as before.")


class NewMetric(Body):
    """A metric with its first version."""

    name: Text = Field(description="Unique among the metrics that are not deleted.")
    applied_to_services: list[ObjectId] = Field(description="Services that it is applied to.")
    additional_notes: Text | None = Field(description="Whatever else is to be said.")
    tags: Tags = Field(description="Labels: letters, digits, underscores, white space.")
    initial_version_metric_value: InitialMetricVersion = Field(description="Version 1.")


class MetricChanges(Body):
    """What can be changed of a metric without a new version; what is left out stays."""

    applied_to_services: list[ObjectId] | None = Field(None, description="The new services.")
    additional_notes: Text | NotSet | None = Field(
        NOT_SET, description="The new notes. Null: none."
    )
    tags: Tags | None = Field(None, description="The new labels.")


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
    """Which metrics, in which order."""

    is_deleted: bool = Field(False, description="Only deleted ones, or none of them.")
    limit: Annotated[int, Field(ge=0, le=50)] = Field(50, description="Metrics in a page.")
    sort_by: Annotated[tuple[str, ...], SortBy("updated_at")] = Field(
        (), description="`+` or `-` and a field; several break ties."
    )


class SearchMetrics(OfType):
    """What to look for."""

    query: Text = Field(description="Terms that the name must have.")


# What goes out


class MetricCreated(Record):
    """The new metric's id."""

    id: str


class MetricFilterValues(Record):
    """What the filters of a list can be set to."""

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
    """What a search found, the best match first."""

    metrics: list[MetricDocument]


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


# What a world holds


class MetricVersionSeed(VersionSeed):
    """A metric's version in a world."""

    metric_id: ObjectId | None = None
    description: str
    metric_value: NewMetricValue


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


def _content(
    body: InitialMetricVersion | NewMetricVersion | MetricVersionSeed, _: object
) -> dict[str, Any]:
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

# What tests make

QUESTIONS = {
    "Identity Confirmed": "Whether the agent made sure whom it talks to.",
    "Next Step Named": "Whether the user knows what happens next.",
    "Stayed on Topic": "Whether the agent came back to what was asked.",
}
MEASURES = {
    "Clarity": "How easy the agent was to follow.",
    "Empathy": "How well the agent took up what worries the user.",
    "Effort": "How much the user had to do for it.",
}
SORTS = {
    "Ending": ("How the conversation ended.", ("settled", "handed over", "given up")),
    "Pace": ("How fast it went.", ("slow", "right", "hasty")),
    "Register": ("How formal the agent was.", ("formal", "casual", "mixed")),
}
OWN = {"boolean": (), "numerical": ("lower_bound", "upper_bound"), "categorical": ("categories",)}


class WholeMetric(Metric):
    """A metric with all of its versions."""

    versions: tuple[MetricVersion, ...]

    @property
    def latest(self) -> MetricVersion:
        """Its last version."""
        return self.versions[-1]


class Metrics(Factory[WholeMetric]):
    """The metrics of a fake: made without a request, and as they are now."""

    kind = KIND.name
    model = WholeMetric

    @creates
    def create(
        self,
        *,
        name: str | None = None,
        kind: MetricValueType | None = None,
        tags: Mapping[str, str | None] | None = None,
        description: str | None = None,
        lower_bound: float | None = None,
        upper_bound: float | None = None,
        categories: Sequence[str] | None = None,
        applied_to_services: Sequence[Service | str] = (),
        additional_notes: str | None = None,
        versions: int | Sequence[Mapping[str, Any]] = 1,
        deleted: bool = False,
        id: str | None = None,
        creator: str | None = None,
        created_at: datetime | str | None = None,
        organization: str | None = None,
    ) -> Draft[WholeMetric]:
        """Create a metric; name, descriptions and values are made up if they are not given.

        `kind` is boolean, unless bounds or categories say otherwise. `versions` is how many there
        are, or what each of them says; `description`, bounds and categories are the latest one's.
        `applied_to_services` are services, ids or names. `creator` is the id of a user. Raises
        `MockError`, and creates nothing, for what a world could not hold.
        """
        faker, chance = self._faker, self._faker.random
        own = without(None, lower_bound=lower_bound, upper_bound=upper_bound, categories=categories)
        type = _type(kind, own)
        title, about, value = _made_up(type, chance)
        latest = without(None, description=description)
        if own:
            latest["metric_value"] = _bounded(value, own)

        def version() -> Json:
            return {"description": about, "metric_value": value}

        def refers(needs: Needs) -> Json:
            place, services = f"{self.kind}: applied_to_services", self._sibling("services")
            given = several(applied_to_services, place)
            found = [needs.find(services, one, place, live=False) for one in given]
            return {"applied_to_services": [reference(one) for one in found]}

        draft = self._draft(
            {
                "tags": {"kind": type} if tags is None else tags,
                "is_deleted": deleted,
                **without(
                    None,
                    name=name,
                    additional_notes=additional_notes,
                    id=id,
                    created_at=created_at,
                ),
            },
            latest,
            versions,
            name=lambda: f"{title} {faker.last_name()}",
            version=version,
            creator=creator,
            organization=organization,
            refers=refers,
        )
        _check_types(plain(draft.record["versions"], self.kind), type)
        return draft

    create_many = many(create)


def _type(kind: str | None, own: Json) -> str:
    """The kind that is given, or that what is given belongs to."""
    if kind is None:
        kind = next((each for each, names in OWN.items() if own.keys() & set(names)), "boolean")
    elif kind not in [*OWN]:
        raise MockError(f"metrics: there is no kind {kind!r}{nearest(str(kind), OWN)}")
    for name in own:
        if name not in OWN[kind]:
            raise MockError(f"metrics: a {kind} metric has no {name}")
    return kind


def _made_up(type: str, chance: Any) -> tuple[str, str, Json]:
    """A name, a description and the values of a metric."""
    if type == "boolean":
        name = chance.choice(tuple(QUESTIONS))
        return name, QUESTIONS[name], {"type": type}
    if type == "numerical":
        name, upper = chance.choice(tuple(MEASURES)), chance.choice((5, 10, 100))
        return name, MEASURES[name], {"type": type, "lower_bound": 0, "upper_bound": upper}
    name = chance.choice(tuple(SORTS))
    about, categories = SORTS[name]
    return name, about, {"type": type, "categories": categories}


def _bounded(value: Json, own: Json) -> Json:
    """Made-up values with what was given; a bound that was not stays on its side of the other."""
    made = {**value, **own}
    lower, upper = made.get("lower_bound"), made.get("upper_bound")
    if isinstance(lower, int | float) and isinstance(upper, int | float) and lower > upper:
        if "upper_bound" not in own:
            made["upper_bound"] = lower + 10
        elif "lower_bound" not in own:
            made["lower_bound"] = upper - 10
        else:
            raise MockError(f"metrics: lower_bound: {lower} is above the upper bound, {upper}")
    return made


def _check_types(versions: Any, type: str) -> None:
    for number, version in enumerate(versions):
        value = version.get("metric_value") if isinstance(version, dict) else None
        given = value.get("type", type) if isinstance(value, dict) else type
        if given != type:
            raise MockError(
                f"metrics: versions.{number}.metric_value.type: {given!r} is not the kind of the "
                f"metric, {type!r}"
            )


# Operations


@operation(
    "create-metric",
    "POST",
    METRICS,
    status=201,
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
    "GET",
    METRICS,
    permissions=(READ,),
    rate_limit=per_minute(20),
)
def list_metrics(call: Call[ListMetrics, Empty]) -> Joined[MetricPage]:
    """List the metrics that match every filter and that the caller may see."""
    return handlers.page(
        call,
        KIND,
        MetricPage,
        "metrics",
        applied_to_services_ids="applied_to_service",
        creators="creator",
        tags="tag",
        types="type",
    )


@operation(
    "search-metrics",
    "GET",
    SEARCH,
    permissions=(READ,),
    rate_limit=per_minute(20),
)
def search_metrics(call: Call[SearchMetrics, Empty]) -> Joined[MetricsFound]:
    """Search the names of metrics, the best 50 matches first."""
    return handlers.search(call, KIND, MetricsFound, "metrics", shown=handlers.document)


@operation(
    "update-metric",
    "POST",
    METRIC,
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
    "DELETE",
    METRIC,
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


@operation(
    "create-metric-version",
    "POST",
    NEW_VERSION,
    status=201,
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
    "GET",
    VERSIONS,
    permissions=(READ,),
    rate_limit=per_minute(60),
    errors={403: NOT_PERMITTED, 404: "There is no such metric."},
)
def list_metric_versions(call: Call[VersionsOfMetric, Empty]) -> Joined[MetricVersionPage]:
    """List versions of a metric, deleted or not."""
    id = call.parameters.metric_id
    return handlers.versions(call, KIND, id, MetricVersionPage, "metric_versions", _shown)


OPERATIONS = (
    create_metric,
    list_metrics,
    search_metrics,
    update_metric,
    delete_metric,
    create_metric_version,
    list_metric_versions,
)
