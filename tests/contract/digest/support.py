"""Documents and schemas to digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import strategies as st

from amigo_mock.contract.digest import digest
from amigo_mock.contract.document import load

Json: TypeAlias = dict[str, Any]

FIXTURE = Path(__file__).parents[3] / "fixtures" / "published.json"

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


NAMES = st.sampled_from(["a", "b", "title", "description", "default", "required", "enum"])

SCALARS = st.sampled_from([None, True, False, 0, 1, 1.0, 2, 0.5, "", "a", "ab", "1"])

VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(NAMES, SCALARS, max_size=2)

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


def _members(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return list(value.items())
