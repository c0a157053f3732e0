"""Organizations, users, roles and API keys: the kinds that every world has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from amigo_mock.world.documents.seeds import Reference, StoredSeed
from amigo_mock.world.fields import Text
from amigo_mock.world.kind import Kind
from amigo_mock.world.records.base import Secret
from amigo_mock.world.records.identity import (
    ApiKey,
    GivenGrant,
    Grant,
    OrganizationRecord,
    Role,
    User,
)

EVERYTHING = (Grant(permission_name="*"),)


@dataclass(frozen=True)
class Identity:
    """An organization with its users and API keys by id."""

    id: str
    name: str
    preferred_language: str | None = None
    timezone: str | None = None
    users: Mapping[str, User] = field(default_factory=dict)
    api_keys: Mapping[str, ApiKey] = field(default_factory=dict)


class OrganizationHead(StoredSeed):
    """An organization apart from what belongs to it, in a world."""

    id: str = Field(min_length=1)
    name: str
    preferred_language: str | None = None
    timezone: str | None = None


class RoleSeed(StoredSeed):
    """A role in a world."""

    name: Text
    description: str = ""
    permission_grants: tuple[GivenGrant, ...] = ()
    frontend_view: Literal["client", "admin"] = "client"


class UserSeed(StoredSeed):
    """A user in a world."""

    id: str = Field(min_length=1)
    grants: tuple[GivenGrant, ...] = ()
    role: Annotated[str | None, Reference("roles", optional=True)] = None


class ApiKeySeed(StoredSeed):
    """An API key in a world."""

    id: str = Field(min_length=1)
    key: Annotated[SecretStr, Secret()] = Field(min_length=1)


def _default(name: str, *grants: Grant, view: str = "admin") -> dict[str, Any]:
    return {"name": name, "permission_grants": grants, "frontend_view": view}


BY_ID = ("id",)

ORGANIZATIONS: Kind[OrganizationRecord, None] = Kind(
    "organizations",
    OrganizationRecord,
    NoneType,
    seed=OrganizationHead,
    sortable=BY_ID,
)

ROLES: Kind[Role, None] = Kind(
    "roles",
    Role,
    NoneType,
    seed=RoleSeed,
    default=(
        _default("DefaultUserRole", view="client"),
        _default("DefaultAdministratorRole", *EVERYTHING),
        _default("DefaultAmigoAdministratorRole", *EVERYTHING),
        _default("DefaultSuperAdministratorRole", *EVERYTHING),
    ),
    sortable=BY_ID,
)

USERS: Kind[User, None] = Kind(
    "users",
    User,
    NoneType,
    seed=UserSeed,
    sortable=BY_ID,
)

API_KEYS: Kind[ApiKey, None] = Kind("api_keys", ApiKey, NoneType, seed=ApiKeySeed, sortable=BY_ID)

IDENTITY_KINDS = {kind.name: kind for kind in (ORGANIZATIONS, ROLES, USERS, API_KEYS)}
"""In the order in which a world is read."""

STATED = ("organizations", "users", "api_keys")
"""Those of which a world document says in its own way what there is of them."""
