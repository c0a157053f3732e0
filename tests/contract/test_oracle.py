"""Our strict document against the published one: no difference but those that are meant."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from amigo_mock.contract.difference import Difference, unexplained
from amigo_mock.contract.digest import digest
from amigo_mock.contract.document import load
from amigo_mock.contract.drift import DOCUMENT, drift
from amigo_mock.operations import openapi
from amigo_mock.operations.operation import Operation
from amigo_mock.resources import CATALOG
from tests.contract.accepted import PER_OPERATION, WHOLE_DOCUMENT

FIXTURE = Path(__file__).parents[2] / "fixtures" / "published.json"


@cache
def published() -> dict[str, Any]:
    return load(FIXTURE)


@cache
def ours() -> dict[str, Any]:
    return digest(openapi.document(CATALOG.all(), "amigo-mock", strict=True))


def of(operation: str) -> list[Difference]:
    asked = [known.id for known in CATALOG.all()]
    found = drift(published(), ours(), asked)
    return [each for each in found if each.operation == operation]


@pytest.mark.parametrize("operation", CATALOG.all(), ids=lambda operation: operation.id)
def test_an_operation_is_declared_as_it_is_published(operation: Operation) -> None:
    """Rule: path, parameters, body, answers, statuses, permissions and limit are the published
    ones. Source: published document.
    """
    left, _ = unexplained(of(operation.id), PER_OPERATION)
    assert [str(found) for found in left] == []


def test_the_document_as_a_whole_is_as_published() -> None:
    """Rule: OpenAPI version and security schemes are the published ones. Source: published
    document.
    """
    left, stale = unexplained(of(DOCUMENT), WHOLE_DOCUMENT)
    assert [str(found) for found in left] == []
    assert [rule.where for rule in stale] == []


def test_nothing_is_accepted_that_is_not_there() -> None:
    """Rule: an accepted difference that is gone has no line any more, or its return would go
    unseen. Source: assumption: a list of exceptions is kept short.
    """
    found = [each for operation in CATALOG.all() for each in of(operation.id)]
    _, stale = unexplained(found, PER_OPERATION)
    assert [rule.where for rule in stale] == []


def test_no_operation_is_invented() -> None:
    """Rule: whatever is emulated is one of the published operations. Source: published document."""
    assert ours()["operations"].keys() <= published()["operations"].keys()


@pytest.mark.parametrize(
    ("where", "instead"),
    [
        (("parameters", "query", "limit", "schema", "maximum"), 51),
        (("parameters", "query", "limit", "schema", "default"), 49),
        (("parameters", "query", "id", "schema", "items", "pattern"), "^[a-f0-9]{23}$"),
        (("parameters", "path", "organization", "required"), False),
        (("rate_limit", "limit"), 51),
        (("permissions",), ["Simulation:GetSimulationPersonas"]),
        (("responses", "418"), {}),
        (("method",), "PUT"),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else None,
)
def test_a_mistake_would_be_seen(where: tuple[str, ...], instead: Any) -> None:
    """Rule: no accepted difference is so wide that a wrong bound, name or status hides behind it.
    Source: assumption: a check that cannot fail is none.
    """
    broken = digest(openapi.document(CATALOG.all(), "amigo-mock", strict=True))
    node = broken["operations"]["get-simulation-personas"]
    for part in where[:-1]:
        node = node[part]
    node[where[-1]] = instead
    found = drift(published(), broken, ["get-simulation-personas"])
    left, _ = unexplained(found, (*PER_OPERATION, *WHOLE_DOCUMENT))
    before, _ = unexplained(of("get-simulation-personas"), PER_OPERATION)
    assert set(map(str, left)) - set(map(str, before))
