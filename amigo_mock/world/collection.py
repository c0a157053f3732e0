"""Collection: records of one kind by id, with unique names, indexes, orders and versions.

It knows no resource: a `Kind` tells it what to index. Records rest as the JSON they are served
as, so a page is a join of bytes and the garbage collector has nothing to walk through; a record
that is needed as a value is read back.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import groupby, islice
from typing import Any, Generic, TypeVar, cast, overload

from amigo_mock.world.kind import Kind as Kind
from amigo_mock.world.kind import Label as Label
from amigo_mock.world.records import Stored, Version
from amigo_mock.world.search import Index, Weights, weights
from amigo_mock.world.table import Table

R = TypeVar("R", bound=Stored)
V = TypeVar("V", bound=Version | None)
T = TypeVar("T")

Where = Sequence[tuple[str, "Iterable[Hashable] | Between"]]  # for each field, one of the values
Sort = Sequence[tuple[str, bool]]  # fields, the deciding one first, and whether they descend

Group = list[list[int]]  # positions, ascending, by each of the values that one filter allows

COMMON = 16  # a filter that one record in so many passes is no rare one
LIVE: tuple[str, Iterable[Hashable]] = ("is_deleted", (False,))


@dataclass(frozen=True)
class Between:
    """The values of a sortable field from one to another, both included; None: without end."""

    first: Any
    last: Any


class NameTaken(Exception):
    """A live record has this name already."""


class Collection(Generic[R, V]):
    """Records of one kind in one organization.

    `snapshot` costs nothing: it hands out the containers, and the next change copies them first.
    """

    def __init__(self, kind: Kind[R, V]) -> None:
        self.kind = kind
        self._held = Table(kind.sortable)
        self._shared = False
        self.changes = 0

    def later(self, fill: Callable[[], None]) -> None:
        """Have an empty collection filled when it is first looked at, as if it always had been."""
        self._held.pending = fill

    def complete(self) -> None:
        """Fill it now, if that was left for later."""
        _ = self._table

    # Whole states

    def snapshot(self) -> Table:
        """The state as it is now, for `restore`."""
        self._shared = True
        return self._held

    def restore(self, table: Table) -> None:
        """Back to a state that `snapshot` gave."""
        self._held = table
        self._shared = True

    # Reading

    def __len__(self) -> int:
        return len(self._table.rows)

    def get(self, id: str) -> R | None:
        """The record with this id, deleted or not."""
        position = self._table.positions.get(id)
        return None if position is None else self._record(position)

    def first(self) -> R | None:
        """The oldest live record."""
        rows, _ = self.page([LIVE], (), 0, 1)
        return self.kind.record.model_validate_json(rows[0]) if rows else None

    def named(self, name: str) -> R | None:
        """The live record that has this name."""
        position = self._table.names.get(name)
        return None if position is None else self._record(position)

    def versions(self, id: str) -> tuple[bytes, ...]:
        """The JSON of a record's versions, first to last."""
        return self._table.versions[self._table.positions[id]]

    def latest(self, id: str) -> V:
        """A record's last version."""
        return self._last(self._table.positions[id])

    def version(self, id: str, number: int) -> V:
        """A version of a record by its number."""
        return self._version(self.versions(id)[number - 1])

    def rows(self) -> Iterator[tuple[bytes, tuple[bytes, ...]]]:
        """The JSON of every record and of its versions, in order of creation."""
        return zip(self._table.rows, self._table.versions, strict=True)

    def values(self, field: str) -> list[Any]:
        """Every value that some record has in a label's field, sorted."""
        return sorted(self._table.labels.get(field, ()))

    def remember(self, name: str, make: Callable[[], T]) -> T:
        """What `make` says of the records, which it is asked again after the next change."""
        known = self._table.known
        if name not in known:
            known[name] = make()
        return cast("T", known[name])

    def any_live(self, field: str, value: Hashable) -> bool:
        """Whether a live record has this label."""
        return any(True for _ in self._matching([(field, (value,)), LIVE]))

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
        found = self._sorted(where, sort)
        if visible is not None:
            found = self._visible(found, visible)
        if isinstance(found, Sequence):
            window = found[offset : offset + limit + 1]
        else:
            start = min(offset, len(self))  # a token may say anything; islice may not
            window = list(islice(found, start, start + limit + 1))
        rows = self._table.rows
        return [rows[position] for position in window[:limit]], len(window) > limit

    def search(
        self, query: str, where: Where, limit: int, visible: Callable[[R], bool] | None = None
    ) -> list[bytes]:
        """The JSON of the `limit` best matches among records that are not deleted."""
        groups = [self._group(*group) for group in (*where, LIVE)]
        found: Iterable[int] = (
            position
            for position in self._searchable().find(query)
            if all(_has(group, position) for group in groups)
        )
        if visible is not None:
            found = self._visible(found, visible)
        return [self._table.rows[position] for position in islice(found, limit)]

    # Writing

    def add(self, record: R, *versions: V) -> None:
        """Add a record with its versions, first to last. Raises `NameTaken`."""
        unique = record.unique
        if unique in self._table.names:
            raise NameTaken(unique)
        row, texts = _json(record), tuple([_json(version) for version in versions])
        table = self._writable()
        position = len(table.rows)
        table.rows.append(row)
        table.versions.append(texts)
        table.positions[record.id] = position
        self._enter(position, record, versions[-1] if versions else cast("V", None))

    def replace(self, record: R) -> None:
        """Put a changed record in the place of the one with its id. Raises `NameTaken`."""
        position = self._table.positions[record.id]
        if record.unique and self._table.names.get(record.unique, position) != position:
            raise NameTaken(record.unique)
        row = _json(record)
        table = self._writable()
        version = self._last(position)
        self._leave(position, self._record(position), version)
        table.rows[position] = row
        self._enter(position, record, version)

    def add_version(self, id: str, version: V) -> None:
        """Append a version to the record with this id."""
        record, text = self.get(id), _json(version)
        assert record is not None
        table = self._writable()
        position = table.positions[id]
        self._leave(position, record, self.latest(id))
        table.versions[position] = (*table.versions[position], text)
        self._enter(position, record, version)

    @property
    def settled(self) -> bool:
        """Whether time makes no difference to any record any more."""
        return "settled" not in self._table.labels or not self._table.labels["settled"]

    def settle(self, now: datetime) -> None:
        """Let time pass for the records that it still makes a difference to."""
        for position in tuple(self._table.labels.get("settled", {}).get(False, ())):
            record = self._record(position)
            later = self.kind.passed(record, now)
            if later != record:
                self.replace(later)

    # Inside

    @property
    def _table(self) -> Table:
        if self._held.pending is not None:
            self._fill()
        return self._held

    def _fill(self) -> None:
        # What is shared is filled in place: whoever shares it would do the same.
        fill, self._held.pending = self._held.pending, None
        before, self._shared = (self._shared, self.changes), False
        assert fill is not None
        fill()
        self._shared, self.changes = before

    def _record(self, position: int) -> R:
        return self.kind.record.model_validate_json(self._table.rows[position])

    def _writable(self) -> Table:
        self.changes += 1
        table = self._table
        if self._shared:
            self._held = table = table.copy()
            self._shared = False
        table.known.clear()
        return table

    def _enter(self, position: int, record: R, version: V) -> None:
        table = self._table
        unique = record.unique
        if unique is not None:
            table.names[unique] = position
        labels = table.labels
        for name, value in self._labels(record, version):
            values = labels.get(name)
            if values is None:
                values = labels[name] = {}
            found = values.get(value)
            if found is None:
                values[value] = [position]
            elif found[-1] < position:
                found.append(position)
            else:
                insort(found, position)
        for name, column in table.columns.items():
            value = getattr(record, name)
            if position == len(column):
                column.append(value)
            else:
                column[position] = value
            if name in table.orders:
                insort(table.orders[name], (value, position))
        if table.index is not None:
            table.index.put(position, self._weights(record, version))

    def _leave(self, position: int, record: R, version: V) -> None:
        table = self._table
        if record.unique is not None and table.names.get(record.unique) == position:
            del table.names[record.unique]
        for name, value in self._labels(record, version):
            found = table.labels[name][value]
            del found[bisect_left(found, position)]
            if not found:
                del table.labels[name][value]
        for name, order in table.orders.items():
            del order[bisect_left(order, (table.columns[name][position], position))]

    def _labels(self, record: R, version: V) -> list[Label]:
        found = record.labels()
        if not record.settled:
            found.append(("settled", False))
        found += self.kind.labels(record)
        for kind, ids in self.kind.references.items():
            found += [(kind, id) for id in set(ids(record, version))]
        return found

    def _group(self, field: str, values: Iterable[Hashable] | Between) -> Group:
        if isinstance(values, Between):
            return [self._between(field, values)]
        if field == "id":
            positions = self._table.positions
            return [sorted(positions[id] for id in map(str, values) if id in positions)]
        labels = self._table.labels.get(field, {})
        return [labels[value] for value in values if value in labels]

    def _matching(self, where: Where) -> Iterable[int]:
        if not where:
            return range(len(self._table.rows))
        groups = [self._group(*group) for group in where]
        rarest, *others = sorted(groups, key=_size)
        # A record may have several of the values; merged, its positions stand side by side.
        found = rarest[0] if len(rarest) == 1 else (key for key, _ in groupby(merge(*rarest)))
        if not others:
            return found
        return (position for position in found if all(_has(group, position) for group in others))

    def _sorted(self, where: Where, sort: Sort) -> Iterable[int]:
        if not sort:
            return self._matching(where)
        groups = [self._group(*group) for group in where]
        common = all(_size(group) * COMMON > len(self) for group in groups)
        if len(sort) == 1 and common:
            found = _Ordered(self._order(sort[0][0]), descending=sort[0][1])
            if not where:
                return found
            # Most of them match: a page is full before many were looked at.
            return (
                position for position in found if all(_has(group, position) for group in groups)
            )
        positions = list(self._matching(where))
        if sort[-1][1]:
            positions.reverse()
        for name, descending in reversed(sort):
            positions.sort(key=self._table.columns[name].__getitem__, reverse=descending)
        return positions

    def _order(self, name: str) -> list[tuple[Any, int]]:
        table = self._table
        if name not in table.orders:
            column = table.columns[name]
            table.orders[name] = sorted(zip(column, range(len(column)), strict=True))
        return table.orders[name]

    def _searchable(self) -> Index:
        table = self._table
        if table.index is None or table.index.worn:
            table.index = Index(
                self._weights(self._record(position), self._last(position))
                for position in range(len(table.rows))
            )
        return table.index

    def _between(self, field: str, bounds: Between) -> list[int]:
        order = self._order(field)
        first = 0 if bounds.first is None else bisect_left(order, (bounds.first, -1))
        last = len(order) if bounds.last is None else bisect_left(order, (bounds.last, len(self)))
        return sorted(position for _, position in order[first:last])

    def _last(self, position: int) -> V:
        versions = self._table.versions[position]
        return self._version(versions[-1]) if versions else cast("V", None)

    def _version(self, row: bytes) -> V:
        return cast("V", cast("type[Version]", self.kind.version).model_validate_json(row))

    def _weights(self, record: R, version: V) -> Weights:
        return weights(*self.kind.text(record, version))

    def _visible(self, found: Iterable[int], visible: Callable[[R], bool]) -> Iterator[int]:
        return (position for position in found if visible(self._record(position)))


class _Ordered(Sequence[int]):
    """The positions of an order, either way round, without copying it."""

    def __init__(self, order: list[tuple[Any, int]], descending: bool) -> None:
        self._order = order
        self._places = range(len(order))[::-1] if descending else range(len(order))

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> list[int]: ...
    def __getitem__(self, place: int | slice) -> int | list[int]:
        if isinstance(place, slice):
            return [self._order[found][1] for found in self._places[place]]
        return self._order[self._places[place]][1]


def _json(record: Any) -> bytes:
    row: bytes = record.__pydantic_serializer__.to_json(record, by_alias=True)
    return row


def _size(group: Group) -> int:
    return sum(map(len, group))


def _has(group: Group, position: int) -> bool:
    for positions in group:
        place = bisect_left(positions, position)
        if place < len(positions) and positions[place] == position:
            return True
    return False
