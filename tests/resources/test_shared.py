"""What personas and scenarios share when they are written: ids, text, tags, names, life."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock import AmigoMock
from tests.support.kinds import BROKEN_TAGS, PERSONA, SCENARIO, TWENTY, Resource, of_both
from tests.support.paths import NOBODY
from tests.support.verbs import places
from tests.support.worlds import FROZEN, grant, put_organization, user

ME = {"org_id": "mock-org", "user_id": "mock-user"}
BEA = {"org_id": "mock-org", "user_id": "bea"}

WRITES = pytest.mark.parametrize(
    ("method", "suffix"),
    [
        pytest.param("POST", "", id="update"),
        pytest.param("DELETE", "", id="delete"),
        pytest.param("POST", "version/", id="new version"),
    ],
)


def send(
    client: httpx2.Client, resource: Resource, method: str, suffix: str, id: str
) -> httpx2.Response:
    """A request to a record that is right in itself."""
    body = {"POST": {"": {}, "version/": resource.version()}[suffix], "DELETE": None}[method]
    return client.request(method, f"{resource.item(id)}{suffix}", json=body)


# Ids


@of_both
def test_a_version_has_an_id_of_its_own(client: httpx2.Client, resource: Resource) -> None:
    """Rule: `_id` of a version is an id like any other, and no other's. Source: published
    document.
    """
    id = resource.create(client)
    resource.add_version(client, id)
    versions = client.get(resource.versions(id)).json()[resource.versions_field]
    ids = [id, *(version["_id"] for version in versions)]
    assert all(re.fullmatch("[a-f0-9]{24}", found) for found in ids)
    assert len(set(ids)) == 3


def test_the_same_seed_gives_the_same_ids() -> None:
    """Rule: a run can be repeated to the byte; another seed gives other ids. Source: the random
    seed's own contract.
    """
    made: list[list[str]] = []
    for seed in (7, 7, 8):
        with AmigoMock(random_seed=seed) as mock, mock.client() as client:
            made.append([PERSONA.create(client), SCENARIO.create(client)])
    assert made[0] == made[1]
    assert made[0] != made[2]


@WRITES
def test_an_id_is_of_one_kind_only(client: httpx2.Client, method: str, suffix: str) -> None:
    """Rule: a persona's id is not found among scenarios. Source: published document."""
    id = PERSONA.create(client)
    assert send(client, SCENARIO, method, suffix, id).status_code == 404


# Text


@of_both
def test_a_name_is_stripped(client: httpx2.Client, resource: Resource) -> None:
    """Rule: white space around required text is cut off, any white space. Source: published
    document (stripped, non-empty strings).
    """
    resource.create(client, " \t\u2003 Ann\u00a0B.\u2003\n")
    assert resource.names(client) == ["Ann\u00a0B."]


@of_both
@pytest.mark.parametrize(
    "name", ["Zoë 🎉", "王小明", "O'Brien; DROP TABLE", "a\u0000b", "x" * 5000]
)
def test_any_other_text_is_a_name(client: httpx2.Client, resource: Resource, name: str) -> None:
    """Rule: nothing limits the length or the characters of a name. Source: published document,
    which gives neither.
    """
    resource.create(client, name)
    assert resource.names(client) == [name]


@of_both
def test_unknown_fields_are_passed_over(client: httpx2.Client, resource: Resource) -> None:
    """Rule: a field that no document names changes nothing. Source: assumption (the service's
    framework does so unless told otherwise).
    """
    version = {**resource.version(), "surprise": 1, "version": 7, "_id": NOBODY}
    id = resource.create(client, initial_version=version, id=NOBODY, is_deleted=True, creator=BEA)
    assert id != NOBODY
    assert (resource.get(client, id)["is_deleted"], resource.get(client, id)["creator"]) == (
        False,
        ME,
    )
    assert resource.numbers(client, id) == [1]


# Tags


