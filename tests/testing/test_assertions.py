"""Evidence: what counts as a request that was expected, and what a failure shows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from unittest.mock import ANY

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amigo_mock import AmigoMock, MockError
from amigo_mock.resources import CATALOG
from amigo_mock.state.journal import LocalJournal
from amigo_mock.state.redaction import HIDDEN, redact
from amigo_mock.state.requests import Entry, Requests
from amigo_mock.testing.assertions import assert_called
from amigo_mock.testing.matching import Expectation
from tests.support.bodies import persona, persona_version
from tests.support.paths import PERSONAS, SCENARIOS

NAMES = frozenset(operation.id for operation in CATALOG.all())
BY_ID = {operation.id: operation for operation in CATALOG.all()}
CREATE, LIST = "create-simulation-persona", "get-simulation-personas"
UPDATE, VERSIONS = "update-simulation-persona", "get-simulation-persona-versions"
ID = "0123456789abcdef01234567"
SECRET = "wx7Qk-49211"


def entry(number: int = 1, **changes: Any) -> Entry:
    """A create that was accepted."""
    content: dict[str, Any] = {
        "number": number,
        "time": 1_700_000_000.0,
        "method": "POST",
        "path": PERSONAS,
        "query": "",
        "operation": CREATE,
        "organization": "mock-org",
        "user": "mock-user",
        "status": 201,
        "duration": 1.25,
    }
    return Entry(**{**content, **changes})


def sent(body: Any, number: int = 1, **changes: Any) -> Entry:
    return entry(
        number, request_body=redact(json.dumps(body).encode(), CATALOG.secrets) or b"", **changes
    )


def asked(query: str, **changes: Any) -> Entry:
    content: dict[str, Any] = {"method": "GET", "operation": LIST, "status": 200, "query": query}
    return entry(**{**content, **changes})


def requests(*entries: Entry) -> Requests:
    return Requests(entries, NAMES)


def is_called(found: Requests, operation: str, **expected: Any) -> bool:
    """Whether it was, on the word of both questions."""
    try:
        assert_called(found, operation, **expected)
    except AssertionError:
        assert_called(found, operation, **{**expected, "times": 0})
        return False
    with pytest.raises(AssertionError):
        assert_called(found, operation, **{**expected, "times": 0})
    return True


def failure(found: Requests, operation: str, **expected: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_called(found, operation, **expected)
    return str(caught.value)


def refusal(found: Requests, operation: str, **expected: Any) -> str:
    with pytest.raises(MockError) as caught:
        assert_called(found, operation, **expected)
    text = str(caught.value)
    assert "\n" not in text
    return text


# What counts


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


# What nothing can meet


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


# What the journal has too little of


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
        with_pin({"pin": SECRET}, name="Cid"),
        with_pin([SECRET], name="Cid"),
        with_pin(SECRET, name="Cid"),
        with_pin({"pin": SECRET}, name=telling),
        {"name": {"id_token": SECRET}},
    ):
        assert SECRET not in failure(hidden, CREATE, json=wanted)


def cut(size: int, **changes: Any) -> Requests:
    body = json.dumps(persona("Ann", **changes)).encode()
    return requests(entry(request_body=LocalJournal(1, size, ()).keep(body)))


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
    """Whether it is called; None, if it cannot be told."""
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


# What a failure shows


def test_a_failure_shows_what_came_nearest() -> None:
    """Rule: the nearest first, field by field, with what looks misspelt. Source: the README."""
    taken = b'{"detail":"There already is one."}'
    found = requests(
        sent({"name": "Bob", "role": "nurse", "tags": {}}, 1),
        sent({"name": "Ann", "role": "nurse", "tags": {"moods": "x"}}, 2, response_body=taken,
             status=409),
        sent({"name": "Ann", "tags": {"mood": "calm"}}, 3),
        sent({"name": "Zed"}, 4),
        asked("limit=1", number=5),
        entry(6, operation=None, method="GET", path="/v1/nothing", status=404),
    )  # fmt: skip
    wanted = {"name": "Ann", "role": "patient", "tags": {"mood": "calm"}}
    assert failure(found, CREATE, json=wanted, status=201).splitlines() == [
        f"{CREATE} was not called",
        f"    with json={wanted!r}, status=201",
        "the nearest 3 of 4:",
        f"    3  201  POST {PERSONAS}  {CREATE}  1.2 ms",
        "        ✓ name = 'Ann'",
        "        ✗ role: missing",
        "        ✓ tags.mood = 'calm'",
        "        ✓ status = 201",
        f"    2  409  POST {PERSONAS}  {CREATE}  1.2 ms",
        "        ✓ name = 'Ann'",
        "        ✗ role: expected 'patient', got 'nurse'",
        "        ✗ tags.mood: missing (did you mean 'moods'?)",
        "        ✗ status: expected 201, got 409: There already is one.",
        f"    1  201  POST {PERSONAS}  {CREATE}  1.2 ms",
        "        ✗ name: expected 'Ann', got 'Bob'",
        "        ✗ role: expected 'patient', got 'nurse'",
        "        ✗ tags.mood: missing",
        "        ✓ status = 201",
        "other requests:",
        f"    5  200  GET {PERSONAS}?limit=1  {LIST}  1.2 ms",
        "    6  404  GET /v1/nothing  no operation  1.2 ms",
    ]  # fmt: skip


def test_the_nearest_text_comes_first() -> None:
    """Rule: of texts that differ, the most alike one is the nearest. Source: the README."""
    names = ("Confused patient", "Anne", "Bob", "Zed")
    found = requests(*(sent({"name": name}, n) for n, name in enumerate(names, 1)))
    lines = failure(found, CREATE, json={"name": "Confused patients"}).splitlines()
    assert lines[4] == "        ✗ name: expected 'Confused patients', got 'Confused patient'"


@pytest.mark.parametrize(
    ("expected", "lines"),
    [
        ({"query": {"limit": 6}}, ["✗ query limit: expected 6, got '5'"]),
        ({"query": {"role": "x"}}, ["✗ query role: expected 'x', got ['a', 'b']"]),
        ({"query": {"role": ["a"]}}, ["✗ query role: expected ['a'], got ['a', 'b']"]),
        ({"query": {"creator": "x"}}, ["✗ query creator: missing (did you mean 'creators'?)"]),
        ({"query": {"limit": None, "tag": None}},
         ["✗ query limit: expected nothing, got '5'", "✓ query tag = nothing"]),
        ({"path": {"organization": "x"}}, ["✗ path organization: expected 'x', got 'mock-org'"]),
        ({"user": "x"}, ["✗ user: expected 'x', got 'mock-user'"]),
        ({"status": "5xx"}, ["✗ status: expected 5xx, got 200"]),
    ],
)  # fmt: skip
def test_a_failure_names_every_part(expected: dict[str, Any], lines: list[str]) -> None:
    """Rule: each part says what was expected and what came. Source: the README."""
    found = requests(asked("limit=5&role=a&role=b&creators=x"))
    assert failure(found, LIST, **expected).splitlines()[4:] == [f"        {x}" for x in lines]


@pytest.mark.parametrize(
    ("body", "wanted", "line"),
    [
        ({"tags": []}, {"tags": {"a": "b"}}, "✗ tags: expected {'a': 'b'}, got []"),
        ({"tags": {"a": "b"}}, {"tags": {}}, "✗ tags: expected {}, got {'a': 'b'}"),
        ({"tags": {"a": [1, 2]}}, {"tags": {"a": [1]}},
         "✗ tags.a: expected a list of 1, got 2: [1, 2]"),
        ({"tags": {"a": [1, 2]}}, {"tags": {"a": [1, True]}}, "✗ tags.a[1]: expected True, got 2"),
        ([], {"name": "Ann"}, "✗ json: expected {'name': 'Ann'}, got []"),
        ({"name": "x" * 80}, {"name": "\x1b[31m"},
         f"✗ name: expected '\\x1b[31m', got '{'x' * 58}…"),
        ({"name": "\ud800"}, {"name": "\ud801"}, "✗ name: expected '\\ud801', got '\\ud800'"),
    ],
)  # fmt: skip
def test_a_difference_is_one_short_line_that_can_be_printed(
    body: Any, wanted: Any, line: str
) -> None:
    """Rule: a value is cut, and nothing in it moves the cursor. Source: reports are for people."""
    text = failure(requests(sent(body)), CREATE, json=wanted)
    assert f"        {line}" in text.splitlines()
    text.encode()


def test_the_reason_of_a_422_is_shown() -> None:
    """Rule: a refusal says why. Source: errors of the service's framework."""
    detail = [{"type": "missing", "loc": ["body", "role"], "msg": "Field required", "input": {}}]
    refused = entry(status=422, response_body=json.dumps({"detail": detail}).encode())
    text = failure(requests(refused), CREATE, status=201)
    assert text.endswith("✗ status: expected 201, got 422: body.role: Field required")
    moving = entry(status=503, response_body=json.dumps({"detail": "\x1b[31m\ud800"}).encode())
    assert failure(requests(moving), CREATE, status=201).endswith("got 503: ?[31m?")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b'{"detail":[]}', b'{"detail":[1]}'])
