"""How to test what takes time: tokens that expire, and times that are known."""

from __future__ import annotations

import os

import httpx2
import pytest

from amigo_mock import AmigoMock

PERSONAS = "/v1/mock-org/simulation/persona/"


def test_a_token_expires(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """A sign-in is valid for an hour, which a test need not wait for. Source: the README."""
    assert amigo_client.get(PERSONAS).status_code == 200
    amigo.clock.advance(hours=1, seconds=1)
    assert amigo_client.get(PERSONAS).status_code == 401


def test_code_signs_in_again(amigo: AmigoMock) -> None:
    """The environment has what a sign-in asks for. Source: the README."""
    sign_in = f"/v1/{os.environ['AMIGO_ORGANIZATION_ID']}/user/signin_with_api_key"
    headers = {
        "x-api-key": os.environ["AMIGO_API_KEY"],
        "x-api-key-id": os.environ["AMIGO_API_KEY_ID"],
        "x-user-id": os.environ["AMIGO_USER_ID"],
    }
    with httpx2.Client(base_url=os.environ["AMIGO_BASE_URL"], trust_env=False) as client:
        token = client.post(sign_in, headers=headers).raise_for_status().json()["id_token"]
        answer = client.get(PERSONAS, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


@pytest.mark.amigo(clock="2026-01-31T12:00:00Z")
def test_times_can_be_compared(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """Where the clock stands still, times are the same in each run. Source: the README."""
    ann = amigo.personas.create(name="Ann")
    amigo.clock.advance(minutes=5)
    amigo_client.post(f"{PERSONAS}{ann.id}/", json={})
    [found] = amigo_client.get(PERSONAS).json()["simulation_personas"]
    assert found["created_at"].startswith("2026-01-31T12:00:00")
    assert found["updated_at"].startswith("2026-01-31T12:05:00")
