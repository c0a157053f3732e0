"""Every example that the guide and the reference print, sent as printed."""

from __future__ import annotations

import re

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.support.paths import PERSONAS, SCENARIOS

JSON = {"Content-Type": "application/json"}
ACCEPT = {"Accept": "application/json"}

PERSONA = """{
       "name": "Confused New User",
       "role": "patient",
       "tags": {"category": "onboarding", "difficulty": "low"},
       "initial_version": {
         "background": "A 35-year-old first-time user who is unfamiliar with the platform and \
tends to ask basic questions.",
         "preferred_language": "eng"
       }
     }"""

CHANGES = """{
       "tags": {"category": "onboarding", "difficulty": "medium"}
     }"""

VERSION = """{
       "background": "A 35-year-old first-time user who is unfamiliar with technology in general \
and needs extra hand-holding through each step.",
       "preferred_language": "eng"
     }"""

SCENARIO = """{
       "name": "Account Setup Assistance",
       "tags": {"category": "onboarding", "priority": "high"},
       "initial_version": {
         "objective": "The user needs help setting up their account and configuring preferences.",
         "instructions": "Act confused about the setup process. Ask questions about each step. \
Express satisfaction when the agent explains things clearly.",
         "initial_message_type": "user-message",
         "conversation_starts_at": null
       }
     }"""


@pytest.fixture
def persona(client: httpx2.Client) -> str:
    """The id of the guide's persona."""
    answer = client.post(PERSONAS, content=PERSONA, headers=JSON)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["simulation_persona_id"])


def test_create_a_persona(client: httpx2.Client) -> None:
    """Rule: the printed request is a 201 with an id and nothing else. Source: guide."""
    answer = client.post(PERSONAS, content=PERSONA, headers=JSON)
    assert answer.status_code == 201
    assert list(answer.json()) == ["simulation_persona_id"]
    assert re.fullmatch(r"[a-f0-9]{24}", answer.json()["simulation_persona_id"])


def test_create_a_persona_leaves_out_what_the_published_document_requires(
    client: httpx2.Client,
) -> None:
    """Rule: the printed request is accepted, and the answer says in a header that the published
    contract asks for more. Source: guide against published document; leniency version-variables.
    """
    answer = client.post(PERSONAS, content=PERSONA, headers=JSON)
    warnings = answer.headers.get_list("X-Amigo-Mock-Warning")
    assert [warning.partition(":")[0] for warning in warnings] == ["version-variables"]


def test_strict_mode_refuses_the_printed_persona(strict_client: httpx2.Client) -> None:
    """Rule: in strict mode the three lists that the guide leaves out are missing: 422, and no
    persona. Source: published document.
    """
    answer = strict_client.post(PERSONAS, content=PERSONA, headers=JSON)
    assert answer.status_code == 422
    assert sorted(tuple(item["loc"]) for item in answer.json()["detail"]) == [
        ("body", "initial_version", "nonsensitive_user_variables"),
        ("body", "initial_version", "sensitive_user_variables"),
        ("body", "initial_version", "user_models"),
    ]
    assert {item["type"] for item in answer.json()["detail"]} == {"missing"}
    assert strict_client.get(PERSONAS).json()["simulation_personas"] == []


def test_list_personas(client: httpx2.Client, persona: str) -> None:
    """Rule: the printed query answers with the patients among the personas. Source: guide."""
    doctor = PERSONA.replace("Confused New User", "Doctor").replace("patient", "doctor")
    assert client.post(PERSONAS, content=doctor, headers=JSON).status_code == 201
    answer = client.get(f"{PERSONAS}?limit=10&role=patient", headers=ACCEPT)
    assert answer.status_code == 200
    assert list(answer.json()) == [
        "simulation_personas",
        "has_more",
        "continuation_token",
        "filter_values",
    ]
    (found,) = answer.json()["simulation_personas"]
    assert (found["id"], found["name"], found["role"]) == (persona, "Confused New User", "patient")
    assert found["tags"] == {"category": "onboarding", "difficulty": "low"}
    assert (answer.json()["has_more"], answer.json()["continuation_token"]) == (False, None)


@pytest.mark.parametrize(
    "query",
    [
        "id={id}",
        "id={id}&id=0123456789abcdef01234567",
        "is_deleted=false",
        "role=patient",
        "role=patient&role=doctor",
        "creator=mock-org,mock-user",
        "creator=mock-org,mock-user&creator=mock-org,somebody",
        "tag=category:onboarding",
        "tag=category:*",
        "tag=category:onboarding&tag=difficulty:low",
        "sort_by=+created_at",
        "sort_by=-created_at",
        "sort_by=+name",
        "sort_by=-name",
        "sort_by=+name&sort_by=-created_at",
        "limit=50",
        "continuation_token=0",
    ],
)
def test_every_common_filter_finds_the_printed_persona(
    client: httpx2.Client, persona: str, query: str
) -> None:
    """Rule: each filter on the guide's list works in the form it gives. Source: guide."""
    answer = client.get(f"{PERSONAS}?{query.format(id=persona)}")
    assert answer.status_code == 200
    assert [row["id"] for row in answer.json()["simulation_personas"]] == [persona]


