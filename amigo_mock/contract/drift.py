"""The comparison of two digests, fact by fact."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeGuard

from amigo_mock.contract.difference import ABSENT, Absent, Difference
from amigo_mock.contract.digest import FORMAT, MARKER
from amigo_mock.contract.document import ContractError, canonical, sequence
from amigo_mock.contract.schema import ANNOTATIONS, BY_NAME, SEVERAL, SINGLE, Schema

#: The `Difference.operation` of what belongs to the document as a whole.
DOCUMENT = "document"


def drift(
    published: Mapping[str, Any],
    ours: Mapping[str, Any],
    operations: Iterable[str] | None = None,
    *,
    extra: bool = False,
) -> list[Difference]:
    """Every fact of the `published` digest that `ours` states differently, or does not state.

    The facts of the document come first, then operation by operation in alphabetical order.
    `operations` narrows the comparison to these; an operation that only `ours` has is a difference
    if it is among them, or if `extra` asks for all such.

    Raises `ContractError` if either side is no digest of this format, or if an operation asked for
    is in neither: such a comparison could never fail.
    """
    for side, digest in (("published", published), ("ours", ours)):
        if digest.get(MARKER) != FORMAT:
            raise ContractError(f"the {side} side is no digest of format {FORMAT}; digest it anew.")
    theirs, mine = published["operations"], ours["operations"]
    names = _names(theirs, mine, operations, extra=extra)
    found = [Difference(DOCUMENT, *clash) for clash in _document(published, ours)]
    for name in names:
        clashes = _operation(theirs.get(name), mine.get(name))
        found += [Difference(name, *clash) for clash in clashes]
    return found


# A difference without its operation: where, published, ours.
_Clash: TypeAlias = tuple[str, Any, Any]
_Clashes: TypeAlias = Iterator[_Clash]
_Facts: TypeAlias = Mapping[str, Any]

#: Facts that are sets of names: every name that only one side has is a difference of its own.
_NAME_SETS = ("permissions", "tags")
_PARTS = frozenset({*_NAME_SETS, "parameters", "request", "responses"})


def _names(
    theirs: _Facts, mine: _Facts, operations: Iterable[str] | None, *, extra: bool
) -> list[str]:
    asked = set(theirs if operations is None else operations)
    unknown = sorted(asked - theirs.keys() - mine.keys())
    if unknown:
        raise ContractError(f"neither side has an operation {unknown[0]!r}; correct its name.")
    return sorted(asked | (mine.keys() - theirs.keys() if extra else set[str]()))


def _document(published: _Facts, ours: _Facts) -> _Clashes:
    yield from _value("openapi", published.get("openapi"), ours.get("openapi"))
    yield from _value("security", published.get("security"), ours.get("security"))
    schemes = (side.get("security_schemes", {}) for side in (published, ours))
    for name, theirs, mine in _pairs(*schemes):
        yield from _members(f"security_schemes.{name}", theirs, mine)
    yield from _set("servers", published.get("servers", ()), ours.get("servers", ()))


def _operation(published: _Facts | None, ours: _Facts | None) -> _Clashes:
    if published is None or ours is None:
        yield "operation", _headline(published), _headline(ours)
        return
    whole = [_without(side, _PARTS) for side in (published, ours)]
    for fact, theirs, mine in _pairs(*whole):
        yield from _value(fact, theirs, mine)
    for fact in _NAME_SETS:
        yield from _set(fact, published.get(fact, ()), ours.get(fact, ()))
    yield from _parameters(published.get("parameters", {}), ours.get("parameters", {}))
    yield from _message("request", published.get("request", ABSENT), ours.get("request", ABSENT))
    for status, theirs, mine in _pairs(published["responses"], ours["responses"]):
        yield from _message(f"responses.{status}", theirs, mine)


def _headline(operation: _Facts | None) -> str | Absent:
    return f"{operation['method']} {operation['path']}" if operation else ABSENT


def _parameters(published: _Facts, ours: _Facts) -> _Clashes:
    for place in sorted(published.keys() | ours.keys()):
        for name, theirs, mine in _pairs(published.get(place, {}), ours.get(place, {})):
            yield from _message(f"{place}.{name}", theirs, mine)


def _message(where: str, published: Any, ours: Any) -> _Clashes:
    """A parameter, a request or a response: facts of its own, a schema, schemas by content type."""
    if published is ABSENT or ours is ABSENT:
        yield from _value(where, published, ours)
        return
    yield from _set(f"{where}.headers", published.get("headers", ()), ours.get("headers", ()))
    for kind, theirs, mine in _pairs(published.get("content", {}), ours.get("content", {})):
        yield from _schema(f"{where}.{_body(kind)}", theirs, mine)
    yield from _schema(where, published.get("schema", ABSENT), ours.get("schema", ABSENT))
    apart = {"content", "headers", "schema"}
    yield from _members(where, _without(published, apart), _without(ours, apart))


def _body(content_type: str) -> str:
    return "body" if content_type == "application/json" else f"body({content_type})"


def _schema(where: str, published: Any, ours: Any) -> _Clashes:
    if not _says_something(published) or not _says_something(ours):
        yield from _value(where, published, ours)
        return
    theirs, mine = _comparable(published, ours)
    for keyword in sorted(theirs.keys() | mine.keys()):
        yield from _keyword(keyword, f"{where}.{keyword}", theirs, mine)


def _keyword(keyword: str, where: str, published: _Facts, ours: _Facts) -> _Clashes:
    theirs, mine = published.get(keyword, ABSENT), ours.get(keyword, ABSENT)
    if keyword in BY_NAME:
        for name, one, other in _pairs(published.get(keyword, {}), ours.get(keyword, {})):
            yield from _schema(f"{where}.{name}", one, other)
    elif keyword in SINGLE:
        yield from _schema(where, theirs, mine)
    elif keyword == "required" or (keyword == "enum" and _both_lists(theirs, mine)):
        yield from _set(where, published.get(keyword, ()), ours.get(keyword, ()))
    elif keyword == "prefixItems" and _both_lists(theirs, mine):
        places = (dict(enumerate(sequence(side, where))) for side in (theirs, mine))
        for place, one, other in _pairs(*places):
            yield from _schema(f"{where}.{place}", one, other)
    elif keyword in SEVERAL | {"allOf"} and _both_lists(theirs, mine):
        yield from _alternatives(where, theirs, mine)
    else:
        yield from _value(where, theirs, mine)


def _comparable(published: _Facts, ours: _Facts) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two schemas, spelled so that a lone difference stays a lone one."""
    theirs, mine = dict(published), dict(ours)
    if "enum" in theirs.keys() | mine.keys():
        theirs, mine = (_as_enumeration(side) for side in (theirs, mine))
    if "anyOf" in theirs and "anyOf" not in mine and not _demands(theirs) - {"anyOf"}:
        mine = _as_choice(mine)
    elif "anyOf" in mine and "anyOf" not in theirs and not _demands(mine) - {"anyOf"}:
        theirs = _as_choice(theirs)
    return theirs, mine


