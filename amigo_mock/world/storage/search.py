"""Ranked text search over the positions of a collection. Knows no resource.

A term is a run of letters, digits and underscores, case folded. A document is found when it has
every term of the query; it ranks by how often it has them, the heading weighing more.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush, merge

from amigo_mock.world.storage.copy_on_write_dict import CopyOnWriteDict
from amigo_mock.world.storage.postings import FEW, Positions, Postings

HEADING = 8  # how much more a term counts in the heading than in the text
MOST = 255  # a term's weight in one document, at most
RANKED = 1024  # documents that are ranked at once rather than looked for weight by weight
COMBINATIONS = 1024  # of weights that are looked for before all documents are ranked
TERMS = 8  # of a query, at most, whose weights are combined
_BITS = 8

_TERM = re.compile(r"\w+")

Weights = dict[str, int]

Posting = tuple[int, ...] | Postings[int]
"""The documents that have a term: few as positions packed with weights, many by weight."""

Level = tuple[int, Positions]  # a weight, and the documents that have a term with it


def terms(text: str) -> list[str]:
    """The terms of a text, in its order."""
    return _TERM.findall(text.casefold())


def weights(heading: str, text: str) -> Weights:
    """The weight of each term of a document."""
    found = Counter(terms(text))
    for term in terms(heading):
        found[term] += HEADING
    return {term: min(weight, MOST) for term, weight in found.items()}


class Index:
    """An inverted index: per term the positions that have it, ascending, by weight."""

    def __init__(self, documents: Iterable[Weights] = ()) -> None:
        self._own: set[str] = set()  # terms of many documents, whose posting is not shared
        found: dict[str, array[int]] = {}
        positions: list[int] = []  # the same number for all the postings that it is in
        for position, document in enumerate(documents):
            positions.append(position)
            for term, weight in document.items():
                packed = found.get(term)
                if packed is None:
                    packed = found[term] = array("Q")
                packed.append(position << _BITS | weight)
        postings = {term: self._posting(term, packed, positions) for term, packed in found.items()}
        self._postings: CopyOnWriteDict[str, Posting] = CopyOnWriteDict(postings)

    def copy(self) -> Index:
        """Return an index of the same documents, to be changed on its own."""
        twin = Index()
        twin._postings = self._postings.copy()
        self._own = set()
        return twin

    def change(self, position: int, before: Weights, after: Weights) -> None:
        """Index a document again, which had other weights before; a new one had none."""
        for term, weight in before.items():
            if after.get(term) != weight:
                self._remove(term, position, weight)
        for term, weight in after.items():
            if before.get(term) != weight:
                self._add(term, position, weight)

    def find(self, query: str, within: Sequence[Positions] = ()) -> Iterator[int]:
        """Find the positions that have every term of the query, best first, then oldest first.

        Only those are found that are in all of `within`. They are found as they are asked for: the
        best of very many cost no more than of a few.
        """
        postings = self._wanted(query)
        if not postings:
            return iter(())
        rarest = postings[0]
        if isinstance(rarest, tuple) or _size(rarest) <= RANKED or len(postings) > TERMS:
            return (place for _, place in _ranked(None, postings) if _in_all(place, within))
        return _best_first(postings, within)

    def rank(self, query: str, positions: Iterable[int]) -> list[int]:
        """Order those of the positions that have every term of the query, as `find` does."""
        postings = self._wanted(query)
        return [position for _, position in _ranked(positions, postings)] if postings else []

    def _wanted(self, query: str) -> list[Posting]:
        """Return the postings of a query's terms, the rarest first; none if a term has none."""
        found = [posting for term in set(terms(query)) if (posting := self._postings.get(term))]
        return sorted(found, key=_size) if len(found) == len(set(terms(query))) else []

    def _add(self, term: str, position: int, weight: int) -> None:
        found = self._postings.get(term)
        if isinstance(found, Postings):
            self._changeable(term, found).add(weight, position)
            return
        packed = list(found or ())
        insort(packed, position << _BITS | weight)
        self._postings[term] = self._posting(term, packed, range(packed[-1] + 1))

    def _remove(self, term: str, position: int, weight: int) -> None:
        found = self._postings[term]
        if isinstance(found, Postings):
            self._changeable(term, found).remove(weight, position)
            return
        left = tuple(packed for packed in found if packed >> _BITS != position)
        if left:
            self._postings[term] = left
        else:
            del self._postings[term]

    def _posting(self, term: str, packed: Sequence[int], positions: Sequence[int]) -> Posting:
        if len(packed) <= FEW:
            return tuple(packed)
        by_weight: dict[int, list[int]] = {}
        for each in packed:
            by_weight.setdefault(each & MOST, []).append(positions[each >> _BITS])
        self._own.add(term)
        return Postings(by_weight)

    def _changeable(self, term: str, found: Postings[int]) -> Postings[int]:
        if term in self._own:
            return found
        copy = found.copy()
        self._postings[term] = copy
        self._own.add(term)
        return copy


