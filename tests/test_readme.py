"""The README says what is so: its tables, its examples, its commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from amigo_mock import AmigoMock
from amigo_mock.commands.cli import main
from pytest_amigo import options
from tests.tables import README, rendered

EXAMPLES = README.parent / "tests" / "examples"
TEXT = README.read_text()


# As a reader has it: no files of ours, and no plugin that sets up event loops in its own way.
ALONE = ("-q", "-p", "no:cacheprovider", "-p", "no:asyncio")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


TESTS = [code for code in blocks("python") if "def test_" in code]
SCRIPTS = [code for code in blocks("python") if "def test_" not in code]


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Python in a folder, without this run's settings."""
    ours = ("PYTEST_", "AMIGO_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_tables_are_those_of_the_declarations() -> None:
    """Rule: no table is written by hand. Source: `python -m tests.tables`, which mends this."""
    assert rendered(TEXT) == TEXT


@pytest.mark.parametrize("code", SCRIPTS)
def test_the_python_examples_run(code: str, tmp_path: Path) -> None:
    """Rule: an example that is a script can be pasted. Source: the README."""
    path = tmp_path / "example.py"
    path.write_text(code)
    done = run(tmp_path, "-W", "error", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_tests_pass(tmp_path: Path) -> None:
    """Rule: an example that is a test is a whole test file. Source: the README."""
    for number, code in enumerate(TESTS):
        (tmp_path / f"test_example_{number}.py").write_text(code)
    done = run(tmp_path, "-W", "error", "-m", "pytest", *ALONE)
    tests = sum(code.count("def test_") for code in TESTS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) >= tests > 10


FAILING = """\
def test_the_report(amigo, amigo_client):
    path = "/v1/mock-org/simulation/persona/"
    amigo_client.get(path, params={"limit": 5})
    amigo_client.get(path, params={"limit": 51})
    amigo.assert_called("get-simulation-personas", query={"limit": 50}, status=200)
"""


def test_a_failing_test_shows_what_it_says(tmp_path: Path) -> None:
    """Rule: the printed report is pytest's, but for times. Source: the README."""
    (tmp_path / "test_report.py").write_text(FAILING)
    done = run(tmp_path, "-m", "pytest", *ALONE)
    assert done.returncode == 1
    [shown] = blocks("text")
    _, found = done.stdout.split("    def test_the_report")
    found = f"    def test_the_report{found.partition('=====')[0]}"
    assert TIMES.sub("0", shown).strip() == TIMES.sub("0", found).strip()


TIMES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z|[\d.]+(?= ms)|(?<=\+)[\d.]+(?=s)")


def test_the_plugin_has_every_option_that_is_named() -> None:
    """Rule: a reader can type what is printed. Source: the README."""
    named = set(re.findall(r"(?<![\w-])--(?:no-)?amigo-[a-z-]+", TEXT))
    everything = options.OPTIONS
    flags = {one.flag for one in everything}
    flags |= {f"--no-{one.flag[2:]}" for one in everything if one.type == "bool"}
    assert named <= flags
    assert set(re.findall(r"`(amigo_\w+) = ", TEXT)) <= {one.ini for one in everything}


def test_every_how_to_is_linked() -> None:
    """Rule: each how-to of the README has a file, and each file is in the README."""
    there = {path.name for path in EXAMPLES.glob("test_howto_*.py")}
    assert set(re.findall(r"\(tests/examples/(\w+\.py)\)", TEXT)) == there


def test_the_world_of_the_readme_can_be_served() -> None:
    """Rule: the printed world is one. Source: the README."""
    world: dict[str, Any] = yaml.safe_load(blocks("yaml")[0])
    with AmigoMock(seed=world) as mock, mock.client(user="reader") as client:
        page = client.get("/v1/mock-org/simulation/persona/").json()
        assert [persona["name"] for persona in page["simulation_personas"]] == ["Confused New User"]
        assert client.get("/v1/mock-org/simulation/scenario/").json()["simulation_scenarios"] == []


@pytest.mark.parametrize("world", blocks("yaml"), ids=lambda _: "world")
def test_every_world_of_the_readme_is_one(world: str) -> None:
    """Rule: the printed worlds can be started from. Source: the README."""
    with AmigoMock(seed=yaml.safe_load(world)) as mock, mock.client() as client:
        assert client.get("/v1/mock-org/simulation/unit_test/").status_code == 200


@pytest.mark.parametrize("line", re.findall(r"^amigo-mock (\w+) ?(.*?)(?:  #.*)?$", TEXT, re.M))
def test_the_commands_know_their_options(
    line: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Rule: every printed option is one of its command's. Source: the README."""
    with pytest.raises(SystemExit) as ended:
        main([line[0], "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for option in re.findall(r"--[a-z-]+", line[1]):
        assert option in text