def _says_something(schema: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(schema, dict)


def _demands(schema: _Facts) -> set[str]:
    return schema.keys() - ANNOTATIONS


def _as_enumeration(schema: dict[str, Any]) -> dict[str, Any]:
    if "const" not in schema:
        return schema
    return _without(schema, {"const"}) | {"enum": [schema["const"]]}


def _as_choice(schema: dict[str, Any]) -> dict[str, Any]:
    demands = _demands(schema)
    only = {key: schema[key] for key in demands}
    return _without(schema, demands) | ({"anyOf": [only]} if only else {})


def _alternatives(where: str, published: Sequence[Schema], ours: Sequence[Schema]) -> _Clashes:
    """Compare the alternatives that only one side has, label by label."""
    both = {canonical(schema) for schema in published} & {canonical(schema) for schema in ours}
    theirs, mine = (
        _labelled(schema for schema in side if canonical(schema) not in both)
        for side in (published, ours)
    )
    for label, one, other in _pairs(theirs, mine):
        yield from _schema(f"{where}({label})", one, other)


def _labelled(schemas: Iterable[Schema]) -> dict[str, Schema]:
    labelled: dict[str, Schema] = {}
    for schema in schemas:
        label, count = _label(schema), 1
        while label in labelled:
            count += 1
            label = f"{_label(schema)} {count}"
        labelled[label] = schema
    return labelled


def _label(schema: Schema) -> str:
    """A name for an alternative: a constant that it demands, or else its type."""
    if schema is False:
        return "nothing"
    for name, member in sorted(schema.get("properties", {}).items()):
        if member and "const" in member:
            return f"{name}={_name(member['const'])}"
    return str(schema.get("type", "recursive" if "recursive" in schema else "any"))


def _members(where: str, published: Any, ours: Any) -> _Clashes:
    if published is ABSENT or ours is ABSENT:
        yield from _value(where, published, ours)
        return
    for name, theirs, mine in _pairs(published, ours):
        yield from _value(f"{where}.{name}", theirs, mine)


def _set(where: str, published: Iterable[Any], ours: Iterable[Any]) -> _Clashes:
    sides = ({_name(item): item for item in side} for side in (published, ours))
    for name, theirs, mine in _pairs(*sides):
        yield from _value(f"{where}.{name}", theirs, mine)


def _value(where: str, published: Any, ours: Any) -> _Clashes:
    if ABSENT in (published, ours):
        if published is not ours:
            yield where, published, ours
    elif canonical(published) != canonical(ours):
        yield where, published, ours


def _pairs(published: Mapping[Any, Any], ours: Mapping[Any, Any]) -> Iterator[tuple[Any, Any, Any]]:
    for name in sorted(published.keys() | ours.keys()):
        yield name, published.get(name, ABSENT), ours.get(name, ABSENT)


def _without(facts: _Facts, names: Iterable[str]) -> dict[str, Any]:
    dropped = set(names)
    return {name: value for name, value in facts.items() if name not in dropped}


def _both_lists(one: Any, other: Any) -> bool:
    return isinstance(one, list) and isinstance(other, list)


def _name(item: Any) -> str:
    return item if isinstance(item, str) else canonical(item)
