"""How a request becomes a response: in which order it is looked at, and never a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from amigo_mock import AmigoMock
from amigo_mock.contract.catalogue import PUBLISHED, PublishedOperation
from amigo_mock.engine.http.messages import success
from amigo_mock.operations.bodies import Empty
from amigo_mock.operations.call import Call
from amigo_mock.operations.operation import Operation, operation
from amigo_mock.operations.parameters import Parameters
from amigo_mock.operations.responses import Joined
from amigo_mock.resources import CATALOG
from tests.support.bodies import persona, persona_version
from tests.support.paths import NOBODY, PERSONAS, SCENARIOS, SIGN_IN
from tests.support.verbs import create_persona

KEYS = {"x-api-key": "mock-api-key", "x-api-key-id": "mock-key-id", "x-user-id": "mock-user"}
JSON = {"Content-Type": "application/json"}

EMULATED = {item.id for item in CATALOG.all()}
UNEMULATED = [(row.id, row.method, row.path) for row in PUBLISHED if row.id not in EMULATED]


@pytest.fixture
def anyone(mock: AmigoMock) -> Iterator[httpx2.Client]:
    """A client that is not signed in."""
    with mock.client() as found:
        del found.headers["Authorization"]
        yield found


@pytest.fixture
def powerless(client: httpx2.Client) -> httpx2.Client:
    """The signed-in client, whose user has no grants any more."""
    users = [{"id": "mock-user", "grants": []}]
    put = client.post("/_mock/organizations", json={"id": "mock-org", "users": users})
    assert put.status_code == 201
    return client


def findings(answer: httpx2.Response) -> list[dict[str, Any]]:
    """The findings of a 422, each of which has the published shape."""
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/json"
    found: list[dict[str, Any]] = answer.json()["detail"]
    assert found
    for finding in found:
        assert {"type", "loc", "msg", "input"} <= finding.keys() <= {*finding, "ctx"}
        assert isinstance(finding["type"], str)
        assert isinstance(finding["msg"], str)
        assert finding["loc"][0] in {"path", "query", "header", "body"}
        assert all(isinstance(part, str | int) for part in finding["loc"])
    return found


# The order


def test_a_fault_comes_before_maintenance(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: an armed fault answers even during maintenance. Source: the pipeline's order."""
    mock.maintenance = True
    mock.faults.add("get-simulation-personas", status=418)
    assert [client.get(PERSONAS).status_code for _ in range(2)] == [418, 503]


def test_maintenance_comes_before_authentication(mock: AmigoMock, anyone: httpx2.Client) -> None:
    """Rule: maintenance answers 503 to whoever asks. Source: the pipeline's order."""
    mock.maintenance = True
    assert anyone.get(PERSONAS).status_code == 503
    mock.maintenance = False
    assert anyone.get(PERSONAS).status_code == 401


def test_authentication_comes_before_the_organization(
    client: httpx2.Client, anyone: httpx2.Client
) -> None:
    """Rule: nobody learns which organizations exist. Source: the pipeline's order."""
    path = "/v1/no-org/simulation/persona/"
    assert anyone.get(path).status_code == 401
    assert client.get(path).status_code == 404


def test_the_organization_comes_before_the_rate_limit(
    mock: AmigoMock, client: httpx2.Client
) -> None:
    """Rule: an unknown organization is 404 however often asked. Source: the pipeline's order."""
    mock.rate_limits.set("get-simulation-personas", 0)
    assert client.get("/v1/no-org/simulation/persona/").status_code == 404
    assert client.get(PERSONAS).status_code == 429


def test_the_organization_comes_before_validation(client: httpx2.Client) -> None:
    """Rule: what is asked of an unknown organization is not checked. Source: the order."""
    assert client.post("/v1/no-org/simulation/persona/", json={}).status_code == 404


@pytest.mark.parametrize("body", [b"{", b'{"name": "\xff"}', b"[" * 300, b" " * 1001])
def test_reading_comes_before_authentication(body: bytes) -> None:
    """Rule: what cannot be read is refused whoever sends it, and not counted. Source: the order."""
    with AmigoMock(max_body_size=1000) as mock, mock.client() as client:
        refused = client.post(PERSONAS, content=body, headers=JSON)
        assert refused.status_code in (400, 413, 422)
        del client.headers["Authorization"]
        assert client.post(PERSONAS, content=body, headers=JSON).content == refused.content
        assert client.post(PERSONAS, json={}).status_code == 401
        assert mock.rate_limits.used() == {}
        mock.maintenance = True
        assert client.post(PERSONAS, content=body, headers=JSON).status_code == 503


