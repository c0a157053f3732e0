"""Rate limits: fixed windows of a minute, per caller and operation, on the fake's clock."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock import AmigoMock, MockError
from amigo_mock.resources import CATALOG
from amigo_mock.state.limits import MOST, LocalRateLimits
from tests.support.bodies import persona
from tests.support.deadlines import stop
from tests.support.paths import NOBODY, PERSONAS, SCENARIOS, SIGN_IN

START = 1_700_000_000.25
KEYS = {"x-api-key": "mock-api-key", "x-api-key-id": "mock-key-id", "x-user-id": "mock-user"}

PUBLISHED = {
    "sign-in-with-api-key": 5,
    "create-simulation-persona": 100,
    "get-simulation-personas": 50,
    "search-simulation-personas": 50,
    "update-simulation-persona": 100,
    "delete-simulation-persona": 100,
    "create-simulation-persona-version": 100,
    "get-simulation-persona-versions": 50,
    "create-simulation-scenario": 500,
    "get-simulation-scenarios": 200,
    "search-simulation-scenarios": 50,
    "update-simulation-scenario": 500,
    "delete-simulation-scenario": 500,
    "create-simulation-scenario-version": 500,
    "get-simulation-scenario-versions": 500,
    "get-services": 50,
    "create-service": 20,
    "update-service": 20,
    "upsert-service-version-set": 30,
    "delete-service-version-set": 30,
    "create-metric": 100,
    "get-metrics": 20,
    "search-metrics": 20,
    "update-metric": 20,
    "delete-metric": 100,
    "create-metric-version": 60,
    "get-metric-versions": 60,
    "create-simulation-unit-test": 500,
    "get-simulation-unit-tests": 200,
    "search-simulation-unit-tests": 50,
    "update-simulation-unit-test": 500,
    "delete-simulation-unit-test": 500,
    "create-simulation-unit-test-set": 50,
    "get-simulation-unit-test-sets": 50,
    "search-simulation-unit-test-sets": 50,
    "update-simulation-unit-test-set": 50,
    "delete-simulation-unit-test-set": 50,
    "get-simulation-unit-test-set-runs": 50,
    "create-simulation-unit-test-set-run": 20,
    "get-simulation-unit-test-set-run-artifacts": 100,
    "cancel-simulation-unit-test-set-run": 10,
}


@pytest.fixture
def stopped(mock: AmigoMock) -> AmigoMock:
    """The fake, its clock standing still, and that of its clients."""
    stop(mock, START)
    return mock


@pytest.fixture
def calls(stopped: AmigoMock) -> Iterator[httpx2.Client]:
    """A client of the fake whose clock stands still."""
    with stopped.client() as found:
        yield found


def standing(answer: httpx2.Response) -> tuple[int, int, int]:
    """Limit, remaining and reset, as an answer says."""
    names = ("limit", "remaining", "reset")
    limit, remaining, reset = (int(answer.headers[f"x-ratelimit-{name}"]) for name in names)
    return limit, remaining, reset


def statuses(client: httpx2.Client, count: int, path: str = PERSONAS, **headers: str) -> list[int]:
    return [client.get(path, headers=headers).status_code for _ in range(count)]


def restrict(mock: AmigoMock, **limits: int) -> None:
    for name, limit in limits.items():
        mock.rate_limits.set(name.replace("_", "-"), limit)


# The headers


def test_the_headers_count_down(calls: httpx2.Client) -> None:
    """Rule: limit, what is left of it, and when the window ends. Source: published document."""
    end = math.ceil(START + 60)
    for left in (49, 48, 47):
        answer = calls.get(PERSONAS)
        assert standing(answer) == (50, left, end)
        assert "retry-after" not in answer.headers


CASES: dict[str, tuple[int, int]] = {
    "created": (201, 99),
    "no token": (401, 100),
    "unknown organization": (404, 100),
    "invalid": (422, 99),
    "not permitted": (403, 99),
    "name taken": (409, 98),
    "maintenance": (503, 100),
    "not to be read": (400, 100),
    "no JSON": (422, 100),
    "too many": (429, 0),
}


@pytest.mark.parametrize("case", CASES)
def test_every_answer_has_the_headers(stopped: AmigoMock, calls: httpx2.Client, case: str) -> None:
    """Rule: all answers of a limited operation say where the caller stands; a request counts once
    its caller and organization are known. Source: published document; assumption counted-requests.
    """
    status, left = CASES[case]
    path, body, limit = PERSONAS, persona(), 100
    if case == "no token":
        del calls.headers["Authorization"]
    elif case == "unknown organization":
        path = "/v1/no-org/simulation/persona/"
    elif case == "invalid":
        body = {}
    elif case == "not permitted":
        users = [{"id": "mock-user", "grants": []}]
        calls.post("/_mock/organizations", json={"id": "mock-org", "users": users})
    elif case == "name taken":
        calls.post(path, json=body)
    elif case == "maintenance":
        stopped.maintenance = True
    elif case == "too many":
        restrict(stopped, create_simulation_persona=0)
        limit = 0
    unreadable = {"not to be read": b"\xff", "no JSON": b"{"}
    if case in unreadable:
        answer = calls.post(
            path, content=unreadable[case], headers={"Content-Type": "application/json"}
        )
    else:
        answer = calls.post(path, json=body)
    assert answer.status_code == status
    assert standing(answer) == (limit, left, math.ceil(START + 60))
    assert ("retry-after" in answer.headers) is (status == 429)


def test_answers_without_a_body_have_the_headers(calls: httpx2.Client) -> None:
    """Rule: 204 and 404 for a record have them as well. Source: published document."""
    created = calls.post(PERSONAS, json=persona()).json()["simulation_persona_id"]
    path = f"{PERSONAS}{created}/"
    for left, (id, status) in zip((99, 98), ((created, 204), (NOBODY, 404)), strict=True):
        answer = calls.delete(f"{PERSONAS}{id}/")
        assert (answer.status_code, standing(answer)[:2]) == (status, (100, left))
    assert calls.post(path, json={}).status_code == 404


def test_a_failed_sign_in_has_the_headers(calls: httpx2.Client) -> None:
    """Rule: the sign-in says where the user stands, right or wrong. Source: published."""
    for left, key in ((4, "mock-api-key"), (3, "wrong")):
        answer = calls.post(SIGN_IN, headers={**KEYS, "x-api-key": key})
        assert answer.status_code == (200 if key == "mock-api-key" else 401)
        assert standing(answer)[:2] == (5, left)


def test_what_has_no_limit_has_no_headers(calls: httpx2.Client) -> None:
    """Rule: control, documents and unknown paths are not counted. Source: published document."""
    for path in ("/_mock/health", "/v1/openapi.json", "/nothing", "/v1/mock-org/organization/"):
        answer = calls.get(path)
        assert not [name for name in answer.headers if name.startswith("x-ratelimit")]


# The window


def test_the_wait_is_whole_seconds_to_the_windows_end(
    stopped: AmigoMock, calls: httpx2.Client
) -> None:
    """Rule: Retry-After, rounded up; then the next window is open. Source: published document."""
    restrict(stopped, get_simulation_personas=1)
    assert statuses(calls, 1) == [200]
    waited = 0.0
    for step, wait in ((0.0, 60), (0.5, 60), (0.5, 59), (58.0, 1), (0.75, 1)):
        stopped.clock.advance(step)
        waited += step
        answer = calls.get(PERSONAS)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, str(wait))
        assert standing(answer) == (1, 0, math.ceil(START + 60))
        assert waited + wait >= 60
    stopped.clock.advance(int(answer.headers["retry-after"]))
    assert statuses(calls, 2) == [200, 429]


def test_a_refusal_says_what_to_do(stopped: AmigoMock, calls: httpx2.Client) -> None:
    """Rule: 429 has the shape of every error. Source: the shape of errors."""
    restrict(stopped, get_simulation_personas=0)
    answer = calls.get(PERSONAS)
    assert answer.status_code == 429
    assert answer.json().keys() == {"detail"}
    assert answer.headers["retry-after"] in answer.json()["detail"]


def test_a_window_closes_a_minute_after_it_opened(stopped: AmigoMock, calls: httpx2.Client) -> None:
    """Rule: fixed windows of 60 seconds from the first request. Source: published document."""
    restrict(stopped, get_simulation_personas=2)
    assert statuses(calls, 1) == [200]
    stopped.clock.advance(59.75)
    assert statuses(calls, 2) == [200, 429]
    stopped.clock.advance(0.25)
    answer = calls.get(PERSONAS)
    assert (answer.status_code, standing(answer)) == (200, (2, 1, math.ceil(START + 120)))


def test_a_refused_request_counts(stopped: AmigoMock, calls: httpx2.Client) -> None:
    """Rule: what was refused as too many is counted too. Source: published document."""
    restrict(stopped, get_simulation_personas=2)
    assert statuses(calls, 4) == [200, 200, 429, 429]
    restrict(stopped, get_simulation_personas=5)
    answer = calls.get(PERSONAS)
    assert (answer.status_code, standing(answer)[1]) == (200, 0)
    assert statuses(calls, 1) == [429]


def test_what_is_wrong_counts_but_for_nobody(stopped: AmigoMock, calls: httpx2.Client) -> None:
    """Rule: invalid requests of a caller count, those of nobody do not, nor those during
    maintenance. Source: the order; assumption counted-answers.
    """
    restrict(stopped, get_simulation_personas=2)
    assert statuses(calls, 5, Authorization="none") == [401] * 5
    stopped.maintenance = True
    assert statuses(calls, 5) == [503] * 5
    stopped.maintenance = False
    assert statuses(calls, 3, f"{PERSONAS}?limit=x") == [422, 422, 429]


def test_a_refused_request_changes_nothing(stopped: AmigoMock, calls: httpx2.Client) -> None:
    """Rule: the handler of one too many does not run. Source: the pipeline's order."""
    restrict(stopped, create_simulation_persona=1)
    found = [calls.post(PERSONAS, json=persona(name)).status_code for name in ("A", "B")]
    assert found == [201, 429]
    assert len(calls.get(PERSONAS).json()["simulation_personas"]) == 1


