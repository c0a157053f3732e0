"""Containers that share chunks: each copy answers like a plain container of its own."""

from __future__ import annotations

from bisect import bisect_left

from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock.world.storage.copy_on_write import (
    CHUNK,
    CopyOnWriteList,
    CopyOnWriteSortedList,
)
from amigo_mock.world.storage.copy_on_write_dict import FULL, SPARSE, CopyOnWriteDict
from amigo_mock.world.storage.postings import FEW, Postings

SIZES = st.sampled_from([0, 1, 3, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
PLACES = st.integers(0, 4 * CHUNK)
STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "many", "change", "remove", "copy", "switch"]), PLACES),
    max_size=30,
)


@settings(deadline=None)
@given(SIZES, STEPS)
def test_a_list_and_its_copies_are_like_lists(size: int, steps: list[tuple[str, int]]) -> None:
    """Rule: what is done to a list is seen in it and in no copy. Source: snapshots."""
    states: list[tuple[CopyOnWriteList[int], list[int]]]
    states = [(CopyOnWriteList(range(size)), list(range(size)))]
    current = 0
    for step, place in steps:
        found, plain = states[current]
        if step == "copy":
            states.append((found.copy(), plain[:]))
        elif step == "switch":
            current = place % len(states)
        elif step == "change" and plain:
            found[place % len(plain)] = plain[place % len(plain)] = -place
        elif step == "many":
            found.extend(range(place % (3 * CHUNK)))
            plain.extend(range(place % (3 * CHUNK)))
        else:
            found.append(place)
            plain.append(place)
    for found, plain in states:
        assert list(found) == plain
        assert len(found) == len(plain)
        assert [found[place] for place in range(len(plain))] == plain


@settings(deadline=None)
@given(SIZES, STEPS)
def test_a_dict_and_its_copies_are_like_dicts(size: int, steps: list[tuple[str, int]]) -> None:
    """Rule: what is done to a dict is seen in it and in no copy. Source: snapshots."""
    items = [(str(number), number) for number in range(size)]
    states: list[tuple[CopyOnWriteDict[str, int], dict[str, int]]]
    states = [(CopyOnWriteDict(dict(items)), dict(items))]
    current = 0
    for step, place in steps:
        found, plain = states[current]
        if step == "copy":
            states.append((found.copy(), plain.copy()))
        elif step == "switch":
            current = place % len(states)
        elif step == "remove":
            if str(place) in plain:
                del found[str(place)], plain[str(place)]
        else:
            for number in range(place, place + (CHUNK if step == "many" else 1)):
                found[str(number)] = plain[str(number)] = place
    for found, plain in states:
        assert dict(found.items()) == plain
        assert sorted(found) == sorted(plain)
        assert len(found) == len(plain)
        for number in range(0, 5 * CHUNK, 3):
            assert found.get(str(number)) == plain.get(str(number))
            assert (str(number) in found) is (str(number) in plain)


@settings(deadline=None)
@given(SIZES, STEPS, st.lists(PLACES, min_size=2, max_size=2))
def test_a_sorted_list_and_its_copies_are_like_sorted_lists(
    size: int, steps: list[tuple[str, int]], bounds: list[int]
) -> None:
    """Rule: items are in order, each once, and what is done to a list is seen in it and in no
    copy. Source: snapshots.
    """
    states = [(CopyOnWriteSortedList(range(0, 2 * size, 2)), set(range(0, 2 * size, 2)))]
    current = 0
    for step, place in steps:
        found, plain = states[current]
        if step == "copy":
            states.append((found.copy(), plain.copy()))
        elif step == "switch":
            current = place % len(states)
        elif step == "remove":
            for item in [item for item in plain if place <= item < place + 40]:
                found.remove(item)
                plain.remove(item)
        elif step == "change":
            after = max(plain, default=0) + 1
            found.extend(range(after, after + place % (3 * CHUNK)))
            plain.update(range(after, after + place % (3 * CHUNK)))
        else:
            for item in range(place, place + (2 * CHUNK if step == "many" else 1)):
                found.add(item)
                plain.add(item)
    start, stop = bounds
    for found, plain in states:
        expected = sorted(plain)
        assert list(found) == expected
        assert list(reversed(found)) == expected[::-1]
        assert len(found) == len(expected)
        assert found.slice(start, stop) == expected[start:stop]
        assert found.count_below(start) == bisect_left(expected, start)
        for item in range(0, 5 * CHUNK, 3):
            assert (item in found) is (item in plain)


