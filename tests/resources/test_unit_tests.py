"""Unit tests: what they name must be there, and stays there while they do."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError
from tests.support.paths import METRICS, NOBODY, PERSONAS, SCENARIOS, SERVICES, UNIT_TESTS
from tests.support.suite import Json, Suite
from tests.support.verbs import names, places
from tests.support.worlds import grant, put_organization, user

SEARCH = f"{UNIT_TESTS}search/"


@pytest.fixture
def suite(client: httpx2.Client) -> Suite:
    return Suite(client)


def change(suite: Suite, id: str, **changes: Any) -> int:
    return suite.status("POST", f"{UNIT_TESTS}{id}/", json=changes)


CRITERIONS: list[tuple[str, Json]] = [
    ("boolean", {"expected_value": False}),
    *(
        ("numerical", {"verb": verb, "threshold": 3.5})
        for verb in ("==", "!=", "<=", "<", ">=", ">")
    ),
    ("categorical", {"expected_values": ["friendly", "neutral"]}),
]

# Creating


def test_a_unit_test_is_created(suite: Suite) -> None:
    """Rule: it is shown as it was sent, tags as a list. Source: published document."""
    id = suite.unit_test(tags={"any thing!": "", "level": None})
    (found,) = suite.unit_tests()
    who = {"org_id": "mock-org", "user_id": "mock-user"}
    assert found.pop("created_at") == found.pop("updated_at")
    assert found == {
        **suite.body(),
        "id": id,
        "org_id": "mock-org",
        "tags": [{"key": "any thing!", "value": ""}, {"key": "level", "value": None}],
        "is_deleted": False,
        "creator": who,
        "updated_by": who,
    }


@pytest.mark.parametrize(("type", "own"), CRITERIONS)
def test_every_criterion_is_kept(suite: Suite, type: str, own: Json) -> None:
    """Rule: the three types with their fields, every verb. Source: published document."""
    criterion = suite.criterion("Good", type, **own)
    suite.unit_test(success_criterions=[criterion])
    assert suite.unit_tests()[0]["success_criterions"] == [criterion]


@pytest.mark.parametrize("type", ["boolean", "numerical", "categorical"])
def test_a_criterion_has_the_type_of_its_metric(suite: Suite, type: str) -> None:
    """Rule: 400 where they differ, in new unit tests and changed ones. Source: published
    document.
    """
    id = suite.unit_test()
    for other, own in CRITERIONS[::6]:
        criterion = {**suite.criterion("Good", other, **own), "metric_id": suite.metrics[type]}
        body = suite.body("Other", success_criterions=[criterion])
        expected = (201, 204) if other == type else (400, 400)
        assert suite.status("POST", UNIT_TESTS, json=body) == expected[0]
        assert change(suite, id, success_criterions=[criterion]) == expected[1]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"name": " "}, ["name"]),
        ({"description": None}, ["description"]),
        ({"max_interactions": 0}, ["max_interactions"]),
        ({"max_interactions": 101}, ["max_interactions"]),
        ({"success_criterions": []}, ["success_criterions"]),
        ({"persona_id": "x"}, ["persona_id"]),
        ({"tags": {"a": 1}}, ["tags", "a"]),
    ],
)
def test_fields_are_checked(suite: Suite, changes: Json, place: list[Any]) -> None:
    """Rule: text, bounds and ids are the published ones. Source: published document."""
    answer = suite.client.post(UNIT_TESTS, json=suite.body(**changes))
    assert [found for _, found in places(answer)] == [["body", *place]]


def spelt(suite: Suite, changes: Json) -> Json:
    """The body of a unit test with a value that is spelt in a way of its own."""
    own = changes.get("success_criterions")
    if own:
        type = "numerical" if "verb" in own else "boolean"
        changes = {"success_criterions": [suite.criterion("Good", type, **own)]}
    return suite.body(**changes)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"max_interactions": "5"}, 5),
        ({"max_interactions": True}, 1),
        ({"success_criterions": {"expected_value": 1}}, True),
        ({"success_criterions": {"expected_value": "off"}}, False),
        ({"success_criterions": {"verb": "<", "threshold": "1.5"}}, 1.5),
        ({"success_criterions": {"verb": "<", "threshold": False}}, 0.0),
    ],
)
def test_numbers_and_booleans_can_be_spelt(suite: Suite, changes: Json, kept: object) -> None:
    """Rule: a text that spells one, and one for the other, are read as the framework of the service
    reads them, with a warning. Source: leniency.
    """
    answer = suite.client.post(UNIT_TESTS, json=spelt(suite, changes))
    assert answer.status_code == 201
    assert answer.headers["X-Amigo-Mock-Warning"].startswith("spelt-value: ")
    (found,) = suite.get(UNIT_TESTS)["simulation_unit_tests"]
    criterion = found["success_criterions"][0]["criterion"]
    read = found["max_interactions"] if "max_interactions" in changes else list(criterion.values())
    assert kept in (read if isinstance(read, list) else [read])


@pytest.mark.parametrize(
    "changes",
    [
        {"max_interactions": "five"},
        {"max_interactions": "101"},
        {"max_interactions": "5.5"},
        {"success_criterions": {"expected_value": 2}},
        {"success_criterions": {"expected_value": "maybe"}},
        {"success_criterions": {"verb": "<", "threshold": "inf"}},
    ],
)
def test_what_spells_nothing_is_refused(suite: Suite, changes: Json) -> None:
    """Rule: bounds and types hold for what is spelt too. Source: published document."""
    assert suite.status("POST", UNIT_TESTS, json=spelt(suite, changes)) == 422


def test_a_whole_number_may_have_a_point(suite: Suite) -> None:
    """Rule: 5.0 is a whole number, which needs no leniency. Source: JSON Schema."""
    answer = suite.client.post(UNIT_TESTS, json=suite.body("Whole", max_interactions=5.0))
    assert answer.status_code == 201
    assert "X-Amigo-Mock-Warning" not in answer.headers


@pytest.mark.parametrize(
    "criterion",
    [
        {"type": "categorical", "expected_values": []},
        {"type": "categorical", "expected_values": [" "]},
        {"type": "numerical", "verb": "=", "threshold": 1},
        {"type": "numerical", "verb": "<"},
        {"type": "text"},
        {},
    ],
)
def test_criterions_are_checked(suite: Suite, criterion: Json) -> None:
    """Rule: a criterion is one of the published three. Source: published document."""
    sent = {"name": "Good", "metric_id": NOBODY, "criterion": criterion}
    body = suite.body(success_criterions=[sent])
    assert suite.status("POST", UNIT_TESTS, json=body) == 422


REFERENCES = ["service_id", "persona_id", "scenario_id", "metric_id", "service_version_set_name"]


def unknown(suite: Suite, field: str, value: str) -> Json:
    """Changes that name something by this value."""
    if field == "metric_id":
        return {"success_criterions": [{**suite.criterion(), "metric_id": value}]}
    return {field: value}


@pytest.mark.parametrize("field", REFERENCES)
def test_what_it_names_must_exist(suite: Suite, field: str) -> None:
    """Rule: 404 for an unknown service, version set, persona, scenario or metric. Source:
    published document.
    """
    id = suite.unit_test()
    changes = unknown(suite, field, NOBODY)
    assert suite.status("POST", UNIT_TESTS, json=suite.body("Other", **changes)) == 404
    assert change(suite, id, **changes) == 404
    assert suite.unit_tests()[0]["updated_at"] == suite.unit_tests()[0]["created_at"]


def test_what_is_gone_is_not_found(suite: Suite) -> None:
    """Rule: 404 for what is deleted; a service that is not active is as good as gone. Source:
    assumption.
    """
    persona, scenario = suite.new_persona("Gone"), suite.new_scenario("Gone")
    graph = suite.get(SERVICES)["services"][0]
    service = suite.post(
        SERVICES,
        {key: graph[key] for key in ("service_hierarchical_state_machine_id", "agent_id")}
        | {"name": "G", "description": "G", "is_active": False, "keyterms": [], "tags": {}},
    )["id"]
    metric = suite.metrics["boolean"]
    bodies = [
        suite.body(persona_id=persona),
        suite.body(scenario_id=scenario),
        suite.body(service_id=service),
        suite.body(),
    ]
    suite.client.delete(f"{PERSONAS}{persona}/")
    suite.client.delete(f"{SCENARIOS}{scenario}/")
    suite.client.delete(f"{METRICS}{metric}/")
    assert [suite.status("POST", UNIT_TESTS, json=body) for body in bodies] == [404] * 4


# Using


@pytest.mark.parametrize("kind", ["persona", "scenario"])
def test_what_is_used_cannot_be_deleted(suite: Suite, kind: str) -> None:
    """Rule: 400 for deleting a persona or scenario while a unit test that is not deleted uses it.
    Source: the guide.
    """
    path = {"persona": PERSONAS, "scenario": SCENARIOS}[kind]
    used, other = getattr(suite, kind), getattr(suite, f"new_{kind}")("Other")
    id = suite.unit_test()
    assert suite.status("DELETE", f"{path}{used}/") == 400
    assert change(suite, id, **{f"{kind}_id": other}) == 204
    assert suite.status("DELETE", f"{path}{used}/") == 204
    assert suite.status("DELETE", f"{path}{other}/") == 400
    assert suite.status("DELETE", f"{UNIT_TESTS}{id}/") == 204
    assert suite.status("DELETE", f"{path}{other}/") == 204


# Changing


def test_a_unit_test_is_changed(suite: Suite, mock: AmigoMock) -> None:
    """Rule: what is null or left out stays; `run_count` changes nothing. Source: published
    document; assumption.
    """
    id = suite.unit_test(tags={"a": "b"})
    before = suite.unit_tests()[0]
    mock.clock.advance(1)
    nothing = dict.fromkeys(("description", "service_id", "tags", "success_criterions"))
    assert change(suite, id, **nothing, run_count=3) == 204
    after = suite.unit_tests()[0]
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after == before
    assert change(suite, id, description="Other.", max_interactions=7, tags={}) == 204
    (found,) = suite.unit_tests()
    assert (found["description"], found["max_interactions"], found["tags"]) == ("Other.", 7, [])


# Finding


def test_filters(suite: Suite, mock: AmigoMock) -> None:
    """Rule: by id, service, persona, scenario, metric, creator and tag. Source: published
    document.
    """
    persona = suite.new_persona("Bob")
    one = suite.unit_test("One", tags={"a": None})
    mock.clock.advance(1)
    numbers = [suite.criterion("N", "numerical", verb="<", threshold=2), suite.criterion()]
    suite.unit_test("Two", persona_id=persona, success_criterions=numbers)
    assert names(suite.unit_tests()) == ["One", "Two"]
    assert names(suite.unit_tests(sort_by="-updated_at")) == ["Two", "One"]
    assert names(suite.unit_tests(id=one)) == ["One"]
    assert names(suite.unit_tests(persona_id=[persona])) == ["Two"]
    assert names(suite.unit_tests(scenario_id=suite.scenario)) == ["One", "Two"]
    assert names(suite.unit_tests(service_id=NOBODY)) == []
    assert names(suite.unit_tests(metric_id=suite.metrics["numerical"])) == ["Two"]
    assert names(suite.unit_tests(metric_id=suite.metrics["boolean"])) == ["One", "Two"]
    assert names(suite.unit_tests(tag="a:")) == ["One"]
    assert names(suite.unit_tests(creator="mock-org,mock-user")) == ["One", "Two"]
    assert names(suite.unit_tests(limit=1, continuation_token=1)) == ["Two"]
    for query in ({"limit": 501}, {"persona_id": "x"}, {"sort_by": "+name"}, {"tag": "a"}):
        assert suite.status("GET", UNIT_TESTS, params=query) == 422


def test_filter_values(suite: Suite) -> None:
    """Rule: with the first page, of all unit tests. Source: published document."""
    numbers = [suite.criterion("N", "numerical", verb="<", threshold=2), suite.criterion()]
    suite.unit_test(tags={"b": "c", "a": None}, success_criterions=numbers)
    found = suite.get(UNIT_TESTS, limit=0)["filter_values"]
    assert found == {
        "creators": [{"org_id": "mock-org", "user_id": "mock-user"}],
        "tags": ["a", "b"],
        "service_ids": [suite.service],
        "persona_ids": [suite.persona],
        "scenario_ids": [suite.scenario],
        "metric_ids": sorted((suite.metrics["boolean"], suite.metrics["numerical"])),
    }


def test_search(suite: Suite) -> None:
    """Rule: in names and descriptions, oldest first; the id is `_id` there. Source: published
    document; assumption search-contains.
    """
    suite.unit_test("Orders", description="Refill by phone.")
    id = suite.unit_test("Refill", persona_id=suite.new_persona("Bob"))
    found = suite.get(SEARCH, query="refill")["simulation_unit_tests"]
    assert names(found) == ["Orders", "Refill"]
    (listed,) = suite.unit_tests(id=id)
    assert found[1] == {**{key: value for key, value in listed.items() if key != "id"}, "_id": id}
    narrowed = suite.get(SEARCH, query="refill", persona_id=suite.persona)
    assert names(narrowed["simulation_unit_tests"]) == ["Orders"]
    assert suite.status("GET", SEARCH, params={"query": " "}) == 422


# Permissions


def test_permissions(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: conditions are on the unit test's fields, its tags by key; reading filters, writing
    is a 403. Source: published document.
    """
    blue = {"tags.team": {"type": "Equals", "value": "blue"}}
    names_of = ("Get", "Modify", "Delete")
    grants = [grant(f"Simulation:{verb}SimulationUnitTest", **blue) for verb in names_of]
    put_organization(client, user("bea", *grants))
    suite = Suite(client)
    ids = [suite.unit_test(team, tags={"team": team}) for team in ("red", "blue")]
    with mock.client(user="bea") as bea:
        mine = Suite(bea)
        assert names(mine.unit_tests()) == ["blue"]
        assert [change(mine, id) for id in ids] == [403, 204]
        assert mine.status("POST", UNIT_TESTS, json=suite.body("New")) == 403
        assert [mine.status("DELETE", f"{UNIT_TESTS}{id}/") for id in ids] == [403, 204]