@of_both
@pytest.mark.parametrize(
    "tags",
    [
        pytest.param({}, id="none"),
        pytest.param({"team": None}, id="null value"),
        pytest.param(TWENTY, id="twenty"),
        pytest.param({"first time": "yes and no", "under_score": "1"}, id="spaces, underscores"),
        pytest.param({"größe": "mäßig", "名前": "王"}, id="letters of any script"),
        pytest.param({"a": "b\nc"}, id="white space inside"),
    ],
)
def test_tags_are_stored_as_sent(
    client: httpx2.Client, resource: Resource, tags: dict[str, Any]
) -> None:
    """Rule: up to 20 tags of letters, digits, underscores and white space; a value may be null.
    Source: published document.
    """
    id = resource.create(client, tags=tags)
    assert resource.get(client, id)["tags"] == tags
    changed = client.post(resource.item(resource.create(client, "Bob")), json={"tags": tags})
    assert changed.status_code == 204


@of_both
def test_tags_are_stripped(client: httpx2.Client, resource: Resource) -> None:
    """Rule: white space around a key or a value is cut off before it is looked at. Source:
    published document (stripped, non-empty strings).
    """
    id = resource.create(client, tags={" team ": "\tblue\n"})
    assert resource.get(client, id)["tags"] == {"team": "blue"}
    assert client.post(resource.item(id), json={"tags": {" team": " red "}}).status_code == 204
    assert resource.get(client, id)["tags"] == {"team": "red"}


@of_both
@BROKEN_TAGS
def test_broken_tags_are_refused_when_updating(
    client: httpx2.Client, resource: Resource, tags: Any, finding: tuple[str, list[str]]
) -> None:
    """Rule: an update is held to the same rules, and a refused one changes nothing. Source:
    published document.
    """
    id = resource.create(client, tags={"team": "blue"})
    before = resource.get(client, id)
    answer = client.post(resource.item(id), json={"tags": tags})
    assert places(answer) == [(finding[0], ["body", *finding[1]])]
    assert resource.get(client, id) == before


@of_both
def test_tags_must_not_be_null_when_creating(client: httpx2.Client, resource: Resource) -> None:
    """Rule: only an update may have null for its tags. Source: published document."""
    answer = client.post(resource.path, json=resource.body(tags=None))
    assert places(answer) == [("dict_type", ["body", "tags"])]


# Creating


@of_both
def test_a_new_record_says_who_and_when(
    mock: AmigoMock, client: httpx2.Client, resource: Resource
) -> None:
    """Rule: a new record is not deleted, and its creation is its last update. Source: published
    document; milliseconds by assumption.
    """
    mock.clock.freeze(FROZEN + 0.25)
    id = resource.create(client, tags={"team": None})
    assert resource.get(client, id) == {
        "id": id,
        "name": "Ann",
        **resource.own,
        "tags": {"team": None},
        "is_deleted": False,
        "created_at": "2023-11-14T22:13:20.250000Z",
        "creator": ME,
        "updated_at": "2023-11-14T22:13:20.250000Z",
        "updated_by": ME,
    }


@of_both
def test_a_new_record_has_version_1(
    mock: AmigoMock, client: httpx2.Client, resource: Resource
) -> None:
    """Rule: creating makes the first version, number 1, of the content sent. Source: guide."""
    mock.clock.freeze(FROZEN)
    id = resource.create(client)
    (version,) = client.get(resource.versions(id)).json()[resource.versions_field]
    assert re.fullmatch("[a-f0-9]{24}", version.pop("_id"))
    assert version == {
        "org_id": "mock-org",
        "created_at": "2023-11-14T22:13:20Z",
        "updated_at": "2023-11-14T22:13:20Z",
        resource.id_field: id,
        "version": 1,
        "creator": ME,
        **resource.content,
    }


# Names


def test_a_persona_and_a_scenario_can_have_the_same_name(client: httpx2.Client) -> None:
    """Rule: names are unique among personas and among scenarios. Source: published document."""
    PERSONA.create(client, "Ann")
    SCENARIO.create(client, "Ann")


@of_both
def test_organizations_do_not_share_names_or_records(
    mock: AmigoMock, client: httpx2.Client, resource: Resource
) -> None:
    """Rule: names are unique in an organization, and records are found in theirs only. Source:
    published document (the organization in every path).
    """
    id = resource.create(client, "Ann")
    assert client.post("/_mock/organizations", json={"id": "other-org"}).status_code == 201
    token = mock.token(organization="other-org")
    there = resource.path.replace("mock-org", "other-org")
    with mock.client(headers={"Authorization": f"Bearer {token}"}) as other:
        assert other.get(there).json()[resource.rows_field] == []
        assert other.get(f"{there}{id}/version/").status_code == 404
        assert other.delete(f"{there}{id}/").status_code == 404
        assert other.post(there, json=resource.body("Ann")).status_code == 201
    assert resource.names(client) == ["Ann"]


