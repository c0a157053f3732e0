"""Search: every term, best match first, and the same answer as looking at every document."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amigo_mock.world.search import HEADING, MOST, Index, terms, weights

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
    assert index.find(query) == plain_find(dict(enumerate(documents)), query)


@given(
    st.lists(DOCUMENTS, min_size=1, max_size=6),
    st.lists(st.tuples(st.sampled_from(["put", "branch", "switch"]), st.integers(0, 9), DOCUMENTS)),
    TEXTS,
)
def test_an_index_that_is_kept_up_finds_what_a_scan_finds(
    documents: list[tuple[str, str]],
    steps: list[tuple[str, int, tuple[str, str]]],
    query: str,
) -> None:
    """Rule: a changed document is found by what it says now, in each branch by its own.

    Source: search reads the latest version (the guide); a snapshot sees no later change.
    """
    states = [(Index(weights(*item) for item in documents), dict(enumerate(documents)))]
    current = 0
    for step, place, document in steps:
        index, plain = states[current]
        if step == "branch":
            states.append((index.branch(), dict(plain)))
        elif step == "switch":
            current = place % len(states)
        else:
            position = min(place, len(plain))
            plain[position] = document
            index.put(position, weights(*document))
    for index, plain in states:
        assert index.find(query) == plain_find(plain, query)


def test_the_heading_weighs_more() -> None:
    """Rule: a match in the name ranks above one in the background. Source: the guide, search."""
    index = Index([weights("Nurse", "user user"), weights("User", "")])
    assert index.find("user") == [1, 0]
    assert HEADING > 1


def test_equal_matches_come_oldest_first() -> None:
    """Rule: what ranks the same keeps the order of creation. Source: assumption on relevance."""
    assert Index([weights("User", "")] * 3).find("USER") == [0, 1, 2]


def test_a_term_counts_no_more_than_there_is_room_for() -> None:
    """Rule: a weight is cut, never carried over into a position. Source: the index's own form."""
    index = Index([weights("", "new " * 5 * MOST), weights("new " * MOST, ""), weights("new", "")])
    assert index.find("new") == [0, 1, 2]


@pytest.mark.parametrize("query", ["", " ", "!?", "\x00", "((", "%", "*", "a" * 100_000])
def test_any_text_is_a_legal_query(query: str) -> None:
    """Rule: no query is an error; one without a term finds nothing. Source: the guide, search."""
    assert Index([weights("User", "new")]).find(query) == []


def test_much_that_moved_is_found_where_it_is_now() -> None:
    """Rule: however much has changed, each branch finds its own. Source: the index."""
    index = Index(weights(f"user {number}", "") for number in range(8))
    branch = index.branch()
    for number in range(400):
        branch.put(number, weights(f"nurse {number}", ""))
    assert branch.find("nurse") == list(range(400))
    assert branch.find("user") == []
    assert index.find("user") == list(range(8))
    assert index.find("nurse") == []
    for number in range(400, 800):
        index.put(number, weights("nurse", ""))
    assert index.find("nurse") == list(range(400, 800))
    assert branch.find("nurse") == list(range(400))
