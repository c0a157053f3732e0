"""A 422 has a bound, however much is wrong with a request."""

from __future__ import annotations

from typing import Any

import httpx2

from amigo_mock.errors import ECHOED, LONGEST, MOST
from amigo_mock.world.free_json import DEEPEST
from tests.support.paths import PERSONAS

UNIT_TESTS = "/v1/mock-org/simulation/unit_test/"


def findings(answer: httpx2.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 422
    found: list[dict[str, Any]] = answer.json()["detail"]
    return found


def test_the_first_100_findings_are_listed(client: httpx2.Client) -> None:
    """Rule: a 422 lists at most 100 findings, the first ones. Source: findings."""
    found = findings(client.post(UNIT_TESTS, json={"success_criterions": [{}] * 24_000}))
    assert len(found) == MOST
    places = [tuple(finding["loc"]) for finding in found]
    assert places[0] == ("body", "name")
    assert ("body", "success_criterions", 0, "metric_id") in places


def test_findings_of_a_query_are_bounded_too(client: httpx2.Client) -> None:
    """Rule: a query of thousands of wrong values has at most 100 findings. Source: findings."""
    found = findings(client.get(PERSONAS, params={"id": ["x"] * 2000}))
    assert len(found) == MOST


def test_all_findings_together_echo_so_much(client: httpx2.Client) -> None:
    """Rule: inputs are echoed while there is room, and are `...` then. Source: findings."""
    body = {"role": "x" * (ECHOED // 2), "a": [1]}
    answer = client.post(PERSONAS, json=body)
    inputs = [finding["input"] for finding in findings(answer)]
    assert inputs == [body, *["..."] * (len(inputs) - 1)]
    assert len(answer.content) < 2 * ECHOED


def test_a_place_and_a_message_are_bounded(client: httpx2.Client) -> None:
    """Rule: a name of any length is cut where a finding is placed at it. Source: findings."""
    for key, value in (("k" * 100_000, 1), ("k!" * 100_000, None)):
        answer = client.post(PERSONAS, json={"tags": {key: value}})
        assert len(answer.content) < 2 * ECHOED
        for finding in findings(answer):
            assert all(len(str(part)) <= LONGEST + 3 for part in finding["loc"])
            assert len(finding["msg"]) <= LONGEST + 3


def test_what_a_condition_holds_is_written_out_again(client: httpx2.Client) -> None:
    """Rule: what is stored can be read, and put back. Source: a world is one document."""
    value: Any = "x"
    for _ in range(DEEPEST):
        value = [value]
    grant = {"permission_name": "*", "conditions": {"a": {"type": "Equals", "value": value}}}
    assert client.post("/_mock/users", json={"id": "deep", "grants": [grant]}).status_code == 201
    state = client.get("/_mock/state")
    assert state.status_code == 200
    assert client.put("/_mock/state", json=state.json()).status_code == 204
    grant["conditions"]["a"]["value"] = [value]  # type: ignore[index]
    assert client.post("/_mock/users", json={"id": "deep", "grants": [grant]}).status_code == 422
