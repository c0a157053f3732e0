"""World documents and their parts: the default user, grants, and all that the examples name."""

from __future__ import annotations

from typing import Any, TypeAlias

import httpx2

Json: TypeAlias = dict[str, Any]


FROZEN = 1_700_000_000.0
"""2023-11-14T22:13:20Z: a time before every token of a test run expires."""

EVERYTHING = {"id": "mock-user", "grants": [{"permission_name": "*", "conditions": {}}]}
"""The default user, who may do everything."""


def grant(permission: str, **conditions: dict[str, Any]) -> Json:
    """A grant in the API's own shape."""
    return {"permission_name": permission, "conditions": conditions}


def user(id: str, *grants: Json) -> Json:
    """A user of a world document."""
    return {"id": id, "grants": list(grants)}


def put_organization(client: httpx2.Client, *users: Json, **parts: Any) -> None:
    """Replace `mock-org` until the next reset: its default user, these ones, and `parts`."""
    document = {"id": "mock-org", "users": [EVERYTHING, *users], **parts}
    answer = client.post("/_mock/organizations", json=document)
    assert answer.status_code == 201, answer.text


def known(number: int) -> str:
    """The ids that the examples name."""
    return f"65f1a00000000000000000{number:02x}"


AGENT, GRAPH, SERVICE, ANN, REFILL, METRIC, TEST, SET, RUN = map(known, range(1, 10))
FREE_TEST, FREE_METRIC, BUSY_SET, GOING, OTHER_SERVICE = map(known, range(10, 15))
NUMBER_METRIC, WORD_METRIC = map(known, range(15, 17))
"""A unit test and a metric that nothing uses; a set that has a run going on; that run."""

YES: Json = {"type": "boolean", "expected_value": True}
PLAN = {"objective": "O", "instructions": "I", "initial_message_type": "skip"}
LATEST: Json = {
    "agent_version_number": None,
    "service_hierarchical_state_machine_version_number": None,
    "llm_model_preferences": {},
}


def metric(name: str, id: str, **value: Any) -> Json:
    versions = [{"description": "D", "metric_value": value or {"type": "boolean"}}]
    return {"id": id, "name": name, "versions": versions}


def unit_test(name: str, id: str) -> Json:
    criterions = [{"name": "Done", "metric_id": METRIC, "criterion": YES}]
    uses = {"service_id": SERVICE, "persona_id": ANN, "scenario_id": REFILL}
    return {"id": id, "name": name, **uses, "success_criterions": criterions}


def unit_test_set(name: str, id: str) -> Json:
    return {"id": id, "name": name, "unit_test_runs": [{"unit_test_id": TEST}]}


def run(id: str, of: str, **state: Any) -> Json:
    ids = {"id": id, "simulation_unit_test_set_id": of, "first_result_id": known(99)}
    return {**ids, "finishes_at": "2020-01-01T00:00:00Z", "specs": [], **state}


PARTS: Json = {
    "agents": [{"id": AGENT, "name": "Agent"}],
    "service_hierarchical_state_machines": [{"id": GRAPH, "name": "Graph"}],
    "services": [
        {"id": SERVICE, "name": "Used", "version_sets": {"beta": {}}},
        {"id": OTHER_SERVICE, "name": "There"},
    ],
    "metrics": [
        metric("Used", METRIC),
        metric("There", FREE_METRIC),
        metric("Number", NUMBER_METRIC, type="numerical", lower_bound=0, upper_bound=1),
        metric("Word", WORD_METRIC, type="categorical", categories=["a"]),
    ],
    "personas": [{"id": ANN, "name": "Ann", "role": "r", "versions": [{"background": "B"}]}],
    "scenarios": [{"id": REFILL, "name": "Refill", "versions": [PLAN]}],
    "unit_tests": [unit_test("Used", TEST), unit_test("There", FREE_TEST)],
    "unit_test_sets": [unit_test_set("Set", SET), unit_test_set("There", BUSY_SET)],
    "unit_test_set_runs": [
        run(RUN, SET),
        run(
            GOING,
            BUSY_SET,
            is_completed=False,
            artifacts_generated=False,
            finishes_at="8000-01-01T00:00:00Z",
        ),
    ],
}
"""What an organization has besides its users."""
