"""The core names no resource, whatever there is of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from amigo_mock.resources import CATALOG
from tests.architecture.source import SOURCES, name_of, tree_of

OF_RESOURCES = {"resources", "records", "factories"}  # folders
# Made-up people are personas, assumptions are about what resources do, and the command line makes
# such people and shows one example of a request.
EXCEPTIONS = {
    "amigo_mock/contract/assumptions.py",
    "amigo_mock/operations/assumptions.py",
    "amigo_mock/testing/samples.py",
    *(f"amigo_mock/commands/{name}.py" for name in ("banner", "cli", "generate", "options")),
}
SHARED = {
    "amigo_mock/world/records/base.py",
    *(f"amigo_mock/testing/factories/{name}.py" for name in ("base", "draft", "host")),
}
"""The files of these folders that every resource stands on."""
CORE = [
    path
    for path in SOURCES
    if name_of(path) in SHARED
    or (name_of(path) not in EXCEPTIONS and OF_RESOURCES.isdisjoint(name_of(path).split("/")))
]
ENGLISH = {"service"}  # a word that sentences have for the whole API


@cache
def nouns() -> set[str]:
    """The names of all kinds and of what all operations are about, in snake case."""
    verbless = (operation.id.partition("-")[2].replace("-", "_") for operation in CATALOG.all())
    found = {name for name in (*CATALOG.kinds, *verbless) if not name.startswith("in_with_")}
    return found | {name.removesuffix("s") for name in found}


def words(path: Path) -> Iterator[str]:
    """The names and texts in the code of a file, without its docstrings."""
    tree = tree_of(path)
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value
        for field in ("id", "attr", "arg", "name"):
            if isinstance(name := getattr(node, field, None), str):
                yield name


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_the_core_names_no_resource(path: Path) -> None:
    """Rule: adding a resource edits no module of the core, as none knows a resource by name; the
    names are those of all kinds and operations, so that a new one is guarded as soon as it is in
    the catalog. Source: the measure of this house.
    """
    found = set()
    for text in words(path):
        parted = f"_{snake(text)}_"
        for noun in nouns():
            if f"_{noun}_" in parted and not (noun in ENGLISH and " " in text):
                found.add((noun, text))
    assert found == set()


def snake(text: str) -> str:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower())


def test_the_guard_knows_every_resource() -> None:
    """Rule: the guard looks for the names of all resources. Source: the catalog."""
    assert {"persona", "unit_test_set_run", "metric_version", "agents"} <= nouns()
    assert all(kind in nouns() for kind in CATALOG.kinds)
