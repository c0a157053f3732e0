"""Lines: one a request, for people or for machines, and nothing secret in them."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from amigo_mock.state.access_log import (
    GREEN,
    PLAIN,
    RED,
    YELLOW,
    coloured,
    json_line,
    text_line,
    writer,
)
from amigo_mock.state.requests import Entry


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def no_wishes(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that says nothing about colours."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return monkeypatch


def entry(**changes: Any) -> Entry:
    content: dict[str, Any] = {
        "number": 1,
        "time": 1_700_000_000.0,
        "method": "GET",
        "path": "/v1/mock-org/simulation/persona/",
        "query": "limit=1",
        "operation": "get-simulation-personas",
        "organization": "mock-org",
        "user": "mock-user",
        "status": 200,
        "duration": 1.25,
    }
    return Entry(**{**content, **changes})


def test_a_line_names_operation_status_and_time() -> None:
    """Rule: a line says operation, status and duration. Source: the log's own contract."""
    assert text_line(entry(), colours=False) == "200 get-simulation-personas 1.2 ms"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"operation": None, "status": 404}, "404 GET /v1/mock-org/simulation/persona/ 1.2 ms"),
        ({"dropped": True}, "drop get-simulation-personas 1.2 ms"),
        ({"status": None}, "- get-simulation-personas 1.2 ms"),
        ({"fault": True, "status": 503}, "503 get-simulation-personas 1.2 ms  armed fault"),
        ({"warnings": ["a: b", "c: d"]}, "200 get-simulation-personas 1.2 ms  warning a: b  "),
    ],
)
def test_a_line_names_what_is_out_of_the_ordinary(changes: dict[str, Any], line: str) -> None:
    """Rule: unknown paths, drops, faults and leniencies are said. Source: the log's contract."""
    assert text_line(entry(**changes), colours=False).startswith(line)


@pytest.mark.parametrize(
    ("status", "colour"), [(200, GREEN), (307, GREEN), (404, YELLOW), (503, RED), (None, RED)]
)
def test_a_status_has_the_colour_of_its_class(status: int | None, colour: str) -> None:
    """Rule: green is well, yellow the client's fault, red the server's. Source: the log."""
    assert text_line(entry(status=status), colours=True).startswith(f"{colour}{status or '-'}")
    assert PLAIN in text_line(entry(status=status), colours=True)


@pytest.mark.parametrize(
    ("wishes", "stream", "wanted"),
    [
        ({}, Terminal(), True),
        ({}, io.StringIO(), False),
        ({"NO_COLOR": "1"}, Terminal(), False),
        ({"NO_COLOR": ""}, Terminal(), True),
        ({"FORCE_COLOR": "1"}, io.StringIO(), True),
        ({"FORCE_COLOR": ""}, io.StringIO(), False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, Terminal(), False),
    ],
)
def test_colours_are_for_terminals_and_as_wished(
    no_wishes: pytest.MonkeyPatch, wishes: dict[str, str], stream: io.StringIO, wanted: bool
) -> None:
    """Rule: NO_COLOR before FORCE_COLOR before the terminal; empty is unset.

    Source: no-color.org and force-color.org.
    """
    for name, value in wishes.items():
        no_wishes.setenv(name, value)
    assert coloured(stream) is wanted


@pytest.mark.parametrize("path", ["/a\nb", "/a\rb", "/a\x1b[31mb", "/a\x00b", "/a\x9bb"])
def test_a_path_cannot_write_a_line_of_its_own(path: str) -> None:
    """Rule: a request is one line, whatever its path holds. Source: one line a request."""
    line = text_line(entry(operation=None, path=path), colours=False)
    assert line.isprintable()
    assert json_line(entry(path=path)).isprintable()


def test_a_json_line_is_the_entry_without_its_bodies() -> None:
    """Rule: JSON lines have everything but the bodies. Source: secrets stay out of the log."""
    found = json.loads(json_line(entry(request_body=b"secret", response_body=b"secret")))
    assert found["operation"] == "get-simulation-personas"
    assert (found["status"], found["caller"]) == (200, "mock-org/mock-user")
    assert found["time"] == "2023-11-14T22:13:20Z"
    assert "secret" not in json.dumps(found)


@pytest.mark.parametrize("form", ["text", "json"])
def test_bodies_stay_out_of_every_line(no_wishes: pytest.MonkeyPatch, form: str) -> None:
    """Rule: no line shows a body. Source: secrets stay out of the log."""
    stream = io.StringIO()
    writer(stream, form)(entry(request_body=b"secret", response_body=b"secret"))
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().endswith("\n")
    assert "secret" not in stream.getvalue()


@pytest.mark.parametrize(("form", "has_colours"), [("text", True), ("json", False)])
def test_only_text_is_coloured(no_wishes: pytest.MonkeyPatch, form: str, has_colours: bool) -> None:
    """Rule: JSON is never coloured. Source: JSON lines are for machines."""
    no_wishes.setenv("FORCE_COLOR", "1")
    stream = Terminal()
    writer(stream, form)(entry())
    assert ("\x1b" in stream.getvalue()) is has_colours


def test_a_reader_that_went_away_is_no_error(no_wishes: pytest.MonkeyPatch) -> None:
    """Rule: requests are answered whether or not anybody reads the log. Source: the log."""
    stream = io.StringIO()
    write = writer(stream, "text")
    stream.close()
    write(entry())
