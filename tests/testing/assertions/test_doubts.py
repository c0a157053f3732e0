"""Assertions on requests of which the journal has too little left."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import ANY

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError
from amigo_mock.state.redaction import HIDDEN
from amigo_mock.state.requests import Requests
from amigo_mock.testing.assertions import assert_called
from tests.support.bodies import persona, persona_version
from tests.support.paths import PERSONAS, SCENARIOS
from tests.testing.assertions.support import (
    CREATE,
    cut,
    failure,
    is_called,
    refusal,
    requests,
    sent,
)

SECRET = "wx7Qk-49211"


@pytest.fixture
def hidden(mock: AmigoMock, client: httpx2.Client) -> Requests:
    version = persona_version(sensitive_user_variables={"pin": SECRET})
    client.post(PERSONAS, json=persona("Ann", initial_version=version))
    client.post(PERSONAS, json=persona("Bob"))
    return mock.requests


def with_pin(wanted: Any, **others: Any) -> dict[str, Any]:
    return {**others, "initial_version": {"sensitive_user_variables": wanted}}


@pytest.mark.parametrize("pin", [SECRET, "another"])
def test_what_is_hidden_is_neither_a_match_nor_a_miss(hidden: Requests, pin: str) -> None:
    """Rule: a secret, right or wrong, cannot be told; it is said so. Source: secrets."""
    for times in (None, 0, 1):
        text = refusal(hidden, CREATE, times=times, json=with_pin({"pin": pin}))
        assert text == (
            f"whether {CREATE} was called like this cannot be told of request 1: "
            "initial_version.sensitive_user_variables: the journal hides it "
            "(expect unittest.mock.ANY)"
        )


def test_what_does_not_hang_on_the_hidden_is_told(hidden: Requests) -> None:
    """Rule: only what is hidden is unknown. Source: secrets."""
    assert is_called(hidden, CREATE, json=with_pin(ANY, name="Ann"))
    assert is_called(hidden, CREATE, json=with_pin(HIDDEN))
    assert is_called(hidden, CREATE, json=with_pin({}))
    assert not is_called(hidden, CREATE, json=with_pin({"pin": SECRET}, name="Cid"))
    assert len(assert_called(hidden, CREATE, times=1, json=with_pin({}))) == 1
    failure(hidden, CREATE, times=3, json=with_pin({"pin": SECRET}))


def test_a_failure_does_not_tell_the_secret_that_was_expected(hidden: Requests) -> None:
    """Rule: secrets reach no report. Source: secrets."""
    telling = json.dumps({"id_token": SECRET})
    for wanted in (
        with_pin({"pin": SECRET}, name=json.dumps({"password": SECRET})),
        with_pin({"pin": SECRET}, name="Cid"),
        with_pin([SECRET], name="Cid"),
        with_pin(SECRET, name="Cid"),
        with_pin({"pin": SECRET}, name=telling),
        {"name": {"id_token": SECRET}},
    ):
        assert SECRET not in failure(hidden, CREATE, json=wanted)


def test_what_was_cut_is_neither_a_match_nor_a_miss() -> None:
    """Rule: what is there of a body is read; of the rest nothing is claimed. Source: settings."""
    whole = json.dumps(persona("Ann"))
    found = cut(whole.index('"timezone"'))
    assert is_called(found, CREATE, json={"name": "Ann", "tags": {}})
    background = {"background": "Calls for the first time."}
    assert is_called(found, CREATE, json={"initial_version": background})
    assert not is_called(found, CREATE, json={"name": "Bob", "initial_version": ANY})
    assert refusal(found, CREATE, json={"initial_version": {"timezone": "UTC"}}) == (
        f"whether {CREATE} was called like this cannot be told of request 1: "
        "initial_version.timezone: the journal has not all of the body "
        "(set journal_body_size higher)"
    )


@pytest.mark.parametrize("size", range(0, 320, 3))
def test_no_cut_makes_a_claim_that_is_wrong(size: int) -> None:
    """Rule: wherever a body is cut, its fields are as they are, or cannot be told. Source: JSON."""
    tags = {"a": None, "b": "\u00fc", "c": 1234, "d": True}
    found = cut(size, tags=tags, nested={"n": [1, 2]})
    for wanted in ({"name": "Ann"}, {"tags": tags}, {"role": "patient"}, persona("Ann", tags=tags)):
        assert claim(found, wanted) is not False
    for wanted in ({"name": "Bob"}, {"tags": {"c": 123}}, {"tags": {"c": 1}}, {"tags": {}}):
        assert claim(found, wanted) is not True


def claim(found: Requests, wanted: Any) -> bool | None:
    """True if it was called; None if that cannot be told."""
    try:
        return is_called(found, CREATE, json=wanted)
    except MockError:
        return None


def test_a_journal_without_bodies_cannot_tell() -> None:
    """Rule: nothing kept is not nothing sent. Source: settings."""
    with AmigoMock(journal_body_size=0) as mock, mock.client() as client:
        client.post(PERSONAS, json=persona())
        client.post(PERSONAS, json=persona())
        for status in (201, 409):
            text = refusal(mock.requests, CREATE, json={"name": "Ann"}, status=status)
            assert "journal_body_size" in text
        assert is_called(mock.requests, CREATE, status=409)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b'{"name": "Ann"', 422),
        (b"nothing", 422),
        (b"\xff\xfe", 400),
        (b"[" * 3000, 400),
    ],
)
def test_what_is_no_json_is_as_nobody_expects(
    mock: AmigoMock, client: httpx2.Client, body: bytes, status: int
) -> None:
    """Rule: what the service could not read is a miss, and so is no body. Source: the pipeline."""
    client.post(PERSONAS, content=body, headers={"Content-Type": "application/json"})
    client.post(SCENARIOS, content=body, headers={"Content-Type": "application/json"})
    for operation in (CREATE, "create-simulation-scenario"):
        assert not is_called(mock.requests, operation, json={"name": "Ann"})
        assert is_called(mock.requests, operation, status=status)


def test_what_the_journal_forgot_may_have_been_it() -> None:
    """Rule: requests that are gone can neither be counted nor ruled out. Source: settings."""
    found = requests(sent({"name": "Ann"}, 4))
    assert len(assert_called(found, CREATE, forgotten=3)) == 1
    failure(found, CREATE, times=0, forgotten=3)
    failure(found, CREATE, times=9, forgotten=3)
    for times, name in ((1, "Ann"), (2, "Ann"), (0, "Bob"), (None, "Bob")):
        expected: dict[str, Any] = {"times": times, "json": {"name": name}, "forgotten": 3}
        assert refusal(found, CREATE, **expected) == (
            f"whether {CREATE} was called like this cannot be told: the first 3 requests are no "
            "longer in the journal (set journal_size higher)"
        )