@of_both
def test_a_deleted_name_is_free_again(client: httpx2.Client, resource: Resource) -> None:
    """Rule: names are unique among what is not deleted. Source: assumption (soft deletion keeps
    the record, and nothing says that its name stays taken).
    """
    first = resource.create(client)
    resource.delete(client, first)
    second = resource.create(client)
    assert [resource.get(client, id)["is_deleted"] for id in (first, second)] == [True, False]
    assert client.post(resource.path, json=resource.body()).status_code == 409
    resource.delete(client, second)
    resource.create(client)
    assert resource.names(client) == ["Ann", "Ann", "Ann"]


@of_both
def test_a_world_may_hold_a_deleted_namesake(client: httpx2.Client, resource: Resource) -> None:
    """Rule: what comes in deleted takes no name, whether it comes before or after the one that has
    it. Source: the world format; what a state file of the above must hold.
    """
    gone = [resource.seed("Ann", is_deleted=True), resource.seed("Ann", is_deleted=True)]
    lists = {f"{resource.name}s": [gone[0], resource.seed("Ann"), gone[1]]}
    put_organization(client, **lists)
    assert resource.names(client, "is_deleted=false") == ["Ann"]
    assert client.post(resource.path, json=resource.body("Ann")).status_code == 409


@of_both
def test_an_update_keeps_the_name_taken(client: httpx2.Client, resource: Resource) -> None:
    """Rule: neither an update nor a new version frees a name. Source: published document."""
    id = resource.create(client)
    client.post(resource.item(id), json={"tags": {"team": "blue"}})
    resource.add_version(client, id)
    assert client.post(resource.path, json=resource.body()).status_code == 409


@of_both
def test_of_clients_racing_for_a_name_one_wins(mock: AmigoMock, resource: Resource) -> None:
    """Rule: a name is given once, however many ask for it at the same time. Source: published
    document.
    """
    racers = 8
    barrier = Barrier(racers)

    def race(_: int) -> int:
        with mock.client() as client:
            barrier.wait()
            return client.post(resource.path, json=resource.body()).status_code

    with ThreadPoolExecutor(racers) as pool:
        statuses = sorted(pool.map(race, range(racers)))
    assert statuses == [201] + [409] * (racers - 1)
    with mock.client() as client:
        assert resource.names(client) == ["Ann"]


# Updating


@of_both
def test_an_update_replaces_all_tags(client: httpx2.Client, resource: Resource) -> None:
    """Rule: the tags sent are the tags afterwards; the others are gone. Source: guide."""
    id = resource.create(client, tags={"team": "blue", "level": "low"})
    answer = client.post(resource.item(id), json={"tags": {"team": "red", "new": None}})
    assert (answer.status_code, answer.content) == (204, b"")
    assert resource.get(client, id)["tags"] == {"team": "red", "new": None}
    assert client.post(resource.item(id), json={"tags": {}}).status_code == 204
    assert resource.get(client, id)["tags"] == {}


@of_both
@pytest.mark.parametrize("body", [{}, {"tags": None}, {"name": "Bob"}])
def test_an_update_without_tags_changes_none(
    client: httpx2.Client, resource: Resource, body: dict[str, Any]
) -> None:
    """Rule: tags that are absent or null stay as they are, and nothing else can be changed.
    Source: published document.
    """
    id = resource.create(client, tags={"team": "blue"})
    assert client.post(resource.item(id), json=body).status_code == 204
    found = resource.get(client, id)
    assert (found["tags"], found["name"]) == ({"team": "blue"}, "Ann")


