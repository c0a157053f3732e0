"""WorldRows: the records of a world as rows of a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from amigo_mock.engine.persistence.database import Database
from amigo_mock.engine.persistence.reasons import DAMAGED
from amigo_mock.errors import StateError
from amigo_mock.world.changes import WHOLE, Changes
from amigo_mock.world.identity import Identity
from amigo_mock.world.storage.builder import TableBuilder
from amigo_mock.world.storage.table import Table
from amigo_mock.world.world import Kinds, Organization, Records, World

Row = tuple[int, bytes, str | None]
Begin = Callable[[World, Organization, Records], None]

# Each kind has a table of its own: a new record then comes last in it, which SQLite writes with
# one page of the file. In the midst of others it moves those, and takes five.
TABLE = "CREATE TABLE IF NOT EXISTS rows_{}(place INTEGER PRIMARY KEY, row BLOB, last_id TEXT)"
PUT = "INSERT OR REPLACE INTO rows_{} VALUES (?, ?, ?)"
ALL = "SELECT place, row, last_id FROM rows_{} WHERE place >= ? AND place < ? ORDER BY place"
EMPTY = "DELETE FROM rows_{}"
EMPTY_PART = "DELETE FROM rows_{} WHERE place >= ? AND place < ?"

# A place is one number, which SQLite finds soonest: that of a collection, then so many bits for the
# position in it, then so many for the record itself (0) and its versions (from 1 on).
POSITION_BITS, VERSION_BITS = 27, 20
COLLECTION_BITS = 63 - POSITION_BITS - VERSION_BITS


class WorldRows:
    """A row for each record and each of its versions, in a place of their own.

    The row of a record also has the last id that there was of its kind when it was written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers: dict[tuple[str, str], int] = {}

    # Writing

    def write(self, world: World, changes: Changes) -> None:
        """Write what changed."""
        if changes.everything:
            self._write_everything(world)
            return
        for (id, kind), positions in changes.records.items():
            organization = world.organization(id)
            if organization is not None:  # else it was replaced since
                self._write_changed(world, id, organization.named(kind), positions)

    def _write_everything(self, world: World) -> None:
        for kind in world.kinds:
            self._database.execute(TABLE.format(kind))
            self._database.execute(EMPTY.format(kind))
        self._database.execute("DELETE FROM collections")
        self._numbers.clear()
        for organization in world:
            for collection in organization.collections():
                self._write_collection(world, organization.id, collection)

    def _write_collection(self, world: World, id: str, collection: Records) -> None:
        number, last = self._number(id, collection), _last(world, id, collection)
        self._database.many(PUT.format(collection.kind.name), _all(number, collection, last))

    def _write_changed(
        self, world: World, id: str, collection: Records, positions: Mapping[int, int]
    ) -> None:
        number = self._number(id, collection)
        if WHOLE in positions:
            self._database.execute(EMPTY_PART.format(collection.kind.name), _bounds(number))
            self._write_collection(world, id, collection)
            return
        execute, last = self._database.execute, _last(world, id, collection)
        put = PUT.format(collection.kind.name)
        for position, known in positions.items():
            row, versions = collection.stored(position)
            place = _place(number, position, len(versions))
            execute(put, (place, row, last))
            for version in range(known, len(versions)):
                execute(put, (place + version + 1, versions[version], None))

    def _number(self, id: str, collection: Records) -> int:
        key = id, collection.kind.name
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self._numbers)
            self._database.execute("INSERT INTO collections VALUES (?, ?, ?)", (found, *key))
        return found

    # Reading

    def read(self, kinds: Kinds, seed: int, begin: Begin) -> tuple[World, bool]:
        """The world that is in the rows, and whether all kinds of it are.

        `begin` makes the records of a kind that they do not know, if it is one of today's. Nothing
        is checked that was checked when it was written.
        """
        world = World(kinds, seed)
        self._numbers.clear()
        organizations: dict[str, dict[str, Table]] = {}
        last: dict[tuple[str, str], int] = {}
        statement = "SELECT number, organization, kind FROM collections ORDER BY number"
        for number, id, kind in self._database.execute(statement).fetchall():
            if kind not in world.kinds:
                raise StateError(
                    f"state file {self._database.path}: has records of the kind {kind!r}, which "
                    "this amigo-mock does not know: use the one that wrote it"
                )
            self._numbers[id, kind] = number
            builder = TableBuilder(world.kinds[kind])
            try:
                last_id = self._read_collection(number, builder)
            except ValidationError:
                raise StateError(f"state file {self._database.path}: {DAMAGED}") from None
            if last_id:
                last[id, kind] = int(last_id, 16)
            table = organizations.setdefault(id, {})[kind] = Table(builder.kind)
            builder.fill(table)
        for id, tables in organizations.items():
            world.put(_organization(world, id, tables, begin))
        world.ids.go_on(last)
        return world, len(self._numbers) == len(organizations) * len(world.kinds)

    def _read_collection(self, number: int, builder: TableBuilder[Any, Any]) -> str:
        """Read the records of a collection, and return the last id that there was of its kind."""
        statement = ALL.format(builder.kind.name)
        record_bits = (1 << VERSION_BITS) - 1
        greatest, record = "", b""
        versions: list[bytes] = []
        for place, row, last_id in self._database.execute(statement, _bounds(number)):
            if place & record_bits:
                versions.append(row)
                continue
            if record:
                builder.add_stored(record, tuple(versions))
            record, versions = row, []
            greatest = max(greatest, last_id or "")
        if record:
            builder.add_stored(record, tuple(versions))
        return greatest


def _organization(world: World, id: str, tables: Mapping[str, Table], begin: Begin) -> Organization:
    def fill(collection: Records) -> None:
        table = tables.get(collection.kind.name)
        if table is None:
            begin(world, organization, collection)
        else:
            collection.restore(table)

    organization = Organization(Identity(id, id), world.kinds, fill)
    for kind in tables:
        organization.named(kind)
    return organization


def _all(number: int, collection: Records, last: str) -> Iterator[Row]:
    for position, (row, versions) in enumerate(collection.rows()):
        place = _place(number, position, len(versions))
        yield place, row, last
        for version, text in enumerate(versions, 1):
            yield place + version, text, None


def _bounds(number: int) -> tuple[int, int]:
    """The first place of a collection, and the first after it."""
    return _place(number, 0), _place(number + 1, 0)


def _place(number: int, position: int, versions: int = 0) -> int:
    if position >> POSITION_BITS or versions >> VERSION_BITS or number >> COLLECTION_BITS:
        raise StateError("there is more than a state file has places for")
    return (number << POSITION_BITS | position) << VERSION_BITS


def _last(world: World, id: str, collection: Records) -> str:
    return f"{world.ids.of(id, collection.kind.name).last:024x}"
