"""How to use the fake with Hypothesis, which runs a test many times with one fixture."""

from __future__ import annotations

import httpx2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amigo_mock import AmigoMock

PERSONAS = "/v1/mock-org/simulation/persona/"


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 12))
def test_every_persona_is_listed(amigo: AmigoMock, amigo_client: httpx2.Client, count: int) -> None:
    """Each example starts anew with `reset`, which takes microseconds. Source: the README."""
    amigo.reset()
    amigo.personas.create_many(count)
    page = amigo_client.get(PERSONAS, params={"limit": 50}).json()
    assert len(page["simulation_personas"]) == count
