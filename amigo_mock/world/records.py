"""What a world holds, as it goes over the wire: frozen records. A leaf of the house.

Names, types and required fields are those of the published document; a record's JSON is made
once, when it is stored, and joined into every page that shows it.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
)

M = TypeVar("M", bound=BaseModel)


class Secret:
    """Marks a field whose content must not reach a log, the journal, a report or a repr."""


class Record(BaseModel):
    """A frozen value. A change is a new record in the place of the old one."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, defer_build=True)


def made(model: type[M], values: dict[str, Any]) -> M:
    """A record of all its fields by name, each of which has been checked already."""
    names, pick = _fields(model)
    record = model.__new__(model)
    object.__setattr__(record, "__dict__", dict(zip(names, pick(values), strict=True)))
    object.__setattr__(record, "__pydantic_fields_set__", set(names))
    object.__setattr__(record, "__pydantic_extra__", None)
    object.__setattr__(record, "__pydantic_private__", None)
    return record


@cache
def _fields(model: type[BaseModel]) -> tuple[tuple[str, ...], itemgetter[Any]]:
    """The names of the fields, in the order in which they are written, and what picks them."""
    names = tuple(model.__pydantic_fields__)
    return names, itemgetter(*names)


class UserInfo(Record):
    """Who did it."""

    org_id: str
    user_id: str


class Stored(Record):
    """What a collection holds: something with an id, and with what can be asked of all of them."""

    id: str = Field(description="24 lower-case hexadecimal digits.")

    @property
    def live(self) -> bool:
        """Whether it is neither deleted nor put out of use."""
        return True

    @property
    def unique(self) -> str | None:
        """The name that no other live record of its kind has; none, if it needs none."""
        return None

    @property
    def settled(self) -> bool:
        """Whether time makes no difference to it any more."""
        return True

    def labels(self) -> list[tuple[str, Hashable]]:
        """The values it can be found by, each with its field."""
        return [("is_deleted", not self.live)]


class Named(Stored):
    """What every named resource carries: its identity and who touched it."""

    name: str = Field(description="Unique in the organization among what is live.")
    tags: dict[str, str | None] = Field(description="Labels; a value may be null.")
    created_at: datetime = Field(description="When it was created.")
    creator: UserInfo = Field(description="Who created it.")
    updated_at: datetime = Field(description="When its name, tags or state last changed.")
    updated_by: UserInfo = Field(description="Who changed it last.")

    @property
    def unique(self) -> str | None:
        """Its name, while it lives."""
        return self.name if self.live else None

    def labels(self) -> list[tuple[str, Hashable]]:
        """Life, creator and tags."""
        found: list[tuple[str, Hashable]] = [
            ("is_deleted", not self.live),
            ("creator", f"{self.creator.org_id},{self.creator.user_id}"),
        ]
        for key, value in self.tags.items():
            found += (("tag", key), ("tag=", (key, value)))
        return found


class Tracked(Named):
    """A named resource that is deleted without going away."""

    is_deleted: bool = Field(description="Whether it was deleted; it can still be read.")

    @property
    def live(self) -> bool:
        """Whether it is not deleted."""
        return not self.is_deleted


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


class Tag(Record):
    """A label as most resources show it."""

    key: str
    value: str | None


def tags_by_key(tags: Any) -> Any:
    """Labels as a mapping, if they come as a list of keys and values."""
    if isinstance(tags, list) and all(isinstance(tag, dict) and "key" in tag for tag in tags):
        return {tag["key"]: tag.get("value") for tag in tags}
    return tags


def _as_list(tags: dict[str, str | None]) -> list[dict[str, str | None]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


TagList = Annotated[
    dict[str, str | None],
    BeforeValidator(tags_by_key, json_schema_input_type=list[Tag]),
    PlainSerializer(_as_list, when_used="json"),
]
"""Labels that go over the wire as a list of keys and values."""


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