def test_the_rate_limit_comes_before_validation(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: one request too many is 429, valid or not. Source: the pipeline's order."""
    mock.rate_limits.set("get-simulation-personas", 1)
    found = [client.get(PERSONAS, params={"limit": "x"}).status_code for _ in range(2)]
    assert found == [422, 429]


def test_validation_comes_before_permissions(powerless: httpx2.Client) -> None:
    """Rule: an invalid body is 422 even to who may not create. Source: the pipeline's order."""
    assert powerless.post(PERSONAS, json=persona(name=" ")).status_code == 422
    assert powerless.post(PERSONAS, json=persona()).status_code == 403


def test_validation_comes_before_the_record(client: httpx2.Client) -> None:
    """Rule: an invalid body is 422 even for a record that is not there. Source: the order."""
    path = f"{PERSONAS}{NOBODY}/"
    assert client.post(path, json={"tags": {"!": None}}).status_code == 422
    assert client.post(path, json={"tags": {}}).status_code == 404


def test_validation_comes_before_a_taken_name(client: httpx2.Client) -> None:
    """Rule: an invalid body is 422 even under a taken name. Source: the pipeline's order."""
    create_persona(client, name="Ann")
    assert client.post(PERSONAS, json=persona("Ann", role="")).status_code == 422
    assert client.post(PERSONAS, json=persona("Ann")).status_code == 409


def test_permissions_come_before_a_taken_name(client: httpx2.Client) -> None:
    """Rule: who may not create does not learn which names exist. Source: assumption."""
    users = [{"id": "mock-user", "grants": []}]
    version = {"background": "Calls."}
    records = [{"name": "Ann", "role": "patient", "versions": [version]}]
    world = {"id": "mock-org", "users": users, "personas": records}
    assert client.post("/_mock/organizations", json=world).status_code == 201
    assert client.post(PERSONAS, json=persona("Ann")).status_code == 403


def test_maintenance_spares_the_control_api_and_the_document(
    mock: AmigoMock, anyone: httpx2.Client
) -> None:
    """Rule: maintenance is of the operations; the control API goes on.

    Source: the control API's purpose.
    """
    mock.maintenance = True
    assert anyone.get("/_mock/health").status_code == 200
    assert anyone.get("/v1/openapi.json").status_code == 200
    assert anyone.put("/_mock/maintenance", json={"enabled": False}).status_code == 200
    assert not mock.maintenance


# The size of bodies


def test_a_body_over_the_limit_is_413() -> None:
    """Rule: a body of more than the limit is 413, one of exactly it is not. Source: settings."""
    with AmigoMock(max_body_size=1000) as mock, mock.client() as client:
        body = json.dumps(persona()).encode()
        fits = body + b" " * (1000 - len(body))
        assert client.post(PERSONAS, content=fits, headers=JSON).status_code == 201
        refused = client.post(PERSONAS, content=fits + b" ", headers=JSON)
        assert refused.status_code == 413
        assert refused.headers["content-type"] == "application/json"
        assert isinstance(refused.json()["detail"], str)
        assert client.get(PERSONAS).json()["simulation_personas"][0]["name"] == "Ann"


def test_a_body_sent_in_chunks_is_measured_too() -> None:
    """Rule: the limit holds without a Content-Length. Source: settings."""
    with AmigoMock(max_body_size=1000) as mock, mock.client() as client:
        found = client.post(PERSONAS, content=iter([b" " * 600] * 2), headers=JSON)
        assert found.status_code == 413
        assert client.get(PERSONAS).status_code == 200


def test_a_body_may_come_in_chunks(client: httpx2.Client) -> None:
    """Rule: how a body is cut up on its way does not matter. Source: HTTP."""
    body = json.dumps(persona("Zoë"), ensure_ascii=False).encode()
    parts = (body[place : place + 1] for place in range(len(body)))
    assert client.post(PERSONAS, content=parts, headers=JSON).status_code == 201
    assert client.get(PERSONAS).json()["simulation_personas"][0]["name"] == "Zoë"


# What is not there


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/mock-org/nothing", "/favicon.ico"])
def test_an_unknown_path_is_404(client: httpx2.Client, path: str) -> None:
    """Rule: an unknown path has the shape of every error. Source: the shape of errors."""
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", PERSONAS, {"GET", "POST"}),
        ("PATCH", f"{PERSONAS}{NOBODY}/", {"DELETE", "POST"}),
        ("DELETE", SCENARIOS, {"GET", "POST"}),
        ("GET", SIGN_IN, {"POST"}),
        ("OPTIONS", PERSONAS, {"GET", "POST"}),
        ("TRACE", PERSONAS, {"GET", "POST"}),
    ],
)
def test_a_wrong_method_is_405(
    client: httpx2.Client, method: str, path: str, allow: set[str]
) -> None:
    """Rule: a wrong method is 405 and says in Allow which ones are right. Source: HTTP."""
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()) == (405, {"detail": "Method Not Allowed"})
    assert set(answer.headers["allow"].split(", ")) == allow
    assert answer.headers["content-type"] == "application/json"


