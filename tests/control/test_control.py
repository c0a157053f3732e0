"""The control API: what each operation does and refuses, and to whom it answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from starlette.types import Message, Scope

from amigo_mock import AmigoMock, Settings, create_app
from amigo_mock.control.routes import control_operations
from amigo_mock.resources import CATALOG
from tests.support.bodies import persona, persona_version, scenario
from tests.support.paths import PERSONAS, SCENARIOS
from tests.support.verbs import persona_names

CONTROL_OPERATIONS = control_operations(CATALOG.scripts)

START = 1_700_000_000.0
LIST = "get-simulation-personas"
SECRET = "wx7Qk-49211"
EVERYTHING = [{"permission_name": "*", "conditions": {}}]


@pytest.fixture
def control(mock: AmigoMock) -> Iterator[httpx2.Client]:
    """A client without a token, for the control API."""
    with mock.client(base_url=f"{mock.url}/_mock/") as found:
        del found.headers["Authorization"]
        yield found


def refused(answer: httpx2.Response, *words: str) -> None:
    """The control API's refusal: 422, with words that say what is wrong."""
    assert answer.status_code == 422
    for word in words:
        assert word in answer.text


# Health, document


def test_health(control: httpx2.Client) -> None:
    """Rule: 200 once it can serve, with what it serves. Source: the control API's table."""
    answer = control.get("health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "organizations": ["mock-org"], "strict": False}


def test_health_says_strict(strict: AmigoMock, strict_client: httpx2.Client) -> None:
    """Rule: health tells a strict fake from a lenient one. Source: strictness."""
    assert strict_client.get("/_mock/health").json()["strict"] is True


def test_the_document_has_every_control_operation(control: httpx2.Client) -> None:
    """Rule: the control API describes itself. Source: the control API's table."""
    answer = control.get("openapi.json")
    assert answer.status_code == 200
    described = {
        (method.upper(), path)
        for path, methods in answer.json()["paths"].items()
        for method in methods
    }
    assert described == {(operation.method, operation.path) for operation in CONTROL_OPERATIONS}
    assert "security" not in answer.json()


def test_the_apis_document_has_no_control_operations(client: httpx2.Client) -> None:
    """Rule: the API's document is the API's. Source: the fixed names."""
    assert not [
        path for path in client.get("/v1/openapi.json").json()["paths"] if path.startswith("/_mock")
    ]


# Clock


def test_the_clock_moves_and_stands(mock: AmigoMock, control: httpx2.Client) -> None:
    """Rule: advance, freeze, thaw; `now` comes back. Source: the control API's table."""
    mock.clock.freeze(START)
    assert control.get("clock").json() == {"now": "2023-11-14T22:13:20Z", "frozen": True}
    answer = control.post("clock", json={"advance": 61.5})
    assert answer.status_code == 200
    assert datetime.fromisoformat(answer.json()["now"]) == datetime.fromtimestamp(START + 61.5, UTC)
    assert control.post("clock", json={"frozen": False}).json()["frozen"] is False
    assert control.post("clock", json={"frozen": True, "advance": 1}).json()["frozen"] is True
    assert mock.clock.frozen
    assert START + 62.5 <= mock.clock.now() < START + 90


def test_the_clock_ages_tokens_and_windows(client: httpx2.Client) -> None:
    """Rule: one clock for everything. Source: one clock."""
    first = client.get(PERSONAS)
    client.post("/_mock/clock", json={"advance": 61})
    again = client.get(PERSONAS)
    assert again.headers["x-ratelimit-remaining"] == "49"
    assert int(again.headers["x-ratelimit-reset"]) >= int(first.headers["x-ratelimit-reset"]) + 61
    client.post("/_mock/clock", json={"advance": 3600})
    assert client.get(PERSONAS).status_code == 401


@pytest.mark.parametrize(
    "order",
    [
        {"advance": -1},
        {"advance": "soon"},
        {"advance": 1e400},
        {"advance": 1e12},
        {"advance": 1e300},
        {"frozen": "perhaps"},
        {"freeze": True},
        [],
        None,
    ],
)
def test_a_clock_that_cannot_go_there_stays(
    mock: AmigoMock, control: httpx2.Client, order: Any
) -> None:
    """Rule: a step back, or beyond every date, is refused and nothing moves. Source: the clock."""
    mock.clock.freeze(START)
    refused(
        control.post(
            "clock", content=json.dumps(order), headers={"Content-Type": "application/json"}
        )
    )
    assert control.get("clock").json() == {"now": "2023-11-14T22:13:20Z", "frozen": True}


# Maintenance, limits


def test_maintenance_can_be_turned_on_and_off(client: httpx2.Client) -> None:
    """Rule: on, every operation answers 503; off, as before. Source: the control API's table."""
    for enabled, status in ((True, 503), (False, 200)):
        answer = client.put("/_mock/maintenance", json={"enabled": enabled})
        assert (answer.status_code, answer.json()) == (200, {"enabled": enabled})
        assert [client.get(path).status_code for path in (PERSONAS, SCENARIOS)] == [status] * 2


def test_limits_are_changed_one_by_one(mock: AmigoMock, control: httpx2.Client) -> None:
    """Rule: what an order leaves out stays. Source: the control API's table."""
    steps: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {"enabled": True, "limits": {}}),
        ({"limits": {LIST: 3}}, {"enabled": True, "limits": {LIST: 3}}),
        ({"enabled": False}, {"enabled": False, "limits": {LIST: 3}}),
        (
            {"limits": {"sign-in-with-api-key": 0}},
            {"enabled": False, "limits": {LIST: 3, "sign-in-with-api-key": 0}},
        ),
        ({"enabled": True, "limits": {LIST: 4}},
         {"enabled": True, "limits": {LIST: 4, "sign-in-with-api-key": 0}}),
    ]  # fmt: skip
    for order, state in steps:
        answer = control.put("rate-limits", json=order)
        assert (answer.status_code, answer.json()) == (200, state)
    assert mock.rate_limits.limits == {LIST: 4, "sign-in-with-api-key": 0}


