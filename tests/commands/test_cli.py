"""The command line: real processes, from the banner to the signal that ends them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import pytest
import yaml

from amigo_mock.commands.cli import main
from amigo_mock.settings import Settings
from amigo_mock.testing.samples import world
from tests.support.paths import PERSONAS, SIGN_IN

FIXTURES = Path(__file__).parents[2] / "fixtures"
COMMAND = [sys.executable, "-W", "error", "-m", "amigo_mock"]
WAIT = 20.0  # seconds that anything may take at most


def environment(**variables: str) -> dict[str, str]:
    """The environment of a process: none of ours, and nothing about colours."""
    ours = ("AMIGO_", "NO_COLOR", "FORCE_COLOR")
    found = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**found, **variables}


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=WAIT,
        check=False,
    )


def sentence(text: str) -> str:
    """The one sentence that a mistake is said in."""
    (line,) = text.splitlines()
    assert line.startswith("amigo-mock: ")
    return line.removeprefix("amigo-mock: ")


def complaint(*arguments: str, **variables: str) -> str:
    """What a process says that ends with status 2: one sentence, and nothing else."""
    ended = run(*arguments, **variables)
    assert (ended.returncode, ended.stdout) == (2, "")
    return sentence(ended.stderr)


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it is so."""
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


class Served:
    """A running `amigo-mock serve`, with the lines that it has written so far."""

    def __init__(self, *arguments: str, **variables: str) -> None:
        options = [] if "AMIGO_MOCK_PORT" in variables else ["--port", "0"]
        self.process = subprocess.Popen(
            [*COMMAND, "serve", *options, *arguments],
            env=environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.out: list[str] = []
        self.err: list[str] = []
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.out)),
            threading.Thread(target=self._read, args=(self.process.stderr, self.err)),
        ]

    @staticmethod
    def _read(stream: IO[str], lines: list[str]) -> None:
        with stream:
            lines.extend(iter(stream.readline, ""))

    def __enter__(self) -> Self:
        for reader in self._readers:
            reader.start()
        try:
            wait_for(lambda: bool(self.curl) or self.process.poll() is not None)
            assert self.curl, self.err
        except BaseException:
            self.end(signal.SIGKILL)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end(signal.SIGKILL)

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal, and say its status; everything that it wrote is read then."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            for reader in self._readers:
                reader.join(WAIT)

    @property
    def banner(self) -> list[str]:
        """What it says first: to people, so on standard error if the log is for machines."""
        lines = [*self.err, *self.out]
        ends = [place for place, line in enumerate(lines) if line.startswith("curl ")]
        return [line.rstrip("\n") for line in lines[: ends[0] + 1]] if ends else []

    @property
    def log(self) -> list[str]:
        """The lines after the banner, and the empty one that ends it."""
        skipped = 0 if any(line.startswith("curl ") for line in self.err) else len(self.banner) + 1
        return [line.rstrip("\n") for line in self.out[skipped:]]

    @property
    def curl(self) -> str:
        return self.banner[-1] if self.banner else ""

    @property
    def env(self) -> dict[str, str]:
        """The variables that the banner exports."""
        words = (shlex.split(line) for line in self.banner if line.startswith("export "))
        return dict(word.split("=", 1) for _, word in words)

    @property
    def url(self) -> str:
        return self.env["AMIGO_BASE_URL"]

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    @property
    def token(self) -> str:
        words = shlex.split(self.curl)
        return next(word for word in words if word.startswith("Authorization")).split()[-1]

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and content of an answer."""
        content = None if body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        return send(Request(self.url + path, content, {**given, **(headers or {})}, method=method))


def send(request: Request) -> tuple[int, Any]:
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=WAIT) as answer:
            status, content = answer.status, answer.read()
    except HTTPError as error:
        with error:
            status, content = error.code, error.read()
    return status, json.loads(content) if content else None


def follow(line: str) -> int:
    """The status of the answer to a printed curl line."""
    if shutil.which("curl"):
        write = ["--silent", "--noproxy", "*", "--output", os.devnull, "--write-out"]
        command = f"{line} {shlex.join([*write, '%{http_code}'])}"
        found = subprocess.run(
            ["/bin/sh", "-c", command], capture_output=True, text=True, timeout=WAIT, check=True
        )
        return int(found.stdout)
    curl, _, method, url, *options = shlex.split(line)
    assert curl == "curl"
    headers, body = {}, None
    for option, value in zip(options[::2], options[1::2], strict=True):
        if option == "--header":
            name, _, text = value.partition(": ")
            headers[name] = text
        else:
            assert option == "--data"
            body = value.encode()
    return send(Request(url, body, headers, method=method))[0]


def is_free(address: tuple[str, int]) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return False
        return True


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """One process for the tests that only ask."""
    with Served() as found:
        yield found


@pytest.fixture
def served(server: Served) -> Served:
    """The process, as new."""
    assert server.ask("POST", "/_mock/reset")[0] == 204
    return server


# serve: the banner


def test_the_banner_gives_everything_a_first_request_needs(served: Served) -> None:
    """Rule: the address, five variables for the SDK, and a curl line. Source: `serve`."""
    address, *_ = served.banner
    assert served.url in address
    assert set(served.env) == {
        "AMIGO_BASE_URL",
        "AMIGO_ORGANIZATION_ID",
        "AMIGO_API_KEY_ID",
        "AMIGO_API_KEY",
        "AMIGO_USER_ID",
    }
    assert served.ask("GET", "/_mock/health")[1]["status"] == "ok"


def test_the_printed_curl_line_works_all_day(served: Served) -> None:
    """Rule: the line creates a persona, and 23 hours later still can. Source: `serve`."""
    assert follow(served.curl) == 201
    assert follow(served.curl) == 409
    (persona,) = served.ask("GET", PERSONAS)[1]["simulation_personas"]
    assert served.ask("DELETE", f"{PERSONAS}{persona['id']}/")[0] == 204
    assert served.ask("POST", "/_mock/clock", {"advance": 23 * 60 * 60})[0] == 200
    assert follow(served.curl) == 201
    assert served.ask("POST", "/_mock/clock", {"advance": 2 * 60 * 60})[0] == 200
    assert follow(served.curl) == 401


def test_only_this_machine_is_listened_to(served: Served) -> None:
    """Rule: the default address is the loopback one. Source: the settings' defaults."""
    host, port = served.address
    assert host == "127.0.0.1"
    with socket.socket() as probe:
        probe.settimeout(WAIT)
        # Another address of this machine: whoever listens on all of them, listens there.
        assert probe.connect_ex(("127.0.0.2", port)) != 0


