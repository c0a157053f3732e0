"""The README says what is so: its tables, its examples, its commands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from amigo_mock import AmigoMock
from amigo_mock.cli import main
from tests.tables import README, rendered

TEXT = README.read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_tables_are_those_of_the_declarations() -> None:
    """Rule: no table is written by hand. Source: `python -m tests.tables`, which mends this."""
    assert rendered(TEXT) == TEXT


@pytest.mark.parametrize("code", blocks("python"))
def test_the_python_examples_run(code: str, tmp_path: Path) -> None:
    """Rule: an example can be pasted, as a test or as a script. Source: the README."""
    path = tmp_path / "test_example.py"
    path.write_text(code)
    command = [sys.executable, "-W", "error", str(path)]
    if "def test_" in code:
        command[3:] = ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


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