def test_a_wrong_limit_changes_nothing(mock: AmigoMock, control: httpx2.Client) -> None:
    """Rule: an order is carried out whole or not at all. Source: the control API."""
    limits = {"create-simulation-persona": 3, "get-simulation-persona": 1}
    answer = control.put("rate-limits", json={"enabled": False, "limits": limits})
    refused(answer, "get-simulation-persona", "did you mean", LIST)
    assert (mock.rate_limits.enabled, mock.rate_limits.limits) == (True, {})


# Faults


def test_faults_are_armed_listed_and_cleared(client: httpx2.Client) -> None:
    """Rule: 201 with the fault; listed with its hits; 204 disarms all. Source: the table."""
    fault = {"operation": LIST, "status": 503, "times": 2, "headers": {"X-A": "b"}, "body": [1]}
    armed = client.post("/_mock/faults", json=fault)
    assert armed.status_code == 201
    assert {**armed.json()["fault"], **fault} == armed.json()["fault"]
    assert armed.json()["hits"] == 0
    answer = client.get(PERSONAS)
    assert (answer.status_code, answer.headers["x-a"], answer.json()) == (503, "b", [1])
    assert client.post("/_mock/faults", json={"operation": "*", "drop": True}).status_code == 201
    listed = client.get("/_mock/faults").json()["faults"]
    assert [(found["id"], found["hits"]) for found in listed] == [
        (armed.json()["id"], 1),
        (armed.json()["id"] + 1, 0),
    ]
    assert client.delete("/_mock/faults").status_code == 204
    assert client.get("/_mock/faults").json() == {"faults": []}
    assert client.get(PERSONAS).status_code == 200


