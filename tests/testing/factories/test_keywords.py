"""Keywords of factories: whatever is given is kept."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from amigo_mock import AmigoMock
from tests.support.paths import (
    NOBODY,
)
from tests.testing.factories.support import about, each_factory


def test_what_is_said_is_kept(local: AmigoMock) -> None:
    """Rule: a given value is stored as the API would store it. Source: the factories."""
    found = local.personas.create(
        name="  Ann ",
        role="nurse",
        tags={" mood ": " calm ", "level": None},
        background=" New. ",
        preferred_language="deu",
        timezone=None,
        user_models=("Likes tea.",),
        nonsensitive_user_variables={"plan": "basic"},
        sensitive_user_variables={"pin": "77123"},
        id=NOBODY,
        creator="reader",
        created_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
    )
    assert (found.id, found.name, found.role) == (NOBODY, "Ann", "nurse")
    assert found.tags == {"mood": "calm", "level": None}
    assert found.latest.model_dump(exclude={"id", "org_id", "creator"}) == {
        "simulation_persona_id": NOBODY,
        "background": "New.",
        "preferred_language": "deu",
        "timezone": None,
        "user_models": ["Likes tea."],
        "nonsensitive_user_variables": {"plan": "basic"},
        "sensitive_user_variables": {"pin": "77123"},
        "version": 1,
        "created_at": datetime(2026, 1, 31, 12, tzinfo=UTC),
        "updated_at": datetime(2026, 1, 31, 12, tzinfo=UTC),
    }
    assert found.creator.user_id == found.updated_by.user_id == "reader"
    assert found.creator.org_id == "mock-org"
    assert "77123" not in repr(found)


def test_a_time_is_kept_as_over_the_wire(local: AmigoMock) -> None:
    """Rule: kept in UTC, to the millisecond. Source: the assumption on timestamps."""
    there = timezone(timedelta(hours=2))
    for at in (datetime(2026, 1, 31, 12, 0, 0, 1999, there), "2026-01-31T12:00:00.001999+02:00"):
        found = local.scenarios.create(conversation_starts_at=at)
        expected = datetime(2026, 1, 31, 10, 0, 0, 1000, UTC)
        assert found.latest.conversation_starts_at == expected


def test_what_is_not_set_is_the_organizations() -> None:
    """Rule: not set is the organization's, null is null. Source: the guide."""
    place = {"id": "here", "preferred_language": "deu", "timezone": "Europe/Vienna"}
    mock = AmigoMock(seed={"organizations": [place]})
    unset = mock.personas.create().latest
    assert (unset.preferred_language, unset.timezone) == ("deu", "Europe/Vienna")
    null = mock.personas.create(preferred_language=None, timezone=None).latest
    assert (null.preferred_language, null.timezone) == (None, None)


def test_several_versions(local: AmigoMock) -> None:
    """Rule: so many, the last one the latest, which gets what was given. Source: the factories."""
    found = local.personas.create(versions=3, background="Now.", timezone="Asia/Tokyo")
    assert [version.version for version in found.versions] == [1, 2, 3]
    assert found.latest is found.versions[2]
    assert found.latest.background == "Now."
    assert [version.timezone for version in found.versions] == ["UTC", "UTC", "Asia/Tokyo"]
    assert len({version.background for version in found.versions}) == 3


def test_versions_one_by_one(local: AmigoMock) -> None:
    """Rule: what a version does not say is made up; order is kept. Source: the factories."""
    first, second, third = local.scenarios.create(
        versions=[{"objective": "A"}, {}, {"objective": "C", "initial_message_type": "skip"}],
        instructions="Be brief.",
    ).versions
    assert (first.objective, third.objective) == ("A", "C")
    assert second.objective not in {"", "A", "C"}
    assert third.instructions == "Be brief." != first.instructions
    assert third.initial_message_type == "skip"


@each_factory
def test_many_are_made_in_order(local: AmigoMock, kind: str) -> None:
    """Rule: as many calls of `create` in a row would make. Source: the factories."""
    many = getattr(local, kind).create_many(30, tags={"a": "b"})
    other = AmigoMock()
    single = [getattr(other, kind).create(tags={"a": "b"}) for _ in range(30)]
    assert [(one.id, one.name, about(one)) for one in many] == [
        (one.id, one.name, about(one)) for one in single
    ]
    assert getattr(local, kind).create_many(0) == []


def test_they_go_where_they_are_said_to() -> None:
    """Rule: the first organization, or the one that is named. Source: the factories."""
    mock = AmigoMock(seed={"organizations": [{"id": "one"}, {"id": "two"}]})
    here = mock.personas.create(name="Ann")
    there = mock.personas.create(name="Ann", organization="two", creator="u")
    assert (here.latest.org_id, there.latest.org_id) == ("one", "two")
    assert there.creator.org_id == "two"
    assert mock.personas.all() == [here]
    assert mock.personas.all(organization="two") == [there]
    assert mock.personas.find("Ann", organization="two") == there
    with pytest.raises(LookupError):
        mock.personas.get(there.id)


def test_what_is_made_is_frozen(local: AmigoMock) -> None:
    """Rule: records are values; a change goes through the API. Source: records."""
    found = local.personas.create()
    for one in (found, found.latest):
        with pytest.raises(ValidationError):
            one.id = "x"


@each_factory
def test_the_signature_is_a_real_one(local: AmigoMock, kind: str) -> None:
    """Rule: an editor can complete every keyword. Source: the factories."""
    factory = getattr(local, kind)
    one, several = inspect.signature(factory.create), inspect.signature(factory.create_many)
    assert {"name", "tags", "id", "creator", "organization"} <= one.parameters.keys()
    assert all(one.kind is one.KEYWORD_ONLY for one in one.parameters.values())
    assert list(several.parameters) == ["count", *one.parameters]
    assert one.return_annotation == type(factory).model.__name__
    assert several.return_annotation == f"list[{one.return_annotation}]"
    assert factory.create.__doc__
    assert factory.create_many.__doc__


def test_a_record_can_need_another(local: AmigoMock) -> None:
    """Rule: a factory reaches those of the other resources. Source: the factories."""
    assert local.scenarios._sibling("personas") is local.personas