def test_head_is_not_allowed_and_has_no_body(client: httpx2.Client) -> None:
    """Rule: HEAD is published for no operation; its 405 has no body. Source: HTTP."""
    answer = client.head(PERSONAS)
    assert (answer.status_code, answer.content) == (405, b"")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}


@pytest.mark.parametrize(
    ("sent", "right"),
    [(PERSONAS[:-1], PERSONAS), (f"{PERSONAS}search", f"{PERSONAS}search"), (SIGN_IN, SIGN_IN)],
)
def test_a_right_path_is_not_redirected(client: httpx2.Client, sent: str, right: str) -> None:
    """Rule: only a path that is wrong by its slash is redirected. Source: the framework."""
    answer = client.get(sent, params={"query": "x"})
    assert (answer.status_code == 307) is (sent != right)


@pytest.mark.parametrize("query", ["", "?limit=1&tag=a%3Ab&x=%2By"])
def test_a_missing_slash_is_redirected(client: httpx2.Client, query: str) -> None:
    """Rule: a missing slash is a 307 to the path with it; the query stays. Source: published."""
    answer = client.get(f"{PERSONAS[:-1]}{query}")
    assert answer.status_code == 307
    assert httpx2.URL(answer.headers["location"]).raw_path.decode() == f"{PERSONAS}{query}"
    assert client.get(answer.headers["location"]).status_code == 200


@pytest.mark.parametrize("query", ["", "?limit=1&tag=a%3Ab&x=%2By"])
def test_a_slash_too_many_is_redirected(client: httpx2.Client, query: str) -> None:
    """Rule: an extra slash is a 307 to the path without it; the query stays. Source: published."""
    answer = client.post(f"{SIGN_IN}/{query}")
    assert answer.status_code == 307
    assert httpx2.URL(answer.headers["location"]).raw_path.decode() == f"{SIGN_IN}{query}"


def test_a_redirected_body_arrives(mock: AmigoMock) -> None:
    """Rule: 307 keeps method and body, so a slash loses no create. Source: HTTP."""
    with mock.client(follow_redirects=True) as client:
        assert client.post(PERSONAS[:-1], json=persona()).status_code == 201


def test_what_is_not_emulated_is_everything_else_that_is_published() -> None:
    """Rule: of 116 published operations 41 are emulated. Source: published document."""
    assert (len(PUBLISHED), len(UNEMULATED)) == (116, 75)
    published = {(row.id, row.method, row.path) for row in PUBLISHED}
    assert {(item.id, item.method, item.path) for item in CATALOG.all()} <= published


@pytest.mark.parametrize(
    ("id", "method", "path"), UNEMULATED, ids=[operation for operation, *_ in UNEMULATED]
)
def test_a_published_operation_that_is_not_emulated_is_501(
    running: AmigoMock, id: str, method: str, path: str
) -> None:
    """Rule: a gap in the fake says so, and what to do instead. Source: strictness."""
    filled = "/".join("x" if part[:1] == "{" else part for part in path.split("/"))
    with running.client() as client:
        del client.headers["Authorization"]
        answer = client.request(method, filled)
    assert answer.status_code == 501
    assert set(answer.json()) == {"detail"}
    assert id in answer.json()["detail"]
    assert "/v1/openapi.json" in answer.json()["detail"]


