"""The options of the command line and the ini file.

Cheap to import: this is loaded in every run of pytest, of any release. A test keeps the table in
step with the settings that it stands for.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import pytest

Type = Literal["bool", "int", "float", "string"]


class Option(NamedTuple):
    """One option: `amigo_<name>` in the ini file, `--amigo-<name>` on the command line."""

    name: str
    type: Type
    help: str
    value: str = ""  # its name in `--help`, or the values that there are
    default: str = ""  # as the ini file has it
    whole_run: bool = False  # it cannot differ from test to test

    @property
    def ini(self) -> str:
        """Its name in the ini file."""
        return f"amigo_{self.name}"

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return f"--amigo-{self.name.replace('_', '-')}"

    @property
    def full_help(self) -> str:
        """The help with the default."""
        return f"{self.help} Default: {self.default}." if self.default else self.help

    @property
    def key(self) -> str:
        """Its name in the parsed command line."""
        return f"amigo_{self.name}"


SETTINGS = (
    Option("host", "string", "Address that the fake listens on.", "", "127.0.0.1", True),
    Option(
        "port",
        "int",
        "Port that the fake listens on; 0: a free one. Each worker of pytest-xdist takes the next.",
        "",
        "0",
        True,
    ),
    Option("seed", "string", "World that every test starts from: a YAML or JSON file.", "FILE"),
    Option("strict", "bool", "Refuse what the published contract does not allow.", "", "false"),
    Option(
        "rate_limits",
        "string",
        "true, false, or limits a minute by operation as JSON.",
        "LIMITS",
        "true",
    ),
    Option(
        "rate_limit_scope",
        "string",
        "Whose requests are counted together.",
        "{user,organization}",
        "user",
    ),
    Option("permissions", "string", "Grants of the default user, as JSON; left out: all."),
    Option("clock", "string", "Time at which the clock stands still, with its zone.", "TIME"),
    Option("random_seed", "int", "Decides the ids.", "", "0"),
    Option("token_lifetime", "float", "Seconds for which a sign-in is valid.", "SECONDS", "3600.0"),
    Option(
        "run_duration",
        "float",
        "Seconds that a simulation run takes; 0: it is done.",
        "SECONDS",
        "10.0",
    ),
    Option(
        "cancellation_delay",
        "float",
        "Seconds until a cancelled run ends; 0: at once.",
        "SECONDS",
        "0.0",
    ),
    Option(
        "max_body_size",
        "int",
        "Bytes of a request body beyond which it is a 413.",
        "BYTES",
        "10485760",
    ),
    Option("journal_size", "int", "Requests that the journal remembers.", "REQUESTS", "1000"),
    Option(
        "journal_body_size", "int", "Bytes of each body that the journal keeps.", "BYTES", "1048576"
    ),
    Option(
        "control_token",
        "string",
        "Secret that the control API of the fake asks for.",
        "SECRET",
        whole_run=True,
    ),
    Option("signing_key", "string", "Secret that signs tokens.", "SECRET"),
    Option("faker_seed", "int", "Decides what factories make up; left out: the test's own."),
    Option("guard", "bool", "Whether a test cannot reach the real service by mistake.", "", "true"),
    Option(
        "auto_advance", "bool", "Whether waiting for the fake moves its clock instead.", "", "false"
    ),
    Option(
        "unexpected",
        "string",
        "What comes of requests that the fake has no answer to.",
        "{fail,allow}",
        "fail",
    ),
    Option(
        "unused",
        "string",
        "What comes of faults and races that never happened.",
        "{fail,allow}",
        "fail",
    ),
)

RUN = (
    Option("url", "string", "Run against a fake that already runs there.", "URL"),
    Option("session_guard", "bool", "Guard every test of the run, also without the fake."),
    Option(
        "session_environment",
        "bool",
        "Have the environment lead to the fake from before the test modules are imported.",
    ),
    Option("capsules", "string", "Folder for a file on each failed test, for a replay.", "FOLDER"),
)

REPORTS = (
    Option("coverage", "bool", "Say what of the contract the tests exercised."),
    Option(
        "coverage_fail_under",
        "float",
        "Percent of the contract below which the run fails.",
        "PERCENT",
    ),
    Option("coverage_json", "string", "File to write the coverage to as JSON.", "FILE"),
    Option("coverage_markdown", "string", "File to write the coverage to as Markdown.", "FILE"),
    Option("rate_limits_report", "bool", "Say how close the tests came to rate limits."),
    Option("permissions_report", "bool", "Say which grants the tests needed."),
)

OLDEST = (7, 4)  # release of pytest

NUMBERS: dict[str, Callable[[Any], float]] = {"int": int, "float": float}

OPTIONS = (*SETTINGS, *RUN, *REPORTS)


def add(parser: pytest.Parser) -> None:
    """Declare every option to pytest."""
    group = parser.getgroup("amigo", "amigo: a fake of the Amigo Classic API")
    for option in OPTIONS:
        parser.addini(option.ini, option.full_help, type=_ini_type(option), default=None)
        if option.type == "bool":
            action = argparse.BooleanOptionalAction
            group.addoption(option.flag, action=action, default=None, help=option.full_help)
        else:
            metavar = option.value or option.name.rpartition("_")[2].upper()
            kind = float if option.type == "float" else str
            group.addoption(option.flag, type=kind, metavar=metavar, help=option.full_help)


def _ini_type(option: Option) -> Any:
    if option.type == "bool" or pytest_release() >= (8, 4):
        return option.type
    return None  # text: earlier releases know no numbers there


def pytest_release() -> tuple[int, int]:
    """The release of pytest that runs, however old it is; the oldest ones do not tell it."""
    major, minor = getattr(pytest, "version_tuple", (0, 0))[:2]
    return major, minor


def unsupported() -> str | None:
    """The sentence for a pytest that is too old; None for others.

    Only users of the fake get it: the extra of the plugin requires a recent pytest, but the plugin
    loads in every run, under any release.
    """
    if pytest_release() >= OLDEST:
        return None
    oldest = ".".join(map(str, OLDEST))
    return f"the fixtures of amigo-mock need pytest {oldest} or newer; this is {pytest.__version__}"


def marker() -> str:
    """The line on the marker in `pytest --markers`."""
    names = ", ".join(option.name for option in SETTINGS if not option.whole_run)
    return (
        "amigo(**settings): settings of the fake for this test, such as strict=True; "
        f"on a test, a class or a module, where the nearest wins. There are: {names}."
    )


def check_flags(arguments: Sequence[str]) -> None:
    """Refuse a flag that does not exist, with the nearest one that does."""
    known = {option.flag for option in OPTIONS}
    known |= {f"--no-{flag[2:]}" for flag in known}
    for argument in arguments:
        flag = argument.partition("=")[0]
        if flag.startswith(("--amigo-", "--no-amigo-")) and flag not in known:
            from amigo_mock.names import nearest

            raise pytest.UsageError(f"unrecognized arguments: {flag}{nearest(flag, known)}")


def check(config: pytest.Config) -> None:
    """Refuse an ini option that does not exist, with the nearest one that does."""
    known = {option.ini for option in OPTIONS}
    with warnings.catch_warnings():
        # Deprecated, but the only public way to list the options in the file.
        warnings.simplefilter("ignore")
        found = list(getattr(config, "inicfg", {}))
    for name in found:
        if name.startswith("amigo_") and name not in known:
            from amigo_mock.names import nearest

            raise pytest.UsageError(f"unknown ini option {name!r}{nearest(name, known)}")


def given(config: pytest.Config) -> Iterator[tuple[str, str, object]]:
    """Yield name, place and value of each option that is set: first those of the ini file."""
    for option in OPTIONS:
        value = _from_file(config, option)
        if value is not None:
            yield option.name, option.ini, value
    for option in OPTIONS:
        value = config.getoption(option.key)
        if value is not None:
            yield option.name, option.flag, value


def _from_file(config: pytest.Config, option: Option) -> object:
    try:
        value = config.getini(option.ini)
        # Before pytest 8, what is not in the file is an empty text or list; before 8.4, a number is
        # a text.
        if value in (None, "", []):
            return None
        return NUMBERS[option.type](value) if option.type in NUMBERS else value
    except (TypeError, ValueError, pytest.UsageError) as error:  # depends on the release of pytest
        raise pytest.UsageError(f"ini option {option.ini!r}: {error}") from None


def text(config: pytest.Config, name: str) -> str | None:
    """The value of an option of the run as text: the command line's before the ini file's."""
    (option,) = (one for one in (*RUN, *REPORTS) if one.name == name)
    value = config.getoption(option.key)
    if value is None:
        value = _from_file(config, option)
    return None if value is None else str(value)


def enabled(config: pytest.Config, name: str) -> bool:
    """The value of an option of the run that is yes or no."""
    return text(config, name) == "True"


def reporting(config: pytest.Config) -> bool:
    """Tell whether a report on the whole run is asked for."""
    return any(text(config, option.name) not in (None, "False") for option in REPORTS)
