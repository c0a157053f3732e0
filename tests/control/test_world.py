"""State and reset over the control API."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.control.support import LIST, RECORD, SECRET, refused
from tests.support.bodies import persona, persona_version, scenario
from tests.support.paths import PERSONAS, SCENARIOS


def fill(client: httpx2.Client) -> None:
    """A world with something of everything in it."""
    version = persona_version(sensitive_user_variables={"pin": "1"}, timezone=None)
    created = client.post(PERSONAS, json=persona("Zoë", initial_version=version)).json()
    path = f"{PERSONAS}{created['simulation_persona_id']}/"
    assert client.post(f"{path}version/", json=persona_version()).status_code == 201
    assert client.delete(path).status_code == 204
    assert client.post(PERSONAS, json=persona("Zoë", tags={"a": None, "b": "c"})).is_success
    assert client.post(SCENARIOS, json=scenario()).is_success
    organization = {
        "id": "other",
        "preferred_language": "deu",
        "timezone": "Europe/Vienna",
        "users": [
            {"id": "u", "grants": [{"permission_name": "Metric:*", "conditions": {
                "role": {"type": "In", "values": ["a", None]}
            }}]},
        ],
        "api_keys": [{"id": "k", "key": "secret"}],
    }  # fmt: skip
    assert client.post("/_mock/organizations", json=organization).is_success


def test_a_state_comes_back_to_the_byte(client: httpx2.Client) -> None:
    """Rule: GET, PUT, GET gives the same bytes, and the same answers. Source: worlds."""
    fill(client)
    state, listed = client.get("/_mock/state"), client.get(PERSONAS).content
    assert state.status_code == 200
    assert state.headers["content-type"] == "application/json"
    assert client.post("/_mock/reset").status_code == 204
    assert client.get("/_mock/state").content != state.content
    put = client.put("/_mock/state", json=state.json())
    assert (put.status_code, put.content) == (204, b"")
    assert client.get("/_mock/state").content == state.content
    assert client.get(PERSONAS).content == listed


def test_a_state_can_go_to_another_fake(client: httpx2.Client) -> None:
    """Rule: a world is one document that every fake can start from. Source: worlds."""
    fill(client)
    state = client.get("/_mock/state")
    with AmigoMock(seed=state.json()) as other, other.client() as there:
        assert there.get("/_mock/state").content == state.content
        assert there.post(PERSONAS, json=persona("New")).status_code == 201
        ids = [found["id"] for found in there.get(PERSONAS).json()["simulation_personas"]]
        assert sorted(set(ids)) == ids


def test_ids_go_on_after_those_of_a_state(client: httpx2.Client) -> None:
    """Rule: an id is never made twice, whatever world was put. Source: ids."""
    fill(client)
    state = client.get("/_mock/state").json()
    before = {found["id"] for found in client.get(PERSONAS).json()["simulation_personas"]}
    assert client.put("/_mock/state", json=state).status_code == 204
    created = client.post(PERSONAS, json=persona("New")).json()["simulation_persona_id"]
    assert created not in before
    assert created > max(before)


def test_a_reset_after_a_put_goes_back_to_the_start(client: httpx2.Client) -> None:
    """Rule: a put state is not a seed. Source: the control API's table."""
    start = client.get("/_mock/state").content
    world = {"organizations": [{"id": "elsewhere"}]}
    assert client.put("/_mock/state", json=world).status_code == 204
    assert client.get(PERSONAS).status_code in (401, 404)
    assert client.post("/_mock/reset").status_code == 204
    assert client.get("/_mock/state").content == start
    assert client.get(PERSONAS).status_code == 200


