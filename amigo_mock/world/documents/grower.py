"""Grower: makes records from the items of a world document. What they leave out is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic_core import PydanticSerializationError

from amigo_mock.errors import MockError
from amigo_mock.world.documents.document import USER
from amigo_mock.world.documents.references import references, resolve_references
from amigo_mock.world.documents.seeds import StoredSeed, VersionSeed
from amigo_mock.world.kind import Kind
from amigo_mock.world.records import ApiKey, User, UserInfo, Version
from amigo_mock.world.storage.builder import TableBuilder
from amigo_mock.world.storage.table import NameTaken
from amigo_mock.world.world import Organization, Records, World

Named = TypeVar("Named", User, ApiKey, Version)


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

    def grow(self, item: StoredSeed, where: str) -> tuple[Any, Sequence[Any]]:
        """Make a record with its versions, and return them. Raises `MockError` for a mistake."""
        seed = resolve_references(item, self._organization, where) if self._refers else item
        record, beside = self._record(seed, where), self._beside
        if record.id in self.builder or (beside is not None and record.id in beside):
            raise MockError(f"{where}.id: {record.id!r} is the id of another one before it")
        versions = self._versions(record, seed, where) if self._versioned else ()
        try:
            if beside is not None and record.unique is not None and beside.has_name(record.unique):
                raise NameTaken(record.unique)
            self.builder.add(record, versions)
        except NameTaken:
            raise MockError(f"{where}.name: {record.unique!r} is the name of another one") from None
        except PydanticSerializationError:
            raise MockError(f"{where}: has half of a surrogate pair, which is no text") from None
        return record, versions

    def _record(self, seed: Any, where: str) -> Any:
        values = vars(seed).copy()
        for name, value in self._kind.own(seed, self._owner).items():
            if isinstance(value, str) and values.get(name) not in (None, value):
                raise MockError(f"{where}.{name}: can only be {value!r} here, or left out")
            values[name] = value
        values["id"] = values["id"] or self._ids.make()
        values["created_at"] = created = values["created_at"] or self._now
        values["creator"] = creator = values["creator"] or self._creator
        values["updated_at"] = values.get("updated_at") or created
        values["updated_by"] = values.get("updated_by") or creator
        for name in self._surplus:
            del values[name]
        return self._kind.make_record(values)

    def _versions(self, record: Any, seed: Any, where: str) -> Sequence[Any]:
        seeds = seed.versions
        if len(seeds) == 1:
            return (self._version(record, seeds[0], 1, where),)
        found = [self._version(record, each, number, where) for number, each in enumerate(seeds, 1)]
        by_id(found, f"{where}.versions", "_id")
        return found

    def _version(self, record: Any, seed: VersionSeed, number: int, where: str) -> Any:
        said, kind, owner = vars(seed), self._kind, self._owner
        values = kind.content(seed, owner)
        settled = ("version", number), ("org_id", owner.id), (kind.parent, record.id)
        for name, value in settled:
            if said[name] is not None and said[name] != value:
                place = f"{where}.versions.{number - 1}.{name}"
                raise MockError(f"{place}: can only be {value!r} here, or left out")
            values[name] = value
        values["id"] = said["id"] or self._ids.make()
        values["created_at"] = created = said["created_at"] or record.created_at
        values["updated_at"] = said["updated_at"] or created
        values["creator"] = said["creator"] or record.creator
        return kind.make_version(values)


def by_id(items: Iterable[Named], where: str, field: str = "id") -> Mapping[str, Named]:
    """Return items by their ids. Raises `MockError` if two have the same one."""
    found: dict[str, Named] = {}
    for number, item in enumerate(items):
        if item.id in found:
            raise MockError(
                f"{where}.{number}.{field}: {item.id!r} is the id of another one before it"
            )
        found[item.id] = item
    return found
