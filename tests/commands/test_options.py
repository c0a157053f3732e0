"""Options of the command line, and the environment."""

from __future__ import annotations

import json
import re
import shlex
from importlib.metadata import entry_points, version

import pytest

from amigo_mock.commands.cli import COMMANDS, main
from amigo_mock.commands.options import EXAMPLES, parsers
from amigo_mock.settings import Settings
from tests.commands.support import Served, complaint, run
from tests.support.paths import PERSONAS


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


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    """Rule: `--version` prints name and version. Source: the command line."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"amigo-mock {version('amigo-mock')}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_has_examples_that_can_be_typed(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """Rule: every example is parsed by the command that it is of. Source: `--help`."""
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "examples:\n  " in shown
    found = parsers(COMMANDS)[""]
    for example in EXAMPLES[command]:
        assert example in shown
        _, _, rest = example.partition("amigo-mock ")
        arguments = shlex.split(re.split(r"\)?\" |\)\"$| > ", rest)[0])
        given, unknown = found.parse_known_args(arguments)
        assert (given.command, unknown) == (command, [])


@pytest.mark.parametrize(
    "shown",
    [
        "--log-format {text,json,none}",
        "--rate-limit-scope {user,organization}",
        "--rate-limits {true,false,JSON}",
        "--seed FILE",
        "--clock TIME",
        "--token-lifetime SECONDS",
        "--control-token SECRET",
        "--permissions JSON",
    ],
)
def test_the_help_says_what_a_value_looks_like(
    capsys: pytest.CaptureFixture[str], shown: str
) -> None:
    """Rule: choices where there are some, else the kind of thing. Source: Settings."""
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    assert shown in capsys.readouterr().out


def test_no_help_shows_a_default_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """Rule: what is left out is said in words. Source: `--help`."""
    for command in COMMANDS:
        with pytest.raises(SystemExit):
            main([command, "--help"])
    assert "None" not in capsys.readouterr().out
