"""Context graphs, the state machines of services. So far only what services and runs say of them.

They have the name that the published document gives them everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import NoneType
from typing import Annotated

from pydantic import Field

from amigo_mock.testing.factories.base import Draft, Factory, creates, many, without
from amigo_mock.world.collection import Kind
from amigo_mock.world.records.organization.context_graphs import ContextGraph
from amigo_mock.world.seeds import RecordSeed


class ContextGraphSeed(RecordSeed):
    """A state machine in a world."""

    latest_version: Annotated[int, Field(ge=1)] = 1


KIND = Kind(
    "service_hierarchical_state_machines",
    ContextGraph,
    NoneType,
    seed=ContextGraphSeed,
    default=({"name": "Context Graph"},),
)

# What tests make


class ContextGraphs(Factory[ContextGraph]):
    """The context graphs of a fake: made without a request, and as they are now."""

    kind = KIND.name
    model = ContextGraph

    @creates
    def create(
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
    ) -> Draft[ContextGraph]:
        """Create a context graph; its name is made up if it is not given.

        `latest_version` is how many versions it is said to have. `creator` is the id of a user.
        Raises `MockError`, and creates nothing, for what a world could not hold.
        """
        faker = self._faker
        return self._draft(
            {
                "tags": {} if tags is None else tags,
                "latest_version": latest_version,
                "is_deleted": deleted,
                **without(None, name=name, id=id, created_at=created_at),
            },
            name=lambda: f"Graph: {faker.catch_phrase()}",
            creator=creator,
            organization=organization,
        )

    create_many = many(create)
