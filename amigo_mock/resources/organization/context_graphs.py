"""Context graphs, the state machines of services. So far only what services and runs say of them.

They have the name that the published document gives them everywhere.
"""

from __future__ import annotations

from types import NoneType
from typing import Annotated

from pydantic import Field

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
