"""Postings: the ascending positions of the documents that have a value, by value."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from amigo_mock.world.storage.copy_on_write import CopyOnWriteDict, CopyOnWriteSortedList

K = TypeVar("K", bound=Hashable)

FEW = 64  # positions that are a plain tuple

Positions = tuple[int, ...] | CopyOnWriteSortedList[int]


class Postings(Generic[K]):
    """The positions of each value. Most values of most fields have few positions."""

    __slots__ = ("_lists", "own")

    def __init__(self, lists: Mapping[K, Sequence[int]] | None = None) -> None:
        self.own: dict[K, CopyOnWriteSortedList[int]] = {}  # lists that are not shared
        found: dict[K, Positions] = {}
        for value, positions in (lists or {}).items():
            if len(positions) > FEW:
                found[value] = self.own[value] = CopyOnWriteSortedList(positions)
            else:
                found[value] = tuple(positions)
        self._lists: CopyOnWriteDict[K, Positions] = CopyOnWriteDict(found)

    def copy(self) -> Postings[K]:
        """Return the same postings, to be changed on their own."""
        twin: Postings[K] = Postings.__new__(Postings)
        twin._lists, twin.own = self._lists.copy(), {}
        self.own = {}
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
        own = self.own.get(value)
        if own is not None:
            own.add(position)
            return
        found = self._lists.get(value)
        if found is None:
            self._lists[value] = (position,)
        elif not isinstance(found, tuple):
            self._changeable(value, found).add(position)
        elif found[-1] < position and len(found) < FEW:
            self._lists[value] = (*found, position)
        else:
            self._put(value, CopyOnWriteSortedList({*found, position}))

    def remove(self, value: K, position: int) -> None:
        """Take a value from a document that has it."""
        found = self._lists[value]
        if len(found) == 1:
            del self._lists[value]
            self.own.pop(value, None)
        elif isinstance(found, tuple):
            self._lists[value] = tuple(each for each in found if each != position)
        else:
            self._changeable(value, found).remove(position)

    def _put(self, value: K, positions: CopyOnWriteSortedList[int]) -> None:
        if len(positions) > FEW:
            self._lists[value] = self.own[value] = positions
        else:
            self._lists[value] = tuple(positions)

    def _changeable(
        self, value: K, found: CopyOnWriteSortedList[int]
    ) -> CopyOnWriteSortedList[int]:
        own = self.own.get(value)
        if own is None:
            own = self._lists[value] = self.own[value] = found.copy()
        return own
