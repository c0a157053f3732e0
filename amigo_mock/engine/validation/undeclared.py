"""Undeclared fields: those of an accepted body that its model passes over."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, RootModel

_CONTAINERS = (dict, list)

Place = tuple[str | int, ...]


def undeclared(content: Any, value: Any) -> list[Place]:
    """The places of the fields in a JSON value that the model which accepted it does not declare.

    `value` is what validation made of `content`. The names in a map are the client's own, and
    declared by the map. Where the two have other shapes, every field counts as undeclared.
    """
    found: list[Place] = []
    _compare(content, value, (), found)
    return found


def _compare(content: Any, value: Any, place: Place, found: list[Place]) -> None:
    if type(content) is dict and (declared := _declared(value.__class__)) is not None:
        names, nested = declared
        # A field that counts was sent, so more of them were sent only if some do not count.
        if len(content) > len(value.model_fields_set):
            found.extend((*place, name) for name in content if name not in names)
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
            found.extend(_names(content, place))
    elif type(content) is dict:
        if not isinstance(value, dict):
            found.extend(_names(content, place))
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
