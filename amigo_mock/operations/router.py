"""Paths looked up segment by segment, however many there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

T = TypeVar("T")

Ends = Mapping[str, tuple[T, tuple[str, ...]]]


class Node(Generic[T]):
    """One segment of the paths that share it: what follows, and what ends here by method."""

    __slots__ = ("ends", "literals", "other")

    def __init__(self) -> None:
        self.literals: dict[str, Node[T]] = {}
        self.other: Node[T] | None = None
        self.ends: dict[str, tuple[T, tuple[str, ...]]] = {}


class Lookup(Generic[T]):
    """A table of methods and path templates, each with what it leads to.

    A literal segment goes before a parameter; a parameter is never empty.
    """

    def __init__(self, targets: Mapping[tuple[str, str], T]) -> None:
        self._root: Node[T] = Node()
        for (method, path), target in targets.items():
            self._place(method, path, target)

    def find(self, path: str) -> tuple[Ends[T], list[str]] | None:
        """What a path has by method, each with the names of its parameters, and their values."""
        segments = path.split("/")
        values: list[str] = []
        node = _descend(self._root, segments, 0, values)
        return None if node is None else (node.ends, values)

    def target(self, method: str, path: str) -> tuple[T, dict[str, str]] | None:
        """What method and path lead to, with the parameters of the path by name."""
        found = self.find(path)
        end = found[0].get(method) if found else None
        if found is None or end is None:
            return None
        target, names = end
        return target, dict(zip(names, found[1], strict=True))

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


def _descend(node: Node[T], segments: list[str], depth: int, values: list[str]) -> Node[T] | None:
    for place in range(depth, len(segments)):
        segment = segments[place]
        literal, other = node.literals.get(segment), node.other if segment else None
        if literal is not None and other is not None:
            # Only where both could go on is it worth trying one and coming back.
            known = len(values)
            found = _descend(literal, segments, place + 1, values)
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
    return node if node.ends else None
