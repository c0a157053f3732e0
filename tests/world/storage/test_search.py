"""Search: every term, best match first, and the same answer as looking at every document."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock.world.storage.copy_on_write import CopyOnWriteSortedList
from amigo_mock.world.storage.search import HEADING, MOST, Index, terms, weights

WORDS = st.sampled_from(["new", "user", "refill", "straße", "STRASSE", "né", "4", "_x", "!", "-"])
TEXTS = st.lists(WORDS, max_size=8).map(" ".join)
DOCUMENTS = st.tuples(TEXTS, TEXTS)


def plain_terms(text: str) -> list[str]:
    """Runs of letters, digits and underscores, found sign by sign."""
    folded = text.casefold()
    return "".join(sign if sign.isalnum() or sign == "_" else " " for sign in folded).split()


def plain_find(documents: Mapping[int, tuple[str, str]], query: str) -> list[int]:
    """Positions found by reading every document."""
    wanted = set(plain_terms(query))
    found: list[tuple[int, int]] = []
    for position, (heading, text) in documents.items():
        in_heading, in_text = plain_terms(heading), plain_terms(text)
        if wanted and wanted <= {*in_heading, *in_text}:
            weight = sum(
                min(255, 8 * in_heading.count(term) + in_text.count(term)) for term in wanted
            )
            found.append((-weight, position))
    return [position for _, position in sorted(found)]


@given(st.text())
def test_terms_are_runs_of_letters_digits_and_underscores(text: str) -> None:
    """Rule: a term is such a run, case folded. Source: the search's own contract."""
    assert terms(text) == plain_terms(text)


@given(st.lists(DOCUMENTS, max_size=12), TEXTS)
def test_an_index_finds_what_a_scan_finds(documents: list[tuple[str, str]], query: str) -> None:
    """Rule: all terms, case-insensitive, best match first. Source: the guide, search."""
    index = Index(weights(*document) for document in documents)
    assert list(index.find(query)) == plain_find(dict(enumerate(documents)), query)


class Kept:
    """An index that is changed as a collection does it, and the documents as they are."""

    def __init__(self, index: Index, documents: dict[int, tuple[str, str]]) -> None:
        self.index = index
        self.documents = documents

    def put(self, position: int, document: tuple[str, str]) -> None:
        before = self.documents.get(position)
        self.index.change(position, weights(*before) if before else {}, weights(*document))
        self.documents[position] = document

    def copy(self) -> Kept:
        return Kept(self.index.copy(), dict(self.documents))


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "copy", "switch"]), st.integers(0, 9), DOCUMENTS)
)


@given(st.lists(DOCUMENTS, min_size=1, max_size=6), STEPS, TEXTS)
def test_an_index_that_is_kept_up_finds_what_a_scan_finds(
    documents: list[tuple[str, str]], steps: list[tuple[str, int, tuple[str, str]]], query: str
) -> None:
    """Rule: a changed document is found by what it says now, in each copy by its own.

    Source: search reads the latest version (the guide); a snapshot sees no later change.
    """
    states = [Kept(Index(weights(*item) for item in documents), dict(enumerate(documents)))]
    current = 0
    for step, place, document in steps:
        if step == "copy":
            states.append(states[current].copy())
        elif step == "switch":
            current = place % len(states)
        else:
            states[current].put(min(place, len(states[current].documents)), document)
    for state in states:
        assert list(state.index.find(query)) == plain_find(state.documents, query)


COMMON_WORDS = ("new", "user", "refill")


@settings(deadline=None, max_examples=30)
@given(
    st.integers(1, 7),
    st.lists(st.tuples(st.integers(0, 2999), DOCUMENTS), max_size=8),
    st.lists(st.sampled_from([*COMMON_WORDS, "4"]), min_size=1, max_size=4).map(" ".join),
    st.lists(st.integers(0, 3100), max_size=40, unique=True),
)
def test_terms_of_very_many_documents_rank_as_a_scan_does(
    spread: int, changes: list[tuple[int, tuple[str, str]]], query: str, some: list[int]
) -> None:
    """Rule: the best of very many are those that ranking every one gives, in that order, among
    all documents, among some, and among those of filters. Source: search gives the best matches
    first (the guide).
    """
    documents = {
        number: ("user " * (number % 3), "new " * (number % spread) + "refill " * (number // 7 % 5))
        for number in range(3000)
    }
    kept = Kept(Index(weights(*item) for item in documents.values()), documents)
    earlier = kept.copy()
    for position, document in changes:
        kept.put(position, document)
    for state in (kept, earlier):
        expected = plain_find(state.documents, query)
        assert list(state.index.find(query)) == expected
        among = [position for position in expected if position in some]
        assert state.index.rank(query, some) == among
        within = [CopyOnWriteSortedList(some), CopyOnWriteSortedList(range(0, 3100, 3))]
        among = [position for position in among if position % 3 == 0]
        assert list(state.index.find(query, within)) == among


def test_combinations_of_very_many_weights_rank_as_a_scan_does() -> None:
    """Rule: the order is the same however many combinations of weights there are. Source: search
    gives the best matches first (the guide).
    """
    documents = {
        number: ("", " ".join(["new"] * (number % 61) + ["user"] * (number * 7 % 59)))
        for number in range(4000)
    }
    index = Index(weights(*item) for item in documents.values())
    expected = plain_find(documents, "user new")
    assert list(index.find("user new")) == expected
    even = [position for position in expected if position % 2 == 0]
    assert list(index.find("user new", [CopyOnWriteSortedList(range(0, 4000, 2))])) == even


def test_the_heading_weighs_more() -> None:
    """Rule: a match in the name ranks above one in the background. Source: the guide, search."""
    index = Index([weights("Nurse", "user user"), weights("User", "")])
    assert list(index.find("user")) == [1, 0]
    assert HEADING > 1


def test_equal_matches_come_oldest_first() -> None:
    """Rule: what ranks the same keeps the order of creation. Source: assumption on relevance."""
    assert list(Index([weights("User", "")] * 3).find("USER")) == [0, 1, 2]


def test_a_term_counts_no_more_than_there_is_room_for() -> None:
    """Rule: a weight is cut, never carried over into a position. Source: the index's own form."""
    index = Index([weights("", "new " * 5 * MOST), weights("new " * MOST, ""), weights("new", "")])
    assert list(index.find("new")) == [0, 1, 2]


@pytest.mark.parametrize("query", ["", " ", "!?", "\x00", "((", "%", "*", "a" * 100_000])
def test_any_text_is_a_legal_query(query: str) -> None:
    """Rule: no query is an error; one without a term finds nothing. Source: the guide, search."""
    assert list(Index([weights("User", "new")]).find(query)) == []


def test_each_copy_finds_its_own() -> None:
    """Rule: however much has changed, each copy finds its own. Source: the index."""
    first = Kept(Index(), {})
    for number in range(8):
        first.put(number, (f"user {number}", ""))
    second = first.copy()
    for number in range(400):
        second.put(number, (f"nurse {number}", ""))
    assert list(second.index.find("nurse")) == list(range(400))
    assert list(second.index.find("user")) == []
    assert list(first.index.find("user")) == list(range(8))
    assert list(first.index.find("nurse")) == []
    for number in range(8, 800):
        first.put(number, ("nurse", ""))
    assert list(first.index.find("nurse")) == list(range(8, 800))
    assert list(second.index.find("nurse")) == list(range(400))
