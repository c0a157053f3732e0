"""The same tests against a fake that already runs, and capsules of what failed."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import httpx2
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from amigo_mock import AmigoMock, create_app

pytest_plugins = ["pytester"]

SUITE = """
import os, time
import pytest

def personas(amigo):
    return f"/v1/{amigo.organization}/simulation/persona/"

@pytest.fixture(params=range(3))
def number(request):
    return request.param

def test_each_has_the_world_to_itself(amigo, amigo_client, number):
    assert amigo_client.get(personas(amigo)).json()["simulation_personas"] == []
    assert amigo.personas.create(name="Ann", versions=2).latest.version == 2
    (found,) = amigo_client.get(personas(amigo)).json()["simulation_personas"]
    assert found["name"] == "Ann"
    amigo.assert_called("get-simulation-personas", times=2)

def test_the_environment_is_that_of_the_tenant(amigo, amigo_env):
    assert os.environ["AMIGO_ORGANIZATION_ID"] == amigo.organization
    assert os.environ["AMIGO_BASE_URL"] == os.environ["THEIRS"]

@pytest.mark.amigo(strict=True)
def test_strictness_is_its_own(amigo, amigo_client):
    body = {"name": "A", "role": "r", "tags": {}, "initial_version": {"background": "b"}}
    assert amigo_client.post(personas(amigo), json=body).status_code == 422

@pytest.mark.amigo(auto_advance=True, rate_limits={"get-simulation-personas": 1})
def test_waiting_costs_nothing(amigo, amigo_client):
    before = amigo.clock.now()
    amigo_client.get(personas(amigo))
    answer = amigo_client.get(personas(amigo))
    time.sleep(int(answer.headers["Retry-After"]))
    assert amigo_client.get(personas(amigo)).status_code == 200
    assert amigo.clock.now() - before >= 59

def test_faults_users_and_maintenance(amigo, amigo_client):
    with amigo.faulty("get-simulation-personas", status=503):
        assert amigo_client.get(personas(amigo)).status_code == 503
    with amigo.maintenance():
        assert amigo_client.get(personas(amigo)).status_code == 503
    with amigo.as_user(grants=["Simulation:Get*"]).client() as reader:
        assert reader.get(personas(amigo)).status_code == 200

async def ask(client, path):
    return (await client.get(path)).status_code

def test_the_async_client(amigo, amigo_async_client):
    import asyncio
    assert asyncio.run(ask(amigo_async_client, personas(amigo))) == 200
"""

FAILING = """
def test_it(amigo, amigo_client):
    amigo.personas.create(name="Ann")
    amigo.clock.advance(minutes=5)
    with amigo.faulty("search-simulation-personas", status=503):
        path = f"/v1/{amigo.organization}/simulation/persona/"
        amigo_client.get(path + "search", params={"query": "Ann"})
    assert amigo_client.get(path).json()["simulation_personas"] == []
"""

QUIET = ("-p", "no:asyncio", "-p", "no:cacheprovider", "-W", "error")


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_suite_runs_against_a_fake_elsewhere(
    mock: AmigoMock,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    workers: tuple[str, ...],
) -> None:
    """Rule: the same fixtures and control, each test in an organization of its own that is gone
    afterwards. Source: the README: `--amigo-url`."""
    pytester.makepyfile(SUITE)
    monkeypatch.setenv("THEIRS", mock.url)
    found = pytester.runpytest_subprocess(*QUIET, *workers, "--amigo-url", mock.url)
    found.assert_outcomes(passed=8)
    assert len(mock.requests) == 0
    assert httpx2.get(f"{mock.url}/_mock/tenants", trust_env=False).json() == {"tenants": []}


FRUGAL = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_it(amigo, amigo_client, amigo_env, number):
    path = f"/v1/{{amigo.organization}}/simulation/persona/"
    assert amigo_env["AMIGO_ORGANIZATION_ID"] in path
    assert amigo_client.get(path).status_code == 200
"""


