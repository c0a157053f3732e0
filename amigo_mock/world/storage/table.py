"""Table: the containers of a collection, and which positions in them answer a question."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice
from typing import Any

from amigo_mock.world.kind import Kind, Label
from amigo_mock.world.storage.copy_on_write import CopyOnWriteList, CopyOnWriteSortedList
from amigo_mock.world.storage.copy_on_write_dict import CopyOnWriteDict
from amigo_mock.world.storage.labelled import Labelled
from amigo_mock.world.storage.postings import Positions, Postings
from amigo_mock.world.storage.search import Index, Weights

COMMON = 16  # a filter that one record in so many passes is no rare one
FRESH = 256  # new records after which their labels are taken in, whoever may ask


@dataclass(frozen=True)
class Between:
    """The values of a sortable field from one to another, both included; None: without end."""

    first: Any
    last: Any


Where = Sequence[tuple[str, Iterable[Hashable] | Between]]  # for each field, one of the values
Sort = Sequence[tuple[str, bool]]  # fields, the deciding one first, and whether they descend

Group = list[Positions]  # by each of the values that one filter allows
Order = CopyOnWriteSortedList[tuple[Any, int]]  # values of a field with their positions


class NameTaken(Exception):
    """A live record has this name already."""


class Table:
    """The containers of a collection. Records have positions, in order of creation."""

    def __init__(self, kind: Kind[Any, Any]) -> None:
        self.pending: Callable[[], None] | None = None
        self.rows: CopyOnWriteList[bytes] = CopyOnWriteList()
        self.versions: CopyOnWriteList[tuple[bytes, ...]] = CopyOnWriteList()
        self.positions: CopyOnWriteDict[str, int] = CopyOnWriteDict()
        self.names: CopyOnWriteDict[str, int] = CopyOnWriteDict()
        self.index: Index | None = None
        self.moved: dict[int, Weights] = {}  # what the index has of what changed since
        self.known: dict[str, object] = {}
        self._kind = kind
        self._fresh = Labelled()  # the last records, which no label leads to yet
        self._labels: dict[str, Postings[Hashable]] = {}
        self._columns: dict[str, CopyOnWriteList[Any]] = {
            name: CopyOnWriteList() for name in kind.sortable
        }
        self._orders: dict[str, Order] = {}

    def copy(self) -> Table:
        """Return a table of the same records, to be changed on its own."""
        self.take_in()
        twin = Table.__new__(Table)
        twin._kind, twin._fresh = self._kind, Labelled()
        twin.pending, twin.known = None, {}
        twin.rows, twin.versions = self.rows.copy(), self.versions.copy()
        twin.positions, twin.names = self.positions.copy(), self.names.copy()
        twin._labels = {name: postings.copy() for name, postings in self._labels.items()}
        twin._columns = {name: column.copy() for name, column in self._columns.items()}
        twin._orders = {name: order.copy() for name, order in self._orders.items()}
        twin.index = self.index.copy() if self.index else None
        twin.moved = self.moved.copy()
        return twin

    # Changing

    def append(self, record: Any, row: bytes, latest: Any, versions: tuple[bytes, ...]) -> int:
        """Add a record with its JSON and that of its versions. Return its position."""
        position = len(self.rows)
        self.rows.append(row)
        self.versions.append(versions)
        self.positions[record.id] = position
        if (unique := record.unique) is not None:
            self.names[unique] = position
        for name, column in self._columns.items():
            column.append(getattr(record, name))
        for name, order in self._orders.items():
            order.add((getattr(record, name), position))
        self._fresh.add(position, self._kind.labels_of(record, latest))
        if len(self._fresh) == FRESH or not record.settled:
            self.take_in()
        return position

    def take_in(self) -> None:
        """Have the labels of new records lead to them. Many at once take a part of the time."""
        if self._fresh:
            self._fresh, fresh = Labelled(), self._fresh
            self.post(fresh)

    def post(self, labelled: Labelled) -> None:
        """Have their labels lead to records after all others."""
        for (name, value), positions in labelled.by_label().items():
            self._postings(name).extend(value, positions)

    def fill(self, columns: Mapping[str, Sequence[Any]], labelled: Labelled) -> None:
        """Have the records of an empty table ordered and found."""
        for name, values in columns.items():
            self._columns[name] = CopyOnWriteList(values)
        self.post(labelled)

    def label(self, position: int, before: Iterable[Label], after: Iterable[Label]) -> None:
        """Let a changed record be found by other labels than before."""
        self.take_in()
        old, new = set(before), set(after)
        for name, value in old - new:
            self._labels[name].remove(value, position)
        for name, value in new - old:
            self._postings(name).add(value, position)

    def move(self, position: int, record: object) -> None:
        """Let a changed record be ordered by what it has in the sortable fields."""
        for name, column in self._columns.items():
            before, value = column[position], getattr(record, name)
            column[position] = value
            if name in self._orders:
                self._orders[name].remove((before, position))
                self._orders[name].add((value, position))

    def _postings(self, field: str) -> Postings[Hashable]:
        found = self._labels.get(field)
        if found is None:
            found = self._labels[field] = Postings()
        return found

    # Asking

    def json(self, position: int) -> tuple[bytes, ...]:
        """Return the JSON of a record and of its last version."""
        return self.rows[position], *self.versions[position][-1:]

    @property
    def settled(self) -> bool:
        """True if time makes no difference to any record."""
        return not self._labels.get("settled")  # those that are not are taken in at once

    def values(self, field: str) -> Iterable[Hashable]:
        """Return every value that some record has in a label's field."""
        self.take_in()
        return self._labels.get(field, ())

    def group(self, field: str, values: Iterable[Hashable] | Between) -> Group:
        """Return the positions of the records that have one of the values in a field."""
        if isinstance(values, Between):
            return [self._between(field, values)]
        if field == "id":
            found = (self.positions.get(str(id)) for id in values)
            return [tuple(sorted({position for position in found if position is not None}))]
        self.take_in()
        postings = self._labels.get(field)
        return [postings.get(value) for value in values if value in postings] if postings else []

    def any(self, where: Where) -> bool:
        """Return whether some record has all that is wanted."""
        return next(iter(self.matching(where)), None) is not None

    def matching(self, where: Where) -> Iterable[int]:
        """Find the positions of the records that have all that is wanted, ascending."""
        if not where:
            return range(len(self.rows))
        rarest, *others = sorted((self.group(*group) for group in where), key=size)
        found = members(rarest)
        if not others:
            return found
        return (position for position in found if all(has(group, position) for group in others))

    def sorted(self, where: Where, sort: Sort) -> Iterable[int]:
        """Find the same, in an order."""
        if not sort:
            return self.matching(where)
        groups = [self.group(*group) for group in where]
        common = all(size(group) * COMMON > len(self.rows) for group in groups)
        if len(sort) == 1 and common:
            (name, descending), *_ = sort
            order = self._order(name)
            if not where:
                return Ordered(order, descending)
            # Most of them match: a page is full before many were looked at.
            found = reversed(order) if descending else iter(order)
            return (place for _, place in found if all(has(group, place) for group in groups))
        positions = list(self.matching(where))
        if sort[-1][1]:
            positions.reverse()
        for name, descending in reversed(sort):
            column: Any = self._columns[name]
            if len(positions) * COMMON > len(column):
                column = list(column)
            positions.sort(key=column.__getitem__, reverse=descending)
        return positions

    def _order(self, name: str) -> Order:
        if name not in self._orders:
            column = self._columns[name]
            self._orders[name] = CopyOnWriteSortedList(zip(column, range(len(column)), strict=True))
        return self._orders[name]

    def _between(self, field: str, bounds: Between) -> Positions:
        order = self._order(field)
        last = len(self.rows)
        start = 0 if bounds.first is None else order.count_below((bounds.first, -1))
        stop = last if bounds.last is None else order.count_below((bounds.last, last))
        return tuple(sorted(position for _, position in order.slice(start, stop)))


