"""AmigoMock: one running fake, that starts anywhere, ends at once and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import http.client
import itertools
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
import trio

import amigo_mock
from amigo_mock import AmigoMock, MockError, Settings
from amigo_mock.testing.samples import world
from tests.support.bodies import persona, persona_version, scenario
from tests.support.paths import PERSONAS, SCENARIOS
from tests.support.verbs import persona_names_of

VARIABLES = {
    "AMIGO_BASE_URL",
    "AMIGO_ORGANIZATION_ID",
    "AMIGO_API_KEY_ID",
    "AMIGO_API_KEY",
    "AMIGO_USER_ID",
}
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def address(mock: AmigoMock) -> tuple[str, int]:
    """Host and port of a mock."""
    found = urlsplit(mock.url)
    assert found.hostname is not None
    assert found.port is not None
    return found.hostname, found.port


def open_files() -> int:
    """How many descriptors this process has."""
    return len(list(Path("/dev/fd").iterdir()))


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """Fails if the block leaves a thread, a descriptor or an unclosed resource."""
    with AmigoMock() as mock:  # what is opened once in a process is open by now
        persona_names_of(mock)
    gc.collect()
    threads, files = set(threading.enumerate()), open_files()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert set(threading.enumerate()) <= threads
    assert open_files() <= files
    assert [str(warning.message) for warning in caught] == []


def is_free(where: tuple[str, int]) -> bool:
    """Whether nobody listens there, and somebody could."""
    with socket.socket() as probe:
        if probe.connect_ex(where) == 0:
            return False
    with AmigoMock(host=where[0], port=where[1]) as mock:
        return address(mock) == where


# Starting


def test_a_mock_serves_on_a_free_port() -> None:
    """Rule: it starts on a free port of the loopback address. Source: AmigoMock."""
    with AmigoMock() as mock:
        host, port = address(mock)
        assert host == "127.0.0.1"
        assert port > 0
        assert persona_names_of(mock) == []


def test_two_mocks_know_nothing_of_each_other() -> None:
    """Rule: state lives in a mock, never in a module. Source: isolation."""
    with AmigoMock() as first, AmigoMock() as second:
        assert first.url != second.url
        with first.client() as client:
            assert client.post(PERSONAS, json=persona("Ann")).status_code == 201
        assert persona_names_of(first) == ["Ann"]
        assert persona_names_of(second) == []
        assert len(second.requests) == 1


def test_a_mock_that_does_not_run_says_so() -> None:
    """Rule: its address before and after is an error that names the way out. Source: `url`."""
    mock = AmigoMock()
    for ask in (lambda: mock.url, lambda: mock.env, mock.client, mock.async_client):
        with pytest.raises(RuntimeError, match=r"not running.*start\(\)"):
            ask()
    with mock:
        assert mock.url in repr(mock)
    with pytest.raises(RuntimeError, match="not running"):
        _ = mock.url
    assert repr(mock) == "<AmigoMock not running>"


def test_starting_twice_is_starting_once() -> None:
    """Rule: a mock that runs goes on as it is. Source: start()."""
    with AmigoMock() as mock:
        url = mock.url
        assert mock.start() is mock
        assert mock.url == url


def test_a_port_in_use_is_a_mistake_with_a_name() -> None:
    """Rule: an address that is taken is a MockError, and leaves nothing behind. Source: start()."""
    with AmigoMock() as first, nothing_left_behind():
        second = AmigoMock(port=address(first)[1])
        with pytest.raises(
            MockError, match=rf"cannot listen on .*{address(first)[1]}.*0 for a free one"
        ):
            second.start()
        with pytest.raises(RuntimeError, match="not running"):
            _ = second.url
        del second


@pytest.mark.parametrize("host", ["no-such-host.invalid", "203.0.113.1", "x" * 70, "é..x"])
def test_an_address_of_another_machine_is_a_mistake_with_a_name(host: str) -> None:
    """Rule: an address that cannot be had is a MockError. Source: start()."""
    with nothing_left_behind(), pytest.raises(MockError, match="cannot listen on"):
        AmigoMock(host=host).start()


def test_settings_are_a_value_or_keywords() -> None:
    """Rule: one vocabulary; both at once would hide which one counts. Source: AmigoMock."""
    assert AmigoMock(Settings.of(strict=True)).settings == AmigoMock(strict=True).settings
    with pytest.raises(TypeError, match="not both"):
        AmigoMock(Settings(), strict=True)
    with pytest.raises(MockError, match=r"'strct'.*did you mean 'strict'\?"):
        AmigoMock(strct=True)  # type: ignore[call-arg]


def test_a_coroutine_can_begin_it() -> None:
    """Rule: `async with` does what `with` does. Source: the way of other fakes."""

    async def begin() -> str:
        async with AmigoMock() as mock:
            return mock.url

    assert asyncio.run(begin()).startswith("http://127.0.0.1:")


def test_the_version_is_that_of_the_distribution() -> None:
    """Rule: `__version__` is what is installed. Source: packaging."""
    assert amigo_mock.__version__ == version("amigo-mock")


def test_a_limit_is_not_changed_by_assignment(mock: AmigoMock) -> None:
    """Rule: the mapping of limits is for reading, and says how one is set. Source: limits."""
    with pytest.raises(TypeError, match=r"rate_limits\.set\('get-simulation-persona', 1\)"):
        mock.rate_limits.limits["get-simulation-persona"] = 1  # type: ignore[index]
    with pytest.raises(TypeError, match=r"rate_limits\.unset\('get-simulation-personas'\)"):
        del mock.rate_limits.limits["get-simulation-personas"]  # type: ignore[attr-defined]


# Reaching it


def test_the_environment_is_what_the_official_sdk_reads() -> None:
    """Rule: five variables, and the sign-in that they stand for works. Source: the SDK."""
    with AmigoMock() as mock:
        env = mock.env
        headers = {
            "x-api-key": env["AMIGO_API_KEY"],
            "x-api-key-id": env["AMIGO_API_KEY_ID"],
            "x-user-id": env["AMIGO_USER_ID"],
        }
        url = f"{env['AMIGO_BASE_URL']}/v1/{env['AMIGO_ORGANIZATION_ID']}"
        with mock.client() as client:
            answer = client.post(f"{url}/user/signin_with_api_key", headers=headers)
    assert set(env) == VARIABLES
    assert env["AMIGO_ORGANIZATION_ID"] == "mock-org"
    assert answer.status_code == 200


def test_the_environment_names_the_first_of_the_world() -> None:
    """Rule: user, key and organization are the first of the world. Source: `env`."""
    here = {
        "id": "here",
        "users": [{"id": "ann"}, {"id": "bob"}],
        "api_keys": [{"id": "k", "key": "s"}],
    }
    with AmigoMock(seed={"organizations": [here, {"id": "there"}]}) as mock:
        assert list(mock.env.values())[1:] == ["here", "k", "s", "ann"]


def test_a_token_is_for_whom_it_says() -> None:
    """Rule: the first user of the first organization, or those named. Source: `token`."""
    grants = [{"permission_name": "*"}]
    there = {"id": "there", "users": [{"id": "bob", "grants": grants}, {"id": "cy"}]}
    seed = {"organizations": [{"id": "here", "users": [{"id": "ann", "grants": grants}]}, there]}
    with AmigoMock(seed=seed) as mock, httpx2.Client(base_url=mock.url, trust_env=False) as client:
        tokens = [
            mock.token(),
            mock.token("bob", organization="there"),
            mock.token(organization="there"),
        ]
        for organization, token in zip(["here", "there", "there"], tokens, strict=True):
            headers = {"Authorization": f"Bearer {token}"}
            path = f"/v1/{organization}/simulation/persona/"
            assert client.get(path, headers=headers).status_code == 200
        callers = [entry.caller for entry in mock.requests]
    assert callers == ["here/ann", "there/bob", "there/bob"]


def test_a_token_lives_as_long_as_it_says() -> None:
    """Rule: `expires_in` counts on the mock's clock. Source: `token`."""
    with AmigoMock() as mock, mock.client() as client:
        headers = {"Authorization": f"Bearer {mock.token(expires_in=10)}"}
        assert client.get(PERSONAS, headers=headers).status_code == 200
        mock.clock.advance(9)
        assert client.get(PERSONAS, headers=headers).status_code == 200
        mock.clock.advance(1.5)
        assert client.get(PERSONAS, headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("user", "organization"), [("nobody", None), (None, "nowhere"), ("mock-user", "nowhere")]
)
def test_a_token_for_nobody_is_a_mistake(user: str | None, organization: str | None) -> None:
    """Rule: no token for who does not exist. Source: `token`."""
    with pytest.raises(MockError, match=user if user == "nobody" else organization):
        AmigoMock().token(user, organization=organization)


