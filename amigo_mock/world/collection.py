"""Collection: records of one kind by id, with unique names, indexes, orders and versions.

It knows no resource: a `Kind` tells it what to index. Records rest as the JSON they are served
as, so a page is a join of bytes and the garbage collector has nothing to walk through; a record
that is needed as a value is read back.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Generic, TypeVar, cast

from amigo_mock.world.changes import WHOLE, Note
from amigo_mock.world.kind import Kind, serialize
from amigo_mock.world.records import Stored, Version
from amigo_mock.world.storage.contained import Contained
from amigo_mock.world.storage.search import Index, Weights, weights
from amigo_mock.world.storage.table import NameTaken, Sort, Table, Where, has, members, size, window

R = TypeVar("R", bound=Stored)
V = TypeVar("V", bound=Version | None)
T = TypeVar("T")

LIVE: tuple[str, Iterable[Hashable]] = ("is_deleted", (False,))
MOVED = 256  # changes after which an index is brought up to date, whoever may search
RARE = 1024  # records that pass a filter and are ranked one by one


class Collection(Generic[R, V]):
    """Records of one kind in one organization.

    `snapshot` costs nothing: it hands out the containers, and the next change copies them first.
    """

    def __init__(self, kind: Kind[R, V]) -> None:
        self.kind = kind
        self._held = Table(kind)
        self._shared = False
        self.changes = 0
        self.note: Note | None = None

    def later(self, fill: Callable[[], None]) -> None:
        """Have an empty collection filled when it is first looked at, as if it always had been."""
        self._held.pending = fill

    def complete(self) -> None:
        """Do now what was left for later."""
        self._table.take_in()

    # Whole states

    def snapshot(self) -> Table:
        """The state as it is now, for `restore`."""
        self._shared = True
        return self._held

    def restore(self, table: Table) -> None:
        """Back to a state that `snapshot` gave."""
        self._held = table
        self._shared = True
        if self.note is not None:
            self.note(WHOLE, 0)

    # Reading

    def __len__(self) -> int:
        return len(self._table.rows)

    def get(self, id: str) -> R | None:
        """The record with this id, deleted or not."""
        position = self._table.positions.get(id)
        return None if position is None else self._record(position)

    def first(self) -> R | None:
        """The oldest live record."""
        return next(map(self._record, self._table.matching([LIVE])), None)

    def __contains__(self, id: str) -> bool:
        return id in self._table.positions

    def has_name(self, name: str) -> bool:
        """Return whether a live record has this name."""
        return name in self._table.names

    def named(self, name: str) -> R | None:
        """The live record that has this name."""
        return None if (place := self._table.names.get(name)) is None else self._record(place)

    def versions(self, id: str) -> tuple[bytes, ...]:
        """The JSON of a record's versions, first to last."""
        return self.stored(self._table.positions[id])[1]

    def latest(self, id: str) -> V:
        """A record's last version."""
        return self._last(self._table.positions[id])

    def version(self, id: str, number: int) -> V:
        """A version of a record by its number."""
        return self._version(self.versions(id)[number - 1])

    def rows(self) -> Iterator[tuple[bytes, tuple[bytes, ...]]]:
        """The JSON of every record and of its versions, in order of creation."""
        return zip(self._table.rows, self._table.versions, strict=True)

    def stored(self, position: int) -> tuple[bytes, tuple[bytes, ...]]:
        """The JSON of the record at a position, and of its versions."""
        return self._table.rows[position], self._table.versions[position]

    def values(self, field: str, where: Where = ()) -> list[Any]:
        """Every value that some record which passes the filters has in a label's field, sorted."""
        values = cast("Iterable[Any]", self._table.values(field))
        return sorted(value for value in values if self._table.any([*where, (field, (value,))]))

    def remember(self, name: str, make: Callable[[], T]) -> T:
        """The value that `make` has for the records; it is made anew after the next change."""
        known = self._table.known
        if name not in known:
            known[name] = make()
        return cast("T", known[name])

    @property
    def by_id(self) -> Mapping[str, R]:
        """Every record as a value, read once until the next change: for kinds that have few."""
        return self.remember("by id", self._by_id)

    def any_live(self, field: str, value: Hashable) -> bool:
        """Report whether a live record has this label."""
        return self._table.any([(field, (value,)), LIVE])

    def names(self) -> list[str]:
        """The names of the live records."""
        return list(self._table.names)

    def page(
        self,
        where: Where,
        sort: Sort,
        offset: int,
        limit: int,
        visible: Callable[[R], bool] | None = None,
    ) -> tuple[list[bytes], bool]:
        """The JSON of `limit` records from `offset` on, and whether there are more.

        Without `sort` in order of creation, with it ties in that order too, reversed if the last
        field descends.
        """
        table = self._table
        found = self._visible(table.sorted(where, sort), visible)
        start = min(offset, len(table.rows))  # a token may say anything; islice may not
        positions = window(found, start, start + limit + 1)
        return table.rows.at(positions[:limit]), len(positions) > limit

    def search(
        self, query: str, where: Where, limit: int, visible: Callable[[R], bool] | None = None
    ) -> list[bytes]:
        """The JSON of the `limit` best matches among records that are not deleted."""
        table, index = self._table, self._searchable()
        groups = sorted((table.group(*group) for group in (*where, LIVE)), key=size)
        found: Iterable[int]
        if size(groups[0]) <= RARE:
            found = index.rank(query, members(groups.pop(0)))
        else:
            found = index.find(query, [group[0] for group in groups if len(group) == 1])
            groups = [group for group in groups if len(group) > 1]
        found = (place for place in found if all(has(group, place) for group in groups))
        return [table.rows[place] for place in islice(self._visible(found, visible), limit)]

    def containing(
        self, query: str, where: Where, visible: Callable[[R], bool] | None = None
    ) -> list[bytes]:
        """The JSON of the records that are not deleted and have a text in theirs, oldest first."""
        table, wanted = self._table, Contained(query)
        found = table.matching([*where, LIVE])
        # To find a text in JSON takes a part of the time that it takes to read the JSON.
        found = (place for place in found if wanted.may_be_in(table.json(place)))
        found = (place for place in found if wanted.is_in(*self._text(place)))
        return [table.rows[place] for place in self._visible(found, visible)]

    # Writing

    def load(self, fill: Callable[[Table], None]) -> None:
        """Have many records put into an empty collection at once."""
        fill(self._writable(WHOLE))

    def add(self, record: R, *versions: V) -> None:
        """Add a record with its versions, first to last. Raises `NameTaken`."""
        if (unique := record.unique) is not None and unique in self._table.names:
            raise NameTaken(unique)
        row, texts = serialize(record), tuple([serialize(version) for version in versions])
        table = self._writable(len(self._table.rows))
        position = table.append(record, row, versions[-1] if versions else None, texts)
        if table.index is not None:
            self._move(position, {})

    def replace(self, record: R) -> None:
        """Put a changed record in the place of the one with its id. Raises `NameTaken`."""
        position, unique, row = self._table.positions[record.id], record.unique, serialize(record)
        if unique is not None and self._table.names.get(unique) not in (None, position):
            raise NameTaken(unique)
        table = self._writable(position)
        before, version = self._record(position), self._last(position)
        if table.index is not None:
            self._move(position, weights(*self.kind.text(before, version)))
        table.rows[position] = row
        if before.unique is not None:
            del table.names[before.unique]
        if unique is not None:
            table.names[unique] = position
        labels = self.kind.labels_of
        table.label(position, labels(before, version), labels(record, version))
        table.move(position, record)

    def add_version(self, id: str, version: V) -> None:
        """Append a version to the record with this id."""
        record, text = self.get(id), serialize(version)
        assert record is not None
        position = self._table.positions[id]
        table = self._writable(position)
        before = self._last(position)
        if table.index is not None:
            self._move(position, weights(*self.kind.text(record, before)))
        table.versions[position] = (*table.versions[position], text)
        labels = self.kind.labels_of
        table.label(position, labels(record, before), labels(record, version))

    @property
    def settled(self) -> bool:
        """True if time makes no difference to any record any more."""
        return self._table.settled

    def settle(self, now: datetime) -> None:
        """Let time pass for the records that it still makes a difference to."""
        for position in tuple(members(self._table.group("settled", (False,)))):
            record = self._record(position)
            if (later := self.kind.passed(record, now)) != record:
                self.replace(later)

    # Inside

    @property
    def _table(self) -> Table:
        if self._held.pending is not None:
            self._fill(self._held.pending)
        return self._held

    def _fill(self, fill: Callable[[], None]) -> None:
        # A shared table is filled in place: every collection that shares it has the same records.
        self._held.pending = None
        before, self._shared = (self._shared, self.changes), False
        fill()
        self._shared, self.changes = before

    def _by_id(self) -> Mapping[str, R]:
        records = map(self.kind.record.model_validate_json, self._table.rows)
        return {record.id: record for record in records}

    def _record(self, position: int) -> R:
        return self.kind.record.model_validate_json(self._table.rows[position])

    def _writable(self, position: int) -> Table:
        self.changes += 1
        table = self._table
        if self.note is not None:
            self.note(position, len(table.versions[position]) if position < len(table.rows) else 0)
        if self._shared:
            self._held = table = table.copy()
            self._shared = False
        table.known.clear()
        return table

    def _searchable(self) -> Index:
        table = self._table
        if table.index is None:
            rows = range(len(table.rows))
            table.index = Index(weights(*self._text(position)) for position in rows)
        for position, before in table.moved.items():
            table.index.change(position, before, weights(*self._text(position)))
        table.moved.clear()
        return table.index

    def _move(self, position: int, before: Weights) -> None:
        """Have a record indexed again before the next search."""
        if position not in self._table.moved and len(self._table.moved) == MOVED:
            self._searchable()
        self._table.moved.setdefault(position, before)

    def _last(self, position: int) -> V:
        versions = self._table.versions[position]
        return self._version(versions[-1]) if versions else cast("V", None)

    def _version(self, row: bytes) -> V:
        return cast("V", cast("type[Version]", self.kind.version).model_validate_json(row))

    def _text(self, position: int) -> tuple[str, str]:
        return self.kind.text(self._record(position), self._last(position))

    def _visible(self, found: Iterable[int], visible: Callable[[R], bool] | None) -> Iterable[int]:
        return found if visible is None else (n for n in found if visible(self._record(n)))
