"""The shape of errors, and the hints for misspelt names."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from amigo_mock import MockError
from amigo_mock.errors import ApiError, error_body, first, invalid, unknown
from amigo_mock.names import has_no, nearest, there_is_no
from amigo_mock.operations.call import Call
from amigo_mock.resources import CATALOG


class Form(BaseModel):
    """Something to get wrong."""

    number: int
    word: str = ""

    @field_validator("word")
    @classmethod
    def _checked(cls, value: str) -> str:
        if value == "bad":
            raise ValueError("not that word")
        return value


def broken(**content: Any) -> list[Any]:
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(content)
    return list(caught.value.errors(include_url=False))


def test_an_error_is_an_envelope_of_text() -> None:
    """Rule: `{"detail": text}`. Source: the shape of errors."""
    error = ApiError(404, "Nothing hère.", {"Allow": "GET"})
    assert json.loads(error.body()) == {"detail": "Nothing hère."}
    assert (error.status, error.headers) == (404, {"Allow": "GET"})
    assert ApiError(404, "x").headers == {}


def test_findings_are_placed() -> None:
    """Rule: type, loc with its place first, msg, input. Source: the shape of errors."""
    assert invalid(broken(number="x"), "body", 3) == [
        {
            "type": "int_parsing",
            "loc": ["body", 3, "number"],
            "msg": "Input should be a valid integer, unable to parse string as an integer",
            "input": "x",
        }
    ]


def test_findings_of_our_own_can_be_sent() -> None:
    """Rule: `ctx` comes along, exceptions in it as text. Source: the shape of errors."""
    detail = invalid(broken(number=1, word="bad"), "body")
    (finding,) = json.loads(ApiError(422, detail).body())["detail"]
    assert finding["type"] == "value_error"
    assert finding["msg"] == "Value error, not that word"
    assert finding["ctx"].keys() == {"error"}


@pytest.mark.parametrize(
    ("value", "right"),
    [
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        ({"a": [math.nan, 1.5]}, {"a": ["nan", 1.5]}),
        ((1, 2), [1, 2]),
        (frozenset({1}), [1]),
        (True, True),
        (None, None),
        ({1: {None: 2}}, {"1": {"None": 2}}),
        ("\ud800", "\ud800"),
        (10**40, 10**40),
    ],
    ids=repr,
)
def test_any_input_can_be_echoed(value: Any, right: Any) -> None:
    """Rule: what JSON cannot say is said as text. Source: no 500s."""
    assert json.loads(error_body(value), parse_constant=pytest.fail) == {"detail": right}


@pytest.mark.parametrize("value", [b"\xff", object(), ValueError("x"), 1j])
def test_what_is_no_json_is_echoed_as_text(value: Any) -> None:
    """Rule: anything else is its text. Source: no 500s."""
    assert json.loads(error_body({"a": value})) == {"detail": {"a": str(value)}}


@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"a": inner}])
def test_what_is_nested_without_end_is_cut(wrap: Any) -> None:
    """Rule: an echo goes down only so far. Source: no 500s."""
    value: Any = 1
    for _ in range(900):
        value = wrap(value)
    body = error_body(value)
    assert len(body) < 1000
    assert b'"..."' in body


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(value=JSON_VALUES)
def test_json_is_echoed_as_it_is(value: Any) -> None:
    """Rule: what JSON can say comes back unchanged. Source: the shape of errors."""
    assert json.loads(error_body(value)) == {"detail": value}


# Hints


@pytest.mark.parametrize(
    ("name", "near"),
    [("statsu", "status"), ("stats", "status"), ("status", "status"), ("time", "times")],
)
def test_a_misspelt_name_gets_a_hint(name: str, near: str) -> None:
    """Rule: the nearest known name. Source: an error says what to do."""
    assert nearest(name, ["status", "times", "drop"]) == f" (did you mean {near!r}?)"


@pytest.mark.parametrize("name", ["", "xyz", "🙂"])
def test_a_name_unlike_any_gets_none(name: str) -> None:
    """Rule: no hint is better than a wild one. Source: an error says what to do."""
    assert nearest(name, ["status", "times", "drop"]) == ""
    assert nearest(name, []) == ""


def test_a_mistake_of_the_user_is_a_value_error() -> None:
    """Rule: whoever catches ValueError catches it. Source: the package's errors."""
    assert issubclass(MockError, ValueError)


# Declared errors


@pytest.mark.parametrize("operation", CATALOG.all(), ids=lambda item: str(item.id))
def test_only_declared_errors_can_be_answered(operation: Any) -> None:
    """Rule: an undeclared status is a KeyError, a bug in us. Source: one declaration."""
    call: Call[Any, Any] = object.__new__(Call)
    call.operation = operation
    for status, text in operation.errors.items():
        assert (call.error(status).status, call.error(status).detail) == (status, text)
    with pytest.raises(KeyError):
        call.error(418)


# What is said


def test_a_name_that_is_not_known_is_said_in_one_way() -> None:
    """Rule: the kind of thing, the name, and the nearest one that there is. Source: errors."""
    assert str(unknown("planet", "Erth", ["Mars", "Earth"])) == (
        "there is no planet 'Erth' (did you mean 'Earth'?)"
    )
    assert there_is_no("planet", "x", ()) == "there is no planet 'x'"
    assert has_no("Mars", "moon", "Fobos", ["Phobos"]) == (
        "Mars has no moon 'Fobos' (did you mean 'Phobos'?)"
    )


class Orbit(BaseModel):
    """A model that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid")

    radius: int
    name: str = ""


@pytest.mark.parametrize(
    ("value", "place", "sentence"),
    [
        ({"radius": "far"}, "radius", "Input should be a valid integer, unable to parse string"),
        ({"raduis": 1}, "raduis", "there is no such field (did you mean 'radius'?)"),
        ({"radius": 1, "x": 2}, "x", "there is no such field"),
    ],
)
def test_the_first_finding_says_most(value: Any, place: str, sentence: str) -> None:
    """Rule: an unknown field says more than one that is missing for it. Source: errors."""
    with pytest.raises(ValidationError) as caught:
        Orbit.model_validate(value)
    found = first(caught.value)
    assert found.place == place
    assert found.sentence(Orbit.model_fields).startswith(sentence)
