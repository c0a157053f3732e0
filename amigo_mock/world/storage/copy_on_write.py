"""Lists that share their chunks with their copies until they are changed.

A copy costs the pointers to the chunks; the first change of a chunk after it copies that chunk.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar

T = TypeVar("T")
C = TypeVar("C", bound=Any)  # comparable

BITS = 9
CHUNK = 1 << BITS  # items in a chunk, about


class CopyOnWriteList(Generic[T]):
    """A list that grows at its end, in chunks of one size. Indexes count from the start."""

    __slots__ = ("_chunks", "_own", "_tail")

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._chunks = _chunks(list(items))
        self._own = set(range(len(self._chunks)))
        self._tail: list[T] | None = None  # the last chunk, where it is not shared

    def copy(self) -> CopyOnWriteList[T]:
        """Return a list of the same items, to be changed on its own."""
        twin: CopyOnWriteList[T] = CopyOnWriteList.__new__(CopyOnWriteList)
        twin._chunks, twin._own, twin._tail = self._chunks[:], set(), None
        self._own, self._tail = set(), None
        return twin

    def __len__(self) -> int:
        chunks = self._chunks
        return (len(chunks) - 1 << BITS) + len(chunks[-1]) if chunks else 0

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._chunks)

    def __getitem__(self, index: int) -> T:
        return self._chunks[index >> BITS][index & CHUNK - 1]

    def at(self, indexes: Iterable[int]) -> list[T]:
        """The items at these indexes."""
        chunks, last = self._chunks, CHUNK - 1
        if isinstance(indexes, range) and indexes.step == 1 and indexes:
            first = indexes[0] & last
            chunk = chunks[indexes[0] >> BITS]
            if first + len(indexes) <= CHUNK:
                return chunk[first : first + len(indexes)]
        return [chunks[index >> BITS][index & last] for index in indexes]

    def __setitem__(self, index: int, item: T) -> None:
        self._changeable(index >> BITS)[index & CHUNK - 1] = item

    def append(self, item: T) -> None:
        """Add an item at the end."""
        tail = self._tail
        if tail is None or len(tail) == CHUNK:
            tail = self._last_chunk()
        tail.append(item)

    def extend(self, items: Sequence[T]) -> None:
        """Add items at the end."""
        while items:
            tail = self._last_chunk()
            room = CHUNK - len(tail)
            tail += items[:room]
            items = items[room:]

    def _last_chunk(self) -> list[T]:
        """Return the chunk to append to: another one, if the last one is full."""
        chunks = self._chunks
        if chunks and len(chunks[-1]) < CHUNK:
            self._tail = tail = self._changeable(len(chunks) - 1)
        else:
            self._own.add(len(chunks))
            self._tail = tail = []
            chunks.append(tail)
        return tail

    def _changeable(self, number: int) -> list[T]:
        if number not in self._own:
            self._own.add(number)
            self._chunks[number] = self._chunks[number][:]
        return self._chunks[number]


class CopyOnWriteSortedList(Generic[C]):
    """Ascending items, each once, in chunks that are split when they grow too long.

    What is known of the other chunks leaves out the last one, which most items are appended to.
    """

    __slots__ = ("_chunks", "_greatest", "_length", "_own", "_tail")

    def __init__(self, items: Iterable[C] = ()) -> None:
        ordered = sorted(items)
        self._chunks = _chunks(ordered)
        self._greatest = [chunk[-1] for chunk in self._chunks[:-1]]
        self._length = len(ordered) - len(self._chunks[-1]) if ordered else 0
        self._own = bytearray(b"\1" * len(self._chunks))  # by chunk: whether it is not shared
        self._tail: list[C] | None = None  # the last chunk, where it is not shared

    def copy(self) -> CopyOnWriteSortedList[C]:
        """Return a list of the same items, to be changed on its own."""
        twin: CopyOnWriteSortedList[C] = CopyOnWriteSortedList.__new__(CopyOnWriteSortedList)
        twin._chunks, twin._greatest = self._chunks[:], self._greatest[:]
        twin._own, twin._length = bytearray(len(self._chunks)), self._length
        self._own = bytearray(len(self._chunks))
        self._tail = twin._tail = None
        return twin

    def __len__(self) -> int:
        return self._length + len(self._chunks[-1]) if self._chunks else 0

    def __iter__(self) -> Iterator[C]:
        return chain.from_iterable(self._chunks)

    def __contains__(self, item: C) -> bool:
        if not self._chunks:
            return False
        chunk = self._chunks[bisect_left(self._greatest, item)]
        place = bisect_left(chunk, item)
        return place < len(chunk) and bool(chunk[place] == item)

    def add(self, item: C) -> None:
        """Put in an item, unless it is there."""
        tail = self._tail
        if tail and tail[-1] < item and len(tail) < CHUNK:
            tail.append(item)
        elif not self._chunks or self._chunks[-1][-1] < item:
            self._last_chunk().append(item)
        elif item not in self:
            self._insert(item)

    def extend(self, items: Sequence[C]) -> None:
        """Put in ascending items that are all greater than those that are there."""
        while items:
            tail = self._last_chunk()
            room = CHUNK - len(tail)
            tail += items[:room]
            items = items[room:]

    def remove(self, item: C) -> None:
        """Take out an item that is there."""
        number = bisect_left(self._greatest, item)
        chunk = self._changeable(number)
        del chunk[bisect_left(chunk, item)]
        last = number == len(self._greatest)
        if not last:
            self._length -= 1
        if not chunk:
            del self._chunks[number], self._own[number]
            self._tail = None
            if last and self._chunks:  # the one before it is the last one now
                self._length -= len(self._chunks[-1])
            del self._greatest[number - last : number - last + 1]
        elif not last:
            self._greatest[number] = chunk[-1]

    def count_below(self, item: C) -> int:
        """Return how many items are less than this one, which need not be there."""
        number = bisect_left(self._greatest, item)
        before = sum(map(len, self._chunks[:number]))
        return before + (bisect_left(self._chunks[number], item) if self._chunks else 0)

    def slice(self, start: int, stop: int) -> list[C]:
        """Return the items from one index to before another."""
        found: list[C] = []
        for chunk in self._chunks:
            if stop <= 0:
                break
            if start < len(chunk):
                found += chunk[max(start, 0) : stop]
            start, stop = start - len(chunk), stop - len(chunk)
        return found

    def __reversed__(self) -> Iterator[C]:
        return chain.from_iterable(map(reversed, reversed(self._chunks)))

    def _last_chunk(self) -> list[C]:
        """Return the chunk to append to: another one, if the last one is full."""
        if not self._chunks or len(self._chunks[-1]) >= CHUNK:
            if self._chunks:
                self._greatest.append(self._chunks[-1][-1])
                self._length += len(self._chunks[-1])
            self._chunks.append([])
            self._own.append(1)
        self._tail = self._changeable(len(self._chunks) - 1)
        return self._tail

    def _insert(self, item: C) -> None:
        number = bisect_left(self._greatest, item)
        chunk = self._changeable(number)
        insort(chunk, item)
        if number < len(self._greatest):
            self._length += 1
        if len(chunk) > 2 * CHUNK:
            self._split(number)

    def _split(self, number: int) -> None:
        chunk = self._chunks[number]
        if number == len(self._greatest):
            self._length += CHUNK
        self._chunks[number : number + 1] = chunk[:CHUNK], chunk[CHUNK:]
        self._greatest.insert(number, chunk[CHUNK - 1])
        self._own.insert(number, 1)
        self._tail = None

    def _changeable(self, number: int) -> list[C]:
        if not self._own[number]:
            self._own[number] = 1
            self._chunks[number] = self._chunks[number][:]
        return self._chunks[number]


def _chunks(items: list[T]) -> list[list[T]]:
    return [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
