"""CopyOnWriteDict: a dict that shares its shards with its copies until they are changed.

A copy costs the pointers to the shards; the first change of a shard after it copies that shard.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from itertools import chain
from typing import Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

FULL = 512  # items in a shard that is split when it gets another one
SPARSE = 16  # a dict whose shards could hold more than so many times its items gets no more


class CopyOnWriteDict(Generic[K, T]):
    """A dict in shards by the last bits of the hash of the key, without an order.

    A shard that grows too long is split in two by one more bit, no others with it: a place for each
    value of the bits that the longest go by leads to its shard, several to one that goes by fewer.
    """

    __slots__ = ("_bits", "_mask", "_own", "_shards")

    _bits: bytearray  # by place: how many bits its shard goes by
    _own: bytearray  # by place: whether its shard is not shared with a copy

    def __init__(self, items: Mapping[K, T] | None = None) -> None:
        items = items or {}
        bits = (2 * len(items) // FULL).bit_length()
        shards: list[dict[K, T]] = [{} for _ in range(1 << bits)]
        self._shards, self._mask = shards, len(shards) - 1
        self._bits, self._own = bytearray([bits]) * len(shards), bytearray(b"\1") * len(shards)
        for key, value in items.items():
            shards[hash(key) & self._mask][key] = value

    def copy(self) -> CopyOnWriteDict[K, T]:
        """Return a dict of the same items, to be changed on its own."""
        twin: CopyOnWriteDict[K, T] = CopyOnWriteDict.__new__(CopyOnWriteDict)
        twin._shards, twin._bits, twin._mask = self._shards[:], self._bits[:], self._mask
        self._own, twin._own = bytearray(len(self._shards)), bytearray(len(self._shards))
        return twin

    def __len__(self) -> int:
        return sum(map(len, self._each()))

    def __iter__(self) -> Iterator[K]:
        return chain.from_iterable(self._each())

    def __contains__(self, key: object) -> bool:
        return key in self._shards[hash(key) & self._mask]

    def items(self) -> Iterator[tuple[K, T]]:
        """Return the keys with their values."""
        return chain.from_iterable(shard.items() for shard in self._each())

    def get(self, key: K) -> T | None:
        """Return the value of a key, or None."""
        return self._shards[hash(key) & self._mask].get(key)

    def __getitem__(self, key: K) -> T:
        return self._shards[hash(key) & self._mask][key]

    def __setitem__(self, key: K, value: T) -> None:
        place = hash(key) & self._mask
        shard = self._shards[place] if self._own[place] else self._changeable(place)
        shard[key] = value
        if len(shard) > FULL:
            self._split(place)

    def __delitem__(self, key: K) -> None:
        del self._changeable(hash(key) & self._mask)[key]

    def _each(self) -> Iterator[dict[K, T]]:
        """Return every shard once: from the first place that leads to it."""
        places = enumerate(zip(self._shards, self._bits, strict=True))
        return (shard for place, (shard, bits) in places if not place >> bits)

    def _changeable(self, place: int) -> dict[K, T]:
        if not self._own[place]:
            self._put(place, self._bits[place], self._shards[place].copy())
        return self._shards[place]

    def _put(self, place: int, bits: int, shard: dict[K, T]) -> None:
        """Have every place with the same last bits lead to a shard."""
        step = 1 << bits
        for each in range(place & step - 1, len(self._shards), step):
            self._shards[each], self._bits[each], self._own[each] = shard, bits, 1

    def _split(self, place: int) -> None:
        shard, bits = self._shards[place], self._bits[place]
        if 1 << bits == len(self._shards):
            if len(self) * SPARSE <= len(self._shards) * FULL:
                return  # hashes that end alike: more bits would not tell them apart
            self._shards *= 2
            self._bits *= 2
            self._own *= 2
            self._mask = len(self._shards) - 1
        bit = 1 << bits
        halves: tuple[dict[K, T], dict[K, T]] = {}, {}  # new ones: what lost many is slow to copy
        for key, value in shard.items():
            halves[hash(key) & bit != 0][key] = value
        self._put(place & bit - 1, bits + 1, halves[0])
        self._put(place & bit - 1 | bit, bits + 1, halves[1])
