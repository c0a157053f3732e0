"""Hints: what people are told about a refusal, beside the answer that the contract has.

Rule of all of it: status and body stay the service's; the header, the journal, the log and the
report say what to do instead. Source: the fake's own contract.
"""

from __future__ import annotations

import time

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.operations.nearest import nearest_row
from amigo_mock.resources import CATALOG
from amigo_mock.state.access_log import text_line
from amigo_mock.testing.failure_report import FakeState, failure_report
from tests.support.bodies import persona
from tests.support.paths import NOBODY, PERSONAS, SIGN_IN

HINT = "x-amigo-mock-hint"
LIST = "GET /v1/{organization}/simulation/persona/"
VERSIONS = "POST /v1/{organization}/simulation/persona/{simulation_persona_id}/version/"
SECRET = "wx7Qk-49211"


@pytest.mark.parametrize(
    ("method", "path", "near"),
    [
        ("GET", "/v1/mock-org/simulation/personas/", LIST),
        ("GET", "/v1/simulation/persona/", LIST),
        ("GET", "/mock-org/simulation/persona/", LIST),
        ("GET", "/v1/mock-org/persona/", LIST),
        ("GET", "/v1/v1/mock-org/simulation/persona/", LIST),
        ("GET", "/api/v1/mock-org/simulation/persona/", LIST),
        ("GET", "/V1/mock-org/Simulation/Persona/", LIST),
        ("POST", "/v1/mock-org/simulation/personas/", LIST.replace("GET", "POST")),
        ("POST", f"{PERSONAS}{NOBODY}/versions/", VERSIONS),
    ],
)
def test_an_unknown_path_names_the_nearest(
    mock: AmigoMock, client: httpx2.Client, method: str, path: str, near: str
) -> None:
    """Rule: a misspelt, missing or doubled segment leads to the path that was meant, in the header
    and in the journal; the body is the framework's. Source: the module.
    """
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    assert answer.headers[HINT] == mock.requests.last.hint
    assert near in answer.headers[HINT]


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/v1", "/v1/mock-org", "/v1/mock-org/nothing", "/favicon.ico", "/wp-admin/x.php"),
        "/v1/mock-org/simulation/x/y/z/",
        "/v1" + "/x" * 100,
        "/v1/mock-org/simulation/persona" + "s" * 500,
    ],
)
def test_a_path_that_is_near_to_none_gets_no_hint(client: httpx2.Client, path: str) -> None:
    """Rule: no guess is better than a wild one. Source: assumption: a hint is to be trusted."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert HINT not in answer.headers


def test_the_method_decides_between_equals() -> None:
    """Rule: of two paths as near the one of the method is meant. Source: the module."""
    rows = [("POST", "/a/{x}/things"), ("GET", "/a/{x}/things"), ("GET", "/a/{x}/other")]
    assert nearest_row("GET", "/a/1/thing", rows) == ("GET", "/a/{x}/things")
    assert nearest_row("PUT", "/a/1/thing", rows) == ("POST", "/a/{x}/things")
    assert nearest_row("GET", "/b", rows) is None


def test_no_path_takes_long_to_compare() -> None:
    """Rule: what a client makes up is compared within bounds. Source: nothing that a client sends
    keeps the fake from others.
    """
    started = time.perf_counter()
    for number in range(10):
        nearest_row("GET", f"/v1{'/simulation' * 8}/x{number}" + "a" * 100, CATALOG.paths)
        nearest_row("GET", "/v1" + "/x" * 120, CATALOG.paths)
    assert time.perf_counter() - started < 10  # it is some milliseconds


def test_a_wrong_method_names_those_of_the_path(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the hint says which methods there are. Source: Allow, for people."""
    answer = client.put(PERSONAS)
    assert (answer.status_code, answer.json()) == (405, {"detail": "Method Not Allowed"})
    assert answer.headers[HINT] == mock.requests.last.hint == "this path has GET and POST"


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        (PERSONAS[:-1], "the path has a slash at its end"),
        (f"{SIGN_IN}/", "the path has no slash at its end"),
    ],
)
def test_a_redirect_says_what_is_wrong_with_the_path(
    mock: AmigoMock, client: httpx2.Client, path: str, hint: str
) -> None:
    """Rule: a 307 says which way the slash is wrong. Source: clients that do not follow."""
    answer = client.get(path)
    assert answer.status_code == 307
    assert answer.headers[HINT] == mock.requests.last.hint == hint


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_a_body_that_is_not_said_to_be_json_says_so(
    mock: AmigoMock, client: httpx2.Client, content_type: str
) -> None:
    """Rule: a body without its content type is a 422 as published, and the hint says which header
    is missing. Source: what curl sends by itself.
    """
    headers = {"Content-Type": content_type} if content_type else {}
    answer = client.post(PERSONAS, content=b'{"name": "Ann"}', headers=headers)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"] == "model_attributes_type"
    assert answer.headers[HINT] == "send the header Content-Type: application/json"
    assert mock.requests.last.hint == answer.headers[HINT]


