"""The searches of unit tests and sets: for a text that is contained, without order by relevance."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.support.paths import SETS, UNIT_TESTS
from tests.support.worlds import PARTS, Json, put_organization, unit_test, unit_test_set

KINDS = {
    "unit_tests": (f"{UNIT_TESTS}search/", "simulation_unit_tests", unit_test),
    "unit_test_sets": (f"{SETS}search/", "simulation_unit_test_sets", unit_test_set),
}
PUBLISHED = 50  # results of the searches that have a bound


def found(client: httpx2.Client, kind: str, query: str, **filters: Any) -> list[str]:
    """The names that a search finds, in its order."""
    path, rows, _ = KINDS[kind]
    answer = client.get(path, params={"query": query, **filters})
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()[rows]]


def fill(client: httpx2.Client, kind: str, records: dict[str, str]) -> None:
    """Have an organization whose records of one kind have these names and descriptions."""
    _, _, seed = KINDS[kind]
    items = [
        {**seed(name, f"{number:024x}"), "description": text}
        for number, (name, text) in enumerate(records.items(), start=1)
    ]
    own: Json = {**PARTS, "unit_test_sets": [], "unit_test_set_runs": [], kind: items}
    put_organization(client, **own)


of_each = pytest.mark.parametrize("kind", KINDS)

RECORDS = {
    "Confused caller": "Asks twice.",
    "Refill": "For someone who is CONFUSED by it.",
    'A "quoted" name': "back\\slash",
    "Straße": "Zürich 100%",
    "Patient": "Calm.",
}


@of_each
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("confus", ["Confused caller", "Refill"]),
        ("FUSED", ["Confused caller", "Refill"]),
        ("confused caller", ["Confused caller"]),
        ("caller confused", []),
        ("  caller  ", ["Confused caller"]),
        ("caller asks", []),
        ('"quoted"', ['A "quoted" name']),
        ("k\\s", ['A "quoted" name']),
        ("strasse", ["Straße"]),
        ("ZÜRICH", ["Straße"]),
        ("100%", ["Straße"]),
        (".", ["Confused caller", "Refill", "Patient"]),
        ("name", ['A "quoted" name']),
        ("mock-org", []),
        ("absent", []),
    ],
)
def test_a_search_finds_what_contains_the_query(
    client: httpx2.Client, kind: str, query: str, expected: list[str]
) -> None:
    """Rule: name or description have the whole query in them, parts of words too, whatever the
    case; no other field is read. Source: published document; assumption search-contains.
    """
    fill(client, kind, RECORDS)
    assert found(client, kind, query) == expected


@of_each
def test_a_search_has_no_bound(client: httpx2.Client, kind: str) -> None:
    """Rule: all matches are found, oldest first; only the searches of personas, scenarios and
    metrics are published with a bound of 50. Source: published document.
    """
    expected = [f"Match {number:03}" for number in range(PUBLISHED + 10)]
    fill(client, kind, dict.fromkeys(reversed(expected), "D"))
    assert found(client, kind, "match") == expected[::-1]
    assert found(client, kind, "match", creator="mock-org,nobody") == []