def _size(posting: Posting) -> int:
    if isinstance(posting, tuple):
        return len(posting)
    return sum(len(positions) for _, positions in posting.items())


def _weighed(posting: Posting) -> Iterator[tuple[int, int]]:
    """Return every position of a term with its weight."""
    if isinstance(posting, tuple):
        return ((packed >> _BITS, packed & MOST) for packed in posting)
    levels = posting.items()
    return ((position, weight) for weight, positions in levels for position in positions)


def _weight(posting: Posting, position: int) -> int:
    """Return the weight that a term has in a document; 0 if it does not have the term."""
    if isinstance(posting, tuple):
        place = bisect_left(posting, position << _BITS)
        found = place < len(posting) and posting[place] >> _BITS == position
        return posting[place] & MOST if found else 0
    return next((weight for weight, found in posting.items() if position in found), 0)


def _ranked(positions: Iterable[int] | None, postings: Sequence[Posting]) -> list[tuple[int, int]]:
    """Rank those of the positions (all, if None) that have every term: -total, position."""
    if positions is None:
        totals, others = dict(_weighed(postings[0])), postings[1:]
    else:
        totals, others = dict.fromkeys(positions, 0), postings
    for posting in others:
        if len(totals) * FEW < _size(posting):
            found = ((position, _weight(posting, position)) for position in totals)
        else:
            found = (item for item in _weighed(posting) if item[0] in totals)
        totals = {position: totals[position] + weight for position, weight in found if weight}
    return sorted((-total, position) for position, total in totals.items())


def _best_first(postings: Sequence[Posting], within: Sequence[Positions]) -> Iterator[int]:
    """Find positions by what their terms weigh together, the heaviest combinations first."""
    looked_for = 0
    for total, combinations in _combinations([_levels(posting) for posting in postings]):
        looked_for += len(combinations)
        if looked_for > COMBINATIONS:
            # Too many kinds of documents: what is left is ranked at once.
            left = (place for each, place in _ranked(None, postings) if -each <= total)
            yield from (place for place in left if _in_all(place, within))
            return
        yield from merge(*(_intersection([*lists, *within]) for lists in combinations))


def _levels(posting: Posting) -> list[Level]:
    """Return the weights of a term, the heaviest first, each with its positions."""
    assert isinstance(posting, Postings)
    return sorted(posting.items(), key=lambda level: -level[0])


def _combinations(levels: list[list[Level]]) -> Iterator[tuple[int, list[list[Positions]]]]:
    """Combine a level of each term in every way, by what they weigh together, heaviest first."""

    def weighed(places: tuple[int, ...], moved: int) -> tuple[int, tuple[int, ...], int]:
        total = sum(level[place][0] for level, place in zip(levels, places, strict=True))
        return -total, places, moved

    waiting = [weighed((0,) * len(levels), 0)]
    heapify(waiting)
    while waiting:
        total, found = waiting[0][0], []
        while waiting and waiting[0][0] == total:
            _, places, moved = heappop(waiting)
            found.append([level[place][1] for level, place in zip(levels, places, strict=True)])
            # Each combination follows from just one other: from the last place that was moved on.
            for term in range(moved, len(levels)):
                if places[term] + 1 < len(levels[term]):
                    following = (*places[:term], places[term] + 1, *places[term + 1 :])
                    heappush(waiting, weighed(following, term))
        yield -total, found


def _intersection(lists: Sequence[Positions]) -> Iterator[int]:
    """Find the positions that are in all lists, ascending."""
    shortest, *others = sorted(lists, key=len)
    return (place for place in shortest if _in_all(place, others))


def _in_all(position: int, lists: Sequence[Positions]) -> bool:
    return all(position in positions for positions in lists)
