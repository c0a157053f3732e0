"""A project that uses the plugin as its users do, from its own folder and configuration."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PROJECT = Path(__file__).parent / "downstream"
CALLED = {
    "sign-in-with-api-key",
    "create-simulation-persona",
    "get-simulation-personas",
    "update-simulation-persona",
    "delete-simulation-persona",
    "create-simulation-persona-version",
    "get-simulation-persona-versions",
}


def run(*command: str) -> str:
    """What a command said that went well, in the project and without this run's settings."""
    ours = ("PYTEST_", "AMIGO_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_tests_pass(tmp_path: Path) -> None:
    """Rule: with two workers, in random order, with warnings as errors, and all reports.

    Source: the README. What the workers did is counted together, and what faults answered is
    counted apart from what the service did.
    """
    path = tmp_path / "coverage.json"
    said = run(
        *("-m", "pytest", "-p", "no:asyncio", "-p", "no:cacheprovider", "-n", "2", "-W", "error"),
        *("--amigo-coverage", "--amigo-rate-limits-report", "--amigo-permissions-report"),
        f"--amigo-coverage-json={path}",
    )
    assert re.search(r"^=+ 20 passed in ", said, re.MULTILINE), said

    coverage = json.loads(path.read_text())
    operations = {name: one for name, one in coverage["operations"].items() if one["calls"]}
    assert operations.keys() == CALLED
    assert not CALLED & set(coverage["never_called"])
    created = operations["create-simulation-persona"]
    met = {status for status, count in created["statuses"].items() if count}
    assert met == {"201", "403", "409", "429"}
    assert created["faults"].keys() == {"429", "503"}
    assert created["dropped"] == 2
    assert created["fields"]["never_sent"] == [
        "initial_version.preferred_language",
        "initial_version.timezone",
    ]
    assert operations["get-simulation-personas"]["statuses"]["401"] == 1

    table = said[said.index("amigo: coverage of the contract") :]
    assert re.search(r"^create-simulation-persona +\d+ +4/8 ", table, re.MULTILINE), table
    uncalled = " ".join(table.partition("never called: ")[2].partition("\n\n")[0].split())
    assert "search-simulation-personas" in uncalled.split(", ")
    assert "nobody called too early" in said[said.index("amigo: rate limits") :]
    assert '{"permission_name": "Simulation:ModifySimulationPersona", "conditions": {}}' in said


def test_its_types_are_sound() -> None:
    """Rule: who checks types finds those of the fixtures. Source: the README."""
    cache = ROOT / ".mypy_cache" / "downstream"
    assert "no issues found" in run("-m", "mypy", f"--cache-dir={cache}")
