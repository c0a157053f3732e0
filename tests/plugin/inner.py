"""A suite of tests inside of a test: a folder, a run of pytest in it, and what came of it."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from textwrap import dedent

import httpcore2  # noqa: F401 - what is first imported in an inner run is forgotten at its end
import pytest

SUPPORT = Path(__file__).parents[1] / "support"
CONFIGURATION = """
[pytest]
addopts = -rfEspxX --strict-markers --strict-config -p no:cacheprovider
"""
# Plugins that have no part in most of the suites, and take their time.
OTHERS = (
    *("asyncio", "faker", "hypothesispytest", "pytest_httpserver", "pytest_httpx", "randomly"),
    "schemathesis",
)

_OUTCOME = re.compile(r"(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) \S+?\.py::(\S+)")
_HEAD = re.compile(r"_{3,} (.+?) _{3,}")


class Result:
    """The end of a run, its output, and the outcome of each test."""

    def __init__(self, run: pytest.RunResult) -> None:
        self.status = int(run.ret)
        self.lines = [*run.outlines, *run.errlines]
        self.text = "\n".join(self.lines)

    @property
    def outcomes(self) -> dict[str, str]:
        """By test, as in `Test::test_it`: passed, failed, error, or `error passed` for two."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for line in self.lines:
            if match := _OUTCOME.match(line):
                found[match[2]].append(match[1].lower())
        return {name: " ".join(sorted(words)) for name, words in sorted(found.items())}

    def passed(self, count: int) -> None:
        """See that so many tests passed, and that nothing else came of the run."""
        assert self.outcomes == dict.fromkeys(self.outcomes, "passed"), self.text
        assert (len(self.outcomes), self.status) == (count, 0), self.text

    def report(self, test: str) -> str:
        """The report of the run on a failed test, at any stage."""
        found, inside = [], False
        for line in self.lines:
            if match := _HEAD.fullmatch(line):
                inside = match[1].removeprefix("ERROR at ").split(" ")[-1] == test
            elif re.match("={5,}", line):
                inside = False
            elif inside:
                found.append(line)
        assert found, f"no report of {test!r} in\n{self.text}"
        return "\n".join(found)

    def section(self, title: str) -> str:
        """The lines below a title at the end of the run."""
        found, inside = [], False
        for line in self.lines:
            if match := re.fullmatch(r"=+ (.+?) =+", line):
                inside = match[1] == title
            elif inside:
                found.append(line)
        assert found, f"no section {title!r} in\n{self.text}"
        return "\n".join(found)


class Inner:
    """The folder; a suite in it may run in this process or, where it matters, in its own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.folder = pytester.path
        self.configure("")
        for name in ("bodies.py", "paths.py"):
            self.write(name, (SUPPORT / name).read_text())

    def configure(self, options: str) -> None:
        """Write the ini file, with these lines in addition."""
        self.write("pytest.ini", CONFIGURATION + dedent(options))

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        (self.folder / name).write_text(dedent(text), encoding="utf-8")

    def run(self, *arguments: str) -> Result:
        """Run in this process, which is quick."""
        with warnings.catch_warnings():
            warnings.resetwarnings()  # those of the run outside are no business of this one
            return Result(self._pytester.runpytest_inprocess(*_without(()), *arguments))

    def run_apart(self, *arguments: str, beside: Collection[str] = ()) -> Result:
        """Run in a process of its own, beside these of the other plugins."""
        found = self._pytester.runpytest_subprocess(*_without(beside), *arguments, timeout=120)
        return Result(found)


def _without(beside: Collection[str]) -> list[str]:
    return [f"-pno:{name}" for name in OTHERS if name not in beside]
