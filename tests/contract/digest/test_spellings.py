"""Digests do not depend on order, names, prose or spelling."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock.contract.digest import digest
from tests.contract.digest.support import (
    COMPONENTS,
    Json,
    _members,
    demands,
    document,
    keywords,
    text,
)

# How long an example takes depends on what else the machine does.
ANY_PACE = settings(deadline=None)

TRIED: list[Any] = [
    *(None, True, False, 0, 1, 2, 3, 0.5, 1.5, "", "a", "b", "ab", "abc", "1"),
    *([], [0], [0, 0], [0, 1], ["a"], ["a", "b"], [None], [None, "a", 0]),
    *({}, {"a": 0}, {"a": "a"}, {"a": None}, {"b": 1}, {"a": 0, "b": 0}, {"title": "a"}),
    *({"default": ""}, {"enum": True, "required": []}, {"left": ""}, {"left": "a"}, {"left": 1}),
]


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    known = keywords(inner)
    return st.lists(st.sampled_from(sorted(known)), max_size=4, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: known[name] for name in names})
    )


SCHEMAS = st.recursive(st.booleans(), _deeper, max_leaves=12)


def everywhere(schema: Any, change: Callable[[Json], Any]) -> Any:
    """`schema` with `change` made to every schema within, from the inside out."""
    if isinstance(schema, bool):
        return schema
    changed: Json = {}
    for keyword, value in schema.items():
        if keyword == "properties":
            changed[keyword] = {name: everywhere(part, change) for name, part in value.items()}
        elif keyword in {"items", "additionalProperties", "propertyNames", "not"}:
            changed[keyword] = everywhere(value, change)
        elif keyword in {"anyOf", "oneOf", "allOf", "prefixItems"}:
            changed[keyword] = [everywhere(part, change) for part in value]
        else:
            changed[keyword] = value
    return change(changed)


@ANY_PACE
@given(SCHEMAS)
def test_a_schema_and_its_facts_allow_the_same_values(schema: Any) -> None:
    """Boiling down drops no demand and adds none (JSON Schema 2020-12 decides what is valid)."""
    whole = {"$ref": "#/schema", "schema": schema, "components": {"schemas": COMPONENTS}}
    assert _allowed(demands(schema)) == _allowed(whole)


def _allowed(schema: Any) -> list[Any]:
    validator = jsonschema_rs.Draft202012Validator(schema)
    return [value for value in TRIED if validator.is_valid(value)]


@ANY_PACE
@given(SCHEMAS, st.randoms(use_true_random=False))
def test_the_order_of_keys_means_nothing(schema: Any, chance: random.Random) -> None:
    """JSON objects have no order (RFC 8259), so neither has what they say."""
    before = document(schema)
    assert text(digest(_shuffled(before, chance))) == text(digest(before))


def _shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        pairs = [(name, _shuffled(member, chance)) for name, member in _members(value)]
        chance.shuffle(pairs)
        return dict(pairs)
    return value


@ANY_PACE
@given(SCHEMAS)
def test_the_names_of_components_mean_nothing(schema: Any) -> None:
    """A component's name is its author's; no client ever sees it on the wire."""
    renamed = json.dumps(document(schema))
    for name in COMPONENTS:
        renamed = renamed.replace(f'"{name}"', f'"Other{name}"')
        renamed = renamed.replace(f"/{name}", f"/Other{name}")
    assert text(digest(json.loads(renamed))) == text(digest(document(schema)))


@ANY_PACE
@given(SCHEMAS)
def test_prose_means_nothing(schema: Any) -> None:
    """Titles, descriptions, examples and extensions demand nothing, wherever they stand."""
    prose = {"title": "T", "description": "D", "examples": ["E"], "$comment": "C", "x-ours": "X"}
    before, after = document(schema), document(everywhere(schema, lambda part: prose | part))
    after["info"] = {"title": "Another", "version": "2", "description": "D"}
    do = after["paths"]["/do/{thing}"]["post"]
    do |= {"summary": "S", "description": "D", "externalDocs": {"url": "https://example.com"}}
    assert text(digest(after)) == text(digest(before))


RESPELLINGS: dict[str, Callable[[Json], Any]] = {
    "the order of alternatives": lambda part: _reordered(part, "anyOf", "oneOf", "allOf"),
    "the order of names and values": lambda part: _reordered(part, "required", "enum", "type"),
    "a constant is an enumeration of one": lambda part: _renamed(part, "const", "enum"),
    "one type is a list of one": lambda part: (
        part | {"type": [part["type"]]} if isinstance(part.get("type"), str) else part
    ),
    "1 is 1.0": lambda part: (
        part | {"minimum": float(part["minimum"])} if "minimum" in part else part
    ),
    "a reference is a conjunction of one": lambda part: _referred(part),
    "a conjunction of one is its member": lambda part: {"allOf": [part]},
    "a choice of one is its member": lambda part: {"anyOf": [part]},
    "a choice within a choice is one choice": lambda part: (
        part | {"anyOf": [{"anyOf": part["anyOf"]}]} if "anyOf" in part else part
    ),
    "an alternative said twice": lambda part: (
        part | {"anyOf": part["anyOf"] * 2} if "anyOf" in part else part
    ),
    "what goes without saying": lambda part: (
        {"minLength": 0, "minItems": 0, "uniqueItems": False, "required": []} | part
    ),
}


def _reordered(part: Json, *names: str) -> Json:
    turned = {name: part[name][::-1] for name in names if isinstance(part.get(name), list)}
    return part | turned


def _renamed(part: Json, constant: str, enumeration: str) -> Json:
    if constant not in part or enumeration in part:
        return part
    rest = {name: value for name, value in part.items() if name != constant}
    return rest | {enumeration: [part[constant]]}


def _referred(part: Json) -> Json:
    if "$ref" not in part:
        return part
    rest = {name: value for name, value in part.items() if name != "$ref"}
    return rest | {"allOf": [*part.get("allOf", []), {"$ref": part["$ref"]}]}


@pytest.mark.parametrize("respelling", RESPELLINGS)
@ANY_PACE
@given(schema=SCHEMAS)
def test_another_spelling_of_the_same_demand_is_the_same(respelling: str, schema: Any) -> None:
    """Generators differ in spelling (JSON Schema 2020-12); only the demand is compared."""
    respelled = everywhere(schema, RESPELLINGS[respelling])
    assert text(demands(respelled)) == text(demands(schema))


@ANY_PACE
@given(SCHEMAS)
def test_a_digest_survives_json_and_is_sorted(schema: Any) -> None:
    """A digest is committed as JSON and diffed by line, so its text must be the only one."""
    found = digest(document(schema))
    assert json.loads(json.dumps(found)) == found
    assert json.dumps(found) == json.dumps(found, sort_keys=True)


SPELLINGS: dict[str, tuple[Any, Any]] = {
    "a list of types is a choice": (
        {"type": ["string", "null"], "minLength": 2, "default": None},
        {"anyOf": [{"type": "null"}, {"type": "string", "minLength": 2}], "default": None},
    ),
    "nullable, as OpenAPI 3.0 says it": (
        {"type": "string", "nullable": True},
        {"type": ["null", "string"]},
    ),
    "an enumeration implies its type": (
        {"enum": ["a", "b"]},
        {"type": "string", "enum": ["b", "a"]},
    ),
    "a constant implies its type": ({"const": 1}, {"type": "integer", "const": 1}),
    "an enumeration of several types is a choice": (
        {"enum": ["a", None]},
        {"anyOf": [{"const": "a", "type": "string"}, {"type": "null"}]},
    ),
    "an enumerated value of no declared type is none": (
        {"type": "string", "enum": ["a", 1]},
        {"const": "a"},
    ),
    "a constant of an enumeration": ({"const": "a", "enum": ["b", "a"]}, {"const": "a"}),
    "a whole number is a number": ({"type": "number", "const": 1.0}, {"const": 1}),
    "types beside a choice are a choice too": (
        {"type": ["string", "null"], "anyOf": [{"minLength": 1}, {"maxLength": 9}]},
        {
            "allOf": [
                {"anyOf": [{"maxLength": 9}, {"minLength": 1}]},
                {"anyOf": [{"type": "null"}, {"type": "string"}]},
            ]
        },
    ),
    "names required here and there": (
        {"required": ["b"], "allOf": [{"required": ["a", "b"]}, {"required": ["c"]}]},
        {"required": ["a", "b", "c"]},
    ),
    "a default stands over that of what is referred to": (
        {"$ref": "#/components/schemas/Given", "default": "a"},
        {"type": "string", "default": "a"},
    ),
    "whole numbers have one spelling": (
        {"minimum": 1.0, "default": {"a": [2.0]}},
        {"minimum": 1, "default": {"a": [2]}},
    ),
    "two bounds, in any order": (
        {"allOf": [{"minLength": 1}, {"minLength": 2}]},
        {"allOf": [{"minLength": 2}, {"minLength": 1}]},
    ),
    "two bounds, either of them referred to": (
        {"minLength": 1, "allOf": [{"minLength": 2}]},
        {"minLength": 2, "allOf": [{"minLength": 1}]},
    ),
    "two defaults, in any order": (
        {"allOf": [{"default": 1}, {"default": 2}]},
        {"allOf": [{"default": 2}, {"default": 1}]},
    ),
    "both booleans are boolean": ({"enum": [False, True]}, {"type": "boolean"}),
    "a constant null is null": ({"const": None}, {"type": "null"}),
    "a choice that includes anything is anything": ({"anyOf": [{}, {"type": "null"}]}, {}),
    "true is the empty schema": ({"items": True, "additionalProperties": True}, {}),
    "false is what nothing satisfies": ({"not": {}}, False),
    "no value of the declared type": ({"type": "integer", "enum": ["a"]}, False),
    "nothing to choose from": ({"anyOf": [False]}, False),
    "what refers is what is referred to": (
        {"$ref": "#/components/schemas/Alias"},
        {"minLength": 1, "type": "string"},
    ),
    "keywords beside a reference": (
        {"$ref": "#/components/schemas/Text", "maxLength": 9, "default": "a"},
        {"type": "string", "minLength": 1, "maxLength": 9, "default": "a"},
    ),
    "a discriminator's mapping only names components": (
        {"discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/Text"}}},
        {"discriminator": {"propertyName": "kind"}},
    ),
    "names required together, in any order": (
        {"dependentRequired": {"a": ["c", "b"]}},
        {"dependentRequired": {"a": ["b", "c"]}},
    ),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_two_spellings_of_one_demand(spelling: str) -> None:
    """Each pair is one demand by JSON Schema 2020-12 or, for `nullable`, by OpenAPI 3.0."""
    one, other = SPELLINGS[spelling]
    assert text(demands(one)) == text(demands(other))


DEMANDS: dict[str, tuple[Any, Any]] = {
    "an exclusive bound is not an inclusive one": ({"exclusiveMinimum": 0}, {"minimum": 0}),
    "true is not 1": ({"const": True}, {"const": 1}),
    "an empty default is a default": ({"default": {}}, {}),
    "a default of null is a default": ({"default": None}, {}),
    "one default is not another": ({"default": 0}, {"default": False}),
    "any alternative is not exactly one": (
        {"anyOf": [{"type": "string"}, {"minLength": 1}]},
        {"oneOf": [{"type": "string"}, {"minLength": 1}]},
    ),
    "places in a tuple are ordered": (
        {"prefixItems": [{"type": "string"}, {"type": "null"}]},
        {"prefixItems": [{"type": "null"}, {"type": "string"}]},
    ),
    "a property named like prose is a property": (
        {"properties": {"description": {}}},
        {"properties": {"title": {}}},
    ),
    "a property that may be anything is a property": ({"properties": {"a": {}}}, {}),
    "a closed object is not an open one": ({"additionalProperties": False}, {}),
    "two bounds that meet are both kept": (
        {"$ref": "#/components/schemas/Text", "minLength": 5},
        {"type": "string", "minLength": 5},
    ),
    "a closed object closes its own properties only": (
        {"allOf": [{"additionalProperties": False}, {"properties": {"a": {}}}]},
        {"additionalProperties": False, "properties": {"a": {}}},
    ),
    "the rest of a tuple is the rest of that tuple only": (
        {"allOf": [{"prefixItems": [{"type": "string"}]}, {"items": {"type": "null"}}]},
        {"prefixItems": [{"type": "string"}], "items": {"type": "null"}},
    ),
    "where a list may be null matters": (
        {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/Some"}]},
        {"$ref": "#/components/schemas/Maybe"},
    ),
}

LISTS: Json = {
    "Some": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Some"}}},
    "Maybe": {
        "anyOf": [
            {"type": "null"},
            {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Maybe"}}},
        ]
    },
}


@pytest.mark.parametrize("pair", DEMANDS)
def test_two_demands_stay_two(pair: str) -> None:
    """What a client can tell apart, the digest must tell apart, or drift would go unseen."""
    one, other = DEMANDS[pair]
    components = COMPONENTS | LISTS
    first, second = demands(one, components), demands(other, components)
    assert text(first) != text(second)
