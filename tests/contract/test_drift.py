"""What `drift` reports: every difference between two digests, once, and nothing else."""

import copy
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock.commands.drift import drift_command
from amigo_mock.contract import (
    ABSENT,
    Accepted,
    ContractError,
    Difference,
    digest,
    drift,
    load,
    unexplained,
)

Json: TypeAlias = dict[str, Any]
Way: TypeAlias = tuple[str | int, ...]

PUBLISHED = load(Path(__file__).parents[2] / "fixtures" / "published.json")

KINDS = {
    "discriminator": {"propertyName": "kind"},
    "oneOf": [
        {"type": "object", "properties": {"kind": {"const": "text"}, "text": {"maxLength": 5}}},
        {"type": "object", "properties": {"kind": {"const": "event"}}},
    ],
}

#: A contract with one of everything, so that each kind of difference can be made in it.
CONTRACT = digest(
    {
        "openapi": "3.1.0",
        "servers": [{"url": "https://api.example"}],
        "security": [{"Bearer": []}],
        "components": {
            "securitySchemes": {
                "Bearer": {"type": "http", "scheme": "bearer"},
                "Org": {"type": "apiKey", "in": "header", "name": "X-ORG-ID"},
            }
        },
        "paths": {
            "/thing": {
                "get": {
                    "operationId": "get-things",
                    "tags": ["Thing"],
                    "x-permissions": ["Thing:GetThing", "Thing:GetMore"],
                    "x-rate-limit": {"limit": 50, "window": 60},
                    "parameters": [
                        {
                            "name": "limit",
                            "in": "query",
                            "schema": {"type": "integer", "maximum": 50, "default": 0},
                        },
                        {
                            "name": "X-Org",
                            "in": "header",
                            "schema": {"type": ["string", "null"], "minLength": 1},
                        },
                    ],
                    "responses": {
                        "200": {
                            "headers": {"X-RateLimit-Limit": {}, "X-RateLimit-Reset": {}},
                            "content": {
                                "application/json": {
                                    "schema": {
                                        "type": "object",
                                        "required": ["has_more", "things"],
                                        "properties": {
                                            "has_more": {"type": "boolean"},
                                            "things": {"type": "array", "items": KINDS},
                                        },
                                    }
                                },
                                "application/x-ndjson": {"schema": {"type": "object"}},
                            },
                        },
                        "404": {},
                    },
                },
                "post": {
                    "operationId": "create-thing",
                    "deprecated": True,
                    "security": [],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "additionalProperties": False,
                                    "required": ["name"],
                                    "properties": {
                                        "name": {"type": "string", "pattern": "^a"},
                                        "role": {"enum": ["agent", "patient"]},
                                        "kind": {"const": "thing"},
                                        "language": {"enum": [f"l{n}" for n in range(60)]},
                                        "pair": {
                                            "prefixItems": [{"type": "string"}, {"minimum": 1}]
                                        },
                                        "code": {
                                            "minLength": 2,
                                            "anyOf": [{"pattern": "^a"}, {"pattern": "b$"}],
                                        },
                                        "both": {"allOf": [{"minimum": 1}, {"minimum": 2}]},
                                    },
                                }
                            }
                        },
                    },
                    "responses": {"201": {}},
                },
            }
        },
    }
)

GET: Way = ("operations", "get-things")
POST: Way = ("operations", "create-thing")
ANSWER: Way = (*GET, "responses", "200", "content", "application/json")
ITEMS: Way = (*ANSWER, "properties", "things", "items")
BODY: Way = (*POST, "request", "content", "application/json")
FIELDS: Way = (*BODY, "properties")
QUERY: Way = (*GET, "parameters", "query")

REMOVED = object()

