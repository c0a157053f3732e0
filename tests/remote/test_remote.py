"""AmigoMock.at: over a fake that runs elsewhere, the same rules hold as for one that runs here."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trio

from amigo_mock import AmigoMock, MockError, Settings
from amigo_mock.remote.control_client import ControlClient
from amigo_mock.state.faults import Fault
from amigo_mock.state.requests import Entry
from amigo_mock.testing.samples import world
from tests.support.bodies import persona, persona_version
from tests.support.paths import RUNS
from tests.support.suite import Suite

LIST = "get-simulation-personas"
CREATE = "create-simulation-persona"
UPDATE = "update-simulation-persona"
DELETE = "delete-simulation-persona"
START = 1_700_000_000.0
SECRET = "wx7Qk-49211"
VARIABLES = {
    "AMIGO_BASE_URL",
    "AMIGO_ORGANIZATION_ID",
    "AMIGO_API_KEY_ID",
    "AMIGO_API_KEY",
    "AMIGO_USER_ID",
}

Make = Callable[..., AmigoMock]


@pytest.fixture(scope="module")
def server() -> Iterator[AmigoMock]:
    """The fake that runs elsewhere."""
    with AmigoMock() as mock:
        yield mock


@pytest.fixture(params=["local", "remote"])
def make(request: pytest.FixtureRequest, server: AmigoMock) -> Make:
    """Makes an AmigoMock of either kind with these settings."""

    def made(**settings: Any) -> AmigoMock:
        if request.param == "local":
            return AmigoMock(**settings)
        return AmigoMock.at(server.url, settings=Settings.of(**settings))

    return made


@pytest.fixture
def mock(make: Make) -> Iterator[AmigoMock]:
    with make() as mock:
        yield mock


@pytest.fixture
def client(mock: AmigoMock) -> Iterator[httpx2.Client]:
    with mock.client() as client:
        yield client


@pytest.fixture
def remote(server: AmigoMock) -> Iterator[AmigoMock]:
    with AmigoMock.at(server.url) as mock:
        yield mock


def personas(mock: AmigoMock) -> str:
    return f"/v1/{mock.organization}/simulation/persona/"


def names(mock: AmigoMock, client: httpx2.Client) -> list[str]:
    return [found["name"] for found in client.get(personas(mock)).json()["simulation_personas"]]


def tenants(server: AmigoMock) -> list[str]:
    with httpx2.Client(base_url=server.url, trust_env=False) as client:
        found = client.get("/_mock/tenants").json()["tenants"]
    return [tenant["organization"] for tenant in found]


# What holds for both


def test_the_environment_is_that_of_a_sign_in(mock: AmigoMock) -> None:
    """Rule: what the official SDK reads, and the sign-in works. Source: the SDK."""
    env = mock.env
    headers = {
        "x-api-key": env["AMIGO_API_KEY"],
        "x-api-key-id": env["AMIGO_API_KEY_ID"],
        "x-user-id": env["AMIGO_USER_ID"],
    }
    url = f"{env['AMIGO_BASE_URL']}/v1/{env['AMIGO_ORGANIZATION_ID']}/user/signin_with_api_key"
    assert httpx2.post(url, headers=headers, trust_env=False).status_code == 200
    assert set(env) == VARIABLES
    assert env["AMIGO_ORGANIZATION_ID"] == mock.organization
    assert mock.url in repr(mock)


def test_a_mock_that_does_not_run_says_so(make: Make) -> None:
    """Rule: its address before and after is an error that names the way out. Source: `url`."""
    mock = make()
    for _ in range(2):
        for ask in (lambda: mock.url, mock.client):
            with pytest.raises(RuntimeError, match=r"not running.*start\(\)"):
                ask()
        assert mock.start() is mock.start()
        mock.stop()
        mock.stop()


@pytest.mark.parametrize("in_process", [False, True])
def test_clients_work(mock: AmigoMock, in_process: bool) -> None:
    """Rule: signed in, blocking or not, in process or as near to it as can be. Source: `client`."""

    async def ask() -> int:
        async with mock.async_client(in_process=in_process) as client:
            return (await client.get(personas(mock))).status_code

    with mock.client(in_process=in_process) as client:
        assert names(mock, client) == []
    assert asyncio.run(ask()) == 200
    assert [entry.caller for entry in mock.requests] == [f"{mock.organization}/mock-user"] * 2


def test_a_client_in_process_need_not_be_closed(make: Make) -> None:
    """Rule: as the plugin's fixtures have it: nothing is left open. Source: `client`."""

    async def ask(mock: AmigoMock) -> int:
        client = mock.async_client(in_process=True)
        return (await client.post(personas(mock), json=persona("Bob"))).status_code

    def use(mock: AmigoMock) -> list[str]:
        client = mock.client(in_process=True)
        assert client.post(personas(mock), json=persona("Ann")).status_code == 201
        with mock.faulty(LIST, drop=True), pytest.raises(httpx2.TransportError):
            client.get(personas(mock))
        with mock.faulty(LIST, delay=0.2), pytest.raises(httpx2.ReadTimeout):
            client.get(personas(mock), timeout=0.05)
        return names(mock, client)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with make() as mock:
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(use, mock).result() == ["Ann"]
            assert asyncio.run(ask(mock)) == 201
            mock.reset()
            assert trio.run(ask, mock) == 201
            mock.client(in_process=True).close()
            assert names(mock, mock.client(in_process=True)) == ["Bob"]
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


