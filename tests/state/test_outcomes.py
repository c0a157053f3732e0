"""Outcomes: what can be scripted, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError
from tests.support.suite import Suite

POLITE: dict[str, Any] = {"unit_test": "Refill works", "criterion": "Done"}


@pytest.fixture
def scripted(mock: AmigoMock, client: httpx2.Client) -> AmigoMock:
    """A fake with a unit test `Refill works` that has a criterion `Done`."""
    Suite(client).unit_test()
    return mock


@pytest.fixture
def control(scripted: AmigoMock) -> Iterator[httpx2.Client]:
    with scripted.client(base_url=f"{scripted.url}/_mock/") as found:
        del found.headers["Authorization"]
        yield found


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (
            {"unit_test": "Refil works", "error": "x"},
            "there is no unit test 'Refil works' (did you mean 'Refill works'?)",
        ),
        (
            {"unit_test": "Refill works", "criterion": "Dona"},
            "unit test 'Refill works' has no criterion 'Dona' (did you mean 'Done'?)",
        ),
        (
            {**POLITE, "organization": "mock-orgs"},
            "there is no organization 'mock-orgs' (did you mean 'mock-org'?)",
        ),
        (
            {"unit_test": "Refill works"},
            "outcome: an outcome needs a criterion, an error or a transcript",
        ),
        ({**POLITE, "run": 0}, "outcome 'run': Input should be greater than or equal to 1"),
    ],
)
def test_mistakes_are_refused(
    scripted: AmigoMock, control: httpx2.Client, outcome: dict[str, Any], text: str
) -> None:
    """Rule: a name that is not there is refused with the nearest, in Python and over HTTP, and
    nothing is scripted. Source: the README.
    """
    with pytest.raises(MockError) as caught:
        scripted.outcomes.add(**outcome)
    assert str(caught.value) == text
    answer = control.post("outcomes", json=outcome)
    assert answer.status_code == 422
    assert text.rpartition(": ")[2] in answer.text
    assert len(scripted.outcomes) == 0


def test_unknown_fields_are_refused(scripted: AmigoMock, control: httpx2.Client) -> None:
    """Rule: a misspelt field is named with the nearest. Source: the README."""
    with pytest.raises(MockError, match="no field 'eror'"):
        scripted.outcomes.add("Refill works", eror="x")
    answer = control.post("outcomes", json={"unit_test": "Refill works", "eror": "x"})
    assert answer.status_code == 422
    assert "did you mean 'error'" in answer.text


def test_deleted_unit_tests_have_no_outcome(scripted: AmigoMock, client: httpx2.Client) -> None:
    """Rule: what is deleted does not run. Source: the README."""
    (test,) = Suite(client).unit_tests()
    client.delete(f"/v1/mock-org/simulation/unit_test/{test['id']}/")
    for name in (test["id"], test["name"]):
        with pytest.raises(MockError, match="there is no unit test"):
            scripted.outcomes.add(name, error="x")


def test_the_control_api(scripted: AmigoMock, control: httpx2.Client) -> None:
    """Rule: what is scripted is listed, and cleared. Source: the control API's table."""
    answer = control.post("outcomes", json=POLITE)
    assert answer.status_code == 201
    everything = {"error": None, "transcript": None, "run": None, "organization": None}
    assert answer.json() == {**POLITE, **everything}
    assert [found.criterion for found in scripted.outcomes] == ["Done"]
    assert control.get("outcomes").json() == {"outcomes": [answer.json()]}
    assert control.delete("outcomes").status_code == 204
    assert control.get("outcomes").json() == {"outcomes": []}


def test_a_reset_clears_them(scripted: AmigoMock) -> None:
    """Rule: a reset is back to the start. Source: the README."""
    scripted.outcomes.add(**POLITE)
    scripted.reset()
    assert list(scripted.outcomes) == []


def test_an_outcome_may_be_one_organization_s(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: with an organization it is about that one's unit test alone. Source: the README."""
    suite = Suite(client)
    suite.unit_test_set(suite.unit_test())
    state = client.get("/_mock/state").text.replace("mock-org", "twin-org")
    twin = json.loads(state)["organizations"][0]
    assert client.post("/_mock/organizations", json=twin).status_code == 201
    mock.outcomes.add("Refill works", criterion="Done", organization="twin-org")
    failed = []
    for organization in ("mock-org", "twin-org"):
        token = mock.token(organization=organization)
        headers = {"Authorization": f"Bearer {token}"}
        runs = f"/v1/{organization}/simulation/unit_test_set_run/"
        sets = f"/v1/{organization}/simulation/unit_test_set/"
        (found,) = client.get(sets, headers=headers).json()["simulation_unit_test_sets"]
        body = {"simulation_unit_test_set_id": found["id"]}
        assert client.post(runs, json=body, headers=headers).status_code == 201
        (run,) = client.get(runs, headers=headers).json()["simulation_unit_test_set_runs"]
        failed.append(run["failed_metrics"])
    assert failed == [False, True]
