"""Organizations and tokens over the control API."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.control.support import RECORD, START, refused
from tests.support.bodies import persona
from tests.support.deadlines import lasts
from tests.support.paths import PERSONAS
from tests.support.verbs import persona_names

EVERYTHING = [{"permission_name": "*", "conditions": {}}]


def test_an_organization_is_created_with_everything(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: its users, keys, grants and records, in the world's format. Source: the table."""
    content = {
        "id": "new",
        "users": [{"id": "reader", "grants": [{"permission_name": "Simulation:Get*"}]}],
        "api_keys": [{"id": "k", "key": "secret"}],
        "personas": [RECORD],
    }
    answer = client.post("/_mock/organizations", json=content)
    assert (answer.status_code, answer.json()) == (201, {"id": "new"})
    keys = {"x-api-key": "secret", "x-api-key-id": "k", "x-user-id": "reader"}
    signed = client.post("/v1/new/user/signin_with_api_key", headers=keys)
    token = {"Authorization": f"Bearer {signed.json()['id_token']}"}
    path = "/v1/new/simulation/persona/"
    (found,) = client.get(path, headers=token).json()["simulation_personas"]
    assert found["name"] == "A"
    assert found["creator"] == {"org_id": "new", "user_id": "reader"}
    assert client.post(path, headers=token, json=persona()).status_code == 403
    assert persona_names(client) == []


def test_an_organization_is_replaced_whole(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the one with that id makes room; tokens of its users die. Source: the table."""
    assert client.post(PERSONAS, json=persona()).status_code == 201
    users = [{"id": "next-user", "grants": EVERYTHING}]
    answer = client.post("/_mock/organizations", json={"id": "mock-org", "users": users})
    assert answer.status_code == 201
    assert client.get(PERSONAS).status_code == 401
    token = {"Authorization": f"Bearer {mock.token('next-user')}"}
    assert client.get(PERSONAS, headers=token).json()["simulation_personas"] == []
    assert client.get("/_mock/health").json()["organizations"] == ["mock-org"]


def test_an_organization_has_the_default_user_and_key(client: httpx2.Client) -> None:
    """Rule: without users or keys it has the default ones. Source: worlds."""
    assert client.post("/_mock/organizations", json={"id": "plain"}).status_code == 201
    keys = {"x-api-key": "mock-api-key", "x-api-key-id": "mock-key-id", "x-user-id": "mock-user"}
    assert client.post("/v1/plain/user/signin_with_api_key", headers=keys).status_code == 200


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, ("id",)),
        ({"id": ""}, ("id",)),
        ({"id": "a b"}, ("id",)),
        ({"id": "mock-org", "usres": []}, ("usres", "did you mean", "'users'")),
        ({"id": "mock-org", "": []}, ()),
        ({"id": "mock-org", "personas": [RECORD, RECORD]}, ("personas.1.name",)),
        ({"id": "mock-org", "users": [{"id": "u", "grant": []}]}, ("did you mean", "'grants'")),
        (
            {"id": "mock-org", "users": [{"id": "u", "grants": [
                {"permission_name": "*", "conditions": {"role": {"type": "Like", "value": "a"}}}
            ]}]},
            ("users.0.grants.0.conditions.role",),
        ),
    ],
)  # fmt: skip
def test_a_broken_organization_changes_nothing(
    client: httpx2.Client, content: Any, words: tuple[str, ...]
) -> None:
    """Rule: the path inside and what was expected; the old one stays. Source: worlds."""
    assert client.post(PERSONAS, json=persona("Old")).status_code == 201
    before = client.get("/_mock/state").content
    refused(client.post("/_mock/organizations", json=content), *words)
    assert client.get("/_mock/state").content == before
    assert persona_names(client) == ["Old"]


def test_a_token_needs_no_sign_in(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: for a user, for so many seconds. Source: the control API's table."""
    mock.clock.freeze(START)
    order = {"organization": "mock-org", "user": "mock-user", "expires_in": 60}
    answer = client.post("/_mock/tokens", json=order)
    assert answer.status_code == 201
    assert lasts(answer.json()["expires_at"], 60)
    header = {"Authorization": f"Bearer {answer.json()['id_token']}"}
    assert client.get(PERSONAS, headers=header).status_code == 200
    mock.clock.advance(60)
    assert client.get(PERSONAS, headers=header).status_code == 401


def test_a_token_is_by_default_that_of_a_sign_in(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the default user, for as long as a sign-in. Source: the fixed names."""
    mock.clock.freeze(START)
    answer = client.post("/_mock/tokens", json={})
    assert lasts(answer.json()["expires_at"], 3600)
    header = {"Authorization": f"Bearer {answer.json()['id_token']}"}
    assert client.get(PERSONAS, headers=header).status_code == 200


def test_a_token_is_by_default_for_the_first_user_there_is() -> None:
    """Rule: left out, it is the first organization and its first user, whatever they are called.
    Source: the control API, in which the first organization is meant when none is named.
    """
    users = [{"id": "boss", "grants": [{"permission_name": "*"}]}, {"id": "clerk"}]
    world = {"organizations": [{"id": "acme", "users": users}, {"id": "mock-org"}]}
    with AmigoMock(seed=world) as mock, mock.client() as client:
        for given, caller in (
            ({}, "acme/boss"),
            ({"organization": "mock-org"}, "mock-org/mock-user"),
        ):
            token = client.post("/_mock/tokens", json=given).json()["id_token"]
            path = PERSONAS.replace("mock-org", caller.partition("/")[0])
            headers = {"Authorization": f"Bearer {token}"}
            assert client.get(path, headers=headers).status_code == 200
            assert mock.requests.last.caller == caller


def test_a_token_costs_no_sign_in(client: httpx2.Client) -> None:
    """Rule: control operations have no limits. Source: the control API."""
    found = [client.post("/_mock/tokens", json={}).status_code for _ in range(20)]
    assert found == [201] * 20


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"user": "nobody"}, ("nobody", "mock-org", "; there is mock-user")),
        ({"user": "mok-user"}, ("did you mean 'mock-user'?",)),
        ({"organization": "nowhere"}, ("no organization 'nowhere'; there is mock-org",)),
        ({"expires_in": 0}, ("expires_in",)),
        ({"expires_in": -5}, ("expires_in",)),
        ({"expires_in": 1e300}, ("expires_in",)),
        ({"usr": "mock-user"}, ("usr",)),
    ],
)
def test_a_token_for_nobody_is_refused(
    control: httpx2.Client, order: dict[str, Any], words: tuple[str, ...]
) -> None:
    """Rule: the user has to be there, and the time to be one. Source: the control API."""
    refused(control.post("tokens", json=order), *words)
