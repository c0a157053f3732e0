"""Services for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from amigo_mock.errors import MockError
from amigo_mock.testing.factories.base import Factory, creates, many
from amigo_mock.testing.factories.draft import Draft, Needs, plain, reference, without
from amigo_mock.testing.factories.host import Json
from amigo_mock.world.records.organization.agents import Agent
from amigo_mock.world.records.organization.context_graphs import ContextGraph
from amigo_mock.world.records.services import EDGE, Service, VersionSet

TASKS = {
    "pharmacy": "Orders refills, and answers questions about them",
    "billing": "Explains bills, and takes payments",
    "front desk": "Books appointments, and moves them",
    "intake": "Asks new patients what a doctor has to know",
    "nursing": "Says whether a symptom needs a doctor",
}


class Services(Factory[Service]):
    """The services of a fake: made without a request, and as they are now."""

    kind = "services"
    model = Service

    def draft(
        self,
        *,
        name: str | None = None,
        tags: Mapping[str, str | None] | None = None,
        description: str | None = None,
        agent: Agent | str | None = None,
        context_graph: ContextGraph | str | None = None,
        version_sets: Mapping[str, Mapping[str, Any] | VersionSet] | None = None,
        keyterms: Sequence[str] = (),
        is_active: bool = True,
        id: str | None = None,
        creator: str | None = None,
        created_at: datetime | str | None = None,
        organization: str | None = None,
    ) -> Draft[Service]:
        """Create a service; name, tags and description are made up if they are not given.

        `agent` and `context_graph` are records, ids or names; left out, the first that live, or
        new ones. `version_sets` are those besides `edge` and `release`, which run with the latest
        versions unless they say otherwise. `creator` is the id of a user. Raises `MockError`, and
        creates nothing, for what a world could not hold.
        """
        faker, chance = self._faker, self._faker.random
        task = chance.choice(tuple(TASKS))
        sets = plain({} if version_sets is None else version_sets, self.kind)

        def refers(needs: Needs) -> Json:
            used = {
                field: needs.given_or_some(
                    self._sibling(factory), given, f"{self.kind}: {keyword}", live=is_active
                )
                for field, factory, keyword, given in (
                    ("agent_id", "agents", "agent", agent),
                    (
                        "service_hierarchical_state_machine_id",
                        "context_graphs",
                        "context_graph",
                        context_graph,
                    ),
                )
            }
            _check_sets(sets, used)
            return {field: reference(record) for field, record in used.items()}

        return self._draft(
            {
                "tags": {"team": task} if tags is None else tags,
                "description": f"{TASKS[task]}." if description is None else description,
                "version_sets": sets,
                "keyterms": keyterms,
                "is_active": is_active,
                **without(None, name=name, id=id, created_at=created_at),
            },
            name=lambda: f"{faker.city()} {task.title()}",
            creator=creator,
            organization=organization,
            refers=refers,
        )

    create = creates(draft)
    create_many = many(draft)

    def lives(self, record: Json) -> bool:
        """Tell whether a record is in use."""
        return bool(record["is_active"])


def _check_sets(version_sets: Any, used: Mapping[str, Json]) -> None:
    """Refuse versions that there are not; the form of all else is the world's to judge."""
    for name, version_set in version_sets.items() if isinstance(version_sets, dict) else ():
        if name == EDGE:
            raise MockError(f"services: version_sets: {EDGE!r} stays as it is")
        for field, record in used.items():
            key = f"{field.removesuffix('_id')}_version_number"
            number = version_set.get(key) if isinstance(version_set, dict) else None
            if isinstance(number, int) and not 1 <= number <= record["latest_version"]:
                raise MockError(
                    f"services: version_sets: {name!r} has version {number} of "
                    f"{record['name']!r}, which has {record['latest_version']}"
                )
