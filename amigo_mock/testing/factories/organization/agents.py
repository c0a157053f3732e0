"""Agents for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from amigo_mock.testing.factories.base import Factory, creates, many
from amigo_mock.testing.factories.draft import Draft, without
from amigo_mock.world.records.organization.agents import Agent


class Agents(Factory[Agent]):
    """The agents of a fake: made without a request, and as they are now."""

    kind = "agents"
    model = Agent

    def draft(
        self,
        *,
        name: str | None = None,
        tags: Mapping[str, str | None] | None = None,
        latest_version: int = 1,
        deleted: bool = False,
        id: str | None = None,
        creator: str | None = None,
        created_at: datetime | str | None = None,
        organization: str | None = None,
    ) -> Draft[Agent]:
        """Create an agent; its name is made up if it is not given.

        `latest_version` is how many versions it is said to have, 0 for none. `creator` is the id
        of a user. Raises `MockError`, and creates nothing, for what a world could not hold.
        """
        faker = self._faker
        return self._draft(
            {
                "tags": {} if tags is None else tags,
                "latest_version": latest_version,
                "is_deleted": deleted,
                **without(None, name=name, id=id, created_at=created_at),
            },
            name=lambda: f"Agent {faker.first_name()}",
            creator=creator,
            organization=organization,
        )

    create = creates(draft)
    create_many = many(draft)
