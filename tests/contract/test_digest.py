"""What `digest` keeps of an OpenAPI document, what it drops, and what it takes to be the same."""

import hashlib
import io
import json
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock.commands.digest import digest_command
from amigo_mock.contract import ContractError, digest, load
from amigo_mock.contract.catalogue import PUBLISHED

Json: TypeAlias = dict[str, Any]

FIXTURE = Path(__file__).parents[2] / "fixtures" / "published.json"

# How long an example takes depends on what else the machine does.
ANY_PACE = settings(deadline=None)

COMPONENTS: Json = {
    "Text": {"type": "string", "minLength": 1},
    "Alias": {"$ref": "#/components/schemas/Text"},
    "Given": {"type": "string", "default": "given"},
    "Pair": {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/Alias"}}},
}


def document(
    schema: Any = True, components: Mapping[str, Any] = COMPONENTS, **operation: Any
) -> Json:
    """An OpenAPI document of one operation, `do`, whose request body has `schema`."""
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    do = {"operationId": "do", "requestBody": body, "responses": {"200": {"description": "Yes."}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "A title", "version": "1"},
        "paths": {"/do/{thing}": {"post": do | operation}},
        "components": {"schemas": dict(components)},
    }


def operation(**facts: Any) -> Json:
    """The digest of the one operation of a document."""
    found: Json = digest(document(**facts))["operations"]["do"]
    return found


def demands(schema: Any, components: Mapping[str, Any] = COMPONENTS) -> Any:
    """The digest of one schema."""
    return operation(schema=schema, components=components)["request"]["content"]["application/json"]


def text(value: Any) -> str:
    """The JSON of a value: unlike Python, it tells true from 1 and 1.0 from 1."""
    return json.dumps(value, sort_keys=True)


def published() -> Json:
    """The digest of the published document, as committed."""
    return load(FIXTURE)


# --- Schemas to try the rules on -----------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "title", "description", "default", "required", "enum"])
SCALARS = st.sampled_from([None, True, False, 0, 1, 1.0, 2, 0.5, "", "a", "ab", "1"])
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(NAMES, SCALARS, max_size=2)
TRIED: list[Any] = [
    *(None, True, False, 0, 1, 2, 3, 0.5, 1.5, "", "a", "b", "ab", "abc", "1"),
    *([], [0], [0, 0], [0, 1], ["a"], ["a", "b"], [None], [None, "a", 0]),
    *({}, {"a": 0}, {"a": "a"}, {"a": None}, {"b": 1}, {"a": 0, "b": 0}, {"title": "a"}),
    *({"default": ""}, {"enum": True, "required": []}, {"left": ""}, {"left": "a"}, {"left": 1}),
]
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
SMALL = st.integers(min_value=0, max_value=2)
REFERENCES = st.sampled_from([f"#/components/schemas/{name}" for name in COMPONENTS])


def keywords(inner: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    """Every keyword the tests put into a schema, with what it may be set to."""
    several = st.lists(inner, min_size=1, max_size=3)
    return {
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
        "const": VALUES,
        "enum": st.lists(VALUES, min_size=1, max_size=3, unique_by=json.dumps),
        "minLength": SMALL,
        "maxLength": SMALL,
        "pattern": st.sampled_from(["^a", "b$"]),
        "minimum": SMALL | st.just(0.5),
        "exclusiveMaximum": SMALL,
        "items": inner,
        "prefixItems": several,
        "minItems": SMALL,
        "uniqueItems": st.booleans(),
        "properties": st.dictionaries(NAMES, inner, max_size=2),
        "required": st.lists(NAMES, max_size=2, unique=True),
        "additionalProperties": inner,
        "propertyNames": inner,
        "maxProperties": SMALL,
        "anyOf": several,
        "oneOf": several,
        "allOf": several,
        "not": inner,
        "default": VALUES,
        "$ref": REFERENCES,
    }


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


# --- What the digest must not depend on ----------------------------------------------------------


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


def _members(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return list(value.items())


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


# --- Schemas that contain themselves, long enumerations, long texts ------------------------------

TREE: Json = {
    "type": "object",
    "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
}


def test_a_schema_within_itself_is_cut_where_it_comes_round() -> None:
    """Inlining must end; the cut tells the way back by keywords, not by a component's name."""
    found = demands({"$ref": "#/components/schemas/Tree"}, {"Tree": TREE})
    inner = found["properties"]["children"]["items"]
    assert inner == {"recursive": "properties.children.items"}


def test_the_cut_does_not_depend_on_names() -> None:
    """Renaming a component that contains itself changes nothing that a client sees."""
    tree = demands({"$ref": "#/components/schemas/Tree"}, {"Tree": TREE})
    renamed = json.loads(json.dumps(TREE).replace("Tree", "Shrub"))
    assert demands({"$ref": "#/components/schemas/Shrub"}, {"Shrub": renamed}) == tree


def test_a_choice_that_contains_itself_counts_as_one_step_however_it_is_spelled() -> None:
    """A list of types and a choice between types are one demand, also on the way round."""
    inside = {"properties": {"next": {"$ref": "#/components/schemas/Link"}}}
    listed = {"type": ["object", "null", "string"], **inside}
    within = {"anyOf": [{"type": "object", **inside}, {"type": "string"}]}
    chosen = {"anyOf": [{"type": "null"}, within]}
    schema = {"$ref": "#/components/schemas/Link"}
    assert demands(schema, {"Link": listed}) == demands(schema, {"Link": chosen})


def test_a_choice_of_one_is_no_step() -> None:
    """An alternative without another is no choice, also on the way round."""
    link = {"properties": {"next": {"anyOf": [{"$ref": "#/components/schemas/Link"}]}}}
    found = demands({"$ref": "#/components/schemas/Link"}, {"Link": link})
    assert found == {"properties": {"next": {"recursive": "properties.next"}}}


def test_a_reference_to_itself_alone_ends() -> None:
    """A reference that only leads back to itself demands nothing, and must not hang."""
    loop = {"$ref": "#/components/schemas/Loop"}
    assert demands(loop, {"Loop": loop}) == {"recursive": ""}


def test_a_reference_may_point_anywhere_in_the_document() -> None:
    """A `$ref` is a JSON pointer (RFC 6901): `~1` is a slash, `%20` a space, a number an index."""
    components = {"a/b c": {"anyOf": [{"type": "null"}, {"type": "integer"}]}}
    assert demands({"$ref": "#/components/schemas/a~1b%20c/anyOf/1"}, components) == {
        "type": "integer"
    }


def test_a_whole_number_among_numbers_is_a_number() -> None:
    """JSON has one kind of number, so mixed values are one enumeration and not a choice of two."""
    numbers = {"type": "number", "enum": [0.5, 1]}
    assert demands({"enum": [1.0, 0.5]}) == numbers
    assert demands({"type": "number", "enum": [1, 0.5]}) == numbers


def test_fifty_values_are_listed_and_fifty_one_are_counted() -> None:
    """A digest is read by people, so a long enumeration is its length and one hash."""
    values = [f"value-{number}" for number in range(51)]
    assert len(demands({"enum": values[:50]})["enum"]) == 50
    lines = "\n".join(sorted(json.dumps(value) for value in values))
    expected = {"count": 51, "sha256": hashlib.sha256(lines.encode()).hexdigest()}
    assert demands({"enum": values})["enum"] == expected
    assert demands({"enum": values[::-1]})["enum"] == expected


def test_a_default_that_is_prose_is_kept_as_a_hash() -> None:
    """Facts go into the repository, sentences do not; a changed sentence must still show."""
    default = demands({"default": {"context": ["word " * 20]}})["default"]["context"][0]
    assert default == {"length": 100, "sha256": hashlib.sha256(b"word " * 20).hexdigest()}


# --- Operations ----------------------------------------------------------------------------------


def test_header_names_have_no_case() -> None:
    """HTTP header names are case-insensitive (RFC 9110, 5.1); query names are not."""
    parameters = [
        {"name": "X-Api-Key", "in": "header", "required": True, "schema": {"type": "string"}},
        {"name": "userId", "in": "query", "schema": {"type": "string"}},
    ]
    assert operation(parameters=parameters)["parameters"] == {
        "header": {"x-api-key": {"required": True, "schema": {"type": "string"}}},
        "query": {"userId": {"required": False, "schema": {"type": "string"}}},
    }


def test_a_path_parameter_is_required_whatever_the_document_says() -> None:
    """OpenAPI 3.1 allows no optional path parameter."""
    parameters = [{"name": "thing", "in": "path", "schema": {}}]
    assert operation(parameters=parameters)["parameters"]["path"]["thing"]["required"] is True


def test_parameters_of_the_path_belong_to_its_operations() -> None:
    """OpenAPI 3.1: an operation has its path's parameters, and overrides them by place and name."""
    whole = document(parameters=[{"name": "b", "in": "query", "schema": {"type": "null"}}])
    whole["paths"]["/do/{thing}"]["parameters"] = [
        {"name": "a", "in": "query", "schema": {"type": "string"}},
        {"name": "b", "in": "query", "schema": {"type": "string"}},
    ]
    query = digest(whole)["operations"]["do"]["parameters"]["query"]
    assert {name: fact["schema"]["type"] for name, fact in query.items()} == {
        "a": "string",
        "b": "null",
    }


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ({"style": "form", "explode": True}, {}),
        ({"style": "pipeDelimited", "explode": False}, {"style": "pipeDelimited"}),
        ({"explode": False}, {"explode": False}),
        ({"deprecated": True, "allowReserved": False}, {"deprecated": True}),
        ({"allowEmptyValue": True}, {"allowEmptyValue": True}),
    ],
)
def test_how_a_parameter_is_written_is_kept_unless_it_is_the_rule(stated: Json, kept: Json) -> None:
    """OpenAPI 3.1 defines the defaults: query parameters are `form`, and explode with it."""
    parameters = [{"name": "tag", "in": "query", "schema": True, **stated}]
    found = operation(parameters=parameters)["parameters"]["query"]["tag"]
    assert found == {"required": False, "schema": {}, **kept}


def test_a_parameter_may_have_content_instead_of_a_schema() -> None:
    """OpenAPI 3.1: a parameter has a schema or one content type with a schema."""
    content = {"application/json": {"schema": {"type": "object"}}}
    parameters = [{"name": "filter", "in": "query", "content": content}]
    found = operation(parameters=parameters)["parameters"]["query"]["filter"]
    assert found == {"required": False, "content": {"application/json": {"type": "object"}}}


def test_responses_keep_schemas_and_header_names() -> None:
    """A client depends on status, content type, schema and headers; not on the description."""
    headers = {"X-RateLimit-Limit": {"schema": {"type": "integer"}, "description": "D"}}
    media = {"application/json": {"schema": {"type": "null"}}, "application/X-NDJSON": {}}
    responses = {
        "200": {"description": "D", "headers": headers, "content": media},
        404: {"description": "D"},
        "5xx": {"description": "D"},
    }
    assert operation(responses=responses)["responses"] == {
        "200": {
            "content": {"application/json": {"type": "null"}, "application/x-ndjson": {}},
            "headers": ["x-ratelimit-limit"],
        },
        "404": {},
        "5XX": {},
    }


def test_a_request_body_is_optional_unless_stated() -> None:
    """OpenAPI 3.1: `required` of a request body is false by default."""
    body = {"content": {"multipart/form-data": {"schema": {"type": "object"}}}}
    found = operation(requestBody=body)["request"]
    assert found == {"required": False, "content": {"multipart/form-data": {"type": "object"}}}


def test_every_part_of_an_operation_may_be_referred_to() -> None:
    """OpenAPI 3.1 allows a reference for a path item, parameter, request body and response."""
    parameter = {"name": "a", "in": "query", "schema": {"type": "string"}}
    body = {"required": True, "content": {"application/json": {"schema": {"type": "null"}}}}
    plain = document(parameters=[parameter], requestBody=body, responses={"200": {"headers": {}}})
    referring = document(
        parameters=[{"$ref": "#/components/parameters/A"}],
        requestBody={"$ref": "#/components/requestBodies/B"},
        responses={"200": {"$ref": "#/components/responses/C"}},
    )
    item = referring["paths"].pop("/do/{thing}")
    referring["paths"]["/do/{thing}"] = {"$ref": "#/components/pathItems/D"}
    referring["components"] |= {
        "parameters": {"A": parameter},
        "requestBodies": {"B": body},
        "responses": {"C": {"headers": {}}},
        "pathItems": {"D": item},
    }
    assert digest(referring) == digest(plain)


@pytest.mark.parametrize(
    ("sentence", "limit"),
    [
        ("There is a rate limit of 100 requests per minute.", 100),
        ("A Rate Limit of 1 request per minute applies.", 1),
        ("Mind the rate limit of 1,000 requests per minute!", 1000),
    ],
)
def test_a_rate_limit_is_read_out_of_prose(sentence: str, limit: int) -> None:
    """The published document states its limits in the descriptions of its 429 responses."""
    found = operation(responses={"200": {}, "429": {"description": sentence}})
    assert found["rate_limit"] == {"limit": limit, "window": 60}
    assert operation(description=sentence)["rate_limit"] == {"limit": limit, "window": 60}


def test_permissions_are_read_out_of_prose_in_order_and_once() -> None:
    """The published document names permissions in descriptions; the first names the main one."""
    text = "Needs `Tool:ModifyTool`, then `Role:GetRole`, and `Tool:ModifyTool` again."
    found = operation(description=text, responses={"403": {"description": "No `User:GetUser`."}})
    assert found["permissions"] == ["Tool:ModifyTool", "Role:GetRole", "User:GetUser"]


def test_declared_facts_win_over_prose() -> None:
    """Our own document declares what the published one tells, so its prose is never searched."""
    found = operation(
        description="A rate limit of 5 requests per minute, and `Tool:ModifyTool`.",
        **{"x-rate-limit": {"limit": 100, "window": 10}, "x-permissions": ["Role:GetRole"]},
    )
    assert found["rate_limit"] == {"limit": 100, "window": 10}
    assert found["permissions"] == ["Role:GetRole"]


def test_declaring_no_permission_is_a_declaration() -> None:
    """An empty `x-permissions` says that none is needed, whatever the prose mentions."""
    assert "permissions" not in operation(description="`Tool:GetTool`", **{"x-permissions": []})


def test_only_what_departs_from_the_documents_security_is_kept() -> None:
    """OpenAPI 3.1: an operation without `security` has the document's; `[]` lifts it."""
    ways = [{"Bearer": []}, {"Basic": [], "Org": ["b", "a"]}]
    cases: list[tuple[Json, Json]] = [
        ({}, {}),
        ({"security": ways[::-1]}, {}),
        ({"security": [ways[0], {"Basic": [], "Org": ["a", "b"]}]}, {}),
        ({"security": []}, {"security": []}),
        ({"security": [{"Key": []}]}, {"security": [{"Key": []}]}),
    ]
    for stated, kept in cases:
        whole = document(**stated) | {"security": ways}
        found = digest(whole)["operations"]["do"]
        assert {name: found[name] for name in found.keys() & {"security"}} == kept


def test_the_document_keeps_version_servers_and_security() -> None:
    """What a client needs before it calls anything: where, and how to prove who it is."""
    schemes = {
        "Basic": {"type": "http", "scheme": "Basic", "description": "D"},
        "Org": {"type": "apiKey", "in": "header", "name": "X-ORG-ID"},
        "Query": {"type": "apiKey", "in": "query", "name": "Key"},
    }
    whole = document() | {
        "servers": [{"url": "https://b.example", "description": "D"}, {"url": "https://a.example"}],
        "security": [{"Org": []}, {"Basic": []}],
        "components": {"securitySchemes": schemes},
    }
    found = digest(whole)
    del found["operations"]
    assert found == {
        "digest": 1,
        "openapi": "3.1.0",
        "servers": ["https://b.example", "https://a.example"],
        "security": [{"Basic": []}, {"Org": []}],
        "security_schemes": {
            "Basic": {"type": "http", "scheme": "basic"},
            "Org": {"type": "apiKey", "in": "header", "name": "x-org-id"},
            "Query": {"type": "apiKey", "in": "query", "name": "Key"},
        },
    }


def test_an_operation_keeps_its_method_path_tags_and_deprecation() -> None:
    """Method and path are the operation; tags have no order; only true deprecation is news."""
    found = operation(tags=["B", "A"], deprecated=True)
    facts = {name: found[name] for name in ("method", "path", "tags", "deprecated")}
    assert facts == {
        "method": "POST",
        "path": "/do/{thing}",
        "tags": ["A", "B"],
        "deprecated": True,
    }
    assert "deprecated" not in operation(deprecated=False)


def test_an_operation_without_an_id_is_known_by_method_and_path() -> None:
    """OpenAPI 3.1 makes `operationId` optional; the operation must not go missing."""
    whole = document()
    del whole["paths"]["/do/{thing}"]["post"]["operationId"]
    assert list(digest(whole)["operations"]) == ["POST /do/{thing}"]


# --- Documents and files that will not do --------------------------------------------------------


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


# --- The command, and the published contract -----------------------------------------------------


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
