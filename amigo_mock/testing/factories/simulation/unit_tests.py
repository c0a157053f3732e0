"""Simulation unit tests for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from amigo_mock.errors import MockError
from amigo_mock.names import has_no
from amigo_mock.testing.factories.base import Factory, creates, many
from amigo_mock.testing.factories.draft import Draft, Needs, plain, reference, several, without
from amigo_mock.testing.factories.host import Json
from amigo_mock.world.records.metrics import Metric
from amigo_mock.world.records.services import Service
from amigo_mock.world.records.simulation.personas import Persona
from amigo_mock.world.records.simulation.scenarios import Scenario
from amigo_mock.world.records.simulation.unit_tests import SuccessCriterion, UnitTest

CLAIMS = {
    "refill": "Orders the refill",
    "billing": "Explains the bill",
    "appointment": "Moves the appointment",
    "symptoms": "Sends on to a doctor",
    "onboarding": "Sets up the account",
    "insurance": "Finds the coverage",
}


class UnitTests(Factory[UnitTest]):
    """The unit tests of a fake: made without a request, and as they are now."""

    kind = "unit_tests"
    model = UnitTest

    def draft(
        self,
        *,
        name: str | None = None,
        tags: Mapping[str, str | None] | None = None,
        description: str | None = None,
        service: Service | str | None = None,
        service_version_set_name: str = "release",
        persona: Persona | str | None = None,
        scenario: Scenario | str | None = None,
        max_interactions: int | None = None,
        success_criterions: (
            Sequence[Metric | str | SuccessCriterion | Mapping[str, Any]] | None
        ) = None,
        deleted: bool = False,
        id: str | None = None,
        creator: str | None = None,
        created_at: datetime | str | None = None,
        organization: str | None = None,
    ) -> Draft[UnitTest]:
        """Create a unit test; name, tags and description are made up if they are not given.

        `service`, `persona` and `scenario` are records, ids or names; left out, the first that
        live, or new ones. A success criterion is a metric (a record, an id or a name), which a
        criterion is made for, or a mapping with `name`, `metric_id` and `criterion`, of which any
        can be left out; without criterions there is one, for the first metric that lives or a new
        one. `creator` is the id of a user. Raises `MockError`, and creates nothing, for what a
        world could not hold.
        """
        faker, chance = self._faker, self._faker.random
        topic = chance.choice(tuple(CLAIMS))
        claim, city = CLAIMS[topic], faker.city()

        def refers(needs: Needs) -> Json:
            used = {}
            for field, given in (
                ("service", service),
                ("persona", persona),
                ("scenario", scenario),
            ):
                place, factory = f"{self.kind}: {field}", self._sibling(f"{field}s")
                used[field] = needs.given_or_some(factory, given, place, live=not deleted)
            if not deleted:
                _check_set(service_version_set_name, used["service"])
            asked = [{}] if success_criterions is None else success_criterions
            return {
                **{f"{field}_id": reference(record) for field, record in used.items()},
                "success_criterions": [
                    self._criterion(one, needs, live=not deleted)
                    for one in several(asked, f"{self.kind}: success_criterions")
                ],
            }

        return self._draft(
            {
                "tags": {"topic": topic} if tags is None else tags,
                "description": f"{claim}, in {city}." if description is None else description,
                "service_version_set_name": service_version_set_name,
                "is_deleted": deleted,
                **without(
                    None,
                    name=name,
                    max_interactions=max_interactions,
                    id=id,
                    created_at=created_at,
                ),
            },
            name=lambda: f"{claim} for {faker.first_name()} {faker.last_name()}",
            creator=creator,
            organization=organization,
            refers=refers,
        )

    create = creates(draft)
    create_many = many(draft)

    def _criterion(self, given: object, needs: Needs, *, live: bool) -> Json:
        place, metrics = f"{self.kind}: success_criterions", self._sibling("metrics")
        said: Json = {"metric_id": given}
        if isinstance(given, Mapping | SuccessCriterion):
            said = dict(given)
        criterion = plain(said.get("criterion"), self.kind)
        type = criterion.get("type") if isinstance(criterion, dict) else None

        def fits(metric: Json) -> bool:
            return type in (None, _value(metric)["type"])

        if said.get("metric_id") is None:
            metric = needs.some(metrics, fits, **without(None, kind=type))
        else:
            metric = needs.find(metrics, said["metric_id"], place, live=live)
        if not fits(metric):
            raise MockError(
                f"{place}: a {type} criterion does not fit {metric['name']!r}, "
                f"which is {_value(metric)['type']}"
            )
        made = {"name": metric["name"], "criterion": _met(_value(metric))}
        return {**made, **said, "metric_id": reference(metric)}


def _value(metric: Json) -> Json:
    """The values of a metric, as of its last version."""
    value: Json = metric["versions"][-1]["metric_value"]
    return value


def _met(value: Json) -> Json:
    """A criterion that fits these values."""
    type = value["type"]
    if type == "boolean":
        return {"type": type, "expected_value": True}
    if type == "categorical":
        return {"type": type, "expected_values": [value["categories"][0]]}
    middle = value["lower_bound"] / 2 + value["upper_bound"] / 2  # the sum may be without end
    return {"type": type, "verb": ">=", "threshold": middle}


def _check_set(name: str, service: Json) -> None:
    known = ("edge", "release", *service["version_sets"])
    if name not in known:
        owner = f"unit_tests: service_version_set_name: {service['name']!r}"
        raise MockError(has_no(owner, "version set", name, known))
