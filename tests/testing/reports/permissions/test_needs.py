"""Permission use: the smallest role with which the same requests get the same answers."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.resources import CATALOG
from amigo_mock.state.requests import Entry
from amigo_mock.testing.reports.permissions import PermissionUse
from tests.support.bodies import persona
from tests.support.paths import NOBODY, PERSONAS, SIGN_IN
from tests.support.worlds import (
    LATEST,
    SERVICE,
)
from tests.testing.reports.permissions.support import (
    DELETE,
    ME,
    READ,
    Script,
    ask,
    everything,
    furnish,
    of_people,
    only_missing,
    run,
)


def statuses(answers: list[tuple[Any, Any]]) -> list[Any]:
    return [status for status, _ in answers]


def only_a_new_version_set(client: httpx2.Client) -> None:
    furnish(client)
    path = {"service_id": SERVICE, "version_set_name": "gamma"}
    ask(client, "upsert-service-version-set", {"version_set": LATEST}, **path)


def only_missing_artifacts(client: httpx2.Client) -> None:
    """Nobody asks for the state machine of what is not there."""
    ask(
        client,
        "get-simulation-unit-test-set-run-artifacts",
        simulation_unit_test_set_run_id=NOBODY,
    )


def runs_without_rows(client: httpx2.Client) -> None:
    furnish(client)
    ask(client, "get-simulation-unit-test-set-runs", query={"limit": 0})


def only_a_conflict(client: httpx2.Client) -> None:
    client.post(PERSONAS, json=persona())
    client.post(PERSONAS, json=persona())


def only_versions(client: httpx2.Client) -> None:
    client.get(f"{PERSONAS}{NOBODY}/version/")


def only_turned_away(client: httpx2.Client) -> None:
    """Answers that come before the handler."""
    client.post(PERSONAS, json={})
    client.get(PERSONAS, params={"limit": "x"})
    client.get(PERSONAS, headers={"Authorization": "none"})
    client.delete(f"{PERSONAS.replace('mock-org', 'no-org')}{NOBODY}/", headers={"X-ORG-ID": "a"})
    client.delete(
        f"{PERSONAS.replace('mock-org', 'no-org')}{NOBODY}/", headers={"X-ORG-ID": "mock-org"}
    )
    client.put("/_mock/maintenance", json={"enabled": True})
    client.delete(f"{PERSONAS}{NOBODY}/")
    client.put("/_mock/maintenance", json={"enabled": False})
    client.put("/_mock/rate-limits", json={"limits": {"delete-simulation-persona": 0}})
    client.delete(f"{PERSONAS}{NOBODY}/")
    client.get("/nothing")
    client.post(SIGN_IN, headers={"x-api-key": "a", "x-api-key-id": "b", "x-user-id": "c"})


def only_empty_lists(client: httpx2.Client) -> None:
    client.get(PERSONAS)
    client.get(f"{PERSONAS}search", params={"query": "a"})


def a_list_without_rows(client: httpx2.Client) -> None:
    """It has more to show, which only those hear who may see it."""
    client.post(PERSONAS, json=persona())
    client.get(PERSONAS, params={"limit": 0})


def faults(client: httpx2.Client) -> None:
    """The next call needs the creation whose answer was lost, and no call that did not happen."""
    for when, id in (("before", "delete-simulation-persona"), ("after", "get-simulation-personas")):
        client.post("/_mock/faults", json={"operation": id, "status": 503, "when": when})
    client.post(
        "/_mock/faults",
        json={"operation": "create-simulation-persona", "status": 503, "when": "after"},
    )
    client.post(PERSONAS, json=persona())
    client.delete(f"{PERSONAS}{NOBODY}/")
    client.get(PERSONAS)
    client.post(PERSONAS, json=persona())


SCRIPTS: dict[Script, int] = {
    everything: 30,
    only_a_new_version_set: 1,
    only_missing_artifacts: 1,
    runs_without_rows: 1,
    only_missing: 1,
    only_a_conflict: 2,
    only_versions: 1,
    only_turned_away: 0,
    only_empty_lists: 1,
    a_list_without_rows: 3,
    faults: 2,
}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_the_role_is_enough_and_nothing_in_it_is_too_much(script: Script) -> None:
    """Rule: with what is printed, the same answers; without any one of it, another.

    Source: the setting `permissions`.
    """
    grants, answers = run(script)
    if script is only_turned_away:
        assert {401, 404, 422, 429, 503} <= set(statuses(answers))
    text = grants.text()
    if f"role of {ME}" in text:
        printed = text.partition(f"role of {ME}\n")[2].partition("\n\n")[0]
        assert json.loads(printed) == grants.role(ME)
    role = grants.role()
    assert len(role) == SCRIPTS[script]
    assert run(script, permissions=role)[1] == answers
    for grant in role:
        less = [other for other in role if other != grant]
        assert run(script, permissions=less)[1] != answers


@pytest.mark.parametrize("script", [of_people, only_missing, only_a_conflict, faults])
def test_statuses_tell_what_is_missing(script: Script) -> None:
    """Rule: whatever is left out of the role turns some status into another.

    Source: the setting `permissions`.
    """
    grants, answers = run(script)
    role = grants.role()
    assert statuses(run(script, permissions=role)[1]) == statuses(answers)
    for grant in role:
        less = [other for other in role if other != grant]
        assert statuses(run(script, permissions=less)[1]) != statuses(answers)


def test_the_scripts_meet_every_answer() -> None:
    """Rule: the proof above is about all that a handler can say. Source: the house's own rules."""
    with AmigoMock(run_duration=0) as mock, mock.client() as client:
        everything(client)
        for item in CATALOG.all():
            met = {entry.status for entry in mock.requests.to(item.id)}
            assert met >= ({item.status, *item.errors} - {401, 403} if met else set()), item.id
        called = {entry.operation for entry in mock.requests}
        assert called == {item.id for item in CATALOG.all() if item.permissions}


def test_a_list_that_came_back_empty_needs_its_permission() -> None:
    """Rule: a list without an entry would have been refused without the permission, so it is in the
    role. Source: assumption permission-first.
    """
    grants, _ = run(only_empty_lists)
    assert grants.permissions() == [READ]


def test_a_fault_ahead_of_the_handler_needs_nothing() -> None:
    """Rule: what the service never saw needs no permission of it. Source: permissions."""
    grants = PermissionUse(CATALOG.all())
    entry = Entry(1, 0.0, "DELETE", "/", "", "delete-simulation-persona", status=204, fault=True)
    entry.organization, entry.user = "o", "u"
    grants.add("a", entry)
    assert (grants.callers, grants.role("o/u")) == (["o/u"], [])
    entry.handled, entry.permissions = True, {DELETE}
    grants.add("a", entry)
    assert grants.permissions("o/u") == [DELETE]