# How the contract is changed, and the one difference that makes:
# the way to a member, its new value, the place told, and the two values told.
CHANGES: dict[str, tuple[Way, Any, str, Any, Any]] = {
    "another version of OpenAPI": (("openapi",), "3.0.3", "document openapi", "3.1.0", "3.0.3"),
    "another server": (
        ("servers",),
        ["https://api.example", "http://localhost"],
        "document servers.http://localhost",
        ABSENT,
        "http://localhost",
    ),
    "another way in": (("security",), [], "document security", [{"Bearer": []}], []),
    "a security scheme missing": (
        ("security_schemes", "Org"),
        REMOVED,
        "document security_schemes.Org",
        {"type": "apiKey", "in": "header", "name": "x-org-id"},
        ABSENT,
    ),
    "a security scheme changed": (
        ("security_schemes", "Org", "name"),
        "x-organization",
        "document security_schemes.Org.name",
        "x-org-id",
        "x-organization",
    ),
    "an operation missing": (POST, REMOVED, "create-thing operation", "POST /thing", ABSENT),
    "a method": ((*POST, "method"), "PUT", "create-thing method", "POST", "PUT"),
    "a path": ((*POST, "path"), "/thing/", "create-thing path", "/thing", "/thing/"),
    "a deprecation": ((*POST, "deprecated"), REMOVED, "create-thing deprecated", True, ABSENT),
    "a tag": ((*GET, "tags"), [], "get-things tags.Thing", "Thing", ABSENT),
    "security lifted": ((*GET, "security"), [], "get-things security", ABSENT, []),
    "security no longer lifted": (
        (*POST, "security"),
        REMOVED,
        "create-thing security",
        [],
        ABSENT,
    ),
    "a permission missing": (
        (*GET, "permissions"),
        ["Thing:GetMore"],
        "get-things permissions.Thing:GetThing",
        "Thing:GetThing",
        ABSENT,
    ),
    "a permission too many": (
        (*POST, "permissions"),
        ["Thing:CreateThing"],
        "create-thing permissions.Thing:CreateThing",
        ABSENT,
        "Thing:CreateThing",
    ),
    "a rate limit": (
        (*GET, "rate_limit", "limit"),
        5,
        "get-things rate_limit",
        {"limit": 50, "window": 60},
        {"limit": 5, "window": 60},
    ),
    "a parameter missing": (
        (*QUERY, "limit"),
        REMOVED,
        "get-things query.limit",
        {"required": False, "schema": {"type": "integer", "maximum": 50, "default": 0}},
        ABSENT,
    ),
    "a parameter too many": (
        (*GET, "parameters", "path"),
        {"id": {"required": True, "schema": {}}},
        "get-things path.id",
        ABSENT,
        {"required": True, "schema": {}},
    ),
    "a parameter required": (
        (*QUERY, "limit", "required"),
        True,
        "get-things query.limit.required",
        False,
        True,
    ),
    "how a parameter is written": (
        (*QUERY, "limit", "explode"),
        False,
        "get-things query.limit.explode",
        ABSENT,
        False,
    ),
    "a bound": (
        (*QUERY, "limit", "schema", "maximum"),
        20,
        "get-things query.limit.maximum",
        50,
        20,
    ),
    "a default": (
        (*QUERY, "limit", "schema", "default"),
        False,
        "get-things query.limit.default",
        0,
        False,
    ),
    "no default any more": (
        (*QUERY, "limit", "schema", "default"),
        REMOVED,
        "get-things query.limit.default",
        0,
        ABSENT,
    ),
    "no longer null": (
        (*GET, "parameters", "header", "x-org", "schema"),
        {"type": "string", "minLength": 1},
        "get-things header.x-org.anyOf(null)",
        {"type": "null"},
        ABSENT,
    ),
    "null as well": (
        (*FIELDS, "name"),
        {"anyOf": [{"pattern": "^a", "type": "string"}, {"type": "null"}]},
        "create-thing request.body.properties.name.anyOf(null)",
        ABSENT,
        {"type": "null"},
    ),
    "a choice beside another demand": (
        (*FIELDS, "code", "anyOf"),
        REMOVED,
        "create-thing request.body.properties.code.anyOf",
        [{"pattern": "^a"}, {"pattern": "b$"}],
        ABSENT,
    ),
    "a demand of one alternative": (
        (*GET, "parameters", "header", "x-org", "schema", "anyOf", 0, "minLength"),
        2,
        "get-things header.x-org.anyOf(string).minLength",
        1,
        2,
    ),
    "a request body missing": (
        (*POST, "request"),
        REMOVED,
        "create-thing request",
        CONTRACT["operations"]["create-thing"]["request"],
        ABSENT,
    ),
    "an optional request body": (
        (*POST, "request", "required"),
        False,
        "create-thing request.required",
        True,
        False,
    ),
    "a content type missing": (
        (*GET, "responses", "200", "content", "application/x-ndjson"),
        REMOVED,
        "get-things responses.200.body(application/x-ndjson)",
        {"type": "object"},
        ABSENT,
    ),
    "a status missing": (
        (*GET, "responses", "404"),
        REMOVED,
        "get-things responses.404",
        {},
        ABSENT,
    ),
    "a status too many": ((*GET, "responses", "429"), {}, "get-things responses.429", ABSENT, {}),
    "a response header missing": (
        (*GET, "responses", "200", "headers"),
        ["x-ratelimit-limit"],
        "get-things responses.200.headers.x-ratelimit-reset",
        "x-ratelimit-reset",
        ABSENT,
    ),
    "a property missing": (
        (*ANSWER, "properties", "has_more"),
        REMOVED,
        "get-things responses.200.body.properties.has_more",
        {"type": "boolean"},
        ABSENT,
    ),
    "a property of another type": (
        (*ANSWER, "properties", "has_more", "type"),
        "string",
        "get-things responses.200.body.properties.has_more.type",
        "boolean",
        "string",
    ),
    "a property no longer required": (
        (*BODY, "required"),
        REMOVED,
        "create-thing request.body.required.name",
        "name",
        ABSENT,
    ),
    "a property newly required": (
        (*BODY, "required"),
        ["kind", "name"],
        "create-thing request.body.required.kind",
        ABSENT,
        "kind",
    ),
    "an open object": (
        (*BODY, "additionalProperties"),
        REMOVED,
        "create-thing request.body.additionalProperties",
        False,
        ABSENT,
    ),
    "a pattern": (
        (*FIELDS, "name", "pattern"),
        "^b",
        "create-thing request.body.properties.name.pattern",
        "^a",
        "^b",
    ),
    "a value missing": (
        (*FIELDS, "role"),
        {"type": "string", "const": "patient"},
        "create-thing request.body.properties.role.enum.agent",
        "agent",
        ABSENT,
    ),
    "a value too many": (
        (*FIELDS, "kind"),
        {"type": "string", "enum": ["idea", "thing"]},
        "create-thing request.body.properties.kind.enum.idea",
        ABSENT,
        "idea",
    ),
    "a constant": (
        (*FIELDS, "kind", "const"),
        "idea",
        "create-thing request.body.properties.kind.const",
        "thing",
        "idea",
    ),
    "any value": (
        (*FIELDS, "role", "enum"),
        REMOVED,
        "create-thing request.body.properties.role.enum",
        ["agent", "patient"],
        ABSENT,
    ),
    "another long enumeration": (
        (*FIELDS, "language", "enum"),
        {"count": 61, "sha256": "0"},
        "create-thing request.body.properties.language.enum",
        CONTRACT["operations"]["create-thing"]["request"]["content"]["application/json"][
            "properties"
        ]["language"]["enum"],
        {"count": 61, "sha256": "0"},
    ),
    "a place in a tuple": (
        (*FIELDS, "pair", "prefixItems", 1, "minimum"),
        2,
        "create-thing request.body.properties.pair.prefixItems.1.minimum",
        1,
        2,
    ),
    "a shorter tuple": (
        (*FIELDS, "pair", "prefixItems"),
        [{"type": "string"}],
        "create-thing request.body.properties.pair.prefixItems.1",
        {"minimum": 1},
        ABSENT,
    ),
    "a demand made twice": (
        (*FIELDS, "both", "allOf"),
        REMOVED,
        "create-thing request.body.properties.both.allOf",
        [{"minimum": 2}],
        ABSENT,
    ),
    "a demand within a kind": (
        (*ITEMS, "oneOf", 1, "properties", "text", "maxLength"),
        6,
        "get-things responses.200.body.properties.things.items.oneOf(kind=text)"
        ".properties.text.maxLength",
        5,
        6,
    ),
    "a kind missing": (
        (*ITEMS, "oneOf", 0),
        REMOVED,
        "get-things responses.200.body.properties.things.items.oneOf(kind=event)",
        {"type": "object", "properties": {"kind": {"type": "string", "const": "event"}}},
        ABSENT,
    ),
    "another discriminator": (
        (*ITEMS, "discriminator", "propertyName"),
        "type",
        "get-things responses.200.body.properties.things.items.discriminator",
        {"propertyName": "kind"},
        {"propertyName": "type"},
    ),
    "an array of anything": (
        ITEMS,
        REMOVED,
        "get-things responses.200.body.properties.things.items",
        CONTRACT["operations"]["get-things"]["responses"]["200"]["content"]["application/json"][
            "properties"
        ]["things"]["items"],
        ABSENT,
    ),
}