@of_both
@pytest.mark.parametrize("body", [{"tags": {"team": "red"}}, {}, {"tags": None}])
def test_an_update_says_who_and_when(
    mock: AmigoMock, client: httpx2.Client, resource: Resource, body: dict[str, Any]
) -> None:
    """Rule: `updated_at` and `updated_by` move with every update, `created_at` and `creator`
    never. Source: published document; assumption for an update that changes no tag.
    """
    put_organization(client, user("bea", grant("*")))
    mock.clock.freeze(FROZEN)
    id = resource.create(client)
    mock.clock.advance(60)
    with mock.client(user="bea") as bea:
        assert bea.post(resource.item(id), json=body).status_code == 204
    found = resource.get(client, id)
    assert (found["created_at"], found["creator"]) == ("2023-11-14T22:13:20Z", ME)
    assert (found["updated_at"], found["updated_by"]) == ("2023-11-14T22:14:20Z", BEA)


@of_both
def test_a_new_version_does_not_touch_its_record(
    mock: AmigoMock, client: httpx2.Client, resource: Resource
) -> None:
    """Rule: a new version, also somebody else's, moves neither `updated_at` nor `updated_by` of
    its record; it has a time and a creator of its own. Source: assumption.
    """
    put_organization(client, user("bea", grant("*")))
    mock.clock.freeze(FROZEN)
    id = resource.create(client)
    before = resource.get(client, id)
    mock.clock.advance(60)
    with mock.client(user="bea") as bea:
        assert resource.add_version(bea, id) == 2
    assert resource.get(client, id) == before
    first, second = client.get(resource.versions(id)).json()[resource.versions_field]
    assert (first["created_at"], first["creator"]) == ("2023-11-14T22:13:20Z", ME)
    assert (second["created_at"], second["creator"]) == ("2023-11-14T22:14:20Z", BEA)
    assert second["updated_at"] == "2023-11-14T22:14:20Z"


# Deleting


@of_both
def test_a_deleted_record_can_still_be_read(client: httpx2.Client, resource: Resource) -> None:
    """Rule: deletion is soft; list and versions still show the record. Source: guide."""
    id = resource.create(client, tags={"team": "blue"})
    resource.add_version(client, id)
    before = resource.get(client, id)
    answer = client.delete(resource.item(id))
    assert (answer.status_code, answer.content) == (204, b"")
    found = resource.get(client, id)
    assert found["is_deleted"] is True
    kept = set(before) - {"is_deleted", "updated_at", "updated_by"}
    assert {name: found[name] for name in kept} == {name: before[name] for name in kept}
    assert resource.numbers(client, id) == [1, 2]


@of_both
def test_deletion_is_an_update(mock: AmigoMock, client: httpx2.Client, resource: Resource) -> None:
    """Rule: deletion moves `updated_at` and `updated_by`. Source: assumption."""
    put_organization(client, user("bea", grant("*")))
    mock.clock.freeze(FROZEN)
    id = resource.create(client)
    mock.clock.advance(60)
    with mock.client(user="bea") as bea:
        resource.delete(bea, id)
    found = resource.get(client, id)
    assert (found["created_at"], found["updated_at"], found["updated_by"]) == (
        "2023-11-14T22:13:20Z",
        "2023-11-14T22:14:20Z",
        BEA,
    )


@WRITES
@of_both
def test_a_deleted_record_cannot_be_written(
    client: httpx2.Client, resource: Resource, method: str, suffix: str
) -> None:
    """Rule: what was deleted is a 404 for update, delete and new version, and stays as it was.
    Source: assumption (a deleted record does not exist for what would change it).
    """
    id = resource.create(client)
    resource.delete(client, id)
    before = resource.get(client, id)
    assert send(client, resource, method, suffix, id).status_code == 404
    assert resource.get(client, id) == before
    assert resource.numbers(client, id) == [1]


# Bodies


def body_of(resource: Resource, operation: str, id: str) -> str:
    """The path of an operation that takes a body."""
    return {
        "create": resource.path,
        "update": resource.item(id),
        "new version": resource.versions(id),
    }[operation]


BODIES = pytest.mark.parametrize("operation", ["create", "update", "new version"])


@BODIES
@of_both
@pytest.mark.parametrize("content", [b"{", b"{'a': 1}", b"{}{}", b"\x00", b"[1,]"])
def test_broken_json_is_refused(
    client: httpx2.Client, resource: Resource, operation: str, content: bytes
) -> None:
    """Rule: a body that is not JSON is a 422 of type `json_invalid`. Source: the service's own
    framework.
    """
    path = body_of(resource, operation, resource.create(client))
    answer = client.post(path, content=content, headers={"Content-Type": "application/json"})
    ((kind, place),) = places(answer)
    assert (kind, place[0]) == ("json_invalid", "body")