def test_each_operation_has_its_own_window(stopped: AmigoMock, calls: httpx2.Client) -> None:
    """Rule: requests to one operation do not count for another. Source: published document."""
    restrict(stopped, get_simulation_personas=1, get_simulation_scenarios=1)
    assert statuses(calls, 2) == [200, 429]
    assert statuses(calls, 2, SCENARIOS) == [200, 429]


def two_users(client: httpx2.Client) -> None:
    grants = [{"permission_name": "*"}]
    users = [{"id": name, "grants": grants} for name in ("mock-user", "other-user")]
    put = client.post("/_mock/organizations", json={"id": "mock-org", "users": users})
    assert put.status_code == 201


def test_each_user_has_their_own_window(stopped: AmigoMock, calls: httpx2.Client) -> None:
    """Rule: limits are per user unless set otherwise. Source: published document."""
    two_users(calls)
    restrict(stopped, get_simulation_personas=1)
    assert statuses(calls, 2) == [200, 429]
    other = f"Bearer {stopped.token('other-user')}"
    assert statuses(calls, 2, Authorization=other) == [200, 429]


def test_users_of_the_same_name_have_their_own_windows(
    stopped: AmigoMock, calls: httpx2.Client
) -> None:
    """Rule: a user is a user of an organization. Source: published document."""
    assert calls.post("/_mock/organizations", json={"id": "other-org"}).status_code == 201
    restrict(stopped, get_simulation_personas=1)
    assert statuses(calls, 2) == [200, 429]
    other = f"Bearer {stopped.token(organization='other-org')}"
    path = "/v1/other-org/simulation/persona/"
    assert statuses(calls, 2, path, Authorization=other) == [200, 429]


