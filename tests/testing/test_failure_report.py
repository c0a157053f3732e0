"""The report on a failed test: complete enough, short enough, and without secrets."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.state.faults import Fault
from amigo_mock.state.requests import Entry
from amigo_mock.testing.failure_report import FakeState, failure_report
from tests.support.bodies import persona, persona_version
from tests.support.paths import PERSONAS

CREATE, LIST = "create-simulation-persona", "get-simulation-personas"
NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
DEFAULT = "mock-org/mock-user"
SHORT = "/v1/o/simulation/persona/"
SECRET = "wx7Qk-49211"
CLOCK = "clock: 2026-01-31T12:00:00.000Z"


def entry(number: int = 1, **changes: Any) -> Entry:
    content: dict[str, Any] = {
        "number": number,
        "time": NOW.timestamp(),
        "method": "GET",
        "path": PERSONAS,
        "query": "",
        "operation": LIST,
        "organization": "mock-org",
        "user": "mock-user",
        "status": 200,
        "duration": 1.25,
    }
    return Entry(**{**content, **changes})


def lines(*entries: Entry, **state: Any) -> list[str]:
    """The report, without the lines around the requests."""
    given: dict[str, Any] = {"now": NOW, "caller": DEFAULT, **state}
    text = failure_report(entries, FakeState(**given))
    text.encode()
    found = text.split("\n")
    assert all(line.isprintable() for line in found)
    return found


def told(entry: Entry) -> list[str]:
    """The lines of the report on one request, without its first."""
    return lines(entry)[2:-1]


# Requests


def test_a_request_is_a_line() -> None:
    """Rule: number, time since the first, status, what was asked, operation, ms. Source: README."""
    second = entry(12, time=NOW.timestamp() + 61.25, query="limit=1", status=404)
    assert lines(entry(9), second) == [
        "2 requests, from 2026-01-31T12:00:00.000Z",
        f" 9   +0.000s  200  GET {PERSONAS}  {LIST}  1.2 ms",
        f"12  +61.250s  404  GET {PERSONAS}?limit=1  {LIST}  1.2 ms",
        CLOCK,
    ]


def test_no_request_is_said() -> None:
    """Rule: that nothing was asked is worth a line. Source: the README."""
    assert lines() == ["no requests", CLOCK]
    assert lines(entry())[0] == "1 request, from 2026-01-31T12:00:00.000Z"
    assert lines(forgotten=7)[1] == "(7 earlier ones are no longer in the journal)"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"fault": True, "status": 503}, f"503  GET {PERSONAS}  {LIST}  1.2 ms  armed fault"),
        ({"fault": True, "dropped": True, "status": None},
         f"drop GET {PERSONAS}  {LIST}  1.2 ms  armed fault"),
        ({"status": None}, f"-    GET {PERSONAS}  {LIST}  1.2 ms"),
        ({"race": True, "user": "eve", "path": SHORT},
         f"200  GET {SHORT}  {LIST}  1.2 ms  by another user"),
        ({"user": "eve", "path": SHORT}, f"200  GET {SHORT}  {LIST}  1.2 ms  by mock-org/eve"),
        ({"user": None}, f"200  GET {PERSONAS}  {LIST}  1.2 ms"),
        ({"operation": None, "path": "/v1/a\n\x1b[31mb"},
         "200  GET /v1/a??[31mb  no operation  1.2 ms"),
    ],
)  # fmt: skip
def test_a_line_says_what_is_out_of_the_ordinary(changes: dict[str, Any], line: str) -> None:
    """Rule: faults, drops, races, other callers, unknown paths. Source: the README."""
    assert lines(entry(**changes))[1] == f"1   +0.000s  {line}"


def test_warnings_stand_under_their_line() -> None:
    """Rule: what was let pass is said where it was. Source: strictness."""
    found = told(entry(warnings=["sort-field: only updated_at", "x: " + "many words " * 12]))
    assert found[0] == "      warning sort-field: only updated_at"
    assert found[1].startswith("      warning x: many words many")
    assert found[2].startswith("        many words") or found[2].startswith("        words")
    assert all(len(line) <= 100 for line in found)


def test_a_refused_request_has_both_bodies() -> None:
    """Rule: what was sent and what was answered, pretty but short. Source: the README."""
    body = {"name": "Ann", "tags": {}, "initial_version": {"background": "long " * 12, "n": [1, 2]}}
    detail = [{"type": "missing", "loc": ["body", "role"], "msg": "Field required" * 3, "input": 1}]
    refused = entry(
        status=422,
        request_body=json.dumps(body).encode(),
        response_body=json.dumps({"detail": detail}).encode(),
    )
    assert told(refused) == [
        "      sent     {",
        '                 "name": "Ann",',
        '                 "tags": {},',
        '                 "initial_version": {',
        '                   "background": "' + "long " * 12 + '",',
        '                   "n": [1, 2]',
        "                 }",
        "               }",
        "      answered {",
        '                 "detail": [',
        "                   {",
        '                     "type": "missing",',
        '                     "loc": ["body", "role"],',
        '                     "msg": "Field requiredField requiredField required",',
        '                     "input": 1',
        "                   }",
        "                 ]",
        "               }",
    ]


@pytest.mark.parametrize("status", [200, 204, 307, None])
def test_an_accepted_request_has_none(status: int | None) -> None:
    """Rule: bodies of what went well are left out. Source: reports are for people."""
    assert told(entry(status=status, request_body=b"{}", response_body=b"{}")) == []


def test_what_is_the_same_is_said_once() -> None:
    """Rule: a client that tries again does not fill the report. Source: reports are for people."""
    found = lines(*(entry(number, status=503, response_body=b'{"a":1}') for number in (3, 4, 5)))
    assert found[2] == '      answered {"a": 1}'
    assert found[4] == found[6] == "      sent and answered as in 3"
    assert len(found) == 8


def test_a_long_body_is_cut_and_says_so() -> None:
    """Rule: at most 20 lines of a body, of at most 100 columns. Source: reports are for people."""
    body = json.dumps({"text": "x" * 500, **{f"a{n}": "y" * 50 for n in range(30)}}).encode()
    found = told(entry(status=422, request_body=body))
    assert len(found) == 20
    assert found[1].endswith("xxx…")
    assert found[-1] == "               ... 14 more lines"
    assert max(map(len, found)) == 100


def test_what_does_not_fit_with_its_name_is_taken_apart() -> None:
    """Rule: a name counts too; what can be broken is not cut. Source: reports are for people."""
    body = json.dumps({"n" * 50: ["a" * 30]}).encode()
    assert told(entry(status=422, request_body=body)) == [
        "      sent     {",
        f'                 "{"n" * 50}": [',
        f'                   "{"a" * 30}"',
        "                 ]",
        "               }",
    ]


def test_an_answer_is_wrapped() -> None:
    """Rule: the end of what was answered may be what counts. Source: reports are for people."""
    detail = "word " * 40 + "the end"
    found = told(entry(status=400, response_body=json.dumps({"detail": detail}).encode()))
    assert found[-2].endswith('the end"')
    assert all(len(line) <= 100 for line in found)


@pytest.mark.parametrize(
    "body", [b'{"name": "An', b"\xff\xfe{", b"plain", b"[" * 3000, b'"\\ud800\x9b"', b'["\\ud800"]']
)
def test_whatever_was_sent_can_be_printed(body: bytes) -> None:
    """Rule: a body may be cut, broken, or no text at all. Source: the journal."""
    found = told(entry(status=422, request_body=body, response_body=body))
    assert found[0].startswith("      sent     ")
    assert any(line.startswith("      answered ") for line in found)
    if body == b"plain":
        assert found[:2] == [
            "      sent     plain",
            "               (not JSON, or the journal has 5 bytes of it)",
        ]


def test_the_middle_of_many_is_counted() -> None:
    """Rule: 20 first and 40 last requests. Source: reports are for people."""
    assert len(lines(*map(entry, range(1, 61)))) == 62
    found = lines(*map(entry, range(1, 201)))
    assert found[0].startswith("200 requests")
    assert [line.split()[0] for line in found[1:21]] == [str(number) for number in range(1, 21)]
    assert found[21] == "      ... 140 more ..."
    assert [line.split()[0] for line in found[22:62]] == [str(number) for number in range(161, 201)]
    assert found[62:] == [CLOCK]


def test_lines_fit_the_width() -> None:
    """Rule: 100 columns, for which the path is cut. Source: reports are for people."""
    version = f"{PERSONAS}0123456789abcdef01234567/version/"
    found = lines(entry(path=version, query="tag=x" * 30, operation=f"{LIST}-versions"))
    assert [len(line) for line in found[1:-1]] == [100]
    assert "GET …" in found[1]


# How things stand


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ({}, CLOCK),
        ({"frozen": True}, f"{CLOCK}, frozen"),
        ({"advanced": 61.0}, f"{CLOCK}, advanced by 61 s"),
        ({"advanced": 0.0}, CLOCK),
        ({"frozen": True, "advanced": 0.5}, f"{CLOCK}, frozen, advanced by 0.5 s"),
        ({"rate_limits": False}, "rate limits: disabled"),
        ({"maintenance": True}, "maintenance: every operation answers 503"),
        ({"repeat": "seed 7: --amigo-seed=7"}, "seed 7: --amigo-seed=7"),
    ],
)
def test_what_is_not_as_usual_is_a_line(state: dict[str, Any], line: str) -> None:
    """Rule: clock, limits, maintenance and how to repeat it. Source: the README."""
    assert lines(**state)[-1] == line


def test_a_time_is_in_utc() -> None:
    """Rule: one zone for all. Source: the clock."""
    assert lines(now=NOW.astimezone())[-1] == CLOCK


@pytest.mark.parametrize(
    ("fault", "hits", "text"),
    [
        ({"operation": LIST, "status": 503, "times": 3}, 1, f"{LIST} 503 for 2 more"),
        ({"operation": LIST, "status": 503, "times": None}, 9, f"{LIST} 503 each time"),
        ({"operation": "*", "drop": True, "when": "after"}, 0,
         "* drop once it was handled for 1 more"),
        ({"operation": LIST, "delay": 1.5}, 0, f"{LIST} late after 1.5 s for 1 more"),
        ({"operation": LIST, "status": 503, "body": {"id_token": SECRET}, "headers": {"a": SECRET}},
         0, f"{LIST} 503 for 1 more"),
    ],
)  # fmt: skip
def test_an_armed_fault_that_is_left_is_a_line(fault: Any, hits: int, text: str) -> None:
    """Rule: what was armed and did not happen may be why. Source: the README."""
    found = lines(faults=[(Fault.model_validate(fault), hits)])
    assert found == ["no requests", CLOCK, f"armed fault: {text}"]


def test_a_spent_fault_is_none() -> None:
    """Rule: what is spent is left out. Source: faults."""
    spent = Fault.model_validate({"operation": LIST, "status": 503})
    assert lines(faults=[(spent, 1)]) == ["no requests", CLOCK]


def used(count: int, ago: float = 0.0, **changes: Any) -> Entry:
    time = (NOW - timedelta(seconds=ago)).timestamp()
    return entry(count, time=time, used=count, limit=50, **changes)


@pytest.mark.parametrize(
    ("entries", "line"),
    [
        ([used(1), used(2)], f"rate limits: {LIST} 2 of 50"),
        ([used(1, 59.0), used(2, 1.0)], f"rate limits: {LIST} 2 of 50"),
        ([used(1, 61.0), used(2, 1.0)], CLOCK),
        ([used(1, 61.0), used(2, 59.0), used(1, 0.5)], f"rate limits: {LIST} 1 of 50"),
        ([used(0)], CLOCK),
        ([entry()], CLOCK),
        ([used(1), used(1, user="eve", operation=CREATE), used(2)],
         f"rate limits: {LIST} 2 of 50, {CREATE} by mock-org/eve 1 of 50"),
        ([used(3, user=None)], f"rate limits: {LIST} 3 of 50"),
    ],
)  # fmt: skip
def test_limits_are_those_of_windows_that_are_open(entries: list[Entry], line: str) -> None:
    """Rule: used of limit by operation and caller, while the minute lasts. Source: rate limits."""
    assert lines(*entries)[-1] == line


# Of a fake


def test_an_account_of_a_fake_has_no_secret(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: secrets reach no report. Source: secrets."""
    mock.clock.freeze(NOW.timestamp())
    version = persona_version(sensitive_user_variables={"pin": SECRET})
    good = persona(initial_version=version)
    for body in (good, {**good, "name": 1}):
        client.post(PERSONAS, json=body)
        client.post(PERSONAS, json=body)
    client.post(
        "/v1/mock-org/user/signin_with_api_key",
        headers={"x-api-key": SECRET, "x-api-key-id": "mock-key-id", "x-user-id": "mock-user"},
    )
    client.get(PERSONAS, headers={"Authorization": f"Bearer {SECRET}"})
    text = failure_report(
        mock.requests, FakeState(now=mock.clock.datetime(), frozen=True, caller=DEFAULT)
    )
    assert SECRET not in text
    found = text.split("\n")
    assert [line.split()[2] for line in found if line[:1] in "123456"][1:] == [
        "201", "409", "422", "422", "401", "401",
    ]  # fmt: skip
    assert found[0] == "6 requests, from 2026-01-31T12:00:00.000Z"
    assert found[-2:] == [
        f"{CLOCK}, frozen",
        f"rate limits: {CREATE} 4 of 100, sign-in-with-api-key 1 of 5",
    ]