def test_a_fault_without_times_is_null_on_the_wire(client: httpx2.Client) -> None:
    """Rule: times null lasts until cleared. Source: the control API's table."""
    order = {"operation": LIST, "status": 500, "times": None}
    assert client.post("/_mock/faults", json=order).json()["fault"]["times"] is None
    assert [client.get(PERSONAS).status_code for _ in range(4)] == [500] * 4


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"operation": "get-simulation-persona", "status": 500}, ("did you mean", LIST)),
        ({"operation": LIST, "statsu": 500, "drop": True}, ("statsu",)),
        ({"operation": LIST}, ("status",)),
        ({"status": 500}, ("operation",)),
        ({"operation": LIST, "status": 500, "drop": True}, ("drop",)),
        ({"operation": LIST, "status": 99}, ("status",)),
        ({"operation": LIST, "status": 500, "times": 0}, ("times",)),
        ({"operation": LIST, "status": 500, "when": "during"}, ("when",)),
        ({"operation": LIST, "status": 500, "headers": {"A": "b\n"}}, ("headers",)),
    ],
)
def test_a_wrong_fault_is_refused(
    mock: AmigoMock, control: httpx2.Client, order: dict[str, Any], words: tuple[str, ...]
) -> None:
    """Rule: an unknown operation or field, or nothing to do, is refused. Source: the table."""
    refused(control.post("faults", json=order), *words)
    assert list(mock.faults) == []


# Requests


def test_the_journal_can_be_read_and_emptied(client: httpx2.Client) -> None:
    """Rule: oldest first; DELETE empties it. Source: the control API's table."""
    client.get(PERSONAS)
    client.get("/nothing")
    answer = client.get("/_mock/requests")
    assert answer.status_code == 200
    assert [entry["path"] for entry in answer.json()["requests"]] == [PERSONAS, "/nothing"]
    assert client.delete("/_mock/requests").status_code == 204
    assert client.get("/_mock/requests").json() == {"requests": []}


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3, 4, 5]),
        (f"operation={LIST}", [1, 2, 5]),
        ("status=200", [1, 3]),
        ("status=2xx", [1, 3]),
        ("status=4xx", [2, 4]),
        ("status=422", [2]),
        ("status=5xx", []),
        (f"operation={LIST}&status=4xx", [2]),
        ("operation=search-simulation-personas&status=4xx", []),
    ],
)
def test_the_journal_can_be_searched(
    mock: AmigoMock, client: httpx2.Client, query: str, numbers: list[int]
) -> None:
    """Rule: by operation, by status, by class of status. Source: the control API's table."""
    for path in (PERSONAS, f"{PERSONAS}?limit=x", SCENARIOS, "/nothing"):
        client.get(path)
    mock.faults.add(LIST, drop=True)
    with pytest.raises(httpx2.TransportError):
        client.get(PERSONAS)
    found = client.get(f"/_mock/requests?{query}").json()["requests"]
    assert [entry["number"] for entry in found] == numbers


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("operation=get-simulation-persona", ("did you mean", LIST)),
        ("operation=", ("operation",)),
        ("status=600", ("status",)),
        ("status=4x", ("status",)),
        ("status=4XX", ("status",)),
        ("status=44", ("status",)),
        ("status=200%0A", ("status",)),
    ],
)
def test_a_wrong_filter_is_refused(
    control: httpx2.Client, query: str, words: tuple[str, ...]
) -> None:
    """Rule: an unknown operation or status is an error, not an empty list.

    Source: the control API.
    """
    refused(control.get(f"requests?{query}"), *words)


# State


def fill(client: httpx2.Client) -> None:
    """A world with something of everything in it."""
    version = persona_version(sensitive_user_variables={"pin": "1"}, timezone=None)
    created = client.post(PERSONAS, json=persona("Zoë", initial_version=version)).json()
    path = f"{PERSONAS}{created['simulation_persona_id']}/"
    assert client.post(f"{path}version/", json=persona_version()).status_code == 201
    assert client.delete(path).status_code == 204
    assert client.post(PERSONAS, json=persona("Zoë", tags={"a": None, "b": "c"})).is_success
    assert client.post(SCENARIOS, json=scenario()).is_success
    organization = {
        "id": "other",
        "preferred_language": "deu",
        "timezone": "Europe/Vienna",
        "users": [
            {"id": "u", "grants": [{"permission_name": "A:*", "conditions": {
                "role": {"type": "In", "values": ["a", None]}
            }}]},
        ],
        "api_keys": [{"id": "k", "key": "secret"}],
    }  # fmt: skip
    assert client.post("/_mock/organizations", json=organization).is_success


