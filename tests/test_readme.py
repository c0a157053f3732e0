"""The READMEs: their tables, examples, commands, options and links are true."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from amigo_mock import AmigoMock
from amigo_mock.commands.cli import main
from pytest_amigo import options
from tests.tables import DOCUMENTS, ROOT, rendered

TEXTS = {name: (ROOT / name).read_text() for name in DOCUMENTS}
READMES = {name: text for name, text in TEXTS.items() if name.endswith("README.md")}
EVERYTHING = "\n".join(READMES.values())
EXAMPLES = ROOT / "tests" / "examples"

OURS = ("PYTEST_", "AMIGO_")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
ENVIRONMENT["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # the project's other plugins load slowly
PYTEST = ("-m", "pytest", "-q", "-p", "amigo", "-p", "anyio", "-p", "no:cacheprovider")

each_document = pytest.mark.parametrize("document", DOCUMENTS)


def blocks(language: str, text: str = EVERYTHING) -> list[str]:
    """The fenced blocks in a language; there is at least one."""
    found = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found, f"there is no block of {language}"
    return found


def lines(start: str) -> list[str]:
    """The commands in console blocks that begin so, without their comments."""
    commands = re.sub(r"\\\n\s*", "", "\n".join(blocks("console"))).splitlines()
    found = [line.partition("  #")[0].strip() for line in commands if line.startswith(start)]
    assert found, f"there is no command {start!r}"
    return found


TESTS = [code for code in blocks("python") if "def test_" in code]
SCRIPTS = [code for code in blocks("python") if "def test_" not in code]


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, without this run's settings."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


# What is generated, and how long it is


@each_document
def test_the_tables_are_those_of_the_declarations(document: str) -> None:
    """Rule: no table is written by hand. Source: `python -m tests.tables`, which mends this."""
    assert rendered(document, TEXTS[document]) == TEXTS[document]


def test_the_first_readme_is_short() -> None:
    """Rule: what a newcomer reads first has at most 8 KB. Source: assumption: it is read whole."""
    assert len(TEXTS["README.md"].encode()) <= 8192


# Examples


@pytest.mark.parametrize("code", SCRIPTS)
def test_the_python_examples_run(code: str, tmp_path: Path) -> None:
    """Rule: an example that is a script can be pasted. Source: the READMEs."""
    path = tmp_path / "example.py"
    path.write_text(code)
    done = run(tmp_path, "-W", "error", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_tests_pass(tmp_path: Path) -> None:
    """Rule: an example that is a test is a whole test file. Source: the READMEs."""
    for number, code in enumerate(TESTS):
        (tmp_path / f"test_example_{number}.py").write_text(code)
    done = run(tmp_path, "-W", "error", *PYTEST)
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
    """Rule: the printed report is pytest's, but for times. Source: the plugin's README."""
    (tmp_path / "test_report.py").write_text(FAILING)
    done = run(tmp_path, *PYTEST)
    assert done.returncode == 1
    [shown] = blocks("text")
    _, found = done.stdout.split("    def test_the_report")
    found = f"    def test_the_report{found.partition('=====')[0]}"
    assert TIMES.sub("0", shown).strip() == TIMES.sub("0", found).strip()


TIMES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z|[\d.]+(?= ms)|(?<=\+)[\d.]+(?=s)")


def test_every_how_to_is_linked() -> None:
    """Rule: each file of a how-to is linked from the plugin's README. Source: its how-tos."""
    there = {path.name for path in EXAMPLES.glob("test_howto_*.py")}
    found = re.findall(r"\(\.\./tests/examples/(\w+\.py)\)", TEXTS["pytest_amigo/README.md"])
    assert set(found) == there
    assert there


def test_the_first_world_can_be_served() -> None:
    """Rule: the printed users may do what their grants say. Source: the READMEs' worlds."""
    world: dict[str, Any] = yaml.safe_load(blocks("yaml")[0])
    with AmigoMock(seed=world) as mock, mock.client(user="reader") as client:
        page = client.get("/v1/mock-org/simulation/persona/").json()
        assert [persona["name"] for persona in page["simulation_personas"]] == ["Confused New User"]
        assert client.get("/v1/mock-org/simulation/scenario/").status_code == 403


@pytest.mark.parametrize("world", blocks("yaml"), ids=lambda _: "world")
def test_every_world_can_be_started_from(world: str) -> None:
    """Rule: the printed worlds are complete documents. Source: the READMEs' worlds."""
    with AmigoMock(seed=yaml.safe_load(world)) as mock, mock.client() as client:
        assert client.get("/v1/mock-org/simulation/unit_test/").status_code == 200


