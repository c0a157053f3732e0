"""Simulation scenarios and their versions."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from amigo_mock.world.documents.seeds import Content, RecordSeed, VersionSeed, content
from amigo_mock.world.fields import ObjectId, Text, Timestamp, UtcTimestamp
from amigo_mock.world.kind import Kind
from amigo_mock.world.records.base import Tracked, Version


class Scenario(Tracked):
    """The intention of a simulated user: the part that stays the same over its versions."""


InitialMessageType = Literal["user-message", "external-event", "skip"]


class ScenarioVersion(Version):
    """One version of a scenario."""

    simulation_scenario_id: str = Field(description="The scenario it is a version of.")
    objective: str = Field(description="What the simulated user is after.")
    instructions: str = Field(description="How the simulated user should act.")
    initial_message_type: InitialMessageType = Field(description="How the conversation opens.")
    conversation_starts_at: datetime | None = Field(
        description="When the conversation is set; null: at the time of the run."
    )


class ScenarioContent(Content):
    """The content of a version of a scenario."""

    objective: Text = Field(description="What the simulated user is after.")
    instructions: Text = Field(description="How the simulated user should act.")
    initial_message_type: InitialMessageType = Field(description="How the conversation opens.")
    conversation_starts_at: UtcTimestamp | None = Field(
        description="When the conversation is set, in UTC; null: at the time of the run."
    )


class ScenarioVersionSeed(ScenarioContent, VersionSeed):
    """A scenario's version in a world."""

    simulation_scenario_id: ObjectId | None = None
    conversation_starts_at: Timestamp | None = None


class ScenarioSeed(RecordSeed):
    """A scenario in a world."""

    versions: list[ScenarioVersionSeed] = Field(min_length=1)


KIND = Kind(
    "scenarios",
    Scenario,
    ScenarioVersion,
    parent="simulation_scenario_id",
    seed=ScenarioSeed,
    content=content(ScenarioContent),
)
