"""Paths, kinds and states that the tests of factories share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError
from amigo_mock.testing.factories import Factories
from amigo_mock.world.world import WorldSnapshot
from tests.support.paths import (
    METRICS,
    PERSONAS,
    SCENARIOS,
    SERVICES,
    SETS,
    UNIT_TESTS,
)

PATHS = {
    "personas": PERSONAS,
    "scenarios": SCENARIOS,
    "services": SERVICES,
    "metrics": METRICS,
    "unit_tests": UNIT_TESTS,
    "unit_test_sets": SETS,
}

FACTORIES = [name for name in vars(Factories) if not name.startswith("_")]

each_factory = pytest.mark.parametrize("kind", FACTORIES)

each_kind = pytest.mark.parametrize("kind", ["personas", "scenarios"])

each_path = pytest.mark.parametrize("kind", PATHS)


def last_ids(mock: AmigoMock) -> object:
    """The ids that were made last."""
    content = mock.snapshot().content
    assert isinstance(content, WorldSnapshot)
    return content.ids


def state(mock: AmigoMock) -> bytes:
    return mock._fake.state()


def made(mock: AmigoMock) -> list[Any]:
    """Some of everything."""
    return [
        mock.personas.create(),
        mock.personas.create(versions=3, role="nurse"),
        *mock.scenarios.create_many(3, versions=2),
        mock.scenarios.create(deleted=True),
    ]


def about(one: Any) -> list[str]:
    fields = ("background", "objective", "instructions", "description")
    return [getattr(getattr(one, "latest", one), name, "") for name in fields]


class Remote:
    """A store that reaches its fake over nothing but the control API."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def add_records(
        self,
        organization: str,
        kind: str,
        records: Sequence[Mapping[str, Any]],
        *,
        numbered: bool = False,
        needed: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> list[dict[str, Any]]:
        order = {"organization": organization, "kind": kind, "numbered": numbered}
        lists = {"records": list(records), "needed": needed or {}}
        return self._found(self._client.post("records", json={**order, **lists}))

    def records(self, organization: str, kind: str, id: str | None = None) -> list[dict[str, Any]]:
        query = {"organization": organization, "kind": kind} | ({} if id is None else {"id": id})
        return self._found(self._client.get("records", params=query))

    def _found(self, answer: httpx2.Response) -> list[dict[str, Any]]:
        if answer.is_error:
            raise MockError(answer.json()["detail"])
        found: list[dict[str, Any]] = answer.json()["records"]
        return found


class Elsewhere(Factories):
    @property
    def organization(self) -> str:
        return "mock-org"
