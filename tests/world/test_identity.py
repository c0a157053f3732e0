"""Organizations, roles, users and API keys: records of kinds that every world has."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError
from amigo_mock.engine.fake import Fake
from amigo_mock.resources import CATALOG
from amigo_mock.settings import Settings
from amigo_mock.world.identity import API_KEYS, ROLES, USERS
from amigo_mock.world.records import Grant, User
from amigo_mock.world.world import Organization
from tests.support.bodies import persona
from tests.support.paths import PERSONAS

READ = {"permission_name": "Simulation:GetSimulationPersona"}
CREATE = (
    {"permission_name": "Simulation:CreateSimulationPersona"},
    {"permission_name": "Simulation:ModifySimulationPersona"},
)
DEFAULT_ROLES = [
    "DefaultUserRole",
    "DefaultAdministratorRole",
    "DefaultAmigoAdministratorRole",
    "DefaultSuperAdministratorRole",
]


def world(**content: Any) -> dict[str, Any]:
    return {"organizations": [{"id": "mock-org", **content}]}


def only(fake: Fake) -> Organization:
    (organization,) = fake.world
    return organization


def state(fake: Fake) -> dict[str, Any]:
    (found,) = json.loads(fake.state())["organizations"]
    assert isinstance(found, dict)
    return found


def test_users_keys_and_roles_are_found_like_other_records() -> None:
    """Rule: pages, names and ids are a collection's. Source: one way for all records."""
    organization = only(Fake(CATALOG))
    rows, more = organization.collection(USERS).page([], (("id", False),), 0, 50)
    assert ([json.loads(row)["id"] for row in rows], more) == (["mock-user"], False)
    assert [row for row, _ in organization.collection(API_KEYS).rows()] == [
        b'{"id":"mock-key-id","key":"mock-api-key"}'
    ]
    assert organization.collection(ROLES).names() == DEFAULT_ROLES


def test_an_organization_has_the_default_roles() -> None:
    """Rule: four roles by name, of which all but the users' grant everything. Source: published
    document (the names); assumption (the grants).
    """
    organization = only(Fake(CATALOG))
    for name in DEFAULT_ROLES:
        role = organization.role(name)
        assert role is not None
        everything = () if name == "DefaultUserRole" else (Grant(permission_name="*"),)
        assert role.permission_grants == everything


def test_the_identity_follows_the_records() -> None:
    """Rule: what is asked of an identity is what the records say now. Source: the world."""
    organization = only(Fake(CATALOG))
    before = organization.identity
    assert before is organization.identity
    organization.put_user(User(id="ann"))
    assert [*before.users] == ["mock-user"]
    assert [*organization.identity.users] == ["mock-user", "ann"]
    (head,) = organization.named("organizations").rows()
    renamed = json.loads(head[0]) | {"name": "Renamed"}
    records = organization.named("organizations")
    records.replace(records.kind.record.model_validate(renamed))
    assert organization.identity.name == "Renamed"


def test_looking_at_an_identity_changes_nothing() -> None:
    """Rule: a revision differs after a change only. Source: capsules."""
    fake = Fake(CATALOG)
    before = fake.revision
    assert only(fake).identity.users
    assert state(fake)["roles"]
    assert fake.revision == before


def test_a_user_s_grants_are_their_own_and_those_of_their_role() -> None:
    """Rule: both count, and another role changes what a user may do. Source: the published
    document: grants belong to roles; a user's own are a shortcut of this fake.
    """
    users = [
        {"id": "reader", "role": "Reader"},
        {"id": "both", "role": "Reader", "grants": CREATE},
        {"id": "neither"},
    ]
    given = world(roles=[{"name": "Reader", "permission_grants": [READ]}], users=users)
    with AmigoMock(seed=given) as mock:
        for user, listed, created in (("reader", 0, 403), ("both", 1, 201), ("neither", 0, 403)):
            with mock.client() as client:
                client.headers["Authorization"] = f"Bearer {mock.token(user)}"
                assert client.post(PERSONAS, json=persona(user)).status_code == created
                assert len(personas(client)) == listed


def personas(client: httpx2.Client) -> list[Any]:
    answer = client.get(PERSONAS)
    found = answer.json().get("simulation_personas", [])
    assert isinstance(found, list)
    return found


def test_a_role_is_named_by_its_name_or_its_id() -> None:
    """Rule: either will do, and a user who is put gets a role as well. Source: the world format."""
    organization = only(Fake(CATALOG))
    (row, _), *_ = [
        one for one in organization.collection(ROLES).rows() if b"DefaultAdmin" in one[0]
    ]
    role = json.loads(row)
    for name in (role["name"], role["id"]):
        organization.put_user(User(id="ann", role=name))
        assert organization.grants("ann") == (Grant(permission_name="*"),)
    organization.put_user(User(id="ann", role="DefaultUserRole"))
    assert organization.grants("ann") == organization.grants("nobody") == ()


def test_a_world_with_roles_is_written_and_read() -> None:
    """Rule: what is written out is read back the same; a user without a role is written as ever.
    Source: the world format.
    """
    users = [{"id": "ann", "grants": [], "role": "Own"}, {"id": "bob", "grants": []}]
    keys = [{"id": "k", "key": "secret-key"}]
    given = world(roles=[{"name": "Own"}], users=users, api_keys=keys)
    written = state(Fake(CATALOG, Settings(seed=given)))
    assert (written["users"], written["api_keys"]) == (users, keys)
    assert state(Fake(CATALOG, Settings(seed={"organizations": [written]}))) == written
    assert "secret-key" not in repr(only(Fake(CATALOG, Settings(seed=given))).identity)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            {"users": [{"id": "ann", "role": "DefaultUser"}]},
            "user 'ann': role: there is no role 'DefaultUser' (did you mean 'DefaultUserRole'?)",
        ),
        (
            {"roles": [{"name": "A"}, {"name": "A"}]},
            "role 'A': name: 'A' is the name of another one",
        ),
        (
            {"users": [{"id": "ann", "roles": "A"}]},
            "user 'ann': roles: there is no such field (did you mean 'role'?)",
        ),
    ],
)
def test_mistakes_are_named(content: dict[str, Any], text: str) -> None:
    """Rule: with whose mistake it is, and the nearest name. Source: the world format."""
    with pytest.raises(MockError) as caught:
        Fake(CATALOG, Settings(seed=world(**content)))
    assert str(caught.value) == f"world: {text}"


def test_users_and_roles_are_added_and_read_as_records(mock: AmigoMock) -> None:
    """Rule: the control API adds them and reads them like records of any kind. Source: it."""
    with mock.client(base_url=f"{mock.url}/_mock/") as control:
        for kind, record in (
            ("roles", {"name": "Own", "permission_grants": [READ]}),
            ("users", {"id": "ann", "role": "Own"}),
            ("api_keys", {"id": "other", "key": "k"}),
        ):
            answer = control.post("records", json={"kind": kind, "records": [record]})
            assert answer.status_code == 201, answer.text
        (role,) = [
            one
            for one in control.get("records", params={"kind": "roles"}).json()["records"]
            if one["name"] == "Own"
        ]
        query = {"kind": "users", "id": "ann"}
        assert control.get("records", params=query).json()["records"] == [
            {"id": "ann", "grants": [], "role": role["id"]}
        ]
        again = control.post("records", json={"kind": "users", "records": [{"id": "ann"}]})
        assert again.status_code == 422
        assert "'ann' is the id of another one before it" in again.text
    assert mock.token("ann")