def test_a_test_costs_few_control_requests(pytester: pytest.Pytester) -> None:
    """Rule: at most four requests to the control API for each test beside its own, the client's
    token and the environment included.

    Source: the README: `--amigo-url`.
    """
    asked: list[str] = []
    app = create_app()

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/_mock/"):
            asked.append(f"{scope['method']} {scope['path']}")
        await app(scope, receive, send)

    costs = []
    with serving(counting) as url:
        for count in (1, 6):
            asked.clear()
            pytester.makepyfile(FRUGAL.format(count=count))
            found = pytester.runpytest_subprocess(*QUIET, "--amigo-url", url)
            found.assert_outcomes(passed=count)
            costs.append(len(asked))
    assert costs[1] - costs[0] <= 5 * 4, asked


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """The application on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, lifespan="off", log_level="error")
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def test_no_fake_there_is_a_clear_error(pytester: pytest.Pytester) -> None:
    """Rule: the run is refused with one sentence that says what to do. Source: bad input gets a
    clear error.
    """
    pytester.makepyfile("def test_it(amigo): pass")
    found = pytester.runpytest_subprocess(*QUIET, "--amigo-url", "http://127.0.0.1:9")
    assert found.ret == pytest.ExitCode.USAGE_ERROR
    found.stderr.re_match_lines(
        [r"ERROR: no fake answers at http://127\.0\.0\.1:9.*amigo-mock serve"]
    )


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "elsewhere"])
def test_a_failed_test_leaves_a_capsule_to_replay(
    mock: AmigoMock, pytester: pytest.Pytester, elsewhere: bool
) -> None:
    """Rule: the report names the file, and its command repeats the test's requests with the same
    answers: world, clock and faults as they were. Source: the README: failure capsules."""
    pytester.makepyfile(FAILING, test_passing="def test_it(amigo): pass")
    url = ("--amigo-url", mock.url) if elsewhere else ()
    found = pytester.runpytest_subprocess(*QUIET, "-n", "1", "--amigo-capsules", "kept", *url)
    found.assert_outcomes(passed=1, failed=1)
    (file,) = (pytester.path / "kept").iterdir()
    command = re.search(r"capsule: (amigo-mock replay .*)", found.stdout.str())
    assert command is not None
    assert command[1].endswith(str(file))
    again = subprocess.run(
        [sys.executable, "-m", "amigo_mock", "replay", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "2 requests: 2 same")
    assert "mock-api-key" not in file.read_text()
    assert json.loads(file.read_text())


def test_a_folder_that_cannot_be_made_does_not_hide_the_failure(
    pytester: pytest.Pytester,
) -> None:
    """Rule: the failure is reported all the same, and says why there is no capsule. Source: the
    README: failure capsules."""
    pytester.makepyfile(FAILING)
    (pytester.path / "kept").write_text("a file")
    found = pytester.runpytest_subprocess(*QUIET, "--amigo-capsules", "kept")
    found.assert_outcomes(failed=1)
    found.stdout.re_match_lines([r"capsule: could not be written: .*"])


DEAD = """
import os, signal

def test_dead(amigo, amigo_client):
    os.kill(int(os.environ["SERVER"]), signal.SIGKILL)
    amigo_client.get("/v1/nothing")

def test_after(amigo):
    pass
"""


def test_a_fake_that_ends_in_the_middle_is_a_clear_error(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule: tests fail in one sentence, and pytest itself goes on. Source: bad input gets a clear
    error."""
    command = [sys.executable, "-m", "amigo_mock", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found is not None
        monkeypatch.setenv("SERVER", str(server.pid))
        pytester.makepyfile(DEAD)
        options = ("-p", "no:randomly", "--amigo-url", found[0])
        result = pytester.runpytest_subprocess(*QUIET, *options)
    result.assert_outcomes(failed=1, errors=2)
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    assert result.stdout.str().count("no fake answers at") >= 2
