"""Undeclared names: those of an accepted request that its models pass over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, get_args

from pydantic import BaseModel, RootModel

from amigo_mock.names import has_no

UNKNOWN = "unknown-fields"  # the assumption that they change nothing

UNEXPECTED_BODY = f"{UNKNOWN}: the operation takes no body; what was sent changes nothing"

MOST = 10  # unknown names that one request is warned of
LONGEST = 80  # characters of one that are shown

_CONTAINERS = (dict, list)

Place = tuple[str | int, ...]

Undeclared = dict[Place, Collection[str]]
"""The place of each undeclared field, with the names that are declared there."""


def unknown_parameters(names: Iterable[str], known: Collection[str]) -> list[str]:
    """A warning for each of these names in a query that is not a known one."""
    unknown = dict.fromkeys(name for name in names if name not in known)
    return [_warning("the query", "parameter", name, known) for name in islice(unknown, MOST)]


def unknown_fields(found: Mapping[Place, Collection[str]]) -> list[str]:
    """A warning for each undeclared field of a body. Those inside of another one say no more."""
    return [
        _warning(_owner(place), "field", str(place[-1]), found[place])
        for place in islice(_outermost(found), MOST)
    ]


def _outermost(found: Mapping[Place, Any]) -> Iterator[Place]:
    for place in found:
        if not any(place[:length] in found for length in range(1, len(place))):
            yield place


def _owner(place: Place) -> str:
    inside = ".".join(map(str, place[:-1]))
    return repr(_cut(inside)) if inside else "the body"


def _warning(owner: str, what: str, name: str, known: Collection[str]) -> str:
    return f"{UNKNOWN}: {has_no(owner, what, _cut(name), known)}; it changes nothing"


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}..."


def undeclared(content: Any, value: Any) -> Undeclared:
    """The fields in a JSON value that the model which accepted it does not declare.

    `value` is what validation made of `content`. The names in a map are the client's own, and
    declared by the map. Where the two have other shapes, every field counts as undeclared.
    """
    found: Undeclared = {}
    _compare(content, value, (), found)
    return found


def _compare(content: Any, value: Any, place: Place, found: Undeclared) -> None:
    if type(content) is dict and (declared := _declared(value.__class__)) is not None:
        names, nested = declared
        # A field that counts was sent, so more of them were sent only if some do not count.
        if len(content) > len(value.model_fields_set):
            found.update(((*place, name), names) for name in content if name not in names)
        for name, attribute in nested:
            inner = content.get(name)
            if type(inner) in _CONTAINERS:
                _compare(inner, getattr(value, attribute), (*place, name), found)
    elif isinstance(value, RootModel):
        _compare(content, value.root, place, found)
    elif type(content) is list:
        if isinstance(value, list | tuple) and len(value) == len(content):
            for number, item in enumerate(content):
                _compare(item, value[number], (*place, number), found)
        else:
            found.update(dict.fromkeys(_names(content, place), ()))
    elif type(content) is dict:
        if not isinstance(value, dict):
            found.update(dict.fromkeys(_names(content, place), ()))
        elif any(isinstance(item, BaseModel | list | tuple) for item in value.values()):
            for name in content.keys() & value.keys():
                _compare(content[name], value[name], (*place, name), found)


def _names(content: Any, place: Place) -> list[Place]:
    """The places of all fields in a JSON value."""
    if isinstance(content, list):
        return [each for n, item in enumerate(content) for each in _names(item, (*place, n))]
    if isinstance(content, dict):
        inner = (_names(item, (*place, name)) for name, item in content.items())
        return [*((*place, name) for name in content), *(each for names in inner for each in names)]
    return []


@cache
def _declared(kind: type) -> tuple[frozenset[str], tuple[tuple[str, str], ...]] | None:
    """The names that a model declares, and both names of each field that has models in it.

    None for what is no model, or has no fields of its own.
    """
    if not issubclass(kind, BaseModel) or issubclass(kind, RootModel):
        return None
    fields = kind.model_fields
    names = {info.alias or name for name, info in fields.items()} | fields.keys()
    nested = [
        (info.alias or name, name) for name, info in fields.items() if _has_model(info.annotation)
    ]
    return frozenset(names), tuple(nested)


def _has_model(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(map(_has_model, get_args(annotation)))
