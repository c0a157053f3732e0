"""The way of a request, in the order that its numbers have below.

1. An armed fault answers, delays or drops. 2. Maintenance is a 503. 3. Who is calling, or a 401.
4. An unknown organization is a 404. 5. One request too many is a 429. 6. What is wrong with the
request is a 422. 7. The handler answers, or refuses with 403, 404, 400 or 409.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from amigo_mock.contract.fidelity import Leeway
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.races import ANOTHER, ArmedRace
from amigo_mock.engine.validation import Path, Request, check
from amigo_mock.errors import ApiError, Dropped
from amigo_mock.operations.operation import Call, Joined, Operation
from amigo_mock.resources import OPERATION
from amigo_mock.state.access import Caller
from amigo_mock.state.faults import Fault
from amigo_mock.state.journal import Entry
from amigo_mock.state.limits import Usage
from amigo_mock.world.document import EVERYTHING
from amigo_mock.world.records import User

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

JSON = (b"content-type", b"application/json")


@dataclass(slots=True)
class Answer:
    """What goes out."""

    status: int
    body: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])

    def framed(self) -> list[tuple[bytes, bytes]]:
        """The headers, with the length of the body where there can be one."""
        if self.status in (204, 304):
            return self.headers
        return [*self.headers, (b"content-length", b"%d" % len(self.body))]


async def serve(
    fake: Fake, operation: Operation, path: Path, scope: Scope, receive: Receive
) -> Answer:
    """Answer a request to an operation, and say so in the journal.

    Only reading the body and an armed delay suspend. Raises `Dropped` when a fault says so.
    """
    entry: Entry = scope["amigo_mock.entry"]
    entry.operation = operation.id
    request = await read(fake.settings.max_body_size, path, scope, receive)
    fault = fake.faults.take(operation.id)  # 1
    if fault is None:
        return exchange(fake, operation, request, entry)
    from asyncio import sleep as wait

    entry.fault = fault.answers or fault.drop
    if recorder := fake.recorder:
        recorder.struck(entry, fault)
    answer: Answer | None = None
    try:
        sleep = scope.get("amigo_mock.sleep", wait)
        answer = await strike(fault, lambda: service(fake, operation, request, entry), sleep)
    finally:
        note(fake, operation, request, answer, entry)
    return answer


def exchange(fake: Fake, operation: Operation, request: Request, entry: Entry) -> Answer:
    """Answer a request that no fault hits, and say so in the journal."""
    answer: Answer | None = None
    try:
        answer = service(fake, operation, request, entry)
    finally:
        note(fake, operation, request, answer, entry)
    return answer


def service(fake: Fake, operation: Operation, request: Request, entry: Entry) -> Answer:
    """What the service answers, one request at a time."""
    with fake.lock:
        for armed in fake.races.take(operation.id):
            interrupt(fake, armed, request)
        return handle(fake, operation, request, entry)


async def strike(
    fault: Fault, service: Callable[[], Answer], sleep: Callable[[float], Awaitable[None]]
) -> Answer:
    """What a fault makes of an answer: late, another one, or none."""
    if fault.delay:
        await sleep(fault.delay)
    spared = not (fault.answers or fault.drop)
    answer = service() if spared or fault.when == "after" else None
    if fault.drop:
        raise Dropped
    return answer if spared and answer is not None else stand_in(fault)


def handle(fake: Fake, operation: Operation, request: Request, entry: Entry) -> Answer:
    """What the service answers, noted if something records."""
    recorder = fake.recorder
    if recorder is None:
        return respond(fake, operation, request, entry)
    with recorder.handling(entry, request):
        return respond(fake, operation, request, entry)


def respond(fake: Fake, operation: Operation, request: Request, entry: Entry) -> Answer:
    """What the service answers when no fault interferes."""
    entry.handled = True
    # What another user sends in between is the test's own word: nobody has to answer for it.
    leeway = Leeway(fake.settings.strict and not entry.race)
    caller: Caller | None = None
    usage: Usage | None = None
    try:
        if fake.maintenance:  # 2
            raise ApiError(503, "The service is down for maintenance.")
        caller = authenticate(fake, operation, request, entry)  # 3
        organization = fake.world.organization(request.path["organization"])  # 4
        if organization is None:
            raise ApiError(404, f"There is no organization {request.path['organization']!r}.")
        usage = count(fake, operation, request, caller)  # 5
        parameters, body = check(operation, request, leeway)  # 6
        entry.warnings = [] if entry.race else leeway.warnings
        asked: set[str] = set()
        entry.permissions = asked
        call = Call(
            operation,
            organization,
            caller,
            fake.grants(caller),
            parameters,
            body,
            fake.present,
            fake.world.ids,
            fake.access,
            fake.settings,
            fake.scripts,
            request,
            asked,
        )
        answer = success(operation, operation.handler(call))  # 7
    except ApiError as error:
        answer = refusal(error)
    if operation.rate_limit and fake.limits.enabled:
        usage = usage or count(fake, operation, request, caller, requests=0)
        if usage:
            answer.headers += usage.headers
            entry.limit, entry.used = usage.limit, usage.used
    answer.headers += [(b"x-amigo-mock-warning", text.encode()) for text in entry.warnings]
    return answer


def interrupt(fake: Fake, armed: ArmedRace, request: Request) -> None:
    """Let another user call something before a request is answered."""
    race = armed.race
    operation = OPERATION[race.operation]
    path = {**request.path, **race.path}
    fake.put_user(path["organization"], User(id=ANOTHER, grants=EVERYTHING))
    token = fake.token(path["organization"], ANOTHER)
    headers = {b"authorization": b"Bearer " + token.encode(), b"content-type": JSON[1]}
    body = b"" if race.body is None else json.dumps(race.body).encode()
    own = Request(path, "", headers, body)
    entry = fake.journal.open(fake.clock.now(), operation.method, operation.path.format(**path), "")
    entry.operation, entry.race = operation.id, True
    answer = handle(fake, operation, own, entry)
    if recorder := fake.recorder:
        recorder.came_between(entry, answer.status, answer.headers, answer.body)
    armed.status = entry.status = answer.status
    note(fake, operation, own, answer, entry)
    fake.journal.close(entry)


def authenticate(fake: Fake, operation: Operation, request: Request, entry: Entry) -> Caller | None:
    """Who is calling; nobody, if the operation is public. Raises a 401."""
    entry.organization = request.path["organization"]
    if operation.public:
        return None
    caller = fake.access.authenticate(
        request.headers, request.path["organization"], fake.world, fake.present.now()
    )
    entry.organization, entry.user = caller.organization, caller.user
    return caller


def count(
    fake: Fake, operation: Operation, request: Request, caller: Caller | None, requests: int = 1
) -> Usage | None:
    """Count a request, or none, in the caller's window. Raises a 429 if it is one too many."""
    if operation.rate_limit is None or not fake.limits.enabled:
        return None
    counted_by = counted(fake, operation, request, caller)
    usage = fake.limits.count(
        counted_by,
        operation.id,
        operation.rate_limit.requests,
        fake.present.now(),
        requests,
    )
    if recorder := fake.recorder:
        recorder.counted(counted_by, operation.id, usage, requests)
    if requests and usage.exceeded:
        text = f"More than {usage.limit} requests a minute; wait {usage.retry_after} seconds."
        raise ApiError(429, text, {"Retry-After": str(usage.retry_after)})
    return usage