# Bodies that are none


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"name": "Ann"',
        b"{'name': 'Ann'}",
        b'{"name": "Ann",}',
        b'{"name": \x00"Ann"}',
        b"\x00",
        b" ",
        b"name=Ann",
        b'{"name": "a\nb"}',
        b"[" * 200,
        b'{"a":' * 200,
        b'["' + b"[" * 1000,
        b"9" * 5000,
        b"\xef\xbb\xbf",
    ],
    ids=lambda body: repr(body[:16]),
)
def test_broken_json_is_422(client: httpx2.Client, body: bytes) -> None:
    """Rule: a body that is not JSON is a 422 of type json_invalid. Source: the errors' shape."""
    (finding,) = findings(client.post(PERSONAS, content=body, headers=JSON))
    assert finding["type"] == "json_invalid"
    assert finding["loc"][0] == "body"
    assert finding["ctx"]["error"]


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\xfd",
        b'{"name": "\xe4"}',
        '{"name": "Ann"}'.encode("utf-16"),
        b"[" * 201,
        b"[" * 201 + b"]" * 201,
        b"[[" * 100 + b"]" * 100 + b"[" * 101,
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda body: repr(body[:16]),
)
def test_what_cannot_be_read_is_400(client: httpx2.Client, body: bytes) -> None:
    """Rule: no UTF-8, or more than 200 levels, is a 400. Source: the framework."""
    answer = client.post(PERSONAS, content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json() == {"detail": "There was an error parsing the body"}


def test_where_json_breaks_is_said(client: httpx2.Client) -> None:
    """Rule: the finding has the place and the framework's words. Source: the errors' shape."""
    answer = client.post(PERSONAS, content=b'{"name": }', headers=JSON)
    assert answer.json() == {
        "detail": [
            {
                "type": "json_invalid",
                "loc": ["body", 9],
                "msg": "JSON decode error",
                "input": {},
                "ctx": {"error": "Expecting value"},
            }
        ]
    }


@pytest.mark.parametrize("content", [None, b"", b"null"])
def test_no_body_is_422(client: httpx2.Client, content: bytes | None) -> None:
    """Rule: a required body that is missing is a finding at `body`. Source: the errors' shape."""
    answer = client.post(PERSONAS, content=content, headers=JSON)
    missing = {"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}
    assert findings(answer) == [missing]


def test_a_body_with_nothing_required_is_still_required(client: httpx2.Client) -> None:
    """Rule: an update without a body is 422, with `{}` 204. Source: published document."""
    path = f"{PERSONAS}{create_persona(client)}/"
    assert client.post(path).status_code == 422
    assert client.post(path, json={}).status_code == 204


@pytest.mark.parametrize("body", [b'"x"', b"[]", b"1", b"true", b"[{}]"])
def test_json_that_is_no_object_is_422(client: httpx2.Client, body: bytes) -> None:
    """Rule: a body is an object. Source: published document."""
    (finding,) = findings(client.post(PERSONAS, content=body, headers=JSON))
    assert finding["loc"] == ["body"]
    assert finding["input"] == json.loads(body)


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "text/json", "json", "a b/c;"]
)
def test_a_body_that_is_not_sent_as_json_is_422(client: httpx2.Client, kind: str | None) -> None:
    """Rule: a body has to be sent as JSON. Source: the errors' shape."""
    headers = {} if kind is None else {"Content-Type": kind}
    content = json.dumps(persona()).encode()
    findings(client.post(PERSONAS, content=content, headers=headers))
    assert client.get(PERSONAS).json()["simulation_personas"] == []