# serve: the log


def test_a_request_is_one_line(served: Served) -> None:
    """Rule: a line has status and operation, or method and path. Source: the log."""
    first = "404 GET /first "
    assert served.ask("GET", "/first")[0] == 404
    wait_for(lambda: any(line.startswith(first) for line in served.log))
    seen = max(place for place, line in enumerate(served.log) if line.startswith(first)) + 1
    assert served.ask("GET", PERSONAS)[0] == 200
    assert served.ask("POST", PERSONAS, {})[0] == 422
    assert served.ask("GET", "/nowhere")[0] == 404
    assert served.ask("GET", "/a%0ab%1b[31m")[0] == 404
    wait_for(lambda: len(served.log) >= seen + 4)
    lines = served.log[seen:]
    assert [line.rpartition(" ")[0].rpartition(" ")[0] for line in lines] == [
        "200 get-simulation-personas",
        "422 create-simulation-persona",
        "404 GET /nowhere",
        "404 GET /a?b?[31m",
    ]
    assert all(re.search(r" \d+\.\d ms$", line) for line in lines)


def talk(found: Served) -> list[str]:
    """Say every kind of secret to a server, and end it; answers what must not be in its log."""
    key, token, variable = found.env["AMIGO_API_KEY"], found.token, "123-45-6789"
    headers = {
        "x-api-key": key,
        "x-api-key-id": found.env["AMIGO_API_KEY_ID"],
        "x-user-id": found.env["AMIGO_USER_ID"],
    }
    status, signed_in = found.ask("POST", SIGN_IN, None, headers)
    assert status == 200
    for variables, expected in (({"ssn": variable}, 201), (variable, 422)):
        version = {"background": "New.", "sensitive_user_variables": variables}
        body = {"name": "Ann", "role": "patient", "tags": {}, "initial_version": version}
        assert found.ask("POST", PERSONAS, body)[0] == expected
    assert found.ask("GET", "/nowhere")[0] == 404
    assert found.end() == 0
    return [key, token, signed_in["id_token"], variable]