def test_a_new_token_is_no_new_caller(stopped: AmigoMock, calls: httpx2.Client) -> None:
    """Rule: requests are counted by user, not by token. Source: published document."""
    restrict(stopped, get_simulation_personas=1)
    assert statuses(calls, 1) == [200]
    again = f"Bearer {stopped.token(expires_in=99)}"
    assert statuses(calls, 1, Authorization=again) == [429]


def test_an_organization_can_share_its_window() -> None:
    """Rule: rate_limit_scope="organization" counts its users together. Source: settings."""
    limits = {"get-simulation-personas": 2}
    with (
        AmigoMock(rate_limit_scope="organization", rate_limits=limits) as mock,
        mock.client() as client,
    ):
        two_users(client)
        assert statuses(client, 1) == [200]
        other = f"Bearer {mock.token('other-user')}"
        assert statuses(client, 2, Authorization=other) == [200, 429]
        assert client.post("/_mock/organizations", json={"id": "other-org"}).status_code == 201
        third = f"Bearer {mock.token(organization='other-org')}"
        path = "/v1/other-org/simulation/persona/"
        assert statuses(client, 3, path, Authorization=third) == [200, 200, 429]
        names = ("mock-user", "other-user") * 3
        found = [client.post(SIGN_IN, headers={**KEYS, "x-user-id": name}) for name in names]
        assert [answer.status_code for answer in found] == [200] * 5 + [429]


def test_sign_ins_are_counted_by_the_user_asked_for(calls: httpx2.Client) -> None:
    """Rule: five sign-ins a minute for each x-user-id. Source: published document."""
    two_users(calls)
    for user in ("mock-user", "other-user"):
        headers = {**KEYS, "x-user-id": user}
        found = [calls.post(SIGN_IN, headers=headers).status_code for _ in range(6)]
        assert found == [200] * 5 + [429]


