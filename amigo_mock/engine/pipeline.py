"""The way of a request, whoever brings it: `answer`."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import AbstractContextManager, closing
from hashlib import sha256
from types import TracebackType
from typing import Any

from amigo_mock.engine.exchange import Exchange, note, note_piece, refused
from amigo_mock.engine.http import cross_origin
from amigo_mock.engine.http.messages import JSON, Answer, Answered, Request, success
from amigo_mock.engine.http.streaming import begin
from amigo_mock.engine.injection import inject_after, inject_fault
from amigo_mock.engine.tenants import Tenants
from amigo_mock.engine.validation.body import read
from amigo_mock.engine.validation.request import check
from amigo_mock.engine.validation.undeclared import undeclared, unknown_fields
from amigo_mock.errors import ApiError, Dropped, StateError, not_kept
from amigo_mock.operations.call import Call
from amigo_mock.operations.responses import Wait
from amigo_mock.state.access import Caller
from amigo_mock.state.journal import SHOWN
from amigo_mock.state.limits import Usage
from amigo_mock.world.identity import EVERYTHING
from amigo_mock.world.records import User
from amigo_mock.world.world import Organization

ANOTHER = "another-user"  # who it is that comes in between
LONGEST = 64  # bytes of the id of a user that nobody has proven to be

Steps = Generator[Wait | Answer | bytes, None, None]
"""Any number of waits, then an answer; if it is streamed, its pieces, with waits in between."""


def answer(tenants: Tenants, request: Request) -> Steps:
    """Answer a request. Whoever drives this waits and sends; closing it ends everything.

    Raises `Dropped` where the connection is to be cut. A whole answer is in the journal before it
    is yielded, a streamed one when it ends.
    """
    fake = tenants.of(request.path)
    limit = fake.settings.max_body_size
    with Exchange(fake, request) as exchange:
        try:
            operation = exchange.operation = tenants.routes.find(request)
            exchange.entry.operation = operation.id
            if request.aborted:
                raise Dropped
            if fake.faults:
                yield from inject_fault(exchange)  # 1. an armed fault delays, answers or drops
            with fake.lock, Turn(tenants, exchange):
                check_maintenance(exchange)  # 2. 503
                content = exchange.content = read(operation, request, limit)  # 3. 413, 400, 422
                caller = authenticate(exchange)  # 4. 401
                organization = locate(exchange)  # 5. 404
                count(exchange)  # 6. 429
                parameters, body = check(operation, request, content, exchange.strictness)  # 7. 422
                call = called(exchange, caller, organization, parameters, body)
                result = handle(exchange, call)  # 8. what the operation declares
        except ApiError as error:
            result = refused(exchange, error)
        except StateError as error:
            result = refused(exchange, not_kept(error))
        except Answered as ready:
            result = ready.answer
        if exchange.entry.handled:
            inform(exchange, result)
            if exchange.fault is not None:
                result = yield from inject_after(exchange, exchange.fault, result)
        finish(request, result)
        note(exchange, result)
        if result.pieces is not None:
            with closing(result.pieces):
                yield result
                yield from noted(exchange, result.pieces)
            return
    yield result


class Turn:
    """The turn of one request, after whoever comes in before it. The lock of the fake is held."""

    __slots__ = ("_exchange", "_recording", "_tenants")

    def __init__(self, tenants: Tenants, exchange: Exchange) -> None:
        self._tenants = tenants
        self._exchange = exchange
        self._recording: AbstractContextManager[None] | None = None

    def __enter__(self) -> None:
        exchange = self._exchange
        fake = exchange.fake
        exchange.check_current()
        if fake.races and not exchange.request.race:
            interrupt(self._tenants, exchange)
        exchange.entry.handled = True
        exchange.moment, exchange.behind = fake.clock.now(), fake.clock.behind
        if fake.recorder is not None:
            self._recording = fake.recorder.handling(exchange)
            self._recording.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        exchange = self._exchange
        if exchange.usage is None and exchange.fake.limits.enabled:
            # It was not counted: its headers tell the use of the window so far.
            exchange.usage = counted(exchange, 0)
        if self._recording is not None:
            self._recording.__exit__(kind, error, trace)
        exchange.fake.commit()  # before anybody is told


def interrupt(tenants: Tenants, exchange: Exchange) -> None:
    """Let another user act before a request is handled."""
    fake = exchange.fake
    if exchange.request.values["organization"] not in fake.world:
        return  # there is nothing that could be changed
    for armed in fake.races.take(exchange.operation.id):
        race = armed.race
        operation = tenants.routes.operation(race.operation)
        assert operation is not None
        values = {**exchange.request.values, **race.path}
        if values["organization"] not in fake.world:
            armed.status = 404
            continue
        fake.put_user(values["organization"], User(id=ANOTHER, grants=EVERYTHING))
        token = fake.token(values["organization"], ANOTHER)
        headers = {b"authorization": b"Bearer " + token.encode(), b"content-type": JSON[1]}
        body = b"" if race.body is None else json.dumps(race.body).encode()
        path = operation.path.format(**values)
        for step in answer(tenants, Request(operation.method, path, "", headers, body, race=True)):
            if isinstance(step, Answer):
                armed.status = step.status


def check_maintenance(exchange: Exchange) -> None:
    """Raise a 503 while the service is down."""
    if exchange.fake.maintenance.enabled:
        raise ApiError(503, "The service is down for maintenance.")


def authenticate(exchange: Exchange) -> Caller | None:
    """Authenticate the caller; a public operation has none. Raises a 401."""
    fake, entry, request = exchange.fake, exchange.entry, exchange.request
    organization = request.values["organization"]
    entry.organization = organization[:SHOWN]
    if exchange.operation.public:
        return None
    caller = fake.access.authenticate(request.headers, organization, fake.world, exchange.moment)
    entry.organization, entry.user = caller.organization, caller.user
    exchange.caller = caller
    return caller


def locate(exchange: Exchange) -> Organization:
    """The organization that the path names. Raises a 404."""
    id = exchange.request.values["organization"]
    organization = exchange.fake.world.organization(id)
    if organization is None:
        raise ApiError(404, f"There is no organization {id!r}.")
    return organization


def count(exchange: Exchange) -> None:
    """Count a request in the caller's window. Raises a 429 if it is one too many."""
    usage = exchange.usage = counted(exchange, 1)
    if usage is not None and usage.exceeded:
        text = f"More than {usage.limit} requests a minute; wait {usage.retry_after} seconds."
        raise ApiError(429, text, {"Retry-After": str(usage.retry_after)})


