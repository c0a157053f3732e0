"""The command `serve`."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import threading
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.request import Request

import pytest

from amigo_mock.commands.cli import main
from tests.commands.support import (
    COMMAND,
    WAIT,
    Served,
    complaint,
    environment,
    send,
    sentence,
    wait_for,
    words,
)
from tests.support.paths import PERSONAS, SIGN_IN


def follow(lines: str) -> int:
    """The status of the answer to the printed commands."""
    if shutil.which("curl"):
        write = ["--silent", "--noproxy", "*", "--output", os.devnull, "--write-out"]
        command = f"{lines} {shlex.join([*write, '%{http_code}'])}"
        found = subprocess.run(
            ["/bin/sh", "-c", command], capture_output=True, text=True, timeout=WAIT, check=True
        )
        return int(found.stdout)
    token, curl, _, method, url, *options = words(lines)
    assert curl == "curl"
    token = token.removeprefix("TOKEN=")
    headers, body = {}, None
    for option, value in zip(options[::2], options[1::2], strict=True):
        if option == "--header":
            name, _, text = value.partition(": ")
            headers[name] = text.replace("$TOKEN", token)
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


def test_a_request_is_one_line(served: Served) -> None:
    """Rule: a line has status and operation, or method and path, and why it was refused. Source:
    the log.
    """
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
    assert [re.split(r" \d+\.\d ms", line) for line in lines] == [
        ["200 get-simulation-personas", ""],
        ["422 create-simulation-persona", "  body.name: Field required (and 3 more)"],
        ["404 GET /nowhere", ""],
        ["404 GET /a?b?[31m", ""],
    ]


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


def test_a_port_in_use_is_said_in_a_sentence(served: Served) -> None:
    """Rule: one sentence, status 2, which says so where a fake has the port. Source: `serve`."""
    port = str(served.address[1])
    said = complaint("serve", "--port", port)
    assert f"another amigo-mock serves at http://127.0.0.1:{port} already" in said
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        thread = threading.Thread(target=lambda: other.accept()[0].close())
        thread.start()
        said = complaint("serve", "--port", port)
        thread.join(WAIT)
    assert f"cannot listen on 127.0.0.1:{port}" in said
    assert "choose another port, or 0" in said


BROKEN = {
    "syntax": ("organizations: [", "is not YAML"),
    "unknown field": (
        "organizations: [{id: x, person: []}]",
        "organization 'x' (line 1): person: ",
    ),
    "wrong type": ("organizations: [{id: 5}]", "organization 1 (line 1): id: "),
    "missing field": (
        "organizations: [{id: x, scenarios: [{name: a}]}]",
        "scenario 'a' (line 1): versions: ",
    ),
    "duplicate name": (
        "organizations: [{id: x, personas: ["
        "{name: a, role: r, versions: [{background: b}]},"
        "{name: a, role: r, versions: [{background: b}]}]}]",
        "persona 'a' (line 1): name: ",
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
        (["serve", "--host", "no-such-host.invalid"], {}, "an address of this machine"),
        (["sevre"], {}, "there is no command 'sevre' (did you mean 'serve'?)"),
        (["launch"], {}, "there is no command 'launch'; there are serve, env, token, "),
        (["env", "--usr", "ann"], {}, "(did you mean '--user'?)"),
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


@pytest.mark.parametrize(
    ("arguments", "warned"),
    [
        (["--host", "0.0.0.0"], True),
        (["--host", "0.0.0.0", "--control-token", "secret"], False),
        (["--host", "127.0.0.2"], False),
    ],
    ids=["everywhere", "with a control token", "here"],
)
def test_who_listens_everywhere_is_warned(arguments: list[str], warned: bool) -> None:
    """Rule: the default key is published, so whoever reaches the fake can sign in, which the banner
    says; the printed address works from here. Source: `amigo-mock serve --host`.
    """
    with Served(*arguments) as found:
        assert found.ask("GET", PERSONAS)[0] == 200
        assert any("can sign in" in line for line in found.banner) is warned


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_log_that_nobody_reads_holds_up_nobody(form: str) -> None:
    """Rule: it answers however much of its log is unread, and ends when it is told to.

    Source: `Popen(..., stdout=PIPE)`, as many start a server.
    """
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", str(port), "--log-format", form],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if form == "json" else None,
    )
    try:
        wait_for(lambda: not is_free(("127.0.0.1", port)))
        with closing(HTTPConnection("127.0.0.1", port, timeout=WAIT)) as connection:
            for _ in range(3000):
                connection.request("GET", f"/{'x' * 100}")
                with connection.getresponse() as answer:
                    answer.read()
                    assert answer.status == 404
        process.terminate()
        assert process.wait(WAIT) == 0
    finally:
        process.kill()
        process.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number
