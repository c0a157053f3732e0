"""Journals, and assertions on them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from amigo_mock import MockError
from amigo_mock.resources import CATALOG
from amigo_mock.state.journal import LocalJournal
from amigo_mock.state.redaction import redact
from amigo_mock.state.requests import Entry, Requests
from amigo_mock.testing.assertions import assert_called
from tests.support.bodies import persona
from tests.support.paths import PERSONAS

NAMES = frozenset(operation.id for operation in CATALOG.all())

BY_ID = {operation.id: operation for operation in CATALOG.all()}

CREATE, LIST = "create-simulation-persona", "get-simulation-personas"

UPDATE, VERSIONS = "update-simulation-persona", "get-simulation-persona-versions"

ID = "0123456789abcdef01234567"


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
    """Assert both that it was called and that it was not, and tell which one holds."""
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


def cut(size: int, **changes: Any) -> Requests:
    body = json.dumps(persona("Ann", **changes)).encode()
    return requests(entry(request_body=LocalJournal(1, size, ()).keep(body)))
