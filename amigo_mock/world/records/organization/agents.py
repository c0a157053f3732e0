"""Agents, as far as services and runs name them."""

from __future__ import annotations

from pydantic import Field

from amigo_mock.world.records.base import Tracked


class Agent(Tracked):
    """Who speaks for a service, as far as services and runs name it."""

    latest_version: int = Field(description="The number of its last version.")
