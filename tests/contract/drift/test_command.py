"""The command `drift`."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from amigo_mock.commands.drift import drift_command
from amigo_mock.contract.digest import digest
from amigo_mock.contract.document import ContractError
from amigo_mock.contract.drift import drift
from tests.contract.drift.support import PUBLISHED, Json, changed

DOCUMENT: Json = {
    "openapi": "3.1.0",
    "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {}}}}},
}


def _with_status(document: Json, status: str) -> Json:
    return changed(document, ("paths", "/a", "get", "responses", status), {})


@pytest.mark.parametrize("digested", [(False, False), (True, False), (False, True), (True, True)])
def test_the_command_takes_documents_and_digests(
    tmp_path: Path, digested: tuple[bool, bool]
) -> None:
    """The published side is a committed digest, ours a document just made, or any other pair."""
    files: list[Path] = []
    for number, (whether, status) in enumerate(zip(digested, ("404", "409"), strict=True)):
        whole = _with_status(DOCUMENT, status)
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(json.dumps(digest(whole) if whether else whole))
    out = io.StringIO()
    assert drift_command(files[0], files[1], out) == 1
    assert out.getvalue().splitlines() == [
        "a responses.404: published {}, ours absent",
        "a responses.409: published absent, ours {}",
        "2 differences",
    ]


def test_the_command_tells_of_new_operations(tmp_path: Path) -> None:
    """Between two editions of a contract, an operation added is news as much as one removed."""
    added = changed(DOCUMENT, ("paths", "/b"), {"put": {"operationId": "b", "responses": {}}})
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(DOCUMENT))
    new.write_text(json.dumps(added))
    out = io.StringIO()
    assert drift_command(old, new, out) == 1
    assert out.getvalue() == 'b operation: published absent, ours "PUT /b"\n1 difference\n'


def test_the_command_says_so_when_nothing_differs(tmp_path: Path) -> None:
    """Silence could also mean that nothing was compared."""
    old, new = tmp_path / "old.json", tmp_path / "new.yaml"
    old.write_text(json.dumps(DOCUMENT))
    new.write_text("openapi: 3.1.0\npaths: {/a: {get: {operationId: a, responses: {200: {}}}}}\n")
    out = io.StringIO()
    assert drift_command(old, new, out) == 0
    assert out.getvalue() == "no differences\n"


@pytest.mark.parametrize("position", [0, 1])
def test_the_command_names_the_file_that_will_not_do(tmp_path: Path, position: int) -> None:
    """With two files given, the message must tell which of them is wrong."""
    files = [tmp_path / "old.json", tmp_path / "new.json"]
    for file in files:
        file.write_text(json.dumps(DOCUMENT))
    files[position].write_text("{}")
    with pytest.raises(ContractError, match=f"{files[position].name}: is not an OpenAPI 3.x"):
        drift_command(files[0], files[1], io.StringIO())


Change: TypeAlias = Callable[[Json], Any]


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one["responses"].pop("409"),
        lambda one: one["rate_limit"].update(limit=99),
        lambda one: one["permissions"].pop(),
        lambda one: one["parameters"]["header"].pop("x-mongo-cluster-name"),
        lambda one: one["request"]["content"]["application/json"]["properties"]["tags"].pop(
            "maxProperties"
        ),
    ],
)
def test_a_change_of_the_persona_contract_is_one_difference(change: Change) -> None:
    """The facts that the personas reference states are each guarded by a difference."""
    twin = copy.deepcopy(PUBLISHED)
    change(twin["operations"]["create-simulation-persona"])
    found = drift(PUBLISHED, twin)
    assert [each.operation for each in found] == ["create-simulation-persona"]