def changed(contract: Json, way: Way, value: Any) -> Json:
    """A copy of a digest with one member replaced, added or, if `REMOVED`, taken out."""
    twin = copy.deepcopy(contract)
    holder: Any = twin
    for step in way[:-1]:
        holder = holder[step]
    if value is REMOVED:
        del holder[way[-1]]
    else:
        holder[way[-1]] = value
    return twin


@pytest.mark.parametrize("change", CHANGES)
def test_one_change_is_one_difference(change: str) -> None:
    """Whoever keeps the contract must see each deviation once, where it is, with both values."""
    way, value, place, theirs, ours = CHANGES[change]
    found = drift(CONTRACT, changed(CONTRACT, way, value))
    operation, _, where = place.partition(" ")
    assert found == [Difference(operation, where, theirs, ours)]


@pytest.mark.parametrize("change", CHANGES)
def test_a_difference_seen_from_the_other_side_is_mirrored(change: str) -> None:
    """Neither side is privileged: what one adds, the other lacks, in the same place."""
    way, value, *_ = CHANGES[change]
    twin = changed(CONTRACT, way, value)
    there, back = drift(CONTRACT, twin, extra=True), drift(twin, CONTRACT, extra=True)
    turned = [Difference(each.operation, each.where, each.ours, each.published) for each in back]
    assert turned == there


