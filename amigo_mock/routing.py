"""Routes found by looking the path up, segment by segment, however many there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

T = TypeVar("T")

Endpoint = Callable[[T, Mapping[str, str], Scope, Receive, Send], Awaitable[None]]


class Node(Generic[T]):
    """One segment of the paths that share it: what follows, and what ends here by method."""

    __slots__ = ("ends", "literals", "name", "other")

    def __init__(self) -> None:
        self.literals: dict[str, Node[T]] = {}
        self.name = ""
        self.other: Node[T] | None = None
        self.ends: dict[str, T] = {}


class Lookup(BaseRoute, Generic[T]):
    """One Starlette route for a whole table of methods and path templates.

    A literal segment goes before a parameter; a parameter is never empty. `endpoint` is called
    with the target that was found.
    """

    def __init__(self, targets: Mapping[tuple[str, str], T], endpoint: Endpoint[T]) -> None:
        self._root: Node[T] = Node()
        self._endpoint = endpoint
        for (method, path), target in targets.items():
            self._place(path).ends[method] = target

    def find(self, path: str) -> tuple[Mapping[str, T], dict[str, str]] | None:
        """The targets of a path by method, and the values of its parameters."""
        segments = path.split("/")
        values: dict[str, str] = {}
        node = _descend(self._root, segments, 0, values)
        return None if node is None else (node.ends, values)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say to Starlette whether the path is here, and whether it has this method."""
        found = self.find(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            return Match.NONE, {}
        targets, values = found
        target = targets.get(scope["method"])
        if target is None:
            return Match.PARTIAL, {"amigo_mock.methods": targets.keys()}
        return Match.FULL, {"amigo_mock.target": target, "path_params": values}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the endpoint, or answer 405 with the methods that there are."""
        if "amigo_mock.target" not in scope:
            methods = ", ".join(sorted(scope["amigo_mock.methods"]))
            raise HTTPException(405, headers={"Allow": methods})
        target = scope["amigo_mock.target"]
        await self._endpoint(target, scope["path_params"], scope, receive, send)

    def _place(self, path: str) -> Node[T]:
        node = self._root
        for segment in path.split("/"):
            if segment.startswith("{"):
                node.name = segment[1:-1]
                node.other = node = node.other or Node()
            else:
                node = node.literals.setdefault(segment, Node())
        return node


def _descend(
    node: Node[T], segments: list[str], depth: int, values: dict[str, str]
) -> Node[T] | None:
    if depth == len(segments):
        return node if node.ends else None
    segment = segments[depth]
    literal = node.literals.get(segment)
    if literal is not None:
        found = _descend(literal, segments, depth + 1, values)
        if found is not None:
            return found
    if node.other is not None and segment:
        found = _descend(node.other, segments, depth + 1, values)
        if found is not None:
            values[node.name] = segment
            return found
    return None