@pytest.mark.parametrize(
    "kind",
    [
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/json ;x=y",
        "application/vnd.api+json",
    ],
)
def test_json_has_several_names(client: httpx2.Client, kind: str) -> None:
    """Rule: parameters and case of the content type do not matter. Source: HTTP."""
    content = json.dumps(persona()).encode()
    answer = client.post(PERSONAS, content=content, headers={"Content-Type": kind})
    assert answer.status_code == 201


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 4000, "-0"])
@pytest.mark.parametrize("place", ["name", "role", "tags", "initial_version"])
def test_numbers_that_are_too_much_are_422(client: httpx2.Client, place: str, number: str) -> None:
    """Rule: a number that JSON cannot say back is a finding, not a crash. Source: no 500s."""
    body = json.dumps(persona(**{place: "@"})).replace('"@"', number)
    (finding,) = findings(client.post(PERSONAS, content=body.encode(), headers=JSON))
    assert finding["loc"] == ["body", place]


def test_what_is_nested_deeply_is_a_finding(client: httpx2.Client) -> None:
    """Rule: a deep value where text belongs is 422 at that place. Source: no 500s."""
    for depth in (10, 100, 199):
        deep = "[" * depth + "]" * depth
        body = json.dumps(persona(name="@")).replace('"@"', deep)
        (finding,) = findings(client.post(PERSONAS, content=body.encode(), headers=JSON))
        assert finding["loc"] == ["body", "name"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "\ud800"},
        {"name": "a\udfffb"},
        {"role": "\ud83d"},
        {"tags": {"\ud800": None}},
        {"tags": {"a": "\ud800"}},
        {"initial_version": {"background": "\ud800"}},
        {"initial_version": persona_version(sensitive_user_variables={"ab": "\ud800"})},
        {"initial_version": persona_version(user_models=["\ud800"])},
    ],
    ids=repr,
)
def test_half_a_character_is_422(client: httpx2.Client, change: dict[str, Any]) -> None:
    """Rule: a lone surrogate is no text. Source: no 500s; text is UTF-8."""
    body = json.dumps(persona(**change))
    assert "\\ud" in body
    findings(client.post(PERSONAS, content=body.encode(), headers=JSON))
    assert client.get(PERSONAS).json()["simulation_personas"] == []


def test_what_was_refused_leaves_nothing_behind(client: httpx2.Client) -> None:
    """Rule: after half a character was refused, the list works. Source: no 500s."""
    version = persona_version(nonsensitive_user_variables={"ab": "\ud800"})
    body = json.dumps(persona("Half", initial_version=version)).encode()
    assert client.post(PERSONAS, content=body, headers=JSON).status_code == 422
    whole = create_persona(client, name="Whole")
    assert [found["id"] for found in client.get(PERSONAS).json()["simulation_personas"]] == [whole]
    assert client.get(f"{PERSONAS}{whole}/version/").status_code == 200
    assert client.get("/_mock/state").status_code == 200


def test_unknown_fields_are_passed_over(client: httpx2.Client) -> None:
    """Rule: a field that is not published changes nothing. Source: published document."""
    for number, value in enumerate(["x", None, {"a": [1]}, "\x00", 1.5]):
        assert client.post(PERSONAS, json=persona(f"A{number}", more=value)).status_code == 201
    half = json.dumps(persona("B", more={"\ud800": "\ud800"})).encode()
    assert client.post(PERSONAS, content=half, headers=JSON).status_code < 500


def test_the_last_of_several_equal_keys_counts(client: httpx2.Client) -> None:
    """Rule: a repeated key is legal JSON; the last one counts. Source: assumption."""
    body = json.dumps(persona("First"))[:-1] + ', "name": "Last"}'
    assert client.post(PERSONAS, content=body.encode(), headers=JSON).status_code == 201
    assert client.get(PERSONAS).json()["simulation_personas"][0]["name"] == "Last"


def test_a_null_character_is_text(client: httpx2.Client) -> None:
    """Rule: an escaped U+0000 is a character as any other. Source: assumption."""
    assert client.post(PERSONAS, json=persona("a\x00b")).status_code == 201
    assert client.get(PERSONAS).json()["simulation_personas"][0]["name"] == "a\x00b"
    assert client.get(f"{PERSONAS}search", params={"query": "\x00"}).status_code == 200


# Findings


