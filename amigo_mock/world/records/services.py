"""Services and their version sets."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from amigo_mock.world.records.base import Named, Record, TagList


class LLMConfig(Record):
    """A language model, and how it is set."""

    llm_name: str
    params: dict[str, Any] = {}


class VersionSet(Record):
    """Which versions a service runs with; null: the latest."""

    agent_version_number: int | None
    service_hierarchical_state_machine_version_number: int | None
    llm_model_preferences: dict[str, LLMConfig]


class Service(Named):
    """What users talk to: an agent that goes by a state machine."""

    tags: TagList = Field(description="Labels; a value may be null.")
    version_sets: dict[str, VersionSet]
    description: str
    is_active: bool
    service_hierarchical_state_machine_id: str
    agent_id: str
    keyterms: list[str]

    @property
    def live(self) -> bool:
        """Whether it is active."""
        return self.is_active
