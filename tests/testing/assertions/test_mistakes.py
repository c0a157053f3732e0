"""Assertions on requests: expectations that nothing can meet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest.mock import ANY

import pytest

from amigo_mock import MockError
from amigo_mock.resources import CATALOG
from amigo_mock.testing.assertions import assert_called
from amigo_mock.testing.matching import Expectation
from tests.testing.assertions.support import (
    CREATE,
    ID,
    LIST,
    VERSIONS,
    is_called,
    refusal,
    requests,
    sent,
)


@pytest.mark.parametrize(
    ("operation", "expected", "text"),
    [
        ("create-simulation-person", {}, "there is no operation 'create-simulation-person' "
         "(did you mean 'create-simulation-persona'?)"),
        (CREATE, {"json": {"nam": 1}},
         f"the body of {CREATE} has no field 'nam' (did you mean 'name'?)"),
        (CREATE, {"json": {"initial_version": {"backgruond": ANY}}}, f"the body of {CREATE} has no "
         "field 'initial_version.backgruond' (did you mean 'background'?)"),
        (CREATE, {"json": {"initial_version": {"timezone": {"name": "UTC"}}}},
         f"the body of {CREATE} has no field 'initial_version.timezone.name'"),
        (CREATE, {"json": {"tags": {1: "a"}}}, "the name of a field is text, not 1"),
        (CREATE, {"json": {"name": b"Ann"}},
         "name: a body never holds a bytes; expect what JSON makes of it"),
        (CREATE, {"json": {"tags": {"at": [datetime.now(UTC)]}}},
         "tags.at[0]: a body never holds a datetime; expect what JSON makes of it"),
        (LIST, {"json": {}}, f"{LIST} has no body to expect anything of"),
        (LIST, {"query": {"limt": 5}},
         f"{LIST} has no query parameter 'limt' (did you mean 'limit'?)"),
        (LIST, {"query": "limit=5"}, "query is a mapping of names to values, not str"),
        (VERSIONS, {"path": {"simulation_persona": ID}}, f"{VERSIONS} has no path parameter "
         "'simulation_persona' (did you mean 'simulation_persona_id'?)"),
        (LIST, {"path": {"limit": 5}}, f"{LIST} has no path parameter 'limit'"),
        (LIST, {"status": "4x"}, "a status is a number or like '4xx', not '4x'"),
        (LIST, {"status": True}, "a status is a number or like '4xx', not True"),
        (LIST, {"times": -1}, "times is a number from 0 up, not -1"),
        (LIST, {"times": True}, "times is a number from 0 up, not True"),
    ],
)  # fmt: skip
def test_what_nothing_can_meet_is_refused(
    operation: str, expected: dict[str, Any], text: str
) -> None:
    """Rule: an expectation that no request can meet is a mistake, also where it would pass.

    Source: mistakes of users are named, with the nearest.
    """
    assert refusal(requests(), operation, **expected) == text
    if "times" not in expected:
        with pytest.raises(MockError):
            assert_called(requests(), operation, times=0, **expected)


@pytest.mark.parametrize("operation", CATALOG.all(), ids=lambda operation: operation.id)
def test_every_declared_example_can_be_expected(operation: Any) -> None:
    """Rule: nothing that can be sent is refused as an expectation. Source: the declarations."""
    for body in operation.examples.values():
        made = sent(body, operation=operation.id, path=operation.path, status=operation.status)
        assert is_called(requests(made), operation.id, json=body)
    for parameter in operation.parameters:
        if parameter.place != "header":
            expected: dict[str, Any] = {parameter.place: {parameter.name: ANY}}
            assert str(Expectation(operation, **expected))