def test_a_finding_in_the_path(client: httpx2.Client) -> None:
    """Rule: type, loc, msg, input and ctx as the framework has them. Source: errors' shape."""
    assert client.delete(f"{PERSONAS}nope/").json() == {
        "detail": [
            {
                "type": "string_pattern_mismatch",
                "loc": ["path", "simulation_persona_id"],
                "msg": "String should match pattern '^[a-f0-9]{24}$'",
                "input": "nope",
                "ctx": {"pattern": "^[a-f0-9]{24}$"},
            }
        ]
    }


def test_a_finding_in_the_query(client: httpx2.Client) -> None:
    """Rule: a query parameter's finding has its text as input. Source: errors' shape."""
    assert client.get(PERSONAS, params={"limit": 51}).json() == {
        "detail": [
            {
                "type": "less_than_equal",
                "loc": ["query", "limit"],
                "msg": "Input should be less than or equal to 50",
                "input": "51",
                "ctx": {"le": 50},
            }
        ]
    }


def test_a_finding_in_a_repeated_parameter(client: httpx2.Client) -> None:
    """Rule: the place among repeated values is part of the location. Source: errors' shape."""
    path = f"{PERSONAS}?tag=a:b&tag=nocolon"
    (finding,) = findings(client.get(path))
    assert (finding["loc"], finding["input"]) == (["query", "tag", 1], "nocolon")


def test_a_finding_in_the_headers(client: httpx2.Client) -> None:
    """Rule: a header's finding names it in lower case with dashes. Source: errors' shape."""
    headers = {name: value for name, value in KEYS.items() if name != "x-api-key"}
    assert client.post(SIGN_IN, headers=headers).json() == {
        "detail": [
            {
                "type": "missing",
                "loc": ["header", "x-api-key"],
                "msg": "Field required",
                "input": None,
            }
        ]
    }


def test_a_finding_in_the_body(strict_client: httpx2.Client) -> None:
    """Rule: a missing field's finding echoes the object that lacks it. Source: errors' shape."""
    version = persona_version()
    del version["background"]
    answer = strict_client.post(PERSONAS, json=persona(initial_version=version))
    assert answer.json() == {
        "detail": [
            {
                "type": "missing",
                "loc": ["body", "initial_version", "background"],
                "msg": "Field required",
                "input": version,
            }
        ]
    }


def test_everything_that_is_wrong_is_said_at_once(client: httpx2.Client) -> None:
    """Rule: path, query and body are judged together. Source: the framework."""
    answer = client.post(f"{PERSONAS}x/version/", params={"version": "1"}, json={})
    places = [finding["loc"] for finding in findings(answer)]
    assert places == [
        ["path", "simulation_persona_id"],
        ["query", "version"],
        ["body", "background"],
    ]


@pytest.mark.parametrize(
    "query",
    [
        "continuation_token={}",
        "continuation_token=-{}",
        "continuation_token={}&role=a&is_deleted=false",
        "continuation_token={}&role=a&role=b",
        "continuation_token={}&sort_by=-updated_at&role=a",
        "continuation_token={}&tag=a:*&tag=b:*",
    ],
)
def test_an_offset_beyond_any_machine_is_an_empty_page(client: httpx2.Client, query: str) -> None:
    """Rule: an offset past the end, however large, is an empty page. Source: paging; no 500s."""
    create_persona(client)
    for digits in (18, 19, 20, 40):
        answer = client.get(f"{PERSONAS}?{query.format('9' * digits)}")
        assert answer.status_code == 200
        assert answer.json()["has_more"] is False


def test_an_offset_beyond_any_machine_for_who_sees_little(client: httpx2.Client) -> None:
    """Rule: the same holds where grants decide what is listed. Source: paging; no 500s."""
    condition = {"role": {"type": "Equals", "value": "patient"}}
    grants = [{"permission_name": "*", "conditions": condition}]
    world = {"id": "mock-org", "users": [{"id": "mock-user", "grants": grants}]}
    assert client.post("/_mock/organizations", json=world).status_code == 201
    assert client.get(PERSONAS, params={"continuation_token": "9" * 20}).status_code == 200


def test_nothing_at_all_can_be_filtered_and_sorted(client: httpx2.Client) -> None:
    """Rule: a filtered and sorted list of nothing is an empty page. Source: paging; no 500s."""
    for path in (PERSONAS, SCENARIOS):
        answer = client.get(path, params={"tag": "a:*", "sort_by": "+updated_at"})
        assert answer.status_code == 200


