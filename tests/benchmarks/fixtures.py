"""What a test costs that creates once and lists once, by fixture; net of pytest itself."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from tests.benchmarks.bench import Bench
from tests.benchmarks.generator import Unmeasured
from tests.benchmarks.report import Figure
from tests.benchmarks.server import environment

TESTS = 500
OURS = ("-p", "pytest_amigo.plugin")
WARM = 20  # tests that are not counted

# The time between the ends of two tests is all that one costs, its fixtures included.
CONFTEST = """
import json, os, time
import pytest

ENDS = []

def pytest_runtest_logfinish():
    ENDS.append(time.perf_counter())

def pytest_sessionfinish():
    with open(os.environ["ENDS"], "w") as file:
        json.dump(ENDS, file)
"""

HEAD = """
import pytest
PATH = "/v1/mock-org/simulation/persona/"
BODY = {
    "name": "Confused New User", "role": "patient", "tags": {"category": "onboarding"},
    "initial_version": {"background": "New.", "preferred_language": "eng", "user_models": [],
                        "nonsensitive_user_variables": {}, "sensitive_user_variables": {}},
}
def each(count):
    return pytest.mark.parametrize("number", range(count))
"""

EMPTY = """
@each(TESTS)
def test_nothing(number):
    pass
"""

DIRECT = """
@each(TESTS)
def test_both(number, amigo_client):
    assert amigo_client.post(PATH, json=BODY).status_code == 201
    assert len(amigo_client.get(PATH).json()["simulation_personas"]) == 1
"""

STUBS = """
import httpx

@pytest.fixture(scope="session")
def client():
    with httpx.Client(base_url="http://stub", verify=False) as found:
        yield found

@each(TESTS)
def test_both(number, client, httpx_mock):
    url = "http://stub" + PATH
    made, page = {"simulation_persona_id": "1"}, {"simulation_personas": [BODY]}
    httpx_mock.add_response(url=url, method="POST", status_code=201, json=made)
    httpx_mock.add_response(url=url, method="GET", json=page)
    assert client.post(PATH, json=BODY).status_code == 201
    assert len(client.get(PATH).json()["simulation_personas"]) == 1
"""

LOOP = """
import asyncio

@pytest.fixture(scope="session")
def run():
    with asyncio.Runner() as runner:
        yield runner.run

async def both(client):
    assert (await client.post(PATH, json=BODY)).status_code == 201
    assert len((await client.get(PATH)).json()["simulation_personas"]) == 1
"""

ASYNC_DIRECT = """
@each(TESTS)
def test_both(number, run, amigo_async_client):
    run(both(amigo_async_client))
"""

ASYNC_ASGI = """
import httpx2

@pytest.fixture
def client(amigo):
    transport = httpx2.ASGITransport(amigo.app)
    headers = {"Authorization": f"Bearer {amigo.token()}"}
    return httpx2.AsyncClient(transport=transport, base_url="http://amigo", headers=headers)

@each(TESTS)
def test_both(number, run, client):
    run(both(client))
"""

SOCKET = """
@pytest.fixture(scope="session")
def client(amigo_server):
    with amigo_server.client() as found:
        yield found

@each(TESTS)
def test_both(number, amigo, client):
    assert client.post(PATH, json=BODY).status_code == 201
    assert len(client.get(PATH).json()["simulation_personas"]) == 1
"""

THEIRS = """
import httpx

@pytest.fixture(scope="session")
def client(amigo_server):
    headers = {"Authorization": f"Bearer {amigo_server.token()}"}
    url = amigo_server.url
    with httpx.Client(base_url=url, headers=headers, verify=False, trust_env=False) as found:
        yield found

@each(TESTS)
def test_both(number, amigo, client):
    assert client.post(PATH, json=BODY).status_code == 201
    assert len(client.get(PATH).json()["simulation_personas"]) == 1
"""

HTTPSERVER = """
import httpx

@pytest.fixture(scope="session")
def client():
    with httpx.Client(verify=False, trust_env=False) as found:
        yield found

@each(TESTS)
def test_both(number, client, httpserver):
    httpserver.expect_request(PATH, method="POST").respond_with_json({"id": "1"}, status=201)
    httpserver.expect_request(PATH, method="GET").respond_with_json({"personas": [BODY]})
    assert client.post(httpserver.url_for(PATH), json=BODY).status_code == 201
    assert len(client.get(httpserver.url_for(PATH)).json()["personas"]) == 1
