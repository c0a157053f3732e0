"""Assertions on requests: matches."""

from __future__ import annotations

from typing import Any
from unittest.mock import ANY

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amigo_mock import AmigoMock
from amigo_mock.testing.assertions import assert_called
from tests.support.bodies import persona
from tests.support.paths import PERSONAS
from tests.testing.assertions.support import (
    CREATE,
    ID,
    LIST,
    UPDATE,
    VERSIONS,
    asked,
    entry,
    failure,
    is_called,
    requests,
    sent,
)


def test_whatever_was_asked_over_a_socket_counts(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: every part of a request can be expected, and its entries are handed back.

    Source: the house.
    """
    made = client.post(PERSONAS, json=persona("Ann")).json()["simulation_persona_id"]
    client.post(f"{PERSONAS}{made}/", json={"tags": {"mood": "calm", "age": None}})
    client.get(f"{PERSONAS}{made}/version/", params={"version": "1-latest", "limit": 3})
    found = mock.requests
    (created,) = assert_called(found, CREATE, json={"name": "Ann"}, status=201, times=1)
    assert created is found[0]
    tags = {"tags": {"mood": "calm", "age": None}}
    path = {"simulation_persona_id": made, "organization": "mock-org"}
    assert len(assert_called(found, UPDATE, json=tags, path=path, user="mock-user")) == 1
    assert is_called(found, VERSIONS, query={"version": "1-latest", "limit": 3}, path=path)
    assert not is_called(found, VERSIONS, path={**path, "simulation_persona_id": ID})
    assert not is_called(found, "delete-simulation-persona")
    mock.assert_not_called(CREATE, json={"name": "Bob"})


@pytest.mark.parametrize(
    ("wanted", "body", "counts"),
    [
        ({"name": "Ann"}, {"name": "Ann", "role": "patient"}, True),
        ({"name": "Ann", "role": "patient"}, {"name": "Ann"}, False),
        ({"name": "Ann"}, {"name": "Anna"}, False),
        ({"tags": {"a": "1"}}, {"tags": {"a": "1", "b": "2"}}, True),
        ({"tags": {"a": None}}, {"tags": {"b": "2"}}, False),
        ({"tags": {"a": None}}, {"tags": {"a": None}}, True),
        ({"tags": {}}, {"tags": {}}, True),
        ({"tags": {}}, {"tags": {"b": "2"}}, False),
        ({}, {}, True),
        ({}, {"name": "Ann"}, False),
        ({"initial_version": {"user_models": ["a"]}}, {"initial_version": {"user_models": ["a"]}},
         True),
        ({"initial_version": {"user_models": ["a"]}},
         {"initial_version": {"user_models": ["a", "b"]}}, False),
        ({"initial_version": {"user_models": ("a", "b")}},
         {"initial_version": {"user_models": ["a", "b"]}}, True),
        ({"initial_version": {"user_models": ["b", "a"]}},
         {"initial_version": {"user_models": ["a", "b"]}}, False),
        ({"initial_version": {"user_models": []}}, {"initial_version": {"user_models": ["a"]}},
         False),
        ({"name": True}, {"name": 1}, False),
        ({"name": 1}, {"name": True}, False),
        ({"name": 0}, {"name": False}, False),
        ({"name": True}, {"name": True}, True),
        ({"name": 1}, {"name": 1.0}, True),
        ({"name": "1"}, {"name": 1}, False),
        ({"name": None}, {}, False),
        ({"name": ANY}, {"name": {"a": 1}}, True),
        ({"name": ANY}, {"role": "Ann"}, False),
        ({"tags": ANY}, {"tags": {}}, True),
        (ANY, {}, True),
        ({"name": "Ann"}, ["name"], False),
        (["name"], {"name": "Ann"}, False),
    ],
)  # fmt: skip
def test_a_body_is_expected_in_part(wanted: Any, body: Any, counts: bool) -> None:
    """Rule: named fields at any depth, lists whole, JSON's own types, `{}` empty. Source: README.

    An empty object has nothing to name, and is sent where it means something: not set.
    """
    assert is_called(requests(sent(body)), CREATE, json=wanted) is counts


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from("abc"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
))  # fmt: skip
def test_every_body_is_itself(body: Any) -> None:
    """Rule: what was sent is as expected, if that is expected. Source: JSON."""
    wanted = {"tags": {"x": body}}
    assert is_called(requests(sent(wanted)), CREATE, json=wanted)
    assert is_called(requests(sent(wanted)), CREATE, json={"tags": {"x": ANY}})
    assert not is_called(requests(sent({"tags": {"x": [body]}})), CREATE, json=wanted)


@pytest.mark.parametrize(
    ("wanted", "query", "counts"),
    [
        ({"limit": 5}, "limit=5&role=x", True),
        ({"limit": "5"}, "limit=5", True),
        ({"limit": 5}, "limit=50", False),
        ({"limit": 5}, "limit=4&limit=5", True),
        ({"limit": 4}, "limit=4&limit=5", False),
        ({"limit": 5}, "", False),
        ({"limit": None}, "role=x", True),
        ({"limit": None}, "limit=5", False),
        ({"is_deleted": True}, "is_deleted=true", True),
        ({"is_deleted": True}, "is_deleted=True", True),
        ({"is_deleted": True}, "is_deleted=false", False),
        ({"role": "a"}, "role=a", True),
        ({"role": "a"}, "role=a&role=b", False),
        ({"role": ["a", "b"]}, "role=a&role=b", True),
        ({"role": ["b", "a"]}, "role=a&role=b", False),
        ({"role": ["a"]}, "role=a&role=b", False),
        ({"role": ["a", ANY]}, "role=a&role=b", True),
        ({"role": ANY}, "role=a&role=b", True),
        ({"role": ANY}, "role=a", True),
        ({"role": ANY}, "", False),
        ({"role": ""}, "role=", True),
        ({"tag": "a:b c"}, "tag=a%3Ab+c", True),
        ({"sort_by": "+name"}, "sort_by=%2Bname", True),
        ({"sort_by": "+name"}, "sort_by=+name", True),
        ({"sort_by": "-name"}, "sort_by=+name", False),
    ],
)
def test_a_query_is_expected_in_part(wanted: Any, query: str, counts: bool) -> None:
    """Rule: parameters are as the service reads them: the last one, or all in their order.

    A `+` is a space or itself, as for sort_by, where both are one. Source: the README.
    """
    assert is_called(requests(asked(query)), LIST, query=wanted) is counts


@pytest.mark.parametrize(
    ("status", "counts"), [(201, True), ("201", True), ("2xx", True), (200, False), ("4xx", False)]
)
def test_a_status_is_a_number_or_a_class(status: int | str, counts: bool) -> None:
    """Rule: a status can be a class of them. Source: the journal."""
    assert is_called(requests(entry()), CREATE, status=status) is counts
    assert not is_called(requests(entry(status=None, dropped=True)), CREATE, status=status)


def test_a_user_can_be_expected() -> None:
    """Rule: only who was proven counts. Source: the journal."""
    found = requests(entry(user="ann"), entry(2, user=None))
    assert is_called(found, CREATE, user="ann")
    assert not is_called(found, CREATE, user="bob")


def test_the_parts_must_meet_in_one_request() -> None:
    """Rule: two halves of an expectation in two requests are no match. Source: the README."""
    found = requests(sent({"name": "Ann"}, status=409), sent({"name": "Bob"}, 2))
    assert not is_called(found, CREATE, json={"name": "Ann"}, status=201)


def test_what_another_user_did_in_between_does_not_count() -> None:
    """Rule: races are not made by the code under test. Source: the journal."""
    found = requests(sent({"name": "Ann"}, race=True), entry(2, operation=LIST, race=True))
    assert not is_called(found, CREATE)
    assert failure(found, CREATE) == f"{CREATE} was not called"


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_times_is_exact(times: int) -> None:
    """Rule: so many, not at least so many. Source: the README."""
    found = requests(*(sent({"name": "Ann"}, number) for number in range(2)), sent({"name": "B"}))
    if times == 2:
        assert len(assert_called(found, CREATE, times=2, json={"name": "Ann"})) == 2
    else:
        failure(found, CREATE, times=times, json={"name": "Ann"})