def counted(exchange: Exchange, requests: int) -> Usage | None:
    """Count requests in the caller's window; None if there is no limit."""
    fake, operation = exchange.fake, exchange.operation
    if operation.rate_limit is None or not fake.limits.enabled:
        return None
    window, published = counted_by(exchange), operation.rate_limit.requests
    usage = fake.limits.count(window, operation.id, published, exchange.moment, requests)
    if recorder := fake.recorder:
        recorder.counted(window, operation.id, usage, requests)
    return usage


def counted_by(exchange: Exchange) -> tuple[str, ...]:
    """By whom requests are counted: the caller, or who a public operation is asked about."""
    caller, request = exchange.caller, exchange.request
    organization = caller.organization if caller else request.values["organization"]
    if exchange.fake.settings.rate_limit_scope == "organization":
        return (organization,)
    if caller:
        return (organization, caller.user)
    asked = request.headers.get(exchange.operation.caller.replace("_", "-").encode(), b"")
    if len(asked) > LONGEST:  # nobody is called so, and it is kept for a minute
        return (organization, sha256(asked).hexdigest())
    return (organization, asked.decode("latin-1"))


def called(
    exchange: Exchange,
    caller: Caller | None,
    organization: Organization,
    parameters: Any,
    body: Any,
) -> Call[Any, Any]:
    """The request as its handler gets it. Time stands still for it."""
    fake, entry = exchange.fake, exchange.entry
    exchange.body = body
    exchange.undeclared = undeclared(exchange.content, body)
    if not entry.race:
        entry.warnings = [*exchange.strictness.warnings, *unknown_fields(exchange.undeclared)]
    asked: set[str] = set()
    entry.permissions = asked
    return Call(
        operation=exchange.operation,
        organization=organization,
        caller=caller,
        grants=fake.grants(caller, organization),
        parameters=parameters,
        body=body,
        moment=exchange.moment,
        behind=exchange.behind,
        ids=fake.world.ids,
        access=fake.access,
        settings=fake.settings,
        scripts=fake.scripts,
        request=exchange.request,
        asked=asked,
    )


def handle(exchange: Exchange, call: Call[Any, Any]) -> Answer:
    """Call the handler; the answer, or the beginning of a streamed one."""
    operation = exchange.operation
    result = operation.handler(call)
    exchange.entry.pending = call.pending
    return begin(exchange, result) if operation.streamed else success(operation, result)


def inform(exchange: Exchange, result: Answer) -> None:
    """Add the headers about the caller's limit and about leniencies."""
    entry = exchange.entry
    if (usage := exchange.usage) is not None:
        result.headers += usage.headers(exchange.behind)
        entry.limit, entry.used = usage.limit, usage.used
    for text in entry.warnings:
        result.headers.append((b"x-amigo-mock-warning", text.encode("ascii", "backslashreplace")))


def finish(request: Request, result: Answer) -> None:
    """Add the hint and what a page of another origin may see; leave out the body for HEAD."""
    hint = [(b"x-amigo-mock-hint", result.hint.encode())] if result.hint else []
    result.headers += hint + cross_origin.headers(request)
    result.head_only = request.method == "HEAD"


def noted(
    exchange: Exchange, pieces: Generator[bytes | Wait, None, None]
) -> Generator[Wait | bytes, None, None]:
    """The pieces of a streamed answer, each noted before it is sent."""
    for piece in pieces:
        if isinstance(piece, bytes):
            note_piece(exchange, piece)
        yield piece
