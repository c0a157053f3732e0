"""A regression suite as a client makes it: what a unit test needs, unit tests, sets and runs."""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypeAlias

import httpx2

from tests.support.bodies import persona, scenario
from tests.support.paths import METRICS, PERSONAS, RUNS, SCENARIOS, SERVICES, SETS, UNIT_TESTS

Json: TypeAlias = dict[str, Any]

AGENT, GRAPH, SERVICE = (f"{number:024x}" for number in (0xA, 0xB, 0xC))
WORLD: Json = {
    "agents": [{"id": AGENT, "name": "Agent", "latest_version": 3}],
    "service_hierarchical_state_machines": [{"id": GRAPH, "name": "Graph", "latest_version": 2}],
    "services": [{"id": SERVICE, "name": "Service", "agent_id": AGENT}],
}
"""An organization's agent, state machine and service, with ids that are known."""


class Suite:
    """What one client made; each thing that is needed is made when it is first asked for.

    Another organization than the usual one takes its place in every path.
    """

    def __init__(self, client: httpx2.Client, organization: str = "mock-org") -> None:
        self.client = client
        self.organization = organization

    def post(self, path: str, body: Json, status: int = 201) -> Json:
        answer = self.client.post(self.at(path), json=body)
        assert answer.status_code == status, answer.text
        found: Json = answer.json() if answer.content else {}
        return found

    def get(self, path: str, **query: Any) -> Json:
        answer = self.client.get(self.at(path), params=query)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def at(self, path: str) -> str:
        """The path in the organization that is meant."""
        return path.replace("/mock-org/", f"/{self.organization}/")

    # What a unit test stands on

    @cached_property
    def service(self) -> str:
        """The default service."""
        return str(self.get(SERVICES)["services"][0]["id"])

    @cached_property
    def metrics(self) -> dict[str, str]:
        """The default metrics by type."""
        found = self.get(METRICS)["metrics"]
        return {metric["metric_value_type"]: metric["id"] for metric in found}

    @cached_property
    def persona(self) -> str:
        return self.new_persona("Ann")

    @cached_property
    def scenario(self) -> str:
        return self.new_scenario("Refill")

    def new_persona(self, name: str) -> str:
        made = self.post(PERSONAS, persona(name))
        return str(made["simulation_persona_id"])

    def new_scenario(self, name: str) -> str:
        made = self.post(SCENARIOS, scenario(name))
        return str(made["simulation_scenario_id"])

    # Unit tests, sets, runs

    def criterion(self, name: str = "Done", type: str = "boolean", **own: Any) -> Json:
        own = own or {"expected_value": True}
        return {
            "name": name,
            "metric_id": self.metrics[type],
            "criterion": {"type": type, **own},
        }

    def body(self, name: str = "Refill works", **changes: Any) -> Json:
        """What creates a unit test."""
        body = {
            "name": name,
            "description": "A refill.",
            "service_id": self.service,
            "service_version_set_name": "release",
            "persona_id": self.persona,
            "scenario_id": self.scenario,
            "max_interactions": 5,
            "success_criterions": [self.criterion()],
            "tags": {},
        }
        return {**body, **changes}

    def unit_test(self, name: str = "Refill works", **changes: Any) -> str:
        made = self.post(UNIT_TESTS, self.body(name, **changes))
        return str(made["simulation_unit_test_id"])

    def unit_tests(self, **query: Any) -> list[Json]:
        found: list[Json] = self.get(UNIT_TESTS, **query)["simulation_unit_tests"]
        return found

    def unit_test_set(self, *tests: str, runs: int = 1, **changes: Any) -> str:
        body: Json = {
            "name": "Every night",
            "description": None,
            "unit_test_runs": [{"unit_test_id": test, "run_count": runs} for test in tests],
            "tags": {},
        }
        return str(self.post(SETS, {**body, **changes})["simulation_unit_test_set_id"])

    def sets(self, **query: Any) -> list[Json]:
        found: list[Json] = self.get(SETS, **query)["simulation_unit_test_sets"]
        return found

    def start(self, tests: str) -> str:
        made = self.post(RUNS, {"simulation_unit_test_set_id": tests})
        return str(made["simulation_unit_test_set_run_id"])

    def runs(self, **query: Any) -> list[Json]:
        found: list[Json] = self.get(RUNS, **query)["simulation_unit_test_set_runs"]
        return found

    def run(self, id: str) -> Json:
        (found,) = self.runs(id=id)
        return found

    def status(self, method: str, path: str, **options: Any) -> int:
        return self.client.request(method, self.at(path), **options).status_code