def test_a_contract_does_not_drift_from_itself() -> None:
    """No difference where there is none, on a contract of 116 operations."""
    assert drift(PUBLISHED, copy.deepcopy(PUBLISHED), extra=True) == []


def leaves(value: Any, way: Way = ()) -> Iterator[Way]:
    """The ways to everything in a digest that has no members."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in members:
        here = (*way, key)
        if isinstance(member, dict | list) and member:
            yield from leaves(member, here)
        else:
            yield here


def another(facts: Json, way: Way) -> Any:
    """A value of the same kind as the one in this place, and not equal to it."""
    value: Any = facts
    for step in way:
        value = value[step]
    if isinstance(value, dict):
        return {"type": "another"}
    if isinstance(value, list):
        return [{"another": []}]
    return value + 1 if type(value) is int else "another"


# How long an example takes depends on what else the machine does.
ANY_PACE = settings(deadline=None)

OPERATIONS = st.sampled_from(sorted(PUBLISHED["operations"]))


@ANY_PACE
@given(st.data())
def test_no_fact_of_the_published_contract_can_change_unseen(data: st.DataObject) -> None:
    """A check that misses a fact is no check: any single one, changed or gone, is reported."""
    name = data.draw(OPERATIONS)
    facts = PUBLISHED["operations"][name]
    way = data.draw(st.sampled_from(list(leaves(facts))))
    value = data.draw(st.sampled_from([REMOVED, another(facts, way)]))
    twin = {**PUBLISHED, "operations": {name: changed(facts, way, value)}}
    found = drift(PUBLISHED, twin, [name])
    assert {each.operation for each in found} == {name}


def test_the_order_of_differences_is_stable() -> None:
    """Reports are diffed too: the document first, then by operation, whatever the order given."""
    twin = copy.deepcopy(CONTRACT)
    twin["openapi"] = "3.0.3"
    for operation in twin["operations"].values():
        operation["path"] = "/other"
    found = drift(CONTRACT, twin, ["get-things", "create-thing"])
    assert [each.operation for each in found] == ["document", "create-thing", "get-things"]
    assert drift(CONTRACT, twin, ["create-thing", "get-things"]) == found


def test_only_the_operations_asked_for_are_compared() -> None:
    """A fake that emulates a part is held to that part."""
    twin = changed(CONTRACT, POST, REMOVED)
    assert drift(CONTRACT, twin, ["get-things"]) == []
    assert [each.where for each in drift(CONTRACT, twin, ["create-thing"])] == ["operation"]


def test_operations_that_only_we_have_are_told_if_asked_for() -> None:
    """A fake may serve more than the contract, as an interim step; asking tells what."""
    smaller = changed(CONTRACT, POST, REMOVED)
    extra = Difference("create-thing", "operation", ABSENT, "POST /thing")
    assert drift(smaller, CONTRACT) == []
    assert drift(smaller, CONTRACT, extra=True) == [extra]
    assert drift(smaller, CONTRACT, ["create-thing"]) == [extra]


def test_an_operation_of_neither_side_is_refused() -> None:
    """A misspelled operation would be compared with nothing, and the check could never fail."""
    with pytest.raises(ContractError, match="neither side has an operation 'get-thing'"):
        drift(CONTRACT, CONTRACT, ["get-thing"])


@pytest.mark.parametrize("sides", [({}, CONTRACT), (CONTRACT, {"openapi": "3.1.0", "digest": 0})])
def test_only_digests_are_compared(sides: tuple[Json, Json]) -> None:
    """An OpenAPI document has the same keys as a digest in part, and would compare as nonsense."""
    with pytest.raises(ContractError, match=r"side is no digest of format 1; digest it anew"):
        drift(*sides)


def test_alternatives_of_one_kind_are_told_apart_by_number() -> None:
    """Two alternatives of one type that both changed are still two differences."""
    schema = (*QUERY, "limit", "schema")
    before = changed(CONTRACT, schema, {"oneOf": [{"minimum": 1}, {"minimum": 2}, {"minimum": 3}]})
    after = changed(CONTRACT, schema, {"oneOf": [{"minimum": 1}, {"minimum": 4}, {"minimum": 5}]})
    assert [str(each) for each in drift(before, after)] == [
        "get-things query.limit.oneOf(any).minimum: published 2, ours 4",
        "get-things query.limit.oneOf(any 2).minimum: published 3, ours 5",
    ]


def test_alternatives_that_cannot_be_met_or_come_round_have_names_too() -> None:
    """Every alternative a digest can hold has a label, so that none makes the report fail."""
    schema = (*QUERY, "limit", "schema")
    before = changed(CONTRACT, schema, {"oneOf": [{"recursive": "items"}]})
    after = changed(CONTRACT, schema, {"oneOf": [False]})
    assert [each.where for each in drift(before, after)] == [
        "query.limit.oneOf(nothing)",
        "query.limit.oneOf(recursive)",
    ]


def test_a_parameter_may_change_from_schema_to_content() -> None:
    """OpenAPI 3.1: a parameter has a schema or content; a change of one into the other shows."""
    twin = changed(
        CONTRACT, (*QUERY, "limit"), {"required": False, "content": {"application/json": {}}}
    )
    assert [each.where for each in drift(CONTRACT, twin)] == ["query.limit.body", "query.limit"]


# --- How a difference reads ----------------------------------------------------------------------


def test_a_difference_is_one_line() -> None:
    """A report is read line by line: the place, what is published, what we say."""
    found = Difference("get-things", "query.limit.maximum", 50, ABSENT)
    assert str(found) == "get-things query.limit.maximum: published 50, ours absent"


def test_a_long_value_is_cut_to_fit_the_line() -> None:
    """A whole schema would bury the place; the digest has it in full."""
    found = str(Difference("get-things", "query.limit", {"a": "b" * 100}, "c\nd"))
    cut = '{"a":"' + "b" * 61 + "..."
    assert found == f'get-things query.limit: published {cut}, ours "c\\nd"'


# --- Differences that are meant to be ------------------------------------------------------------

LIMIT = Difference("get-things", "query.limit.maximum", 50, 20)
NAME = Difference("create-thing", "request.body.required.name", "name", ABSENT)


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("get-things query.limit.maximum", [NAME]),
        ("get-things *", [NAME]),
        ("* request.body.required.*", [LIMIT]),
        ("create-* *.name", [LIMIT]),
        ("*", []),
    ],
)
def test_an_accepted_difference_is_not_reported(pattern: str, left: list[Difference]) -> None:
    """A rule covers what its pattern matches in whole, over the operation and the place."""
    rule = Accepted(pattern, "The guide's example leaves it out.")
    assert unexplained([LIMIT, NAME], [rule]) == (left, [])


@pytest.mark.parametrize(
    "pattern", ["query.limit.maximum", "GET-THINGS *", "get-things", "*.limit"]
)
def test_a_rule_that_explains_nothing_is_reported(pattern: str) -> None:
    """A stale rule would hide the day its difference comes back, so it has to go."""
    rule = Accepted(pattern, "It was once so.")
    assert unexplained([LIMIT], [rule]) == ([LIMIT], [rule])


def test_rules_may_overlap() -> None:
    """Two rules that cover one difference both explain it; neither is stale."""
    rules = [Accepted("get-things *", "One."), Accepted("*.maximum", "Two.")]
    assert unexplained([LIMIT], rules) == ([], [])


def test_no_differences_and_no_rules_leave_nothing() -> None:
    """The contract is kept when both lists are empty."""
    assert unexplained([], []) == ([], [])


def test_accepting_needs_a_reason() -> None:
    """A deviation nobody can explain is a mistake, not a decision."""
    with pytest.raises(ContractError, match=r"'\*' needs a reason"):
        Accepted("*", " ")


# --- The command ---------------------------------------------------------------------------------

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
