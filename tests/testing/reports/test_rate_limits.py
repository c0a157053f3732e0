"""Rate limits report: the use of limits, and calls that came before they should."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.errors import MockError
from amigo_mock.state.requests import Entry
from amigo_mock.testing.reports.rate_limits import RateLimitUse
from tests.support.bodies import persona
from tests.support.paths import PERSONAS, SCENARIOS

LIST, SIGN_IN = "get-simulation-personas", "sign-in-with-api-key"
ME, YOU = "mock-org/mock-user", "mock-org/you"


class Fed:
    """A report that a fake feeds, in the test that is named."""

    def __init__(self) -> None:
        self.report = RateLimitUse()
        self.test = "a"

    def add(self, entry: Entry) -> None:
        self.report.add(self.test, entry)

    @property
    def early(self) -> list[tuple[Any, ...]]:
        return [
            (item.test, item.operation, item.caller, item.seconds) for item in self.report.early
        ]


@pytest.fixture
def fed(mock: AmigoMock) -> Iterator[Fed]:
    mock.clock.freeze(1_700_000_000.0)
    found = Fed()
    mock.requests.subscribe(found.add)
    yield found
    mock.requests.unsubscribe(found.add)


@pytest.fixture
def you(mock: AmigoMock, client: httpx2.Client) -> Iterator[httpx2.Client]:
    """Somebody else."""
    world = client.get("/_mock/state").json()
    world["organizations"][0]["users"].append(
        {"id": "you", "grants": [{"permission_name": "*", "conditions": {}}]}
    )
    assert client.put("/_mock/state", json=world).status_code < 300
    with mock.client("you") as found:
        yield found


def exhaust(mock: AmigoMock, client: httpx2.Client, limit: int = 2) -> None:
    """Call until a 429 says when to come back: in 60 seconds."""
    mock.rate_limits.set(LIST, limit)
    statuses = [client.get(PERSONAS).status_code for _ in range(limit + 1)]
    assert statuses == [*[200] * limit, 429]


def trouble(mock: AmigoMock, seconds: int = 10, **more: Any) -> None:
    mock.faults.add(LIST, status=503, headers={"Retry-After": str(seconds)}, **more)


# The use of limits


def test_the_peak_is_the_most_in_one_test(mock: AmigoMock, client: httpx2.Client, fed: Fed) -> None:
    """Rule: by operation and caller, and in which test it was. Source: rate limits."""
    for test, calls in (("a", 2), ("b", 5), ("c", 3)):
        fed.test = test
        mock.rate_limits.reset()
        for _ in range(calls):
            client.get(PERSONAS)
        client.get(SCENARIOS)
    first, second = fed.report.peaks
    assert (first.operation, first.caller, first.test) == (LIST, ME, "b")
    assert (first.used, first.limit, first.share) == (5, 50, 0.1)
    assert (second.used, second.test) == (1, "a")


def test_the_highest_share_comes_first(mock: AmigoMock, client: httpx2.Client, fed: Fed) -> None:
    """Rule: a limit that was used up goes before one used often. Source: rate limits."""
    for _ in range(5):
        client.post(PERSONAS, json=persona())
    mock.rate_limits.set(LIST, 0)
    client.get(PERSONAS)
    assert fed.report.peaks[0].operation == LIST
    assert "over 100%" in fed.report.text()


def test_callers_are_told_apart(
    mock: AmigoMock, client: httpx2.Client, you: httpx2.Client, fed: Fed
) -> None:
    """Rule: each caller has a window. Source: rate limits."""
    client.get(PERSONAS)
    you.get(PERSONAS)
    you.get(PERSONAS)
    found = {peak.caller: peak.used for peak in fed.report.peaks}
    assert found == {ME: 1, YOU: 2}
    assert YOU in fed.report.text()


# Calls that came too early


@pytest.mark.parametrize(("after", "early"), [(0, 60.0), (1, 59.0), (59.5, 0.5), (60, None)])
def test_who_does_not_wait_is_found(
    mock: AmigoMock, client: httpx2.Client, fed: Fed, after: float, early: float | None
) -> None:
    """Rule: a call within the time that a 429 asked to wait is too early. Source: rate limits."""
    exhaust(mock, client)
    mock.clock.advance(after)
    client.get(PERSONAS)
    expected = [] if early is None else [("a", LIST, ME, pytest.approx(early))]
    assert fed.early == expected


def test_each_call_counts_once(mock: AmigoMock, client: httpx2.Client, fed: Fed) -> None:
    """Rule: one line a call, however many answers asked to wait. Source: rate limits."""
    exhaust(mock, client)
    for _ in range(3):
        client.get(PERSONAS)
        mock.clock.advance(1)
    assert [early[3] for early in fed.early] == [60.0, 59.0, 58.0]


def test_other_operations_are_free_to_call(
    mock: AmigoMock, client: httpx2.Client, fed: Fed
) -> None:
    """Rule: limits are by operation, and so is the wait. Source: rate limits."""
    exhaust(mock, client)
    client.get(SCENARIOS)
    assert fed.early == []


def test_other_callers_are_free_to_call(
    mock: AmigoMock, client: httpx2.Client, you: httpx2.Client, fed: Fed
) -> None:
    """Rule: what one caller was told binds no other. Source: rate limits."""
    exhaust(mock, client)
    mock.rate_limits.set(LIST, 50)
    for _ in range(4):
        you.get(PERSONAS)
    assert fed.early == []
    mock.clock.advance(60)
    trouble(mock, when="after")
    client.get(PERSONAS)
    you.get(PERSONAS)
    assert fed.early == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_fault_can_ask_to_wait(
    mock: AmigoMock, client: httpx2.Client, fed: Fed, when: str
) -> None:
    """Rule: whoever sent the header, it asks the only caller of the test. Source: rate limits."""
    trouble(mock, when=when)
    client.get(PERSONAS)
    mock.clock.advance(4)
    client.get(PERSONAS)
    mock.clock.advance(6)
    client.get(PERSONAS)
    assert fed.early == [("a", LIST, ME, 6.0)]


def test_among_several_callers_nobody_is_accused_on_a_guess(
    mock: AmigoMock, client: httpx2.Client, you: httpx2.Client, fed: Fed
) -> None:
    """Rule: a fault does not know whom it told, once there are two. Source: rate limits."""
    trouble(mock)
    client.get(PERSONAS)
    you.get(PERSONAS)
    assert fed.early == [("a", LIST, YOU, 10.0)]
    client.get(SCENARIOS)
    assert fed.early == []
    assert RateLimitUse.of(fed.report.json()).early == []


def test_sign_ins_are_told_apart_by_their_windows(
    mock: AmigoMock, client: httpx2.Client, fed: Fed
) -> None:
    """Rule: a sign-in names no caller, but its window counts its own calls. Source: rate limits."""
    path = "/v1/mock-org/user/signin_with_api_key"
    mock.rate_limits.set(SIGN_IN, 1)
    headers = {"x-api-key": "a", "x-api-key-id": "b"}
    for user in ("a", "a", "b"):
        client.post(path, headers={**headers, "x-user-id": user})
    assert fed.early == []
    client.post(path, headers={**headers, "x-user-id": "a"})
    assert fed.early == [("a", SIGN_IN, None, 60.0)]


def test_a_test_ends_the_wait(mock: AmigoMock, client: httpx2.Client, fed: Fed) -> None:
    """Rule: what one test was told binds no other. Source: rate limits."""
    trouble(mock)
    client.get(PERSONAS)
    fed.test = "b"
    client.get(PERSONAS)
    assert fed.early == []


def test_a_reset_ends_the_wait(mock: AmigoMock, client: httpx2.Client, fed: Fed) -> None:
    """Rule: after a reset nobody was ever told to wait. Source: rate limits."""
    trouble(mock, 3600)
    client.get(PERSONAS)
    mock.reset()
    mock.clock.freeze(1_700_000_001.0)
    exhaust(mock, client)
    mock.rate_limits.reset()
    client.get(PERSONAS)
    assert fed.early == []


def test_calls_that_were_on_their_way_are_not_early() -> None:
    """Rule: who called before the answer cannot have known it. Source: rate limits."""
    report = RateLimitUse()
    known: dict[str, Any] = {"operation": LIST, "organization": "o", "user": "u"}
    report.add("a", Entry(3, 5.0, "GET", "/", "", status=503, retry_after=9, **known))
    report.add("a", Entry(2, 5.0, "GET", "/", "", status=200, **known))
    report.add("a", Entry(4, 4.0, "GET", "/", "", status=200, **known))
    assert report.early == []
    report.add("a", Entry(5, 6.0, "GET", "/", "", status=200, **known))
    assert [early.seconds for early in report.early] == [8.0]


def test_races_are_passed_over(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the harness's own requests are nobody's manners. Source: rate limits."""
    report = RateLimitUse()
    exhaust(mock, client)
    client.get(PERSONAS)
    for entry in mock.requests:
        entry.race = True
        report.add("a", entry)
    assert (report.early, report.peaks) == ([], [])
    assert report.text() == "limits: nothing that has a limit was called"


