"""Signing in with an API key."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock import AmigoMock
from tests.support.deadlines import lasts
from tests.support.paths import PERSONAS, SIGN_IN
from tests.support.verbs import places
from tests.support.worlds import FROZEN, put_organization, user

RIGHT = {"x-api-key": "mock-api-key", "x-api-key-id": "mock-key-id", "x-user-id": "mock-user"}


@pytest.fixture
def anonymous(mock: AmigoMock) -> Iterator[httpx2.Client]:
    """A client that is not signed in."""
    with mock.client() as client:
        del client.headers["Authorization"]
        yield client


def test_a_right_key_is_a_token_and_its_end(mock: AmigoMock, anonymous: httpx2.Client) -> None:
    """Rule: 200 with `id_token` and `expires_at`, no more, told by the clock of the client. Source:
    published document; an hour by assumption.
    """
    mock.clock.freeze(FROZEN)
    answer = anonymous.post(SIGN_IN, headers=RIGHT)
    assert answer.status_code == 200
    assert answer.json().keys() == {"id_token", "expires_at"}
    assert lasts(answer.json()["expires_at"], 3600)
    assert answer.json()["id_token"].count(".") == 2


def test_no_body_is_needed_and_none_is_read(anonymous: httpx2.Client) -> None:
    """Rule: a sign-in is made of headers. Source: published document."""
    answer = anonymous.post(SIGN_IN, headers=RIGHT, content=b"{broken")
    assert answer.status_code == 200


def test_the_token_signs_its_user_in(mock: AmigoMock, anonymous: httpx2.Client) -> None:
    """Rule: the token is the Bearer of the calls to come, and acts for the user it was asked for.
    Source: published document.
    """
    put_organization(anonymous, user("bea", {"permission_name": "*", "conditions": {}}))
    token = anonymous.post(SIGN_IN, headers={**RIGHT, "x-user-id": "bea"}).json()["id_token"]
    body = {"tags": {}, "name": "Ann", "role": "patient", "initial_version": {"background": "x"}}
    headers = {"Authorization": f"Bearer {token}"}
    assert anonymous.post(PERSONAS, json=body, headers=headers).status_code == 201
    (found,) = anonymous.get(PERSONAS, headers=headers).json()["simulation_personas"]
    assert found["creator"] == {"org_id": "mock-org", "user_id": "bea"}


def test_the_token_is_a_password_too(anonymous: httpx2.Client) -> None:
    """Rule: Basic with `{org_id}_{user_id}` and the token proves the same. Source: references."""
    token = anonymous.post(SIGN_IN, headers=RIGHT).json()["id_token"]
    for name, status in (("mock-org_mock-user", 200), ("mock-org_somebody", 401)):
        value = base64.b64encode(f"{name}:{token}".encode()).decode()
        answer = anonymous.get(PERSONAS, headers={"Authorization": f"Basic {value}"})
        assert answer.status_code == status


def test_the_token_ends_when_it_said(mock: AmigoMock, anonymous: httpx2.Client) -> None:
    """Rule: from `expires_at` on the token is a 401, before it is good. Source: published
    document.
    """
    mock.clock.freeze(FROZEN)
    token = anonymous.post(SIGN_IN, headers=RIGHT).json()["id_token"]
    headers = {"Authorization": f"Bearer {token}"}
    mock.clock.advance(3599)
    assert anonymous.get(PERSONAS, headers=headers).status_code == 200
    mock.clock.advance(1)
    assert anonymous.get(PERSONAS, headers=headers).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"x-api-key": "wrong"},
        {"x-api-key": "MOCK-API-KEY"},
        {"x-api-key": "mock-api-ke"},
        {"x-api-key": ""},
        {"x-api-key-id": "wrong"},
        {"x-api-key-id": ""},
        {"x-user-id": "wrong"},
        {"x-user-id": ""},
        {"x-api-key": "wrong", "x-api-key-id": "wrong", "x-user-id": "wrong"},
    ],
    ids=str,
)
def test_what_is_wrong_is_refused(anonymous: httpx2.Client, wrong: dict[str, str]) -> None:
    """Rule: a wrong key, id or user is a 401, and which of them is not said. Source: published
    document.
    """
    answer = anonymous.post(SIGN_IN, headers={**RIGHT, **wrong})
    assert answer.status_code == 401
    other = anonymous.post(SIGN_IN, headers={**RIGHT, "x-api-key-id": "other"})
    assert answer.json() == other.json()
    assert list(answer.json()) == ["detail"]


def test_a_key_opens_its_own_organization_only(anonymous: httpx2.Client) -> None:
    """Rule: a key, its id and its user belong to one organization. Source: published document."""
    other = {"id": "other-org", "api_keys": [{"id": "k", "key": "s"}], "users": [user("eve")]}
    assert anonymous.post("/_mock/organizations", json=other).status_code == 201
    theirs = {"x-api-key": "s", "x-api-key-id": "k", "x-user-id": "eve"}
    there = SIGN_IN.replace("mock-org", "other-org")
    assert anonymous.post(there, headers=theirs).status_code == 200
    assert anonymous.post(there, headers=RIGHT).status_code == 401
    assert anonymous.post(SIGN_IN, headers=theirs).status_code == 401
    assert anonymous.post(SIGN_IN, headers={**theirs, "x-user-id": "mock-user"}).status_code == 401


def test_two_keys_do_not_mix(anonymous: httpx2.Client) -> None:
    """Rule: a key is right under its own id only. Source: published document."""
    keys = [{"id": "one", "key": "first"}, {"id": "two", "key": "second"}]
    put_organization(anonymous, api_keys=keys)
    found = {
        (id, key): anonymous.post(
            SIGN_IN, headers={**RIGHT, "x-api-key-id": id, "x-api-key": key}
        ).status_code
        for id in ("one", "two")
        for key in ("first", "second")
    }
    assert found == {
        ("one", "first"): 200,
        ("one", "second"): 401,
        ("two", "first"): 401,
        ("two", "second"): 200,
    }


def test_an_unknown_organization_is_not_found(anonymous: httpx2.Client) -> None:
    """Rule: 404, whatever the headers. Source: published document."""
    there = SIGN_IN.replace("mock-org", "no-such-org")
    assert anonymous.post(there, headers=RIGHT).status_code == 404
    assert anonymous.post(there).status_code == 404


@pytest.mark.parametrize("missing", ["x-api-key", "x-api-key-id", "x-user-id"])
def test_every_header_is_required(anonymous: httpx2.Client, missing: str) -> None:
    """Rule: without one of the three it is a 422 that names it. Source: published document."""
    headers = {name: value for name, value in RIGHT.items() if name != missing}
    answer = anonymous.post(SIGN_IN, headers=headers)
    assert places(answer) == [("missing", ["header", missing])]


def test_all_missing_headers_are_named_at_once(anonymous: httpx2.Client) -> None:
    """Rule: a 422 says all that is wrong. Source: published document."""
    assert places(anonymous.post(SIGN_IN)) == [
        ("missing", ["header", "x-api-key"]),
        ("missing", ["header", "x-api-key-id"]),
        ("missing", ["header", "x-user-id"]),
    ]


def test_five_sign_ins_a_minute(mock: AmigoMock, anonymous: httpx2.Client) -> None:
    """Rule: the sixth sign-in of a user within a minute is a 429, right or wrong; after the time
    that it names, the next one is let in. Source: published document.
    """
    mock.clock.freeze(FROZEN)
    tries = [RIGHT, {**RIGHT, "x-api-key": "wrong"}, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT]
    answers = [anonymous.post(SIGN_IN, headers=headers) for headers in tries]
    assert [answer.status_code for answer in answers] == [200, 401, 200, 200, 200, 429, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == [*"4321000"]
    assert answers[-1].headers["Retry-After"] == "60"
    mock.clock.advance(59.9)
    assert anonymous.post(SIGN_IN, headers=RIGHT).status_code == 429
    mock.clock.advance(0.1)
    assert anonymous.post(SIGN_IN, headers=RIGHT).status_code == 200


def test_users_are_limited_apart(mock: AmigoMock, anonymous: httpx2.Client) -> None:
    """Rule: what one user has used up does not keep another one out. Source: published document
    ("the user has exceeded"); by the header, as nobody is signed in yet: assumption.
    """
    put_organization(anonymous, user("bea"))
    for _ in range(6):
        last = anonymous.post(SIGN_IN, headers=RIGHT)
    assert last.status_code == 429
    assert anonymous.post(SIGN_IN, headers={**RIGHT, "x-user-id": "bea"}).status_code == 200


def test_a_user_without_grants_can_sign_in(anonymous: httpx2.Client) -> None:
    """Rule: signing in asks for no permission. Source: published document, which names none."""
    put_organization(anonymous, user("bea"))
    assert anonymous.post(SIGN_IN, headers={**RIGHT, "x-user-id": "bea"}).status_code == 200


def test_a_sign_in_does_not_look_at_other_credentials(anonymous: httpx2.Client) -> None:
    """Rule: a sign-in works with any `Authorization`, good or bad. Source: published document,
    which answers 401 only to a wrong key, id or user.
    """
    headers = {**RIGHT, "Authorization": "Bearer nonsense"}
    assert anonymous.post(SIGN_IN, headers=headers).status_code == 200


def test_maintenance_comes_first(mock: AmigoMock, anonymous: httpx2.Client) -> None:
    """Rule: during maintenance it is a 503. Source: published document."""
    mock.maintenance = True
    assert anonymous.post(SIGN_IN, headers=RIGHT).status_code == 503


def test_any_header_is_refused_without_an_error_of_the_server(running: AmigoMock) -> None:
    """Rule: whatever the three headers say, it is a 401 unless it is right. Source: published
    document.
    """
    running.reset()
    running.rate_limits.enabled = False
    value = st.text(
        st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f")
    )
    with running.client() as client:

        @settings(max_examples=30, deadline=None)
        @given(st.fixed_dictionaries(dict.fromkeys(RIGHT, value)))
        def check(headers: dict[str, str]) -> None:
            sent = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
            assert client.post(SIGN_IN, headers=sent).status_code == 401

        check()
