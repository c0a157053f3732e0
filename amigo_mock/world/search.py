"""Ranked text search over the positions of a collection. Knows no resource.

A term is a run of letters, digits and underscores, case folded. A document is found when it has
every term of the query; it ranks by how often it has them, the heading weighing more.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator

HEADING = 8  # how much more a term counts in the heading than in the text
PATIENCE = 64  # documents that a branch looks at one by one before it separates
MOST = 255  # a term's weight in one document, at most
_BITS = 8

_TERM = re.compile(r"\w+")

Weights = dict[str, int]


def terms(text: str) -> list[str]:
    """The terms of a text, in its order."""
    return _TERM.findall(text.casefold())


def weights(heading: str, text: str) -> Weights:
    """How much each term of a document counts."""
    found = Counter(terms(text))
    for term in terms(heading):
        found[term] += HEADING
    return {term: min(weight, MOST) for term, weight in found.items()}


class Index:
    """An inverted index: per term the positions that have it, ascending, each with its weight.

    `moved` holds what was added or changed out of order: such a document is looked at by itself,
    whatever the postings say of it. A `branch` shares the postings and has its own `moved`, so a
    copied collection does not index anew.
    """

    def __init__(self, documents: Iterable[Weights] = ()) -> None:
        self._postings: dict[str, array[int]] = {}
        self._moved: dict[int, Weights] = {}
        self._size = 0
        self._shared = False
        for document in documents:
            self.put(self._size, document)

    def put(self, position: int, document: Weights) -> None:
        """Index a document, or index it again."""
        if position < self._size or self._shared:
            self._moved[position] = document
            if self._shared and len(self._moved) > PATIENCE:
                self._separate()
            return
        for term, weight in document.items():
            posting = self._postings.get(term)
            if posting is None:
                posting = self._postings[term] = array("Q")
            posting.append(position << _BITS | weight)
        self._size = position + 1

    def branch(self) -> Index:
        """An index of the same documents, to be changed on its own."""
        self._shared = True
        twin = Index()
        twin._postings, twin._size, twin._shared = self._postings, self._size, True
        twin._moved = dict(self._moved)
        return twin

    def _separate(self) -> None:
        """Stop sharing: from here on what is new goes into postings of its own."""
        self._postings = {term: posting[:] for term, posting in self._postings.items()}
        self._shared = False
        moved, self._moved = self._moved, {}
        for position in sorted(moved):
            self.put(position, moved[position])

    @property
    def worn(self) -> bool:
        """Whether so much has moved that indexing anew is cheaper than looking on."""
        return len(self._moved) > 256 + self._size // 4

    def find(self, query: str) -> list[int]:
        """Positions that have every term of the query, best first, then oldest first."""
        wanted = sorted(set(terms(query)))
        if not wanted:
            return []
        found = [*self._find_indexed(wanted), *self._find_moved(wanted)]
        found.sort()
        return [position for _, position in found]

    def _find_indexed(self, wanted: list[str]) -> Iterator[tuple[int, int]]:
        postings = [self._postings.get(term) for term in wanted]
        if None in postings:
            return
        rarest, *others = sorted((posting for posting in postings if posting), key=len)
        for packed in rarest:
            position, weight = packed >> _BITS, packed & MOST
            if position in self._moved:
                continue
            for posting in others:
                place = bisect_left(posting, position << _BITS)
                if place == len(posting) or posting[place] >> _BITS != position:
                    break
                weight += posting[place] & MOST
            else:
                yield -weight, position

    def _find_moved(self, wanted: list[str]) -> Iterator[tuple[int, int]]:
        for position, document in self._moved.items():
            if all(term in document for term in wanted):
                yield -sum(document[term] for term in wanted), position
