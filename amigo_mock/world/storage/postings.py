"""Postings: the ascending positions of the documents that have a value, by value."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from amigo_mock.world.storage.copy_on_write import CopyOnWriteSortedList
from amigo_mock.world.storage.copy_on_write_dict import CopyOnWriteDict

K = TypeVar("K", bound=Hashable)

FEW = 64  # positions that are a plain tuple

Positions = tuple[int, ...] | CopyOnWriteSortedList[int]


class Postings(Generic[K]):
    """The positions of each value. Most values of most fields have few positions."""

    __slots__ = ("_lists", "_own")

    def __init__(self, lists: Mapping[K, Sequence[int]] | None = None) -> None:
        self._own: dict[K, CopyOnWriteSortedList[int]] = {}  # lists that are not shared
        found = {value: self._kept(value, positions) for value, positions in (lists or {}).items()}
        self._lists: CopyOnWriteDict[K, Positions] = CopyOnWriteDict(found)

    def copy(self) -> Postings[K]:
        """Return the same postings, to be changed on their own."""
        twin: Postings[K] = Postings.__new__(Postings)
        twin._lists, twin._own = self._lists.copy(), {}
        self._own = {}
        return twin

    def __iter__(self) -> Iterator[K]:
        return iter(self._lists)

    def __len__(self) -> int:
        return len(self._lists)

    def items(self) -> Iterator[tuple[K, Positions]]:
        """Return the values with their positions."""
        return self._lists.items()

    def get(self, value: K) -> Positions:
        """Return the positions of a value."""
        return self._lists.get(value) or ()

    def add(self, value: K, position: int) -> None:
        """Give a value to a document, if it does not have it."""
        found = self.get(value)
        if isinstance(found, tuple):
            self._lists[value] = self._kept(value, sorted({*found, position}))
        else:
            self._changeable(value, found).add(position)

    def extend(self, value: K, positions: Sequence[int]) -> None:
        """Give a value to documents, ascending, after all that have a value."""
        found = self.get(value)
        if isinstance(found, tuple):
            self._lists[value] = self._kept(value, (*found, *positions))
        else:
            self._changeable(value, found).extend(positions)

    def remove(self, value: K, position: int) -> None:
        """Take a value from a document that has it."""
        found = self._lists[value]
        if len(found) == 1:
            del self._lists[value]
            self._own.pop(value, None)
        elif isinstance(found, tuple):
            self._lists[value] = tuple(each for each in found if each != position)
        else:
            self._changeable(value, found).remove(position)

    def _kept(self, value: K, positions: Sequence[int]) -> Positions:
        if len(positions) <= FEW:
            return tuple(positions)
        self._own[value] = many = CopyOnWriteSortedList(positions)
        return many

    def _changeable(
        self, value: K, found: CopyOnWriteSortedList[int]
    ) -> CopyOnWriteSortedList[int]:
        own = self._own.get(value)
        if own is None:
            own = self._lists[value] = self._own[value] = found.copy()
        return own
