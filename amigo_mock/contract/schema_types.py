"""The types of a JSON Schema taken apart: at most one type a schema, its values in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from amigo_mock.contract.document import canonical, plain, sequence

#: The keywords that are about values of one type alone.
BY_TYPE: dict[str, frozenset[str]] = {
    "string": frozenset(
        {"contentEncoding", "contentMediaType", "contentSchema", "format", "maxLength"}
        | {"minLength", "pattern"}
    ),
    "number": frozenset(
        {"exclusiveMaximum", "exclusiveMinimum", "format", "maximum", "minimum", "multipleOf"}
    ),
    "array": frozenset(
        {"contains", "items", "maxContains", "maxItems", "minContains", "minItems", "prefixItems"}
        | {"uniqueItems"}
    ),
    "object": frozenset(
        {"additionalProperties", "dependentRequired", "dependentSchemas", "maxProperties"}
        | {"minProperties", "patternProperties", "properties", "propertyNames", "required"}
    ),
}
BY_TYPE["integer"] = BY_TYPE["number"]


def one_type_each(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same schema with at most one type, and its values in order.

    Several types become alternatives of one type each; none that is possible, an empty choice.
    """
    if not schema.keys() & {"const", "enum", "type"}:
        return schema
    types = _alternatives(schema)
    rest = {key: value for key, value in schema.items() if key not in {"const", "enum", "type"}}
    if len(types) == 1:
        return rest | types[0]
    if "anyOf" in rest:
        return rest | {"allOf": [*rest.get("allOf", ()), {"anyOf": types}]}
    return _distributed(rest, types)


def _distributed(rest: Mapping[str, Any], types: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    alternatives: list[dict[str, Any]] = []
    moved: set[str] = set()
    for alternative in types:
        keywords = BY_TYPE.get(alternative["type"], frozenset[str]()) & rest.keys()
        moved |= keywords
        alternatives.append({**alternative, **{key: rest[key] for key in keywords}})
    return {key: value for key, value in rest.items() if key not in moved} | {"anyOf": alternatives}


def _alternatives(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One bare schema per type that the schema allows, with the values allowed of that type."""
    declared = _declared(schema)
    if not schema.keys() & {"const", "enum"}:
        return [{"type": name} for name in declared]
    by_type: dict[str, list[Any]] = {}
    for value in _allowed(schema):
        name = _type_of(value)
        if not declared or name in declared or (name == "integer" and "number" in declared):
            by_type.setdefault(name, []).append(value)
    if "number" in by_type:
        by_type["number"] += by_type.pop("integer", [])
    return [_enumerated(name, values) for name, values in by_type.items()]


def _declared(schema: Mapping[str, Any]) -> list[str]:
    declared: Any = schema.get("type", ())
    types = [declared] if isinstance(declared, str) else list(sequence(declared, "type"))
    nullable = ["null"] if types and schema.get("nullable") is True else []
    return sorted({*types, *nullable})


def _allowed(schema: Mapping[str, Any]) -> list[Any]:
    values: list[Any] = plain(sequence(schema.get("enum", [schema.get("const")]), "enum"))
    distinct = {canonical(value): value for value in values}
    if "const" in schema:
        only = canonical(plain(schema["const"]))
        distinct = {text: value for text, value in distinct.items() if text == only}
    return [distinct[text] for text in sorted(distinct)]


def _enumerated(name: str, values: list[Any]) -> dict[str, Any]:
    if name == "null" or (name == "boolean" and len(values) == 2):
        return {"type": name}
    if len(values) == 1:
        return {"type": name, "const": values[0]}
    return {"type": name, "enum": sorted(values, key=canonical)}


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    for python, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string")):
        if isinstance(value, python):
            return name
    return "object" if isinstance(value, Mapping) else "array"
