"""A JSON Schema boiled down to what it demands, in one spelling.

The vocabulary is that of JSON Schema 2020-12, which OpenAPI 3.1 speaks, and `nullable` of OpenAPI
3.0. Whatever a schema says for people only (titles, descriptions, examples) is left behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from amigo_mock.contract.document import canonical, mapping, plain, resolve, sequence
from amigo_mock.contract.schema_types import BY_TYPE, one_type_each

#: The facts of one schema; False is the schema that nothing satisfies.
Schema: TypeAlias = dict[str, Any] | Literal[False]

#: An enumeration longer than this is kept as its length and hash.
LONGEST_ENUMERATION = 50

#: A text in a default longer than this is prose, and is kept as its length and hash too.
LONGEST_TEXT = 80

#: Keywords that say something about a value without forbidding any.
ANNOTATIONS = frozenset({"default", "deprecated", "discriminator", "readOnly", "writeOnly"})

#: Keywords whose value is a schema per name, one schema, and a list of schemas.
BY_NAME = frozenset({"dependentSchemas", "patternProperties", "properties"})
SINGLE = frozenset(
    {"additionalProperties", "contains", "contentSchema", "else", "if", "items", "not"}
    | {"propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"}
)
SEVERAL = frozenset({"anyOf", "oneOf", "prefixItems"})

_VALUES = frozenset({"const", "dependentRequired", "enum", "required", "type"})
_FACTS = ANNOTATIONS.union(BY_NAME, SINGLE, SEVERAL, _VALUES, *BY_TYPE.values())

# Keywords that are read together: {"items"} means something else beside "prefixItems".
_NEIGHBOURS = (
    frozenset({"additionalProperties", "patternProperties", "properties", "unevaluatedProperties"}),
    frozenset({"contains", "maxContains", "minContains"}),
    frozenset({"else", "if", "then"}),
    frozenset({"items", "prefixItems", "unevaluatedItems"}),
)

# Statements that state nothing, because leaving them out means the same.
_VACUOUS: Mapping[str, Any] = {
    "additionalProperties": {},
    "dependentRequired": {},
    "dependentSchemas": {},
    "deprecated": False,
    "items": {},
    "minItems": 0,
    "minLength": 0,
    "minProperties": 0,
    "not": False,
    "patternProperties": {},
    "prefixItems": [],
    "properties": {},
    "propertyNames": {},
    "readOnly": False,
    "required": [],
    "unevaluatedItems": {},
    "unevaluatedProperties": {},
    "uniqueItems": False,
    "writeOnly": False,
}


def facts(document: Mapping[str, Any], schema: Any) -> Schema:
    """The demands of `schema`, with every reference into `document` replaced by its target.

    Two spellings of one demand give equal facts: the order of alternatives and of required names,
    a list of types or alternatives of one type each, an enumeration of one value or a constant, a
    lone reference beside other keywords or inside `allOf`. A schema that contains itself is cut
    where it comes round: `{"recursive": "properties.children.items"}` is the way from its last
    appearance down to here, so component names play no part.

    Raises `ContractError` if a reference leads nowhere or something is not a schema.
    """
    return _Reader(document).read(schema, _Trail())


@dataclass(frozen=True, slots=True)
class _Trail:
    """The path of the reader to a schema: keywords passed, and references with their depth."""

    steps: tuple[str, ...] = ()
    entered: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        return ".".join(self.steps) or "the top"

    def down(self, step: str) -> _Trail:
        # Alternatives within alternatives are one choice, so they count as one step.
        if step == "anyOf" and self.steps[-1:] == ("anyOf",):
            return self
        return _Trail((*self.steps, step), self.entered)

    def enter(self, reference: str) -> _Trail:
        return _Trail(self.steps, (*self.entered, (reference, len(self.steps))))

    def loop(self, reference: str) -> str | None:
        for name, depth in self.entered:
            if name == reference:
                return ".".join(self.steps[depth:])
        return None


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def read(self, schema: Any, trail: _Trail) -> Schema:
        if isinstance(schema, bool):
            return {} if schema else False
        spelled = one_type_each(mapping(schema, f"the schema at {trail}"))
        several = sequence(spelled.get("allOf", ()), "allOf")
        parts: list[Schema] = [self.read(part, trail) for part in several]
        if "$ref" in spelled:
            parts.append(self._follow(str(spelled["$ref"]), trail))
        return _conjunction(_tidy(self._own(spelled, trail)), parts)

    def _follow(self, reference: str, trail: _Trail) -> Schema:
        loop = trail.loop(reference)
        if loop is not None:
            return {"recursive": loop}
        return self.read(resolve(self._document, reference), trail.enter(reference))

    def _own(self, schema: Mapping[str, Any], trail: _Trail) -> dict[str, Any]:
        return {
            keyword: self._keyword(keyword, value, trail)
            for keyword, value in schema.items()
            if keyword in _FACTS
        }

    def _keyword(self, keyword: str, value: Any, trail: _Trail) -> Any:
        if keyword in BY_NAME:
            return {
                name: self.read(member, trail.down(f"{keyword}.{name}"))
                for name, member in mapping(value, keyword).items()
            }
        if keyword in SINGLE:
            return self.read(value, trail.down(keyword))
        if keyword in SEVERAL:
            items = sequence(value, keyword)
            inner = trail if _is_lone(keyword, items) else trail.down(keyword)
            return [self.read(item, inner) for item in items]
        return _value(keyword, value)


def _is_lone(keyword: str, items: Sequence[Any]) -> bool:
    return keyword != "prefixItems" and len(items) == 1


def _value(keyword: str, value: Any) -> Any:
    if keyword == "required":
        return list(sequence(value, keyword))
    if keyword == "dependentRequired":
        names = mapping(value, keyword)
        return {name: sorted(set(sequence(names[name], keyword))) for name in names}
    if keyword == "discriminator":
        # The mapping repeats the constants of the alternatives, under component names.
        return {"propertyName": mapping(value, keyword).get("propertyName")}
    if keyword == "enum" and len(value) > LONGEST_ENUMERATION:
        lines = "\n".join(canonical(item) for item in value)
        return {"count": len(value), "sha256": _hash(lines)}
    return _shortened(plain(value)) if keyword == "default" else plain(value)


def _shortened(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return {"length": len(value), "sha256": _hash(value)}
    if isinstance(value, list):
        return [_shortened(item) for item in sequence(value, "default")]
    if isinstance(value, dict):
        members = mapping(value, "default")
        return {key: _shortened(member) for key, member in members.items()}
    return value


def _hash(text: str) -> str:
    # A JSON document may hold half of a surrogate pair, which plain UTF-8 refuses.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _tidy(schema: dict[str, Any]) -> Schema:
    """Sort whatever has no order, and drop keywords that state nothing."""
    if schema.get("not") == {}:
        return False
    said = {key: value for key, value in schema.items() if not _is_vacuous(key, value)}
    choices: list[Schema] = [
        _choice(key, said.pop(key)) for key in ("anyOf", "oneOf") if key in said
    ]
    return _conjunction(said, choices)


def _is_vacuous(keyword: str, value: Any) -> bool:
    return keyword in _VACUOUS and canonical(_VACUOUS[keyword]) == canonical(value)


def _choice(keyword: str, alternatives: list[Schema]) -> Schema:
    """A choice between alternatives as a schema of its own."""
    possible: list[Schema] = [schema for schema in alternatives if schema is not False]
    if keyword == "anyOf":
        possible = _distinct(inner for schema in possible for inner in _flattened(schema))
        if {} in possible:
            return {}
    if len(possible) == 1:
        return possible[0]
    return {keyword: sorted(possible, key=canonical)} if possible else False


def _distinct(schemas: Iterable[Schema]) -> list[Schema]:
    distinct: dict[str, Schema] = {}
    for schema in schemas:
        distinct[canonical(schema)] = schema
    return list(distinct.values())


def _flattened(schema: Schema) -> list[Schema]:
    if schema is False or schema.keys() != {"anyOf"}:
        return [schema]
    inner: list[Schema] = schema["anyOf"]
    return inner


def _conjunction(own: Schema, parts: Sequence[Schema]) -> Schema:
    """All of these at once: one schema where they do not meet, `allOf` where they do."""
    annotations: dict[str, Any] = {}
    demands: dict[str, dict[str, Any]] = {}
    for part in (own, *sorted(parts, key=canonical)):
        if part is False:
            return False
        # What stands nearest wins: the schema's own default over that of what it refers to.
        annotations = {key: part[key] for key in part.keys() & ANNOTATIONS} | annotations
        for demand in _single_demands(part):
            demands[canonical(demand)] = demand
    return _joined([demands[text] for text in sorted(demands)]) | annotations


def _single_demands(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The smallest schemas that together demand what `schema` does."""
    found: dict[frozenset[str], dict[str, Any]] = {}
    for keyword, value in schema.items():
        if keyword not in ANNOTATIONS | {"allOf"}:
            found.setdefault(_neighbours(keyword), {})[keyword] = value
    return [*found.values(), *schema.get("allOf", ())]


def _joined(demands: Iterable[dict[str, Any]]) -> dict[str, Any]:
    joined: dict[frozenset[str], dict[str, Any]] = {}
    left: list[dict[str, Any]] = []
    for demand in demands:
        group = _neighbours(next(iter(demand)))
        if "required" in group:
            names = joined.get(group, demand)["required"]
            joined[group] = {"required": sorted({*names, *demand["required"]})}
        elif group in joined:
            left.append(demand)
        else:
            joined[group] = demand
    schema = {key: value for demand in joined.values() for key, value in demand.items()}
    return schema | ({"allOf": left} if left else {})


def _neighbours(keyword: str) -> frozenset[str]:
    return next((group for group in _NEIGHBOURS if keyword in group), frozenset({keyword}))
