"""The rules that every kind follows when it is written: names, tags, ids, versions, grants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.operations.operation import Operation
from amigo_mock.resources import CATALOG
from tests.support.listed import LISTED, Listed, of_all
from tests.support.paths import NOBODY
from tests.support.verbs import places
from tests.support.worlds import FROZEN, PARTS, Json, grant, put_organization, user

ME = {"org_id": "mock-org", "user_id": "mock-user"}


class Writer:
    """Writes records of a kind as one user."""

    def __init__(self, client: httpx2.Client, listed: Listed) -> None:
        self.client = client
        self.listed = listed

    def post(self, **changes: Any) -> httpx2.Response:
        """Ask for a record like that of the declared example."""
        return self.client.post(self.listed.path("create-{}"), json=self.listed.body(**changes))

    def create(self, **changes: Any) -> str:
        """The id of a new record."""
        answer = self.post(**changes)
        assert answer.status_code == self.listed.operation("create-{}").status, answer.text
        found = answer.json()[self.listed.made]
        assert isinstance(found, str)
        return found

    def send(self, operation: Operation, record: str) -> httpx2.Response:
        """A request that is right in itself, to a record."""
        others = {"organization": "mock-org", "version_set_name": "beta"}
        path = operation.path.format(**{**dict.fromkeys(operation.slots, record), **others})
        body = next(iter(operation.examples.values()), None)
        return self.client.request(operation.method, path, json=body)

    def rows(self, query: str) -> list[Json]:
        answer = self.client.get(f"{self.listed.path()}?{query}")
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()[self.listed.rows]
        return found

    def row(self, id: str, **query: str) -> Json:
        """A record as the list shows it."""
        (found,) = self.rows(
            "&".join(f"{key}={value}" for key, value in {"id": id, **query}.items())
        )
        return found


@pytest.fixture
def writer(mock: AmigoMock, listed: Listed) -> Iterator[Writer]:
    """The default user of an organization that has all that the examples name."""
    with mock.client(in_process=True) as client:
        put_organization(client, user("nobody"), **PARTS)
        yield Writer(client, listed)


def writable(listed: Listed) -> bool:
    return listed.find("create-{}") is not None


def named(listed: Listed) -> bool:
    return writable(listed) and "name" in listed.body()


def words_as_tags(listed: Listed) -> bool:
    """Whether tags are published as words, 20 at most; otherwise any text will do."""
    if not writable(listed):
        return False
    body = listed.operation("create-{}").body()
    assert body is not None
    tags = body.model_json_schema()["properties"].get("tags", {})
    return bool(tags.get("maxProperties") == 20)


def by_key(tags: Any) -> Json:
    """The tags of an answer, which some kinds give as a list."""
    return tags if isinstance(tags, dict) else {tag["key"]: tag["value"] for tag in tags}


def deletable(listed: Listed) -> bool:
    return named(listed) and listed.find("delete-{}") is not None


def versioned(listed: Listed) -> bool:
    return listed.find("create-{}-version") is not None


TO_A_RECORD = [
    pytest.param(listed, operation, id=operation.id)
    for listed in LISTED
    for operation in listed.operations
    if len(operation.slots) > 1
]
"""Every operation that names a record in its path."""
OF_A_KIND = [
    pytest.param(listed, operation, id=operation.id)
    for listed in LISTED
    for operation in listed.operations
    if operation.method != "GET"
]
"""Every operation that writes."""


# Creating


@of_all(named)
def test_a_new_record_is_listed(mock: AmigoMock, writer: Writer, listed: Listed) -> None:
    """Rule: a new record has an id, is the caller's, is not deleted, and was last changed when it
    was created. Source: published document.
    """
    mock.clock.freeze(FROZEN)
    id = writer.create(name=" New\n", tags={"team": "blue", "open": None})
    row = writer.row(id)
    row["tags"] = by_key(row["tags"])
    assert re.fullmatch("[a-f0-9]{24}", id)
    expected = {
        "id": id,
        "name": "New",
        "tags": {"team": "blue", "open": None},
        "is_deleted": False,
        "creator": ME,
        "updated_by": ME,
        "created_at": "2023-11-14T22:13:20Z",
        "updated_at": "2023-11-14T22:13:20Z",
    }
    assert {"id", "name", "tags"} <= set(row)
    shown = set(row) & set(expected)
    assert {name: row[name] for name in shown} == {name: expected[name] for name in shown}


@of_all(named)
def test_ids_increase(writer: Writer, listed: Listed) -> None:
    """Rule: a later record has a greater id. Source: assumption."""
    ids = [writer.create(name=f"New {number}") for number in range(3)]
    assert sorted(set(ids)) == ids


@of_all(named)
@pytest.mark.parametrize("name", ["New", "  New\n"])
def test_a_name_in_use_is_a_conflict(writer: Writer, listed: Listed, name: str) -> None:
    """Rule: a second record of a name, once stripped, is a 409 with a text. Source: published
    document.
    """
    writer.create(name="New")
    answer = writer.post(name=name)
    assert answer.status_code == 409
    assert isinstance(answer.json()["detail"], str)


@of_all(named)
@pytest.mark.parametrize("name", ["new", "NEW", "New 2"])
def test_names_differ_by_any_character(writer: Writer, listed: Listed, name: str) -> None:
    """Rule: names are compared as they are. Source: assumption exact-names."""
    writer.create(name="New")
    writer.create(name=name)


@of_all(named)
@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("", "string_too_short"),
        (" \u2003\n", "string_too_short"),
        (None, "string_type"),
        (5, "string_type"),
        (["a"], "string_type"),
    ],
)
def test_a_name_is_text(writer: Writer, listed: Listed, name: Any, finding: str) -> None:
    """Rule: a name that is empty once stripped, or no text, is a 422. Source: published
    document.
    """
    assert places(writer.post(name=name)) == [(finding, ["body", "name"])]


@of_all(writable)
def test_every_required_field_is_missed(writer: Writer, listed: Listed) -> None:
    """Rule: an empty object misses every required field, all named at once. Source: published
    document.
    """
    answer = writer.client.post(listed.path("create-{}"), json={})
    body = listed.operation("create-{}").body()
    assert body is not None
    required = {name for name, field in body.model_fields.items() if field.is_required()}
    found = places(answer)
    assert {kind for kind, _ in found} == {"missing"}
    assert required
    assert required <= {place[1] for _, place in found}


@of_all(named)
def test_unknown_fields_are_passed_over(writer: Writer, listed: Listed) -> None:
    """Rule: a field that no document names changes nothing. Source: assumption unknown-fields."""
    id = writer.create(name="New", surprise=1, id=NOBODY, creator={"org_id": "a", "user_id": "b"})
    assert id != NOBODY
    assert writer.row(id).get("creator", ME) == ME


@of_all(words_as_tags)
def test_tags_are_stripped(writer: Writer, listed: Listed) -> None:
    """Rule: white space around a key or a value is cut off. Source: published document."""
    id = writer.create(name="New", tags={" team ": "\tblue\n"})
    assert by_key(writer.row(id)["tags"]) == {"team": "blue"}


@of_all(words_as_tags)
@pytest.mark.parametrize(
    ("tags", "finding"),
    [
        ({str(number): None for number in range(21)}, ("too_long", ["tags"])),
        ({"a-b": "c"}, ("string_pattern_mismatch", ["tags", "a-b", "[key]"])),
        ({"a": "b:c"}, ("string_pattern_mismatch", ["tags", "a"])),
        ({" ": "c"}, ("string_too_short", ["tags", " ", "[key]"])),
        ({"a": " "}, ("string_too_short", ["tags", "a"])),
        ({"a": 5}, ("string_type", ["tags", "a"])),
        (["a"], ("dict_type", ["tags"])),
    ],
    ids=["too many", "key", "value", "empty key", "empty value", "number", "list"],
)
def test_broken_tags_are_refused(
    writer: Writer, listed: Listed, tags: Any, finding: tuple[str, list[str]]
) -> None:
    """Rule: more than 20 tags, other characters, emptiness and other types are a 422. Source:
    published document.
    """
    assert places(writer.post(tags=tags)) == [(finding[0], ["body", *finding[1]])]


# Records by id


@pytest.mark.parametrize(("listed", "operation"), TO_A_RECORD)
@pytest.mark.parametrize("id", ["abc", "0123456789ABCDEF01234567", NOBODY[1:], f"{NOBODY}0"])
def test_a_malformed_id_is_refused(
    writer: Writer, listed: Listed, operation: Operation, id: str
) -> None:
    """Rule: an id that is not 24 lower-case hexadecimal digits is a 422 that points at it. Source:
    published document.
    """
    (slot,) = set(operation.slots) - {"organization", "version_set_name"}
    found = places(writer.send(operation, id))
    assert found == [("string_pattern_mismatch", ["path", slot])]


@pytest.mark.parametrize(("listed", "operation"), TO_A_RECORD)
def test_an_unknown_id_is_not_found(writer: Writer, listed: Listed, operation: Operation) -> None:
    """Rule: a well-formed id that no record has is a 404 with a text. Source: published
    document.
    """
    answer = writer.send(operation, NOBODY)
    assert answer.status_code == 404
    assert isinstance(answer.json()["detail"], str)


@of_all(lambda listed: named(listed) and listed.find("update-{}"))
def test_an_update_moves_the_time(mock: AmigoMock, writer: Writer, listed: Listed) -> None:
    """Rule: an update answers as declared and moves the time of the last change, not that of the
    creation. Source: published document.
    """
    mock.clock.freeze(FROZEN)
    id = writer.create(name="New")
    before = writer.row(id)
    mock.clock.advance(60)
    operation = listed.operation("update-{}")
    assert writer.send(operation, id).status_code == operation.status
    after = writer.row(id)
    assert after.get("created_at") == before.get("created_at")
    assert after.get("updated_at", "2023-11-14T22:14:20Z") == "2023-11-14T22:14:20Z"
    assert after != before


# Deleting


@of_all(deletable)
def test_a_deletion_is_soft(mock: AmigoMock, writer: Writer, listed: Listed) -> None:
    """Rule: a deleted record is listed as deleted, its name is free, and nothing can be done to it.
    Source: published document; assumption deletion-updates.
    """
    id = writer.create(name="New")
    operation = listed.operation("delete-{}")
    assert writer.send(operation, id).status_code == operation.status
    assert writer.row(id, is_deleted="true")["name"] == "New"
    assert writer.rows(f"id={id}&is_deleted=false") == []
    for write in ("delete-{}", "update-{}", "create-{}-version"):
        if found := listed.find(write):
            assert writer.send(found, id).status_code == 404
    assert writer.create(name="New") != id


@of_all(lambda listed: deletable(listed) and listed.find("search-{}s"))
def test_a_search_follows_what_is_written(writer: Writer, listed: Listed) -> None:
    """Rule: a record is found by a word of its name as soon as it is there, and not after it was
    deleted. Source: published document; the latter by assumption.
    """
    path = listed.path("search-{}s")

    def found(query: str) -> list[str]:
        answer = writer.client.get(path, params={"query": query})
        assert answer.status_code == 200, answer.text
        return [row["name"] for row in answer.json()[listed.rows]]

    assert found("zebra") == []
    id = writer.create(name="Striped Zebra")
    assert found("ZEBRA striped") == ["Striped Zebra"]
    assert found("zebr") == []
    writer.send(listed.operation("delete-{}"), id)
    assert found("zebra") == []
    assert places(writer.client.get(path)) == [("missing", ["query", "query"])]
    assert places(writer.client.get(f"{path}?query=%20")) == [
        ("string_too_short", ["query", "query"])
    ]


# Versions


class Versions:
    """The versions of a record that has one."""

    def __init__(self, writer: Writer) -> None:
        self.client, listed = writer.client, writer.listed
        id = PARTS[listed.kind][0]["id"]
        self.operation = listed.operation("create-{}-version")
        self.body = next(iter(self.operation.examples.values()))
        self.there = listed.path("create-{}-version", id)
        self.pages = listed.path("get-{}-versions", id)

    def add(self, query: str = "") -> httpx2.Response:
        return self.client.post(f"{self.there}?{query}", json=self.body)

    def numbers(self, query: str = "") -> list[int]:
        answer = self.client.get(f"{self.pages}?{query}")
        assert answer.status_code == 200, answer.text
        (rows,) = [rows for name, rows in answer.json().items() if name.endswith("_versions")]
        return [row["version"] for row in rows]


@of_all(versioned)
def test_versions_count_up(writer: Writer, listed: Listed) -> None:
    """Rule: the first version is 1 and each new one the next; they are listed in that order, or by
    number either way. Source: published document.
    """
    versions = Versions(writer)
    for _ in range(2):
        assert versions.add().status_code == versions.operation.status
    assert versions.numbers() == [1, 2, 3]
    assert versions.numbers("sort_by=-version") == [3, 2, 1]
    assert versions.numbers("sort_by=%2Bversion&limit=2&continuation_token=1") == [2, 3]
    assert versions.numbers("version=latest") == [3]
    assert versions.numbers("version=2") == [2]
    assert versions.numbers("version=2-latest") == [2, 3]


@of_all(versioned)
def test_the_expected_number_must_be_the_next(writer: Writer, listed: Listed) -> None:
    """Rule: `version` names the number that the new one is to have; any other is refused with the
    published status. Source: published document.
    """
    versions = Versions(writer)
    assert versions.add("version=2").status_code == versions.operation.status
    refused = 409 if 409 in versions.operation.errors else 400
    assert versions.add("version=2").status_code == refused
    assert versions.add("version=4").status_code == refused
    assert versions.numbers() == [1, 2]


@of_all(versioned)
def test_the_bounds_of_a_page_of_versions(writer: Writer, listed: Listed) -> None:
    """Rule: a limit of versions is within the declared bounds. Source: published document."""
    versions = Versions(writer)
    most = listed.bound("limit", "le", "get-{}-versions")
    assert most is not None
    assert versions.numbers(f"limit={most}") == [1]
    for limit, finding in ((0, "greater_than"), (most + 1, "less_than_equal")):
        answer = writer.client.get(f"{versions.pages}?limit={limit}")
        assert places(answer) == [(finding, ["query", "limit"])]


def test_versioned_kinds_have_versions() -> None:
    """Rule: the operations on versions are those of the kinds that have some. Source: catalog."""
    assert {str(listed) for listed in LISTED if versioned(listed)} == {
        str(listed) for listed in LISTED if CATALOG.kinds[listed.kind].versioned
    }


# Permissions


@pytest.mark.parametrize(("listed", "operation"), OF_A_KIND)
def test_without_a_grant_nothing_is_written(
    mock: AmigoMock, writer: Writer, listed: Listed, operation: Operation
) -> None:
    """Rule: a caller without any grant gets a 403, whether or not there is such a record, and a 422
    for an id that is none. Source: published document; assumptions permission-first and
    validation-first.
    """
    with mock.client("nobody", in_process=True) as client:
        nobody = Writer(client, listed)
        assert nobody.send(operation, NOBODY).status_code == 403
        assert nobody.send(operation, PARTS[listed.kind][0]["id"]).status_code == 403
        if len(operation.slots) > 1:
            assert nobody.send(operation, "abc").status_code == 422


@of_all(lambda listed: listed.find("delete-{}"))
def test_a_grant_holds_for_the_records_of_its_condition(
    mock: AmigoMock, writer: Writer, listed: Listed
) -> None:
    """Rule: a condition on a record decides which ones may be deleted. Source: published
    document.
    """
    operation = listed.operation("delete-{}")
    mine = {"name": {"type": "Equals", "value": "Mine"}}
    users = {"id": "bea", "grants": [grant(operation.permissions[0], **mine)]}
    answer = writer.client.post("/_mock/users", json={"organization": "mock-org", **users})
    assert answer.is_success, answer.text
    ids = {name: writer.create(name=name) for name in ("Mine", "Theirs")}
    with mock.client("bea", in_process=True) as client:
        bea = Writer(client, listed)
        assert bea.send(operation, ids["Theirs"]).status_code == 403
        assert bea.send(operation, ids["Mine"]).status_code == operation.status
