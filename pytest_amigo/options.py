"""The options of the command line and the ini file.

Cheap to import: this is loaded in every run of pytest, of any release. A test keeps the table in
step with the settings that it stands for.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import pytest

Type = Literal["bool", "int", "float", "string"]


class Option(NamedTuple):
    """One option: `amigo_<name>` in the ini file, `--amigo-<name>` on the command line."""

    name: str
    type: Type
    help: str
    value: str = ""  # its name in `--help`

    @property
    def ini(self) -> str:
        """Its name in the ini file."""
        return f"amigo_{self.name}"

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return f"--amigo-{self.name.replace('_', '-')}"

    @property
    def key(self) -> str:
        """Its name in the parsed command line."""
        return f"amigo_{self.name}"


SETTINGS = (
    Option("host", "string", "Address that the fake listens on."),
    Option("port", "int", "Port that the fake listens on; 0: a free one."),
    Option("seed", "string", "World that every test starts from: a YAML or JSON file.", "FILE"),
    Option("strict", "bool", "Refuse what the published contract does not allow."),
    Option(
        "rate_limits", "string", "true, false, or limits a minute by operation as JSON.", "LIMITS"
    ),
    Option("rate_limit_scope", "string", "Whose requests are counted together.", "SCOPE"),
    Option("permissions", "string", "Grants of the default user, as JSON."),
    Option("clock", "string", "Time at which the clock stands still, with its zone.", "TIME"),
    Option("random_seed", "int", "Decides the ids."),
    Option("token_lifetime", "float", "Seconds for which a sign-in is valid.", "SECONDS"),
    Option(
        "run_duration", "float", "Seconds that a simulation run takes; 0: it is done.", "SECONDS"
    ),
    Option(
        "cancellation_delay", "float", "Seconds until a cancelled run ends; 0: at once.", "SECONDS"
    ),
    Option("max_body_size", "int", "Bytes of a request body beyond which it is a 413.", "BYTES"),
    Option("journal_size", "int", "Requests that the journal remembers.", "REQUESTS"),
    Option("journal_body_size", "int", "Bytes of each body that the journal keeps.", "BYTES"),
    Option(
        "control_token", "string", "Secret that the control API of the fake asks for.", "SECRET"
    ),
    Option("signing_key", "string", "Secret that signs tokens.", "SECRET"),
    Option("faker_seed", "int", "Decides what factories make up; left out: the test's own."),
    Option("guard", "bool", "Whether a test cannot reach the real service by mistake."),
    Option("auto_advance", "bool", "Whether waiting for a retry moves the clock instead."),
    Option(
        "unexpected", "string", "fail or allow: requests that the fake has no answer to.", "WHAT"
    ),
    Option("unused", "string", "fail or allow: faults and races that never happened.", "WHAT"),
)

RUN = (
    Option("url", "string", "Run against a fake that already runs there.", "URL"),
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
        parser.addini(option.ini, option.help, type=_ini_type(option), default=None)
        if option.type == "bool":
            action = argparse.BooleanOptionalAction
            group.addoption(option.flag, action=action, default=None, help=option.help)
        else:
            metavar = option.value or option.name.rpartition("_")[2].upper()
            kind = float if option.type == "float" else str
            group.addoption(option.flag, type=kind, metavar=metavar, help=option.help)


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


def check(config: pytest.Config) -> None:
    """Refuse an ini option that does not exist, with the nearest one that does."""
    known = {option.ini for option in OPTIONS}
    with warnings.catch_warnings():
        # Deprecated, but the only public way to list the options in the file.
        warnings.simplefilter("ignore")
        found = list(getattr(config, "inicfg", {}))
    for name in found:
        if name.startswith("amigo_") and name not in known:
            from amigo_mock.errors import nearest

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
