"""Services: their version sets, their activity, and who keeps them from ending."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.support.paths import NOBODY, SERVICES
from tests.support.suite import AGENT, GRAPH, SERVICE, WORLD, Json, Suite
from tests.support.verbs import names, places
from tests.support.worlds import grant, put_organization, user

LATEST: Json = {
    "agent_version_number": None,
    "service_hierarchical_state_machine_version_number": None,
    "llm_model_preferences": {},
}


@pytest.fixture
def suite(client: httpx2.Client) -> Suite:
    """A client of an organization whose service has known ids."""
    put_organization(client, **WORLD)
    return Suite(client)


def body(name: str = "Booking", **changes: Any) -> Json:
    return {
        "service_hierarchical_state_machine_id": GRAPH,
        "agent_id": AGENT,
        "name": name,
        "description": "Books.",
        "is_active": True,
        "keyterms": ["refill"],
        "tags": {"team": "blue", "level": None},
        **changes,
    }


def create(suite: Suite, name: str = "Booking", **changes: Any) -> str:
    return str(suite.post(SERVICES, body(name, **changes))["id"])


def listed(suite: Suite, **query: Any) -> list[Json]:
    found: list[Json] = suite.get(SERVICES, **query)["services"]
    return found


def version_set(agent: int | None = None, graph: int | None = None, **models: Json) -> Json:
    return {
        "agent_version_number": agent,
        "service_hierarchical_state_machine_version_number": graph,
        "llm_model_preferences": models,
    }


def path(name: str, id: str = SERVICE) -> str:
    return f"{SERVICES}{id}/version_sets/{name}/"


def put(suite: Suite, name: str, made: Json) -> int:
    return suite.status("PUT", path(name), json={"version_set": made})


# The default world


def test_an_organization_has_a_service(client: httpx2.Client) -> None:
    """Rule: whoever says nothing of services has one, with `edge` and `release`. Source: the
    README.
    """
    (service,) = client.get(SERVICES).json()["services"]
    assert (service["name"], service["is_active"]) == ("Service", True)
    assert service["version_sets"] == {"edge": LATEST, "release": LATEST}


def test_an_organization_may_have_none(client: httpx2.Client) -> None:
    """Rule: an empty list in a world is an empty list. Source: the README."""
    put_organization(client, services=[])
    assert client.get(SERVICES).json()["services"] == []


def test_a_service_needs_an_agent(client: httpx2.Client) -> None:
    """Rule: where a world has no agents, there is no default service either. Source: the README."""
    put_organization(client, agents=[])
    assert client.get(SERVICES).json()["services"] == []
    assert client.get("/_mock/state").json()["organizations"][0]["services"] == []


# Creating


def test_a_service_is_created(suite: Suite) -> None:
    """Rule: it is shown as it was sent, tags as a list, with `edge` and `release`. Source:
    published document.
    """
    id = create(suite)
    (found,) = listed(suite, id=id)
    who = {"org_id": "mock-org", "user_id": "mock-user"}
    expected = {
        **body(),
        "id": id,
        "tags": [{"key": "team", "value": "blue"}, {"key": "level", "value": None}],
        "version_sets": {"edge": LATEST, "release": LATEST},
        "creator": who,
        "updated_by": who,
    }
    assert found == expected


def test_the_release_can_be_pinned(suite: Suite) -> None:
    """Rule: `release` is what the request says. Source: published document."""
    pinned = version_set(3, 2, interaction={"llm_name": "openai_gpt-5.6-sol", "params": {"a": 1}})
    id = create(suite, release_version_set=pinned)
    (found,) = listed(suite, id=id)
    assert found["version_sets"] == {"edge": LATEST, "release": pinned}


@pytest.mark.parametrize(
    ("config", "warned"),
    [
        ({"llm_name": "openai_gpt-5.6-sol"}, False),
        ({"llm_name": "openai_gpt-5.6-sol", "params": {}}, False),
        ({"llm_name": "openai_gpt-5.6-sol", "params": {"min_confidence": 0.5}}, True),
        ({"llm_name": "openai_decisions_gpt-6-luna"}, True),
    ],
    ids=str,
)
def test_models_that_the_service_might_refuse_are_warned_of(
    suite: Suite, config: Json, warned: bool
) -> None:
    """Rule: a model for decisions only, and parameters of any, are accepted with a warning when a
    service is created and when a version set is put. Source: published document (400); assumption
    interaction-models.
    """
    pinned = version_set(interaction=config)
    answers = [suite.client.post(SERVICES, json=body(release_version_set=pinned))]
    path = f"{SERVICES}{answers[0].json()['id']}/version_sets/beta/"
    answers.append(suite.client.put(path, json={"version_set": pinned}))
    assert [answer.status_code for answer in answers] == [201, 204]
    for answer in answers:
        found = answer.headers.get_list("x-amigo-mock-warning")
        assert [text.partition(":")[0] for text in found] == ["interaction-models"] * warned


def test_a_model_that_is_not_published_is_refused(suite: Suite) -> None:
    """Rule: a name that the published enumeration lacks is a 422. Source: published document."""
    pinned = version_set(interaction={"llm_name": "openai_gpt-3"})
    answer = suite.client.post(SERVICES, json=body(release_version_set=pinned))
    place = ["body", "release_version_set", "llm_model_preferences", "interaction", "llm_name"]
    assert places(answer) == [("literal_error", place)]


@pytest.mark.parametrize("pinned", [version_set(4), version_set(0), version_set(None, 3)])
def test_a_version_must_be_one_of_the_agent_s(suite: Suite, pinned: Json) -> None:
    """Rule: 400 for a version that the agent or state machine does not have. Source: published
    document.
    """
    answer = suite.client.post(SERVICES, json=body(release_version_set=pinned))
    assert answer.status_code == 400
    assert put(suite, "release", pinned) == 400
    assert names(listed(suite)) == ["Service"]


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("agents", "agent_id"),
        ("service_hierarchical_state_machines", "service_hierarchical_state_machine_id"),
    ],
)
def test_its_agent_and_state_machine_must_have_versions(
    suite: Suite, kind: str, field: str
) -> None:
    """Rule: 400 for one without any version, when a service is created with it and when one is
    changed to it. Source: published document (create; update names an invalid one).
    """
    bare = f"{99:024x}"
    parts = {**WORLD, kind: [*WORLD[kind], {"id": bare, "name": "Bare", "latest_version": 0}]}
    put_organization(suite.client, **parts)
    assert suite.status("POST", SERVICES, json=body(**{field: bare})) == 400
    id = create(suite)
    assert suite.status("POST", f"{SERVICES}{id}/", json={field: bare}) == 400


@pytest.mark.parametrize("field", ["agent_id", "service_hierarchical_state_machine_id"])
def test_its_agent_and_state_machine_must_exist(suite: Suite, field: str) -> None:
    """Rule: 404 for an unknown one. Source: published document."""
    assert suite.status("POST", SERVICES, json=body(**{field: NOBODY})) == 404


def test_names_are_unique_among_active_services(suite: Suite) -> None:
    """Rule: an active service of a name that an active one has is a 409; an inactive one is
    created. Source: published document.
    """
    create(suite)
    assert suite.status("POST", SERVICES, json=body()) == 409
    assert create(suite, is_active=False)
    assert names(listed(suite)) == ["Service", "Booking", "Booking"]


def test_keyterms_are_checked(suite: Suite) -> None:
    """Rule: up to three lower-case words. Source: published document."""
    answer = suite.client.post(SERVICES, json=body(keyterms=["Upper"]))
    assert places(answer) == [("string_pattern_mismatch", ["body", "keyterms", 0])]


# Listing


def test_lists_are_filtered_and_ordered(suite: Suite) -> None:
    """Rule: by id, activity and tags, ordered by name or activity. Source: published document."""
    other = create(suite, "Archive", is_active=False, tags={"team": "red"})
    create(suite, "Booking")
    assert names(listed(suite, is_active=True)) == ["Service", "Booking"]
    assert names(listed(suite, is_active=False)) == ["Archive"]
    assert names(listed(suite, tags="team:*")) == ["Archive", "Booking"]
    assert names(listed(suite, tags=["team:blue", "level:"])) == ["Booking"]
    assert names(listed(suite, id=[other, SERVICE])) == ["Service", "Archive"]
    assert names(listed(suite, sort_by="-name")) == ["Service", "Booking", "Archive"]
    assert names(listed(suite, sort_by=["+is_active", "+name"])) == [
        "Archive",
        "Booking",
        "Service",
    ]


def test_pages_of_services(suite: Suite) -> None:
    """Rule: 1 to 20 a page, 10 unless said otherwise; the first has `filter_values`. Source:
    published document.
    """
    for number in range(11):
        create(suite, f"Service {number}")
    first = suite.get(SERVICES)
    assert (len(first["services"]), first["has_more"], first["continuation_token"]) == (
        10,
        True,
        10,
    )
    assert first["filter_values"] == {"tags": ["level", "team"]}
    rest = suite.get(SERVICES, continuation_token=10, limit=20)
    assert (len(rest["services"]), rest["has_more"], rest["filter_values"]) == (2, False, None)
    for limit in (0, 21):
        assert suite.status("GET", SERVICES, params={"limit": limit}) == 422


# Changing


def test_a_service_is_changed(suite: Suite) -> None:
    """Rule: null or left out is as it was; the answer is a 200 that says nothing. Source:
    published document.
    """
    changes: Json = {"name": "Desk", "description": None, "keyterms": [], "tags": {"a": "b"}}
    answer = suite.client.post(f"{SERVICES}{SERVICE}/", json=changes)
    assert (answer.status_code, answer.json()) == (200, None)
    (found,) = listed(suite)
    assert (found["name"], found["description"]) == ("Desk", "Made for tests.")
    assert (found["keyterms"], found["tags"]) == ([], [{"key": "a", "value": "b"}])


def test_activity_and_names(suite: Suite) -> None:
    """Rule: activating or renaming into the name of an active service is a 409. Source: published
    document.
    """
    other = create(suite)
    twin = create(suite, is_active=False)
    for changes in ({"is_active": True}, {"is_active": True, "name": "Service"}):
        assert suite.status("POST", f"{SERVICES}{twin}/", json=changes) == 409
    assert suite.status("POST", f"{SERVICES}{other}/", json={"name": "Service"}) == 409
    assert suite.status("POST", f"{SERVICES}{other}/", json={"is_active": False}) == 200
    assert suite.status("POST", f"{SERVICES}{twin}/", json={"is_active": True}) == 200


def test_what_a_service_changes_to_must_exist(suite: Suite) -> None:
    """Rule: 400 for an agent or state machine that is not there, 404 for the service. Source:
    published document.
    """
    where = f"{SERVICES}{SERVICE}/"
    assert suite.status("POST", where, json={"agent_id": NOBODY}) == 400
    graph = {"service_hierarchical_state_machine_id": NOBODY}
    assert suite.status("POST", where, json=graph) == 400
    assert suite.status("POST", f"{SERVICES}{NOBODY}/", json={}) == 404


def test_a_service_with_a_deleted_agent_is_not_activated(client: httpx2.Client) -> None:
    """Rule: activating a service whose agent is gone is a 400. Source: published document."""
    agents = [{"id": AGENT, "name": "Agent", "is_deleted": True}]
    services = [{"id": SERVICE, "name": "Service", "agent_id": AGENT, "is_active": False}]
    put_organization(client, **{**WORLD, "agents": agents, "services": services})
    where = f"{SERVICES}{SERVICE}/"
    assert client.post(where, json={"description": "Kept."}).status_code == 200
    assert client.post(where, json={"is_active": True}).status_code == 400


def test_a_service_in_use_stays_active(suite: Suite) -> None:
    """Rule: deactivating what a unit test uses is a 400, until that is deleted. Source: published
    document.
    """
    test = suite.unit_test()
    where = f"{SERVICES}{SERVICE}/"
    assert suite.status("POST", where, json={"is_active": False}) == 400
    assert suite.status("DELETE", f"/v1/mock-org/simulation/unit_test/{test}/") == 204
    assert suite.status("POST", where, json={"is_active": False}) == 200


# Version sets


def test_version_sets_come_and_go(suite: Suite) -> None:
    """Rule: PUT creates or replaces, DELETE removes, both 204. Source: published document."""
    for pinned in (version_set(1), version_set(2, 1)):
        assert put(suite, "beta_2", pinned) == 204
        assert listed(suite)[0]["version_sets"]["beta_2"] == pinned
    assert suite.status("DELETE", path("beta_2")) == 204
    assert "beta_2" not in listed(suite)[0]["version_sets"]
    assert suite.status("DELETE", path("beta_2")) == 404


def test_edge_and_release_stay(suite: Suite) -> None:
    """Rule: `edge` cannot be changed, neither it nor `release` deleted: 400. Source: published
    document.
    """
    assert put(suite, "edge", version_set(1)) == 400
    assert put(suite, "release", version_set(1)) == 204
    assert [suite.status("DELETE", path(name)) for name in ("edge", "release")] == [400, 400]


def test_a_version_set_in_use_stays(suite: Suite) -> None:
    """Rule: deleting what a unit test uses is a 400. Source: published document."""
    assert put(suite, "beta", version_set()) == 204
    suite.unit_test(service_version_set_name="beta")
    assert suite.status("DELETE", path("beta")) == 400


@pytest.mark.parametrize("name", ["a" * 41, "a.b", "%20"])
def test_names_of_version_sets_are_checked(suite: Suite, name: str) -> None:
    """Rule: 40 letters, digits, dashes and underscores. Source: published document."""
    assert put(suite, name, version_set()) == 422


def test_models_are_the_published_ones(suite: Suite) -> None:
    """Rule: a preferred model is one of those that are published. Source: published document."""
    assert put(suite, "beta", version_set(interaction={"llm_name": "other"})) == 422


def test_unknown_services_have_no_version_sets(suite: Suite) -> None:
    """Rule: 404. Source: published document."""
    where = path("beta", NOBODY)
    assert suite.status("PUT", where, json={"version_set": version_set()}) == 404
    assert suite.status("DELETE", where) == 404


# Permissions


def test_a_version_set_needs_the_permission_for_what_happens(mock: AmigoMock) -> None:
    """Rule: to create one `CreateVersionSet`, to replace one `UpdateVersionSet`. Source:
    published document.
    """
    with mock.client() as client:
        creator = user("ann", grant("Service:CreateVersionSet"))
        put_organization(client, creator, user("bea", grant("Service:UpdateVersionSet")), **WORLD)
    with mock.client(user="bea") as bea, mock.client(user="ann") as ann:
        found = [put(Suite(each), "beta", version_set()) for each in (bea, ann, ann, bea)]
    assert found == [403, 204, 403, 204]


def test_services_are_shown_to_those_who_may_see_them(mock: AmigoMock) -> None:
    """Rule: a list holds what the caller may see. Source: published document."""
    condition = {"name": {"type": "Equals", "value": "Open"}}
    services = [{"name": "Open"}, {"name": "Closed"}]
    reader = user("bea", grant("Service:GetService", **condition))
    with mock.client() as client:
        put_organization(client, reader, services=services)
    with mock.client(user="bea") as bea:
        assert names(listed(Suite(bea))) == ["Open"]
        assert bea.post(SERVICES, json=body()).status_code == 403
