"""The way in process, against the one over the socket."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import anyio
import httpx2
import pytest
import trio

from amigo_mock import AmigoMock
from tests.support.bodies import persona
from tests.support.paths import PERSONAS, RUNS
from tests.support.suite import Suite

ORIGIN = {"Origin": "http://localhost:3000"}

REQUESTS: dict[str, dict[str, Any]] = {
    "create": {"method": "POST", "url": PERSONAS, "json": persona()},
    "list": {"method": "GET", "url": PERSONAS, "params": {"limit": 5, "role": ["a", "b"]}},
    "sorted": {"method": "GET", "url": f"{PERSONAS}?sort_by=%2Bupdated_at"},
    "not JSON": {"method": "POST", "url": PERSONAS, "content": b"{"},
    "no body": {"method": "POST", "url": PERSONAS},
    "not signed in": {"method": "GET", "url": PERSONAS, "headers": {"Authorization": "Bearer no"}},
    "no slash": {"method": "GET", "url": PERSONAS[:-1]},
    "nothing there": {"method": "GET", "url": "/v1/nothing"},
    "not this method": {"method": "PUT", "url": PERSONAS},
    "not emulated": {"method": "GET", "url": "/v1/mock-org/agent/"},
    "head": {"method": "HEAD", "url": PERSONAS},
    "from a page": {"method": "GET", "url": PERSONAS, "headers": ORIGIN},
    "a control operation": {"method": "GET", "url": "/_mock/health"},
    "escaped": {"method": "GET", "url": "/v1/mock%2Dorg/simulation/persona/"},
}


@pytest.fixture
def frozen() -> Iterator[AmigoMock]:
    with AmigoMock(clock="2026-01-01T00:00:00Z") as mock:
        yield mock


def seen(answer: httpx2.Response) -> tuple[object, ...]:
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    following = answer.next_request and str(answer.next_request.url)
    state = answer.is_closed, answer.is_stream_consumed, answer.num_bytes_downloaded
    told = answer.status_code, headers, answer.content, answer.text, answer.encoding
    return *told, following, answer.history, *state


def noted(mock: AmigoMock) -> list[dict[str, Any]]:
    found = [entry.json() for entry in mock.requests]
    return [{k: v for k, v in entry.items() if k != "duration_ms"} for entry in found]


def test_of_two_headers_the_first_counts(frozen: AmigoMock) -> None:
    """Rule: on every way, as the framework of the service takes them. Source: Starlette's
    `Headers`, by which FastAPI reads each header that a parameter does not want as a list.
    """
    good, bad = f"Bearer {frozen.token()}", "Bearer none"
    for in_process in (True, False):
        with frozen.client(headers={}, in_process=in_process) as client:
            for order, status in (([good, bad], 200), ([bad, good], 401)):
                headers = [("Authorization", value) for value in order]
                assert client.get(PERSONAS, headers=headers).status_code == status


@pytest.mark.parametrize("given", REQUESTS.values(), ids=REQUESTS.keys())
def test_either_way_the_same_comes_back(frozen: AmigoMock, given: dict[str, Any]) -> None:
    """Rule: status, headers, body, and what the journal says. Source: both ways meet the same
    world, pipeline and journal."""
    found = []
    for in_process in (False, True):
        frozen.reset()
        with frozen.client(in_process=in_process) as client:
            found.append((seen(client.request(**given)), noted(frozen)))
    assert found[0] == found[1]


@pytest.mark.parametrize("recorded", [False, True])
def test_a_link_leads_where_the_client_believes_to_be(frozen: AmigoMock, recorded: bool) -> None:
    """Rule: a link has scheme and host of the request that asked for it, so whoever stands in for
    another server is not left. Source: the README's runs.
    """
    with frozen.client(in_process=True, base_url="https://api.amigo.ai") as client:
        suite = Suite(client)
        run = suite.start(suite.unit_test_set(suite.unit_test()))
        frozen.clock.advance(10)
        frozen.record(recorded)
        link = suite.get(f"{RUNS}{run}/artifacts/")["presigned_url"]
        assert link.startswith(f"https://api.amigo.ai/download/mock-org/unit_test_set_run/{run}?")
        assert client.get(link).json()["simulation_unit_test_set_run_id"] == run
        # No link is a way to another run, and none is found by a slash more.
        assert client.get(link.replace(run, "0" * 24)).status_code == 403
        assert client.get(link.replace("?", "/?")).status_code == 307


@pytest.mark.parametrize("given", REQUESTS.values(), ids=REQUESTS.keys())
@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
def test_the_async_way_says_the_same(frozen: AmigoMock, given: dict[str, Any], run: Any) -> None:
    """Rule: on any loop. Source: the README's fixtures."""

    async def ask() -> httpx2.Response:
        async with frozen.async_client(in_process=True) as client:
            return await client.request(**given)

    found = seen(run(ask)) if run is trio.run else seen(run(ask()))
    frozen.reset()
    with frozen.client(in_process=True) as client:
        assert seen(client.request(**given)) == found


