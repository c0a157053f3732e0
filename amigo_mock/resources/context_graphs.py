"""Context graphs, the state machines of services. So far only what services and runs say of them.

They have the name that the published document gives them everywhere.
"""

from __future__ import annotations

from types import NoneType
from typing import Annotated

from pydantic import Field

from amigo_mock.collection import Kind
from amigo_mock.records import ContextGraph
from amigo_mock.resources import _shared as shared


class ContextGraphSeed(shared.RecordSeed):
    """A state machine in a world."""

    latest_version: Annotated[int, Field(ge=1)] = 1


KIND = Kind(
    "service_hierarchical_state_machines",
    ContextGraph,
    NoneType,
    seed=ContextGraphSeed,
    default=({"name": "Context Graph"},),
)
