"""Unit test sets: what they hold must be there, and stays there while they do."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.support.paths import NOBODY, SETS, UNIT_TESTS
from tests.support.suite import Json, Suite
from tests.support.verbs import names, places
from tests.support.worlds import grant, put_organization, user

SEARCH = f"{SETS}search/"


@pytest.fixture
def suite(client: httpx2.Client) -> Suite:
    return Suite(client)


def change(suite: Suite, id: str, **changes: Any) -> int:
    return suite.status("POST", f"{SETS}{id}", json=changes)


def test_a_set_is_created(suite: Suite) -> None:
    """Rule: it is shown as it was sent, tags as a list, with no run. Source: published document."""
    test = suite.unit_test()
    id = suite.unit_test_set(test, runs=3, tags={"a": None}, description="Nightly.")
    (found,) = suite.sets()
    who = {"org_id": "mock-org", "user_id": "mock-user"}
    assert found.pop("created_at") == found.pop("updated_at")
    assert found == {
        "id": id,
        "org_id": "mock-org",
        "name": "Every night",
        "description": "Nightly.",
        "unit_test_runs": [{"unit_test_id": test, "run_count": 3}],
        "last_triggered_run_id": None,
        "is_deleted": False,
        "tags": [{"key": "a", "value": None}],
        "creator": who,
        "updated_by": who,
    }


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"name": ""}, ["name"]),
        ({"unit_test_runs": []}, ["unit_test_runs"]),
        (
            {"unit_test_runs": [{"unit_test_id": NOBODY, "run_count": 0}]},
            ["unit_test_runs", 0, "run_count"],
        ),
    ],
)
def test_fields_are_checked(suite: Suite, changes: Json, place: list[Any]) -> None:
    """Rule: text, counts and ids are the published ones. Source: published document."""
    runs = [{"unit_test_id": NOBODY, "run_count": 1}]
    body: Json = {"name": "S", "description": None, "unit_test_runs": runs, "tags": {}, **changes}
    assert [found for _, found in places(suite.client.post(SETS, json=body))] == [["body", *place]]
    del body["description"]
    assert ["body", "description"] in [
        found for _, found in places(suite.client.post(SETS, json=body))
    ]


def test_its_unit_tests_must_exist(suite: Suite) -> None:
    """Rule: 404 for an unknown or deleted unit test, in new sets and changed ones. Source:
    published document.
    """
    gone, test = suite.unit_test("Gone"), suite.unit_test()
    assert suite.status("DELETE", f"{UNIT_TESTS}{gone}/") == 204
    id = suite.unit_test_set(test)
    for missing in (gone, NOBODY):
        runs = [{"unit_test_id": found, "run_count": 1} for found in (test, missing)]
        body: Json = {"name": "Other", "description": None, "unit_test_runs": runs, "tags": {}}
        assert suite.status("POST", SETS, json=body) == 404
        assert change(suite, id, unit_test_runs=runs) == 404


def test_names_are_unique(suite: Suite) -> None:
    """Rule: 409 for the name of a set that is not deleted, when creating and when renaming.
    Source: published document.
    """
    test = suite.unit_test()
    one, two = suite.unit_test_set(test), suite.unit_test_set(test, name="Other")
    assert change(suite, two, name="Every night") == 409
    assert change(suite, one, name="Every night") == 204
    assert suite.status("DELETE", f"{SETS}{one}") == 204
    assert change(suite, two, name="Every night") == 204
    assert names(suite.sets(is_deleted=False)) == ["Every night"]


def test_a_unit_test_in_a_set_is_not_deleted(suite: Suite) -> None:
    """Rule: 400 while a set that is not deleted holds it. Source: published document."""
    one, two = suite.unit_test("One"), suite.unit_test("Two")
    id = suite.unit_test_set(one, two)
    assert [suite.status("DELETE", f"{UNIT_TESTS}{test}/") for test in (one, two)] == [400, 400]
    assert change(suite, id, unit_test_runs=[{"unit_test_id": two, "run_count": 1}]) == 204
    assert [suite.status("DELETE", f"{UNIT_TESTS}{test}/") for test in (one, two)] == [204, 400]
    assert suite.status("DELETE", f"{SETS}{id}") == 204
    assert suite.status("DELETE", f"{UNIT_TESTS}{two}/") == 204


def test_a_set_is_changed(suite: Suite) -> None:
    """Rule: null or left out is as it was; a description can be taken away with null. Source:
    published document.
    """
    id = suite.unit_test_set(suite.unit_test(), description="Nightly.", tags={"a": "b"})
    before = suite.sets()[0]
    assert change(suite, id, description={}, name=None, unit_test_runs=None, tags=None) == 204
    after = suite.sets()[0]
    assert {**after, "updated_at": before["updated_at"]} == before
    assert change(suite, id, description=None, tags={}) == 204
    assert (suite.sets()[0]["description"], suite.sets()[0]["tags"]) == (None, [])
    assert change(suite, NOBODY) == 404


def test_a_deleted_one_stays_to_be_read(suite: Suite) -> None:
    """Rule: listed as deleted; 404 for changes. Source: published document."""
    id = suite.unit_test_set(suite.unit_test())
    assert suite.status("DELETE", f"{SETS}{id}") == 204
    assert names(suite.sets(is_deleted=True)) == ["Every night"]
    assert suite.status("DELETE", f"{SETS}{id}") == 404
    assert change(suite, id) == 404
    assert suite.get(SEARCH, query="night")["simulation_unit_test_sets"] == []


def test_filters_and_search(suite: Suite) -> None:
    """Rule: by unit test, tag and creator; search reads name and description. Source: published
    document.
    """
    one, two = suite.unit_test("One"), suite.unit_test("Two")
    suite.unit_test_set(one, name="Morning", tags={"a": None})
    id = suite.unit_test_set(one, two, name="Night", description="Not in the morning.")
    assert names(suite.sets(unit_test_id=one)) == ["Morning", "Night"]
    assert names(suite.sets(unit_test_id=[two, NOBODY])) == ["Night"]
    assert names(suite.sets(tag="a:*")) == ["Morning"]
    assert names(suite.sets(creator="mock-org,nobody")) == []
    assert names(suite.sets(sort_by="+updated_at", limit=1)) == ["Morning"]
    assert suite.get(SETS)["filter_values"] == {
        "creators": [{"org_id": "mock-org", "user_id": "mock-user"}],
        "unit_test_ids": [one, two],
        "tags": ["a"],
    }
    assert suite.status("GET", SETS, params={"limit": 21}) == 422
    found = suite.get(SEARCH, query="morning")["simulation_unit_test_sets"]
    assert names(found) == ["Morning", "Night"]
    assert found[1]["_id"] == id
    narrowed = suite.get(SEARCH, query="morning", unit_test_id=two)["simulation_unit_test_sets"]
    assert names(narrowed) == ["Night"]


def test_permissions(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: reading filters, writing is a 403 without the grant. Source: published document."""
    night = {"name": {"type": "Equals", "value": "Night"}}
    verbs = ("Get", "Modify", "Delete")
    grants = [grant(f"Simulation:{verb}SimulationUnitTestSet", **night) for verb in verbs]
    put_organization(client, user("bea", *grants))
    suite = Suite(client)
    test = suite.unit_test()
    ids = [suite.unit_test_set(test, name=name) for name in ("Day", "Night")]
    with mock.client(user="bea") as bea:
        mine = Suite(bea)
        assert names(mine.sets()) == ["Night"]
        assert [change(mine, id) for id in ids] == [403, 204]
        runs = [{"unit_test_id": test, "run_count": 1}]
        body: Json = {"name": "New", "description": None, "unit_test_runs": runs, "tags": {}}
        assert mine.status("POST", SETS, json=body) == 403
        assert [mine.status("DELETE", f"{SETS}{id}") for id in ids] == [403, 204]