# How it is told


def some(mock: AmigoMock, client: httpx2.Client, fed: Fed) -> None:
    exhaust(mock, client)
    client.get(PERSONAS)
    fed.test = "tests/unit/test_patients_of_a_long_name.py::test_something_with_a_long_name[case-1]"
    client.post(PERSONAS, json=persona())
    trouble(mock)
    for _ in range(4):
        client.get(PERSONAS)


def test_parts_of_a_run_add_up(mock: AmigoMock, client: httpx2.Client, fed: Fed) -> None:
    """Rule: whichever worker ran which test, the whole is the same. Source: rate limits."""
    some(mock, client, fed)
    whole = RateLimitUse()
    for wanted in ("a", fed.test):
        part = RateLimitUse()
        for entry in mock.requests:
            test = "a" if entry.number <= 4 else fed.test
            if test == wanted:
                part.add(test, entry)
        whole.merge(RateLimitUse.of(json.loads(json.dumps(part.json()))))
    assert whole.json() == fed.report.json()
    assert whole.text() == fed.report.text()


@pytest.mark.parametrize("width", [80, 100])
def test_the_tables_fit(mock: AmigoMock, client: httpx2.Client, fed: Fed, width: int) -> None:
    """Rule: no line is wider than asked; tests' names keep their ends. Source: the terminal."""
    some(mock, client, fed)
    lines = fed.report.text(width).splitlines()
    assert max(map(len, lines)) <= width
    assert lines[0].startswith("limits: 4 calls before Retry-After was over; at most ")
    assert lines[2].split() == ["too", "early", "calls", "operation", "test"]
    assert lines[3].split() == ["60.0", "s", "1", LIST, "a"]
    assert any(line.endswith("[case-1]") for line in lines)


def test_long_tables_are_cut() -> None:
    """Rule: a terminal gets the worst of it, and how much more there is. Source: the terminal."""
    report = RateLimitUse()
    for number in range(30):
        entry = Entry(number, 0.0, "GET", "/", "", LIST, organization="o", user=str(number))
        entry.used, entry.limit = 1, 50
        report.add("a", entry)
    assert report.text().endswith("... and 10 more")


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"report": "permissions", "format": 1}, "no rate-limits report"),
        ({"report": "rate-limits", "format": 1}, "report is broken"),
        ({"report": "rate-limits", "format": 1, "peaks": [{"a": 1}]}, "report is broken"),
    ],
)
def test_another_document_is_refused(document: dict[str, Any], told: str) -> None:
    """Rule: one sentence says what is wrong with it. Source: the house's own rules."""
    with pytest.raises(MockError, match=told):
        RateLimitUse.of(document)
