"""Journal and coverage over the control API."""

from __future__ import annotations

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.resources import CATALOG
from tests.control.support import LIST, refused
from tests.support.paths import PERSONAS, SCENARIOS


def test_the_journal_can_be_read_and_emptied(client: httpx2.Client) -> None:
    """Rule: oldest first; DELETE empties it. Source: the control API's table."""
    client.get(PERSONAS)
    client.get("/nothing")
    answer = client.get("/_mock/requests")
    assert answer.status_code == 200
    assert [entry["path"] for entry in answer.json()["requests"]] == [PERSONAS, "/nothing"]
    assert client.delete("/_mock/requests").status_code == 204
    assert client.get("/_mock/requests").json() == {"requests": []}


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3, 4, 5]),
        (f"operation={LIST}", [1, 2, 5]),
        ("status=200", [1, 3]),
        ("status=2xx", [1, 3]),
        ("status=4xx", [2, 4]),
        ("status=422", [2]),
        ("status=5xx", []),
        (f"operation={LIST}&status=4xx", [2]),
        ("operation=search-simulation-personas&status=4xx", []),
    ],
)
def test_the_journal_can_be_searched(
    mock: AmigoMock, client: httpx2.Client, query: str, numbers: list[int]
) -> None:
    """Rule: by operation, by status, by class of status. Source: the control API's table."""
    for path in (PERSONAS, f"{PERSONAS}?limit=x", SCENARIOS, "/nothing"):
        client.get(path)
    mock.faults.add(LIST, drop=True)
    with pytest.raises(httpx2.TransportError):
        client.get(PERSONAS)
    found = client.get(f"/_mock/requests?{query}").json()["requests"]
    assert [entry["number"] for entry in found] == numbers


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("operation=get-simulation-persona", ("did you mean", LIST)),
        ("operation=", ("operation",)),
        ("status=600", ("status",)),
        ("status=4x", ("status",)),
        ("status=4XX", ("status",)),
        ("status=44", ("status",)),
        ("status=200%0A", ("status",)),
    ],
)
def test_a_wrong_filter_is_refused(
    control: httpx2.Client, query: str, words: tuple[str, ...]
) -> None:
    """Rule: an unknown operation or status is an error, not an empty list.

    Source: the control API.
    """
    refused(control.get(f"requests?{query}"), *words)


def test_coverage_counts_documented_statuses() -> None:
    """Rule: per operation and status, those of faults apart. Source: the control API's table."""
    with AmigoMock() as mock, mock.client() as client:
        client.get(PERSONAS)
        client.get(PERSONAS)
        client.get(f"{PERSONAS}?limit=x")
        mock.faults.add(LIST, status=503)
        mock.faults.add(LIST, status=418)
        client.get(PERSONAS)
        client.get(PERSONAS)
        client.get("/nothing")
        answer = client.get("/_mock/coverage")
        assert answer.status_code == 200
        found = {row["operation"]: row for row in answer.json()["operations"]}
        assert list(found) == [operation.id for operation in CATALOG.all()]
        assert found[LIST]["statuses"] == {
            "200": 2, "401": 0, "403": 0, "404": 0, "422": 1, "429": 0, "503": 0
        }  # fmt: skip
        assert found[LIST]["faults"] == {"418": 1, "503": 1}
        others = [row for name, row in found.items() if name != LIST]
        assert not any(count for row in others for count in row["statuses"].values())
        assert not any(row["faults"] for row in others)


def test_coverage_outlives_a_reset() -> None:
    """Rule: what a whole run exercised, however often it was reset. Source: the journal."""
    with AmigoMock() as mock, mock.client() as client:
        client.get(PERSONAS)
        mock.reset()
        found = {
            row["operation"]: row for row in client.get("/_mock/coverage").json()["operations"]
        }
        assert found[LIST]["statuses"]["200"] == 1