def test_a_state_comes_back_to_the_byte(client: httpx2.Client) -> None:
    """Rule: GET, PUT, GET gives the same bytes, and the same answers. Source: worlds."""
    fill(client)
    state, listed = client.get("/_mock/state"), client.get(PERSONAS).content
    assert state.status_code == 200
    assert state.headers["content-type"] == "application/json"
    assert client.post("/_mock/reset").status_code == 204
    assert client.get("/_mock/state").content != state.content
    put = client.put("/_mock/state", json=state.json())
    assert (put.status_code, put.content) == (204, b"")
    assert client.get("/_mock/state").content == state.content
    assert client.get(PERSONAS).content == listed


def test_a_state_can_go_to_another_fake(client: httpx2.Client) -> None:
    """Rule: a world is one document that every fake can start from. Source: worlds."""
    fill(client)
    state = client.get("/_mock/state")
    with AmigoMock(seed=state.json()) as other, other.client() as there:
        assert there.get("/_mock/state").content == state.content
        assert there.post(PERSONAS, json=persona("New")).status_code == 201
        ids = [found["id"] for found in there.get(PERSONAS).json()["simulation_personas"]]
        assert sorted(set(ids)) == ids


def test_ids_go_on_after_those_of_a_state(client: httpx2.Client) -> None:
    """Rule: an id is never made twice, whatever world was put. Source: ids."""
    fill(client)
    state = client.get("/_mock/state").json()
    before = {found["id"] for found in client.get(PERSONAS).json()["simulation_personas"]}
    assert client.put("/_mock/state", json=state).status_code == 204
    created = client.post(PERSONAS, json=persona("New")).json()["simulation_persona_id"]
    assert created not in before
    assert created > max(before)


def test_a_reset_after_a_put_goes_back_to_the_start(client: httpx2.Client) -> None:
    """Rule: a put state is not a seed. Source: the control API's table."""
    start = client.get("/_mock/state").content
    world = {"organizations": [{"id": "elsewhere"}]}
    assert client.put("/_mock/state", json=world).status_code == 204
    assert client.get(PERSONAS).status_code in (401, 404)
    assert client.post("/_mock/reset").status_code == 204
    assert client.get("/_mock/state").content == start
    assert client.get(PERSONAS).status_code == 200


RECORD = {"name": "A", "role": "r", "versions": [{"background": "b"}]}