class Ordered:
    """The positions of an order, either way round, without copying it."""

    def __init__(self, order: Order, descending: bool) -> None:
        self._order = order
        self._descending = descending

    def __iter__(self) -> Iterator[int]:
        found = reversed(self._order) if self._descending else iter(self._order)
        return (position for _, position in found)

    def window(self, start: int, stop: int) -> list[int]:
        """Return the positions from one place to before another."""
        if not self._descending:
            return [position for _, position in self._order.slice(start, stop)]
        count = len(self._order)
        found = self._order.slice(max(0, count - stop), max(0, count - start))
        return [position for _, position in reversed(found)]


def window(found: Iterable[int], start: int, stop: int) -> Sequence[int]:
    """Return the positions from one place to before another."""
    if isinstance(found, (range, tuple, list)):
        return found[start:stop]
    if isinstance(found, Ordered):
        return found.window(start, stop)
    if isinstance(found, CopyOnWriteSortedList):
        return found.slice(start, stop)
    return list(islice(found, start, stop))


def size(group: Group) -> int:
    """Return how many positions a group has, those of several values more than once."""
    return sum(map(len, group))


def members(group: Group) -> Iterable[int]:
    """Return the positions of a group, ascending."""
    if len(group) == 1:
        return group[0]
    # A record may have several of the values; merged, its positions stand side by side.
    return (position for position, _ in groupby(merge(*group)))


def has(group: Group, position: int) -> bool:
    """Return whether a position is in a group."""
    for positions in group:
        if isinstance(positions, tuple):
            place = bisect_left(positions, position)
            if place < len(positions) and positions[place] == position:
                return True
        elif position in positions:
            return True
    return False
