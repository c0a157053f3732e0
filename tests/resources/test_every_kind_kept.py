"""The rules that every kind follows for its records: ids, changes, deletion, versions, grants."""

from __future__ import annotations

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.operations.operation import Operation
from amigo_mock.resources import CATALOG
from tests.support.listed import LISTED, Listed, of_all
from tests.support.paths import NOBODY
from tests.support.verbs import places
from tests.support.worlds import FROZEN, PARTS, grant
from tests.support.writer import (
    Writer,
    deletable,
    named,
    versioned,
)

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


# Records by id


@pytest.mark.parametrize(("listed", "operation"), TO_A_RECORD)
@pytest.mark.parametrize(
    "id", ["abc", NOBODY.upper(), NOBODY[1:], f"{NOBODY}0", "g" * 24, f"%20{NOBODY}"]
)
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
    assert answer.json()["detail"]


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


CONTAINING = ("unit_tests", "unit_test_sets")
"""The kinds whose search is published as one for a text that is contained, not for terms."""


@of_all(lambda listed: deletable(listed) and listed.find("search-{}s"))
def test_a_search_follows_what_is_written(writer: Writer, listed: Listed) -> None:
    """Rule: a record is found by a word of its name as soon as it is there, and not after it was
    deleted. Source: published document; the latter by assumption deleted-search.
    """
    path = listed.path("search-{}s")

    def found(query: str) -> list[str]:
        answer = writer.client.get(path, params={"query": query})
        assert answer.status_code == 200, answer.text
        return [row["name"] for row in answer.json()[listed.rows]]

    assert found("zebra") == []
    id = writer.create(name="Striped Zebra")
    assert found("STRIPED zebra") == ["Striped Zebra"]
    by_terms = listed.kind not in CONTAINING
    assert found("ZEBRA striped") == (["Striped Zebra"] if by_terms else [])
    assert found("zebr") == ([] if by_terms else ["Striped Zebra"])
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
