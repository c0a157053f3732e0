"""A trial: one mutant in a copy of the project, and the tests that should fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.mutants import Mutant

COPIED = ("amigo_mock", "pytest_amigo", "tests", "fixtures", "pyproject.toml")
ALSO = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", ".ci", ".gitignore")
PASSED = 0
NOTHING = 5  # pytest ran no test
TIMEOUT = 180  # seconds; one that takes longer hangs


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: `killed` by a test, by time, or by none of so many."""

    mutant: Mutant
    killed: bool
    by: str
    tests: int


class Copy:
    """A copy of the project, in which one file at a time is another."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder = folder
        folder.mkdir(parents=True)
        for name in (*COPIED, *ALSO):
            if (root / name).is_dir():
                shutil.copytree(root / name, folder / name)
            elif (root / name).exists():
                shutil.copy2(root / name, folder / name)

    def trial(self, mutant: Mutant, tests: Sequence[str]) -> Verdict:
        """Run tests, the first failure ends it."""
        place = self._folder / mutant.path
        code = mutant.code((self._root / mutant.path).read_text())
        if code is None or not compiles(code):
            return Verdict(mutant, True, "its syntax", 0)
        place.write_text(code)
        try:
            return self._run(mutant, tests)
        finally:
            shutil.copy2(self._root / mutant.path, place)

    def _run(self, mutant: Mutant, tests: Sequence[str]) -> Verdict:
        options = ["-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider"]
        options += ["-p", "no:randomly", "-p", "no:xdist", "--hypothesis-profile=brief"]
        command = [sys.executable, "-m", "pytest", *options, *tests]
        # Nothing is compiled into the copy but what stands in it unchanged.
        own = os.environ | {"PYTHONPATH": str(self._folder), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            found = subprocess.run(
                command,
                cwd=self._folder,
                env=own,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Verdict(mutant, True, "time", len(tests))
        killed = found.returncode not in (PASSED, NOTHING)
        return Verdict(mutant, killed, killer(found.stdout) if killed else "", len(tests))


def killer(output: str) -> str:
    """The test that failed, as pytest's summary names it."""
    for line in output.splitlines():
        if line.startswith(("FAILED ", "ERROR ")):
            return line.split(" - ")[0].partition(" ")[2]
    return "the start of pytest"


def compiles(code: str) -> bool:
    """Whether it is Python at all."""
    try:
        compile(code, "mutant", "exec")
    except SyntaxError:
        return False
    return True
