"""Context graphs, as far as services and runs name them."""

from __future__ import annotations

from types import NoneType
from typing import Annotated

from pydantic import Field

from amigo_mock.world.documents.seeds import RecordSeed
from amigo_mock.world.kind import Kind
from amigo_mock.world.records.base import Tracked


class ContextGraph(Tracked):
    """The state machine of a service, as far as services and runs name it."""

    latest_version: int = Field(description="The number of its last version; 0: it has none.")


class ContextGraphSeed(RecordSeed):
    """A state machine in a world."""

    latest_version: Annotated[int, Field(ge=0)] = 1


KIND = Kind(
    "service_hierarchical_state_machines",
    ContextGraph,
    NoneType,
    seed=ContextGraphSeed,
    default=({"name": "Context Graph"},),
)
