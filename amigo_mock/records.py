"""What a world holds, as it goes over the wire: frozen records. A leaf of the house.

Names, types and required fields are those of the published document; a record's JSON is made
once, when it is stored, and joined into every page that shows it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Secret:
    """Marks a field whose content must not reach a log, the journal, a report or a repr."""


class Record(BaseModel):
    """A frozen value. A change is a new record in the place of the old one."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, defer_build=True)


class UserInfo(Record):
    """Who did it."""

    org_id: str
    user_id: str


class Tracked(Record):
    """What every named resource carries: its identity, its life and who touched it."""

    id: str = Field(description="24 lower-case hexadecimal digits.")
    name: str = Field(description="Unique in the organization among what is not deleted.")
    tags: dict[str, str | None] = Field(description="Labels; a value may be null.")
    is_deleted: bool = Field(description="Whether it was deleted; it can still be read.")
    created_at: datetime = Field(description="When it was created.")
    creator: UserInfo = Field(description="Who created it.")
    updated_at: datetime = Field(description="When its name, tags or state last changed.")
    updated_by: UserInfo = Field(description="Who changed it last.")


class Version(Record):
    """What every version carries. `id` is `_id` on the wire."""

    id: str = Field(alias="_id", description="24 lower-case hexadecimal digits.")
    org_id: str = Field(description="The organization it belongs to.")
    created_at: datetime = Field(description="When it was created.")
    updated_at: datetime = Field(description="Equal to `created_at`: a version never changes.")
    version: int = Field(description="1 for the first one.")
    creator: UserInfo = Field(description="Who created this version.")


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


class Equals(Record):
    """The attribute has this value."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["Equals"]
    value: Any


class NotEquals(Record):
    """The attribute has another value."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["NotEquals"]
    value: Any


class In(Record):
    """The attribute has one of these values."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["In"]
    values: list[Any]


Condition = Annotated[Equals | NotEquals | In, Field(discriminator="type")]


class Grant(Record):
    """A permission, and the conditions on a record's attributes under which it holds."""

    model_config = ConfigDict(extra="forbid")

    permission_name: str = Field(
        min_length=1, description="As published; a trailing `*` stands for any ending."
    )
    conditions: dict[str, Condition] = Field(
        default={}, description="By attribute of the record; all of them must hold."
    )


class User(Record):
    """Someone who can sign in, with what they may do."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    grants: tuple[Grant, ...] = ()


class ApiKey(Record):
    """What a sign-in presents."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    key: Annotated[SecretStr, Secret()] = Field(min_length=1)