def test_the_clock_ages_tokens(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: one clock for everything. Source: one clock."""
    short = {"Authorization": f"Bearer {mock.token(expires_in=60)}"}
    mock.clock.advance(50)
    assert client.get(personas(mock), headers=short).status_code == 200
    mock.clock.advance(seconds=5, minutes=1)
    assert client.get(personas(mock), headers=short).status_code == 401
    assert client.get(personas(mock)).status_code == 200
    mock.clock.advance(hours=1)
    assert client.get(personas(mock)).status_code == 401


def test_the_clock_can_be_stopped(mock: AmigoMock) -> None:
    """Rule: frozen, at a time or now; moved, and let go. Source: the clock."""
    assert not mock.clock.frozen
    mock.clock.freeze(START + 0.123456)
    assert mock.clock.now() == START + 0.123456
    assert mock.clock.datetime().microsecond == 123000
    mock.clock.advance(10)
    assert mock.clock.now() == START + 10.123456
    assert mock.clock.frozen
    mock.clock.thaw()
    assert not mock.clock.frozen
    assert START + 10 <= mock.clock.now() < START + 70
    mock.clock.freeze()
    assert mock.clock.now() == mock.clock.now()
    mock.clock.reset()
    assert not mock.clock.frozen
    assert mock.clock.now() > START + 86400
    for wrong in (-1, float("nan"), 1e12):
        with pytest.raises(MockError, match="cannot advance by"):
            mock.clock.advance(wrong)


def test_faults_hit_and_are_counted(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: armed, hit, listed, disarmed; an armed one knows its hits. Source: faults."""
    two = mock.faults.add(LIST, status=503, times=2, headers={"X-A": "b"}, body=[1])
    other = mock.faults.arm(
        Fault.model_validate({"operation": "*", "drop": True, "expires_in": 60})
    )
    assert list(mock.faults) == [two, other]
    answers = [client.get(personas(mock)) for _ in range(2)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(503, [1])] * 2
    assert (two.hits, other.hits, len(mock.faults)) == (2, 0, 2)
    assert two.spent(mock.clock.now())
    assert not other.spent(mock.clock.now())
    mock.faults.remove(other)
    mock.faults.remove(other)
    assert list(mock.faults) == [two]
    assert client.get(personas(mock)).status_code == 200
    mock.faults.clear()
    assert list(mock.faults) == []
    again = mock.faults.add(LIST, status=500)
    assert client.get(personas(mock)).status_code == 500
    assert (two.id, two.hits, again.id, again.hits) == (1, 2, 1, 1)


def test_a_fault_for_a_block(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: inside and not after; its hits can be asked for then. Source: `faulty`."""
    with mock.faulty(LIST, status=503, times=None) as armed:
        assert [client.get(personas(mock)).status_code for _ in range(2)] == [503] * 2
    assert client.get(personas(mock)).status_code == 200
    assert armed.hits == 2
    with mock.faulty(LIST, status=503) as armed:
        client.get(personas(mock))
        mock.reset()
    assert armed.hits == 1
    with mock.faulty(LIST, drop=True), pytest.raises(httpx2.TransportError):
        client.get(personas(mock))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"operation": "get-simulation-persona", "status": 500}, f"did you mean '{LIST}'"),
        ({"operation": LIST, "statsu": 500}, "did you mean 'status'"),
        ({"operation": LIST}, "a fault needs a status"),
    ],
)
def test_a_wrong_fault_is_a_mistake(mock: AmigoMock, fault: dict[str, Any], words: str) -> None:
    """Rule: the same sentence wherever the fake runs; nothing is armed. Source: faults."""
    with pytest.raises(MockError, match=words):
        mock.faults.add(**fault)
    assert len(mock.faults) == 0


def test_outcomes_are_scripted_listed_and_cleared(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a scripted run fails as said and the next one passes; a mistake is named with the
    nearest and scripts nothing; reset and configure forget. Source: the README.
    """
    suite = Suite(client, mock.organization)
    tests = suite.unit_test_set(suite.unit_test())
    made = mock.outcomes.add("Refill works", criterion="Done", run=1)
    mock.outcomes.add("Refill works", transcript=[{"sender": "user", "text": "Hello?"}])
    assert mock.outcomes
    assert [made, *list(mock.outcomes)[1:]] == list(mock.outcomes)
    assert (len(mock.outcomes), made.criterion) == (2, "Done")
    mistakes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"unit_test": "Refil works", "error": "x"}, "no unit test .*did you mean 'Refill works'"),
        ({"unit_test": "Refill works", "eror": "x"}, "no field 'eror' .did you mean 'error'"),
        ({"unit_test": "Refill works"}, "needs a criterion, an error or a transcript"),
        ({"unit_test": "Refill works", "error": "x", "organization": "no"}, "no organization 'no'"),
    )
    for wrong, words in mistakes:
        with pytest.raises(MockError, match=words):
            mock.outcomes.add(**wrong)
    assert suite.run(suite.start(tests))["failed_metrics"] is True
    mock.outcomes.clear()
    assert list(mock.outcomes) == []
    assert suite.run(suite.start(tests))["failed_metrics"] is False
    mock.outcomes.add("Refill works", error="x")
    mock.reset()
    assert not mock.outcomes
    Suite(client, mock.organization).unit_test()
    mock.outcomes.add("Refill works", error="x")
    mock.configure(mock.settings)
    assert not mock.outcomes


