"""Clock, maintenance, limits and faults over the control API."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.control.support import LIST, START, refused
from tests.support.paths import PERSONAS, SCENARIOS


def test_the_clock_moves_and_stands(mock: AmigoMock, control: httpx2.Client) -> None:
    """Rule: advance, freeze, thaw; `now` comes back. Source: the control API's table."""
    mock.clock.freeze(START)
    assert control.get("clock").json() == {"now": "2023-11-14T22:13:20Z", "frozen": True}
    answer = control.post("clock", json={"advance": 61.5})
    assert answer.status_code == 200
    assert datetime.fromisoformat(answer.json()["now"]) == datetime.fromtimestamp(START + 61.5, UTC)
    assert control.post("clock", json={"frozen": False}).json()["frozen"] is False
    assert control.post("clock", json={"frozen": True, "advance": 1}).json()["frozen"] is True
    assert mock.clock.frozen
    assert START + 62.5 <= mock.clock.now() < START + 90


def test_the_clock_ages_tokens_and_windows(client: httpx2.Client) -> None:
    """Rule: one clock for everything. Source: one clock."""
    first = client.get(PERSONAS)
    client.post("/_mock/clock", json={"advance": 61})
    again = client.get(PERSONAS)
    assert again.headers["x-ratelimit-remaining"] == "49"
    # Clients are told by their own clock, which nobody moved.
    assert (
        0 <= int(again.headers["x-ratelimit-reset"]) - int(first.headers["x-ratelimit-reset"]) < 30
    )
    client.post("/_mock/clock", json={"advance": 3600})
    assert client.get(PERSONAS).status_code == 401


@pytest.mark.parametrize(
    "order",
    [
        {"advance": -1},
        {"advance": "soon"},
        {"advance": 1e400},
        {"advance": 1e12},
        {"advance": 1e300},
        {"frozen": "perhaps"},
        {"freeze": True},
        [],
        None,
    ],
)
def test_a_clock_that_cannot_go_there_stays(
    mock: AmigoMock, control: httpx2.Client, order: Any
) -> None:
    """Rule: a step back, or beyond every date, is refused and nothing moves. Source: the clock."""
    mock.clock.freeze(START)
    refused(
        control.post(
            "clock", content=json.dumps(order), headers={"Content-Type": "application/json"}
        )
    )
    assert control.get("clock").json() == {"now": "2023-11-14T22:13:20Z", "frozen": True}


def test_maintenance_can_be_turned_on_and_off(client: httpx2.Client) -> None:
    """Rule: on, every operation answers 503; off, as before. Source: the control API's table."""
    for enabled, status in ((True, 503), (False, 200)):
        answer = client.put("/_mock/maintenance", json={"enabled": enabled})
        assert (answer.status_code, answer.json()) == (200, {"enabled": enabled})
        assert [client.get(path).status_code for path in (PERSONAS, SCENARIOS)] == [status] * 2


def test_limits_are_changed_one_by_one(mock: AmigoMock, control: httpx2.Client) -> None:
    """Rule: what an order leaves out stays. Source: the control API's table."""
    steps: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {"enabled": True, "limits": {}}),
        ({"limits": {LIST: 3}}, {"enabled": True, "limits": {LIST: 3}}),
        ({"enabled": False}, {"enabled": False, "limits": {LIST: 3}}),
        (
            {"limits": {"sign-in-with-api-key": 0}},
            {"enabled": False, "limits": {LIST: 3, "sign-in-with-api-key": 0}},
        ),
        ({"enabled": True, "limits": {LIST: 4}},
         {"enabled": True, "limits": {LIST: 4, "sign-in-with-api-key": 0}}),
    ]  # fmt: skip
    for order, state in steps:
        answer = control.put("rate-limits", json=order)
        assert (answer.status_code, answer.json()) == (200, state)
    assert mock.rate_limits.limits == {LIST: 4, "sign-in-with-api-key": 0}


def test_a_wrong_limit_changes_nothing(mock: AmigoMock, control: httpx2.Client) -> None:
    """Rule: an order is carried out whole or not at all. Source: the control API."""
    limits = {"create-simulation-persona": 3, "get-simulation-persona": 1}
    answer = control.put("rate-limits", json={"enabled": False, "limits": limits})
    refused(answer, "get-simulation-persona", "did you mean", LIST)
    assert (mock.rate_limits.enabled, mock.rate_limits.limits) == (True, {})


def test_faults_are_armed_listed_and_cleared(client: httpx2.Client) -> None:
    """Rule: 201 with the fault; listed with its hits; 204 disarms all. Source: the table."""
    fault = {"operation": LIST, "status": 503, "times": 2, "headers": {"X-A": "b"}, "body": [1]}
    armed = client.post("/_mock/faults", json=fault)
    assert armed.status_code == 201
    assert {**armed.json()["fault"], **fault} == armed.json()["fault"]
    assert armed.json()["hits"] == 0
    answer = client.get(PERSONAS)
    assert (answer.status_code, answer.headers["x-a"], answer.json()) == (503, "b", [1])
    assert client.post("/_mock/faults", json={"operation": "*", "drop": True}).status_code == 201
    listed = client.get("/_mock/faults").json()["faults"]
    assert [(found["id"], found["hits"]) for found in listed] == [
        (armed.json()["id"], 1),
        (armed.json()["id"] + 1, 0),
    ]
    assert client.delete("/_mock/faults").status_code == 204
    assert client.get("/_mock/faults").json() == {"faults": []}
    assert client.get(PERSONAS).status_code == 200


def test_a_fault_without_times_is_null_on_the_wire(client: httpx2.Client) -> None:
    """Rule: times null lasts until cleared. Source: the control API's table."""
    order = {"operation": LIST, "status": 500, "times": None}
    assert client.post("/_mock/faults", json=order).json()["fault"]["times"] is None
    assert [client.get(PERSONAS).status_code for _ in range(4)] == [500] * 4


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"operation": "get-simulation-persona", "status": 500}, ("did you mean", LIST)),
        ({"operation": LIST, "statsu": 500, "drop": True}, ("statsu",)),
        ({"operation": LIST}, ("status",)),
        ({"status": 500}, ("operation",)),
        ({"operation": LIST, "status": 500, "drop": True}, ("drop",)),
        ({"operation": LIST, "status": 99}, ("status",)),
        ({"operation": LIST, "status": 500, "times": 0}, ("times",)),
        ({"operation": LIST, "status": 500, "when": "during"}, ("when",)),
        ({"operation": LIST, "status": 500, "headers": {"A": "b\n"}}, ("headers",)),
    ],
)
def test_a_wrong_fault_is_refused(
    mock: AmigoMock, control: httpx2.Client, order: dict[str, Any], words: tuple[str, ...]
) -> None:
    """Rule: an unknown operation or field, or nothing to do, is refused. Source: the table."""
    refused(control.post("faults", json=order), *words)
    assert list(mock.faults) == []