def counted(
    fake: Fake, operation: Operation, request: Request, caller: Caller | None
) -> tuple[str, ...]:
    """By whom requests are counted: the caller, or who a public operation is asked about."""
    organization = caller.organization if caller else request.path["organization"]
    if fake.settings.rate_limit_scope == "organization":
        return (organization,)
    if caller:
        return (organization, caller.user)
    header = operation.caller.replace("_", "-").encode()
    return (organization, request.headers.get(header, b"").decode("latin-1"))


def success(operation: Operation, result: Any) -> Answer:
    """The handler's result on the wire, checked against what the operation declares."""
    model = operation.response
    if model is None and result is None:
        return Answer(operation.status)
    if isinstance(result, Joined) and result.model is model:
        return Answer(operation.status, result.body, [JSON])
    if model is None or not isinstance(result, model):
        raise TypeError(f"{operation.id} answered {type(result).__name__}, not {model}")
    content = result.__pydantic_serializer__.to_json(result, by_alias=True)
    return Answer(operation.status, content, [JSON])


def refusal(error: ApiError) -> Answer:
    """An error on the wire."""
    headers = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
    return Answer(error.status, error.body(), [JSON, *headers])


def stand_in(fault: Fault) -> Answer:
    """A fault's own answer on the wire."""
    assert fault.status is not None
    headers = {b"content-type": b"application/json"}
    headers |= {name.lower().encode(): value.encode() for name, value in fault.headers.items()}
    return Answer(fault.status, fault.content(), list(headers.items()))


def note(
    fake: Fake, operation: Operation, request: Request, answer: Answer | None, entry: Entry
) -> None:
    """Write the bodies into the journal, secrets left out; wake what waited for the answer.

    A body that was not accepted may be anything, and is shown only as far as it can be read.
    """
    journal = fake.journal
    accepted = answer is not None and answer.status == operation.status and not entry.fault
    entry.headers = tuple(
        [item.name for item, name in operation.headers if name in request.headers]
    )
    if request.body:
        sound = accepted or not operation.asks_secret
        names = operation.secrets if accepted else None
        entry.request_body = journal.keep(request.body, names, sound=sound)
    if answer is None:
        return
    if answer.status >= 400:
        entry.retry_after = patience(answer)
    elif fake.races and not entry.race:
        fake.races.answered(operation.id)
    if operation.asks_secret and answer.status == 422 and not entry.fault:
        entry.response_body = journal.findings(answer.body)
    elif accepted:
        entry.response_body = journal.keep(answer.body, operation.secrets)
    elif answer.status == 422 or entry.fault:
        entry.response_body = journal.keep(answer.body)
    else:  # our own words
        entry.response_body = journal.cut(answer.body)


def patience(answer: Answer) -> int | None:
    """The seconds that an answer asks its caller to wait."""
    told = dict(answer.headers).get(b"retry-after", b"")
    return int(told) if told.isdigit() else None


async def read(limit: int, path: Path, scope: Scope, receive: Receive) -> Request:
    """The request with its whole body. Raises a 413 for one of more than `limit` bytes."""
    headers, query = dict(scope["headers"]), scope["query_string"].decode("latin-1")
    if b"content-length" not in headers and b"transfer-encoding" not in headers:
        return Request(path, query, headers, b"", scope["scheme"])
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Dropped
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        more = message.get("more_body", False)
        if size > limit:
            raise ApiError(413, f"The body is larger than {limit} bytes.")
    return Request(path, query, headers, b"".join(parts), scope["scheme"])


async def write(send: Send, answer: Answer) -> None:
    """Put an answer on the wire."""
    start = {"type": "http.response.start", "status": answer.status}
    await send({**start, "headers": answer.framed()})
    await send({"type": "http.response.body", "body": answer.body})
