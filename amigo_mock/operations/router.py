"""Paths looked up segment by segment, however many there are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Generic, TypeVar

from amigo_mock.operations.nearest import nearest_row

T = TypeVar("T")

Found = tuple[T, Mapping[str, str]]
"""What a method and a path lead to, and the parameters of the path by name."""

REMEMBERED = 1024  # paths that were found before
LONGEST = 256  # characters of a path that is worth remembering


class Node(Generic[T]):
    """One segment of the paths that share it: what follows, and what ends here by method."""

    __slots__ = ("ends", "literals", "other")

    def __init__(self) -> None:
        self.literals: dict[str, Node[T]] = {}
        self.other: Node[T] | None = None
        self.ends: dict[str, tuple[T, tuple[str, ...]]] = {}


class Router(Generic[T]):
    """A table of methods and path templates, each with what it leads to.

    A literal segment goes before a parameter, unless its path has not the method and the one of the
    parameter has; a parameter is never empty.
    """

    def __init__(self, targets: Mapping[tuple[str, str], T]) -> None:
        self._root: Node[T] = Node()
        self._rows = tuple(targets)
        self._find_again = lru_cache(REMEMBERED)(self._find)
        self._nearest_again = lru_cache(REMEMBERED)(self._nearest)
        for (method, path), target in targets.items():
            self._place(method, path, target)

    def find(self, method: str, path: str) -> Found[T] | None:
        """The target of a method and a path, if there is one."""
        return (self._find_again if len(path) < LONGEST else self._find)(method, path)

    def methods(self, path: str) -> list[str]:
        """The methods that a path has, sorted; none if there is no such path."""
        node = _descend(self._root, path.split("/"), 0, [], None)
        return [] if node is None else sorted(node.ends)

    def mended(self, path: str) -> str | None:
        """The path with a slash more or fewer at its end, if that is one that there is."""
        if path == "/":
            return None
        other = path.rstrip("/") if path.endswith("/") else f"{path}/"
        return other if self.methods(other) else None

    def nearest(self, method: str, path: str) -> str | None:
        """The method and path template that are nearest to a path that is not there."""
        return self._nearest_again(method, path) if len(path) < LONGEST else None

    def _nearest(self, method: str, path: str) -> str | None:
        found = nearest_row(method, path, self._rows)
        return " ".join(found) if found else None

    def _find(self, method: str, path: str) -> Found[T] | None:
        values: list[str] = []
        node = _descend(self._root, path.split("/"), 0, values, method)
        if node is None:
            return None
        target, names = node.ends[method]
        return target, MappingProxyType(dict(zip(names, values, strict=True)))

    def _place(self, method: str, path: str, target: T) -> None:
        node = self._root
        names: list[str] = []
        for segment in path.split("/"):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.other = node = node.other or Node()
            else:
                node = node.literals.setdefault(segment, Node())
        node.ends[method] = (target, tuple(names))


def _descend(
    node: Node[T], segments: list[str], depth: int, values: list[str], method: str | None
) -> Node[T] | None:
    """The end of a path: one that has the method, or without one any; `values` are filled."""
    for place in range(depth, len(segments)):
        segment = segments[place]
        literal, other = node.literals.get(segment), node.other if segment else None
        if literal is not None and other is not None:
            # Only where both could go on is it worth trying one and coming back.
            known = len(values)
            found = _descend(literal, segments, place + 1, values, method)
            if found is not None:
                return found
            del values[known:]
        elif literal is not None:
            node = literal
            continue
        if other is None:
            return None
        values.append(segment)
        node = other
    ends = node.ends if method is None else method in node.ends
    return node if ends else None
