"""Documents and files that are no contract."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from amigo_mock.commands.digest import digest_command
from amigo_mock.contract.digest import digest
from amigo_mock.contract.document import ContractError, load
from tests.contract.digest.support import Json, document


def _twins() -> Json:
    whole = document()
    whole["paths"]["/again"] = {"get": {"operationId": "do", "responses": {}}}
    return whole


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({}, "is not an OpenAPI 3.x document"),
        ({"swagger": "2.0", "paths": {}}, "is not an OpenAPI 3.x document"),
        ({"openapi": "3.1.0"}, "it must have `paths`"),
        (digest(document()), "is a digest already"),
        (_twins(), "two operations are called 'do'"),
        (document({"$ref": "#/components/schemas/None"}), "do: the reference .* points at nothing"),
        (document({"$ref": "other.json#/A"}), "do: the reference .* leaves the document"),
        (document({"items": 3}), "do: the schema at items is not an object"),
        (document({"anyOf": 3}), "do: anyOf is not a list"),
        (document({"required": True}), "do: required is not a list"),
        (document({"dependentRequired": {"a": "b"}}), "do: dependentRequired is not a list"),
        (document({"properties": []}), "do: properties is not an object"),
        (document({"$ref": "#/paths/0/1"}), "points at nothing"),
        (document({"$ref": "#/paths/~1do~1{thing}/post/x/1"}, x=[{}]), "points at nothing"),
        (document(parameters={}), "do: parameters is not a list"),
        (document(**{"x-rate-limit": {"limit": 0, "window": 60}}), "limit of x-rate-limit"),
        (document(**{"x-rate-limit": {"limit": 5}}), "window of x-rate-limit"),
        (document(**{"x-rate-limit": {"limit": True, "window": 60}}), "limit of x-rate-limit"),
    ],
)
def test_a_document_that_cannot_be_a_contract_is_refused(broken: Json, message: str) -> None:
    """A contract that is silently misread is a check that cannot fail, so each flaw is told."""
    with pytest.raises(ContractError, match=message):
        digest(broken)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("contract.json", b"{", "is not JSON"),
        ("contract.json", b'{"a": "\xff"}', "is not JSON"),
        ("contract.json", b"[]", "holds no JSON object"),
        ("contract.yaml", b"a: [", "is not YAML"),
        ("contract.YML", b"- a", "holds no YAML object"),
        ("contract.json", b'{"openapi": "2.0"}', "is not an OpenAPI 3.x document"),
    ],
)
def test_a_file_that_will_not_do_is_named(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    """Who runs the command must learn in one sentence which file is wrong, and how."""
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ContractError, match=message) as caught:
        digest_command(file, io.StringIO())
    text = str(caught.value)
    assert text.startswith(f"{file}: ")
    assert text.endswith(".")
    assert "\n" not in text


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    """A mistyped path is the commonest mistake; the message says what to give instead."""
    with pytest.raises(ContractError, match=r"none\.json: there is no such file; give the path"):
        load(tmp_path / "none.json")
    with pytest.raises(ContractError, match=r"cannot be read .*; give the path"):
        load(tmp_path)


def test_yaml_says_what_the_same_json_says(tmp_path: Path) -> None:
    """OpenAPI prescribes YAML 1.2's JSON schema: `yes` is a text, a date is a text, 200 a key."""
    file = tmp_path / "contract.yaml"
    file.write_text(
        "openapi: 3.1.0\n"
        "paths:\n"
        "  /do:\n"
        "    get:\n"
        "      operationId: do\n"
        "      parameters:\n"
        "        - {name: language, in: query, schema: {enum: [eng, yes, no], default: yes}}\n"
        "        - {name: day, in: query, schema: {default: 2020-01-01}}\n"
        "        - {name: share, in: query, schema: {default: 0.5, nullable: true, type: number}}\n"
        "        - {name: empty, in: query, schema: {default: null}}\n"
        "        - {name: time, in: query, schema: {default: 12:30}}\n"
        "      responses:\n"
        "        200: {description: fine}\n"
    )
    found = digest(load(file))["operations"]["do"]
    query = {name: fact["schema"] for name, fact in found["parameters"]["query"].items()}
    assert query == {
        "language": {"type": "string", "enum": ["eng", "no", "yes"], "default": "yes"},
        "day": {"default": "2020-01-01"},
        "share": {"anyOf": [{"type": "null"}, {"type": "number"}], "default": 0.5},
        "empty": {"default": None},
        "time": {"default": "12:30"},
    }
    assert found["responses"] == {"200": {}}
