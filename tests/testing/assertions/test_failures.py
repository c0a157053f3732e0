"""Assertions on requests: the text of a failure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.paths import PERSONAS, SCENARIOS
from tests.testing.assertions.support import (
    CREATE,
    LIST,
    asked,
    entry,
    failure,
    requests,
    sent,
)


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