"""

SUITES = {
    "empty": EMPTY,
    "amigo_client": DIRECT,
    "pytest-httpx": STUBS,
    "amigo_async_client": LOOP + ASYNC_DIRECT,
    "ASGITransport": LOOP + ASYNC_ASGI,
    "amigo over its socket": SOCKET,
    "amigo over its socket, by httpx": THEIRS,
    "pytest-httpserver": HTTPSERVER,
}

OWN = ("amigo_client", "amigo_async_client", "amigo over its socket")

PLUGINS = dict.fromkeys(SUITES, OURS) | {
    "empty": (),
    "pytest-httpx": ("-p", "pytest_httpx"),
    "pytest-httpserver": ("-p", "pytest_httpserver.pytest_plugin"),
}

COMPARED = (
    ("amigo_client", "pytest-httpx", 0.95),
    ("amigo_async_client", "ASGITransport", 0.9),
    ("amigo over its socket", "pytest-httpserver", 0.8),
    ("amigo over its socket, by httpx", "pytest-httpserver", None),
)

FIRST = """
import os, time
def test_first({fixture}):
    {work}
    open(os.environ["ENDS"], "w").write(str(time.time()))
"""

USED = """assert amigo_client.get("/v1/mock-org/simulation/persona/").status_code == 200"""


def measure(bench: Bench) -> Iterator[Figure]:
    """Each suite in a process of its own, in turn; medians over tests and ratios over rounds."""
    found: dict[str, list[float]] = {name: [] for name in SUITES}
    for name, text in SUITES.items():
        _write(bench.folder / "suites" / name.replace(" ", "-").replace(",", ""), HEAD + text)
    baseline: dict[str, list[float]] = {name: [] for name in OWN if bench.baseline}
    for _ in range(bench.rounds):
        for name in SUITES:
            folder = bench.folder / "suites" / name.replace(" ", "-").replace(",", "")
            found[name].append(_cost(folder, bench, PLUGINS[name]))
            if name in baseline:
                baseline[name].append(_cost(folder, bench, PLUGINS[name], bench.baseline))
    empty = found["empty"]
    net = {
        name: [cost - base for cost, base in zip(costs, empty, strict=True)]
        for name, costs in found.items()
    }
    for ours, theirs, most in COMPARED:
        ratios = [a / b for a, b in zip(net[ours], net[theirs], strict=True)]
        detail = f"{statistics.median(net[ours]):.2f} and {statistics.median(net[theirs]):.2f} ms"
        yield Figure(f"{ours} / {theirs}", statistics.median(ratios), most=most, detail=detail)
    for name, costs in baseline.items():
        before = [cost - base for cost, base in zip(costs, empty, strict=True)]
        ratios = [a / b for a, b in zip(net[name], before, strict=True)]
        detail = f"baseline {statistics.median(before):.2f} ms"
        yield Figure(f"{name} / baseline", statistics.median(ratios), detail=detail)
    yield _first(bench)


def _first(bench: Bench) -> Figure:
    """From the start of pytest to the first assertion, with the fake and without the plugin."""
    with_it, without = bench.folder / "first-with", bench.folder / "first-without"
    _write(with_it, FIRST.format(fixture="amigo_client", work=USED))
    _write(without, FIRST.format(fixture="", work="assert True"))
    extra: list[float] = []
    for turn in range(bench.rounds * 2 + 1):
        took = _until(with_it, bench, OURS) - _until(without, bench, ())
        if turn:  # the first one compiles
            extra.append(took * 1000)
    worst = f"worst {max(extra):.0f} ms of {len(extra)}"
    name = "pytest to the first assertion, extra"
    return Figure(name, statistics.median(extra), "ms", most=250, detail=worst)


def _write(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conftest.py").write_text(CONFTEST if "TESTS" in text else "")
    (folder / "test_it.py").write_text(textwrap.dedent(text).replace("TESTS", str(TESTS)))
    (folder / "pytest.ini").write_text("[pytest]\n")


def _cost(folder: Path, bench: Bench, options: Sequence[str], root: Path | None = None) -> float:
    """Milliseconds a test, the median."""
    _run(folder, bench, options, root)
    ends: list[float] = json.loads((folder / "ends").read_text())[WARM:]
    return 1000 * statistics.median([b - a for a, b in pairwise(ends)])


def _until(folder: Path, bench: Bench, options: Sequence[str]) -> float:
    """Seconds until the test got to its end."""
    began = time.time()
    _run(folder, bench, options)
    return float((folder / "ends").read_text()) - began


def _run(folder: Path, bench: Bench, options: Sequence[str], root: Path | None = None) -> None:
    """With no plugins but these: others that are installed have their price too."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "ENDS": str(folder / "ends")}
    if root:
        alone["PYTHONPATH"] = str(root)
    found = subprocess.run(
        [*command, *options],
        cwd=folder,
        env=environment(bench.folder) | alone,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        raise Unmeasured(f"{folder.name}: {found.stdout[-1500:]}{found.stderr[-500:]}")
