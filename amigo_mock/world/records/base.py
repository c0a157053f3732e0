"""Records: frozen values, as they go over the wire, and what all of them share.

Names, types and required fields are those of the published document. A record is serialized once,
when it is stored, and joined into every page that shows it.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer


class Secret:
    """Marks a field whose content must not reach a log, the journal, a report or a repr."""


class RedactedRepr(BaseModel):
    """A model whose repr does not show what its secret fields hold."""

    def __repr_args__(self) -> Any:
        hidden = _secret_fields(type(self))
        return [(name, "..." if name in hidden else value) for name, value in self]


class Record(RedactedRepr):
    """A frozen value. A change is a new record in the place of the old one."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, defer_build=True)


@cache
def _secret_fields(model: type[BaseModel]) -> frozenset[str]:
    fields = model.__pydantic_fields__.items()
    return frozenset(
        name for name, field in fields if any(isinstance(item, Secret) for item in field.metadata)
    )


class UserInfo(Record):
    """A user, as records name one."""

    org_id: str
    user_id: str


class Stored(Record):
    """A record that a collection holds, and the questions that all of them answer."""

    id: str = Field(description="24 lower-case hexadecimal digits.")

    @property
    def live(self) -> bool:
        """Tell whether it is in use: neither deleted nor deactivated."""
        return True

    @property
    def unique(self) -> str | None:
        """The name that no other live record of its kind has; none, if it needs none."""
        return None

    @property
    def settled(self) -> bool:
        """Tell whether the passing of time changes it no more."""
        return True

    def labels(self) -> list[tuple[str, Hashable]]:
        """The values it can be found by, each with its field."""
        return [("is_deleted", not self.live)]


class Named(Stored):
    """A record with a name, tags, and who created and changed it."""

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
        creator = self.creator
        found: list[tuple[str, Hashable]] = [
            ("is_deleted", not self.live),
            ("creator", f"{creator.org_id},{creator.user_id}"),
        ]
        for key, value in self.tags.items():
            found += (("tag", key), ("tag=", (key, value)))
        return found


class Tracked(Named):
    """A named resource that is deleted without going away."""

    is_deleted: bool = Field(description="Whether it was deleted; it can still be read.")

    @property
    def live(self) -> bool:
        """Tell whether it is not deleted."""
        return not self.is_deleted


class Version(Record):
    """A version of a record. `id` is `_id` on the wire."""

    id: str = Field(alias="_id", description="24 lower-case hexadecimal digits.")
    org_id: str = Field(description="The organization it belongs to.")
    created_at: datetime = Field(description="When it was created.")
    updated_at: datetime = Field(description="Equal to `created_at`: a version never changes.")
    version: int = Field(description="1 for the first one.")
    creator: UserInfo = Field(description="Who created this version.")


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
