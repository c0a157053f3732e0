"""create_app(): the ASGI application of a fake, for any server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Receive, Scope, Send

from amigo_mock.engine.fake import Fake
from amigo_mock.engine.persistence.state_file import StateFile
from amigo_mock.errors import Dropped
from amigo_mock.resources import CATALOG
from amigo_mock.server.asgi import serve
from amigo_mock.server.gateway import Gateway
from amigo_mock.settings import Settings


def create_app(fake: Fake | Settings | None = None) -> Starlette:
    """The application of one fake: the one given, or a new one with these settings.

    A new one has its state file, if the settings name one, until the server ends. Raises
    `MockError` if it cannot be used.
    """
    if isinstance(fake, Fake):
        return application(Gateway(fake))
    made = Fake(CATALOG, fake)
    if made.settings.state is None:
        return application(Gateway(made))
    state_file = StateFile.open(made, made.settings.state, "an ASGI server")
    return application(Gateway(made), end=state_file.close)


def application(
    gateway: Gateway, begin: Callable[[], None] | None = None, end: Callable[[], None] | None = None
) -> Starlette:
    """The application of a gateway. `begin` and `end` are called when a server begins and ends."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if begin is not None:
            begin()
        yield
        if end is not None:
            end()

    return Starlette(routes=[Everything(gateway)], lifespan=lifespan)


class Everything(BaseRoute):
    """The one route: a gateway answers whatever is asked for, what is not there included."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say that every HTTP request is answered here."""
        return Match.FULL if scope["type"] == "http" else Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = False

        async def sent(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await serve(self._gateway, scope, receive, sent)
        except Dropped:
            if not started:
                # ASGI has no word for it. A server cuts what begins and does not end.
                headers = [(b"content-length", b"1")]
                await send({"type": "http.response.start", "status": 500, "headers": headers})
                await send({"type": "http.response.body", "body": b"", "more_body": True})
