"""Who is calling, proven by a token; and what grants let them do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx2
import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock import AmigoMock
from amigo_mock.errors import ApiError
from amigo_mock.resources import CATALOG
from amigo_mock.state.access import Access, allowed, unconditional
from amigo_mock.state.clock import LocalClock
from amigo_mock.world.documents.document import default
from amigo_mock.world.documents.seeding import fill
from amigo_mock.world.records import Grant
from amigo_mock.world.world import World
from tests.support.bodies import persona
from tests.support.deadlines import lasts
from tests.support.paths import PERSONAS, SIGN_IN

KEY = "a signing key that is long enough for every library"
KEYS = {"x-api-key": "mock-api-key", "x-api-key-id": "mock-key-id", "x-user-id": "mock-user"}


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(header: Any, claims: Any, key: str = "amigo-mock", digest: Any = hashlib.sha256) -> str:
    """A token made by hand, so that anything can be wrong with it."""
    text = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"
    return f"{text}.{encoded(hmac.new(key.encode(), text.encode(), digest).digest())}"


def claims(mock: AmigoMock, **changes: Any) -> dict[str, Any]:
    known = {"org_id": "mock-org", "user_id": "mock-user", "exp": mock.clock.now() + 600}
    return {**known, **changes}


def basic(name: str, token: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{token}".encode()).decode()


def status(client: httpx2.Client, path: str = PERSONAS, **headers: str) -> int:
    """The status with other credentials; a refusal has the published shape."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.get(path, headers=named)
    if answer.status_code == 401:
        assert answer.json().keys() == {"detail"}
        assert isinstance(answer.json()["detail"], str)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    return answer.status_code


def organization(client: httpx2.Client, id: str, *users: str) -> None:
    anywhere = {"org_id": {"type": "NotEquals", "value": ""}}
    everything = [{"permission_name": "*", "conditions": anywhere}]
    content = {"id": id, "users": [{"id": user, "grants": everything} for user in users]}
    assert client.post("/_mock/organizations", json=content).status_code == 201


# Schemes


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_bearer_token_proves_its_user(
    mock: AmigoMock, client: httpx2.Client, scheme: str
) -> None:
    """Rule: Bearer with the token; the scheme's case is free. Source: published; HTTP."""
    assert status(client, authorization=f"{scheme} {mock.token()}") == 200


@pytest.mark.parametrize("scheme", ["Basic", "basic"])
def test_basic_takes_the_token_as_password(
    mock: AmigoMock, client: httpx2.Client, scheme: str
) -> None:
    """Rule: Basic with `{org}_{user}` and the token. Source: published document."""
    header = basic("mock-org_mock-user", mock.token()).replace("Basic", scheme)
    assert status(client, authorization=header) == 200


@pytest.mark.parametrize(
    "name", ["", "mock-user", "mock-org", "mock-org_", "mock-org-mock-user", "mock-org_other", "é"]
)
def test_basic_with_another_name_is_401(mock: AmigoMock, client: httpx2.Client, name: str) -> None:
    """Rule: the user name has to be that of the token. Source: published document."""
    assert status(client, authorization=basic(name, mock.token())) == 401


@pytest.mark.parametrize(
    "value",
    ["=", "!", "bW9jaw", "bW9jaw==", "w6k6w6k=", "/w==", "OjpA", "bW9jay1vcmdfbW9jay11c2Vy"],
)
def test_malformed_basic_is_401(client: httpx2.Client, value: str) -> None:
    """Rule: credentials that cannot be read prove nobody. Source: authentication."""
    assert status(client, authorization=f"Basic {value}") == 401


