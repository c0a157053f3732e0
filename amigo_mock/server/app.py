"""create_app(): the Starlette application, with everything it is made of in sight."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import cache, partial
from time import perf_counter

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amigo_mock.engine.fake import Fake
from amigo_mock.engine.pipeline import JSON, Answer, refusal, serve, write
from amigo_mock.engine.tenants import Tenants
from amigo_mock.engine.validation import Path
from amigo_mock.errors import ISSUES, ApiError, Dropped, error_body
from amigo_mock.resources import OPERATION
from amigo_mock.server.fast_path import Prompt
from amigo_mock.server.routing import Later, Shortcut, Table
from amigo_mock.settings import Settings

PREFIX = "/_mock/"  # of the control API

LOCAL_ORIGIN = r"https?://(localhost|127\.0\.0\.1|\[::1\]|[a-z0-9-]+\.localhost)(:\d+)?"

EXPOSED = (
    "Retry-After",
    "X-Amigo-Mock-Warning",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)


def create_app(fake: Fake | Settings | None = None) -> Application:
    """The application of one fake: the one given, or a new one with these settings."""
    return Application(Prompt(fake if isinstance(fake, Fake) else Fake(fake)))


class Application(Starlette):
    """Starlette with its middleware in front of all of it, so that most answers never get there.

    Most do without even the middleware: `prompt` has them.
    """

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt
        operations = Table(prompt.lookup, endpoint)
        super().__init__(
            routes=[
                operations,
                Later(PREFIX, partial(control_routes, prompt)),
                document(prompt.fake),
            ],
            middleware=[
                Middleware(Journaled, fake=prompt.fake, tenants=prompt.tenants),
                Middleware(CrossOrigin),
                Middleware(Shortcut, table=operations),
            ],
            exception_handlers={HTTPException: not_routed},
        )

    def build_middleware_stack(self) -> ASGIApp:
        """Put what Starlette does about errors behind what is here, not around it."""
        middleware, self.user_middleware = self.user_middleware, []
        app = super().build_middleware_stack()
        self.user_middleware = middleware
        for kind, arguments, options in reversed(middleware):
            app = kind(app, *arguments, **options)
        return app


async def endpoint(name: str, path: Path, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request to an operation, of the fake that `Journaled` has found."""
    operation = OPERATION.get(name)
    if operation is None:
        answer = not_emulated(name)
    else:
        try:
            answer = await serve(scope["amigo_mock.fake"], operation, path, scope, receive)
        except ApiError as error:
            answer = refusal(error)
    await write(send, answer)


def control_routes(prompt: Prompt) -> BaseRoute:
    """The control API of the fake and its tenants, which most tests never use over HTTP."""
    from amigo_mock.control.routes import routes

    return routes(prompt.fake, prompt.tenants)


def document(fake: Fake) -> Route:
    """The OpenAPI document of what is emulated, made when it is first asked for."""

    @cache
    def content(strict: bool) -> bytes:
        from amigo_mock.operations import openapi
        from amigo_mock.resources import OPERATIONS

        return openapi.encoded(OPERATIONS, "amigo-mock", strict=strict)

    async def answer(_: StarletteRequest) -> Response:
        return Response(content(fake.settings.strict), media_type="application/json")

    return Route("/v1/openapi.json", answer)


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


async def not_routed(_: StarletteRequest, error: Exception) -> Response:
    """404 and 405 in the shape of every other error."""
    assert isinstance(error, HTTPException)
    content = error_body(error.detail)
    return Response(content, error.status_code, error.headers, media_type="application/json")


class Journaled:
    """Writes every request of a client into the journal, whatever becomes of it."""

    def __init__(self, app: ASGIApp, fake: Fake, tenants: Tenants) -> None:
        self._app = app
        self._fake = fake
        self._tenants = tenants

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note what was answered."""
        if scope["type"] != "http" or scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        fake = self._fake
        if self._tenants.fakes:
            fake = self._tenants.of(scope["path"])
        journal, started = fake.journal, perf_counter()
        query = scope["query_string"].decode("latin-1")
        entry = journal.open(fake.clock.now(), scope["method"], scope["path"], query)
        scope["amigo_mock.entry"] = entry
        scope["amigo_mock.fake"] = fake

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

        recorder = fake.recorder
        app = self._app if recorder is None else partial(recorder.watch, self._app)
        try:
            await app(scope, receive, noted)
        except BaseException as error:
            entry.dropped = isinstance(error, Dropped)
            close()
            raise
