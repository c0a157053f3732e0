"""Free JSON: what it may hold, wherever it is stored."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from amigo_mock.world.free_json import DEEPEST

SERVICES = "/v1/mock-org/service/"


def nested(levels: int, core: str = "1") -> str:
    """An object with lists in it, as JSON."""
    return f'{{"a": {"[" * (levels - 1)}{core}{"]" * (levels - 1)}}}'


def records(client: httpx2.Client) -> list[dict[str, Any]]:
    """The services, as a world has them."""
    found: list[dict[str, Any]] = client.get("/_mock/records", params={"kind": "services"}).json()[
        "records"
    ]
    return found


def put(client: httpx2.Client, params: str) -> httpx2.Response:
    """Put a version set with these params, as JSON."""
    (service, *_) = records(client)
    model = f'{{"llm_name": "openai_gpt-6-luna", "params": {params}}}'
    versions = '"agent_version_number": null'
    versions += ', "service_hierarchical_state_machine_version_number": null'
    body = f'{{"version_set": {{{versions}, "llm_model_preferences": {{"a": {model}}}}}}}'
    path = f"{SERVICES}{service['id']}/version_sets/deep/"
    return client.put(path, content=body, headers={"Content-Type": "application/json"})


def test_what_is_as_deep_as_it_may_be_is_answered(client: httpx2.Client) -> None:
    """Rule: what was stored is in every list that shows it. Source: free-json."""
    assert put(client, nested(DEEPEST)).status_code == 204
    (service, *_) = client.get(SERVICES).json()["services"]
    assert "deep" in service["version_sets"]
    assert client.get("/_mock/state").status_code == 200


@pytest.mark.parametrize(
    ("params", "type"),
    [
        (nested(DEEPEST + 1), "json_depth"),
        (nested(150), "json_depth"),
        (nested(3, "NaN"), "finite_number"),
        (nested(3, "-Infinity"), "finite_number"),
        (nested(3, "1e999"), "finite_number"),
    ],
)
def test_what_is_too_deep_is_a_finding(client: httpx2.Client, params: str, type: str) -> None:
    """Rule: more than 100 levels, and numbers that are none, are 422. Source: free-json."""
    before = records(client)
    answer = put(client, params)
    assert answer.status_code == 422
    (finding,) = answer.json()["detail"]
    assert finding["type"] == type
    assert finding["loc"][-1] == "params"
    assert records(client) == before


def test_a_world_has_the_same_bound(client: httpx2.Client) -> None:
    """Rule: a world is held to what a request is. Source: what is stored can be answered."""
    value: Any = 1
    for _ in range(DEEPEST + 1):
        value = [value]
    config = {"llm_name": "a", "params": {"a": value}}
    sets = {"deep": {"llm_model_preferences": {"a": config}}}
    world = {
        "organizations": [{"id": "mock-org", "services": [{"name": "s", "version_sets": sets}]}]
    }
    answer = client.put("/_mock/state", json=world)
    assert answer.status_code == 422
    assert "at most 100 levels" in answer.text
