"""Scripts: what can be scripted, and what is refused; outcomes are the ones there are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from pydantic import ConfigDict

from amigo_mock import AmigoMock, MockError
from amigo_mock.engine.fake import Fake
from amigo_mock.resources import CATALOG
from amigo_mock.state.scripts import Script, Scripts
from amigo_mock.world.records import Record
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
    answer = control.post("scripts/outcomes", json=outcome)
    assert answer.status_code == 422
    assert text.rpartition(": ")[2] in answer.text
    assert len(scripted.outcomes) == 0


def test_unknown_fields_are_refused(scripted: AmigoMock, control: httpx2.Client) -> None:
    """Rule: a misspelt field is named with the nearest. Source: the README."""
    with pytest.raises(MockError, match="no field 'eror'"):
        scripted.outcomes.add("Refill works", eror="x")  # type: ignore[call-arg]
    answer = control.post("scripts/outcomes", json={"unit_test": "Refill works", "eror": "x"})
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
    answer = control.post("scripts/outcomes", json=POLITE)
    assert answer.status_code == 201
    everything = {"error": None, "transcript": None, "run": None, "organization": None}
    assert answer.json() == {**POLITE, **everything}
    assert [found.criterion for found in scripted.outcomes] == ["Done"]
    assert control.get("scripts/outcomes").json() == {"outcomes": [answer.json()]}
    assert control.delete("scripts/outcomes").status_code == 204
    assert control.get("scripts/outcomes").json() == {"outcomes": []}


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


# Worlds


def state(mock: AmigoMock) -> dict[str, Any]:
    """The whole world of a fake as a document."""
    with mock.client() as client:
        found: dict[str, Any] = client.get("/_mock/state").json()
        return found


def document(**outcome: Any) -> dict[str, Any]:
    """A world with a unit test `Refill works` that has a criterion `Done`, and a script."""
    with AmigoMock() as mock, mock.client() as client:
        Suite(client).unit_test()
        world = state(mock)
    return {**world, "scripts": {"outcomes": [{"unit_test": "Refill works", **outcome}]}}


def test_a_world_carries_scripts_in_and_out() -> None:
    """Rule: what a world scripts is there at the start, after a reset again, and written out with
    the world. Source: `Scripts`.
    """
    given = document(error="Gone.")
    with AmigoMock(seed=given) as mock:
        (outcome,) = mock.outcomes
        assert outcome.error == "Gone."
        assert state(mock)["scripts"] == given["scripts"]
        mock.outcomes.clear()
        assert "scripts" not in state(mock)
        mock.outcomes.add("Refill works", criterion="Done")
        mock.reset()
        assert list(mock.outcomes) == [outcome]


def test_a_world_without_scripts_leaves_them(scripted: AmigoMock, control: httpx2.Client) -> None:
    """Rule: a state replaces the scripts only if it has some. Source: `Fake.put_state`."""
    scripted.outcomes.add(**POLITE)
    before = state(scripted)
    scripted.outcomes.add("Refill works", error="x")
    without = {"organizations": before["organizations"]}
    assert control.put("state", json=without).status_code == 204
    assert len(scripted.outcomes) == 2
    assert control.put("state", json=before).status_code == 204
    assert [outcome.criterion for outcome in scripted.outcomes] == ["Done"]


def test_what_refers_to_nothing_any_more_is_not_written_out(
    scripted: AmigoMock, client: httpx2.Client
) -> None:
    """Rule: a state that was written out can be read again. Source: `Scripts.document`."""
    scripted.outcomes.add(**POLITE)
    (test,) = Suite(client).unit_tests()
    client.delete(f"/v1/mock-org/simulation/unit_test/{test['id']}/")
    written = state(scripted)
    assert written["scripts"] == {"outcomes": []}
    AmigoMock(seed=written)


@pytest.mark.parametrize(
    ("scripts", "text"),
    [
        ({"outcome": []}, "scripts: there is no script 'outcome' (did you mean 'outcomes'?)"),
        ({"outcomes": {}}, "scripts.outcomes: expected a list"),
        (
            {"outcomes": [{**POLITE, "eror": "x"}]},
            "scripts.outcomes.0.eror: there is no such field (did you mean 'error'?)",
        ),
        (
            {"outcomes": [POLITE, {"unit_test": "Refil works", "error": "x"}]},
            "scripts.outcomes.1: there is no unit test 'Refil works' "
            "(did you mean 'Refill works'?)",
        ),
    ],
)
def test_wrong_scripts_of_a_world_are_refused(scripts: Any, text: str) -> None:
    """Rule: the mistake is named with its place, and nothing is loaded. Source: `Scripts.read`."""
    with pytest.raises(MockError) as caught:
        AmigoMock(seed={**document(error="x"), "scripts": scripts})
    assert str(caught.value) == f"world: {text}"


def test_a_tenant_s_world_carries_scripts(scripted: AmigoMock, control: httpx2.Client) -> None:
    """Rule: a script that is limited to the organization of a world goes with it into a tenant.
    Source: `renamed`.
    """
    world = document(error="x", organization="mock-org")
    opened = control.post("tenants", json={"organization": "twin", "world": world})
    assert opened.status_code == 201
    answer = control.get("scripts/outcomes", headers={"X-Amigo-Mock-Organization": "twin"})
    (outcome,) = answer.json()["outcomes"]
    assert control.delete("tenants/twin").status_code == 204
    assert (outcome["organization"], outcome["error"]) == ("twin", "x")
    assert list(scripted.outcomes) == []


# Any script


class Reply(Record):
    """A made-up value: a text, and the user who is to hear it."""

    model_config = ConfigDict(extra="forbid")

    text: str
    user: str | None = None
    organization: str | None = None


REPLIES = Script("replies", Reply, "reply", once=True)


@pytest.fixture
def queue() -> Scripts:
    """Scripts of a fake whose only script is a queue."""
    fake = Fake(CATALOG)
    return Scripts({"replies": REPLIES}, lambda: fake.world)


def test_a_queue_is_used_up(queue: Scripts) -> None:
    """Rule: with `once`, the first value that fits is taken and gone. Source: `Script`."""
    replies = queue.of(REPLIES)
    for text in ("One", "Two"):
        replies.add(text)
    replies.add("Mine", user="ann")
    found = [queue.take(REPLIES, "mock-org", lambda one: one.user == "ann") for _ in range(2)]
    assert [one and one.text for one in found] == ["Mine", None]
    found = [queue.take(REPLIES, "mock-org", lambda _: True) for _ in range(3)]
    assert [one and one.text for one in found] == ["One", "Two", None]


def test_a_value_of_another_organization_is_not_taken(queue: Scripts) -> None:
    """Rule: a field `organization` limits a value. Source: `Script`."""
    queue.of(REPLIES).add("Hi", organization="mock-org")
    assert queue.take(REPLIES, "other", lambda _: True) is None
    assert queue.about(REPLIES, "other") == []
    assert queue.about(REPLIES, "mock-org") == [Reply(text="Hi", organization="mock-org")]


def test_what_was_taken_can_be_restored(queue: Scripts) -> None:
    """Rule: a snapshot stays as it is. Source: `Scripts.snapshot`."""
    queue.of(REPLIES).add("Hi")
    before = queue.snapshot()
    queue.take(REPLIES, "mock-org", lambda _: True)
    assert list(queue.of(REPLIES)) == []
    queue.restore(before)
    assert list(queue.of(REPLIES)) == [Reply(text="Hi")]


def test_one_value_is_removed(queue: Scripts) -> None:
    """Rule: the value that is named goes, and one that is not there is an error. Source:
    `ScriptedValues.remove`.
    """
    replies = queue.of(REPLIES)
    one, other = replies.add("One"), replies.add("Other")
    replies.remove(one)
    assert list(replies) == [other]
    with pytest.raises(MockError, match="there is no such reply"):
        replies.remove(one)
