"""From the start of a process to its first answer, and what the plugin adds to every test run."""

from __future__ import annotations

import importlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.anchors import PERSONAS
from tests.benchmarks.bench import Bench
from tests.benchmarks.report import Figure
from tests.benchmarks.server import ROOT, Server, amigo, anchor, environment

IMPORT = """
import time, pytest
began = time.perf_counter()
import pytest_amigo.plugin
print(time.perf_counter() - began)
"""


def measure(bench: Bench) -> Iterator[Figure]:
    """A first page against that of `bare`, started in turn; then a first control operation."""
    bare, page, health, before = [], [], [], []
    for _ in range(bench.rounds * 2):
        with anchor("bare", bench.folder) as server:
            bare.append(server.age)
        page.append(_first_page(bench, ROOT))
        if bench.baseline:
            before.append(_first_page(bench, bench.baseline))
        with amigo(bench.folder) as server:
            health.append(server.age)
    for name, times, most in (("page, with a token", page, 2), ("control operation", health, None)):
        value = statistics.median(a / b for a, b in zip(times, bare, strict=True))
        ours, base = (statistics.median(each) * 1000 for each in (times, bare))
        detail = f"{ours:.0f} ms, bare {base:.0f} ms"
        yield Figure(f"start to the first {name} / bare", value, most=most, detail=detail)
    if before:
        value = statistics.median(a / b for a, b in zip(page, before, strict=True))
        detail = f"baseline {statistics.median(before) * 1000:.0f} ms"
        yield Figure("start to the first page / baseline", value, detail=detail)
    yield _plugin(bench)


def _first_page(bench: Bench, root: Path) -> float:
    """Seconds until the fake has answered with a page, to a token that was made beforehand."""
    # Imported by name: so the other measurements run where the fake itself does not import.
    access = importlib.import_module("amigo_mock.state.access").Access("amigo-mock")
    command = [sys.executable, "-m", "amigo_mock", "serve", "--port", "PORT"]
    server = Server("amigo", [*command, "--log-format", "none"], bench.folder, root)
    server.token = access.issue("mock-org", "mock-user", time.time(), 3600)
    try:
        server.wait(PERSONAS)
        server.expect(200, "GET", PERSONAS)
        return server.age
    finally:
        server.stop()


def _plugin(bench: Bench) -> Figure:
    """The import of the plugin, in fresh processes in which pytest is there already."""
    name = "import of the plugin, pytest imported"
    if not (ROOT / "pytest_amigo" / "plugin.py").exists():
        return Figure(name, None, "ms", most=15, detail="not there")
    command, variables = [sys.executable, "-c", IMPORT], environment(bench.folder)
    runs = [
        subprocess.check_output(command, cwd=ROOT, env=variables, text=True)
        for _ in range(bench.rounds * 2 + 1)
    ]
    return Figure(name, statistics.median(map(float, runs[1:])) * 1000, "ms", most=15)