def test_a_client_is_signed_in_as_whom_it_says() -> None:
    """Rule: a client calls as its user; options are those of the client. Source: `client`."""
    users = [{"id": "ann", "grants": [{"permission_name": "*"}]}, {"id": "bob"}]
    with AmigoMock(seed={"organizations": [{"id": "mock-org", "users": users}]}) as mock:
        with mock.client() as ann, mock.client("bob", headers={"X-Trace": "1"}) as bob:
            assert ann.post(PERSONAS, json=persona("Ann")).status_code == 201
            assert bob.post(PERSONAS, json=persona("Bob")).status_code == 403
            assert bob.headers["x-trace"] == "1"
        assert [entry.user for entry in mock.requests] == ["ann", "bob"]


@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
def test_an_async_client_works_on_either_loop(run: Callable[[Any], Any]) -> None:
    """Rule: the async client is for asyncio and trio. Source: `async_client`."""
    with AmigoMock() as mock:

        async def create() -> int:
            async with mock.async_client() as client:
                answer = await client.post(PERSONAS, json=persona("Ann"))
                return answer.status_code

        found = run(create) if run is trio.run else run(create())
        assert found == 201
        assert persona_names_of(mock) == ["Ann"]


def test_no_proxy_stands_in_between(mock: AmigoMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule: clients go straight to the mock, whatever the environment says. Source: `client`."""
    for name in PROXIES:
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    async def ask() -> int:
        async with mock.async_client() as client:
            return (await client.get(PERSONAS)).status_code

    assert persona_names_of(mock) == []
    assert asyncio.run(ask()) == 200


# The state


def test_a_reset_is_a_new_start(mock: AmigoMock) -> None:
    """Rule: world, clock, limits, faults, maintenance and journal start anew. Source: reset()."""
    with mock.client() as client:
        client.post(PERSONAS, json=persona("Ann"))
        mock.clock.freeze(0)
        mock.faults.add("get-simulation-personas", status=503, times=None)
        mock.maintenance = True
        mock.rate_limits.set("get-simulation-personas", 0)
        mock.rate_limits.enabled = False
        mock.reset()
        assert len(mock.requests) == 0
        assert (len(mock.faults), bool(mock.maintenance), mock.clock.frozen) == (0, False, False)
        assert (mock.rate_limits.enabled, mock.rate_limits.limits) == (True, {})
        answer = client.get(PERSONAS)
    assert answer.json()["simulation_personas"] == []
    assert answer.headers["x-ratelimit-remaining"] == "49"


def test_a_reset_comes_back_to_the_seed() -> None:
    """Rule: what was seeded last is the start. Source: seed()."""
    with AmigoMock() as mock:
        mock.seed(world(2, 0, 1))
        seeded = persona_names_of(mock)
        with mock.client() as client:
            client.post(PERSONAS, json=persona("Ann"))
        assert persona_names_of(mock) == [*seeded, "Ann"]
        mock.reset()
        assert persona_names_of(mock) == seeded
        assert len(seeded) == 2


def test_a_run_can_be_repeated_to_the_byte() -> None:
    """Rule: the same seed and clock give the same bytes. Source: one seed, one clock."""

    def run(random_seed: int) -> bytes:
        settings: dict[str, Any] = {"clock": "2026-01-31T12:00:00Z", "random_seed": random_seed}
        with AmigoMock(**settings) as mock, mock.client() as client:
            client.post(PERSONAS, json=persona("Ann"))
            client.post(SCENARIOS, json=scenario("Refill"))
            return client.get(PERSONAS).content + client.get(SCENARIOS).content

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_snapshots_can_be_restored_in_any_order(mock: AmigoMock) -> None:
    """Rule: each snapshot is the world as it was, whatever came after. Source: snapshot()."""
    mock.rate_limits.enabled = False
    with mock.client() as client:

        def content() -> list[Any]:
            search = client.get(f"{PERSONAS}search", params={"query": "calls"})
            versions = [
                client.get(f"{PERSONAS}{item['id']}/version/").json()
                for item in client.get(PERSONAS).json()["simulation_personas"]
            ]
            return [
                client.get(PERSONAS, params={"sort_by": "+updated_at"}).json(),
                search.json(),
                versions,
            ]

        def change() -> None:
            made = client.post(PERSONAS, json=persona(f"Persona {len(taken)}")).json()
            path = f"{PERSONAS}{made['simulation_persona_id']}/"
            client.post(f"{path}version/", json=persona_version(background="Calls again."))
            if len(taken) == 2:
                client.delete(path)

        taken = [(mock.snapshot(), content())]
        for _ in range(3):
            change()
            taken.append((mock.snapshot(), content()))
        for order in itertools.permutations(range(4)):
            for place in order:
                snapshot, expected = taken[place]
                mock.restore(snapshot)
                assert content() == expected
                change()


def test_restoring_leaves_everything_but_the_world(mock: AmigoMock) -> None:
    """Rule: clock, limits, faults and journal stay. Source: restore()."""
    snapshot = mock.snapshot()
    mock.clock.freeze(1000)
    mock.maintenance = True
    mock.faults.add("get-simulation-personas", status=503)
    mock.restore(snapshot)
    assert (mock.clock.now(), bool(mock.maintenance), len(mock.faults)) == (1000, True, 1)


def test_maintenance_is_a_switch(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: every operation answers 503 while it is on. Source: the contract, status 503."""
    mock.maintenance = True
    assert {client.get(path).status_code for path in (PERSONAS, SCENARIOS)} == {503}
    mock.maintenance = False
    assert client.get(PERSONAS).status_code == 200


def test_clock_faults_limits_and_journal_are_at_hand(
    mock: AmigoMock, client: httpx2.Client
) -> None:
    """Rule: what a test turns, the next request meets. Source: AmigoMock's control."""
    mock.clock.freeze(2_000_000_000)
    headers = {"Authorization": f"Bearer {mock.token()}"}
    armed = mock.faults.add("get-simulation-personas", status=503, headers={"Retry-After": "0"})
    mock.rate_limits.set("get-simulation-personas", 1)
    answers = [client.get(PERSONAS, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 200, 429]
    assert armed.hits == 1
    assert answers[2].headers["retry-after"] == "60"
    assert [entry.status for entry in mock.requests] == [503, 200, 429]
    assert [entry.fault for entry in mock.requests] == [True, False, False]
    assert mock.requests[0].time == 2_000_000_000
    mock.clock.advance(60)
    assert client.get(PERSONAS, headers=headers).status_code == 200


def test_a_control_operation_that_does_not_exist_is_a_mistake(mock: AmigoMock) -> None:
    """Rule: a misspelt operation names the nearest. Source: faults."""
    with pytest.raises(MockError, match=r"did you mean 'get-simulation-personas'\?"):
        mock.faults.add("get-simulation-persona", status=503)


# Stopping


def test_a_stopped_mock_leaves_nothing_behind() -> None:
    """Rule: the port is free; no thread, descriptor or warning is left. Source: stop()."""
    with nothing_left_behind():
        with AmigoMock() as mock:
            where = address(mock)
            assert persona_names_of(mock) == []
        assert is_free(where)


def test_an_error_inside_the_block_leaves_nothing_behind() -> None:
    """Rule: leaving the block by an error is leaving it. Source: stop()."""
    with nothing_left_behind():
        mock = AmigoMock()
        with suppress(ZeroDivisionError), mock:
            where = address(mock)
            persona_names_of(mock)
            _ = 1 / 0
        assert is_free(where)


def test_an_idle_connection_does_not_hold_it_up() -> None:
    """Rule: connections are cut, idle ones too. Source: stop()."""
    with nothing_left_behind(), AmigoMock() as mock:
        where = address(mock)
        idle = socket.create_connection(where, timeout=5)
        with idle, mock.client() as client:
            assert client.get(PERSONAS).status_code == 200
            started = time.monotonic()
            mock.stop()
            assert time.monotonic() - started < 2
            with suppress(ConnectionResetError):
                assert idle.recv(1) == b""
        assert is_free(where)


def test_a_request_that_hangs_does_not_hold_it_up(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Rule: a request in progress is cut, not answered, and no error is shown. Source: stop()."""
    with nothing_left_behind(), AmigoMock() as mock:
        armed = mock.faults.add("get-simulation-personas", delay=30)
        connection = http.client.HTTPConnection(*address(mock), timeout=10)
        connection.request("GET", PERSONAS, headers={"Authorization": f"Bearer {mock.token()}"})
        wait_for(lambda: armed.hits == 1)
        started = time.monotonic()
        mock.stop()
        assert time.monotonic() - started < 2
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            connection.getresponse()
        connection.close()
    assert [record.getMessage() for record in caplog.records] == []
    assert capfd.readouterr().err == ""


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it is so; ten seconds at most."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.005)


def test_starting_and_stopping_can_be_repeated() -> None:
    """Rule: what was stopped can be started, as often as wanted. Source: start(), stop()."""
    mock = AmigoMock()
    with nothing_left_behind():
        started = time.monotonic()
        for _ in range(20):
            with mock:
                socket.create_connection(address(mock), timeout=5).close()
        assert time.monotonic() - started < 10


def test_stopping_twice_is_stopping_once() -> None:
    """Rule: a mock that does not run can be stopped. Source: stop()."""
    mock = AmigoMock()
    mock.stop()
    with mock:
        mock.stop()
        mock.stop()
    mock.stop()


def test_the_state_outlives_a_stop() -> None:
    """Rule: a mock that starts again has its world, clock and journal. Source: stop()."""
    mock = AmigoMock()
    with mock:
        mock.clock.freeze(2_000_000_000)
        with mock.client() as client:
            client.post(PERSONAS, json=persona("Ann"))
    with mock:
        assert persona_names_of(mock) == ["Ann"]
        assert mock.clock.now() == 2_000_000_000
        assert [entry.status for entry in mock.requests] == [201, 200]


# Threads


def test_requests_and_resets_do_not_meet() -> None:
    """Rule: nothing a client sends is ever a 500, whatever else goes on; what came before a reset
    and has not had its turn is cut. Source: isolation.
    """
    met: set[int] = set()

    def ask(client: httpx2.Client, method: str, path: str, **given: Any) -> httpx2.Response | None:
        try:
            answer = client.request(method, path, **given)
        except httpx2.TransportError:
            return None
        met.add(answer.status_code)
        return answer

    def hammer(client: httpx2.Client, number: int) -> None:
        for turn in range(15):
            made = ask(client, "POST", PERSONAS, json=persona(f"{number} {turn}"))
            ask(client, "GET", f"{PERSONAS}search", params={"query": "calls"})
            ask(client, "GET", PERSONAS, params={"sort_by": "+updated_at", "role": "patient"})
            if made is None:
                continue
            path = f"{PERSONAS}{made.json()['simulation_persona_id']}/"
            ask(client, "POST", f"{path}version/", json=persona_version())
            ask(client, "POST", path, json={"tags": {"a": "b"}})
            ask(client, "GET", f"{path}version/")
            ask(client, "DELETE", path)

    with ExitStack() as stack:
        mock = stack.enter_context(AmigoMock(rate_limits=False, seed=world(20, 0, 0)))
        clients = [stack.enter_context(mock.client()) for _ in range(3)]
        pool = stack.enter_context(ThreadPoolExecutor(len(clients)))
        snapshot = mock.snapshot()
        running = [pool.submit(hammer, client, place) for place, client in enumerate(clients)]
        while not all(future.done() for future in running):
            mock.reset()
            list(mock.requests)
            mock.restore(snapshot)
            mock.snapshot()
        for future in running:
            future.result()
    assert met <= {200, 201, 204, 404}
    assert {200, 201} <= met


def test_tokens_and_resets_do_not_meet() -> None:
    """Rule: a token can be had at any time, during a reset as well. Source: isolation."""
    mock, done = AmigoMock(), threading.Event()

    def ask() -> None:
        while not done.is_set():
            mock.token()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that threads meet as often as can be
    try:
        with ThreadPoolExecutor(3) as pool:
            asking = [pool.submit(ask) for _ in range(3)]
            for _ in range(5000):
                mock.reset()
            done.set()
            for future in asking:
                future.result()
    finally:
        done.set()
        sys.setswitchinterval(interval)


def test_a_path_is_made_of_its_operation(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: in the first organization, whatever it is called, with what the template names; a
    mistake is refused. Source: the README: against a fake elsewhere."""
    assert mock.path("get-simulation-personas") == PERSONAS
    assert client.get(mock.path("get-simulation-personas")).status_code == 200
    path = mock.path("update-simulation-persona", simulation_persona_id="a/b", organization="o")
    assert path == "/v1/o/simulation/persona/a%2Fb/"
    with AmigoMock(seed={"organizations": [{"id": "other"}]}) as other:
        assert other.path("get-simulation-personas") == "/v1/other/simulation/persona/"
    for operation, parameters, text in (
        ("get-simulation-persona", {}, "did you mean 'get-simulation-personas'"),
        ("update-simulation-persona", {}, "say which 'simulation_persona_id'"),
        ("get-simulation-personas", {"organisation": "x"}, "did you mean 'organization'"),
    ):
        with pytest.raises(MockError, match=text):
            mock.path(operation, **parameters)