# Worlds


PERSONA: Json = {"name": "Ann", "role": "patient", "versions": [{"background": "New."}]}
SCENARIO: Json = {
    "name": "Refill",
    "versions": [{"objective": "O", "instructions": "I", "initial_message_type": "skip"}],
}
UNIT_TEST: Json = {
    "name": "Refill works",
    "persona_id": "Ann",
    "scenario_id": "Refill",
    "success_criterions": [
        {
            "name": "Done",
            "metric_id": "Goal Reached",
            "criterion": {"type": "boolean", "expected_value": True},
        }
    ],
}


def world(**changes: Any) -> Json:
    return {
        "personas": [PERSONA],
        "scenarios": [SCENARIO],
        "unit_tests": [{**UNIT_TEST, **changes}],
    }


def test_a_world_calls_things_by_name(client: httpx2.Client) -> None:
    """Rule: a unit test in a world names what it uses by name or id; without a service it has the
    first. Source: the README.
    """
    put_organization(client, **world())
    suite = Suite(client)
    (found,) = suite.unit_tests()
    (persona,) = suite.get(PERSONAS)["simulation_personas"]
    assert found["persona_id"] == persona["id"]
    assert found["service_id"] == suite.service
    assert found["success_criterions"][0]["metric_id"] == suite.metrics["boolean"]
    assert client.delete(f"{PERSONAS}{persona['id']}/").status_code == 400


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"persona_id": "Anne"},
            "persona_id: there is no 'Anne' in personas (did you mean 'Ann'?)",
        ),
        (
            {"success_criterions": [{**UNIT_TEST["success_criterions"][0], "metric_id": "Ton"}]},
            "success_criterions.0.metric_id: there is no 'Ton' in metrics (did you mean 'Tone'?)",
        ),
    ],
)
def test_a_world_must_have_what_it_names(mock: AmigoMock, changes: Json, text: str) -> None:
    """Rule: a broken reference is named with its place and the nearest name, and nothing is
    loaded. Source: the README.
    """
    with pytest.raises(MockError) as caught:
        mock.seed({"organizations": [{"id": "mock-org", **world(**changes)}]})
    assert str(caught.value) == f"world: unit test 'Refill works': {text}"


def test_a_world_without_services_has_no_first_one(mock: AmigoMock) -> None:
    """Rule: that there is none to refer to is said. Source: the README."""
    with pytest.raises(MockError, match="service_id: none is named, and there are none"):
        mock.seed({"organizations": [{"id": "mock-org", **world(), "services": []}]})
