"""What an editor and a type checker know of the fixtures, the factories and the controls."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_amigo import plugin
from tests.typing import uses

ROOT = Path(__file__).parent.parent.parent
USES, MISTAKES = Path(__file__).with_name("uses.py"), Path(__file__).with_name("mistakes.py")

Found = dict[tuple[str, int], str]  # what is wrong, by file and line


def mypy(_: Path) -> Found:
    """As the project itself is checked: strictly."""
    command = [sys.executable, "-m", "mypy", "--no-error-summary", str(USES), str(MISTAKES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = re.findall(r"^.*?(\w+\.py):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    assert lines, done.stdout + done.stderr
    return {(name, int(number)): text for name, number, text in lines}


def pyright(folder: Path) -> Found:
    """As strictly as it can, and as somebody who has installed the package."""
    config = folder / "pyrightconfig.json"
    files = [str(USES), str(MISTAKES)]
    options = {"include": files, "typeCheckingMode": "strict"}
    config.write_text(json.dumps(options))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "-p", str(config)]
    command += ["--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(files), done.stdout
    return {
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1): one["message"]
        for one in report["generalDiagnostics"]
    }


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_a_type_checker_reports_the_mistakes_and_nothing_else(
    checker: Callable[[Path], Found], tmp_path: Path
) -> None:
    """Rule: fixtures, factories and controls are typed through and through. Source: the README.

    Each use has the very type that is asserted beside it, and each mistake is seen where it is.
    """
    lines = MISTAKES.read_text().splitlines()
    wrong = {(MISTAKES.name, at) for at, line in enumerate(lines, 1) if "  # wrong: " in line}
    found = checker(tmp_path)
    assert {place: text for place, text in found.items() if place not in wrong} == {}
    assert wrong - found.keys() == set()


def test_the_fixtures_are_declared_as_they_are_used() -> None:
    """Rule: no fixture is without a type, and the one that is checked here. Source: this file."""
    declared = {
        name: re.sub(r"^Iterator\[(.*)\]$", r"\1", inspect.signature(fixture).return_annotation)
        for name, fixture in ((name, getattr(plugin, name)) for name in plugin.__all__)
    }
    used = inspect.get_annotations(uses.fixtures)
    assert declared == {name: used[name] for name in declared}
