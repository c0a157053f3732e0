"""Routes found by looking the path up, segment by segment, however many there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

T = TypeVar("T")

Ends = Mapping[str, tuple[T, tuple[str, ...]]]
Endpoint = Callable[[T, Mapping[str, str], Scope, Receive, Send], Awaitable[None]]


class Node(Generic[T]):
    """One segment of the paths that share it: what follows, and what ends here by method."""

    __slots__ = ("ends", "literals", "other")

    def __init__(self) -> None:
        self.literals: dict[str, Node[T]] = {}
        self.other: Node[T] | None = None
        self.ends: dict[str, tuple[T, tuple[str, ...]]] = {}


class Lookup(BaseRoute, Generic[T]):
    """One Starlette route for a whole table of methods and path templates.

    A literal segment goes before a parameter; a parameter is never empty. `endpoint` is called
    with the target that was found.
    """

    def __init__(self, targets: Mapping[tuple[str, str], T], endpoint: Endpoint[T]) -> None:
        self._root: Node[T] = Node()
        self._endpoint = endpoint
        for (method, path), target in targets.items():
            self._place(method, path, target)

    def find(self, path: str) -> tuple[Ends[T], list[str]] | None:
        """What a path has by method, each with the names of its parameters, and their values."""
        segments = path.split("/")
        values: list[str] = []
        node = _descend(self._root, segments, 0, values)
        return None if node is None else (node.ends, values)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say to Starlette whether the path is here, and whether it has this method."""
        found = self.find(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            return Match.NONE, {}
        if scope["method"] not in found[0]:
            return Match.PARTIAL, {"amigo_mock.methods": found[0].keys()}
        return Match.FULL, {}

    def target(self, method: str, path: str) -> tuple[T, dict[str, str]] | None:
        """What method and path lead to, with the parameters of the path by name."""
        found = self.find(path)
        end = found[0].get(method) if found else None
        if found is None or end is None:
            return None
        target, names = end
        return target, dict(zip(names, found[1], strict=True))

    def answer(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None] | None:
        """What will answer, if path and method are here."""
        found = self.target(scope["method"], scope["path"]) if scope["type"] == "http" else None
        return None if found is None else self._endpoint(*found, scope, receive, send)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or raise a 405 with the methods that there are."""
        answer = self.answer(scope, receive, send)
        if answer is not None:
            await answer
        else:
            methods = ", ".join(sorted(scope["amigo_mock.methods"]))
            raise HTTPException(405, headers={"Allow": methods})

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


class Shortcut:
    """Answers what a lookup has before the rest of the application is asked.

    Starlette is left what nobody is in a hurry for: redirects, 404 and 405.
    """

    def __init__(self, app: ASGIApp, lookup: Lookup[Any]) -> None:
        self._app = app
        self._lookup = lookup

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer, or pass on."""
        answer = self._lookup.answer(scope, receive, send)
        return self._app(scope, receive, send) if answer is None else answer


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