STATES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "no object": ([], ()),
    "nothing": ({}, ("organizations",)),
    "an unknown field": ({"organization": []}, ("organization",)),
    "an unknown field beside": (
        {"organizations": [], "organisations": []},
        ("organisations", "did you mean", "'organizations'"),
    ),
    "an unknown field without a name": ({"organizations": [{"id": "a"}], "": 1}, ()),
    "an unknown field inside": (
        {"organizations": [{"id": "a", "user": []}]},
        ("organizations.0.user", "did you mean", "'users'"),
    ),
    "an unknown field in a record": (
        {"organizations": [{"id": "a", "personas": [{**RECORD, "rol": "x"}]}]},
        ("organizations.0.personas.0.rol", "did you mean", "'role'"),
    ),
    "an id with a slash": ({"organizations": [{"id": "a/b"}]}, ("organizations.0.id",)),
    "an id twice": (
        {"organizations": [{"id": "a"}, {"id": "a"}]}, ("organizations.1.id", "'a'")
    ),
    "a name twice": (
        {"organizations": [{"id": "a", "personas": [RECORD, RECORD]}]},
        ("organizations.0.personas.1.name",),
    ),
    "no version": (
        {"organizations": [{"id": "a", "personas": [{**RECORD, "versions": []}]}]},
        ("organizations.0.personas.0.versions",),
    ),
    "a version of another number": (
        {"organizations": [{"id": "a", "personas": [
            {**RECORD, "versions": [{"background": "b", "version": 2}]}
        ]}]},
        ("organizations.0.personas.0.versions.0.version",),
    ),
    "a language that is none": (
        {"organizations": [{"id": "a", "preferred_language": "xxx"}]},
        ("organizations.0.preferred_language",),
    ),
    "a grant that is none": (
        {"organizations": [{"id": "a", "users": [{"id": "u", "grants": ["*"]}]}]},
        ("organizations.0.users.0.grants.0",),
    ),
    "half a character": (
        {"organizations": [{"id": "a", "personas": [
            {**RECORD, "versions": [{
                "background": "b", "nonsensitive_user_variables": {"ab": "\ud800"}
            }]}
        ]}]},
        ("surrogate",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("state", "words"), STATES.values(), ids=STATES.keys())
def test_a_broken_state_changes_nothing(
    client: httpx2.Client, state: Any, words: tuple[str, ...]
) -> None:
    """Rule: the path inside, what was expected, and nothing is loaded. Source: worlds."""
    fill(client)
    before = client.get("/_mock/state").content
    content = json.dumps(state).encode()
    kind = {"Content-Type": "application/json"}
    refused(client.put("/_mock/state", content=content, headers=kind), *words)
    assert client.get("/_mock/state").content == before


def test_a_broken_state_tells_no_key(client: httpx2.Client) -> None:
    """Rule: a refusal does not echo what is secret. Source: secrets."""
    world = {"organizations": [{"id": "a", "api_keys": [{"id": 1, "key": SECRET}], "x": 1}]}
    answer = client.put("/_mock/state", json=world)
    refused(answer)
    assert SECRET not in answer.text


# Reset


def test_a_reset_resets_everything(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: world, clock, limits, faults, maintenance and journal.

    Source: the control API's table.
    """
    start, token = client.get("/_mock/state").content, client.get(PERSONAS)
    first = client.post(PERSONAS, json=persona()).json()
    fill(client)
    client.post("/_mock/clock", json={"advance": 10_000, "frozen": True})
    client.put("/_mock/rate-limits", json={"enabled": False, "limits": {LIST: 1}})
    client.post("/_mock/faults", json={"operation": "*", "status": 500, "times": None})
    client.put("/_mock/maintenance", json={"enabled": True})
    assert client.get(PERSONAS).status_code == 500
    answer = client.post("/_mock/reset")
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get("/_mock/state").content == start
    assert client.get("/_mock/clock").json()["frozen"] is False
    assert client.get("/_mock/faults").json() == {"faults": []}
    assert client.get("/_mock/requests").json() == {"requests": []}
    again = client.get(PERSONAS)
    assert again.status_code == 200
    assert again.headers["x-ratelimit-remaining"] == "49"
    assert again.headers["x-ratelimit-limit"] == token.headers["x-ratelimit-limit"]
    assert mock.requests[0].number == 1
    assert client.post(PERSONAS, json=persona()).json() == first


# Organizations


def test_an_organization_is_created_with_everything(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: its users, keys, grants and records, in the world's format. Source: the table."""
    content = {
        "id": "new",
        "users": [{"id": "reader", "grants": [{"permission_name": "Simulation:Get*"}]}],
        "api_keys": [{"id": "k", "key": "secret"}],
        "personas": [RECORD],
    }
    answer = client.post("/_mock/organizations", json=content)
    assert (answer.status_code, answer.json()) == (201, {"id": "new"})
    keys = {"x-api-key": "secret", "x-api-key-id": "k", "x-user-id": "reader"}
    signed = client.post("/v1/new/user/signin_with_api_key", headers=keys)
    token = {"Authorization": f"Bearer {signed.json()['id_token']}"}
    path = "/v1/new/simulation/persona/"
    (found,) = client.get(path, headers=token).json()["simulation_personas"]
    assert found["name"] == "A"
    assert found["creator"] == {"org_id": "new", "user_id": "reader"}
    assert client.post(path, headers=token, json=persona()).status_code == 403
    assert persona_names(client) == []


def test_an_organization_is_replaced_whole(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the one with that id makes room; tokens of its users die. Source: the table."""
    assert client.post(PERSONAS, json=persona()).status_code == 201
    users = [{"id": "next-user", "grants": EVERYTHING}]
    answer = client.post("/_mock/organizations", json={"id": "mock-org", "users": users})
    assert answer.status_code == 201
    assert client.get(PERSONAS).status_code == 401
    token = {"Authorization": f"Bearer {mock.token('next-user')}"}
    assert client.get(PERSONAS, headers=token).json()["simulation_personas"] == []
    assert client.get("/_mock/health").json()["organizations"] == ["mock-org"]


def test_an_organization_has_the_default_user_and_key(client: httpx2.Client) -> None:
    """Rule: without users or keys it has the default ones. Source: worlds."""
    assert client.post("/_mock/organizations", json={"id": "plain"}).status_code == 201
    keys = {"x-api-key": "mock-api-key", "x-api-key-id": "mock-key-id", "x-user-id": "mock-user"}
    assert client.post("/v1/plain/user/signin_with_api_key", headers=keys).status_code == 200


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, ("id",)),
        ({"id": ""}, ("id",)),
        ({"id": "a b"}, ("id",)),
        ({"id": "mock-org", "usres": []}, ("usres", "did you mean", "'users'")),
        ({"id": "mock-org", "": []}, ()),
        ({"id": "mock-org", "personas": [RECORD, RECORD]}, ("personas.1.name",)),
        ({"id": "mock-org", "users": [{"id": "u", "grant": []}]}, ("did you mean", "'grants'")),
        (
            {"id": "mock-org", "users": [{"id": "u", "grants": [
                {"permission_name": "*", "conditions": {"role": {"type": "Like", "value": "a"}}}
            ]}]},
            ("users.0.grants.0.conditions.role",),
        ),
    ],
)  # fmt: skip
def test_a_broken_organization_changes_nothing(
    client: httpx2.Client, content: Any, words: tuple[str, ...]
) -> None:
    """Rule: the path inside and what was expected; the old one stays. Source: worlds."""
    assert client.post(PERSONAS, json=persona("Old")).status_code == 201
    before = client.get("/_mock/state").content
    refused(client.post("/_mock/organizations", json=content), *words)
    assert client.get("/_mock/state").content == before
    assert persona_names(client) == ["Old"]


# Tokens


def test_a_token_needs_no_sign_in(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: for a user, for so many seconds. Source: the control API's table."""
    mock.clock.freeze(START)
    order = {"organization": "mock-org", "user": "mock-user", "expires_in": 60}
    answer = client.post("/_mock/tokens", json=order)
    assert answer.status_code == 201
    expires = datetime.fromisoformat(answer.json()["expires_at"])
    assert expires == datetime.fromtimestamp(START + 60, UTC)
    header = {"Authorization": f"Bearer {answer.json()['id_token']}"}
    assert client.get(PERSONAS, headers=header).status_code == 200
    mock.clock.advance(60)
    assert client.get(PERSONAS, headers=header).status_code == 401


def test_a_token_is_by_default_that_of_a_sign_in(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the default user, for as long as a sign-in. Source: the fixed names."""
    mock.clock.freeze(START)
    answer = client.post("/_mock/tokens", json={})
    expires = datetime.fromisoformat(answer.json()["expires_at"])
    assert expires == datetime.fromtimestamp(START + 3600, UTC)
    header = {"Authorization": f"Bearer {answer.json()['id_token']}"}
    assert client.get(PERSONAS, headers=header).status_code == 200


def test_a_token_costs_no_sign_in(client: httpx2.Client) -> None:
    """Rule: control operations have no limits. Source: the control API."""
    found = [client.post("/_mock/tokens", json={}).status_code for _ in range(20)]
    assert found == [201] * 20


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"user": "nobody"}, ("nobody", "mock-org")),
        ({"organization": "nowhere"}, ("nowhere",)),
        ({"expires_in": 0}, ("expires_in",)),
        ({"expires_in": -5}, ("expires_in",)),
        ({"expires_in": 1e300}, ("expires_in",)),
        ({"usr": "mock-user"}, ("usr",)),
    ],
)
def test_a_token_for_nobody_is_refused(
    control: httpx2.Client, order: dict[str, Any], words: tuple[str, ...]
) -> None:
    """Rule: the user has to be there, and the time to be one. Source: the control API."""
    refused(control.post("tokens", json=order), *words)


# Coverage


def test_coverage_counts_documented_statuses() -> None:
    """Rule: per operation and status, those of faults apart. Source: the control API's table."""
    with AmigoMock() as mock, mock.client() as client:
        client.get(PERSONAS)
        client.get(PERSONAS)
        client.get(f"{PERSONAS}?limit=x")
        mock.faults.add(LIST, status=503)
        mock.faults.add(LIST, status=418)
        client.get(PERSONAS)
        client.get(PERSONAS)
        client.get("/nothing")
        answer = client.get("/_mock/coverage")
        assert answer.status_code == 200
        found = {row["operation"]: row for row in answer.json()["operations"]}
        assert list(found) == [operation.id for operation in CATALOG.all()]
        assert found[LIST]["statuses"] == {
            "200": 2, "401": 0, "403": 0, "404": 0, "422": 1, "429": 0, "503": 0
        }  # fmt: skip
        assert found[LIST]["faults"] == {"418": 1, "503": 1}
        others = [row for name, row in found.items() if name != LIST]
        assert not any(count for row in others for count in row["statuses"].values())
        assert not any(row["faults"] for row in others)


def test_coverage_outlives_a_reset() -> None:
    """Rule: what a whole run exercised, however often it was reset. Source: the journal."""
    with AmigoMock() as mock, mock.client() as client:
        client.get(PERSONAS)
        mock.reset()
        found = {
            row["operation"]: row for row in client.get("/_mock/coverage").json()["operations"]
        }
        assert found[LIST]["statuses"]["200"] == 1


# What control operations have in common


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "maintenance"),
        ("PUT", "rate-limits"),
        ("PUT", "state"),
        ("POST", "clock"),
        ("POST", "faults"),
        ("POST", "organizations"),
        ("POST", "tokens"),
    ],
)
def test_a_control_operation_refuses_what_is_no_body(
    control: httpx2.Client, method: str, path: str
) -> None:
    """Rule: broken JSON, no body, unknown fields: 422 in the errors' shape; 400 for no text.

    Source: the control API.
    """
    kind = {"Content-Type": "application/json"}
    contents = {b"\xff": 400, b"[" * 100_000: 400}
    contents |= dict.fromkeys((b"", b"{", b"[]", b"null", b'{"no-such-field": 1}'), 422)
    for content, status in contents.items():
        answer = control.request(method, path, content=content, headers=kind)
        assert answer.status_code == status
        assert answer.json().keys() == {"detail"}
    assert control.request(method, path, content=b"{}").status_code == 422


@pytest.mark.parametrize("path", ["nothing", "", "faults/1", "state/x"])
def test_an_unknown_control_operation_is_404(control: httpx2.Client, path: str) -> None:
    """Rule: the shape of every error. Source: the shape of errors."""
    answer = control.get(path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


def test_control_operations_are_not_limited_nor_counted(
    mock: AmigoMock, control: httpx2.Client
) -> None:
    """Rule: control operations have neither limits nor journal. Source: the control API."""
    mock.faults.add("*", status=500, times=None)
    answers = [control.get("health") for _ in range(200)]
    assert {answer.status_code for answer in answers} == {200}
    assert not [name for name in answers[-1].headers if name.startswith("x-ratelimit")]
    assert len(mock.requests) == 0


# To whom they answer


def ask(
    settings: Settings,
    path: str = "/_mock/health",
    client: tuple[str, int] | None = ("127.0.0.1", 50000),
    method: str = "GET",
    **headers: str,
) -> int:
    """The status of a request, made by hand, from an address, with these headers."""
    named = {"host": "localhost:8484", **headers}
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in named.items() if value],
        "client": client,
        "server": ("127.0.0.1", 8484),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(create_app(settings)(scope, receive, send))
    start, *rest = sent
    body = b"".join(message.get("body", b"") for message in rest)
    if start["status"] in (401, 403):
        assert json.loads(body).keys() == {"detail"}
    status: int = start["status"]
    return status


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:1",
        "127.0.0.1:8484",
        "[::1]:8484",
        "[::1]",
        "fake.localhost",
        "127.1.2.3",
    ],
)
def test_this_machine_may_use_the_control_api(host: str) -> None:
    """Rule: from this machine, under a name of it. Source: the access to the control API."""
    assert ask(Settings(), host=host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8484",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "notlocalhost",
        "192.168.1.2",
        "0.0.0.0",
        "[::",
        "[::1",
        "[fe80::1]",
        "2130706433",
    ],
)
def test_a_host_that_only_pretends_is_403(host: str) -> None:
    """Rule: a name that someone pointed at this machine is not this machine. Source: the door."""
    assert ask(Settings(), host=host) == 403


