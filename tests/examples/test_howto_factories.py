"""How to have records without a request: factories."""

from __future__ import annotations

import httpx2
import pytest

from amigo_mock import AmigoMock

PERSONAS = "/v1/mock-org/simulation/persona/"


def test_what_is_not_said_is_made_up(amigo: AmigoMock) -> None:
    """A record is complete, whatever a test leaves out. Source: the README."""
    ann = amigo.personas.create(name="Ann", versions=3)
    assert ann.role
    assert [version.version for version in ann.versions] == [1, 2, 3]
    assert ann.latest.background


def test_what_is_said_is_what_there_is(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """The API shows the very record that the factory returned. Source: the README."""
    ann = amigo.personas.create(name="Ann", role="nurse", tags={"ward": "A"}, background="Tired.")
    [found] = amigo_client.get(PERSONAS, params={"id": ann.id}).json()["simulation_personas"]
    assert (found["name"], found["role"], found["tags"]) == ("Ann", "nurse", {"ward": "A"})
    assert ann.latest.background == "Tired."


def test_many_at_once(amigo: AmigoMock) -> None:
    """A factory counts, iterates and finds what there is now. Source: the README."""
    amigo.personas.create_many(60, role="patient")
    amigo.scenarios.create(name="Refill", instructions="Be brief.")
    assert len(amigo.personas) == 60
    assert len({persona.name for persona in amigo.personas}) == 60
    assert amigo.scenarios.find("Refill").latest.instructions == "Be brief."


def test_a_factory_shows_what_the_code_under_test_wrote(
    amigo: AmigoMock, amigo_client: httpx2.Client
) -> None:
    """What came over HTTP is found by factories too. Source: the README."""
    ann = amigo.personas.create(name="Ann", tags={})
    amigo_client.post(f"{PERSONAS}{ann.id}/", json={"tags": {"ward": "A"}})
    assert amigo.personas.get(ann.id).tags == {"ward": "A"}
    amigo_client.delete(f"{PERSONAS}{ann.id}/")
    assert amigo.personas.get(ann.id).is_deleted
    with pytest.raises(LookupError):
        amigo.personas.find("Ann")


def test_they_cost_nothing_of_the_limits(amigo: AmigoMock) -> None:
    """Factories make no request: nothing is counted, nothing is noted. Source: the README."""
    amigo.personas.create_many(200)
    assert amigo.rate_limits.headroom("create-simulation-persona") == 100
    assert not amigo.requests
