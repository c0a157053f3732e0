"""Records: what a world holds. A file of one noun for each resource, and what all of them share."""

from amigo_mock.world.records.base import (
    Named,
    Record,
    RedactedRepr,
    Secret,
    Stored,
    Tag,
    TagList,
    Tracked,
    UserInfo,
    Version,
    tags_by_key,
)
from amigo_mock.world.records.identity import ApiKey, Condition, Equals, Grant, In, NotEquals, User

__all__ = [
    "ApiKey",
    "Condition",
    "Equals",
    "Grant",
    "In",
    "Named",
    "NotEquals",
    "Record",
    "RedactedRepr",
    "Secret",
    "Stored",
    "Tag",
    "TagList",
    "Tracked",
    "User",
    "UserInfo",
    "Version",
    "tags_by_key",
]
