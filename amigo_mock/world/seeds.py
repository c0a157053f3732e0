"""What records of a world document have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

from amigo_mock.world.fields import ObjectId, Tags, Text, Timestamp
from amigo_mock.world.records import UserInfo


class Seed(BaseModel):
    """A part of a world document: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, defer_build=True)


class Content(BaseModel):
    """Fields that a request's body and a world say alike."""

    model_config = ConfigDict(frozen=True, defer_build=True)


def content(model: type[Content]) -> Callable[[Any, object], dict[str, Any]]:
    """For a `Kind`: the fields of a version, each as its body or seed says it."""
    names = tuple(model.model_fields)
    return lambda body, _: {name: getattr(body, name) for name in names}


class Doer(UserInfo):
    """Who did it, in a world."""

    model_config = ConfigDict(extra="forbid")


class Reference:
    """Marks a field of a seed that names a record of a kind, by id or name.

    Null is the first one, or none at all if that is `optional`.
    """

    def __init__(self, kind: str, *, optional: bool = False) -> None:
        self.kind = kind
        self.optional = optional


class StoredSeed(Seed):
    """What a world holds: what is left out is made."""

    id: ObjectId | None = None
    created_at: Timestamp | None = None
    creator: Doer | None = None


class NamedSeed(StoredSeed):
    """A named record in a world."""

    name: Text
    tags: Tags = {}
    updated_at: Timestamp | None = None
    updated_by: Doer | None = None


class RecordSeed(NamedSeed):
    """A record in a world that may have been deleted."""

    is_deleted: bool = False


class VersionSeed(Seed):
    """A version in a world: what is left out is made."""

    id: ObjectId | None = Field(None, alias="_id")
    org_id: str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    version: int | None = None
    creator: Doer | None = None
