"""One Starlette route for a whole table of paths."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from amigo_mock.operations.router import Lookup

T = TypeVar("T")

Endpoint = Callable[[T, Mapping[str, str], Scope, Receive, Send], Awaitable[None]]


class Table(BaseRoute, Generic[T]):
    """What is in a lookup is answered by `endpoint`, which is called with what was found."""

    def __init__(self, lookup: Lookup[T], endpoint: Endpoint[T]) -> None:
        self._lookup = lookup
        self._endpoint = endpoint

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say to Starlette whether the path is here, and whether it has this method."""
        found = self._lookup.find(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            return Match.NONE, {}
        if scope["method"] not in found[0]:
            return Match.PARTIAL, {"amigo_mock.methods": found[0].keys()}
        return Match.FULL, {}

    def answer(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None] | None:
        """What will answer, if path and method are here."""
        found = (
            self._lookup.target(scope["method"], scope["path"]) if scope["type"] == "http" else None
        )
        return None if found is None else self._endpoint(*found, scope, receive, send)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or raise a 405 with the methods that there are."""
        answer = self.answer(scope, receive, send)
        if answer is not None:
            await answer
        else:
            methods = ", ".join(sorted(scope["amigo_mock.methods"]))
            raise HTTPException(405, headers={"Allow": methods})


class Later(BaseRoute):
    """A route under a prefix that is made when it is first needed."""

    def __init__(self, prefix: str, make: Callable[[], BaseRoute]) -> None:
        self._prefix = prefix
        self._make = make
        self._route: BaseRoute | None = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say to Starlette whether the path is here."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            return Match.NONE, {}
        if self._route is None:
            self._route = self._make()
        return self._route.matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the route does."""
        assert self._route is not None
        await self._route.handle(scope, receive, send)


class Shortcut:
    """Answers what a table has before the rest of the application is asked.

    Starlette is left what nobody is in a hurry for: redirects, 404 and 405.
    """

    def __init__(self, app: ASGIApp, table: Table[Any]) -> None:
        self._app = app
        self._table = table

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer, or pass on."""
        answer = self._table.answer(scope, receive, send)
        return self._app(scope, receive, send) if answer is None else answer
