"""Users with their grants, and API keys."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, SecretStr

from amigo_mock.world.records.base import Record, Secret


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
