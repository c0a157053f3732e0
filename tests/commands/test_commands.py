"""The other commands of the command line."""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
import threading
from pathlib import Path

import pytest
import yaml

from amigo_mock.commands.cli import main
from amigo_mock.testing.samples import world
from tests.commands.support import COMMAND, WAIT, Served, environment, run, sentence
from tests.support.paths import PERSONAS

FIXTURES = Path(__file__).parents[2] / "fixtures"


def test_env_prints_what_a_shell_can_read(capsys: pytest.CaptureFixture[str]) -> None:
    """Rule: the variables of the default fake on port 8484. Source: `env`."""
    assert main(["env"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert dict(shlex.split(line)[1].split("=", 1) for line in lines) == {
        "AMIGO_BASE_URL": "http://127.0.0.1:8484",
        "AMIGO_ORGANIZATION_ID": "mock-org",
        "AMIGO_API_KEY_ID": "mock-key-id",
        "AMIGO_API_KEY": "mock-api-key",
        "AMIGO_USER_ID": "mock-user",
    }


def test_env_is_what_the_banner_says(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    """Rule: `env --port` of a running fake is its banner's variables. Source: `env`."""
    assert main(["env", "--port", str(served.address[1])]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [line for line in served.banner if line.startswith("export ")]


def test_token_prints_one_that_works(served: Served) -> None:
    """Rule: a token from the running fake, nothing else on standard output. Source: `token`."""
    ended = run("token", "--port", str(served.address[1]), "--expires-in", "90000")
    assert (ended.returncode, ended.stderr) == (0, "")
    headers = {"Authorization": f"Bearer {ended.stdout.strip()}"}
    assert served.ask("GET", PERSONAS, headers=headers)[0] == 200
    served.ask("POST", "/_mock/clock", {"advance": 25 * 60 * 60 - 10})
    assert served.ask("GET", PERSONAS, headers=headers)[0] == 200
    served.ask("POST", "/_mock/clock", {"advance": 11})
    assert served.ask("GET", PERSONAS, headers=headers)[0] == 401


def test_a_token_for_nobody_is_refused_in_a_sentence(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rule: what the fake refuses is passed on. Source: `token`."""
    assert main(["token", "--port", str(served.address[1]), "--user", "nobody"]) == 2
    assert "'nobody'" in sentence(capsys.readouterr().err)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 404 Not Found\r\n\r\n<p>", b"SSH-2.0-x\r\n"])
def test_whoever_is_no_fake_is_named_in_a_sentence(
    capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    """Rule: another server on the port is a mistake, never a traceback. Source: `token`."""
    with socket.create_server(("127.0.0.1", 0)) as other:

        def serve() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):  # or the end would be a reset
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        port = other.getsockname()[1]
        try:
            assert main(["token", "--port", str(port)]) == 2
        finally:
            thread.join()
    assert f"127.0.0.1:{port}" in sentence(capsys.readouterr().err)


def test_openapi_prints_both_documents(capsys: pytest.CaptureFixture[str]) -> None:
    """Rule: the document of this server, or the strict one. Source: `openapi`."""
    ended = run("openapi")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert main(["openapi", "--strict"]) == 0
    ours, strict = json.loads(ended.stdout), json.loads(capsys.readouterr().out)
    assert ours["openapi"].startswith("3.1")
    assert ours["paths"].keys() == strict["paths"].keys()
    assert PERSONAS.replace("mock-org", "{organization}") in ours["paths"]
    assert ours != strict


def test_the_same_seed_gives_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rule: the same seed, the same bytes; another one, others. Source: `generate`."""
    size = ["--personas", "3", "--scenarios", "2"]
    ended = run("generate", *size, "--random-seed", "1")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert yaml.safe_load(ended.stdout) == json.loads(json.dumps(world(3, 2, 1)))
    path = tmp_path / "world.yaml"
    assert main(["generate", *size, "--random-seed", "1", "--output", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == ended.stdout
    assert main(["generate", *size, "--random-seed", "2"]) == 0
    assert capsys.readouterr().out != ended.stdout


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_made_up_world_is_the_same_in_either_form(tmp_path: Path, form: str) -> None:
    """Rule: what `generate` writes is the world that was made. Source: `generate`."""
    path = tmp_path / f"world.{form}"
    size = ["--personas", "3", "--scenarios", "2"]
    assert main(["generate", *size, "--format", form, "--output", str(path)]) == 0
    parse = json.loads if form == "json" else yaml.safe_load
    assert parse(path.read_text(encoding="utf-8")) == json.loads(json.dumps(world(3, 2, 0)))


def test_a_made_up_world_can_be_served(tmp_path: Path) -> None:
    """Rule: what `generate` writes, `serve --seed` takes. Source: `generate`."""
    path = tmp_path / "world.json"
    size = ["--personas", "3", "--scenarios", "2"]
    assert main(["generate", *size, "--format", "json", "--output", str(path)]) == 0
    with Served("--seed", str(path)) as found:
        assert len(found.ask("GET", PERSONAS)[1]["simulation_personas"]) == 3
        scenarios = found.ask("GET", PERSONAS.replace("persona", "scenario"))[1]
        assert len(scenarios["simulation_scenarios"]) == 2


def test_the_large_fixture_is_what_the_command_writes(tmp_path: Path) -> None:
    """Rule: fixtures/large.yaml can be made again, byte by byte. Source: `generate`."""
    path = tmp_path / "large.yaml"
    size = ["--personas", "1000", "--scenarios", "300"]
    arguments = ["generate", *size, "--random-seed", "1", "--output", str(path)]
    assert main(arguments) == 0
    assert path.read_bytes() == (FIXTURES / "large.yaml").read_bytes()


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    """Rule: `amigo-mock ... | head` ends quietly. Source: `generate`, `openapi` print much."""
    with subprocess.Popen(
        [*COMMAND, "openapi"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(WAIT) == 0


def test_digest_and_drift_are_wired(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rule: 0 where there is no drift, 1 where there is. Source: `digest`, `drift`."""
    document, facts = tmp_path / "openapi.json", tmp_path / "digest.json"
    assert main(["openapi"]) == 0
    document.write_text(capsys.readouterr().out)
    assert main(["digest", str(document)]) == 0
    facts.write_text(capsys.readouterr().out)
    assert "create-simulation-persona" in json.loads(facts.read_text())["operations"]
    assert main(["drift", str(facts), str(document)]) == 0
    assert "no difference" in capsys.readouterr().out
    changed = json.loads(document.read_text())
    changed["paths"].popitem()
    document.write_text(json.dumps(changed))
    assert main(["drift", str(facts), str(document)]) == 1
    assert re.search(r"^[1-9]\d* differences?$", capsys.readouterr().out, re.MULTILINE)
