"""The settings of one test: those of the fake, and those of the plugin."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal, Self

import pytest
from pydantic import Field

from amigo_mock.engine.start import SERVING
from amigo_mock.errors import MockError
from amigo_mock.settings import ENVIRONMENT_PREFIX, Settings, parse
from pytest_amigo import options

# Settings of the server of the whole run, and settings that only `amigo-mock serve` has.
FIXED = frozenset(SERVING)
MEANINGLESS = frozenset({"state", "log_format"})


class SuiteSettings(Settings):
    """The settings of the fake and of the plugin in a test."""

    journal_body_size: int = Field(
        default=1024 * 1024, ge=0, description="Bytes of each body that the journal keeps."
    )
    faker_seed: int | None = Field(
        default=None, description="Decides what factories make up; left out: the test's own."
    )
    guard: bool = Field(
        default=True, description="Whether a test cannot reach the real service by mistake."
    )
    auto_advance: bool = Field(
        default=False, description="Whether waiting for the fake moves its clock instead."
    )
    unexpected: Literal["fail", "allow"] = Field(
        default="fail", description="What comes of requests that the fake has no answer to."
    )
    unused: Literal["fail", "allow"] = Field(
        default="fail", description="What comes of faults and races that never happened."
    )

    @classmethod
    def combined(cls, *layers: Mapping[str, tuple[str, Any]]) -> Self:
        """Settings from layers, each by name with its place; a later layer wins.

        Raises `MockError` that names the setting, its place, and the nearest known name.
        """
        values: dict[str, Any] = {}
        names: dict[str, str] = {}
        for layer in layers:
            for name, (where, value) in layer.items():
                if name in MEANINGLESS:
                    raise MockError(f"setting {where!r}: tests have no use for it")
                values[name], names[name] = value, where
        return cls._checked(values, where="setting", names=names)


def base(config: pytest.Config) -> dict[str, tuple[str, Any]]:
    """Settings from the ini file, the environment and the command line; a later one wins."""
    known = {option.name for option in options.SETTINGS}
    found: dict[str, tuple[str, Any]] = {}
    given = [one for one in options.given(config) if one[0] in known]
    found |= {name: (where, _read(name, value)) for name, where, value in given if where[0] != "-"}
    if config.inipath and "seed" in found:
        where, file = found["seed"]
        found["seed"] = where, config.inipath.parent / file  # wherever pytest is called
    for variable, text in os.environ.items():
        if variable.startswith(ENVIRONMENT_PREFIX):
            name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
            if name not in MEANINGLESS:
                found[name] = variable, parse(name, text)
    found |= {name: (where, _read(name, value)) for name, where, value in given if where[0] == "-"}
    if "port" in found:
        where, port = found["port"]
        found["port"] = where, _own_port(config, port)
    return found


def _own_port(config: pytest.Config, port: Any) -> Any:
    """The port of this process: each worker of pytest-xdist has one, from the given one on."""
    number = str(getattr(config, "workerinput", {}).get("workerid", "")).removeprefix("gw")
    return int(port) + int(number) if number.isdecimal() and str(port).strip("0") else port


def overridden(fixture: Any) -> dict[str, tuple[str, Any]]:
    """Settings from the fixture `amigo_settings`."""
    if not isinstance(fixture, Mapping):
        kind = type(fixture).__name__
        raise MockError(f"the fixture 'amigo_settings' returns a mapping of settings, not {kind}")
    return {name: (f"amigo_settings[{name!r}]", value) for name, value in fixture.items()}


def marked(item: pytest.Item) -> dict[str, tuple[str, Any]]:
    """Settings from the markers on a test's module, its class and itself; a nearer one wins."""
    found: dict[str, tuple[str, Any]] = {}
    for mark in reversed(list(item.iter_markers("amigo"))):
        if mark.args:
            raise MockError("the marker takes keywords only, as in @pytest.mark.amigo(strict=True)")
        for name, value in mark.kwargs.items():
            if name in FIXED:
                raise MockError(f"{name!r} belongs to the whole run, not to one test")
            found[name] = f"@pytest.mark.amigo({name}=...)", value
    return found


def _read(name: str, value: object) -> Any:
    return parse(name, value) if isinstance(value, str) else value
