"""Grants: the smallest role with which the same requests get the same answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.errors import MockError
from amigo_mock.resources import CATALOG
from amigo_mock.state.requests import Entry
from amigo_mock.testing.reports.permissions import Grants
from tests.support.bodies import persona, persona_version, scenario, scenario_version
from tests.support.paths import NOBODY, PERSONAS, SCENARIOS, SIGN_IN
from tests.support.worlds import (
    ANN,
    BUSY_SET,
    FREE_METRIC,
    FREE_TEST,
    GOING,
    LATEST,
    METRIC,
    OTHER_SERVICE,
    PARTS,
    REFILL,
    RUN,
    SERVICE,
    SET,
    TEST,
    WORD_METRIC,
    YES,
)

ME, YOU = "mock-org/mock-user", "mock-org/you"
CREATE, MODIFY = "Simulation:CreateSimulationPersona", "Simulation:ModifySimulationPersona"
DELETE, READ = "Simulation:DeleteSimulationPersona", "Simulation:GetSimulationPersona"

Script = Callable[[httpx2.Client], None]


def run(script: Script, **settings: Any) -> tuple[Grants, list[tuple[Any, Any]]]:
    """What a script needs, and its answers: status and what was listed."""
    with AmigoMock(clock="2026-01-31T12:00:00Z", **settings) as mock, mock.client() as client:
        grants = Grants(CATALOG.all())
        mock.requests.subscribe(lambda entry: grants.add("a", entry))
        script(client)
        return grants, [(entry.status, entry.response_body) for entry in mock.requests]


def statuses(answers: list[tuple[Any, Any]]) -> list[Any]:
    return [status for status, _ in answers]


BY_ID = {operation.id: operation for operation in CATALOG.all()}


def ask(client: httpx2.Client, id: str, body: Any = None, query: Any = None, **path: str) -> Any:
    """What an operation answers, if that is an object."""
    item = BY_ID[id]
    where = item.path.format(organization="mock-org", **path)
    answer = client.request(item.method, where, json=body, params=query)
    return answer.json() if answer.content else {}


def example(id: str, **changes: Any) -> dict[str, Any]:
    """The body of an example, which names what is in `PARTS`."""
    return {**next(iter(BY_ID[id].examples.values())), **changes}


def furnish(client: httpx2.Client) -> None:
    """Put everything there that the examples name, whatever the caller may do."""
    for kind, records in PARTS.items():
        order = {"kind": kind, "records": records, "numbered": True}
        client.post("/_mock/records", json=order)


def everything(client: httpx2.Client) -> None:
    """Every operation with a permission, so that each of its answers but the 403 is there."""
    furnish(client)
    of_people(client)
    of_services(client)
    of_metrics(client)
    of_unit_tests(client)
    of_sets(client)
    of_runs(client)
    client.delete(f"{PERSONAS}{ANN}/")
    client.delete(f"{SCENARIOS}{REFILL}/")


def of_people(client: httpx2.Client) -> None:
    for base, body, version in (
        (PERSONAS, persona("Bea"), persona_version()),
        (SCENARIOS, scenario("Transfer"), scenario_version()),
    ):
        made = client.post(base, json=body).json()
        client.post(base, json=body)
        client.post(base, json={})
        (id,) = made.values()
        for where in (id, NOBODY):
            client.post(f"{base}{where}/", json={"tags": {"a": "b"}})
            client.post(f"{base}{where}/version/", json=version)
            client.get(f"{base}{where}/version/")
        client.post(f"{base}{id}/version/", params={"version": 9}, json=version)
        client.get(base)
        client.get(f"{base}search", params={"query": body["name"]})
        client.delete(f"{base}{id}/")
        client.delete(f"{base}{id}/")


def of_services(client: httpx2.Client) -> None:
    body = example("create-service")
    unknown = {**LATEST, "agent_version_number": 99}
    ask(client, "create-service", body)
    ask(client, "create-service", body)
    ask(client, "create-service", {**body, "agent_id": NOBODY})
    ask(client, "create-service", {**body, "name": "New", "release_version_set": unknown})
    ask(client, "get-services")
    for id, change in (
        (OTHER_SERVICE, {"description": "Another."}),
        (OTHER_SERVICE, {"name": "Used"}),
        (OTHER_SERVICE, {"agent_id": NOBODY}),
        (NOBODY, {}),
    ):
        ask(client, "update-service", change, service_id=id)
    for id, name, versions in (
        (SERVICE, "beta", LATEST),
        (SERVICE, "gamma", LATEST),
        (SERVICE, "beta", unknown),
        (NOBODY, "beta", LATEST),
    ):
        body = {"version_set": versions}
        path = {"service_id": id, "version_set_name": name}
        ask(client, "upsert-service-version-set", body, **path)
    for id, name in ((SERVICE, "beta"), (SERVICE, "edge"), (NOBODY, "beta")):
        path = {"service_id": id, "version_set_name": name}
        ask(client, "delete-service-version-set", **path)


def of_metrics(client: httpx2.Client) -> None:
    body = example("create-metric")
    ask(client, "create-metric", body)
    ask(client, "create-metric", body)
    ask(client, "get-metrics")
    ask(client, "search-metrics", query={"query": "used"})
    version = example("create-metric-version", metric_value={"type": "boolean"})
    other = {**version, "metric_value": {"type": "categorical", "categories": ["a"]}}
    for id in (FREE_METRIC, NOBODY):
        ask(client, "update-metric", {"tags": {"a": "b"}}, metric_id=id)
        ask(client, "create-metric-version", version, metric_id=id)
        ask(client, "get-metric-versions", metric_id=id)
    ask(client, "create-metric-version", other, metric_id=FREE_METRIC)
    ask(client, "create-metric-version", version, {"version": 9}, metric_id=FREE_METRIC)
    for id in (METRIC, FREE_METRIC, NOBODY):
        ask(client, "delete-metric", metric_id=id)


def of_unit_tests(client: httpx2.Client) -> None:
    body = example("create-simulation-unit-test")
    (criterion,) = body["success_criterions"][:1]
    other = [{**criterion, "metric_id": WORD_METRIC, "criterion": YES}]
    ask(client, "create-simulation-unit-test", body)
    ask(client, "create-simulation-unit-test", body)
    ask(client, "create-simulation-unit-test", {**body, "persona_id": NOBODY})
    ask(client, "create-simulation-unit-test", {**body, "success_criterions": other})
    ask(client, "get-simulation-unit-tests")
    ask(client, "search-simulation-unit-tests", query={"query": "used"})
    for id, change in (
        (FREE_TEST, {"description": "Another."}),
        (FREE_TEST, {"success_criterions": other}),
        (NOBODY, {}),
    ):
        ask(client, "update-simulation-unit-test", change, simulation_unit_test_id=id)
    for id in (TEST, FREE_TEST, NOBODY):
        ask(client, "delete-simulation-unit-test", simulation_unit_test_id=id)


def of_sets(client: httpx2.Client) -> None:
    body = example("create-simulation-unit-test-set")
    nowhere = {**body, "unit_test_runs": [{"unit_test_id": NOBODY, "run_count": 1}]}
    made = ask(client, "create-simulation-unit-test-set", body)
    ask(client, "create-simulation-unit-test-set", body)
    ask(client, "create-simulation-unit-test-set", nowhere)
    ask(client, "get-simulation-unit-test-sets")
    ask(client, "search-simulation-unit-test-sets", query={"query": "set"})
    for id, change in ((SET, {"description": None}), (SET, {"name": "There"}), (NOBODY, {})):
        ask(client, "update-simulation-unit-test-set", change, simulation_unit_test_set_id=id)
    for id in (made.get("simulation_unit_test_set_id", NOBODY), NOBODY):
        ask(client, "delete-simulation-unit-test-set", simulation_unit_test_set_id=id)


def of_runs(client: httpx2.Client) -> None:
    start, id = "create-simulation-unit-test-set-run", "simulation_unit_test_set_run_id"
    made = ask(client, start, {"simulation_unit_test_set_id": SET})
    for tests in (BUSY_SET, NOBODY):
        ask(client, start, {"simulation_unit_test_set_id": tests})
    ask(client, "get-simulation-unit-test-set-runs")
    for run in (made.get(id, NOBODY), GOING, NOBODY):
        ask(client, "get-simulation-unit-test-set-run-artifacts", **{id: run})
    for run in (RUN, GOING, NOBODY):
        ask(client, "cancel-simulation-unit-test-set-run", **{id: run})


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


def only_missing(client: httpx2.Client) -> None:
    client.delete(f"{PERSONAS}{NOBODY}/")


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
    """What comes next needs the creation whose answer was lost, and no call that did not happen."""
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


# What is needed

SCRIPTS: dict[Script, int] = {
    everything: 30,
    only_a_new_version_set: 1,
    only_missing_artifacts: 1,
    runs_without_rows: 1,
    only_missing: 1,
    only_a_conflict: 2,
    only_versions: 1,
    only_turned_away: 0,
    only_empty_lists: 0,
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
    with AmigoMock() as mock, mock.client() as client:
        everything(client)
        for item in CATALOG.all():
            met = {entry.status for entry in mock.requests.to(item.id)}
            assert met >= ({item.status, *item.errors} - {401, 403} if met else set()), item.id
        called = {entry.operation for entry in mock.requests}
        assert called == {item.id for item in CATALOG.all() if item.permissions}


def test_lists_that_came_back_empty_are_told() -> None:
    """Rule: what nothing proves is left out of the role, and said. Source: permissions."""
    grants, _ = run(only_empty_lists)
    assert (grants.role(), grants.unproven()) == ([], [READ])
    assert f"left out: {READ}" in grants.text()


def test_a_list_that_the_journal_cut_is_taken_to_show_something() -> None:
    """Rule: in doubt the permission is in the role. Source: permissions."""
    grants, _ = run(only_empty_lists, journal_body_size=10)
    assert grants.permissions() == [READ]


def test_a_fault_ahead_of_the_handler_needs_nothing() -> None:
    """Rule: what the service never saw needs no permission of it. Source: permissions."""
    grants = Grants(CATALOG.all())
    entry = Entry(1, 0.0, "DELETE", "/", "", "delete-simulation-persona", status=204, fault=True)
    entry.organization, entry.user = "o", "u"
    grants.add("a", entry)
    assert (grants.callers, grants.role("o/u")) == (["o/u"], [])
    entry.handled, entry.permissions = True, {DELETE}
    grants.add("a", entry)
    assert grants.permissions("o/u") == [DELETE]


# By test and by caller


@pytest.fixture
def fed(mock: AmigoMock) -> Iterator[Fed]:
    found = Fed()
    mock.requests.subscribe(found.add)
    yield found
    mock.requests.unsubscribe(found.add)


class Fed:
    """Grants that a fake feeds, in the test that is named."""

    def __init__(self) -> None:
        self.grants = Grants(CATALOG.all())
        self.test = "a"

    def add(self, entry: Entry) -> None:
        self.grants.add(self.test, entry)


@pytest.fixture
def you(mock: AmigoMock, client: httpx2.Client) -> Iterator[httpx2.Client]:
    """Somebody who may do nothing."""
    world = client.get("/_mock/state").json()
    world["organizations"][0]["users"].append({"id": "you", "grants": []})
    assert client.put("/_mock/state", json=world).status_code < 300
    with mock.client("you") as found:
        yield found


def some(client: httpx2.Client, you: httpx2.Client, fed: Fed) -> None:
    client.post(PERSONAS, json=persona())
    you.post(PERSONAS, json=persona("Bob"))
    fed.test = "b"
    client.get(PERSONAS)
    client.delete(f"{PERSONAS}{NOBODY}/")
    fed.test = "c"
    client.post(PERSONAS, json={})


def test_needs_are_told_by_test_and_by_caller(
    client: httpx2.Client, you: httpx2.Client, fed: Fed
) -> None:
    """Rule: a role for each, and for all. Source: permissions."""
    some(client, you, fed)
    grants = fed.grants
    assert (grants.tests, grants.callers) == (["a", "b", "c"], [ME, YOU])
    assert grants.permissions() == grants.permissions(ME) == [CREATE, DELETE, READ, MODIFY]
    assert grants.permissions(YOU) == []
    assert grants.permissions(test="a") == [CREATE, MODIFY]
    assert grants.permissions(ME, "b") == [DELETE, READ]
    assert grants.role(test="c") == []
    assert grants.role(test="b") == [
        {"permission_name": DELETE, "conditions": {}},
        {"permission_name": READ, "conditions": {}},
    ]
    assert grants.json()["roles"] == {ME: grants.role(ME), YOU: []}


def test_a_refusal_that_the_role_undoes_is_told() -> None:
    """Rule: a test that is refused and a test that is not cannot share a role. Source: 403."""
    grants = Grants(CATALOG.all())
    for test, permissions in (("granted", None), ("refused", [])):
        with AmigoMock(permissions=permissions) as mock, mock.client() as client:
            only_missing(client)
            grants.add(test, mock.requests.last)
    assert grants.undone() == {"refused": ["delete-simulation-persona"]}
    assert grants.undone(test="refused") == {}
    lines = grants.text().splitlines()
    assert any(line.startswith("careful: 1 test met a 403") for line in lines)
    assert "delete-simulation-persona  refused" in lines


def test_races_are_passed_over(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: what the harness does needs no permission of the suite's. Source: permissions."""
    only_missing(client)
    entry = mock.requests.last
    entry.race = True
    grants = Grants(CATALOG.all())
    grants.add("a", entry)
    assert (grants.tests, grants.callers, grants.role()) == ([], [], [])
    assert grants.text() == "permissions: nobody who has any called"


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ({"caller": "mock-org/mock-usr"}, "no caller 'mock-org/mock-usr' .did you mean"),
        ({"test": "test_c"}, "no test 'test_c' .did you mean 'test_a'"),
    ],
)
def test_whoever_did_nothing_is_no_question(
    client: httpx2.Client, fed: Fed, question: dict[str, str], told: str
) -> None:
    """Rule: a misspelt name is refused with the nearest. Source: the house's own rules."""
    fed.test = "test_a"
    only_missing(client)
    with pytest.raises(MockError, match=told):
        fed.grants.role(**question)