@pytest.mark.parametrize(
    "address", ["192.168.1.2", "10.0.0.1", "8.8.8.8", "::2", "fe80::1", "testclient", ""]
)
def test_another_machine_is_403(address: str) -> None:
    """Rule: the control API answers to the machine it runs on.

    Source: the access to the control API.
    """
    assert ask(Settings(), client=(address, 50000)) == 403


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_every_loopback_address_is_this_machine(address: str) -> None:
    """Rule: loopback addresses are this machine. Source: the access to the control API."""
    assert ask(Settings(), client=(address, 50000)) == 200


def test_without_an_address_it_is_this_process() -> None:
    """Rule: no address means a pipe or this very process. Source: the access to the control API."""
    assert ask(Settings(), client=None) == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:3000", 200),
        ("https://127.0.0.1", 200),
        ("http://[::1]:3000", 200),
        ("https://evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("null", 403),
        ("http://[", 403),
        ("file://", 403),
    ],
)
def test_a_page_from_elsewhere_is_403(origin: str, status: int) -> None:
    """Rule: a page in a browser on this machine is where it came from. Source: the door."""
    assert ask(Settings(), origin=origin) == status


@pytest.mark.parametrize("operation", CONTROL_OPERATIONS, ids=lambda operation: str(operation.id))
def test_no_control_operation_is_left_open(operation: Any) -> None:
    """Rule: the door is the same for all of them. Source: the access to the control API."""
    assert ask(Settings(), operation.path, method=operation.method, host="evil.example") == 403
    assert ask(Settings(), operation.path, method=operation.method, client=("8.8.8.8", 1)) == 403
    token = Settings.of(control_token=SECRET)
    assert ask(token, operation.path, method=operation.method) == 401


