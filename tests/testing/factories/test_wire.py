"""Factories accept what the API accepts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amigo_mock import AmigoMock, MockError
from tests.support.bodies import persona, scenario
from tests.support.paths import (
    PERSONAS,
    SERVICES,
)
from tests.support.suite import Suite
from tests.testing.factories.support import PATHS, each_path

texts = st.text(max_size=6) | st.sampled_from([" ", "", "\u00a0", "a-b", "\ud800", "a\n", "ß_1"])


tags = st.dictionaries(texts, texts | st.none(), max_size=3) | st.integers(19, 22).map(
    lambda count: {f"t{number}": None for number in range(count)}
)


@pytest.fixture(scope="module")
def unlimited() -> Iterator[tuple[AmigoMock, httpx2.Client]]:
    with (
        AmigoMock(strict=True, rate_limits=False) as mock,
        mock.client(in_process=True) as client,
    ):
        yield mock, client


def new_metric(name: str, tags: Mapping[str, str | None]) -> dict[str, Any]:
    value = {"description": "", "metric_value": {"type": "boolean"}}
    own: dict[str, Any] = {"applied_to_services": [], "additional_notes": None}
    return {**own, "name": name, "tags": tags, "initial_version_metric_value": value}


def new_service(suite: Suite, name: str, tags: Mapping[str, str | None]) -> dict[str, Any]:
    one, *_ = suite.get(SERVICES)["services"]
    return {**one, "name": name, "tags": tags}


def new_set(suite: Suite, name: str, tags: Mapping[str, str | None]) -> dict[str, Any]:
    runs = [{"unit_test_id": suite.unit_test(), "run_count": 1}]
    return {"name": name, "description": None, "unit_test_runs": runs, "tags": tags}


def new_unit_test(suite: Suite, name: str, tags: Mapping[str, str | None]) -> dict[str, Any]:
    known = {one["name"] for one in suite.get(PERSONAS)["simulation_personas"]}
    suite.persona = suite.new_persona(f"Ann {len(known)}")
    suite.scenario = suite.new_scenario(f"Refill {len(known)}")
    return suite.body(name, tags=tags)


BODIES: dict[str, Callable[[Suite, str, dict[str, str | None]], dict[str, Any]]] = {
    "personas": lambda _, name, tags: persona(name, tags=tags),
    "scenarios": lambda _, name, tags: scenario(name, tags=tags),
    "services": new_service,
    "metrics": lambda _, name, tags: new_metric(name, tags),
    "unit_tests": new_unit_test,
    "unit_test_sets": new_set,
}


def posted(client: httpx2.Client, path: str, body: object) -> int:
    kind = {"Content-Type": "application/json"}
    return client.post(path, content=json.dumps(body), headers=kind).status_code


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=texts, tags=tags)
@each_path
def test_names_and_tags_are_judged_as_over_the_wire(
    unlimited: tuple[AmigoMock, httpx2.Client],
    kind: str,
    name: str,
    tags: dict[str, str | None],
) -> None:
    """Rule: refused here if and only if there, and stored the same. Source: the one promise."""
    mock, client = unlimited
    mock.reset()
    body = BODIES[kind](Suite(client), name, tags)
    status = posted(client, PATHS[kind], body)
    factory = getattr(mock, kind)
    there = factory.all()
    mock.reset()
    before = len(factory)
    if status == 201:
        here = factory.create(name=name, tags=tags)
        assert [(one.name, one.tags) for one in there[before:]] == [(here.name, here.tags)]
        body = BODIES[kind](Suite(client), name, tags)
        with pytest.raises(MockError, match="is the name of another one"):
            factory.create(name=name)
        assert posted(client, PATHS[kind], body) == 409
    else:
        assert status == 422
        with pytest.raises(MockError):
            factory.create(name=name, tags=tags)
        assert len(factory) == before


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(-(2**70), 2**70), count=st.integers(1, 30))
@each_path
def test_whatever_is_made_up_the_wire_accepts(
    unlimited: tuple[AmigoMock, httpx2.Client], kind: str, seed: int, count: int
) -> None:
    """Rule: made-up values are ones that a client could have sent. Source: the one promise."""
    mock, client = unlimited
    mock.reset()
    mock.faker_seed = seed
    for one in getattr(mock, kind).create_many(count):
        body = {**one.model_dump(mode="json"), "name": f"{one.name} again", "tags": one.tags}
        if "versions" in body:
            name = "initial_version_metric_value" if kind == "metrics" else "initial_version"
            body[name] = one.latest.model_dump(mode="json")
        assert posted(client, PATHS[kind], body) == 201