# How it is told


def test_parts_of_a_run_add_up(
    mock: AmigoMock, client: httpx2.Client, you: httpx2.Client, fed: Fed
) -> None:
    """Rule: whichever worker ran which test, the whole is the same. Source: permissions."""
    some(client, you, fed)
    where = dict(zip((1, 2, 3, 4, 5), "aabbc", strict=True))
    whole = Grants(CATALOG.all())
    for test in "abc":
        part = Grants(CATALOG.all())
        for entry in mock.requests:
            if where[entry.number] == test:
                part.add(test, entry)
        whole.merge(Grants.of(CATALOG.all(), json.loads(json.dumps(part.json()))))
    assert whole.json() == fed.grants.json()
    assert whole.text(tests=True) == fed.grants.text(tests=True)


@pytest.mark.parametrize("width", [80, 100])
def test_the_text_fits(client: httpx2.Client, you: httpx2.Client, fed: Fed, width: int) -> None:
    """Rule: no line is wider than asked; each test has its needs. Source: the terminal."""
    everything(client)
    some(client, you, fed)
    lines = fed.grants.text(width, tests=True).splitlines()
    assert max(map(len, lines)) <= width
    assert lines[0] == "permissions: 30 of 30 would have been enough"
    assert f"role of {YOU}" in lines
    assert lines[lines.index("  c") + 1].strip() == "none"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"report": "rate-limits", "format": 1}, "no permissions report"),
        ({"report": "permissions", "format": 1}, "report is broken"),
        ({"report": "permissions", "format": 1, "tests": {"a": {"b": {}}}}, "report is broken"),
        (
            {
                "report": "permissions",
                "format": 1,
                "tests": {"a": {"b": {"needed": {"x": []}, "empty": {}, "refused": {}}}},
            },
            "unknown operation 'x'",
        ),
    ],
)
def test_another_document_is_refused(document: dict[str, Any], told: str) -> None:
    """Rule: one sentence says what is wrong with it. Source: the house's own rules."""
    with pytest.raises(MockError, match=told):
        Grants.of(CATALOG.all(), document)


def test_what_is_about_another_operation_is_not_merged() -> None:
    """Rule: an unknown operation is refused, and nothing is half done. Source: the house."""
    grants, _ = run(everything)
    few = Grants(CATALOG.all()[:2])
    with pytest.raises(MockError, match="unknown operation"):
        few.merge(grants)
    assert few.tests == []