def test_what_is_asked_of_a_client_is_done(frozen: AmigoMock) -> None:
    """Rule: hooks, auth, redirects, streams, base URLs and timeouts work as with any client.

    Source: the class is an `httpx2.Client`.
    """
    heard: list[str] = []
    with frozen.client(in_process=True) as client:
        client.event_hooks = {"response": [lambda answer: heard.append(answer.url.path)]}
        client.get(PERSONAS)
        assert heard == [PERSONAS]
        client.event_hooks = {}
        assert client.get(PERSONAS[:-1], follow_redirects=True).status_code == 200
        assert client.get(PERSONAS, auth=("mock-org_mock-user", frozen.token())).status_code == 200
        assert client.get(PERSONAS, auth=("mock-org_another", frozen.token())).status_code == 401
        with client.stream("GET", PERSONAS) as answer:
            assert b"".join(answer.iter_bytes()).startswith(b"{")
        client.params = {"limit": 51}
        assert client.get(PERSONAS).status_code == 422
        client.params = {}
        assert client.get(PERSONAS).status_code == 200
        client.base_url = httpx2.URL("http://localhost/v1/")
        assert client.get("mock-org/simulation/persona/").status_code == 200
        assert client.get(PERSONAS).status_code == 404
        assert client.get(PERSONAS).elapsed.total_seconds() >= 0
    with pytest.raises(RuntimeError, match="closed"):
        client.get(PERSONAS)


def test_a_cookie_is_kept(frozen: AmigoMock) -> None:
    """Rule: what an answer sets, the next request brings. Source: the class is a client."""
    frozen.faults.add("get-simulation-personas", status=503, headers={"Set-Cookie": "a=b; Path=/"})
    with frozen.client(in_process=True) as client:
        client.get(PERSONAS)
        assert dict(client.cookies) == {"a": "b"}
        assert len(frozen.requests) == 1
        assert client.get(PERSONAS).request.headers["cookie"] == "a=b"


@pytest.mark.parametrize("in_process", [False, True])
def test_a_dropped_connection_is_the_same_error(frozen: AmigoMock, in_process: bool) -> None:
    """Rule: the client sees what it would see on the wire. Source: the faults."""
    frozen.faults.add("create-simulation-persona", drop=True, when="after")
    with frozen.client(in_process=in_process) as client:
        with pytest.raises(httpx2.RemoteProtocolError) as caught:
            client.post(PERSONAS, json=persona())
        assert str(caught.value) == "Server disconnected without sending a response."
        assert len(client.get(PERSONAS).json()["simulation_personas"]) == 1
    assert [entry.dropped for entry in frozen.requests] == [True, False]


@pytest.mark.parametrize("in_process", [False, True])
def test_a_late_answer_is_a_timeout(frozen: AmigoMock, in_process: bool) -> None:
    """Rule: who waits less than an armed delay has a timeout, and the change is made all the
    same. Source: the wire."""
    frozen.rate_limits.enabled = False
    frozen.faults.add("create-simulation-persona", delay=0.05)
    with frozen.client(in_process=in_process) as client:
        with pytest.raises(httpx2.ReadTimeout):
            client.post(PERSONAS, json=persona(), timeout=0.01)
        while not (found := client.get(PERSONAS).json()["simulation_personas"]):
            pass  # over the socket, the service is still at it
    assert len(found) == 1


def test_an_answer_that_is_late_but_not_too_late_comes(frozen: AmigoMock) -> None:
    """Rule: a delay is waited for, on any way. Source: the faults."""
    frozen.faults.add("get-simulation-personas", delay=0.01, times=3)

    async def ask() -> int:
        async with frozen.async_client(in_process=True) as client:
            return (await client.get(PERSONAS)).status_code

    with frozen.client(in_process=True) as client:
        assert client.get(PERSONAS).status_code == 200
    assert [asyncio.run(ask()), trio.run(ask)] == [200, 200]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_is_told_to_use_the_url(frozen: AmigoMock) -> None:
    """Rule: what a fork changes in its copy, nobody would see. Source: the README's fixtures."""
    with frozen.client(in_process=True) as client:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                client.get(PERSONAS)
            except RuntimeError as error:
                os.write(writing, str(error).encode())
            os._exit(0)
        os.waitpid(child, 0)
        assert "reach the fake by its url" in os.read(reading, 1000).decode()
        os.close(reading)
        os.close(writing)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_fake_can_be_the_context_of_a_coroutine(backend: str) -> None:
    """Rule: `async with` starts and stops like `with`. Source: `AmigoMock`; other fakes of HTTP are
    used so.
    """

    async def ask() -> tuple[int, AmigoMock]:
        async with AmigoMock() as mock, mock.async_client() as client:
            return (await client.get(PERSONAS)).status_code, mock

    status, mock = anyio.run(ask, backend=backend)
    assert status == 200
    with pytest.raises(RuntimeError, match="not running"):
        _ = mock.url