def test_wrong_sign_ins_use_up_the_window(calls: httpx2.Client) -> None:
    """Rule: guessing keys is limited like everything else. Source: published document."""
    wrong = {**KEYS, "x-api-key": "guess"}
    assert [calls.post(SIGN_IN, headers=wrong).status_code for _ in range(5)] == [401] * 5
    assert calls.post(SIGN_IN, headers=KEYS).status_code == 429


# Settings


def test_limits_can_be_off() -> None:
    """Rule: without limits, nothing is counted and nothing is said. Source: settings."""
    with AmigoMock(rate_limits=False) as mock, mock.client() as client:
        answers = [client.get(PERSONAS) for _ in range(60)]
        assert {answer.status_code for answer in answers} == {200}
        assert "x-ratelimit-limit" not in answers[-1].headers
        mock.reset()
        assert "x-ratelimit-limit" not in client.get(PERSONAS).headers


def test_limits_can_be_turned_off_and_on(stopped: AmigoMock, calls: httpx2.Client) -> None:
    """Rule: turned on again, windows are as they were left. Source: the control API."""
    restrict(stopped, get_simulation_personas=1)
    assert statuses(calls, 2) == [200, 429]
    assert calls.put("/_mock/rate-limits", json={"enabled": False}).status_code == 200
    assert statuses(calls, 2) == [200, 200]
    assert calls.put("/_mock/rate-limits", json={"enabled": True}).status_code == 200
    assert statuses(calls, 1) == [429]


def test_a_setting_replaces_a_published_limit() -> None:
    """Rule: limits by operation, the rest as published; a reset keeps them. Source: settings."""
    with AmigoMock(rate_limits={"get-simulation-personas": 1}) as mock, mock.client() as client:
        for _ in range(2):
            assert statuses(client, 2) == [200, 429]
            assert standing(client.get(SCENARIOS))[0] == 200
            mock.rate_limits.set("get-simulation-personas", 9)
            assert standing(client.get(PERSONAS))[0] == 9
            mock.reset()


def test_the_control_api_replaces_a_limit_until_reset(
    mock: AmigoMock, client: httpx2.Client
) -> None:
    """Rule: a limit changed by the control API is gone after a reset.

    Source: a reset restores the start.
    """
    order = {"limits": {"get-simulation-personas": 1}}
    assert client.put("/_mock/rate-limits", json=order).json() == {"enabled": True, **order}
    assert statuses(client, 2) == [200, 429]
    mock.reset()
    assert standing(client.get(PERSONAS))[:2] == (50, 49)


@pytest.mark.parametrize(
    "limits", [{"get-simulation-persona": 1}, {"nothing-like-it": 1}, {"health": 1}]
)
def test_a_limit_on_nothing_is_refused(limits: dict[str, int]) -> None:
    """Rule: an unknown operation is named, and the nearest one. Source: settings."""
    with pytest.raises(MockError, match=next(iter(limits))) as caught:
        AmigoMock(rate_limits=limits)
    near = "get-simulation-personas" in str(caught.value)
    assert near is ("get-simulation-persona" in limits)


