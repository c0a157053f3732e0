"""Context graphs, as far as services and runs name them."""

from __future__ import annotations

from pydantic import Field

from amigo_mock.world.records.base import Tracked


class ContextGraph(Tracked):
    """What a service goes by, a state machine, as far as services and runs name it."""

    latest_version: int = Field(description="The number of its last version.")
