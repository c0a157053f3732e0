"""Folders import downward, and no modules import each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import FAKE, KNOWN, SOURCES, module_of, name_of, tree_of

FOLDERS = (
    *(
        "",
        "__main__",
        "commands",
        "mock",
        "local",
        "remote",
        "clients",
        "server",
        "control",
        "testing",
        "engine",
    ),
    *("resources", "operations", "settings", "state", "world", "contract"),
    *("errors", "attributes", "places", "names"),
)
"""The folders and modules of the fake, from the outside in; what is at the top may import all."""


@pytest.mark.parametrize("path", FAKE, ids=name_of)
def test_folders_import_downward(path: Path) -> None:
    """Rule: a folder imports only folders below it, for types and inside functions as well.

    Source: the order of the house, which is the way of a request from the outside in.
    """
    place = FOLDERS.index(folder(module_of(path)))
    assert [name for name in imported(path) if FOLDERS.index(folder(name)) < place] == []


def test_no_module_imports_itself_in_a_circle() -> None:
    """Rule: modules that import each other, be it for types alone, are one module in two files.

    Source: the house's own rules.
    """
    graph = {
        module_of(path): [name for name in imported(path) if name != module_of(path)]
        for path in SOURCES
    }
    assert next(circles(graph), None) is None


def circles(graph: dict[str, list[str]]) -> Iterator[list[str]]:
    """Ways through the imports that come back to where they began."""
    done: set[str] = set()

    def follow(way: list[str]) -> Iterator[list[str]]:
        for name in graph[way[-1]]:
            if name in way:
                yield [*way[way.index(name) :], name]
            elif name not in done:
                yield from follow([*way, name])
        done.add(way[-1])

    for name in graph:
        if name not in done:
            yield from follow([name])


def test_a_circle_is_found() -> None:
    """Rule: the search finds a circle wherever it is, and none where there is none."""
    graph = {"a": ["b"], "b": ["c", "d"], "c": [], "d": ["b"]}
    assert list(circles(graph)) == [["b", "d", "b"]]
    assert list(circles({**graph, "d": ["c"]})) == []


def folder(module: str) -> str:
    return (*module.split("."), "")[1]


def imported(path: Path) -> Iterator[str]:
    """The modules of ours that a file imports, wherever in it."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found = name if name in KNOWN else node.module
                if found in KNOWN:
                    yield found
