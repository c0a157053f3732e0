"""How to test what code does for a user who may not do everything."""

from __future__ import annotations

import os

import httpx2
import pytest

from amigo_mock import AmigoMock

PERSONAS = "/v1/mock-org/simulation/persona/"
READ = "Simulation:GetSimulationPersona"


def test_a_user_with_just_these_grants(amigo: AmigoMock) -> None:
    """A grant can be the name of a permission. Source: the README."""
    ann = amigo.personas.create(name="Ann")
    reader = amigo.as_user(grants=[READ])
    with reader.client() as client:
        assert client.get(PERSONAS).status_code == 200
        assert client.delete(f"{PERSONAS}{ann.id}/").status_code == 403
    assert amigo.requests.last.user == reader.id


def test_a_grant_with_a_condition(amigo: AmigoMock) -> None:
    """What a user may not see is not listed. Source: the guide."""
    amigo.personas.create(name="Ann", role="patient")
    amigo.personas.create(name="Bob", role="nurse")
    grant = {
        "permission_name": READ,
        "conditions": {"role": {"type": "Equals", "value": "patient"}},
    }
    with amigo.as_user(grants=[grant]).client() as client:
        page = client.get(PERSONAS).json()
    assert [one["name"] for one in page["simulation_personas"]] == ["Ann"]


def test_the_environment_of_a_user(amigo: AmigoMock) -> None:
    """Inside of the block, what reads the environment is this user. Source: the README."""
    with amigo.as_user("night-shift", grants=[READ]) as user:
        assert os.environ["AMIGO_USER_ID"] == user.id == "night-shift"
    assert os.environ["AMIGO_USER_ID"] == "mock-user"


@pytest.mark.amigo(permissions=[{"permission_name": READ}])
def test_the_default_user_may_do_less(amigo_client: httpx2.Client) -> None:
    """The setting is the same for a whole test. Source: the README."""
    assert amigo_client.delete(f"{PERSONAS}{'0' * 24}/").status_code == 403