# Headers


@pytest.mark.parametrize("value", [b"", b"x", b"a, b", b"\xff\xfe", b"null", b"9" * 4000])
@pytest.mark.parametrize("name", [b"x-mongo-cluster-name", b"Sec-WebSocket-Protocol"])
def test_two_declared_headers_change_nothing(
    client: httpx2.Client, name: bytes, value: bytes
) -> None:
    """Rule: both headers are taken and have no effect. Source: published document."""
    plain = client.get(PERSONAS)
    answer = client.get(PERSONAS, headers=[(name, value), (name, value)])
    assert (answer.status_code, answer.content) == (200, plain.content)
    assert client.post(PERSONAS, headers={name: value}, json=persona()).status_code == 201


# Browsers


@pytest.mark.parametrize(
    "origin", ["http://localhost:3000", "http://127.0.0.1:5173", "https://app.localhost"]
)
def test_a_front_end_on_this_machine_may_call(anyone: httpx2.Client, origin: str) -> None:
    """Rule: a page from this machine may send tokens and JSON. Source: use in front ends."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-org-id",
    }
    answer = anyone.options(PERSONAS, headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "POST" in answer.headers["access-control-allow-methods"]
    allowed = {name.strip() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert {"authorization", "content-type", "x-org-id"} <= {name.lower() for name in allowed}


@pytest.mark.parametrize("status", [200, 401, 404, 422, 429, 501, 503])
def test_a_front_end_can_read_every_answer(
    mock: AmigoMock, client: httpx2.Client, status: int
) -> None:
    """Rule: limits, waits and warnings can be read, on failures too. Source: use in front ends."""
    headers = {"Origin": "http://localhost:3000"}
    path = PERSONAS
    if status == 401:
        headers["Authorization"] = "none"
    elif status == 404:
        path = "/v1/nothing"
    elif status == 422:
        path = f"{PERSONAS}?limit=x"
    elif status == 429:
        mock.rate_limits.set("get-simulation-personas", 0)
    elif status == 501:
        path = "/v1/mock-org/organization/"
    elif status == 503:
        mock.faults.add("*", status=503)
    answer = client.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    exposed = {name.strip() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert {name.lower() for name in exposed} == {
        "retry-after",
        "x-amigo-mock-hint",
        "x-amigo-mock-warning",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
    }


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost.evil.example",
        "http://localhost:3000.evil.example",
        "http://evillocalhost",
        "http://127.0.0.1.evil.example:80",
        "null",
    ],
)
def test_a_page_from_elsewhere_may_not_call(client: httpx2.Client, origin: str) -> None:
    """Rule: no other origin is allowed to read answers. Source: use in front ends."""
    asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    preflight = client.options(PERSONAS, headers=asked)
    assert preflight.status_code >= 400
    assert "access-control-allow-origin" not in preflight.headers
    plain = client.get(PERSONAS, headers={"Origin": origin})
    assert "access-control-allow-origin" not in plain.headers


# Never a 500


def untouched(mock: AmigoMock) -> AmigoMock:
    """The fake of the run, as new, for each example of a property."""
    mock.reset()
    mock.rate_limits.enabled = False
    return mock


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=60))
def test_any_bytes_are_422(running: AmigoMock, body: bytes) -> None:
    """Rule: whatever bytes come as a body, the answer is 422, or 400 for no text.

    Source: no 500s.
    """
    with untouched(running).client() as client:
        answer = client.post(PERSONAS, content=body, headers=JSON)
        try:
            body.decode()
        except UnicodeDecodeError:
            assert answer.status_code == 400
        else:
            findings(answer)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(
    body=st.fixed_dictionaries(
        {},
        optional={
            name: JSON_VALUES | st.just(persona()[name])
            for name in ("name", "role", "tags", "initial_version")
        },
    )
)
def test_any_json_is_taken_or_refused(running: AmigoMock, body: dict[str, Any]) -> None:
    """Rule: whatever JSON comes, the answer is 201 or 422. Source: no 500s."""
    with untouched(running).client() as client:
        content = json.dumps(body).encode()
        answer = client.post(PERSONAS, content=content, headers=JSON)
        assert answer.status_code in (201, 422)
        if answer.status_code == 422:
            findings(answer)


NAMES = ["limit", "continuation_token", "sort_by", "role", "creator", "tag", "id", "is_deleted"]


@settings(max_examples=60, deadline=None)
@given(
    query=st.lists(
        st.tuples(
            st.sampled_from([*NAMES, "x"]),
            st.text(max_size=6)
            | st.integers().map(str)
            | st.sampled_from(["+updated_at", "a:b", "a:*", "a,b", "true", NOBODY]),
        ),
        max_size=4,
    )
)
def test_any_query_is_taken_or_refused(running: AmigoMock, query: list[tuple[str, str]]) -> None:
    """Rule: whatever query comes, the answer is 200 or 422. Source: no 500s."""
    with untouched(running).client() as client:
        text = "&".join(f"{name}={quote(value, safe='')}" for name, value in query)
        answer = client.get(f"{PERSONAS}?{text}")
        assert answer.status_code in (200, 422)
        if answer.status_code == 422:
            findings(answer)


@settings(max_examples=60, deadline=None)
@given(query=st.binary(max_size=30))
def test_any_bytes_of_a_query_are_taken_or_refused(running: AmigoMock, query: bytes) -> None:
    """Rule: whatever bytes stand escaped in a query, no 500. Source: no 500s."""
    with untouched(running).client() as client:
        found = client.get(f"{PERSONAS}search?query={quote(query)}&{quote(query)}")
        assert found.status_code in (200, 422)


@settings(max_examples=60, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "X"]),
    parts=st.lists(
        st.sampled_from(["v1", "mock-org", "simulation", "persona", "search", "version", ""])
        | st.text(max_size=4),
        max_size=7,
    ),
)
def test_any_path_is_answered(running: AmigoMock, method: str, parts: list[str]) -> None:
    """Rule: whatever path is asked for, no 500. Source: no 500s."""
    with untouched(running).client() as client:
        path = "/" + "/".join(quote(part, safe="") for part in parts)
        assert client.request(method, f"{running.url}{path}").status_code != 500


# What a handler answers


class Yes(BaseModel):
    """An answer."""

    word: str


class No(BaseModel):
    """Another answer."""

    word: str


@operation(PublishedOperation("say", "POST", "/v1/{organization}/say", (201,)))
def say(call: Call[Parameters, Empty]) -> Yes:
    """Answer with a body."""
    return Yes(word="yes")


@operation(PublishedOperation("hush", "POST", "/v1/{organization}/hush", (204,)))
def hush(call: Call[Parameters, Empty]) -> None:
    """Answer without a body."""


@operation(PublishedOperation("recite", "GET", "/v1/{organization}/recite", (200,)))
def recite(call: Call[Parameters, Empty]) -> Joined[Yes]:
    """Answer with JSON that exists already."""
    return Joined(Yes, b'{"word":"yes"}')


@pytest.mark.parametrize(
    ("operation", "result", "status", "body"),
    [
        (say, Yes(word="yes"), 201, b'{"word":"yes"}'),
        (recite, Joined(Yes, b'{"word": "as is"}'), 200, b'{"word": "as is"}'),
        (hush, None, 204, b""),
    ],
)
def test_a_handlers_answer_goes_out_as_declared(
    operation: Operation, result: Any, status: int, body: bytes
) -> None:
    """Rule: the declared status, and the model's JSON. Source: the pipeline's last step."""
    answer = success(operation, result)
    assert (answer.status, answer.body) == (status, body)
    assert dict(answer.headers) == ({b"content-type": b"application/json"} if body else {})


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        (say, None),
        (say, No(word="no")),
        (say, {"word": "yes"}),
        (say, Joined(No, b"{}")),
        (recite, Joined(No, b"{}")),
        (recite, b"{}"),
        (hush, Yes(word="yes")),
        (hush, {}),
        (hush, False),
        (hush, Joined(Yes, b"{}")),
    ],
)
def test_a_handler_that_answers_something_else_is_a_bug(operation: Operation, result: Any) -> None:
    """Rule: an answer of another type never goes out. Source: the pipeline's last step."""
    with pytest.raises(TypeError, match=operation.id):
        success(operation, result)