@pytest.mark.parametrize(
    "query",
    [
        "id=0123456789abcdef01234567",
        "is_deleted=true",
        "role=doctor",
        "creator=mock-org,somebody",
        "tag=category:",
        "tag=category:billing",
        "tag=absent:*",
        "limit=0",
        "continuation_token=1",
    ],
)
def test_every_common_filter_can_leave_the_printed_persona_out(
    client: httpx2.Client, persona: str, query: str
) -> None:
    """Rule: a filter that does not match leaves an empty page, not an error. Source: guide."""
    answer = client.get(f"{PERSONAS}?{query}")
    assert (answer.status_code, answer.json()["simulation_personas"]) == (200, [])


def test_search_personas(client: httpx2.Client, persona: str) -> None:
    """Rule: the printed query finds the persona that has both words. Source: guide."""
    only_one_word = PERSONA.replace("Confused New User", "Confident Customer")
    assert client.post(PERSONAS, content=only_one_word, headers=JSON).status_code == 201
    answer = client.get(f"{PERSONAS}search?query=confused%20user", headers=ACCEPT)
    assert answer.status_code == 200
    assert list(answer.json()) == ["simulation_personas"]
    assert [row["id"] for row in answer.json()["simulation_personas"]] == [persona]


def test_update_a_persona(client: httpx2.Client, persona: str) -> None:
    """Rule: the printed body replaces the tags; 204 without content. Source: guide, reference."""
    answer = client.post(f"{PERSONAS}{persona}/", content=CHANGES, headers=JSON)
    assert (answer.status_code, answer.content) == (204, b"")
    (found,) = client.get(PERSONAS).json()["simulation_personas"]
    assert found["tags"] == {"category": "onboarding", "difficulty": "medium"}


def test_delete_a_persona(client: httpx2.Client, persona: str) -> None:
    """Rule: 204 without content; the persona stays in the list, deleted. Source: guide."""
    answer = client.delete(f"{PERSONAS}{persona}/")
    assert (answer.status_code, answer.content) == (204, b"")
    (found,) = client.get(PERSONAS).json()["simulation_personas"]
    assert (found["id"], found["is_deleted"]) == (persona, True)


def test_create_a_persona_version(client: httpx2.Client, persona: str) -> None:
    """Rule: the printed body makes version 2; 201 with its number. Source: guide, reference."""
    answer = client.post(f"{PERSONAS}{persona}/version/", content=VERSION, headers=JSON)
    assert (answer.status_code, answer.json()) == (201, {"version": 2})
    warnings = answer.headers.get_list("X-Amigo-Mock-Warning")
    assert [warning.partition(":")[0] for warning in warnings] == ["version-variables"]


def test_a_version_keeps_the_identity_of_its_persona(client: httpx2.Client, persona: str) -> None:
    """Rule: a new version changes neither name nor role nor tags. Source: guide."""
    before = client.get(PERSONAS).json()["simulation_personas"]
    client.post(f"{PERSONAS}{persona}/version/", content=VERSION, headers=JSON)
    assert client.get(PERSONAS).json()["simulation_personas"] == before


def test_get_the_latest_persona_version(client: httpx2.Client, persona: str) -> None:
    """Rule: `version=latest` is the newest version alone. Source: guide."""
    client.post(f"{PERSONAS}{persona}/version/", content=VERSION, headers=JSON)
    answer = client.get(f"{PERSONAS}{persona}/version/?version=latest", headers=ACCEPT)
    assert answer.status_code == 200
    (found,) = answer.json()["simulation_persona_versions"]
    assert (found["version"], found["preferred_language"]) == (2, "eng")
    assert found["background"].startswith("A 35-year-old first-time user who is unfamiliar with te")
    assert (answer.json()["has_more"], answer.json()["continuation_token"]) == (False, None)


def test_get_persona_versions_1_through_5(client: httpx2.Client, persona: str) -> None:
    """Rule: `version=1-5` is every version from 1 to 5 that there is. Source: guide."""
    url = f"{PERSONAS}{persona}/version/"
    numbers: list[list[int]] = []
    for _ in range(6):
        answer = client.get(f"{url}?version=1-5", headers=ACCEPT)
        assert answer.status_code == 200
        found = answer.json()["simulation_persona_versions"]
        numbers.append([version["version"] for version in found])
        assert client.post(url, content=VERSION, headers=JSON).status_code == 201
    assert numbers == [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]


