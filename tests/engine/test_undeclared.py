"""Fields of an accepted body that nobody declares."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, Field, RootModel, field_validator

from amigo_mock.engine.validation.undeclared import undeclared


class Leaf(BaseModel):
    name: str = ""


class Leaves(RootModel[list[Leaf]]):
    """A list by another name."""


class Tree(BaseModel):
    leaf: Leaf | None = None
    leaves: list[Leaf] = []
    by_name: dict[str, Leaf] = {}
    free: dict[str, Any] = {}
    other: Leaves | None = None
    renamed: Leaf | None = Field(None, alias="re-named")
    first: Leaf | None = None

    @field_validator("first", mode="before")
    @classmethod
    def _first(cls, value: Any) -> Any:
        return value[0] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("content", "places"),
    [
        ({}, []),
        ({"leaf": {"name": "a"}, "free": {"x": {"y": 1}}}, []),
        ({"x": 1}, [("x",)]),
        ({"leaf": {"name": "a", "x": 1}}, [("leaf", "x")]),
        ({"leaf": None, "x": {"y": 1}}, [("x",)]),
        ({"leaves": [{}, {"x": 1}]}, [("leaves", 1, "x")]),
        ({"by_name": {"a": {}, "b": {"x": 1}}}, [("by_name", "b", "x")]),
        ({"other": [{"x": 1}]}, [("other", 0, "x")]),
        ({"re-named": {"x": 1}}, [("re-named", "x")]),
        ({"first": [{"x": [{"y": 1}]}]}, [("first", 0, "x"), ("first", 0, "x", 0, "y")]),
    ],
)  # fmt: skip
def test_undeclared_fields_are_found_at_any_depth(content: Any, places: list[Any]) -> None:
    """Rule: a field counts that its model does not declare; the names in a map are the client's
    own; where validation made another shape of it, all count. Source: secrets.
    """
    assert sorted(undeclared(content, Tree.model_validate(content)), key=str) == places
