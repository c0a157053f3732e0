"""Seeds: records as a world document has them, and their shared fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

from amigo_mock.world.fields import ObjectId, Tags, Text, Timestamp
from amigo_mock.world.records import UserInfo

_ID = re.compile("[a-f0-9]{24}")
_MAPPING = (dict, Mapping)  # nearly all are the first, which is quickly found out


class Seed(BaseModel):
    """A part of a world document: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, defer_build=True)


class Content(BaseModel):
    """Fields that a request's body and a world say alike."""

    model_config = ConfigDict(frozen=True, defer_build=True)


def content(model: type[Content]) -> Callable[[Any, object], dict[str, Any]]:
    """For a `Kind`: the fields of a version, each as its body or seed says it."""
    names = tuple(model.model_fields)

    def said(body: Any, _: object) -> dict[str, Any]:
        values: dict[str, Any] = vars(body)
        if len(values) == len(names):  # it is a body; a seed has more fields
            return values.copy()
        return {name: values[name] for name in names}

    return said


class UserInfoSeed(UserInfo):
    """A user, as a world names one."""

    model_config = ConfigDict(extra="forbid")


class Reference:
    """Marks a field of a seed that names a record of a kind, by id or name.

    Null is the first one, or none at all if that is `optional`.
    """

    def __init__(self, kind: str, *, optional: bool = False) -> None:
        self.kind = kind
        self.optional = optional


def given_ids(item: Any) -> list[str]:
    """Return the ids that an item of a list, not yet checked, gives itself and its versions."""
    if not isinstance(item, _MAPPING):
        return []
    versions = item.get("versions")
    holders = [item, *versions] if isinstance(versions, list | tuple) else [item]
    ids = [
        id
        for each in holders
        if isinstance(each, _MAPPING) and (id := each.get("_id") or each.get("id"))
    ]
    return [id for id in ids if isinstance(id, str) and _ID.fullmatch(id)] if ids else ids


class StoredSeed(Seed):
    """A record in a world: fields that are left out are made."""

    id: ObjectId | None = None
    created_at: Timestamp | None = None
    creator: UserInfoSeed | None = None


class NamedSeed(StoredSeed):
    """A named record in a world."""

    name: Text
    tags: Tags = Field(default_factory=dict)  # a default is copied, which takes longer
    updated_at: Timestamp | None = None
    updated_by: UserInfoSeed | None = None


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
    creator: UserInfoSeed | None = None
