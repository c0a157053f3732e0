"""Simulation scenarios and their versions."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from amigo_mock.world.records.base import Tracked, Version


class Scenario(Tracked):
    """What a simulated user wants: the part that stays the same over its versions."""


InitialMessageType = Literal["user-message", "external-event", "skip"]


class ScenarioVersion(Version):
    """How a scenario goes, as of one version."""

    simulation_scenario_id: str = Field(description="The scenario it is a version of.")
    objective: str = Field(description="What the simulated user is after.")
    instructions: str = Field(description="How the simulated user should act.")
    initial_message_type: InitialMessageType = Field(description="How the conversation opens.")
    conversation_starts_at: datetime | None = Field(
        description="When the conversation is set; null: at the time of the run."
    )
