"""Settings: one vocabulary, checked in one place."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from amigo_mock import AmigoMock, MockError, Settings
from amigo_mock.settings import ENVIRONMENT_PREFIX

SECRET = "wx7Qk-49211"

GRANTS = [{"permission_name": "Simulation:Get*"}]

VALUES: list[tuple[str, str, Any]] = [
    ("host", "::1", "::1"),
    ("port", "8484", 8484),
    ("port", "0", 0),
    ("seed", "a/world.yaml", Path("a/world.yaml")),
    ("strict", "1", True),
    ("strict", "true", True),
    ("strict", "0", False),
    ("rate_limits", "false", False),
    ("rate_limits", "1", True),
    ("rate_limits", '{"create-simulation-persona": 3}', {"create-simulation-persona": 3}),
    ("rate_limit_scope", "organization", "organization"),
    ("clock", "2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ("random_seed", "7", 7),
    ("token_lifetime", "0.5", 0.5),
    ("run_duration", "30", 30.0),
    ("cancellation_delay", "5", 5.0),
    ("max_body_size", "0", 0),
    ("journal_size", "5", 5),
    ("journal_body_size", "5", 5),
    ("control_token", SECRET, SecretStr(SECRET)),
    ("signing_key", SECRET, SecretStr(SECRET)),
    ("state", "world.json", Path("world.json")),
    ("log_format", "json", "json"),
]


@pytest.mark.parametrize(("name", "text", "value"), VALUES)
def test_the_environment_says_it_in_words(name: str, text: str, value: Any) -> None:
    """Rule: every setting is AMIGO_MOCK_<NAME> as well. Source: one vocabulary."""
    found = Settings.from_environment({f"AMIGO_MOCK_{name.upper()}": text, "OTHER": "x"})
    assert getattr(found, name) == value
    assert found == Settings.of(**{name: value})


def test_grants_are_said_in_json() -> None:
    """Rule: the grants of the default user, as the API has them. Source: one vocabulary."""
    environment = {"AMIGO_MOCK_PERMISSIONS": json.dumps(GRANTS)}
    found = Settings.from_environment(environment)
    assert found == Settings.of(permissions=GRANTS)
    assert found.permissions is not None
    assert found.permissions[0].permission_name == "Simulation:Get*"


def test_every_setting_is_tried_above() -> None:
    """Rule: no setting without its test. Source: one vocabulary."""
    assert {name for name, *_ in VALUES} | {"permissions"} == set(Settings.model_fields)


def test_what_is_given_goes_before_the_environment() -> None:
    """Rule: the later one wins, from the environment to the option. Source: one vocabulary."""
    environment = {"AMIGO_MOCK_PORT": "1", "AMIGO_MOCK_HOST": "::1"}
    found = Settings.from_environment(environment, port=2)
    assert (found.host, found.port) == ("::1", 2)


def test_an_empty_environment_is_the_default() -> None:
    """Rule: nothing said is the default. Source: one vocabulary."""
    assert Settings.from_environment({}) == Settings.of() == Settings()
    assert (Settings().host, Settings().port, Settings().strict) == ("127.0.0.1", None, False)


@pytest.mark.parametrize(
    ("name", "near"),
    [("strct", "strict"), ("rate_limit", "rate_limits"), ("seeds", "seed"), ("zzz", None)],
)
def test_an_unknown_name_is_refused(name: str, near: str | None) -> None:
    """Rule: named as it was written, with what was meant. Source: one vocabulary."""
    variable = f"{ENVIRONMENT_PREFIX}{name.upper()}"
    calls: list[tuple[str, Callable[[], Any]]] = [
        (name, lambda: Settings.of(**{name: 1})),
        (name, lambda: AmigoMock(**dict[str, Any]({name: 1}))),
        (variable, lambda: Settings.from_environment({variable: "1"})),
        (name, lambda: Settings.from_environment({}, **{name: 1})),
    ]
    for written, error in calls:
        with pytest.raises(MockError) as caught:
            error()
        assert repr(written) in str(caught.value)
        assert ("did you mean" in str(caught.value)) is (near is not None)
        meant = near and (f"{ENVIRONMENT_PREFIX}{near.upper()}" if written is variable else near)
        assert near is None or repr(meant) in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "many"),
        ("port", -1),
        ("port", 65536),
        ("strict", "perhaps"),
        ("strict", ""),
        ("rate_limits", "some"),
        ("rate_limits", {"create-simulation-persona": -1}),
        ("rate_limits", {"create-simulation-persona": "many"}),
        ("rate_limit_scope", "team"),
        ("permissions", "all"),
        ("permissions", [{"permission": "x"}]),
        ("permissions", [{"permission_name": ""}]),
        ("clock", "noon"),
        ("clock", "2026-01-31T12:00:00"),
        ("random_seed", "x"),
        ("token_lifetime", -1),
        ("token_lifetime", float("inf")),
        ("token_lifetime", float("nan")),
        ("max_body_size", -1),
        ("journal_size", -1),
        ("journal_body_size", -1),
        ("control_token", ""),
        ("log_format", "xml"),
        ("host", None),
    ],
)
def test_a_wrong_value_names_its_setting(name: str, value: Any) -> None:
    """Rule: which setting it is, in one line. Source: an error says what to do."""
    with pytest.raises(MockError) as caught:
        Settings.of(**{name: value})
    assert repr(name) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("time", ["9999-12-31T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_a_time_at_which_no_clock_stands_is_not_called_unreadable(time: str) -> None:
    """Rule: what a setting refuses for a reason of its own is told with this reason. Source: an
    error says what to do.
    """
    with pytest.raises(MockError, match="'clock': the clock goes from 1970 to the year 9000"):
        Settings.of(clock=time)


@pytest.mark.parametrize(
    ("name", "text"),
    [("PORT", "many"), ("STRICT", "perhaps"), ("CLOCK", "noon"), ("LOG_FORMAT", "xml")],
)
def test_a_wrong_variable_is_named_as_it_was_written(name: str, text: str) -> None:
    """Rule: the variable, not the field behind it. Source: an error says what to do."""
    with pytest.raises(MockError, match=f"'AMIGO_MOCK_{name}'"):
        Settings.from_environment({f"AMIGO_MOCK_{name}": text})


@pytest.mark.parametrize("text", ['{"a": }', "[", "{"])
@pytest.mark.parametrize("name", ["RATE_LIMITS", "PERMISSIONS"])
def test_broken_json_names_its_setting(name: str, text: str) -> None:
    """Rule: a list or mapping that is not JSON is named. Source: an error says what to do."""
    with pytest.raises(MockError, match=name.lower()) as caught:
        Settings.from_environment({f"AMIGO_MOCK_{name}": text})
    assert "JSON" in str(caught.value)


@pytest.mark.parametrize("lifetime", [1e11, 1e300])
def test_a_lifetime_without_end_does_not_break_the_sign_in(lifetime: float) -> None:
    """Rule: a lifetime that no date can say is refused as a setting. Source: no 500s."""
    with pytest.raises(MockError, match="token_lifetime"):
        Settings.of(token_lifetime=lifetime)


def test_settings_do_not_change() -> None:
    """Rule: a fake is what it was made as. Source: frozen values."""
    with pytest.raises(ValidationError):
        setattr(Settings(), "strict", True)  # noqa: B010 - what a type checker forbids


def test_settings_or_keywords() -> None:
    """Rule: one or the other. Source: the constructor."""
    with pytest.raises(TypeError, match="not both"):
        AmigoMock(Settings(), strict=True)
    assert AmigoMock(Settings(strict=True)).settings.strict
    assert AmigoMock(strict=True).settings == Settings(strict=True)


@pytest.mark.parametrize("name", ["control_token", "signing_key"])
def test_a_secret_is_not_printed(name: str) -> None:
    """Rule: neither the setting nor an error about it tells the secret. Source: secrets."""
    found = Settings.of(**{name: SECRET})
    assert SECRET not in repr(found) + str(found) + str(found.model_dump())
    assert SECRET not in found.model_dump_json()
    with pytest.raises(MockError) as caught:
        Settings.of(**{name: [SECRET]})
    assert SECRET not in str(caught.value)
    assert name in str(caught.value)


def test_a_seed_with_secrets_is_not_printed() -> None:
    """Rule: a world given as a document holds keys, and does not show them. Source: secrets."""
    seed = {"organizations": [{"id": "o", "api_keys": [{"id": "k", "key": SECRET}]}]}
    assert SECRET not in repr(Settings.of(seed=seed)) + str(Settings.of(seed=seed))


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(sorted(Settings.model_fields)),
    text=st.text(max_size=12) | st.sampled_from(["{}", "[]", "[1]", '{"a": 1}', "1", "true"]),
)
def test_whatever_the_environment_says_is_taken_or_refused(name: str, text: str) -> None:
    """Rule: settings, or one sentence that names what is wrong. Source: settings."""
    environment = {f"{ENVIRONMENT_PREFIX}{name.upper()}": text}
    refused = ""
    try:
        assert isinstance(Settings.from_environment(environment), Settings)
    except MockError as error:
        refused = str(error)
    assert not refused or name in refused.lower()
