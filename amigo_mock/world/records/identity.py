"""Organizations, roles, users with their grants, and API keys."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from amigo_mock.world.free_json import JsonValue
from amigo_mock.world.records.base import Record, Secret, Stored


class Equals(Record):
    """The attribute has this value."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["Equals"]
    value: JsonValue


class NotEquals(Record):
    """The attribute has another value."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["NotEquals"]
    value: JsonValue


class In(Record):
    """The attribute has one of these values."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["In"]
    values: list[JsonValue]


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


def _from_name(grant: Any) -> Any:
    return {"permission_name": grant} if isinstance(grant, str) else grant


GivenGrant = Annotated[Grant, BeforeValidator(_from_name, json_schema_input_type=str | Grant)]
"""A grant as people write it: its JSON, or just the name of the permission."""


class Role(Stored):
    """Grants under a name, which users can share."""

    name: str = Field(description="Unique in the organization.")
    description: str = ""
    permission_grants: tuple[Grant, ...] = ()
    frontend_view: Literal["client", "admin"] = "client"

    @property
    def unique(self) -> str | None:
        """Its name."""
        return self.name


class User(Stored):
    """Someone who can sign in, with what they may do: their own grants and those of their role."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    grants: tuple[GivenGrant, ...] = ()
    role: str | None = Field(default=None, description="The role's name or id.")

    @model_serializer(mode="wrap")
    def _without_no_role(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = serialize(self)
        if self.role is None:
            del written["role"]
        return written


class ApiKey(Stored):
    """A key to sign in with."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    key: Annotated[
        SecretStr, Secret(), PlainSerializer(SecretStr.get_secret_value, when_used="json")
    ] = Field(min_length=1)


class OrganizationRecord(Stored):
    """An organization apart from what belongs to it."""

    id: str = Field(min_length=1)
    name: str
    preferred_language: str | None = None
    timezone: str | None = None