# Commands


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with every file that a printed command reads; the default fake runs meanwhile."""
    document = json.dumps({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}})
    for name in ("openapi.json", "old.json", "new.json"):
        (tmp_path / name).write_text(document)
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    with AmigoMock(state=tmp_path / "world.db"):
        pass
    for name in os.environ:
        if name.startswith(OURS[1]):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed(line: str) -> list[str]:
    """The arguments of `amigo-mock` in a line of a console block."""
    _, _, rest = line.partition("amigo-mock ")
    return shlex.split(rest.removesuffix(')"'))


AT_ONCE = [line for line in [*lines("amigo-mock "), *lines("eval ")] if printed(line)[0] != "serve"]
SERVING = lines("amigo-mock serve")


@pytest.mark.parametrize("line", AT_ONCE)
def test_the_commands_end_well(
    line: str,
    folder: Path,
    running: AmigoMock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Rule: a printed command can be typed, options and all. Source: the READMEs' commands."""
    running.reset()
    with httpx2.Client(base_url=running.url, trust_env=False) as client:
        assert client.put("/_mock/recording", json={"enabled": True}).status_code == 200
        (folder / "capsule.json").write_text(client.get("/_mock/capsule").text)
        assert client.put("/_mock/recording", json={"enabled": False}).status_code == 200
    monkeypatch.setenv("AMIGO_MOCK_PORT", str(httpx2.URL(running.url).port))
    status = main(printed(line))
    written = capsys.readouterr()
    assert (status, written.err) == (0, "")
    assert written.out


@pytest.mark.parametrize("line", SERVING)
def test_the_servers_start(line: str, folder: Path) -> None:
    """Rule: a printed server starts, and Ctrl+C ends it. Source: the READMEs' commands."""
    arguments = printed(line)
    arguments += [] if "--port" in arguments else ["--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "amigo_mock", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "is serving at" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.mark.parametrize("line", lines("curl "))
def test_the_control_api_takes_what_is_printed(line: str, mock: AmigoMock) -> None:
    """Rule: a printed request of curl is accepted. Source: the READMEs' commands."""
    match = re.fullmatch(r"curl -X (\w+) localhost:8484(\S+) -H '(\S+): (.*?)' ?-d '(.*)'", line)
    assert match, line
    method, path, header, value, body = match.groups()
    with httpx2.Client(base_url=mock.url, trust_env=False) as client:
        answer = client.request(method, path, headers={header: value}, content=body)
    assert answer.is_success, answer.text


def test_the_reports_can_be_asked_for(tmp_path: Path) -> None:
    """Rule: each printed option of pytest adds its report. Source: the plugin's README."""
    (tmp_path / "test_one.py").write_text("def test_one(amigo): pass\n")
    given = [word for line in lines("pytest ") for word in shlex.split(line)[1:]]
    assert given[0].startswith("--amigo-")
    done = run(tmp_path, *PYTEST, *given)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 1  # one test does not cover 60 percent of the contract
    titles = re.findall(r"^=+ (amigo: .+?) =+$", done.stdout, re.M)
    assert len(titles) == len([word for word in given if word.startswith("--")]) - 1


# Names and links


def test_the_plugin_has_every_option_that_is_named() -> None:
    """Rule: a reader can type what is printed. Source: the READMEs."""
    named = set(re.findall(r"(?<![\w-])--(?:no-)?amigo-[a-z-]+", EVERYTHING))
    everything = options.OPTIONS
    flags = {one.flag for one in everything}
    flags |= {f"--no-{one.flag[2:]}" for one in everything if one.type == "bool"}
    assert named
    assert named <= flags
    ini = set(re.findall(r"`(amigo_\w+) = ", EVERYTHING))
    assert ini
    assert ini <= {one.ini for one in everything}


def headings(text: str) -> set[str]:
    """The anchors that a host makes of the headings of a document."""
    titles = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@each_document
def test_the_links_lead_somewhere(document: str) -> None:
    """Rule: each relative link is to a file and a heading that there are. Source: the READMEs."""
    place = (ROOT / document).parent
    for link in re.findall(r"\]\((?!https://)([^)]+)\)", TEXTS[document]):
        file, _, anchor = link.partition("#")
        target = place / file if file else ROOT / document
        assert target.exists(), link
        if anchor:
            assert anchor in headings(target.read_text()), link


def test_every_library_has_its_reason() -> None:
    """Rule: no dependency without a line that says why. Source: CONTRIBUTING: libraries."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    names = {re.split(r"[^\w-]", one)[0] for one in required} - {"amigo-mock"}
    _, _, section = TEXTS["CONTRIBUTING.md"].partition("## Libraries\n")
    rows = re.findall(r"^\| ([\w, -]+?)(?: \(\w+\))? \|", section, re.M)
    assert names
    assert names <= {name for row in rows for name in row.split(", ")}
