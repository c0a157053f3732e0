"""create_app(): the Starlette application, with everything it is made of in sight."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import cache
from time import perf_counter

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amigo_mock import control, openapi
from amigo_mock.errors import ISSUES, ApiError, Dropped, error_body
from amigo_mock.fake import Fake
from amigo_mock.operation import Operation
from amigo_mock.pipeline import JSON, Answer, refusal, serve, write
from amigo_mock.published import PUBLISHED
from amigo_mock.resources import DOWNLOADS, OPERATIONS
from amigo_mock.routing import Lookup, Shortcut
from amigo_mock.settings import Settings
from amigo_mock.validation import Path

LOCAL_ORIGIN = r"https?://(localhost|127\.0\.0\.1|\[::1\]|[a-z0-9-]+\.localhost)(:\d+)?"

EXPOSED = (
    "Retry-After",
    "X-Amigo-Mock-Warning",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)


def create_app(fake: Fake | Settings | None = None) -> Starlette:
    """The application of one fake: the one given, or a new one with these settings."""
    state = fake if isinstance(fake, Fake) else Fake(fake)
    emulated = operations(state)
    return Application(
        routes=[emulated, control.levers(state), document(state)],
        middleware=[
            Middleware(Journaled, fake=state),
            Middleware(CrossOrigin),
            Middleware(Shortcut, lookup=emulated),
        ],
        exception_handlers={HTTPException: not_routed},
    )


class Application(Starlette):
    """Starlette with its middleware in front of all of it, so that most answers never get there."""

    def build_middleware_stack(self) -> ASGIApp:
        """Put what Starlette does about errors behind what is here, not around it."""
        middleware, self.user_middleware = self.user_middleware, []
        app = super().build_middleware_stack()
        self.user_middleware = middleware
        for kind, arguments, options in reversed(middleware):
            app = kind(app, *arguments, **options)
        return app


def operations(fake: Fake) -> Lookup[Operation | str]:
    """Every published operation, emulated or known by name only, and what answers link to."""
    named: dict[tuple[str, str], Operation | str] = {
        (method, path): operation for operation, method, path in PUBLISHED
    }
    declared = (*OPERATIONS, *DOWNLOADS)
    emulated = {(operation.method, operation.path): operation for operation in declared}

    async def endpoint(
        target: Operation | str, path: Path, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if isinstance(target, str):
            answer = not_emulated(target)
        else:
            try:
                answer = await serve(fake, target, path, scope, receive)
            except ApiError as error:
                answer = refusal(error)
        await write(send, answer)

    return Lookup(named | emulated, endpoint)


def document(fake: Fake) -> Route:
    """The OpenAPI document of what is emulated, made when it is first asked for."""

    @cache
    def content() -> bytes:
        return openapi.encoded(OPERATIONS, "amigo-mock", strict=fake.settings.strict)

    def endpoint(_: Request) -> Response:
        return Response(content(), media_type="application/json")

    return Route("/v1/openapi.json", endpoint)


def not_emulated(operation: str) -> Answer:
    """The answer to an operation that the real service has and this one does not."""
    text = (
        f"amigo-mock does not emulate the operation {operation!r} of the published API. "
        f"If you need it, say so at {ISSUES}."
    )
    return Answer(501, error_body(text), [JSON])


class CrossOrigin:
    """Lets front ends call that a browser loaded from this machine.

    What no browser sent is passed on without a further look.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._minded = CORSMiddleware(
            app,
            allow_origin_regex=LOCAL_ORIGIN,
            allow_methods=["*"],
            allow_headers=["*"],
            allow_credentials=True,
            expose_headers=EXPOSED,
        )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Mind the origin of a request that has one."""
        if scope["type"] == "http":
            for name, _ in scope["headers"]:
                if name == b"origin":
                    return self._minded(scope, receive, send)
        return self._app(scope, receive, send)


async def not_routed(_: Request, error: Exception) -> Response:
    """404 and 405 in the shape of every other error."""
    assert isinstance(error, HTTPException)
    content = error_body(error.detail)
    return Response(content, error.status_code, error.headers, media_type="application/json")


class Journaled:
    """Writes every request of a client into the journal, whatever becomes of it."""

    def __init__(self, app: ASGIApp, fake: Fake) -> None:
        self._app = app
        self._fake = fake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note what was answered."""
        if scope["type"] != "http" or scope["path"].startswith(control.PREFIX):
            await self._app(scope, receive, send)
            return
        journal, started = self._fake.journal, perf_counter()
        query = scope["query_string"].decode("latin-1")
        entry = journal.open(self._fake.clock.now(), scope["method"], scope["path"], query)
        scope["amigo_mock.entry"] = entry

        def close() -> None:
            if entry.duration:
                return  # what goes wrong while the answer is sent makes no second entry
            entry.duration = (perf_counter() - started) * 1000
            journal.close(entry)

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            else:
                if entry.operation is None:
                    entry.response_body += journal.cut(message.get("body", b""))
                if not message.get("more_body", False):
                    close()  # whoever has the answer finds it in the journal
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except BaseException as error:
            entry.dropped = isinstance(error, Dropped)
            close()
            raise
