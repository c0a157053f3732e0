"""What callers may do: grants, their conditions, and what becomes of a call without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.support.kinds import PERSONA, SCENARIO, Resource, of_both
from tests.support.paths import NOBODY
from tests.support.worlds import EVERYTHING, FROZEN, grant, put_organization, user

ME = {"org_id": "mock-org", "user_id": "mock-user"}
BEA = {"org_id": "mock-org", "user_id": "bea"}

ANN, BOB, CID = (f"{number:024x}" for number in (1, 2, 3))


def equals(value: Any) -> dict[str, Any]:
    return {"type": "Equals", "value": value}


def differs(value: Any) -> dict[str, Any]:
    return {"type": "NotEquals", "value": value}


def among(*values: Any) -> dict[str, Any]:
    return {"type": "In", "values": list(values)}


Grants = list[dict[str, Any]]


@contextmanager
def signed_in(mock: AmigoMock, resource: Resource, *grants: dict[str, Any]) -> Iterator[Any]:
    """A client of Bea, who has these grants, in an organization with Ann, Bob and Cid."""
    seeds = [
        resource.seed("Ann", id=ANN, tags={"team": "blue", "level": None}),
        resource.seed("Bob", id=BOB, tags={"team": "red", "level": "1"}, creator=BEA),
        resource.seed("Cid", id=CID),
    ]
    with mock.client() as client:
        put_organization(client, user("bea", *grants), **{f"{resource.name}s": seeds})
    with mock.client(user="bea") as bea:
        yield bea


# Which permission opens which operation


def outcome(client: httpx2.Client, resource: Resource) -> dict[str, int | list[str]]:
    """What a caller achieves with each operation, on Ann where it takes a record."""

    def names(path: str) -> int | list[str]:
        answer = client.get(path)
        if answer.status_code != 200:
            return answer.status_code
        return [row["name"] for row in answer.json()[resource.rows_field]]

    return {
        "list": names(resource.path),
        "search": names(f"{resource.search}?query=ann"),
        "versions": client.get(resource.versions(ANN)).status_code,
        "new version": client.post(resource.versions(ANN), json=resource.version()).status_code,
        "update": client.post(resource.item(ANN), json={}).status_code,
        "create": client.post(resource.path, json=resource.body("Dan")).status_code,
        "delete": client.delete(resource.item(ANN)).status_code,
    }


NOTHING: dict[str, int | list[str]] = {
    "list": 403,
    "search": 403,
    "versions": 403,
    "new version": 403,
    "update": 403,
    "create": 403,
    "delete": 403,
}


@of_both
@pytest.mark.parametrize(
    ("verbs", "opened"),
    [
        ([], {}),
        (["Get"], {"list": ["Ann", "Bob", "Cid"], "search": ["Ann"], "versions": 200}),
        (["Modify"], {"update": 204, "new version": 201}),
        (["Delete"], {"delete": 204}),
        (["Create"], {}),
        (["Create", "Modify"], {"create": 201, "update": 204, "new version": 201}),
        (["Create", "Get", "Delete"], {"list": 3, "search": 1, "versions": 200, "delete": 204}),
    ],
    ids=str,
)
def test_each_operation_has_its_permission(
    mock: AmigoMock, resource: Resource, verbs: list[str], opened: dict[str, Any]
) -> None:
    """Rule: the permission that is named for an operation opens it and no other; creating needs
    two. Without it each is a 403. Source: references (the permissions of each operation);
    assumption permission-first for lists and searches.
    """
    if opened.get("list") == 3:
        opened = {**opened, "list": ["Ann", "Bob", "Cid"], "search": ["Ann"]}
    grants = [grant(resource.permission(verb)) for verb in verbs]
    with signed_in(mock, resource, *grants) as bea:
        assert outcome(bea, resource) == {**NOTHING, **opened}


@of_both
def test_permissions_for_the_other_kind_open_nothing(mock: AmigoMock, resource: Resource) -> None:
    """Rule: a permission is for one kind of thing. Source: references."""
    other = SCENARIO if resource is PERSONA else PERSONA
    grants = [grant(other.permission(verb)) for verb in ("Create", "Modify", "Delete", "Get")]
    with signed_in(mock, resource, *grants) as bea:
        assert outcome(bea, resource) == NOTHING


@of_both
@pytest.mark.parametrize(
    ("name", "covered"),
    [
        ("*", True),
        ("Simulation:*", True),
        ("Simulation:Get*", True),
        ("Simulation:GetSimulation*", True),
        ("{exact}", True),
        ("{exact}*", True),
        ("Simulation:Modify*", False),
        ("User:*", False),
        ("User:InviteUser", False),
    ],
)
def test_wildcards(mock: AmigoMock, resource: Resource, name: str, covered: bool) -> None:
    """Rule: a `*` at the end of a permission's name stands for any ending. Source: the grants' own
    definition.
    """
    named = name.replace("{exact}", resource.permission("Get"))
    with signed_in(mock, resource, grant(named)) as bea:
        for path in (resource.path, f"{resource.search}?query=ann", resource.versions(ANN)):
            assert bea.get(path).status_code == (200 if covered else 403)
        if covered:
            assert resource.names(bea) == ["Ann", "Bob", "Cid"]


# Conditions

CONDITIONS: list[tuple[dict[str, Any], str]] = [
    ({}, "Ann Bob Cid"),
    # by name
    ({"name": equals("Ann")}, "Ann"),
    ({"name": differs("Ann")}, "Bob Cid"),
    ({"name": among("Ann", "Cid", "Eve")}, "Ann Cid"),
    ({"name": among()}, ""),
    ({"name": equals("ann")}, ""),
    ({"name": equals("A*")}, ""),
    # by a tag; one that a record does not have satisfies nothing
    ({"tags.team": equals("blue")}, "Ann"),
    ({"tags.team": differs("blue")}, "Bob"),
    ({"tags.team": among("blue", "red")}, "Ann Bob"),
    ({"tags.level": equals(None)}, "Ann"),
    ({"tags.level": differs(None)}, "Bob"),
    ({"tags.level": among(None, "1")}, "Ann Bob"),
    ({"tags": equals({})}, "Cid"),
    # by who made it
    ({"creator.user_id": equals("bea")}, "Bob"),
    ({"creator.user_id": differs("bea")}, "Ann Cid"),
    ({"creator.user_id": among("bea", "mock-user")}, "Ann Bob Cid"),
    ({"creator.org_id": equals("mock-org")}, "Ann Bob Cid"),
    ({"creator.org_id": equals("other-org")}, ""),
    # by the organization, which every record has, whether it shows it or not
    ({"org_id": equals("mock-org")}, "Ann Bob Cid"),
    ({"org_id": equals("other-org")}, ""),
    ({"org_id": differs("other-org")}, "Ann Bob Cid"),
    ({"org_id": equals("{self_org_id}")}, "Ann Bob Cid"),
    ({"org_id": among("other-org", "{self_org_id}")}, "Ann Bob Cid"),
    ({"org_id": differs("{self_org_id}")}, ""),
    ({"org_id": equals("{self_user_id}")}, ""),
    ({"org_id": equals("{self_org_id} ")}, ""),
    ({"creator.org_id": equals("{self_org_id}")}, "Ann Bob Cid"),
    ({"name": equals("{self_org_id}")}, ""),
    # by the rest of it
    ({"id": among(ANN, BOB)}, "Ann Bob"),
    ({"is_deleted": equals(False)}, "Ann Bob Cid"),
    ({"is_deleted": equals(True)}, ""),
    # a value of another type is another value
    ({"is_deleted": equals(0)}, ""),
    ({"is_deleted": equals("false")}, ""),
    ({"is_deleted": differs(0)}, "Ann Bob Cid"),
    ({"tags.level": equals(1)}, ""),
    # what is misspelt or does not exist closes, whatever the condition
    ({"nam": equals("Ann")}, ""),
    ({"nam": differs("Ann")}, ""),
    ({"nam": among("Ann", None)}, ""),
    ({"nam": equals(None)}, ""),
    ({"Name": equals("Ann")}, ""),
    ({"tags.absent": differs("blue")}, ""),
    ({"tags.absent": equals(None)}, ""),
    ({"team": equals("blue")}, ""),
    ({"creator": equals("bea")}, ""),
    ({"creator.name": differs("x")}, ""),
    ({"name.first": differs("x")}, ""),
    ({"": differs("x")}, ""),
    ({"tags.": differs("x")}, ""),
    ({"background": differs("x")}, ""),
    # all of several
    ({"tags.team": equals("blue"), "creator.user_id": equals("mock-user")}, "Ann"),
    ({"tags.team": equals("blue"), "creator.user_id": equals("bea")}, ""),
    ({"name": differs("Cid"), "tags.level": differs(None)}, "Bob"),
    ({"name": equals("Ann"), "nam": equals("Ann")}, ""),
]


@of_both
@pytest.mark.parametrize(("conditions", "names"), CONDITIONS, ids=str)
def test_conditions_filter_what_is_read(
    mock: AmigoMock, resource: Resource, conditions: dict[str, Any], names: str
) -> None:
    """Rule: a grant holds for the records that satisfy all of its conditions; the others are not
    listed, not found, and their versions are a 403. An attribute that a record does not have
    satisfies nothing. Source: published document (grants); assumption for unknown attributes.
    """
    expected = names.split()
    with signed_in(mock, resource, grant(resource.permission("Get"), **conditions)) as bea:
        assert resource.names(bea) == expected
        assert resource.names(bea, "is_deleted=false&sort_by=-name") == expected[::-1]
        for name, id in (("Ann", ANN), ("Bob", BOB), ("Cid", CID)):
            allowed = name in expected
            assert resource.found(bea, name) == ([name] if allowed else [])
            status = bea.get(resource.versions(id)).status_code
            assert status == (200 if allowed else 403)


@of_both
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(("Modify", lambda r, c, ann: c.post(r.item(ann), json={})), id="update"),
        pytest.param(
            ("Modify", lambda r, c, ann: c.post(r.versions(ann), json=r.version())),
            id="new version",
        ),
        pytest.param(("Delete", lambda r, c, ann: c.delete(r.item(ann))), id="delete"),
    ],
)
@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        ({"name": equals("Ann")}, "Ann"),
        ({"tags.team": differs("blue")}, "Bob"),
        ({"creator.user_id": among("bea", "eve")}, "Bob"),
        ({"nam": differs("Ann")}, ""),
    ],
    ids=str,
)
def test_conditions_hold_for_what_is_written(
    mock: AmigoMock,
    resource: Resource,
    write: tuple[str, Callable[[Resource, httpx2.Client, str], httpx2.Response]],
    conditions: dict[str, Any],
    names: str,
) -> None:
    """Rule: a write to a record that the grants do not cover is a 403 with a text, and changes
    nothing. Source: references.
    """
    verb, act = write
    with (
        signed_in(mock, resource, grant(resource.permission(verb), **conditions)) as bea,
        mock.client() as client,
    ):
        for name, id in (("Ann", ANN), ("Bob", BOB), ("Cid", CID)):
            before = resource.get(client, id), resource.numbers(client, id)
            answer = act(resource, bea, id)
            if name in names.split():
                assert answer.status_code in (201, 204)
            else:
                assert (answer.status_code, type(answer.json()["detail"])) == (403, str)
                assert (resource.get(client, id), resource.numbers(client, id)) == before


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (equals("patient"), "Pat Pia"),
        (differs("patient"), "Doc"),
        (among("doctor", "nurse"), "Doc"),
        (among("doctor", "patient"), "Doc Pat Pia"),
        (equals("Patient"), ""),
    ],
    ids=str,
)
def test_personas_can_be_granted_by_role(
    mock: AmigoMock, client: httpx2.Client, condition: dict[str, Any], names: str
) -> None:
    """Rule: `role` is an attribute of a persona. Source: published document (grants)."""
    roles = {"Doc": "doctor", "Pat": "patient", "Pia": "patient"}
    put_organization(
        client,
        user("bea", grant("Simulation:Get*", role=condition)),
        personas=[PERSONA.seed(name, role=role) for name, role in roles.items()],
        scenarios=[SCENARIO.seed("Sam")],
    )
    with mock.client(user="bea") as bea:
        assert PERSONA.names(bea) == names.split()
        assert SCENARIO.names(bea) == []


@of_both
def test_grants_are_alternatives(mock: AmigoMock, resource: Resource) -> None:
    """Rule: what one of the grants covers is allowed, whatever the others. Source: published
    document (grants).
    """
    read = resource.permission("Get")
    grants = [
        grant(read, name=equals("Ann")),
        grant("Simulation:*", name=equals("Cid")),
        grant(read, name=equals("Cid")),
        grant(read, nam=equals("Bob")),
    ]
    with signed_in(mock, resource, *grants) as bea:
        assert resource.names(bea) == ["Ann", "Cid"]
    with signed_in(mock, resource, *grants, grant(read)) as bea:
        assert resource.names(bea) == ["Ann", "Bob", "Cid"]


@of_both
def test_conditions_can_be_left_out(mock: AmigoMock, resource: Resource) -> None:
    """Rule: a grant without conditions holds for every record. Source: the world format."""
    with signed_in(mock, resource, {"permission_name": resource.permission("Get")}) as bea:
        assert resource.names(bea) == ["Ann", "Bob", "Cid"]


@of_both
def test_conditions_follow_the_record(mock: AmigoMock, resource: Resource) -> None:
    """Rule: an update is allowed by what the record is before it; afterwards what it is now counts.
    Source: assumption.
    """
    write = grant(resource.permission("Modify"), **{"tags.team": equals("blue")})
    with signed_in(mock, resource, write) as bea:
        moved = {"tags": {"team": "red"}}
        assert bea.post(resource.item(ANN), json=moved).status_code == 204
        assert bea.post(resource.item(ANN), json={}).status_code == 403


# Creating


@of_both
@pytest.mark.parametrize(
    ("create", "modify", "names"),
    [
        ({}, {}, ["Blue", "Red"]),
        ({}, {"tags.team": equals("blue")}, ["Blue"]),
        ({"tags.team": equals("blue")}, {}, ["Blue"]),
        ({"tags.team": equals("blue")}, {"tags.team": equals("red")}, []),
        ({"name": equals("Red")}, {"name": differs("Blue")}, ["Red"]),
        ({"creator.user_id": equals("bea")}, {"is_deleted": equals(False)}, ["Blue", "Red"]),
        ({"creator.user_id": equals("mock-user")}, {}, []),
    ],
    ids=str,
)
def test_creating_needs_both_permissions_for_what_is_created(
    mock: AmigoMock,
    client: httpx2.Client,
    resource: Resource,
    create: dict[str, Any],
    modify: dict[str, Any],
    names: list[str],
) -> None:
    """Rule: both permissions must cover the record as it would be; else it is a 403 and nothing is
    stored. Source: references.
    """
    grants = [
        grant(resource.permission("Create"), **create),
        grant(resource.permission("Modify"), **modify),
    ]
    put_organization(client, user("bea", *grants))
    with mock.client(user="bea") as bea:
        statuses = {
            name: bea.post(
                resource.path, json=resource.body(name, tags={"team": name.lower()})
            ).status_code
            for name in ("Blue", "Red")
        }
    assert statuses == {name: 201 if name in names else 403 for name in ("Blue", "Red")}
    assert resource.names(client) == names


# What is said first


@of_both
@pytest.mark.parametrize("grants", [[], [grant("User:*")], [grant("Simulation:Create*")]], ids=str)
def test_without_any_grant_a_record_is_not_even_looked_for(
    mock: AmigoMock, resource: Resource, grants: Grants
) -> None:
    """Rule: a caller who has the permission for no record at all is told 403, not 404, of one that
    does not exist. Source: assumption (what exists is nobody's business without a permission).
    """
    with signed_in(mock, resource, *grants) as bea:
        assert bea.get(resource.versions(NOBODY)).status_code == 403
        body = resource.version()
        assert bea.post(resource.versions(NOBODY), json=body).status_code == 403
        assert bea.post(resource.item(NOBODY), json={}).status_code == 403
        assert bea.delete(resource.item(NOBODY)).status_code == 403
        assert bea.get(f"{resource.path}?id={NOBODY}").status_code == 403
        assert bea.get(f"{resource.search}?query=x").status_code == 403


@of_both
def test_with_some_grant_an_unknown_record_is_not_found(
    mock: AmigoMock, resource: Resource
) -> None:
    """Rule: a caller who has the permission for some records is told 404 of one that does not
    exist, and 403 of one that the conditions leave out, deleted or not. Source: assumption.
    """
    with signed_in(mock, resource, grant("Simulation:*", name=equals("Ann"))) as bea:
        for id, status in ((NOBODY, 404), (BOB, 403)):
            assert bea.get(resource.versions(id)).status_code == status
            body = resource.version()
            assert bea.post(resource.versions(id), json=body).status_code == status
            assert bea.post(resource.item(id), json={}).status_code == status
            assert bea.delete(resource.item(id)).status_code == status
        assert bea.delete(resource.item(ANN)).status_code == 204
        assert bea.delete(resource.item(ANN)).status_code == 404
        assert bea.get(resource.versions(ANN)).status_code == 200


@of_both
def test_a_broken_request_comes_before_the_permission(mock: AmigoMock, resource: Resource) -> None:
    """Rule: what is broken is a 422 also for a caller without grants. Source: assumption (the
    service's framework looks at the request first).
    """
    with signed_in(mock, resource) as bea:
        assert bea.post(resource.path, json={}).status_code == 422
        assert bea.post(resource.item(ANN), json={"tags": 1}).status_code == 422
        assert bea.delete(resource.item("abc")).status_code == 422
        assert bea.get(f"{resource.path}?limit=-1").status_code == 422
        assert bea.get(f"{resource.versions(ANN)}?version=x").status_code == 422


@of_both
def test_the_permission_comes_before_a_conflict(mock: AmigoMock, resource: Resource) -> None:
    """Rule: a caller who may not create is not told that a name is taken, nor which number is
    next. Source: assumption.
    """
    with signed_in(mock, resource) as bea:
        assert bea.post(resource.path, json=resource.body("Ann")).status_code == 403
        url = f"{resource.versions(ANN)}?version=9"
        assert bea.post(url, json=resource.version()).status_code == 403


# Lists


@of_both
def test_pages_are_pages_of_what_the_caller_may_see(mock: AmigoMock, resource: Resource) -> None:
    """Rule: limits and tokens count what the caller may see. Source: references (only what the
    caller may see is retrieved).
    """
    with signed_in(mock, resource, grant("Simulation:*", name=differs("Bob"))) as bea:
        page = resource.page(bea, "limit=1")
        assert [row["name"] for row in page[resource.rows_field]] == ["Ann"]
        assert (page["has_more"], page["continuation_token"]) == (True, 1)
        page = resource.page(bea, "limit=1&continuation_token=1")
        assert [row["name"] for row in page[resource.rows_field]] == ["Cid"]
        assert (page["has_more"], page["continuation_token"]) == (False, None)
        assert resource.names(bea, f"id={BOB}") == []
        assert resource.names(bea, "sort_by=-name") == ["Cid", "Ann"]


@of_both
def test_who_sees_nothing_still_gets_the_filter_values(mock: AmigoMock, resource: Resource) -> None:
    """Rule: filter values are taken as if the caller might see everything. Source: references."""
    with signed_in(mock, resource, grant("Simulation:*", name=equals("Nobody"))) as bea:
        page = resource.page(bea)
    assert (page[resource.rows_field], page["has_more"]) == ([], False)
    assert page["filter_values"]["creators"] == [BEA, ME]
    assert page["filter_values"]["tags"] == ["level", "team"]


# Whose grants


@of_both
def test_grants_are_looked_up_at_each_call(mock: AmigoMock, resource: Resource) -> None:
    """Rule: a token says who calls, not what they may do: a change of grants counts at once, and a
    user who is gone is a 401. Source: assumption.
    """
    with signed_in(mock, resource) as bea, mock.client() as client:
        assert bea.post(resource.path, json=resource.body("Dan")).status_code == 403
        put_organization(client, user("bea", grant("*")))
        assert bea.post(resource.path, json=resource.body("Dan")).status_code == 201
        put_organization(client)
        assert bea.post(resource.path, json=resource.body("Eve")).status_code == 401


@of_both
def test_a_user_of_another_organization(
    mock: AmigoMock, client: httpx2.Client, resource: Resource
) -> None:
    """Rule: `X-ORG-ID` names the organization that issued the token, and the grants are those of
    its user there; what is made belongs to the organization of the path. Source: references;
    assumption other-organization for what a grant must say.
    """
    mock.clock.freeze(FROZEN)
    there_too = {"name": equals("Ann"), "org_id": among("mock-org", "other-org")}
    put_organization(client, user("bea", grant("Simulation:*", **there_too)))
    other = {"id": "other-org", "users": [EVERYTHING]}
    assert client.post("/_mock/organizations", json=other).status_code == 201
    there = resource.path.replace("mock-org", "other-org")
    with mock.client(user="bea") as bea:
        assert bea.get(there).status_code == 401
        bea.headers["X-ORG-ID"] = "mock-org"
        assert bea.post(there, json=resource.body("Bob")).status_code == 403
        answer = bea.post(there, json=resource.body("Ann"))
        assert answer.status_code == 201
        (found,) = bea.get(there).json()[resource.rows_field]
        assert (found["name"], found["creator"]) == ("Ann", BEA)
        url = f"{there}{found['id']}/version/"
        (version,) = bea.get(url).json()[resource.versions_field]
        assert (version["org_id"], version["creator"]) == ("other-org", BEA)
    assert resource.names(client) == []


@of_both
@pytest.mark.parametrize(
    ("conditions", "there", "at_home"),
    [
        ({}, 403, 200),
        ({"name": differs("x")}, 403, 200),
        ({"creator.org_id": differs("x")}, 403, 200),
        ({"org_id": equals("mock-org")}, 200, 200),
        ({"org_id": among("{self_org_id}")}, 200, 200),
        ({"org_id": equals("other-org")}, 200, 200),
        ({"org_id": differs("x")}, 200, 200),
    ],
    ids=str,
)
def test_grants_say_which_other_organizations_they_are_for(
    mock: AmigoMock,
    client: httpx2.Client,
    resource: Resource,
    conditions: dict[str, Any],
    there: int,
    at_home: int,
) -> None:
    """Rule: in another organization only those grants hold that have a condition on `org_id`; in
    it, `{self_org_id}` is the caller's own. Source: assumption other-organization.
    """
    put_organization(client, user("bea", grant("Simulation:*", **conditions)))
    seeds = [resource.seed("Ann", id=ANN)]
    other = {"id": "other-org", "users": [EVERYTHING], f"{resource.name}s": seeds}
    assert client.post("/_mock/organizations", json=other).status_code == 201
    path = resource.path.replace("mock-org", "other-org")
    covers = conditions.get("org_id") in (equals("other-org"), differs("x"))
    with mock.client(user="bea", headers={"X-ORG-ID": "mock-org"}) as bea:
        assert bea.get(resource.path).status_code == at_home
        answer = bea.get(path)
        assert answer.status_code == there
        if there == 200:
            assert len(answer.json()[resource.rows_field]) == int(covers)
        written = bea.post(f"{path}{ANN}/", json={}).status_code
        assert written == (204 if covers else 403)


@of_both
def test_an_organization_may_have_any_name(
    mock: AmigoMock, client: httpx2.Client, resource: Resource
) -> None:
    """Rule: an organization that the fake lets in can be used, letters beyond ASCII included.
    Source: the world format.
    """
    assert client.post("/_mock/organizations", json={"id": "münchen"}).status_code == 201
    token = mock.token(organization="münchen")
    there = resource.path.replace("mock-org", "münchen")
    with mock.client(headers={"Authorization": f"Bearer {token}"}) as other:
        assert other.get(there).status_code == 200