@pytest.mark.parametrize("in_process", [False, True])
def test_artifacts_are_where_the_link_says(mock: AmigoMock, in_process: bool) -> None:
    """Rule: a link leads to the address that was asked, and needs no token; a client in process
    can follow it, too. Its signature is not in the journal. Source: the README.
    """
    with mock.client(in_process=in_process) as client:
        suite = Suite(client, mock.organization)
        run = suite.start(suite.unit_test_set(suite.unit_test()))
        link = suite.get(f"{RUNS}{run}/artifacts/")["presigned_url"]
        assert link.startswith(f"{mock.url}/download/{mock.organization}/")
        del client.headers["Authorization"]
        answer = client.get(link)
    assert answer.json()["simulation_unit_test_set_run_id"] == run
    assert mock.requests.last.operation == "download-simulation-unit-test-set-run-artifacts"
    signature = link.rpartition("signature=")[2]
    assert not any(signature in json.dumps(entry.json()) for entry in mock.requests)


def test_maintenance_is_a_switch(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: 503 while it is on, for good or for a block. Source: maintenance."""
    mock.maintenance = True
    assert mock.maintenance
    assert client.get(personas(mock)).status_code == 503
    mock.maintenance = False
    with mock.maintenance():
        assert client.get(personas(mock)).status_code == 503
    assert not mock.maintenance
    assert client.get(personas(mock)).status_code == 200


def test_limits_can_be_changed_and_asked(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: set and unset, on or off, and what is used of them. Source: rate_limits."""
    limits = mock.rate_limits
    limits.set(LIST, 2)
    assert [client.get(personas(mock)).status_code for _ in range(3)] == [200, 200, 429]
    assert (limits.used(), limits.headroom(LIST), limits.headroom(CREATE)) == ({LIST: 3}, -1, 100)
    for ask in (limits.headroom, limits.unset, lambda name: limits.set(name, 1)):
        with pytest.raises(MockError, match=f"did you mean '{LIST}'"):
            ask("get-simulation-persona")
    with pytest.raises(MockError, match="cannot be -1: say 0 or more"):
        limits.set(LIST, -1)
    limits.reset()
    assert client.get(personas(mock)).status_code == 200
    limits.enabled = False
    assert not limits.enabled
    assert "x-ratelimit-limit" not in client.get(personas(mock)).headers
    limits.enabled = True
    limits.set(CREATE, 3)
    assert limits.limits == {LIST: 2, CREATE: 3}
    limits.unset(LIST)
    limits.unset(LIST)
    assert limits.limits == {CREATE: 3}
    with pytest.raises(TypeError, match="does not support item assignment"):
        limits.limits[CREATE] = 4  # type: ignore[index]


def test_the_journal_is_evidence(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: requests with their bodies, filtered, expected, secrets left out. Source: journal."""
    version = persona_version(sensitive_user_variables={"pin": SECRET})
    client.post(personas(mock), json=persona("Zoë", initial_version=version))
    client.get(personas(mock), params={"limit": "x"})
    mock.assert_called(CREATE, times=1, json={"name": "Zoë"}, status=201, user="mock-user")
    mock.assert_called(LIST, query={"limit": "x"}, path={"organization": mock.organization})
    mock.assert_not_called(DELETE)
    with pytest.raises(AssertionError, match="Zoë"):
        mock.assert_called(CREATE, json={"name": "Ann"})
    with pytest.raises(MockError, match="did you mean"):
        mock.assert_called("get-simulation-persona")
    requests = mock.requests
    first = requests[0]
    assert first.request_json["name"] == "Zoë"
    assert SECRET.encode() not in first.request_body
    assert first.response_json.keys() == {"simulation_persona_id"}
    assert (first.number, first.operation, first.limit, first.used) == (1, CREATE, 100, 1)
    assert [entry.number for entry in requests.with_status("4xx")] == [2]
    assert requests.to(LIST).last.status == 422
    assert len(requests.by("mock-user")) == 2
    assert (len(requests), requests.forgotten) == (2, 0)
    requests.clear()
    assert (len(requests), list(requests)) == (0, [])
    client.get(personas(mock))
    assert [entry.number for entry in requests] == [1]
    assert requests.met[LIST, 200, False] == 1


def test_the_journal_is_bounded(make: Make) -> None:
    """Rule: the last ones are there, and how many are not is known. Source: journal_size."""
    with make(journal_size=3) as mock, mock.client() as client:
        for turn in range(1, 9):
            client.get(personas(mock))
            if turn != 5:
                assert len(mock.requests) == min(turn, 3)
        assert [entry.number for entry in mock.requests] == [6, 7, 8]
        assert mock.requests.forgotten == 5
        with pytest.raises(MockError, match="set journal_size higher"):
            mock.assert_called(LIST, times=8)
        for _ in range(5):
            client.get(personas(mock))
        assert [entry.number for entry in mock.requests] == [11, 12, 13]


def test_listeners_hear_of_every_request(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: of those from here on, until it leaves, and of each once. Source: the journal."""
    heard: list[Entry] = []
    client.get(personas(mock))
    mock.requests.subscribe(heard.append)
    for _ in range(3):
        client.get(personas(mock))
        assert len(mock.requests) > 1
    mock.requests.clear()
    client.get(personas(mock))
    mock.reset()
    client.get(personas(mock))
    mock.requests.unsubscribe(heard.append)
    client.get(personas(mock))
    assert len(mock.requests) == 2
    assert [entry.number for entry in heard] == [2, 3, 4, 1, 1]


def test_a_listener_can_hear_of_the_past(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: of what is in the journal first, and then of what comes. Source: the journal."""
    heard: list[Entry] = []
    client.get(personas(mock))
    assert len(mock.requests) == 1
    client.get(personas(mock))
    mock.requests.subscribe(heard.append, past=True)
    client.get(personas(mock))
    mock.requests.unsubscribe(heard.append)
    assert [entry.number for entry in heard] == [1, 2, 3]
    with pytest.raises(ValueError, match="not in list"):
        mock.requests.unsubscribe(heard.append)


def test_what_was_armed_and_came_to_nothing_is_told(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a sentence for each fault that never hit, those of a block too, and for each race that
    did not go as planned; listeners hear what is new. Source: `unused`.
    """
    heard: list[Entry] = []
    mock.requests.subscribe(heard.append)
    mock.faults.add(LIST, status=503)
    mock.faults.add(CREATE, status=503)
    with mock.faulty(DELETE, status=503):
        pass
    mock.between(LIST, UPDATE).deletes()
    client.get(personas(mock))
    assert mock.unused() == [
        f"an armed fault never hit: '{CREATE}' was not called",
        f"'{DELETE}' by another user never happened: '{UPDATE}' was not called "
        f"after '{LIST}' was answered",
        f"an armed fault never hit: '{DELETE}' was not called",
    ]
    assert [entry.status for entry in heard] == [503]
    mock.reset()
    assert mock.unused() == []


def test_a_fake_can_be_had_as_new(make: Make) -> None:
    """Rule: running and as made with these settings, whatever was before. Source: `renew`."""
    mock = make()
    settings = mock.settings.model_copy(update={"rate_limits": {LIST: 1}})
    try:
        for record in (False, True):
            mock.renew(settings, record=record)
            assert mock.rate_limits.limits == {LIST: 1}
            with mock.client() as client:
                client.post(personas(mock), json=persona("Ann"))
                assert names(mock, client) == ["Ann"]
            mock.faults.add(LIST, status=500)
            mock.clock.freeze(START)
        assert len(mock.capsule()["timeline"]) > 0
        mock.renew(mock.settings)
        assert (len(mock.requests), len(mock.faults), mock.clock.frozen) == (0, 0, False)
        with pytest.raises(MockError, match="nothing is recorded"):
            mock.capsule()
    finally:
        mock.stop()


def test_requests_in_threads_are_all_seen_once(mock: AmigoMock) -> None:
    """Rule: whoever looks while requests come in misses none. Source: the journal."""
    heard: list[Entry] = []
    mock.rate_limits.enabled = False
    mock.requests.subscribe(heard.append)

    def hammer() -> None:
        with mock.client() as client:
            for _ in range(15):
                client.get(personas(mock))

    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(hammer) for _ in range(3)]
        while not all(future.done() for future in running):
            list(mock.requests)
        for future in running:
            future.result()
    assert sorted(entry.number for entry in mock.requests) == list(range(1, 46))
    assert sorted(entry.number for entry in heard) == list(range(1, 46))


def test_a_test_can_be_recorded(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: what a capsule needs is noted from here on, or no longer. Source: capsules."""
    with pytest.raises(MockError, match="nothing is recorded"):
        mock.capsule()
    mock.record()
    client.get(personas(mock))
    capsule = mock.capsule("test_it", 5)
    assert (capsule["test"], capsule["random_seed"]) == ("test_it", 5)
    (asked,) = [step for step in capsule["timeline"] if step.get("operation") == LIST]
    assert asked["target"] == personas(mock)
    mock.record(False)
    with pytest.raises(MockError, match="nothing is recorded"):
        mock.capsule()


def test_a_user_with_grants(mock: AmigoMock) -> None:
    """Rule: may do just what the test says; the SDK's variables are theirs. Source: `as_user`."""
    reader = mock.as_user("ann", grants=["Simulation:GetSimulationPersona"])
    with reader.client() as client, reader:
        assert client.get(personas(mock)).status_code == 200
        assert client.post(personas(mock), json=persona()).status_code == 403
        assert os.environ["AMIGO_USER_ID"] == "ann"
        assert os.environ["AMIGO_ORGANIZATION_ID"] == mock.organization
    mock.as_user("ann", grants=["*"])
    with mock.client("ann") as client:
        assert client.post(personas(mock), json=persona()).status_code == 201
    with pytest.raises(MockError, match="there is no user 'bob'"):
        mock.token("bob")
    with pytest.raises(MockError, match="'nowhere'"):
        mock.token(organization="nowhere")


def test_another_user_comes_in_between(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: after the read and before the write; what came of it is known. Source: `between`."""
    made = client.post(personas(mock), json=persona("Ann")).json()["simulation_persona_id"]
    path = f"{personas(mock)}{made}/"
    with mock.between(LIST, UPDATE).deletes() as happened:
        assert client.post(path, json={}).status_code == 204
        assert [one.status for one in mock.races] == [None]
        client.get(personas(mock))
        assert client.post(path, json={}).status_code == 404
    assert happened.status == 204
    assert [one.trouble for one in mock.races] == [None]
    late = mock.between(LIST, UPDATE).edits(tags={})
    assert list(mock.races) == [happened, late]
    mock.reset()
    assert len(mock.races) == 0
    assert (happened.status, late.status) == (204, None)
    with pytest.raises(AssertionError, match="never happened"), mock.between(None, UPDATE).edits():
        pass
    with pytest.raises(MockError, match=f"did you mean '{UPDATE}'"):
        mock.between(None, f"{UPDATE}-").deletes()
    assert [entry.race for entry in mock.requests] == []


def test_seed_reset_snapshot_restore(
    mock: AmigoMock, client: httpx2.Client, tmp_path: Path
) -> None:
    """Rule: another start and back to it; the world kept and put back. Source: the state."""
    start = mock.snapshot()
    first = client.post(personas(mock), json=persona("Ann")).json()
    with_ann = mock.snapshot()
    mock.restore(start)
    assert names(mock, client) == []
    assert client.post(personas(mock), json=persona("Bob")).json() == first
    mock.reset()
    mock.restore(with_ann)
    assert names(mock, client) == ["Ann"]
    content = {"organizations": [{**world(2, 0, 1)["organizations"][0], "id": mock.organization}]}
    for source in (content, tmp_path / "world.json"):
        (tmp_path / "world.json").write_text(json.dumps(content))
        mock.seed(source)
        seeded = names(mock, client)
        client.post(personas(mock), json=persona("Ann"))
        mock.clock.freeze(START)
        mock.reset()
        assert names(mock, client) == seeded
        assert not mock.clock.frozen
        assert len(seeded) == 2
    with pytest.raises(MockError, match="there is no such file"):
        mock.seed(tmp_path / "nothing.yaml")
    with pytest.raises(MockError, match=r"organisations.*did you mean"):
        mock.seed({"organisations": []})
    assert names(mock, client) == seeded


def test_records_can_be_made(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: factories write to the world itself. Source: factories."""
    made = mock.personas.create(name="Ann")
    assert names(mock, client) == ["Ann"]
    assert mock.personas.get(made.id) == mock.personas.find("Ann") == made
    assert made.creator.org_id == mock.organization
    with pytest.raises(MockError, match="'Ann'"):
        mock.personas.create(name="Ann")


def test_strictness_is_configured(make: Make) -> None:
    """Rule: as made with these settings, and back. Source: `configure`."""
    with make(token_lifetime=60) as mock, mock.client() as client:
        base = mock.settings
        lenient = {"sort_by": "+name"}
        mock.clock.freeze(START)
        armed = mock.faults.add(LIST, status=500)
        client.get(personas(mock))
        for strict, status in ((True, 422), (False, 200)):
            update = {"strict": strict, "rate_limits": {LIST: 1}}
            mock.configure(mock.settings.model_copy(update=update))
            assert (mock.settings.strict, mock.settings.token_lifetime) == (strict, 60)
            assert not mock.clock.frozen
            assert len(mock.faults) == len(mock.requests) == 0
            assert mock.rate_limits.limits == {LIST: 1}
            assert client.get(personas(mock), params=lenient).status_code == status
        assert armed.hits == 1
        with pytest.raises(MockError, match="'port' cannot change"):
            mock.configure(mock.settings.model_copy(update={"port": 1}))
        with pytest.raises(MockError, match="no limit on 'x'"):
            mock.configure(mock.settings.model_copy(update={"rate_limits": {"x": 1}}))
        assert len(mock.requests) == 1
        mock.configure(base)
        assert (mock.rate_limits.limits, mock.settings) == ({}, base)


def test_settings_begin_with_what_was_given(make: Make, tmp_path: Path) -> None:
    """Rule: seed, clock, grants, limits, keys: as for every fake. Source: the settings."""
    path = tmp_path / "world.yaml"
    path.write_text(
        "organizations: [{id: here, personas: [{name: Ann, role: r, "
        "created_at: 2026-01-31T12:00:00Z, versions: [{background: b}]}]}]"
    )
    clock = "2026-01-31T12:00:00Z"
    with (
        make(seed=path, clock=clock, signing_key=SECRET, rate_limits={LIST: 1}) as mock,
        mock.client() as client,
    ):
        assert (names(mock, client), mock.clock.frozen) == (["Ann"], True)
        assert client.get(personas(mock)).status_code == 429
        mock.configure(mock.settings.model_copy(update={"strict": True}))
        assert names(mock, client) == ["Ann"]
        assert mock.clock.datetime().isoformat() == "2026-01-31T12:00:00+00:00"
        assert mock.clock.start == mock.clock.now()
    grants = [{"permission_name": "Simulation:Get*"}]
    with make(permissions=grants) as mock, mock.client() as client:
        assert client.post(personas(mock), json=persona()).status_code == 403


def test_a_world_without_an_organization_says_so(mock: AmigoMock) -> None:
    """Rule: nobody is meant where there is nobody. Source: `first`."""
    mock.seed({"organizations": []})
    with pytest.raises(MockError, match="the world has no organization"):
        _ = mock.organization


# Apart


def test_two_at_once_share_nothing(server: AmigoMock) -> None:
    """Rule: the same names, another clock, nobody else's requests. Source: tenants."""
    together = threading.Barrier(2)

    def run(frozen: bool) -> tuple[list[str], int, int]:
        with AmigoMock.at(server.url) as mock, mock.client() as client:
            together.wait(10)
            if frozen:
                mock.clock.freeze(START)
                mock.faults.add(CREATE, status=503)
            met = [
                client.post(personas(mock), json=persona(f"Persona {turn}")).status_code
                for turn in range(10)
            ]
            together.wait(10)
            assert mock.clock.frozen is frozen
            assert (mock.clock.now() == START) is frozen
            return names(mock, client), met.count(201), len(mock.requests)

    before = len(server.requests)
    with ThreadPoolExecutor(2) as pool:
        frozen, running = pool.map(run, [True, False])
    assert frozen == ([f"Persona {turn}" for turn in range(1, 10)], 9, 11)
    assert running == ([f"Persona {turn}" for turn in range(10)], 10, 11)
    assert len(server.requests) == before
    assert not server.clock.frozen


def test_a_tenant_lives_as_long_as_its_mock(server: AmigoMock) -> None:
    """Rule: made at the start, deleted at the end, another one next time. Source: `at`."""
    assert tenants(server) == []
    mock = AmigoMock.at(server.url)
    assert tenants(server) == []
    seen = set()
    for _ in range(2):
        with mock:
            assert tenants(server) == [mock.organization]
            seen.add(mock.organization)
        assert tenants(server) == []
    assert len(seen) == 2
    with AmigoMock.at(server.url, organization="mine") as mock:
        assert (mock.organization, tenants(server)) == ("mine", ["mine"])
        with pytest.raises(MockError, match="there is a tenant 'mine' already"):
            AmigoMock.at(server.url, organization="mine").start()
    with pytest.raises(ZeroDivisionError), AmigoMock.at(server.url):
        _ = 1 / 0
    assert tenants(server) == []


def test_settings_that_are_refused_open_nothing(server: AmigoMock) -> None:
    """Rule: the server's sentence, and no tenant. Source: `at`."""
    two = {"organizations": [{"id": "a"}, {"id": "b"}]}
    for given, words in (
        ({"seed": two}, "organizations: there are 2, and a tenant has just one"),
        ({"seed": "nothing.yaml"}, "there is no such file"),
        ({"rate_limits": {"x": 1}}, "no limit on 'x'"),
        ({"seed": {"organizations": [{"id": object()}]}}, "object is not JSON"),
    ):
        with pytest.raises(MockError, match=words):
            AmigoMock.at(server.url, settings=Settings.of(**given)).start()
    assert tenants(server) == []


def test_what_the_opening_told_holds_until_something_changes(
    remote: AmigoMock, server: AmigoMock
) -> None:
    """Rule: a token of the first user and the organization are asked for when they may have
    changed, and not before. Source: the cost of a test against a server.
    """
    first = remote.token()
    assert remote.token() == first
    assert remote.token("mock-user") == first
    assert remote.token(expires_in=60) != first
    remote.clock.freeze(START)
    with remote.client() as client:
        assert client.get(personas(remote)).status_code == 200
    users = [{"id": "eve", "grants": [{"permission_name": "*"}]}]
    remote.seed({"organizations": [{"id": remote.organization, "users": users}]})
    assert remote.env["AMIGO_USER_ID"] == "eve"
    with remote.client() as client:
        assert client.get(personas(remote)).status_code == 200
    assert remote.requests.last.user == "eve"
    with AmigoMock.at(server.url, settings=Settings.of(seed={"organizations": []})) as empty:
        with pytest.raises(MockError, match="the world has no organization"):
            _ = empty.organization
        with pytest.raises(MockError, match="the world has no organization"):
            empty.token()


def test_what_is_not_said_is_the_servers() -> None:
    """Rule: a strict server is strict for everyone who does not say otherwise. Source: `at`."""
    lenient = {"sort_by": "+name"}
    with AmigoMock(strict=True) as server:
        for given, status in (({}, 422), ({"strict": False}, 200)):
            settings = Settings.of(**given)
            with AmigoMock.at(server.url, settings=settings) as mock, mock.client() as client:
                for _ in range(2):
                    assert mock.settings.strict is (status == 422)
                    assert client.get(personas(mock), params=lenient).status_code == status
                    mock.configure(mock.settings)
                    mock.configure(settings)


def test_where_it_is_served_is_not_for_a_client_to_say(server: AmigoMock) -> None:
    """Rule: host, port, state and log are the server's own affair. Source: `at`."""
    settings = Settings.of(host="10.1.1.1", port=1, state="nothing.json", log_format="json")
    with AmigoMock.at(server.url, settings=settings) as mock:
        assert mock.settings.port == 1
        mock.configure(settings)
        assert mock.url == server.url


def test_a_snapshot_is_good_for_its_own_fake(remote: AmigoMock, server: AmigoMock) -> None:
    """Rule: one of another fake is a mistake, and changes nothing. Source: `restore`."""
    with AmigoMock.at(server.url) as other:
        for snapshot in (other.snapshot(), server.snapshot()):
            with pytest.raises(MockError, match="taken of another fake"):
                remote.restore(snapshot)
    snapshot = remote.snapshot()
    with pytest.raises(MockError, match="by the AmigoMock that took it"):
        server.restore(snapshot)
    assert server.organization == "mock-org"
    assert snapshot != remote.snapshot()
    assert remote.organization in repr(snapshot)


def test_there_is_no_application_to_have(remote: AmigoMock) -> None:
    """Rule: what is served elsewhere is not here. Source: `app`."""
    with pytest.raises(RuntimeError, match="served elsewhere"):
        _ = remote.app
    assert not remote.in_server_thread


# The control client


def test_what_was_seen_is_not_fetched_again(remote: AmigoMock) -> None:
    """Rule: whoever polls the journal costs no more than what is new. Source: the journal."""
    with remote.client() as client:
        for _ in range(5):
            client.get(personas(remote))
    first = list(remote.requests)
    assert all(one is other for one, other in zip(first, remote.requests, strict=True))


def test_a_journal_that_somebody_else_emptied_is_read_anew(
    remote: AmigoMock, server: AmigoMock
) -> None:
    """Rule: what is there is what the fake says, whoever used the control API.

    Source: the journal.
    """
    own = {"X-Amigo-Mock-Organization": remote.organization}
    with remote.client() as client:
        for paths in (["a", "b", "c"], ["d", "e"], ["f", "g", "h", "i"], ["j"], []):
            client.delete("/_mock/requests", headers=own)
            for path in paths:
                client.get(personas(remote) + path)
            assert [entry.path[-1] for entry in remote.requests] == paths


def test_nothing_is_left_behind(server: AmigoMock) -> None:
    """Rule: no descriptor, no warning, after threads too. Source: stop()."""

    def open_files() -> int:
        return len(list(Path("/dev/fd").iterdir()))

    def use() -> None:
        with AmigoMock.at(server.url) as mock, ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda _: mock.clock.now(), range(20)))

    use()
    gc.collect()
    files = open_files()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        use()
        gc.collect()
    assert [str(warning.message) for warning in caught] == []
    # The server may not have noticed yet that its end is closed: those are in this process too.
    assert open_files() <= files + 3


def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    """Rule: a server that closes idle connections loses no order. Source: the control client."""
    orders: list[str] = []
    closed = threading.Semaphore(0)

    class Closing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            self.handle_one_request()
            self.connection.shutdown(socket.SHUT_WR)  # without a word
            closed.release()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            orders.append(f"{self.command} {self.path}")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with serving(Closing) as url:
        control = ControlClient(url)
        for _ in range(3):
            control.raw("POST", "clock", {"advance": 1})
            closed.acquire()
        control.close()
    assert orders == ["POST /_mock/clock"] * 3


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Something that is no fake, at a url."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def answering(status: int, content: bytes) -> type[BaseHTTPRequestHandler]:
    """A handler that always answers this."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b"hello"),
        (200, b"[]"),
        (200, b'{"status": "ok"}'),
        (404, b'{"detail": "Not Found"}'),
        (401, b'{"detail": "Not authenticated"}'),
        (403, b"no"),
        (500, b""),
        (302, b""),
    ],
)
def test_what_is_no_fake_is_named(status: int, content: bytes) -> None:
    """Rule: one sentence that says what to do. Source: `at`."""
    with serving(answering(status, content)) as url, pytest.raises(MockError) as caught:
        AmigoMock.at(url).start()
    assert str(caught.value) == (
        f"what answers at {url} is no fake; start one with 'amigo-mock serve'"
    )


def test_nobody_there_is_named() -> None:
    """Rule: one sentence that says what to do, before and in the midst of it. Source: `at`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with pytest.raises(MockError, match=rf"no fake answers at {url} \(.*refused\); start one with"):
        AmigoMock.at(url).start()
    with AmigoMock() as server, AmigoMock.at(server.url) as mock:
        server.stop()
        with pytest.raises(MockError, match="no fake answers at"):
            mock.clock.advance(1)


def test_what_speaks_no_http_is_named() -> None:
    """Rule: garbage and a hanging up are no fake either. Source: `at`."""
    for said in (b"220 smtp\r\n", b""):
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def speak(listener: socket.socket = listener, said: bytes = said) -> None:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(said)

            thread = threading.Thread(target=speak)
            thread.start()
            port = listener.getsockname()[1]
            with pytest.raises(MockError, match=f"no fake answers at http://127.0.0.1:{port}"):
                AmigoMock.at(f"http://127.0.0.1:{port}").start()
            thread.join()


@pytest.mark.parametrize(
    "url", ["localhost:8484", "", "ftp://x", "http://", "http://h:x", "http://[", "http://h?a=b"]
)
def test_a_wrong_url_is_a_mistake(url: str) -> None:
    """Rule: what is wrong, and what one looks like. Source: `at`."""
    with pytest.raises(MockError, match="url"):
        AmigoMock.at(url)


def test_a_password_in_a_url_is_refused_and_not_told() -> None:
    """Rule: no secret in an error. Source: secrets."""
    with pytest.raises(MockError, match="control_token") as caught:
        AmigoMock.at(f"http://user:{SECRET}@127.0.0.1:1")
    assert SECRET not in str(caught.value)


def test_the_control_token_is_asked_for_and_checked() -> None:
    """Rule: missing and wrong are told apart; the settings may have it. Source: the door."""
    with AmigoMock(control_token=SECRET) as server:
        with pytest.raises(MockError, match="asks for its control token"):
            AmigoMock.at(server.url).start()
        with pytest.raises(MockError, match="has another control token") as caught:
            AmigoMock.at(server.url, "other-9913").start()
        assert "other-9913" not in str(caught.value)
        with pytest.raises(MockError, match="has another control token"):
            AmigoMock.at(server.url, "\u010desk\u00fd").start()
        with pytest.raises(MockError, match="not one line") as caught:
            AmigoMock.at(server.url, f"{SECRET}\r\n")
        assert SECRET not in str(caught.value)
        for mock in (
            AmigoMock.at(server.url, SECRET),
            AmigoMock.at(server.url, control_token=SECRET),
            AmigoMock.at(server.url, settings=Settings.of(control_token=SECRET)),
        ):
            with mock, mock.client() as client:
                assert names(mock, client) == []
                mock.configure(mock.settings)
                assert SECRET not in repr(mock) + repr(mock.settings)


def test_a_control_operation_that_an_older_fake_lacks_is_named() -> None:
    """Rule: which one, where, and what to do. Source: `at`."""
    health = b'{"status": "ok", "organizations": [], "strict": false}'

    class Older(answering(200, health)):  # type: ignore[misc]
        def do_POST(self) -> None:  # noqa: N802
            content = b'{"detail": "Not Found"}'
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with serving(Older) as url, pytest.raises(MockError) as caught:
        AmigoMock.at(url).start()
    assert str(caught.value) == (
        f"the fake at {url} does not know POST /_mock/tenants: it is of an older version; update it"
    )


def test_a_tenant_that_is_gone_is_named(server: AmigoMock) -> None:
    """Rule: a control operation of a tenant that is no longer there says why. Source: tenants."""
    with AmigoMock.at(server.url) as mock:
        with httpx2.Client(base_url=server.url, trust_env=False) as client:
            client.delete(f"/_mock/tenants/{mock.organization}")
        with pytest.raises(MockError, match=r"there is no tenant 'tenant-.*': it was deleted, or"):
            mock.clock.advance(1)


def test_a_forked_process_has_connections_of_its_own() -> None:
    """Rule: two processes do not speak on one line. Source: the control client."""
    lines: list[object] = []

    class Counting(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            lines.append(self.request)
            super().setup()

        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with serving(Counting) as url:
        control = ControlClient(url)
        control.raw("GET", "clock")
        run_forked(lambda: [control.raw("GET", "clock") for _ in range(2)])
        control.raw("GET", "clock")
        control.close()
    assert len(lines) == 2


def run_forked(action: Callable[[], object]) -> None:
    """Do something in a process that is forked off, and wait for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # this process has threads
        child = os.fork()
    if not child:
        status = 1
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


def test_a_forked_process_leaves_the_tenant_alone(server: AmigoMock) -> None:
    """Rule: it belongs to the process that made it. Source: `at`."""
    with AmigoMock.at(server.url) as mock:
        where = mock.organization
        run_forked(mock.stop)
        assert tenants(server) == [where]
        assert mock.clock.now() > 0


def test_no_proxy_stands_in_between(server: AmigoMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule: whatever the environment says. Source: the control client."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with AmigoMock.at(f"{server.url}/") as mock, mock.client() as client:
        assert names(mock, client) == []
        assert mock.url == server.url
