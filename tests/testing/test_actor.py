"""Users with just the grants that a test gives them."""

from __future__ import annotations

import os
from typing import Any

import pytest

from amigo_mock import AmigoMock, MockError
from amigo_mock.world.records import Grant
from tests.support.bodies import persona
from tests.support.paths import PERSONAS

READ = "Simulation:GetSimulationPersona"


def test_a_user_may_do_what_is_said_and_no_more(mock: AmigoMock) -> None:
    """Rule: just these grants. Source: the README's races."""
    reader = mock.as_user(grants=[READ])
    with reader.client() as client:
        assert client.get(PERSONAS).status_code == 200
        assert client.post(PERSONAS, json=persona()).status_code == 403
    assert {entry.user for entry in mock.requests} == {reader.id}


@pytest.mark.parametrize(
    "grant",
    [
        READ,
        {"permission_name": READ},
        {"permission_name": "Simulation:Get*", "conditions": {}},
        Grant(permission_name=READ),
    ],
)
def test_a_grant_is_a_name_a_value_or_as_the_api_has_it(mock: AmigoMock, grant: Any) -> None:
    """Rule: all of these are the same. Source: the README's races."""
    with mock.as_user(grants=[grant]).client() as client:
        assert client.get(PERSONAS).status_code == 200


def test_conditions_hold(mock: AmigoMock) -> None:
    """Rule: a list shows what the conditions cover. Source: the world format."""
    with mock.client() as client:
        for role in ("patient", "nurse"):
            client.post(PERSONAS, json=persona(role, role=role))
    nurses = {
        "permission_name": READ,
        "conditions": {"role": {"type": "Equals", "value": "nurse"}},
    }
    with mock.as_user(grants=[nurses]).client() as client:
        found = client.get(PERSONAS).json()["simulation_personas"]
    assert [each["role"] for each in found] == ["nurse"]


def test_the_environment_is_theirs_inside_of_the_block(mock: AmigoMock) -> None:
    """Rule: the official SDK is that user, and afterwards who it was. Source: the README."""
    before = dict(os.environ)
    with mock.as_user("reader", grants=[READ]) as reader:
        assert os.environ["AMIGO_USER_ID"] == reader.id == "reader"
        assert os.environ["AMIGO_BASE_URL"] == mock.url
        assert dict(reader.env).items() <= os.environ.items()
    assert dict(os.environ) == before


def test_two_users_are_two(mock: AmigoMock) -> None:
    """Rule: each has a limit of their own. Source: assumption: limits are per user."""
    one, other = mock.as_user(grants=["*"]), mock.as_user(grants=["*"])
    assert one.id != other.id
    assert one.token() != other.token()


@pytest.mark.parametrize(
    ("grants", "text"),
    [
        ("Simulation:*", "brackets"),
        ({"permission_name": "*"}, "brackets"),
        ([{"permission": "*"}], "permission_name"),
        ([{"permission_name": "*", "conditions": {"role": {"type": "Is"}}}], "conditions.role"),
    ],
)
def test_what_is_no_grant_is_refused(mock: AmigoMock, grants: Any, text: str) -> None:
    """Rule: named, and no user is made. Source: bad input gets a clear error."""
    with pytest.raises(MockError, match=text):
        mock.as_user("nobody", grants=grants)
    with pytest.raises(MockError, match="no user 'nobody'"):
        mock.token("nobody")


def test_a_reset_forgets_them(mock: AmigoMock) -> None:
    """Rule: a reset is a new start. Source: reset()."""
    reader = mock.as_user("reader", grants=[READ])
    mock.reset()
    with pytest.raises(MockError, match="no user 'reader'"):
        reader.token()