@BODIES
@of_both
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b'{"name": ' + b"[" * 20000 + b"]" * 20000 + b"}", id="deep"),
        pytest.param(b'{"name": ' + b"[" * 500 + b"]" * 500 + b"}", id="less deep"),
    ],
)
def test_a_body_that_cannot_be_parsed_is_a_400(
    client: httpx2.Client, resource: Resource, operation: str, content: bytes
) -> None:
    """Rule: a body that is not UTF-8, or is nested too deep, is a 400 with a text. Source: the
    service's own framework.
    """
    path = body_of(resource, operation, resource.create(client))
    answer = client.post(path, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert isinstance(answer.json()["detail"], str)


@BODIES
@of_both
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_must_be_sent_as_json(
    client: httpx2.Client, resource: Resource, operation: str, content_type: str
) -> None:
    """Rule: the right body under another content type is a 422. Source: the service's own
    framework.
    """
    path = body_of(resource, operation, resource.create(client))
    body = {"create": resource.body("Bob"), "update": {}, "new version": resource.version()}
    content = json.dumps(body[operation])
    answer = client.post(path, content=content, headers={"Content-Type": content_type})
    assert places(answer) == [("model_attributes_type", ["body"])]
    assert resource.names(client) == ["Ann"]


@BODIES
@of_both
@pytest.mark.parametrize("content", [b"", b"null"])
def test_a_body_is_required(
    client: httpx2.Client, resource: Resource, operation: str, content: bytes
) -> None:
    """Rule: no body at all, or null, is a 422 that misses it. Source: published document."""
    path = body_of(resource, operation, resource.create(client))
    answer = client.post(path, content=content, headers={"Content-Type": "application/json"})
    assert places(answer) == [("missing", ["body"])]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def spoilt(body: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Anything at all, or a good body in which anything stands for some of the fields."""
    fields = {name: st.just(value) | anything for name, value in body.items()}
    if "initial_version" in body:
        fields["initial_version"] |= spoilt(body["initial_version"])
    return anything | st.fixed_dictionaries({}, optional=fields)


@of_both
def test_no_body_is_ever_an_error_of_the_server(running: AmigoMock, resource: Resource) -> None:
    """Rule: whatever JSON comes in, it is taken or refused, with the declared statuses and, for a
    422, findings that name a place in the body. Source: published document.
    """
    running.reset()
    running.rate_limits.enabled = False
    with running.client() as client:
        id = resource.create(client)

        @settings(max_examples=25, deadline=None)
        @given(
            created=spoilt(resource.body()),
            updated=spoilt({"tags": {}}),
            versioned=spoilt(resource.version()),
        )
        def check(created: Any, updated: Any, versioned: Any) -> None:
            sent = [
                (resource.path, created, {201, 409, 422}),
                (resource.item(id), updated, {204, 422}),
                (resource.versions(id), versioned, {201, 422}),
            ]
            for path, body, statuses in sent:
                content = json.dumps(body)
                headers = {"Content-Type": "application/json"}
                answer = client.post(path, content=content, headers=headers)
                assert answer.status_code in statuses, answer.text
                if answer.status_code == 422:
                    findings = answer.json()["detail"]
                    assert findings
                    assert all(finding["loc"][0] == "body" for finding in findings)

        check()


@of_both
@pytest.mark.parametrize(
    "content",
    [
        pytest.param('{"name": "\\ud800"}', id="lone surrogate"),
        pytest.param('{"tags": {"\\udfff": "x"}}', id="lone surrogate in a key"),
        pytest.param('{"name": 1e999, "tags": NaN}', id="not finite"),
        pytest.param('{"name": ' + "9" * 5000 + "}", id="huge number"),
    ],
)
def test_what_json_hardly_says_is_refused(
    client: httpx2.Client, resource: Resource, content: str
) -> None:
    """Rule: nothing that a client sends is ever a 500; this is a 422 like any other. Source: the
    promise that the fake makes.
    """
    answer = client.post(
        resource.path, content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["detail"]
