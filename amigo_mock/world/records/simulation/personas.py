"""Simulation personas and their versions."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from amigo_mock.world.records.base import Secret, Tracked, Version


class Persona(Tracked):
    """A simulated user: the part that stays the same over its versions."""

    role: str = Field(description="What the simulated user is to the agent, `patient` for one.")


class PersonaVersion(Version):
    """How a simulated user is played, as of one version."""

    simulation_persona_id: str = Field(description="The persona it is a version of.")
    background: str = Field(description="Who the simulated user is.")
    preferred_language: str | None = Field(description="ISO 639-3; null: the agent's own.")
    timezone: str | None = Field(description="IANA name; null: UTC.")
    user_models: list[str] = Field(description="What is known of the simulated user.")
    nonsensitive_user_variables: dict[str, str] = Field(description="Variables that tools get.")
    sensitive_user_variables: Annotated[dict[str, str], Secret()] = Field(
        default={}, description="Variables that tools get and logs do not."
    )

    def __repr_args__(self) -> Any:
        return [(k, "..." if k == "sensitive_user_variables" else v) for k, v in self]
