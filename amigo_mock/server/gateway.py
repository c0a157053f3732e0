"""The entrance: the prompt answer, and the way through the application for the rest."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import cached_property
from typing import TYPE_CHECKING

from amigo_mock.engine.fake import Fake
from amigo_mock.server.fast_path import Prompt

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from amigo_mock.server.app import Application


class Entrance:
    """Where requests to a fake come in. The application is made when the first one needs it."""

    def __init__(self, fake: Fake) -> None:
        self.prompt = Prompt(fake)

    @cached_property
    def app(self) -> Application:
        """The application behind."""
        from amigo_mock.server.app import Application

        return Application(self.prompt)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Let a request go through the application."""
        return self.app(scope, receive, send)
