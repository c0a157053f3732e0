"""The report on permissions."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.errors import MockError
from amigo_mock.resources import CATALOG
from amigo_mock.testing.reports.permissions import PermissionUse
from tests.testing.reports.permissions.support import YOU, Fed, everything, run, some


def test_parts_of_a_run_add_up(
    mock: AmigoMock, client: httpx2.Client, you: httpx2.Client, fed: Fed
) -> None:
    """Rule: whichever worker ran which test, the whole is the same. Source: permissions."""
    some(client, you, fed)
    where = dict(zip((1, 2, 3, 4, 5), "aabbc", strict=True))
    whole = PermissionUse(CATALOG.all())
    for test in "abc":
        part = PermissionUse(CATALOG.all())
        for entry in mock.requests:
            if where[entry.number] == test:
                part.add(test, entry)
        whole.merge(PermissionUse.of(CATALOG.all(), json.loads(json.dumps(part.json()))))
    assert whole.json() == fed.grants.json()
    assert whole.text(tests=True) == fed.grants.text(tests=True)


@pytest.mark.parametrize("width", [80, 100])
def test_the_text_fits(client: httpx2.Client, you: httpx2.Client, fed: Fed, width: int) -> None:
    """Rule: no line is wider than asked; each test has its needs. Source: the terminal."""
    everything(client)
    some(client, you, fed)
    lines = fed.grants.text(width, tests=True).splitlines()
    assert max(map(len, lines)) <= width
    assert lines[0] == "permissions: 30 of 30 would have been enough"
    assert f"role of {YOU}" in lines
    assert lines[lines.index("  c") + 1].strip() == "none"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"report": "rate-limits", "format": 1}, "no permissions report"),
        ({"report": "permissions", "format": 1}, "report is broken"),
        ({"report": "permissions", "format": 1, "tests": {"a": {"b": {}}}}, "report is broken"),
        (
            {
                "report": "permissions",
                "format": 1,
                "tests": {"a": {"b": {"needed": {"x": []}, "refused": {}}}},
            },
            "unknown operation 'x'",
        ),
    ],
)
def test_another_document_is_refused(document: dict[str, Any], told: str) -> None:
    """Rule: one sentence says what is wrong with it. Source: the house's own rules."""
    with pytest.raises(MockError, match=told):
        PermissionUse.of(CATALOG.all(), document)


def test_what_is_about_another_operation_is_not_merged() -> None:
    """Rule: an unknown operation is refused, and nothing is half done. Source: the house."""
    grants, _ = run(everything)
    few = PermissionUse(CATALOG.all()[:2])
    with pytest.raises(MockError, match="unknown operation"):
        few.merge(grants)
    assert few.tests == []
