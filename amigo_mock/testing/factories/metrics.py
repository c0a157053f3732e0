"""Metrics for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from amigo_mock.errors import MockError
from amigo_mock.names import there_is_no
from amigo_mock.testing.factories.base import Factory, Versioned, creates, many
from amigo_mock.testing.factories.draft import Draft, Needs, plain, reference, several, without
from amigo_mock.testing.factories.host import Json
from amigo_mock.world.records.metrics import Metric, MetricValueType, MetricVersion
from amigo_mock.world.records.services import Service

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


class WholeMetric(Versioned[MetricVersion], Metric):
    """A metric with all of its versions."""


class Metrics(Factory[WholeMetric]):
    """The metrics of a fake: made without a request, and as they are now."""

    kind = "metrics"
    model = WholeMetric

    def draft(
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

    create = creates(draft)
    create_many = many(draft)


def _type(kind: str | None, own: Json) -> str:
    """The kind that is given, or that what is given belongs to."""
    if kind is None:
        kind = next((each for each, names in OWN.items() if own.keys() & set(names)), "boolean")
    elif kind not in [*OWN]:
        raise MockError(f"metrics: {there_is_no('kind', kind, OWN)}")
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
