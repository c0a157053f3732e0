"""What is the scenarios' own: objective, instructions, how and when a conversation opens."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.support.bodies import scenario_version
from tests.support.kinds import SCENARIO
from tests.support.verbs import places
from tests.support.worlds import put_organization


def latest(client: httpx2.Client, id: str) -> dict[str, Any]:
    found = client.get(f"{SCENARIO.versions(id)}?version=latest").json()[SCENARIO.versions_field]
    assert isinstance(found[0], dict)
    return found[0]


def both_ways(client: httpx2.Client, content: Any) -> list[httpx2.Response]:
    """The answers to this content in a new scenario and in a new version."""
    id = SCENARIO.create(client, f"Scenario {len(SCENARIO.names(client))}")
    return [
        client.post(SCENARIO.path, json=SCENARIO.body("New", initial_version=content)),
        client.post(SCENARIO.versions(id), json=content),
    ]


def refused(client: httpx2.Client, content: Any) -> tuple[str, list[str | int]]:
    """What both ways find wrong with this content, and where inside of it."""
    created, versioned = (places(answer) for answer in both_ways(client, content))
    ((kind, place),) = created
    assert place[:2] == ["body", "initial_version"]
    assert versioned == [(kind, ["body", *place[2:]])]
    assert "New" not in SCENARIO.names(client)
    return kind, place[2:]


def stored(client: httpx2.Client, content: dict[str, Any]) -> dict[str, Any]:
    """What both ways make of this content."""
    created, versioned = both_ways(client, content)
    assert (created.status_code, versioned.status_code) == (201, 201)
    first = latest(client, created.json()["simulation_scenario_id"])
    second = latest(client, SCENARIO.page(client)[SCENARIO.rows_field][0]["id"])
    own = scenario_version().keys()
    assert {name: first[name] for name in own} == {name: second[name] for name in own}
    return {name: first[name] for name in own}


TEXTS = pytest.mark.parametrize("field", ["objective", "instructions"])


@TEXTS
def test_texts_are_stripped(client: httpx2.Client, field: str) -> None:
    """Rule: white space around objective and instructions is cut off, inside it stays. Source:
    published document.
    """
    found = stored(client, scenario_version(**{field: "\n First.\n\nThen. \t"}))
    assert found[field] == "First.\n\nThen."


@TEXTS
@pytest.mark.parametrize(
    ("value", "finding"),
    [
        ("", "string_too_short"),
        (" \n", "string_too_short"),
        (None, "string_type"),
        (1, "string_type"),
    ],
)
def test_texts_must_not_be_empty(
    client: httpx2.Client, field: str, value: Any, finding: str
) -> None:
    """Rule: both are text that is not blank, else 422. Source: published document."""
    assert refused(client, scenario_version(**{field: value})) == (finding, [field])


@pytest.mark.parametrize(
    "field", ["objective", "instructions", "initial_message_type", "conversation_starts_at"]
)
def test_every_field_is_required(client: httpx2.Client, field: str) -> None:
    """Rule: a version without one of its fields is a 422; the time too must be said, if only as
    null. Source: published document.
    """
    content = {name: value for name, value in scenario_version().items() if name != field}
    assert refused(client, content) == ("missing", [field])


@pytest.mark.parametrize("kind", ["user-message", "external-event", "skip"])
def test_initial_message_types(client: httpx2.Client, kind: str) -> None:
    """Rule: a conversation opens in one of three ways. Source: published document."""
    assert (
        stored(client, scenario_version(initial_message_type=kind))["initial_message_type"] == kind
    )


@pytest.mark.parametrize("kind", ["User-Message", "user_message", "agent-message", "", None, 1])
def test_other_initial_message_types_are_refused(client: httpx2.Client, kind: Any) -> None:
    """Rule: anything else is a 422. Source: published document."""
    content = scenario_version(initial_message_type=kind)
    assert refused(client, content) == ("literal_error", ["initial_message_type"])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, None),
        ("2026-03-02T09:30:00Z", "2026-03-02T09:30:00Z"),
        ("2026-03-02T09:30:00+00:00", "2026-03-02T09:30:00Z"),
        ("2026-03-02t09:30:00z", "2026-03-02T09:30:00Z"),
        ("2026-03-02T09:30:00.25Z", "2026-03-02T09:30:00.250000Z"),
        ("2026-03-02T09:30:00.123999Z", "2026-03-02T09:30:00.123000Z"),
        ("1969-07-20T20:17:40Z", "1969-07-20T20:17:40Z"),
        ("2026-03-02T09:30:00-00:00", "2026-03-02T09:30:00Z"),
    ],
)
def test_a_conversation_starts_at_a_time(
    client: httpx2.Client, given: str | None, kept: str | None
) -> None:
    """Rule: a time in UTC, kept to the millisecond; or null. Source: published document and
    reference (both: in UTC); the milliseconds by assumption.
    """
    content = scenario_version(conversation_starts_at=given)
    assert stored(client, content)["conversation_starts_at"] == kept


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T09:30:00",
        "2026-03-02",
        "09:30:00Z",
        "2026-02-30T09:30:00Z",
        "2026-03-02T25:30:00Z",
        "2026-03-02T09:30Z",
        "tomorrow",
        "",
        "1772443800",
        1772443800,
        1772443800.5,
        True,
        {},
        "0001-01-01T00:00:00+14:00",
        "2026-03-02T10:30:00+01:00",
        "2026-03-02T04:30:00-05:00",
    ],
)
def test_other_times_are_refused(client: httpx2.Client, value: Any) -> None:
    """Rule: no offset, another one than that of UTC, no such day, a number: 422 that points at the
    field. Source: published document and reference (date-time, in UTC).
    """
    kind, place = refused(client, scenario_version(conversation_starts_at=value))
    assert place == ["conversation_starts_at"]
    assert kind.startswith(("datetime_", "timezone_"))


def test_scenarios_have_no_roles(client: httpx2.Client) -> None:
    """Rule: `role` is no filter of scenarios, and no filter value. Source: reference."""
    SCENARIO.create(client, "Ann", role="patient")
    assert SCENARIO.names(client, "role=doctor") == ["Ann"]
    assert sorted(SCENARIO.page(client)["filter_values"]) == ["creators", "tags"]
    assert "role" not in SCENARIO.page(client)[SCENARIO.rows_field][0]


def test_only_the_name_is_searched(client: httpx2.Client) -> None:
    """Rule: neither objective nor instructions. Source: reference."""
    content = scenario_version(objective="Get a refill.", instructions="Be brief.")
    put_organization(client, scenarios=[SCENARIO.seed("Before a Journey", versions=[content])])
    assert SCENARIO.found(client, "journey") == ["Before a Journey"]
    for word in ("refill", "brief", "user", "journey refill"):
        assert SCENARIO.found(client, word) == []