def test_create_a_scenario(client: httpx2.Client) -> None:
    """Rule: the printed request is a 201 with an id and nothing else, and asks for no leniency.
    Source: scenario reference.
    """
    answer = client.post(SCENARIOS, content=SCENARIO, headers=JSON)
    assert answer.status_code == 201
    assert list(answer.json()) == ["simulation_scenario_id"]
    assert re.fullmatch(r"[a-f0-9]{24}", answer.json()["simulation_scenario_id"])
    assert "X-Amigo-Mock-Warning" not in answer.headers


def test_strict_mode_takes_the_printed_scenario(strict_client: httpx2.Client) -> None:
    """Rule: the printed scenario has all that the contract requires. Source: published document."""
    assert strict_client.post(SCENARIOS, content=SCENARIO, headers=JSON).status_code == 201


def test_the_printed_scenario_is_stored_as_sent(client: httpx2.Client) -> None:
    """Rule: what was sent is what is read. Source: scenario reference."""
    id = client.post(SCENARIOS, content=SCENARIO, headers=JSON).json()["simulation_scenario_id"]
    (found,) = client.get(SCENARIOS).json()["simulation_scenarios"]
    assert (found["name"], found["tags"]) == (
        "Account Setup Assistance",
        {"category": "onboarding", "priority": "high"},
    )
    versions = client.get(f"{SCENARIOS}{id}/version/").json()["simulation_scenario_versions"]
    assert [(version["version"], version["initial_message_type"]) for version in versions] == [
        (1, "user-message")
    ]
    assert versions[0]["conversation_starts_at"] is None


def test_the_printed_scenario_can_be_searched(client: httpx2.Client) -> None:
    """Rule: a scenario is found by the terms of its name. Source: scenario reference."""
    client.post(SCENARIOS, content=SCENARIO, headers=JSON)
    found = client.get(f"{SCENARIOS}search?query=account%20setup").json()
    assert [row["name"] for row in found["simulation_scenarios"]] == ["Account Setup Assistance"]


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("POST", "persona/", 100),
        ("GET", "persona/", 50),
        ("GET", "persona/search?query=x", 50),
        ("POST", "persona/0123456789abcdef01234567/", 100),
        ("DELETE", "persona/0123456789abcdef01234567/", 100),
        ("POST", "persona/0123456789abcdef01234567/version/", 100),
        ("GET", "persona/0123456789abcdef01234567/version/", 50),
        ("POST", "scenario/", 500),
        ("GET", "scenario/", 200),
        ("GET", "scenario/search?query=x", 50),
        ("POST", "scenario/0123456789abcdef01234567/", 500),
        ("DELETE", "scenario/0123456789abcdef01234567/", 500),
        ("POST", "scenario/0123456789abcdef01234567/version/", 500),
        ("GET", "scenario/0123456789abcdef01234567/version/", 500),
    ],
)
def test_each_operation_has_its_printed_limit(
    client: httpx2.Client, method: str, path: str, limit: int
) -> None:
    """Rule: the limit a minute is the one printed for the operation. Source: references."""
    answer = client.request(method, f"/v1/mock-org/simulation/{path}")
    assert answer.headers["X-RateLimit-Limit"] == str(limit)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "persona/"),
        ("GET", "persona/"),
        ("GET", "persona/search?query=x"),
        ("POST", "persona/0123456789abcdef01234567/"),
        ("DELETE", "persona/0123456789abcdef01234567/"),
        ("POST", "persona/0123456789abcdef01234567/version/"),
        ("GET", "persona/0123456789abcdef01234567/version/"),
        ("POST", "scenario/"),
        ("GET", "scenario/"),
        ("GET", "scenario/search?query=x"),
        ("POST", "scenario/0123456789abcdef01234567/"),
        ("DELETE", "scenario/0123456789abcdef01234567/"),
        ("POST", "scenario/0123456789abcdef01234567/version/"),
        ("GET", "scenario/0123456789abcdef01234567/version/"),
    ],
)
def test_the_organization_must_exist_and_the_caller_be_known(
    mock: AmigoMock, client: httpx2.Client, method: str, path: str
) -> None:
    """Rule: no credentials 401, an unknown organization 404, maintenance 503; each before the
    request is looked at. Source: references.
    """
    url = f"/v1/mock-org/simulation/{path}"
    assert client.request(method, url, headers={"Authorization": ""}).status_code == 401
    elsewhere = f"/v1/no-such-org/simulation/{path}"
    named = client.request(method, elsewhere, headers={"X-ORG-ID": "mock-org"})
    assert (named.status_code, list(named.json())) == (404, ["detail"])
    mock.maintenance = True
    assert client.request(method, url).status_code == 503