def test_an_underscore_in_a_name_is_part_of_it(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the whole name is compared, not its parts. Source: published document."""
    organization(client, "an_org", "a_user")
    token = mock.token("a_user", organization="an_org")
    path = "/v1/an_org/simulation/persona/"
    assert status(client, path, authorization=basic("an_org_a_user", token)) == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Basic", "Digest x", "Token x", "Bearer a b"])
def test_no_credentials_are_401(client: httpx2.Client, header: str) -> None:
    """Rule: whoever proves nothing is 401. Source: published document."""
    assert status(client, authorization=header) == 401


def test_a_token_without_its_scheme_is_401(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the scheme has to be named. Source: HTTP."""
    assert status(client, authorization=mock.token()) == 401


def test_no_header_at_all_is_401(client: httpx2.Client) -> None:
    """Rule: no Authorization, no answer. Source: published document."""
    del client.headers["Authorization"]
    assert status(client) == 401


# X-ORG-ID


def test_the_issuer_may_be_named(client: httpx2.Client) -> None:
    """Rule: X-ORG-ID may name the organization of the path too. Source: published document."""
    assert status(client, x_org_id="mock-org") == 200


@pytest.mark.parametrize("issuer", ["other", "nowhere", "", "mock-org ,x", "MOCK-ORG"])
def test_a_wrong_issuer_is_401(client: httpx2.Client, issuer: str) -> None:
    """Rule: a token was issued by whom X-ORG-ID says, or it proves nothing. Source: published."""
    organization(client, "other", "mock-user")
    assert status(client, x_org_id=issuer) == 401


def test_a_token_of_another_organization_is_401(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: without X-ORG-ID a token is good in its own organization only. Source: published."""
    organization(client, "other", "mock-user")
    token = mock.token("mock-user", organization="other")
    assert status(client, authorization=f"Bearer {token}") == 401
    assert status(client, "/v1/other/simulation/persona/", authorization=f"Bearer {token}") == 200


@pytest.mark.parametrize("scheme", ["Bearer", "Basic"])
def test_a_token_of_another_organization_that_is_named_is_taken(
    mock: AmigoMock, client: httpx2.Client, scheme: str
) -> None:
    """Rule: X-ORG-ID lets a user call another organization, if their grants say so. Source:
    published document; assumption other-organization.
    """
    organization(client, "other", "guest")
    token = mock.token("guest", organization="other")
    header = f"Bearer {token}" if scheme == "Bearer" else basic("other_guest", token)
    assert status(client, authorization=header, x_org_id="other") == 200
    answer = client.post(
        PERSONAS, json=persona(), headers={"Authorization": header, "X-ORG-ID": "other"}
    )
    assert answer.status_code == 201
    (found,) = client.get(PERSONAS).json()["simulation_personas"]
    assert found["creator"] == {"org_id": "other", "user_id": "guest"}


# Tokens


def test_a_token_lives_as_long_as_it_says(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a token is good until its `exp`, on the fake's clock. Source: one clock."""
    mock.clock.freeze()
    token = mock.token(expires_in=60)
    mock.clock.advance(59.999)
    assert status(client, authorization=f"Bearer {token}") == 200
    mock.clock.advance(0.001)
    assert status(client, authorization=f"Bearer {token}") == 401


def test_a_sign_in_lasts_an_hour(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: `expires_at` says when the token stops being one, by the clock of the client. Source:
    published document; deadlines.
    """
    mock.clock.freeze(1_700_000_000.0)
    answer = client.post(SIGN_IN, headers=KEYS).json()
    token = answer["id_token"]
    assert lasts(answer["expires_at"], 3600)
    mock.clock.advance(3599)
    assert status(client, authorization=f"Bearer {token}") == 200
    mock.clock.advance(1)
    assert status(client, authorization=f"Bearer {token}") == 401


BROKEN: dict[str, Callable[[AmigoMock], str]] = {
    "unsigned": lambda mock: signed({"alg": "none"}, claims(mock)).rpartition(".")[0] + ".",
    "unsigned, in capitals": lambda mock: signed({"alg": "None"}, claims(mock)),
    "unsigned, but with a signature": lambda mock: signed({"alg": "none"}, claims(mock)),
    "another algorithm's name": lambda mock: signed({"alg": "HS512"}, claims(mock)),
    "another algorithm": lambda mock: signed({"alg": "HS512"}, claims(mock), digest=hashlib.sha512),
    "a public key's algorithm": lambda mock: signed({"alg": "RS256"}, claims(mock)),
    "an algorithm that is no text": lambda mock: signed({"alg": ["HS256"]}, claims(mock)),
    "no algorithm": lambda mock: signed({"typ": "JWT"}, claims(mock)),
    "another key": lambda mock: signed({"alg": "HS256"}, claims(mock), key="other"),
    "no key": lambda mock: signed({"alg": "HS256"}, claims(mock), key=""),
    "no signature": lambda mock: mock.token().rpartition(".")[0],
    "an empty signature": lambda mock: mock.token().rpartition(".")[0] + ".",
    "half a signature": lambda mock: mock.token()[:-10],
    "a padded signature": lambda mock: mock.token() + "=",
    "more parts": lambda mock: mock.token() + ".x",
    "one part": lambda mock: "x",
    "two dots": lambda mock: "..",
    "a header that is no object": lambda mock: signed([], claims(mock)),
    "claims that are no object": lambda mock: signed({"alg": "HS256"}, []),
    "no organization": lambda mock: signed({"alg": "HS256"}, {"user_id": "mock-user", "exp": 9e9}),
    "no user": lambda mock: signed({"alg": "HS256"}, {"org_id": "mock-org", "exp": 9e9}),
    "no end": lambda mock: signed({"alg": "HS256"}, {"org_id": "mock-org", "user_id": "mock-user"}),
    "an end that is no time": lambda mock: signed({"alg": "HS256"}, claims(mock, exp="soon")),
    "an end that is no number": lambda mock: signed(
        {"alg": "HS256"}, claims(mock, exp=float("nan"))
    ),
    "an end that is null": lambda mock: signed({"alg": "HS256"}, claims(mock, exp=None)),
    "an end that is too much": lambda mock: signed({"alg": "HS256"}, claims(mock, exp=[10**400])),
    "an unknown user": lambda mock: signed({"alg": "HS256"}, claims(mock, user_id="nobody")),
    "a user of another kind": lambda mock: signed({"alg": "HS256"}, claims(mock, user_id=None)),
    "half a character": lambda mock: signed({"alg": "HS256"}, claims(mock, user_id="\ud800")),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("scheme", ["Bearer", "Basic"])
def test_a_token_that_proves_nothing_is_401(
    mock: AmigoMock, client: httpx2.Client, broken: Callable[[AmigoMock], str], scheme: str
) -> None:
    """Rule: only a token with our HS256 signature and all its claims counts. Source: JWT."""
    token = broken(mock)
    header = f"Bearer {token}" if scheme == "Bearer" else basic("mock-org_mock-user", token)
    assert status(client, authorization=header) == 401


def test_a_token_made_by_hand_is_taken(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the ones above fail for what is wrong with them only. Source: the tests above."""
    token = signed({"alg": "HS256", "typ": "JWT"}, claims(mock))
    assert status(client, authorization=f"Bearer {token}") == 200


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 500), sign=st.sampled_from("AZaz09-_.=x"))
def test_a_changed_token_is_401(running: AmigoMock, place: int, sign: str) -> None:
    """Rule: one other character anywhere in a token, and it proves nothing. Source: JWT."""
    running.reset()
    token = running.token()
    place %= len(token)
    changed = token[:place] + sign + token[place + 1 :]
    with running.client() as client:
        right = 200 if changed == token else 401
        assert status(client, authorization=f"Bearer {changed}") == right


@settings(max_examples=100, deadline=None)
@given(
    value=st.binary(max_size=40)
    .map(lambda found: bytes(sign for sign in found if sign > 32 and sign != 127))
    .filter(bool),
    scheme=st.sampled_from([b"", b"Bearer ", b"Basic ", b"bearer "]),
)
def test_any_bytes_as_credentials_are_401(running: AmigoMock, value: bytes, scheme: bytes) -> None:
    """Rule: whatever stands in Authorization, the answer is 401. Source: no 500s."""
    running.reset()
    with running.client() as client:
        answer = client.get(PERSONAS, headers=[(b"authorization", scheme + value)])
        assert answer.status_code == 401


@settings(max_examples=100, deadline=None)
@given(
    header=st.one_of(
        st.binary(max_size=60),
        st.binary(max_size=60).map(lambda found: b"Bearer " + found),
        st.binary(max_size=60).map(lambda found: b"Basic " + base64.b64encode(found)),
        st.tuples(st.binary(max_size=20), st.binary(max_size=40), st.binary(max_size=20)).map(
            lambda parts: b"Bearer " + ".".join(encoded(part) for part in parts).encode()
        ),
    ),
    issuer=st.none() | st.binary(max_size=10),
)
def test_any_bytes_at_all_prove_nobody(header: bytes, issuer: bytes | None) -> None:
    """Rule: even bytes that no server lets through are a 401. Source: no 500s."""
    world = World(CATALOG.kinds)
    fill(world, default(), LocalClock(1000.0).datetime())
    headers = {b"authorization": header}
    if issuer is not None:
        headers[b"x-org-id"] = issuer
    with pytest.raises(ApiError) as caught:
        Access("key").authenticate(headers, "mock-org", world, 1000.0)
    assert caught.value.status == 401


# Users that go


def test_a_token_dies_with_its_user(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a token that was good is 401 once its user is gone. Source: authentication."""
    assert [status(client) for _ in range(3)] == [200, 200, 200]
    organization(client, "mock-org", "someone-else")
    assert [status(client) for _ in range(3)] == [401, 401, 401]
    organization(client, "mock-org", "mock-user")
    assert status(client) == 200


def test_a_user_that_loses_grants_loses_them_at_once(client: httpx2.Client) -> None:
    """Rule: grants are looked up for every request. Source: authentication."""
    assert client.post(PERSONAS, json=persona("A")).status_code == 201
    users = [{"id": "mock-user", "grants": [{"permission_name": "Simulation:Get*"}]}]
    client.post("/_mock/organizations", json={"id": "mock-org", "users": users})
    assert client.post(PERSONAS, json=persona("B")).status_code == 403
    assert status(client) == 200


# What other libraries make of it


def test_a_jwt_library_reads_our_tokens() -> None:
    """Rule: tokens are JSON Web Tokens, signed with HS256 and the signing key. Source: JWT."""
    with AmigoMock(signing_key=KEY) as mock, mock.client() as client:
        token = client.post(SIGN_IN, headers=KEYS).json()
        found = jwt.decode(
            token["id_token"], KEY, algorithms=["HS256"], options={"require": ["exp"]}
        )
        assert (found["org_id"], found["user_id"]) == ("mock-org", "mock-user")
        expires = datetime.fromisoformat(token["expires_at"]).timestamp()
        assert int(found["exp"]) == expires
        assert jwt.get_unverified_header(token["id_token"]) == {"alg": "HS256", "typ": "JWT"}
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(token["id_token"], KEY + "x", algorithms=["HS256"])
        with pytest.raises(jwt.ExpiredSignatureError):
            jwt.decode(
                signed({"alg": "HS256"}, claims(mock, exp=1), KEY), KEY, algorithms=["HS256"]
            )


def test_we_read_the_tokens_of_a_jwt_library() -> None:
    """Rule: whoever has the signing key can make tokens. Source: JWT."""
    with AmigoMock(signing_key=KEY) as mock, mock.client() as client:
        for content, right in [
            (claims(mock), 200),
            (claims(mock, exp=int(mock.clock.now()) + 60), 200),
            (claims(mock, more={"a": ["ü"]}), 200),
            (claims(mock, exp=mock.clock.now() - 1), 401),
        ]:
            token = jwt.encode(content, KEY, algorithm="HS256")
            assert status(client, authorization=f"Bearer {token}") == right
        other = jwt.encode(claims(mock), KEY, algorithm="HS384")
        assert status(client, authorization=f"Bearer {other}") == 401
        unsigned = jwt.encode(claims(mock), None, algorithm="none")
        assert status(client, authorization=f"Bearer {unsigned}") == 401


def test_fakes_with_different_keys_do_not_trust_each_other(mock: AmigoMock) -> None:
    """Rule: a token is good where it was signed. Source: JWT."""
    with AmigoMock(signing_key=KEY) as other, other.client() as client:
        assert status(client, authorization=f"Bearer {mock.token()}") == 401


# Grants


def grant(name: str, **conditions: Any) -> Grant:
    return Grant.model_validate({"permission_name": name, "conditions": conditions})


def equals(value: Any) -> dict[str, Any]:
    return {"type": "Equals", "value": value}


def differs(value: Any) -> dict[str, Any]:
    return {"type": "NotEquals", "value": value}


def among(*values: Any) -> dict[str, Any]:
    return {"type": "In", "values": list(values)}


RECORD = {
    "role": "patient",
    "is_deleted": False,
    "tags": {"mood": "calm", "level": None},
    "creator": {"org_id": "mock-org", "user_id": "mock-user"},
    "created_at": datetime(2026, 1, 31, 12, 0, 0, 123000, UTC),
}


@pytest.mark.parametrize(
    ("conditions", "right"),
    [
        ({}, True),
        ({"role": equals("patient")}, True),
        ({"role": equals("nurse")}, False),
        ({"role": differs("nurse")}, True),
        ({"role": differs("patient")}, False),
        ({"role": among("nurse", "patient")}, True),
        ({"role": among("nurse")}, False),
        ({"role": among()}, False),
        ({"role": equals("patient"), "is_deleted": equals(True)}, False),
        ({"role": equals("patient"), "is_deleted": equals(False)}, True),
        ({"is_deleted": equals(0)}, False),
        ({"is_deleted": differs(0)}, True),
        ({"tags.mood": equals("calm")}, True),
        ({"tags.level": equals(None)}, True),
        ({"tags.level": differs(None)}, False),
        ({"creator.user_id": equals("mock-user")}, True),
        ({"creator": equals({"org_id": "mock-org", "user_id": "mock-user"})}, True),
        ({"created_at": equals("2026-01-31T12:00:00.123000Z")}, True),
        ({"rule": equals("patient")}, False),
        ({"rule": differs("patient")}, False),
        ({"rule": equals(None)}, False),
        ({"tags.other": differs("x")}, False),
        ({"role.more": differs("x")}, False),
    ],
    ids=repr,
)
def test_what_a_condition_covers(conditions: dict[str, Any], right: bool) -> None:
    """Rule: all conditions hold for the record; one on nothing never does. Source: grants."""
    assert allowed([grant("A:b", **conditions)], "A:b", RECORD) is right


@pytest.mark.parametrize(
    ("granted", "right"),
    [
        ("Simulation:GetSimulationPersona", True),
        ("Simulation:Get*", True),
        ("*", True),
        ("Simulation:GetSimulationPersona*", True),
        ("Simulation:GetSimulation", False),
        ("simulation:GetSimulationPersona", False),
        ("*Persona", False),
        ("Simulation:*Persona", False),
        ("Simulation:GetSimulationPersonas", False),
        ("Simulation:Create*", False),
    ],
)
def test_what_a_name_covers(granted: str, right: bool) -> None:
    """Rule: the same name, or one that begins as it does before its `*`. Source: grants."""
    permission = "Simulation:GetSimulationPersona"
    assert allowed([grant(granted)], permission, None) is right
    assert allowed([grant(granted)], permission, RECORD) is right
    assert unconditional([grant(granted)], [permission]) is right


VALUES = st.sampled_from(["a", "b", "", None, True, False, 0, 1, 1.0])
NAMES = st.sampled_from(["role", "tags", "tags.x", "tags.y", "role.x", "none"])
CONDITIONS = st.dictionaries(
    NAMES,
    VALUES.map(equals) | VALUES.map(differs) | st.lists(VALUES).map(lambda found: among(*found)),
    max_size=3,
)
PERMISSIONS = st.text(alphabet="AB:", max_size=3)
GRANTED = PERMISSIONS.filter(bool) | PERMISSIONS.map(lambda found: found + "*")
GRANTS = st.lists(
    st.builds(lambda name, conditions: grant(name, **conditions), GRANTED, CONDITIONS), max_size=4
)
RECORDS = st.fixed_dictionaries(
    {"role": VALUES}, optional={"tags": st.dictionaries(st.sampled_from("xy"), VALUES)}
)


def found_in(record: Mapping[str, Any], name: str) -> list[Any]:
    """What the record has there: one thing, or nothing."""
    first, _, rest = name.partition(".")
    if first not in record:
        return []
    if not rest:
        return [record[first]]
    return found_in(record[first], rest) if isinstance(record[first], dict) else []


def covers(one: Grant, permission: str, record: Mapping[str, Any]) -> bool:
    """The rule, said plainly: values are the same if their JSON is."""
    stem = one.permission_name.removesuffix("*")
    if stem == one.permission_name and stem != permission:
        return False
    if not permission.startswith(stem):
        return False
    for name, condition in one.model_dump()["conditions"].items():
        values = [json.dumps(value) for value in found_in(record, name)]
        if not values:
            return False
        if condition["type"] == "Equals" and values != [json.dumps(condition["value"])]:
            return False
        if condition["type"] == "NotEquals" and values == [json.dumps(condition["value"])]:
            return False
        if condition["type"] == "In" and values[0] not in map(json.dumps, condition["values"]):
            return False
    return True


@settings(max_examples=100, deadline=None)
@given(grants=GRANTS, permission=PERMISSIONS, record=RECORDS)
def test_grants_cover_what_the_rule_says(
    grants: list[Grant], permission: str, record: dict[str, Any]
) -> None:
    """Rule: any grant whose name and conditions fit. Source: grants, said again plainly."""
    right = any(covers(one, permission, record) for one in grants)
    assert allowed(grants, permission, record) is right


@settings(max_examples=100, deadline=None)
@given(grants=GRANTS, permissions=st.lists(PERMISSIONS, max_size=3), record=RECORDS)
def test_what_is_unconditional_covers_everything(
    grants: list[Grant], permissions: list[str], record: dict[str, Any]
) -> None:
    """Rule: each permission by some grant without a condition. Source: grants."""
    free = [one for one in grants if not one.conditions]
    right = all(any(covers(one, name, {}) for one in free) for name in permissions)
    assert unconditional(grants, permissions) is right
    if right:
        assert all(allowed(grants, name, record) for name in permissions)


@settings(max_examples=100, deadline=None)
@given(grants=GRANTS, permission=PERMISSIONS, record=RECORDS)
def test_who_may_for_one_record_may_at_all(
    grants: list[Grant], permission: str, record: dict[str, Any]
) -> None:
    """Rule: without a record, conditions are left aside. Source: grants."""
    bare = [grant(one.permission_name) for one in grants]
    assert allowed(grants, permission, None) is allowed(bare, permission, record)
    if allowed(grants, permission, record):
        assert allowed(grants, permission, None)


# Links


@given(text=st.text(max_size=40), other=st.text(max_size=40))
def test_a_signature_is_of_one_text(text: str, other: str) -> None:
    """Rule: what signs a link signs no other one. Source: what a signature is for."""
    access = Access("key")
    signature = access.sign(text)
    assert access.signed(text, signature)
    assert access.signed(other, signature) is (other == text)
    assert not Access("other").signed(text, signature)
    assert not access.signed(text, other)


def test_a_link_is_no_token() -> None:
    """Rule: a token's signature signs no link, and a link's no token. Source: what a signature is
    for.
    """
    access = Access("key")
    text, _, signature = access.issue("mock-org", "mock-user", 0, 60).rpartition(".")
    assert not access.signed(text, signature)
    assert access.sign(text) != signature