STATES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "no object": ([], ()),
    "nothing": ({}, ("organizations",)),
    "an unknown field": ({"organization": []}, ("organization",)),
    "an unknown field beside": (
        {"organizations": [], "organisations": []},
        ("organisations", "did you mean", "'organizations'"),
    ),
    "an unknown field without a name": ({"organizations": [{"id": "a"}], "": 1}, ()),
    "an unknown field inside": (
        {"organizations": [{"id": "a", "user": []}]},
        ("organization 'a': user: ", "did you mean", "'users'"),
    ),
    "an unknown field in a record": (
        {"organizations": [{"id": "a", "personas": [{**RECORD, "rol": "x"}]}]},
        ("persona 'A': rol: ", "did you mean", "'role'"),
    ),
    "an id with a slash": ({"organizations": [{"id": "a/b"}]}, ("organization 'a/b': id: ",)),
    "an id twice": (
        {"organizations": [{"id": "a"}, {"id": "a"}]}, ("organization 'a': id: 'a'",)
    ),
    "a name twice": (
        {"organizations": [{"id": "a", "personas": [RECORD, RECORD]}]},
        ("persona 'A': name: ",),
    ),
    "no version": (
        {"organizations": [{"id": "a", "personas": [{**RECORD, "versions": []}]}]},
        ("persona 'A': versions: ",),
    ),
    "a version of another number": (
        {"organizations": [{"id": "a", "personas": [
            {**RECORD, "versions": [{"background": "b", "version": 2}]}
        ]}]},
        ("persona 'A': versions.0.version: ",),
    ),
    "a language that is none": (
        {"organizations": [{"id": "a", "preferred_language": "xxx"}]},
        ("organization 'a': preferred_language: ",),
    ),
    "a grant that is none": (
        {"organizations": [{"id": "a", "users": [{"id": "u", "grants": [5]}]}]},
        ("user 'u': grants.0",),
    ),
    "half a character": (
        {"organizations": [{"id": "a", "personas": [
            {**RECORD, "versions": [{
                "background": "b", "nonsensitive_user_variables": {"ab": "\ud800"}
            }]}
        ]}]},
        ("surrogate",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("state", "words"), STATES.values(), ids=STATES.keys())
def test_a_broken_state_changes_nothing(
    client: httpx2.Client, state: Any, words: tuple[str, ...]
) -> None:
    """Rule: the path inside, what was expected, and nothing is loaded. Source: worlds."""
    fill(client)
    before = client.get("/_mock/state").content
    content = json.dumps(state).encode()
    kind = {"Content-Type": "application/json"}
    refused(client.put("/_mock/state", content=content, headers=kind), *words)
    assert client.get("/_mock/state").content == before


def test_a_broken_state_tells_no_key(client: httpx2.Client) -> None:
    """Rule: a refusal does not echo what is secret. Source: secrets."""
    world = {"organizations": [{"id": "a", "api_keys": [{"id": 1, "key": SECRET}], "x": 1}]}
    answer = client.put("/_mock/state", json=world)
    refused(answer)
    assert SECRET not in answer.text


def test_a_reset_resets_everything(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: world, clock, limits, faults, maintenance and journal.

    Source: the control API's table.
    """
    start, token = client.get("/_mock/state").content, client.get(PERSONAS)
    first = client.post(PERSONAS, json=persona()).json()
    fill(client)
    client.post("/_mock/clock", json={"advance": 10_000, "frozen": True})
    client.put("/_mock/rate-limits", json={"enabled": False, "limits": {LIST: 1}})
    client.post("/_mock/faults", json={"operation": "*", "status": 500, "times": None})
    client.put("/_mock/maintenance", json={"enabled": True})
    assert client.get(PERSONAS).status_code == 500
    answer = client.post("/_mock/reset")
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get("/_mock/state").content == start
    assert client.get("/_mock/clock").json()["frozen"] is False
    assert client.get("/_mock/faults").json() == {"faults": []}
    assert client.get("/_mock/requests").json() == {"requests": []}
    again = client.get(PERSONAS)
    assert again.status_code == 200
    assert again.headers["x-ratelimit-remaining"] == "49"
    assert again.headers["x-ratelimit-limit"] == token.headers["x-ratelimit-limit"]
    assert mock.requests[0].number == 1
    assert client.post(PERSONAS, json=persona()).json() == first
