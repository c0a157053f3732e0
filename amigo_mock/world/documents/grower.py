"""Grower: makes records from the items of a world document. What they leave out is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import PydanticSerializationError

from amigo_mock.world.documents.document import USER
from amigo_mock.world.documents.mistakes import Mistake, Place
from amigo_mock.world.documents.references import references, resolve_references
from amigo_mock.world.documents.seeds import StoredSeed, VersionSeed
from amigo_mock.world.kind import Kind
from amigo_mock.world.records import ApiKey, User, UserInfo, Version
from amigo_mock.world.storage.builder import TableBuilder
from amigo_mock.world.storage.table import NameTaken
from amigo_mock.world.world import Organization, Records, World


class Grower:
    """Makes the records of a kind for an organization.

    They are gathered in `builder`, apart from those that are there already (`beside`), where a
    broken one can be left behind.
    """

    def __init__(
        self,
        world: World,
        organization: Organization,
        kind: Kind[Any, Any],
        now: datetime,
        beside: Records | None = None,
    ) -> None:
        self.builder = TableBuilder(kind)
        self._ids = world.ids.of(organization.id, kind.name)
        self._organization = organization
        self._owner = owner = organization.identity
        self._kind = kind
        self._now = now
        self._beside = beside
        self._creator = UserInfo(org_id=owner.id, user_id=next(iter(owner.users), USER))
        given = {*kind.seed.model_fields, "created_at", "creator", "updated_at", "updated_by"}
        self._versioned = kind.versioned
        self._refers = bool(references(kind.seed))
        self._surplus = given - kind.record.model_fields.keys()

    def has_name(self, name: str) -> bool:
        """Return whether a live record, new or old, has this name."""
        beside = self._beside
        return self.builder.has_name(name) or (beside is not None and beside.has_name(name))

    def grow(self, item: StoredSeed, place: Place) -> tuple[Any, Sequence[Any]]:
        """Make a record with its versions, and return them. Raises a `Mistake`."""
        seed = resolve_references(item, self._organization, place) if self._refers else item
        record, beside = self._record(seed, place), self._beside
        if record.id in self.builder or (beside is not None and record.id in beside):
            raise Mistake(f"{record.id!r} is the id of another one before it", *place, "id")
        versions = self._versions(record, seed, place) if self._versioned else ()
        try:
            if beside is not None and record.unique is not None and beside.has_name(record.unique):
                raise NameTaken(record.unique)
            self.builder.add(record, versions)
        except NameTaken:
            raise Mistake(f"{record.unique!r} is the name of another one", *place, "name") from None
        except PydanticSerializationError:
            raise Mistake("has half of a surrogate pair, which is no text", *place) from None
        return record, versions

    def _record(self, seed: Any, place: Place) -> Any:
        values = vars(seed).copy()
        for name, value in self._kind.own(seed, self._owner).items():
            if isinstance(value, str) and values.get(name) not in (None, value):
                raise Mistake(f"can only be {value!r} here, or left out", *place, name)
            values[name] = value
        values["id"] = values["id"] or self._ids.make()
        values["created_at"] = created = values["created_at"] or self._now
        values["creator"] = creator = values["creator"] or self._creator
        values["updated_at"] = values.get("updated_at") or created
        values["updated_by"] = values.get("updated_by") or creator
        for name in self._surplus:
            del values[name]
        return self._kind.make_record(values)

    def _versions(self, record: Any, seed: Any, place: Place) -> Sequence[Any]:
        seeds = seed.versions
        if len(seeds) == 1:
            return (self._version(record, seeds[0], 1, place),)
        found = [self._version(record, each, number, place) for number, each in enumerate(seeds, 1)]
        for mistake in repeated_ids(found, (*place, "versions"), "_id"):
            raise mistake
        return found

    def _version(self, record: Any, seed: VersionSeed, number: int, place: Place) -> Any:
        said, kind, owner = vars(seed), self._kind, self._owner
        values = kind.content(seed, owner)
        settled = ("version", number), ("org_id", owner.id), (kind.parent, record.id)
        for name, value in settled:
            if said[name] is not None and said[name] != value:
                text = f"can only be {value!r} here, or left out"
                raise Mistake(text, *place, "versions", number - 1, name)
            values[name] = value
        values["id"] = said["id"] or self._ids.make()
        values["created_at"] = created = said["created_at"] or record.created_at
        values["updated_at"] = said["updated_at"] or created
        values["creator"] = said["creator"] or record.creator
        return kind.make_version(values)


def repeated_ids(
    items: Iterable[User | ApiKey | Version], place: Place, field: str = "id"
) -> Iterator[Mistake]:
    """Yield a mistake for each item that has the id of one before it."""
    found: set[str] = set()
    for number, item in enumerate(items):
        if item.id in found:
            yield Mistake(f"{item.id!r} is the id of another one before it", *place, number, field)
        found.add(item.id)