def test_an_answer_without_a_reason_is_no_trouble(body: bytes) -> None:
    """Rule: a fault may answer anything. Source: faults."""
    text = failure(requests(entry(status=503, response_body=body)), CREATE, status=201)
    assert text.endswith("✗ status: expected 201, got 503")


def test_a_wrong_count_shows_the_calls() -> None:
    """Rule: called too often, each call is a line; too seldom, the nearest too. Source: README."""
    found = requests(*(sent({"name": "Ann"}, number) for number in (1, 2, 3)), asked("", number=4))
    line = f"POST {PERSONAS}  {CREATE}  1.2 ms"
    calls = ["these calls:", *(f"    {number}  201  {line}" for number in (1, 2, 3))]
    head = "    with json={'name': 'Ann'}"
    text = failure(found, CREATE, times=1, json={"name": "Ann"})
    assert text.splitlines() == [f"{CREATE} was called 3 times, expected 1", head, *calls]
    text = failure(found, CREATE, times=0, json={"name": "Ann"})
    assert text.splitlines() == [f"{CREATE} was called 3 times, expected none", head, *calls]
    others = ["other requests:", f"    4  200  GET {PERSONAS}  {LIST}  1.2 ms"]
    assert failure(found, CREATE, times=4).splitlines() == [
        f"{CREATE} was called 3 times, expected 4", *calls, *others,
    ]  # fmt: skip
    text = failure(requests(sent({"name": "Ann"}), sent({})), CREATE, times=2, json={"name": "Ann"})
    assert text.startswith(f"{CREATE} was called once, expected 2")
    assert "✗ name: missing" in text


def test_a_failure_stays_short() -> None:
    """Rule: at most 10 other requests, the newest. Source: reports are for people."""
    found = requests(*(asked(f"limit={number}", number=number) for number in range(1, 23)))
    lines = failure(found, CREATE).splitlines()
    assert lines[:3] == [
        f"{CREATE} was not called",
        "other requests:",
        "    ... and 12 more before",
    ]
    assert [line.split()[0] for line in lines[3:]] == [str(number) for number in range(13, 23)]


def test_a_line_fits_the_width() -> None:
    """Rule: what was asked is cut on the left, where the operation says the same. Source: width."""
    long = asked(f"continuation_token=7&tag={'x' * 90}", path=f"{SCENARIOS}search")
    _, _, line = failure(requests(long), CREATE).splitlines()
    assert len(line) == 100
    assert "GET …" in line
    unknown = entry(operation=None, path="/v1/" + "y" * 200)
    _, _, line = failure(requests(unknown), CREATE).splitlines()
    assert len(line) == 100
    assert "POST /v1/yyy" in line