@settings(deadline=None)
@given(STEPS)
def test_postings_and_their_copies_are_like_sets(steps: list[tuple[str, int]]) -> None:
    """Rule: each value has its positions, ascending, in each copy its own; a value without any
    is gone. Source: snapshots.
    """
    states: list[tuple[Postings[int], dict[int, set[int]]]]
    states = [(Postings(), {})]
    current = 0
    for step, place in steps:
        found, plain = states[current]
        if step == "copy":
            states.append((found.copy(), {value: each.copy() for value, each in plain.items()}))
        elif step == "switch":
            current = place % len(states)
        elif step == "remove":
            for value, positions in list(plain.items()):
                for position in sorted(positions)[: place % (2 * FEW)]:
                    found.remove(value, position)
                    positions.remove(position)
                if not positions:
                    del plain[value]
        elif step == "change":
            after = max((max(positions) for positions in plain.values()), default=0) + 1
            more = range(after, after + 1 + place % (2 * FEW))
            found.extend(place % 3, more)
            plain.setdefault(place % 3, set()).update(more)
        else:
            for position in range(place, place + (2 * FEW if step == "many" else 1)):
                found.add(place % 3, position)
                plain.setdefault(place % 3, set()).add(position)
    for found, plain in states:
        assert {value: list(positions) for value, positions in found.items()} == {
            value: sorted(positions) for value, positions in plain.items()
        }
        assert sorted(found) == sorted(plain)
        assert list(found.get(5)) == []


def test_a_dict_grows_by_one_shard_at_a_time() -> None:
    """Rule: no new item has more than one shard read through. Source: no create may take much
    longer than another, however many records there are.
    """
    found: CopyOnWriteDict[str, int] = CopyOnWriteDict()
    for number in range(20 * FULL):
        before = list(found._each())
        found[str(number)] = number
        new = [shard for shard in found._each() if all(shard is not one for one in before)]
        assert len(new) <= 2  # the halves of one
    assert max(map(len, found._each())) <= FULL


def test_keys_whose_hashes_end_alike_stay_together() -> None:
    """Rule: shards that more bits of a hash would not split are not split for ever. Source: the
    hash of a number is the number.
    """
    found: CopyOnWriteDict[int, int] = CopyOnWriteDict()
    for number in range(2 * FULL):
        found[number << 32] = number
    assert len(found._shards) <= 2 * SPARSE
    assert dict(found.items()) == {number << 32: number for number in range(2 * FULL)}


def test_a_change_copies_one_chunk_of_many() -> None:
    """Rule: after a copy the chunks that are not changed are shared still. Source: the first
    change after a restore costs no more in a large world.
    """
    numbers = CopyOnWriteList(range(20 * CHUNK))
    named = CopyOnWriteDict({str(number): number for number in range(20 * CHUNK)})
    ordered = CopyOnWriteSortedList(range(20 * CHUNK))
    copies = numbers.copy(), named.copy(), ordered.copy()
    numbers[CHUNK] = named["1"] = -1
    ordered.remove(CHUNK)
    for mine, theirs in (
        (numbers._chunks, copies[0]._chunks),
        (named._shards, copies[1]._shards),
        (ordered._chunks, copies[2]._chunks),
    ):
        different = [one is not other for one, other in zip(mine, theirs, strict=True)]
        assert sum(different) == 1