def test_the_log_can_be_json_and_is_then_nothing_else() -> None:
    """Rule: as JSON, standard output has JSON lines only, and no secrets. Source: --log-format."""
    with Served("--log-format", "json", FORCE_COLOR="1") as found:
        secrets = talk(found)
        lines = [json.loads(line) for line in found.out]
        assert found.url in found.err[0]
    assert [(line["operation"], line["status"]) for line in lines] == [
        ("sign-in-with-api-key", 200),
        ("create-simulation-persona", 201),
        ("create-simulation-persona", 422),
        (None, 404),
    ]
    assert not any(secret in "".join(found.out) for secret in secrets)


def test_the_log_can_be_coloured_and_has_no_secrets() -> None:
    """Rule: FORCE_COLOR colours, and keys, tokens and sensitive variables stay out.

    Source: force-color.org; secrets stay out of the log.
    """
    with Served(FORCE_COLOR="1") as found:
        secrets = talk(found)
        assert found.err == []
    assert len(found.log) == 4
    assert all("\x1b" in line for line in found.log)
    assert not any(secret in "".join(found.log) for secret in secrets)


def test_no_colour_wins() -> None:
    """Rule: NO_COLOR wins over FORCE_COLOR. Source: no-color.org and force-color.org."""
    with Served(NO_COLOR="1", FORCE_COLOR="1") as found:
        assert found.ask("GET", PERSONAS)[0] == 200
        assert found.end() == 0
        assert len(found.log) == 1
        assert "\x1b" not in "".join(found.out)


def test_a_pipe_has_no_colours(served: Served) -> None:
    """Rule: without a terminal there are no colours. Source: the log."""
    assert served.ask("GET", "/pipe")[0] == 404
    wait_for(lambda: any("/pipe" in line for line in served.log))
    assert "\x1b" not in "".join(served.out)


# serve: the end


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once(number: int) -> None:
    """Rule: SIGINT and SIGTERM end it with status 0, whatever hangs. Source: `serve`."""
    with Served() as found:
        where = found.address
        fault = {"operation": "get-simulation-personas", "delay": 30}
        assert found.ask("POST", "/_mock/faults", fault)[0] == 201
        headers = f"Authorization: Bearer {found.token}\r\nHost: x"
        with socket.create_connection(where) as idle, socket.create_connection(where) as hanging:
            hanging.sendall(f"GET {PERSONAS} HTTP/1.1\r\n{headers}\r\n\r\n".encode())
            wait_for(lambda: bool(found.ask("GET", "/_mock/faults")[1]["faults"][0]["hits"]))
            started = time.monotonic()
            assert found.end(number) == 0
            assert time.monotonic() - started < 3
            assert idle.fileno() != -1
        assert found.err == []
    assert is_free(where)


# serve: mistakes


def test_a_port_in_use_is_said_in_a_sentence(served: Served) -> None:
    """Rule: one sentence, status 2. Source: `serve`."""
    port = str(served.address[1])
    assert f"cannot listen on 127.0.0.1:{port}" in complaint("serve", "--port", port)


BROKEN = {
    "syntax": ("organizations: [", "is not YAML"),
    "unknown field": ("organizations: [{id: x, person: []}]", "organizations.0.person: "),
    "wrong type": ("organizations: [{id: 5}]", "organizations.0.id: "),
    "missing field": (
        "organizations: [{id: x, scenarios: [{name: a}]}]",
        "organizations.0.scenarios.0.versions: ",
    ),
    "duplicate name": (
        "organizations: [{id: x, personas: ["
        "{name: a, role: r, versions: [{background: b}]},"
        "{name: a, role: r, versions: [{background: b}]}]}]",
        "organizations.0.personas.1.name: ",
    ),
}


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_broken_world_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mistake: str
) -> None:
    """Rule: one sentence names the file and the path in it; status 2. Source: worlds."""
    content, text = BROKEN[mistake]
    path = tmp_path / "world.yaml"
    path.write_text(content)
    assert main(["serve", "--port", "0", "--seed", str(path)]) == 2
    said = sentence(capsys.readouterr().err)
    assert said.startswith(f"world {path}: ")
    assert text in said


@pytest.mark.parametrize(
    ("arguments", "variables", "text"),
    [
        (["serve", "--prot", "1"], {}, "'--prot' (did you mean '--port'?)"),
        (["serve"], {"AMIGO_MOCK_PROT": "1"}, "'AMIGO_MOCK_PROT' (did you mean"),
        (["serve", "--port", "0", "--seed", "no.yaml"], {}, "world no.yaml: there is no such file"),
        (["token", "--port", "1"], {}, "amigo-mock serve"),
    ],
    ids=["option", "variable", "world", "token"],
)
def test_a_process_that_cannot_go_on_says_why(
    arguments: list[str], variables: dict[str, str], text: str
) -> None:
    """Rule: one sentence on standard error, nothing else, status 2. Source: the command line."""
    assert text in complaint(*arguments, **variables)


