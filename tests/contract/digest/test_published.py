"""The command `digest`, and the published contract."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from amigo_mock.commands.digest import digest_command
from amigo_mock.contract.catalogue import PUBLISHED
from amigo_mock.contract.digest import digest
from tests.contract.digest.support import FIXTURE, _members, document, published


def test_the_command_prints_the_digest_with_its_origin(tmp_path: Path) -> None:
    """A committed digest must tell which edition of which document it was made from."""
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(document()))
    out = io.StringIO()
    assert digest_command(file, out, source="ours") == 0
    printed = json.loads(out.getvalue())
    assert printed.pop("provenance") == {
        "info_version": "1",
        "operations": 1,
        "regenerate": "amigo-mock digest contract.json",
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "source": "ours",
    }
    assert printed == digest(document())


def test_the_command_prints_one_fact_a_line_and_a_last_line_break(tmp_path: Path) -> None:
    """The digest is diffed by line, and a text file ends with a line break."""
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(document()))
    out = io.StringIO()
    digest_command(file, out)
    printed = json.loads(out.getvalue())
    assert printed["provenance"]["source"] == "contract.json"
    assert out.getvalue() == json.dumps(printed, indent=1, sort_keys=True) + "\n"


def test_the_committed_digest_tells_its_origin() -> None:
    """The digest is of the document in the official Python SDK 2.5.0, which anyone can fetch."""
    provenance = published()["provenance"]
    assert "amigo_sdk 2.5.0" in provenance["source"]
    assert provenance["info_version"] == "0.1.0"
    assert provenance["operations"] == 116
    assert provenance["sha256"].startswith("1b8b5efa")
    assert FIXTURE.read_text() == json.dumps(published(), indent=1, sort_keys=True) + "\n"


def test_the_published_contract_has_116_operations() -> None:
    """The published document has 116 operations, on as many pairs of method and path."""
    operations = published()["operations"]
    assert len(operations) == 116
    assert len({(each["method"], each["path"]) for each in operations.values()}) == 116


def test_the_table_of_operations_is_that_of_the_contract() -> None:
    """`PUBLISHED` is written out for readers; the digest is the evidence for it."""
    operations = published()["operations"]
    facts = {
        (name, each["method"], each["path"], frozenset(map(int, each["responses"])))
        for name, each in operations.items()
    }
    table = [(row.id, row.method, row.path, frozenset(row.statuses)) for row in PUBLISHED]
    assert set(table) == facts
    assert len(table) == len(facts)


def test_the_first_status_of_an_operation_is_its_success() -> None:
    """The table has it so, in place of a column of its own; the other statuses are errors."""
    for row in PUBLISHED:
        assert row.success < 300
        assert min(row.statuses[1:]) >= 400


def test_the_table_is_in_the_documents_order() -> None:
    """The published document starts with organizations and ends with tools."""
    first = PUBLISHED[0]
    assert (first.id, first.method, first.path) == (
        "get-organization",
        "GET",
        "/v1/{organization}/organization/",
    )
    assert PUBLISHED[-1].id == "search-tool-invocations"


def test_facts_of_creating_a_persona() -> None:
    """As the personas reference states them: status, limit, permissions, required fields, tags."""
    found = published()["operations"]["create-simulation-persona"]
    assert found["rate_limit"] == {"limit": 100, "window": 60}
    assert found["permissions"] == [
        "Simulation:CreateSimulationPersona",
        "Simulation:ModifySimulationPersona",
    ]
    assert found["responses"].keys() == {"201", "401", "403", "404", "409", "422", "429", "503"}
    body = found["request"]["content"]["application/json"]
    assert body["required"] == ["initial_version", "name", "role", "tags"]
    tags = body["properties"]["tags"]
    assert tags["maxProperties"] == 20
    assert tags["propertyNames"] == {"type": "string", "minLength": 1, "pattern": r"^[\w\s]+$"}


def test_facts_of_a_persona_version() -> None:
    """The published document enumerates 7,910 languages and 599 time zones."""
    found = published()["operations"]["create-simulation-persona-version"]
    properties = found["request"]["content"]["application/json"]["properties"]
    counts = {
        name: [
            alternative["enum"]["count"]
            for alternative in properties[name]["anyOf"]
            if "enum" in alternative
        ]
        for name in ("preferred_language", "timezone")
    }
    assert counts == {"preferred_language": [7910], "timezone": [599]}


def test_limits_and_permissions_of_the_published_contract() -> None:
    """All but two operations publish a limit, two of them in the singular; 103 name permissions."""
    operations = published()["operations"]
    unlimited = {name for name, each in operations.items() if "rate_limit" not in each}
    assert unlimited == {"get-organization", "sign-in-with-email"}
    assert operations["test-tool"]["rate_limit"]["limit"] == 1
    assert operations["retrieve-message-source"]["rate_limit"]["limit"] == 30
    assert operations["sign-in-with-api-key"]["rate_limit"]["limit"] == 5
    assert sum("permissions" in each for each in operations.values()) == 103


def test_the_committed_digest_holds_facts_and_no_sentence() -> None:
    """The published prose is not ours to copy: no text in the digest has four words."""
    facts = published()
    del facts["provenance"]
    texts = [text for text in _texts(facts) if not text.startswith(("^", "/v1/", "http"))]
    assert [text for text in texts if text.count(" ") > 2] == []


def test_properties_named_like_prose_survive() -> None:
    """Unit tests have a `description` in the API; dropping prose must not drop the property."""
    body = published()["operations"]["create-simulation-unit-test"]["request"]["content"]
    assert "type" in body["application/json"]["properties"]["description"]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for member in _members(value):
            yield from _texts(list(member))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from _texts(value[index])
    elif isinstance(value, str):
        yield value