def test_the_api_answers_to_everyone() -> None:
    """Rule: the door is before the control API only. Source: the access to the control API."""
    path = "/v1/openapi.json"
    assert ask(Settings(), path, client=("8.8.8.8", 1), host="evil.example") == 200


@pytest.mark.parametrize(
    "given",
    [
        "",
        "Bearer",
        f"Bearer {SECRET}x",
        f"Bearer {SECRET[:-1]}",
        f"Basic {SECRET}",
        "Bearer \u00e9",
    ],
)
def test_a_control_token_is_asked_of_everyone(given: str) -> None:
    """Rule: with a token set, this machine needs it too. Source: the access to the control API."""
    assert ask(Settings.of(control_token=SECRET), authorization=given) == 401


@pytest.mark.parametrize("address", ["127.0.0.1", "8.8.8.8"])
@pytest.mark.parametrize("host", ["localhost", "fake.example"])
def test_a_control_token_opens_from_everywhere(address: str, host: str) -> None:
    """Rule: whoever has the token is let in, from wherever.

    Source: the access to the control API.
    """
    settings = Settings.of(control_token=SECRET)
    header = f"Bearer {SECRET}"
    assert ask(settings, client=(address, 1), host=host, authorization=header) == 200


def test_a_control_token_is_no_api_token() -> None:
    """Rule: control API and API have their own keys. Source: the access to the control API."""
    with AmigoMock(control_token=SECRET) as mock, mock.client() as client:
        assert client.get(PERSONAS).status_code == 200
        refused_ = client.get("/_mock/health")
        assert refused_.status_code == 401
        assert refused_.headers["www-authenticate"] == "Bearer"
        header = {"Authorization": f"Bearer {SECRET}"}
        assert client.get("/_mock/health", headers=header).status_code == 200
        assert client.get(PERSONAS, headers=header).status_code == 401
        assert SECRET not in client.get("/_mock/requests", headers=header).text