@pytest.mark.parametrize(
    ("arguments", "variables", "text"),
    [
        (["serve", "--strictt"], {}, "(did you mean '--strict'?)"),
        (["generate", "--persona", "1"], {}, "(did you mean '--personas'?)"),
        (["serve", "--port", "x"], {}, "'port'"),
        (["serve", "--port", "65536"], {}, "65535"),
        (["serve"], {"AMIGO_MOCK_PORT": "x"}, "'AMIGO_MOCK_PORT'"),
        (["serve", "--log-format", "xml"], {}, "'text', 'json' or 'none'"),
        (["serve", "--clock", "2026-01-31"], {}, "time zone"),
        (["serve", "--rate-limits", "{"], {}, "'rate_limits' is not JSON"),
        (["serve", "--rate-limits", '{"create-persona": 1}'], {}, "did you mean"),
        (["serve", "--permissions", '[{"permission_name": ""}]'], {}, "permission_name"),
        (["serve", "--host", "no-such-host.invalid"], {}, "no-such-host.invalid"),
        (["sevre"], {}, "'serve'"),
        ([], {}, "say what to do"),
        (["generate", "--personas", "-1"], {}, "--personas"),
        (["generate", "--personas", "1", "--output", "no/such/x.yaml"], {}, "no/such/x.yaml"),
        (["digest", "no-such-file.json"], {}, "no-such-file.json"),
        (["drift", "no-such-file.json", "x.json"], {}, "no-such-file.json"),
        (["token", "--expires-in", "x"], {}, "--expires-in"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    variables: dict[str, str],
    text: str,
) -> None:
    """Rule: one sentence with the nearest name or the allowed values; status 2. Source: CLI."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    try:
        status = main(arguments)
    except SystemExit as ended:
        status = int(ended.code or 0)
    output = capsys.readouterr()
    assert (status, output.out) == (2, "")
    assert text in sentence(output.err)


def test_a_world_without_an_organization_is_no_crash(tmp_path: Path) -> None:
    """Rule: every mistake is one sentence, never a traceback. Source: worlds."""
    path = tmp_path / "world.json"
    path.write_text('{"organizations": []}')
    assert "organization" in complaint("serve", "--port", "0", "--seed", str(path))


# Options and the environment


def test_options_win_over_the_environment_and_that_over_defaults() -> None:
    """Rule: option, then environment, then default. Source: Settings."""
    limits = {"create-simulation-persona": 3}
    with Served(
        "--rate-limits",
        json.dumps(limits),
        AMIGO_MOCK_RATE_LIMITS="false",
        AMIGO_MOCK_STRICT="1",
    ) as found:
        state = found.ask("PUT", "/_mock/rate-limits", {})[1]
        strict = found.ask("GET", "/_mock/health")[1]["strict"]
    assert state == {"enabled": True, "limits": limits}
    assert strict is True


def test_port_log_and_control_token_can_be_in_the_environment() -> None:
    """Rule: AMIGO_MOCK_<NAME> is the option of that name, and `token` presents the secret.

    Source: Settings; the control token.
    """
    secret = "open sesame"
    with Served(
        AMIGO_MOCK_PORT="0", AMIGO_MOCK_LOG_FORMAT="none", AMIGO_MOCK_CONTROL_TOKEN=secret
    ) as found:
        port = str(found.address[1])
        assert port != "8484"
        assert "control token" in complaint("token", "--port", port)
        ended = run("token", "--port", port, AMIGO_MOCK_CONTROL_TOKEN=secret)
        headers = {"Authorization": f"Bearer {ended.stdout.strip()}"}
        assert found.ask("GET", PERSONAS, headers=headers)[0] == 200
        assert found.end() == 0
        assert (found.log, found.err) == ([], [])
        assert secret not in "".join(found.out)


def test_every_setting_is_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    """Rule: one vocabulary for constructor, environment and command line. Source: Settings."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for name in Settings.model_fields:
        assert f"--{name.replace('_', '-')}" in shown


def test_the_script_is_the_module() -> None:
    """Rule: the console script is `amigo-mock`. Source: the distribution's fixed names."""
    (script,) = entry_points(group="console_scripts", name="amigo-mock")
    assert script.load() is main


# The other commands


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
