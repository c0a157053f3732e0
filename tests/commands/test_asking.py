"""The commands that ask the fake that is running: `env` and `token`."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Iterator

import pytest

from amigo_mock import AmigoMock
from amigo_mock.commands.cli import main
from tests.commands.support import sentence
from tests.support.paths import PERSONAS

SECRET = "open sesame"
ACME = {
    "organizations": [
        {
            "id": "acme",
            "users": [
                {"id": "boss", "grants": [{"permission_name": "*"}]},
                {"id": "clerk", "grants": []},
            ],
            "api_keys": [{"id": "k1", "key": "it's secret"}],
        },
        {"id": "other", "users": [{"id": "visitor"}]},
    ]
}


@pytest.fixture(scope="module")
def running_acme() -> Iterator[AmigoMock]:
    """A fake whose world has none of the default names."""
    with AmigoMock(seed=ACME) as mock:
        yield mock


@pytest.fixture
def port(running_acme: AmigoMock) -> str:
    return running_acme.url.rpartition(":")[2]


def exported(text: str) -> dict[str, str]:
    return dict(shlex.split(line)[1].split("=", 1) for line in text.splitlines())


def test_env_is_that_of_the_fake_that_is_running(
    running_acme: AmigoMock, port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rule: organization, key and user are those of its world, as `AmigoMock.env` has them.
    Source: `env`, whose values are for a client of that fake.
    """
    assert main(["env", "--port", port]) == 0
    output = capsys.readouterr()
    assert (exported(output.out), output.err) == (dict(running_acme.env), "")


def test_env_can_be_another_user_s(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Rule: `--user` and `--organization` choose, and who has no key gets the default one. Source:
    `env`.
    """
    assert main(["env", "--port", port, "--user", "clerk"]) == 0
    assert exported(capsys.readouterr().out)["AMIGO_USER_ID"] == "clerk"
    assert main(["env", "--port", port, "--organization", "other"]) == 0
    found = exported(capsys.readouterr().out)
    assert (found["AMIGO_USER_ID"], found["AMIGO_API_KEY_ID"]) == ("visitor", "mock-key-id")


def test_env_without_a_fake_says_what_it_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """Rule: while nothing runs, the names of the default world, and a note on standard error that
    they are. Source: `eval "$(amigo-mock env)"` may come before `serve`.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    assert main(["env", "--port", port]) == 0
    output = capsys.readouterr()
    assert exported(output.out)["AMIGO_ORGANIZATION_ID"] == "mock-org"
    assert "these are the defaults" in sentence(output.err)
    assert main(["env", "--port", port, "--user", "ann"]) == 2
    output = capsys.readouterr()
    assert "no fake answers" in sentence(output.err)
    assert output.out == ""


@pytest.mark.parametrize("command", ["env", "token"])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--user", "clark"], "there is no user 'clark'"),
        (["--user", "clark"], "(did you mean 'clerk'?)"),
        (["--user", "mock-user"], "; there are boss, clerk"),
        (["--organization", "mock-org"], "there is no organization 'mock-org'"),
        (["--organization", "mock-org"], "; there are acme, other"),
        (["--organization", "acne"], "(did you mean 'acme'?)"),
        (["--organization", "other", "--user", "boss"], "; there is visitor"),
    ],
)
def test_who_is_not_there_is_told_who_is(
    port: str, capsys: pytest.CaptureFixture[str], command: str, options: list[str], words: str
) -> None:
    """Rule: the nearest name, or those that there are. Source: every mistake says what to do."""
    assert main([command, "--port", port, *options]) == 2
    output = capsys.readouterr()
    assert words in sentence(output.err)
    assert output.out == ""


def test_a_token_is_for_the_first_user_there_is(
    running_acme: AmigoMock, port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rule: left out, it is the first organization and its first user, as in `AmigoMock.token`.
    Source: `token`.
    """
    assert main(["token", "--port", port]) == 0
    headers = {"Authorization": f"Bearer {capsys.readouterr().out.strip()}"}
    path = PERSONAS.replace("mock-org", "acme")
    with running_acme.client(headers=headers) as client:
        assert client.get(path).status_code == 200
    assert running_acme.requests.last.caller == "acme/boss"
    assert main(["token", "--port", port, "--organization", "other"]) == 0


@pytest.mark.parametrize("command", ["env", "token"])
def test_the_control_token_is_an_option_and_a_variable(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Rule: `--control-token`, or the variable; without, both are named. Source: the control
    token.
    """
    with AmigoMock(control_token=SECRET) as mock:
        call = [command, "--port", mock.url.rpartition(":")[2]]
        assert main(call) == 2
        said = sentence(capsys.readouterr().err)
        assert "--control-token or AMIGO_MOCK_CONTROL_TOKEN" in said
        assert main([*call, "--control-token", SECRET]) == 0
        monkeypatch.setenv("AMIGO_MOCK_CONTROL_TOKEN", SECRET)
        assert main(call) == 0
        assert main([*call, "--control-token", "another"]) == 2
        assert "another control token" in sentence(capsys.readouterr().err)