def test_a_body_that_is_json_gets_no_such_hint(client: httpx2.Client) -> None:
    """Rule: the header is named only where it is what is wrong. Source: the hint."""
    assert HINT not in client.post(PERSONAS, json=[]).headers
    assert HINT not in client.post(PERSONAS).headers
    assert HINT not in client.get(PERSONAS, params={"limit": "x"}).headers


# Reasons


def test_the_journal_says_why_a_request_was_refused(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the first finding and how many more there are, or the sentence; nothing for a success
    and for what an armed fault answered. Source: the log, which has no bodies.
    """
    assert client.get(PERSONAS).status_code == 200
    assert client.post(PERSONAS, json={}).status_code == 422
    assert client.get(PERSONAS, params={"limit": 51}).status_code == 422
    assert client.get(f"{PERSONAS}{NOBODY}/version/").status_code == 404
    assert client.get(PERSONAS, headers={"Authorization": "Bearer x"}).status_code == 401
    assert client.get("/v1/mock-org/organization/").status_code == 501
    mock.faults.add("get-simulation-personas", status=503, when="after")
    assert client.get(PERSONAS, params={"limit": 51}).status_code == 503
    success, body, query, missing, anyone, gap, fault = (one.reason for one in mock.requests)
    assert (success, fault) == ("", "")
    assert body == "body.name: Field required (and 3 more)"
    assert query.startswith("query.limit: Input should be less")
    assert missing == client.get(f"{PERSONAS}{NOBODY}/version/").json()["detail"]
    assert anyone == client.get(PERSONAS, headers={"Authorization": "Bearer x"}).json()["detail"]
    assert "does not emulate" in gap


def test_no_reason_holds_a_secret(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: neither a secret nor a name inside of one is in it. Source: secrets reach no log."""
    version = {"background": "New.", "user_models": [], "nonsensitive_user_variables": {}}
    for wrong in ({SECRET: 5}, SECRET, [SECRET], {"ssn": {SECRET: 1}}):
        body = persona(initial_version={**version, "sensitive_user_variables": wrong})
        assert client.post(PERSONAS, json=body).status_code == 422
        reason = mock.requests.last.reason
        assert "sensitive_user_variables" in reason
        assert SECRET not in reason


# Where people read them


def test_the_log_says_reason_and_hint(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a line of the log ends with why, and what to do. Source: the log's own contract."""
    client.post(PERSONAS, content=b"{}")
    client.get("/v1/mock-org/simulation/personas/")
    refused, unknown = (text_line(entry, colours=False) for entry in mock.requests)
    assert refused.startswith("422 create-simulation-persona ")
    assert refused.endswith(
        "  body: Input should be a valid dictionary or object to extract fields from"
        "  send the header Content-Type: application/json"
    )
    assert unknown.endswith(f"ms  did you mean {LIST}?")


def test_the_failure_report_says_hints(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the hint stands below the request. Source: the report on a failed test."""
    client.get(PERSONAS[:-1])
    text = failure_report(mock.requests, FakeState(now=mock.clock.datetime()))
    assert "\n      hint the path has a slash at its end\n" in text