def test_windows_are_open_after_a_reset(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a reset forgets what was counted. Source: a reset restores the start."""
    for _ in range(2):
        assert standing(client.get(PERSONAS))[:2] == (50, 49)
        mock.reset()


# The published numbers

NAMES = ("Limit", "Remaining")


def test_every_limit_is_published() -> None:
    """Rule: the declared limits are the published ones. Source: published document."""
    declared = {item.id: item.rate_limit.requests for item in CATALOG.all() if item.rate_limit}
    assert declared == PUBLISHED


@pytest.mark.parametrize("operation", CATALOG.all(), ids=lambda item: str(item.id))
def test_a_published_limit_is_enforced_exactly(stopped: AmigoMock, operation: Any) -> None:
    """Rule: so many a minute, and not one more. Source: published document."""
    segments = operation.path.replace("{organization}", "mock-org").split("/")
    path = "/".join("x" if part[:1] == "{" else part for part in segments) + "?limit=0"
    limit = PUBLISHED[operation.id]
    token = {"Authorization": f"Bearer {stopped.token()}"}
    # Three thousand requests: the plain client of the standard library is the quickest.
    with closing(HTTPConnection(stopped.url.removeprefix("http://"))) as connection:

        def ask() -> tuple[int, str | None, str | None]:
            connection.request(operation.method, path, headers=token)
            answer = connection.getresponse()
            answer.read()
            limit, left = (answer.getheader(f"X-RateLimit-{name}") for name in NAMES)
            return answer.status, limit, left

        found = [ask() for _ in range(limit)]
        assert {status for status, *_ in found} <= {200, 422}
        left = [(str(limit), str(number)) for number in range(limit)]
        assert [(most, remaining) for _, most, remaining in found] == left[::-1]
        assert ask() == (429, str(limit), "0")
        stopped.clock.advance(60)
        assert ask()[1:] == (str(limit), str(limit - 1))


# In general

STEPS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.25, 1.0, 29.5, 59.75, 60.0, 61.0]), st.integers(1, 4)),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(limit=st.integers(0, 5), steps=STEPS)
def test_no_window_lets_in_more_than_the_limit(limit: int, steps: list[tuple[float, int]]) -> None:
    """Rule: what a plain list of windows would count. Source: fixed windows, said plainly."""
    limits, now = LocalRateLimits(), START
    windows: list[tuple[float, int]] = []
    accepted: list[float] = []
    for step, requests in steps:
        now += step
        for _ in range(requests):
            usage = limits.count("caller", "operation", limit, now)
            if not windows or now >= windows[-1][0] + 60:
                windows.append((now, 0))
            opened, used = windows[-1]
            windows[-1] = (opened, used + 1)
            assert usage.exceeded is (used + 1 > limit)
            assert usage.reset == math.ceil(opened + 60)
            assert usage.retry_after == math.ceil(opened + 60 - now)
            if not usage.exceeded:
                accepted.append(now)
    for opened, _ in windows:
        assert sum(opened <= time < opened + 60 for time in accepted) <= limit


@settings(max_examples=15, deadline=None)
@given(limit=st.integers(0, 4), steps=STEPS)
def test_no_window_lets_in_more_over_the_wire(
    running: AmigoMock, limit: int, steps: list[tuple[float, int]]
) -> None:
    """Rule: between two resets that answers name, at most the limit. Source: published."""
    running.reset()
    stop(running, START)
    restrict(running, get_simulation_personas=limit)
    accepted: dict[int, int] = {}
    with running.client() as client:
        for step, requests in steps:
            running.clock.advance(step)
            for _ in range(requests):
                answer = client.get(PERSONAS)
                if answer.status_code == 401:  # the token has expired
                    return
                assert answer.status_code in (200, 429)
                reset = standing(answer)[2]
                accepted[reset] = accepted.get(reset, 0) + (answer.status_code == 200)
    assert all(count <= limit for count in accepted.values())


@settings(max_examples=100, deadline=None)
@given(used=st.integers(0, 5), looks=st.integers(0, 3))
def test_looking_is_not_counted(used: int, looks: int) -> None:
    """Rule: asking where a caller stands changes nothing. Source: limits."""
    limits = LocalRateLimits()
    for _ in range(used):
        limits.count("caller", "operation", 5, START)
    found = [limits.count("caller", "operation", 5, START, 0) for _ in range(looks)]
    assert {usage.used for usage in found} <= {used}


@pytest.mark.parametrize("passes", [0, 86_400])
def test_windows_do_not_pile_up(passes: int) -> None:
    """Rule: a fake forgets callers that have gone, and of too many at a time those that came first.
    Source: limits.
    """
    limits = LocalRateLimits()
    for day in range(3):
        for number in range(MOST):
            limits.count(str((day, number)), "operation", 5, START + day * passes)
    assert len(vars(limits)["_windows"]) == MOST
    now = START + 2 * passes
    assert limits.count(str((2, 0)), "operation", 5, now).used == 2
    assert limits.count(str((1, MOST - 1)), "operation", 5, now).used == 1


def test_a_window_that_opens_anew_is_not_the_oldest() -> None:
    """Rule: the window that makes room is the one that was opened first. Source: limits."""
    limits = LocalRateLimits()
    limits.count("early", "operation", 5, START)
    for number in range(MOST - 1):
        limits.count(number, "operation", 5, START + 1)
    limits.count("early", "operation", 5, START + 61)
    limits.count("late", "operation", 5, START + 61)
    assert limits.count("early", "operation", 5, START + 61).used == 2


def test_a_caller_of_any_name_takes_little_room(mock: AmigoMock) -> None:
    """Rule: who a sign-in is about is kept as a digest if it is long, and counted all the same.
    Source: limits.
    """
    with mock.client(headers={"Authorization": ""}) as client:
        used = []
        for name in ("x" * 50_000, "x" * 50_000, "x" * 49_999):
            headers = {**KEYS, "x-user-id": name}
            used.append(client.post(SIGN_IN, headers=headers).headers["x-ratelimit-remaining"])
    assert used == ["4", "3", "4"]
    windows = vars(mock.rate_limits)["_windows"]
    assert max(len(str(key)) for key in windows) < 300
