"""Settings: one vocabulary for the constructor, the marker, the environment and the CLI."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypedDict

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

from amigo_mock.errors import MockError, deepest
from amigo_mock.names import nearest
from amigo_mock.state.clock import seconds
from amigo_mock.world.records.identity import GivenGrant, Grant

ENVIRONMENT_PREFIX = "AMIGO_MOCK_"

LARGEST_BODY = 1024 * 1024 * 1024  # bytes, of any
_TYPE = re.compile(r"\[|^bool$")  # of a union, as pydantic puts it among the places

Lifetime = Annotated[float, Field(ge=0, le=100 * 365 * 86400)]  # seconds
Password = Annotated[SecretStr, Field(min_length=1)]


class Settings(BaseModel):
    """The settings of one fake. Immutable; unknown names are refused with the nearest match.

    Every field can be given to `AmigoMock(...)`, as `AMIGO_MOCK_<NAME>` in the environment and as
    an option of `amigo-mock serve`, where the later one of these wins in that order.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True
    )

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: Annotated[int, Field(ge=0, le=65535)] | None = Field(
        default=None,
        description="Port to listen on; 0: a free one. Left out: 8484, for AmigoMock 0.",
    )
    seed: Path | dict[str, Any] | None = Field(
        default=None,
        repr=False,
        examples=["world.yaml"],
        description="World to start from and to return to at a reset: a YAML or JSON file.",
    )
    strict: bool = Field(
        default=False,
        description="Refuse what the published contract does not allow, leniencies included.",
    )
    rate_limits: bool | dict[str, Annotated[int, Field(ge=0)]] = Field(
        default=True,
        examples=['true, false or {"sign-in-with-api-key": 3}'],
        description="Whether limits apply; or limits a minute by operation, the rest as published.",
    )
    rate_limit_scope: Literal["user", "organization"] = Field(
        default="user", description="Whose requests are counted together."
    )
    permissions: tuple[GivenGrant, ...] | None = Field(
        default=None,
        examples=['[{"permission_name": "Simulation:*"}]'],
        description="Grants of the default user (JSON); left out: everything.",
    )
    clock: datetime | None = Field(
        default=None,
        examples=["2026-01-31T12:00:00Z"],
        description="Time at which the clock stands still from the start, with its zone.",
    )
    random_seed: int = Field(
        default=0, description="Decides the ids, so that a run can be repeated."
    )
    token_lifetime: Lifetime = Field(
        default=3600.0,
        description="Seconds for which a sign-in is valid. The official SDK renews a token 300 "
        "seconds before its end: with so few or less it signs in before each request.",
    )
    run_duration: Lifetime = Field(
        default=10.0,
        description="Seconds of its clock that a simulation run takes; 0: done when looked at.",
    )
    cancellation_delay: Lifetime = Field(
        default=0.0,
        description="Seconds of its clock until a cancelled run ends; 0: it ends at once.",
    )
    max_body_size: int = Field(
        default=10 * 1024 * 1024,
        ge=0,
        le=LARGEST_BODY,
        description="Bytes of a request body beyond which it is a 413.",
    )
    journal_size: int = Field(
        default=1000, ge=0, le=1_000_000, description="Requests that the journal remembers."
    )
    journal_body_size: int = Field(
        default=4 * 1024,
        ge=0,
        le=LARGEST_BODY,
        description="Bytes of each body that the journal keeps.",
    )
    control_token: Password | None = Field(
        default=None,
        description="Secret that the control API under /_mock asks for, from everyone.",
    )
    signing_key: Password = Field(
        default=SecretStr("amigo-mock"),
        description="Secret that signs tokens; the same one reads them.",
    )
    state: Path | None = Field(
        default=None,
        description="State file: a database to go on from and to keep the world in. It is created.",
    )
    log_format: Literal["text", "json", "none"] = Field(
        default="text", description="One line a request: for people, as JSON, or none."
    )

    @classmethod
    def of(cls, **given: Any) -> Self:
        """Settings from keywords.

        Raises `MockError` naming the setting, what is wrong and, for a misspelt name, the nearest.
        """
        return cls._checked(given, where="setting", names={name: name for name in given})

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], **given: Any) -> Self:
        """Settings from `AMIGO_MOCK_*` variables, with keywords ahead of them.

        Raises `MockError` as `of` does; a variable of an unknown name is refused too.
        """
        variables = {
            name.removeprefix(ENVIRONMENT_PREFIX).lower(): name
            for name in environment
            if name.startswith(ENVIRONMENT_PREFIX)
        }
        values = {setting: parse(setting, environment[name]) for setting, name in variables.items()}
        names = {name: name for name in given}
        return cls._checked({**values, **given}, where="setting", names={**variables, **names})

    @classmethod
    def _checked(cls, values: dict[str, Any], where: str, names: Mapping[str, str]) -> Self:
        for setting in values:
            if setting not in cls.model_fields:
                hint = nearest(setting, cls.model_fields)
                if names[setting].startswith(ENVIRONMENT_PREFIX):
                    hint = re.sub(r"'(\w+)'", lambda name: repr(_variable(name[1])), hint)
                raise MockError(f"unknown {where} {names[setting]!r}{hint}")
        try:
            return cls(**values)
        except ValidationError as error:
            found = deepest(error)
            setting, *path = [str(part) for part in found.loc if not _TYPE.search(str(part))]
            example, text = (cls.model_fields[setting].examples or [""])[0], found.text
            if example and not path and "as in" not in text:
                # What pydantic says of a union, or of a date, is of no help.
                text = f"cannot be read; say it as in {example}"
            inside = f" at {'.'.join(path)}" if path else ""
            raise MockError(f"{where} {names.get(setting, setting)!r}{inside}: {text}") from None

    @field_validator("clock")
    @classmethod
    def _can_be_stood_at(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("say the time zone too, as in 2026-01-31T12:00:00Z")
        if value is not None:
            seconds(value)
        return value

    @property
    def limits(self) -> dict[str, int]:
        """Limits a minute that differ from the published ones, by operation."""
        return {} if isinstance(self.rate_limits, bool) else self.rate_limits


def _variable(setting: str) -> str:
    return f"{ENVIRONMENT_PREFIX}{setting.upper()}"


class SettingsKeywords(TypedDict, total=False):
    """The settings as keywords, for type checkers."""

    host: str
    port: int | None
    seed: Path | str | Mapping[str, Any] | None
    strict: bool
    rate_limits: bool | Mapping[str, int]
    rate_limit_scope: Literal["user", "organization"]
    permissions: Sequence[Grant | str | Mapping[str, Any]] | None
    clock: datetime | str | None
    random_seed: int
    token_lifetime: float
    run_duration: float
    cancellation_delay: float
    max_body_size: int
    journal_size: int
    journal_body_size: int
    control_token: SecretStr | str | None
    signing_key: SecretStr | str
    state: Path | str | None
    log_format: Literal["text", "json", "none"]


def parse(setting: str, text: str) -> Any:
    """The value of a setting as written in an environment variable or on the command line.

    Numbers and words are left to the model; a setting that can be a mapping or a list is JSON.
    """
    if setting in {"rate_limits", "permissions"} and text.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(text)
        except ValueError as error:
            raise MockError(f"setting {setting!r} is not JSON: {error}") from None
    if setting == "seed":
        return Path(text)
    return text
