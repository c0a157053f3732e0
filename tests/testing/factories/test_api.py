"""Records of factories over the API, in states and after a reset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.support.bodies import persona
from tests.support.paths import (
    PERSONAS,
)
from tests.testing.factories.support import PATHS, each_kind, made, state


@each_kind
@pytest.mark.parametrize("said", [{}, {"versions": 3}, {"deleted": True, "tags": {"a": None}}])
def test_the_api_has_it(
    mock: AmigoMock, client: httpx2.Client, kind: str, said: dict[str, Any]
) -> None:
    """Rule: list and versions say what the factory says. Source: one world."""
    found = getattr(mock, kind).create(**said)
    path, name = PATHS[kind], kind.removesuffix("s")
    expected = found.model_dump(mode="json", by_alias=True)
    versions = expected.pop("versions")
    assert client.get(path).json()[f"simulation_{kind}"] == [expected]
    page = client.get(f"{path}{found.id}/version/").json()
    assert page[f"simulation_{name}_versions"] == versions
    assert found.is_deleted is said.get("deleted", False)


def test_the_api_can_search_and_change_it(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: what was made is like what a client made. Source: one world."""
    found = mock.personas.create(name="Zoë", background="Fears needles.", tags={"a": "b"})
    for query in ("zoë", "needles"):
        page = client.get(f"{PERSONAS}search", params={"query": query}).json()
        assert [one["id"] for one in page["simulation_personas"]] == [found.id]
    page = client.get(PERSONAS, params={"tag": "a:b", "role": found.role}).json()
    assert page["filter_values"]["tags"] == ["a"]
    assert client.post(PERSONAS, json=persona("Zoë")).status_code == 409
    path = f"{PERSONAS}{found.id}/"
    assert client.post(path, json={"tags": {"c": None}}).status_code == 204
    assert mock.personas.get(found.id).tags == {"c": None}
    body = persona()["initial_version"]
    assert client.post(f"{path}version/", json=body).status_code == 201
    assert mock.personas.get(found.id).latest.background == body["background"]
    assert client.delete(path).status_code == 204
    assert mock.personas.get(found.id).is_deleted
    assert len(mock.personas) == 0
    created = client.post(PERSONAS, json=persona("Zoë")).json()["simulation_persona_id"]
    assert created > found.latest.id


def test_no_request_is_made(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: no journal, no limit, no fault, no maintenance. Source: the factories."""
    mock.rate_limits.set("create-simulation-persona", 0)
    mock.faults.add("*", status=500, times=None)
    mock.maintenance = True
    mock.personas.create_many(200)
    assert len(mock.personas) == 200
    assert len(mock.requests) == 0


@each_kind
def test_a_state_has_it(local: AmigoMock, kind: str) -> None:
    """Rule: a world that is written out and read holds it as it was. Source: worlds."""
    found = getattr(local, kind).create_many(2, versions=2)
    gone = getattr(local, kind).create(deleted=True)
    other = AmigoMock(seed=json.loads(state(local)))
    factory = getattr(other, kind)
    assert factory.all() == found
    assert factory.get(gone.id) == gone
    assert state(other) == state(local)
    assert factory.create().id > gone.latest.id


def test_a_reset_takes_it_away(local: AmigoMock) -> None:
    """Rule: everything as at the start; a snapshot brings it back. Source: resets."""
    start = state(local)
    made(local)
    full, kept = state(local), local.snapshot()
    local.personas.create()
    local.reset()
    assert state(local) == start
    assert (len(local.personas), len(local.scenarios)) == (0, 0)
    local.restore(kept)
    assert state(local) == full


def test_a_kept_world_is_written_with_it(tmp_path: Path) -> None:
    """Rule: what a factory made is a change of the world. Source: the state file."""
    path = tmp_path / "world.db"
    with AmigoMock(state=path) as mock:
        found = mock.personas.create()
    with AmigoMock(state=path) as mock:
        assert mock.personas.get(found.id) == found
