"""Which of several refusals comes first, for every operation that has more than one."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.support.listed import BY_ID
from tests.support.paths import NOBODY
from tests.support.worlds import (
    ANN,
    BUSY_SET,
    FREE_METRIC,
    FREE_TEST,
    GOING,
    METRIC,
    OTHER_SERVICE,
    PARTS,
    REFILL,
    RUN,
    SERVICE,
    SET,
    TEST,
    Json,
    grant,
    known,
    put_organization,
    run,
    user,
)

FREE_PERSONA, FREE_SCENARIO, GOING_OF_NARROW, GONE_AGENT = map(known, range(30, 34))

NOT_ENDED = {"is_completed": False, "artifacts_generated": False}
ME_NARROW = {"org_id": "mock-org", "user_id": "narrow"}
WORLD: Json = {
    **PARTS,
    "agents": [*PARTS["agents"], {"id": GONE_AGENT, "name": "Gone", "is_deleted": True}],
    "personas": [*PARTS["personas"], {**PARTS["personas"][0], "id": FREE_PERSONA, "name": "Free"}],
    "scenarios": [
        *PARTS["scenarios"],
        {**PARTS["scenarios"][0], "id": FREE_SCENARIO, "name": "Free"},
    ],
    "unit_test_set_runs": [
        *PARTS["unit_test_set_runs"],
        run(
            GOING_OF_NARROW,
            BUSY_SET,
            **NOT_ENDED,
            finishes_at="8000-01-01T00:00:00Z",
            creator=ME_NARROW,
        ),
    ],
}
COVERS_NOTHING = {"id": {"type": "Equals", "value": "x"}}
USERS = (
    user("nobody"),
    user("narrow", grant("*", **COVERS_NOTHING)),
    user("graphless", grant("Simulation:*"), grant("Organization:*", **COVERS_NOTHING)),
)

Refusal = tuple[int, Json]
"""A status, and what about a call makes for it: its caller, its path, its query or its body."""

UNKNOWN: Refusal = (403, {"user": "nobody"})
GONE: Refusal = (404, {"id": NOBODY})
NARROW: Refusal = (403, {"user": "narrow"})
OF_A_RECORD = (UNKNOWN, GONE, NARROW)
OTHER_NUMBER = {"query": "version=99"}
OTHER_TYPE = {"name": "Done", "metric_id": METRIC}
OTHER_TYPE["criterion"] = {"type": "categorical", "expected_values": ["a"]}  # type: ignore[assignment]
VERSION_99: Json = {
    "agent_version_number": 99,
    "service_hierarchical_state_machine_version_number": None,
    "llm_model_preferences": {},
}
MISSING_TEST = [{"unit_test_id": NOBODY, "run_count": 1}]


def wrong(status: int, **body: Any) -> Refusal:
    """A refusal for what is in the body."""
    return status, {f"body.{name}": value for name, value in body.items()}


ORDER: dict[str, tuple[str, tuple[Refusal, ...]]] = {
    "create-simulation-persona": ("", (UNKNOWN, NARROW, wrong(409, name="Ann"))),
    "update-simulation-persona": (ANN, OF_A_RECORD),
    "delete-simulation-persona": (FREE_PERSONA, (*OF_A_RECORD, (400, {"id": ANN}))),
    "create-simulation-persona-version": (ANN, (*OF_A_RECORD, (400, OTHER_NUMBER))),
    "get-simulation-persona-versions": (ANN, OF_A_RECORD),
    "create-simulation-scenario": ("", (UNKNOWN, NARROW, wrong(409, name="Refill"))),
    "update-simulation-scenario": (REFILL, OF_A_RECORD),
    "delete-simulation-scenario": (FREE_SCENARIO, (*OF_A_RECORD, (400, {"id": REFILL}))),
    "create-simulation-scenario-version": (REFILL, (*OF_A_RECORD, (400, OTHER_NUMBER))),
    "get-simulation-scenario-versions": (REFILL, OF_A_RECORD),
    "create-metric": ("", (UNKNOWN, NARROW, wrong(409, name="There"))),
    "update-metric": (METRIC, OF_A_RECORD),
    "delete-metric": (FREE_METRIC, (*OF_A_RECORD, (400, {"id": METRIC}))),
    "create-metric-version": (
        METRIC,
        (
            *OF_A_RECORD,
            wrong(400, metric_value={"type": "categorical", "categories": ["a"]}),
            (409, OTHER_NUMBER),
        ),
    ),
    "get-metric-versions": (METRIC, OF_A_RECORD),
    "create-service": (
        "",
        (
            UNKNOWN,
            wrong(404, agent_id=NOBODY),
            wrong(400, release_version_set=VERSION_99),
            NARROW,
            wrong(409, name="There"),
        ),
    ),
    "update-service": (
        OTHER_SERVICE,
        (*OF_A_RECORD, wrong(400, agent_id=GONE_AGENT), wrong(409, name="Used")),
    ),
    "upsert-service-version-set": (
        SERVICE,
        (*OF_A_RECORD, (400, {"name": "edge"}), wrong(400, version_set=VERSION_99)),
    ),
    "delete-service-version-set": (
        SERVICE,
        (*OF_A_RECORD, (404, {"name": "gamma"}), (400, {"name": "edge"})),
    ),
    "create-simulation-unit-test": (
        "",
        (
            UNKNOWN,
            wrong(404, persona_id=NOBODY),
            wrong(400, success_criterions=[OTHER_TYPE]),
            NARROW,
            wrong(409, name="There"),
        ),
    ),
    "update-simulation-unit-test": (
        TEST,
        (
            *OF_A_RECORD,
            wrong(404, persona_id=NOBODY),
            wrong(400, success_criterions=[OTHER_TYPE]),
        ),
    ),
    "delete-simulation-unit-test": (FREE_TEST, (*OF_A_RECORD, (400, {"id": TEST}))),
    "create-simulation-unit-test-set": (
        "",
        (
            UNKNOWN,
            wrong(404, unit_test_runs=MISSING_TEST),
            NARROW,
            wrong(409, name="There"),
        ),
    ),
    "update-simulation-unit-test-set": (
        SET,
        (*OF_A_RECORD, wrong(404, unit_test_runs=MISSING_TEST), wrong(409, name="There")),
    ),
    "delete-simulation-unit-test-set": (SET, OF_A_RECORD),
    "create-simulation-unit-test-set-run": (
        "",
        (
            UNKNOWN,
            wrong(404, simulation_unit_test_set_id=NOBODY),
            NARROW,
            wrong(409, simulation_unit_test_set_id=BUSY_SET),
        ),
    ),
    "cancel-simulation-unit-test-set-run": (GOING, (*OF_A_RECORD, (409, {"id": RUN}))),
    "get-simulation-unit-test-set-run-artifacts": (RUN, (*OF_A_RECORD, (400, {"id": GOING}))),
}
"""For each operation the record that it is asked about, and its refusals, the first one first."""


def test_every_operation_that_has_several_refusals_is_in_the_table() -> None:
    """Rule: no operation with two refusals of its own or more is left out, and each of its
    statuses is met. Source: the catalog of what is emulated.
    """
    several = {one.id: {*one.errors} for one in BY_ID.values() if len(one.errors) > 1}
    assert {id: {status for status, _ in order} for id, (_, order) in ORDER.items()} == several


def send(mock: AmigoMock, id: str, record: str, *parts: Json) -> httpx2.Response:
    """Call an operation in a way that is right but for these parts."""
    operation = BY_ID[id]
    call: Json = {"user": "mock-user", "id": record, "name": "gamma", "query": ""}
    if id == "delete-service-version-set":
        call["name"] = "delta"
    body = dict(next(iter(operation.examples.values()), {}))
    for part in parts:
        for key, value in part.items():
            if key.startswith("body."):
                body[key.removeprefix("body.")] = value
            else:
                call[key] = value
    slots = dict.fromkeys(operation.slots, call["id"])
    slots |= {"organization": "mock-org", "version_set_name": call["name"]}
    path = f"{operation.path.format(**slots)}?{call['query']}"
    sent = body if operation.examples else None
    with mock.client(user=call["user"], in_process=True) as client:
        return client.request(operation.method, path, json=sent)


def furnish(mock: AmigoMock) -> None:
    """Give an organization all that the table names."""
    sets: Json = {"version_sets": {"beta": {}, "delta": {}}}
    services = [{**PARTS["services"][0], **sets}, *PARTS["services"][1:]]
    with mock.client(in_process=True) as client:
        put_organization(client, *USERS, **{**WORLD, "services": services})


@pytest.fixture
def furnished(mock: AmigoMock) -> AmigoMock:
    furnish(mock)
    return mock


@pytest.mark.parametrize("id", ORDER)
def test_the_first_refusal_comes_first(furnished: AmigoMock, id: str) -> None:
    """Rule: what is wrong in two ways is refused for the one that stands first in the table: a
    caller without any grant before what does not exist, that before what the grants do not cover,
    and last what conflicts with other records. Source: assumptions permission-first and
    refusal-order; published document for the statuses.
    """
    furnished.rate_limits.enabled = False
    record, order = ORDER[id]
    for status, part in order:
        assert send(furnished, id, record, part).status_code == status, part
    for (status, first), (_, second) in combinations(order, 2):
        if first.keys().isdisjoint(second):
            for parts in ((first, second), (second, first)):
                assert send(furnished, id, record, *parts).status_code == status, parts
    assert send(furnished, id, record).status_code == BY_ID[id].status


def test_the_state_machine_of_artifacts_comes_before_whether_there_are_any() -> None:
    """Rule: who may not see what a run went by is refused before it is said that there is nothing
    to download yet. Source: published document (both permissions are required).
    """
    id = "get-simulation-unit-test-set-run-artifacts"
    with AmigoMock(run_duration=60) as mock:
        furnish(mock)
        made = send(mock, "create-simulation-unit-test-set-run", "").json()
        new = made["simulation_unit_test_set_run_id"]
        assert send(mock, id, new, {"user": "graphless"}).status_code == 403
        assert send(mock, id, new).status_code == 400


@pytest.mark.parametrize("run_id", [RUN, NOBODY])
def test_a_wrong_link_comes_before_a_run_that_does_not_exist(
    furnished: AmigoMock, run_id: str
) -> None:
    """Rule: a link that proves nothing is a 403, whatever it is about. Source: assumption
    artifacts-link.
    """
    with furnished.client(in_process=True) as client:
        path = f"/download/mock-org/unit_test_set_run/{run_id}"
        assert client.get(f"{path}?expires=9999999999&signature=x").status_code == 403
