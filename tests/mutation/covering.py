"""Which tests run a line: a plugin that measures it, and what it wrote."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import coverage
import pytest

FOLDER = "MUTATION_COVERAGE"  # the environment variable that says where to
UNMEASURED = "tests/server/test_way_of_a_request.py"  # it traces by itself, and coverage stops


class Covering:
    """The tests of each line, as the measurement found them."""

    def __init__(self, root: Path, data: coverage.CoverageData) -> None:
        self._root = root
        self._data = data
        self._lines: dict[Path, dict[int, list[str]]] = {}
        self._extent: dict[str, int] = {}
        for file in data.measured_files():
            for tests in data.contexts_by_lineno(file).values():
                for test in tests:
                    self._extent[test] = self._extent.get(test, 0) + 1

    def tests(self, path: Path, line: int) -> list[str]:
        """The tests that run a line, those of its own folder first, then those that run least."""
        if path not in self._lines:
            found = self._data.contexts_by_lineno(str(self._root / path))
            self._lines[path] = {number: [*filter(None, tests)] for number, tests in found.items()}
        folder = f"tests/{'/'.join(path.parts[1:-1]) or 'plugin'}"
        if path.parts[0] == "pytest_amigo":
            folder = "tests/plugin"

        def distance(test: str) -> tuple[bool, int, str]:
            return not test.startswith(folder), self._extent[test], test

        return sorted(self._lines[path].get(line, []), key=distance)


def measured(root: Path, folder: Path, jobs: int) -> Covering:
    """Read what was measured in a folder; run all tests for it if nothing was."""
    merged = folder / "coverage"
    if not merged.exists():
        print("measuring which tests run which line: one run of all tests", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        options = ["-q", "-n", str(jobs), "-p", "tests.mutation.covering", "-p", "no:randomly"]
        options += ["--deselect", UNMEASURED, "--hypothesis-profile", "brief"]
        subprocess.run(
            [sys.executable, "-m", "pytest", *options],
            cwd=root,
            env=os.environ | {FOLDER: str(folder)},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        combined = coverage.Coverage(data_file=str(merged), config_file=False)
        combined.combine([str(folder)], strict=True)
        combined.save()
    data = coverage.CoverageData(str(merged))
    data.read()
    return Covering(root, data)


def without_parameters(tests: Iterable[str]) -> Iterator[str]:
    """The same tests, each function once, in order."""
    return iter(dict.fromkeys(test.partition("[")[0] for test in tests))


class Measuring:
    """Starts coverage in a worker, and tells it which test runs."""

    def __init__(self, folder: str, worker: str) -> None:
        self._coverage = coverage.Coverage(
            data_file=f"{folder}/coverage.{worker}",
            config_file=False,
            source=["amigo_mock", "pytest_amigo"],
            messages=False,
        )
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self._coverage.switch_context("")

    def pytest_unconfigure(self) -> None:
        self._coverage.stop()
        self._coverage.save()


def pytest_configure(config: pytest.Config) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and FOLDER in os.environ:
        config.pluginmanager.register(Measuring(os.environ[FOLDER], worker))