def test_an_account_can_be_made_of_what_the_control_api_says(
    mock: AmigoMock, client: httpx2.Client
) -> None:
    """Rule: an entry that went through JSON has the same report. Source: the control API."""
    client.get(PERSONAS, params={"sort_by": "+name"})
    client.post(PERSONAS, json={"name": "Ann"})
    read = client.get("/_mock/requests").json()["requests"]
    state = FakeState(now=mock.clock.datetime(), caller=DEFAULT)
    assert failure_report(map(Entry.of, read), state) == failure_report(mock.requests, state)


@pytest.mark.parametrize("duration", [0.0, 0.44999, 0.4499999, 0.45, 0.9499999, 12.34999999])
def test_a_duration_is_rounded_in_one_way(duration: float) -> None:
    """Rule: an entry that went through JSON took as long. Source: the control API."""
    entry = Entry(1, 0.0, "GET", PERSONAS, "", status=200, duration=duration)
    state = FakeState(now=datetime(2026, 1, 31, tzinfo=UTC))
    assert failure_report([Entry.of(entry.json())], state) == failure_report([entry], state)


def test_requests_are_numbered_through_over_a_reset(mock: AmigoMock) -> None:
    """Rule: where the journal began anew in the middle of a test, as in each example of
    Hypothesis, no two requests have one number. Source: the failure report.
    """
    heard: list[Entry] = []
    mock.requests.subscribe(heard.append)
    with mock.client(in_process=True) as client:
        for _ in range(3):
            client.get(PERSONAS)
            mock.reset()
    mock.requests.unsubscribe(heard.append)
    lines = failure_report(heard, FakeState(now=mock.clock.datetime())).splitlines()
    assert [line.split()[0] for line in lines if " GET " in line] == ["1", "2", "3"]
