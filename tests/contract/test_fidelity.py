"""Leniencies: the fake is kinder than the contract exactly as the table says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import PydanticCustomError

from amigo_mock import AmigoMock
from amigo_mock.contract.assumptions import SORT_FIELD
from amigo_mock.contract.fidelity import (
    Assumption,
    Lenient,
    Strictness,
    note_absent,
    relaxed,
)
from amigo_mock.resources import CATALOG
from amigo_mock.world.records.simulation.personas import VERSION_VARIABLES
from tests.support.bodies import persona, persona_version
from tests.support.paths import METRICS, PERSONAS

HEADER = "x-amigo-mock-warning"

LEAN = persona(initial_version={"background": "Calls for the first time."})
FULL = persona(initial_version=persona_version())
SPELT: dict[str, object] = {
    "name": "Patience",
    "applied_to_services": [],
    "additional_notes": None,
    "tags": {},
    "initial_version_metric_value": {
        "description": "How patient.",
        "metric_value": {"type": "numerical", "lower_bound": "0", "upper_bound": 1},
    },
}


class Inner(BaseModel):
    word: Annotated[str, Field(min_length=2), Lenient(VERSION_VARIABLES, lambda: "??")]


class Outer(BaseModel):
    inner: Inner


def test_each_entry_has_an_id_of_its_own() -> None:
    """Rule: an id names one thing. Source: the warning header begins with it."""
    ids = [one.id for one in CATALOG.leniencies()] + [one.id for one in CATALOG.assumptions()]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z-]+", id) for id in ids)


@pytest.mark.parametrize("assumption", CATALOG.assumptions(), ids=lambda assumption: assumption.id)
def test_each_assumption_names_a_test_that_pins_it(assumption: Assumption) -> None:
    """Rule: the named test exists. Source: the table."""
    path, _, name = assumption.test.partition("::")
    assert f"\ndef {name}(" in (Path(__file__).parents[1] / path).read_text()


@pytest.mark.parametrize(
    ("leniency", "request_"),
    [
        ("version-variables", ("POST", PERSONAS, LEAN)),
        ("sort-field", ("GET", f"{PERSONAS}?sort_by=%2Bname", None)),
        ("sort-field", ("GET", f"{PERSONAS}?sort_by=-created_at", None)),
        ("repeated-value", ("GET", f"{PERSONAS}?role=patient&role=patient", None)),
        ("unencoded-plus", ("GET", f"{PERSONAS}?sort_by=+updated_at", None)),
        ("spelt-value", ("POST", METRICS, SPELT)),
    ],
)
def test_a_leniency_warns_and_strict_refuses(
    mock: AmigoMock, strict: AmigoMock, leniency: str, request_: tuple[str, str, object]
) -> None:
    """Rule: let pass with a warning in header and journal; a 422 in strict mode. Source: table."""
    method, path, body = request_
    with mock.client() as client, strict.client() as strict_client:
        kind = client.request(method, path, json=body)
        firm = strict_client.request(method, path, json=body)
    assert kind.status_code in (200, 201)
    assert kind.headers[HEADER].startswith(f"{leniency}: ")
    assert mock.requests[-1].warnings == [kind.headers[HEADER]]
    assert firm.status_code == 422
    assert HEADER not in firm.headers


def test_every_leniency_is_exercised_above() -> None:
    """Rule: no line of the table without a request that needs it. Source: the table."""
    marks = test_a_leniency_warns_and_strict_refuses.pytestmark  # type: ignore[attr-defined]
    assert {case[0] for case in marks[0].args[1]} == {
        leniency.id for leniency in CATALOG.leniencies()
    }


def test_what_the_contract_asks_for_passes_without_a_warning(
    mock: AmigoMock, strict: AmigoMock
) -> None:
    """Rule: no warning without a reason. Source: the published document."""
    for fake in (mock, strict):
        with fake.client() as client:
            created = client.post(PERSONAS, json=FULL)
            listed = client.get(f"{PERSONAS}?sort_by=-updated_at&role=patient&role=nurse")
        assert (created.status_code, listed.status_code) == (201, 200)
        assert HEADER not in created.headers
        assert HEADER not in listed.headers


def test_strict_names_the_missing_fields(strict: AmigoMock) -> None:
    """Rule: the 422 is the one that the contract's required fields give. Source: published."""
    with strict.client() as client:
        detail = client.post(PERSONAS, json=LEAN).json()["detail"]
    assert [(error["type"], error["loc"]) for error in detail] == [
        ("missing", ["body", "initial_version", "user_models"]),
        ("missing", ["body", "initial_version", "nonsensitive_user_variables"]),
        ("missing", ["body", "initial_version", "sensitive_user_variables"]),
    ]


def test_a_refused_request_still_says_what_it_was_let_off_with(mock: AmigoMock) -> None:
    """Rule: a 409 after a lenient validation carries the warning too. Source: the table."""
    with mock.client() as client:
        client.post(PERSONAS, json=FULL)
        refused = client.post(PERSONAS, json=LEAN)
    assert refused.status_code == 409
    assert refused.headers[HEADER].startswith("version-variables: ")


def test_relaxing_changes_nothing_but_what_is_marked() -> None:
    """Rule: a relaxed model has defaults where `Lenient` stands, at any depth; no other change."""
    loose = relaxed(Outer)
    assert loose.model_validate({"inner": {}}).model_dump() == {"inner": {"word": "??"}}
    with pytest.raises(ValidationError, match="at least 2"):
        loose.model_validate({"inner": {"word": "x"}})
    with pytest.raises(ValidationError, match="Field required"):
        loose.model_validate({})
    with pytest.raises(ValidationError, match="Field required"):
        Outer.model_validate({"inner": {}})
    assert issubclass(loose, Outer)


def test_an_absent_field_is_noted_once() -> None:
    """Rule: a warning stands once in an answer, however often it applies. Source: the header."""
    strictness = Strictness(strict=False)
    for _ in range(2):
        note_absent(relaxed(Outer).model_validate({"inner": {}}), strictness)
    assert len(strictness.warnings) == 1
    with pytest.raises(PydanticCustomError):
        Strictness(strict=True).allow(SORT_FIELD)
