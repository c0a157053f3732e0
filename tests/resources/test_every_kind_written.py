"""The rules that every kind follows when a record is created: ids, names, fields, tags."""

from __future__ import annotations

import re
from typing import Any

import pytest

from amigo_mock import AmigoMock
from tests.support.kinds import BROKEN_TAGS
from tests.support.listed import Listed, of_all
from tests.support.paths import NOBODY
from tests.support.verbs import places
from tests.support.worlds import FROZEN
from tests.support.writer import (
    Writer,
    by_key,
    named,
    words_as_tags,
    writable,
)

ME = {"org_id": "mock-org", "user_id": "mock-user"}


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
    before = writer.rows("")
    answer = writer.post(name=name)
    assert (answer.status_code, writer.rows("")) == (409, before)
    assert isinstance(answer.json()["detail"], str)


@of_all(named)
@pytest.mark.parametrize("name", ["new", "NEW", "Néw", "New 2"])
def test_names_differ_by_any_character(writer: Writer, listed: Listed, name: str) -> None:
    """Rule: names are compared as they are. Source: assumption exact-names."""
    ids = [writer.create(name="New"), writer.create(name=name)]
    assert [writer.row(id)["name"] for id in ids] == ["New", name]


@of_all(named)
@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("", "string_too_short"),
        (" \u2003\n", "string_too_short"),
        (None, "string_type"),
        (5, "string_type"),
        (True, "string_type"),
        (["a"], "string_type"),
        ({"first": "a"}, "string_type"),
    ],
)
def test_a_name_is_text(writer: Writer, listed: Listed, name: Any, finding: str) -> None:
    """Rule: a name that is empty once stripped, or no text, is a 422; nothing is stored. Source:
    published document.
    """
    before = writer.rows("")
    assert places(writer.post(name=name)) == [(finding, ["body", "name"])]
    assert writer.rows("") == before


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
    assert {tuple(place) for _, place in found} == {("body", name) for name in required}


@of_all(lambda listed: listed.kind in ("personas", "scenarios"))
def test_a_first_version_is_required(writer: Writer, listed: Listed) -> None:
    """Rule: name, tags and the first version are required, and the role of a persona. Source:
    published document.
    """
    answer = writer.client.post(listed.path("create-{}"), json={})
    required = ["initial_version", "name", "tags"]
    if listed.kind == "personas":
        required.append("role")
    assert sorted(places(answer)) == sorted(("missing", ["body", name]) for name in required)


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
@BROKEN_TAGS
def test_broken_tags_are_refused(
    writer: Writer, listed: Listed, tags: Any, finding: tuple[str, list[str]]
) -> None:
    """Rule: more than 20 tags, other characters, emptiness and other types are a 422 that points at
    the tag; nothing is stored. Source: published document.
    """
    before = writer.rows("")
    assert places(writer.post(tags=tags)) == [(finding[0], ["body", *finding[1]])]
    assert writer.rows("") == before
