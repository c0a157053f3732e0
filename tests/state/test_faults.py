"""Faults: what goes wrong on request, as a client of a real socket meets it."""

from __future__ import annotations

import time
from typing import Any, Literal

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError
from tests.support.bodies import persona
from tests.support.paths import PERSONAS, SCENARIOS
from tests.support.verbs import persona_names

LIST, CREATE = "get-simulation-personas", "create-simulation-persona"
CUT = (httpx2.RemoteProtocolError, httpx2.ReadError)


def statuses(client: httpx2.Client, count: int, path: str = PERSONAS) -> list[int]:
    return [client.get(path).status_code for _ in range(count)]


# What it answers


def test_a_fault_hits_once(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a status, one call unless said otherwise, in the errors' shape. Source: faults."""
    mock.faults.add(LIST, status=503)
    answer = client.get(PERSONAS)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == {"detail"}
    assert LIST in answer.json()["detail"]
    assert statuses(client, 2) == [200, 200]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_fault_hits_as_often_as_said(mock: AmigoMock, client: httpx2.Client, times: int) -> None:
    """Rule: `times` calls, then the real answer again. Source: faults."""
    armed = mock.faults.add(LIST, status=500, times=times)
    assert statuses(client, 5) == [500] * times + [200] * (5 - times)
    assert armed.hits == times


def test_a_fault_without_times_hits_until_cleared(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: `times` null lasts until the faults are cleared. Source: faults."""
    armed = mock.faults.add(LIST, status=500, times=None)
    assert statuses(client, 5) == [500] * 5
    assert (armed.hits, len(mock.faults)) == (5, 1)
    mock.faults.clear()
    assert statuses(client, 1) == [200]
    assert (armed.hits, len(mock.faults)) == (5, 0)


def test_a_fault_hits_its_operation_only(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: calls of other operations neither suffer nor count. Source: faults."""
    armed = mock.faults.add(CREATE, status=500)
    assert statuses(client, 1) == [200]
    assert armed.hits == 0
    assert client.post(PERSONAS, json=persona()).status_code == 500
    assert armed.hits == 1


def test_a_star_hits_every_operation(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: `*` is any operation; the control API is none. Source: faults."""
    armed = mock.faults.add("*", status=500, times=3)
    assert client.get("/_mock/health").status_code == 200
    found = [statuses(client, 1, path)[0] for path in (PERSONAS, SCENARIOS, f"{PERSONAS}search")]
    assert (found, armed.hits) == ([500, 500, 500], 3)
    assert statuses(client, 1) == [200]


def test_the_oldest_fault_hits_first(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: one fault a call, in the order in which they were armed. Source: faults."""
    mock.faults.add("*", status=500)
    mock.faults.add(LIST, status=502, times=2)
    mock.faults.add(LIST, status=504)
    assert statuses(client, 5) == [500, 502, 502, 504, 200]


def test_one_fault_can_be_taken_back(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: one fault goes and the others stay; a second time is passed over. Source: faults."""
    first = mock.faults.add(LIST, status=500)
    mock.faults.add(LIST, status=502)
    mock.faults.remove(first)
    mock.faults.remove(first)
    assert [armed.fault.status for armed in mock.faults] == [502]
    assert statuses(client, 2) == [502, 200]


def test_a_reset_disarms(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: after a reset nothing is armed. Source: a reset restores the start."""
    mock.faults.add("*", status=500, times=None)
    mock.reset()
    assert statuses(client, 1) == [200]
    assert list(mock.faults) == []


@pytest.mark.parametrize(
    ("body", "right"),
    [
        ({"error": "x"}, {"error": "x"}),
        ([], []),
        ("text", "text"),
        (0, 0),
        (False, False),
        ({}, {}),
        ({"a": [1, None, "ü", {"b": 1.5}]}, {"a": [1, None, "ü", {"b": 1.5}]}),
    ],
)
def test_a_fault_has_its_own_body(
    mock: AmigoMock, client: httpx2.Client, body: Any, right: Any
) -> None:
    """Rule: `body` is the JSON that is answered. Source: faults."""
    mock.faults.add(LIST, status=400, body=body)
    assert client.get(PERSONAS).json() == right


def test_a_fault_has_its_own_headers(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: `headers` are sent as they are, and may replace the type. Source: faults."""
    headers = {"Retry-After": "7", "X-Trace": "a b", "Content-Type": "text/html"}
    mock.faults.add(LIST, status=429, headers=headers)
    answer = client.get(PERSONAS)
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["x-trace"] == "a b"
    assert answer.headers.get_list("content-type") == ["text/html"]


@pytest.mark.parametrize("status", [200, 201, 299, 301, 400, 418, 429, 500, 599])
def test_a_fault_has_any_status(mock: AmigoMock, client: httpx2.Client, status: int) -> None:
    """Rule: every status from 200 to 599 can be answered. Source: faults."""
    mock.faults.add(LIST, status=status)
    answer = client.get(PERSONAS)
    assert (answer.status_code, answer.content != b"") == (status, True)


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_that_has_no_body_gets_none(
    mock: AmigoMock, client: httpx2.Client, status: int
) -> None:
    """Rule: 204 and 304 have no body, and the connection stays usable. Source: HTTP."""
    mock.faults.add(LIST, status=status, body={"never": "sent"})
    answer = client.get(PERSONAS)
    assert (answer.status_code, answer.content) == (status, b"")
    assert statuses(client, 2) == [200, 200]


def test_a_fault_hits_whoever_asks(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: neither token nor body nor limit matters to a fault. Source: the pipeline's order."""
    mock.rate_limits.set(CREATE, 0)
    mock.faults.add(CREATE, status=502)
    answer = client.post(PERSONAS, content=b"{", headers={"Authorization": "none"})
    assert answer.status_code == 502


# Before and after


def test_before_the_handler_nothing_has_happened(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: by default the world does not change. Source: faults."""
    mock.faults.add(CREATE, status=500)
    assert client.post(PERSONAS, json=persona()).status_code == 500
    assert persona_names(client) == []


def test_after_the_handler_the_answer_is_lost(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: `after` has committed by the time it fails; a retry meets it. Source: faults."""
    mock.faults.add(CREATE, status=500, when="after")
    assert client.post(PERSONAS, json=persona("Ann")).status_code == 500
    assert persona_names(client) == ["Ann"]
    assert client.post(PERSONAS, json=persona("Ann")).status_code == 409


def test_before_nothing_is_counted_and_after_it_is(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a request that the service never saw uses up no limit. Source: the order."""
    mock.faults.add(LIST, status=500)
    mock.faults.add(LIST, status=500, when="after")
    assert statuses(client, 2) == [500, 500]
    assert client.get(PERSONAS).headers["x-ratelimit-remaining"] == "48"


# Late


def test_a_delay_makes_the_real_answer_late(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a delay alone leaves the answer as it is. Source: faults."""
    mock.faults.add(CREATE, delay=0.05)
    started = time.monotonic()
    answer = client.post(PERSONAS, json=persona("Ann"))
    assert time.monotonic() - started >= 0.05
    assert answer.status_code == 201
    assert answer.headers["x-ratelimit-remaining"] == "99"
    assert persona_names(client) == ["Ann"]


def test_a_delay_is_of_real_time(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the fake's clock may stand still meanwhile. Source: faults."""
    mock.clock.freeze()
    now = mock.clock.now()
    mock.faults.add(LIST, delay=0.001, status=503)
    assert statuses(client, 2) == [503, 200]
    assert mock.clock.now() == now


# Dropped


@pytest.mark.parametrize(("when", "left"), [("before", []), ("after", ["Ann"])])
def test_a_dropped_connection_is_cut(
    mock: AmigoMock, client: httpx2.Client, when: Literal["before", "after"], left: list[str]
) -> None:
    """Rule: no answer at all, before or after the world changed. Source: faults."""
    armed = mock.faults.add(CREATE, drop=True, when=when)
    with pytest.raises(CUT):
        client.post(PERSONAS, json=persona("Ann"))
    assert armed.hits == 1
    assert persona_names(client) == left


def test_the_server_outlives_dropped_connections(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a cut connection takes nobody with it. Source: faults."""
    mock.faults.add(LIST, drop=True, times=10)
    with mock.client() as other:
        assert other.get(SCENARIOS).status_code == 200
        for _ in range(10):
            with pytest.raises(CUT):
                client.get(PERSONAS)
        assert other.get(SCENARIOS).status_code == 200
    assert statuses(client, 3) == [200] * 3


def test_a_drop_can_be_late(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: delay and drop go together. Source: faults."""
    mock.faults.add(LIST, drop=True, delay=0.001)
    with pytest.raises(CUT):
        client.get(PERSONAS)
    assert statuses(client, 1) == [200]


# Lapsing


def test_a_fault_lapses_on_the_fakes_clock(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: `expires_in` seconds after it was armed it no longer hits. Source: one clock."""
    mock.clock.freeze()
    armed = mock.faults.add(LIST, status=500, times=None, expires_in=30)
    mock.clock.advance(29.75)
    assert statuses(client, 2) == [500, 500]
    mock.clock.advance(0.25)
    assert statuses(client, 2) == [200, 200]
    assert armed.hits == 2


def test_a_fault_can_be_spent_before_it_lapses(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: whichever comes first, times or time. Source: faults."""
    mock.clock.freeze()
    mock.faults.add(LIST, status=500, times=1, expires_in=30)
    assert statuses(client, 2) == [500, 200]


# Mistakes


@pytest.mark.parametrize(
    ("operation", "near"),
    [
        ("create-simulation-person", "create-simulation-persona"),
        ("get-simulation-persona", "get-simulation-personas"),
        ("signin-with-api-key", "sign-in-with-api-key"),
        ("", None),
        ("**", None),
        ("get-organization", None),
    ],
)
def test_an_unknown_operation_is_refused(mock: AmigoMock, operation: str, near: str | None) -> None:
    """Rule: the mistake is named, and what was meant. Source: faults."""
    with pytest.raises(MockError) as caught:
        mock.faults.add(operation, status=500)
    assert repr(operation) in str(caught.value)
    if near:
        assert repr(near) in str(caught.value)
    assert len(mock.faults) == 0


@pytest.mark.parametrize(
    ("field", "near"),
    [("statsu", "status"), ("time", "times"), ("header", "headers"), ("qqq", None)],
)
def test_an_unknown_field_is_refused(mock: AmigoMock, field: str, near: str | None) -> None:
    """Rule: the mistake is named, and what was meant. Source: faults."""
    with pytest.raises(MockError) as caught:
        mock.faults.add(LIST, **dict[str, Any]({"status": 500, field: 1}))
    assert repr(field) in str(caught.value)
    assert ("did you mean" in str(caught.value)) is (near is not None)
    assert near is None or repr(near) in str(caught.value)
    assert len(mock.faults) == 0


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({}, "status"),
        ({"times": 2}, "status"),
        ({"when": "after"}, "status"),
        ({"headers": {"X-A": "b"}}, "status"),
        ({"body": {}, "delay": 0.1}, "status"),
        ({"headers": {"X-A": "b"}, "drop": True}, "status"),
        ({"status": 500, "drop": True}, "drop"),
        ({"status": 99}, "status"),
        ({"status": 100}, "status"),
        ({"status": 600}, "status"),
        ({"status": "many"}, "status"),
        ({"status": 500, "times": 0}, "times"),
        ({"status": 500, "times": -1}, "times"),
        ({"delay": -0.1}, "delay"),
        ({"delay": float("nan")}, "delay"),
        ({"delay": float("inf")}, "delay"),
        ({"status": 500, "when": "during"}, "when"),
        ({"status": 500, "expires_in": 0}, "expires_in"),
        ({"status": 500, "expires_in": float("nan")}, "expires_in"),
        ({"status": 500, "headers": {"X A": "b"}}, "headers"),
        ({"status": 500, "headers": {"": "b"}}, "headers"),
        ({"status": 500, "headers": {"X-A": "b\r\nX-B: c"}}, "headers"),
        ({"status": 500, "headers": {"X-A": "ü"}}, "headers"),
        ({"status": 500, "headers": {"X\0": "b"}}, "headers"),
        ({"status": 500, "headers": {"X\u00e4": "b"}}, "headers"),
        ({"status": 500, "headers": {"X-A": 1}}, "headers"),
        ({"status": 500, "headers": {"Content-Length": "5"}}, "headers"),
        ({"status": 500, "body": 1j}, "body"),
        ({"status": 500, "body": {"a": {1, 2}}}, "body"),
    ],
    ids=repr,
)
def test_a_fault_that_makes_no_sense_is_refused(
    mock: AmigoMock, fault: dict[str, Any], named: str
) -> None:
    """Rule: what cannot be done is refused when it is armed, not when it hits. Source: faults."""
    with pytest.raises(MockError, match=named):
        mock.faults.add(LIST, **fault)
    assert len(mock.faults) == 0
