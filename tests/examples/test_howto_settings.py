"""How to say what the fake is like: for a module, a class, a test, and by a fixture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock

PERSONAS = "/v1/mock-org/simulation/persona/"
WORLD = {"organizations": [{"id": "mock-org", "personas": [
    {"name": "Ann", "role": "patient", "versions": [{"background": "New here."}]},
]}]}  # fmt: skip

pytestmark = pytest.mark.amigo(seed=WORLD)


@pytest.fixture
def amigo_settings() -> Mapping[str, Any]:
    """What holds for every test of this module, unless a marker says otherwise."""
    return {"clock": "2026-01-31T12:00:00Z"}


def test_a_marker_on_the_module(amigo: AmigoMock) -> None:
    """Every test begins with the world of the module's marker. Source: the README."""
    assert [persona.name for persona in amigo.personas] == ["Ann"]


def test_the_fixture(amigo: AmigoMock) -> None:
    """The clock stands still where `amigo_settings` says. Source: the README."""
    assert amigo.clock.frozen
    assert amigo.personas.create().created_at == amigo.clock.datetime()


@pytest.mark.amigo(strict=True, clock="2026-02-01T00:00:00Z")
def test_a_marker_on_the_test(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """The nearest marker wins, and the others still hold. Source: the README."""
    assert amigo.clock.datetime().month == 2
    assert amigo_client.get(PERSONAS, params={"sort_by": "+name"}).status_code == 422
    assert len(amigo.personas) == 1


@pytest.mark.amigo(rate_limits=False)
class TestWithoutLimits:
    """A marker on a class holds for its tests."""

    def test_as_many_requests_as_you_like(self, amigo_client: httpx2.Client) -> None:
        """Nothing is counted where limits are off. Source: the README."""
        statuses = {amigo_client.get(PERSONAS).status_code for _ in range(60)}
        assert statuses == {200}

    @pytest.mark.amigo(rate_limits={"get-simulation-personas": 1})
    def test_or_as_few(self, amigo_client: httpx2.Client) -> None:
        """A limit of one's own is by operation, a minute. Source: the README."""
        assert [amigo_client.get(PERSONAS).status_code for _ in range(2)] == [200, 429]
