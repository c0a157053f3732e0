"""Test runs and their reports on permissions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2

from amigo_mock import AmigoMock
from amigo_mock.resources import CATALOG
from amigo_mock.state.requests import Entry
from amigo_mock.testing.reports.permissions import PermissionUse
from tests.support.bodies import persona, persona_version, scenario, scenario_version
from tests.support.paths import NOBODY, PERSONAS, SCENARIOS
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

DELETE, READ = "Simulation:DeleteSimulationPersona", "Simulation:GetSimulationPersona"

Script = Callable[[httpx2.Client], None]


def run(script: Script, **settings: Any) -> tuple[PermissionUse, list[tuple[Any, Any]]]:
    """The permissions that a script needs, and its answers: status and listed items."""
    with AmigoMock(clock="2026-01-31T12:00:00Z", **settings) as mock, mock.client() as client:
        grants = PermissionUse(CATALOG.all())
        mock.requests.subscribe(lambda entry: grants.add("a", entry))
        script(client)
        return grants, [(entry.status, entry.response_body) for entry in mock.requests]


BY_ID = {operation.id: operation for operation in CATALOG.all()}


def ask(client: httpx2.Client, id: str, body: Any = None, query: Any = None, **path: str) -> Any:
    """The answer of an operation, if it is an object."""
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


def only_missing(client: httpx2.Client) -> None:
    client.delete(f"{PERSONAS}{NOBODY}/")


class Fed:
    """Grants that a fake feeds, in the test that is named."""

    def __init__(self) -> None:
        self.grants = PermissionUse(CATALOG.all())
        self.test = "a"

    def add(self, entry: Entry) -> None:
        self.grants.add(self.test, entry)


def some(client: httpx2.Client, you: httpx2.Client, fed: Fed) -> None:
    client.post(PERSONAS, json=persona())
    you.post(PERSONAS, json=persona("Bob"))
    fed.test = "b"
    client.get(PERSONAS)
    client.delete(f"{PERSONAS}{NOBODY}/")
    fed.test = "c"
    client.post(PERSONAS, json={})
