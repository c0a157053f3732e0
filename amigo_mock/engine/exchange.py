"""One request on its way: what its stages have found so far, for the journal and the recorder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from amigo_mock.contract.fidelity import Strictness
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.http.messages import Answer, Request, refusal
from amigo_mock.engine.validation.undeclared import Undeclared
from amigo_mock.errors import ApiError, Dropped
from amigo_mock.operations.operation import Operation
from amigo_mock.state.access import Caller
from amigo_mock.state.faults import Fault
from amigo_mock.state.limits import Usage


class Exchange:
    """A request, and what is known of it.

    `moment` is when it was handled, in the fake's time, so many seconds `behind` that of clients.
    As a context it keeps the request in the journal, and in the recorder if there is one, whatever
    becomes of it. `content` is its body as it was read, `body` as it was accepted, `undeclared` its
    fields that the operation does not have, and `streamed` what was sent of a streamed answer so
    far. `operation` is not there before it is found.
    """

    operation: Operation

    __slots__ = (
        *("answer", "behind", "body", "caller", "content", "entry", "fake", "fault", "moment"),
        *("line", "operation", "request", "streamed", "strictness", "undeclared", "usage"),
        *("_recorder", "_resets"),
    )

    def __init__(self, fake: Fake, request: Request) -> None:
        self.fake = fake
        self._resets = fake.resets
        self.request = request
        self.fault: Fault | None = None
        self.caller: Caller | None = None
        self.usage: Usage | None = None
        self.moment, self.behind = fake.clock.now(), fake.clock.behind
        self.answer: Answer | None = None
        self.streamed: list[bytes] = []
        self.content: Any = None
        self.body: Any = None
        self.undeclared: Undeclared = {}
        # A race is sent by the test itself, so that strict mode does not hold for it.
        self.strictness = Strictness(fake.settings.strict and not request.race)
        self._recorder = fake.recorder
        self.line = fake.journal.open(self.moment, request.method, request.path, request.query)
        self.entry = self.line.entry
        self.entry.race = request.race

    def __enter__(self) -> Self:
        if self._recorder is not None:
            self._recorder.open(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        dropped = isinstance(error, Dropped)
        if self._recorder is not None:
            self._recorder.close(self, cut=kind is not None, dropped=dropped)
        self.entry.dropped = dropped
        self.fake.journal.close(self.line)

    def check_current(self) -> None:
        """Raise `Dropped` if the fake was reset since the request came: it belongs to the past.

        Whoever goes on to change something holds the lock of the fake.
        """
        if self.fake.resets != self._resets:
            raise Dropped

    @property
    def found(self) -> Operation | None:
        """Its operation, if there is one."""
        return getattr(self, "operation", None)


def note(exchange: Exchange, answer: Answer) -> None:
    """Write an answer and both bodies into the journal, secrets left out.

    A body that was not accepted may be anything, and is shown only as far as it can be read.
    Fields that an operation does not declare may be secrets of any other.
    """
    exchange.answer = answer
    entry, operation = exchange.entry, exchange.found
    journal = exchange.fake.journal
    entry.status = answer.status
    entry.hint = answer.hint
    if entry.fault:
        entry.reason = ""  # what the handler said is not what was answered
    if operation is None:
        entry.response_body = journal.cut(answer.body)
        return
    accepted = answer.status == operation.status and not entry.fault
    note_request(exchange, accepted=accepted)
    if answer.status >= 400:
        entry.retry_after = retry_after(answer)
    elif exchange.fake.races and not entry.race:
        exchange.fake.races.answered(operation.id)
    if operation.asks_secret and answer.status == 422 and not entry.fault:
        entry.response_body = journal.findings(answer.body)
    elif accepted:
        journal.told(exchange.line, answer.body, operation.secrets)
    elif answer.status == 422 or entry.fault:
        journal.told(exchange.line, answer.body)
    else:  # our own words
        entry.response_body = journal.cut(answer.body)


def refused(exchange: Exchange, error: ApiError) -> Answer:
    """An error as an answer; why it is refused is noted."""
    exchange.entry.reason = _reason(exchange, error)
    return refusal(error)


def _reason(exchange: Exchange, error: ApiError) -> str:
    """Why a request is refused, in one line, for the log. A value that was sent is not in it."""
    detail, operation = error.detail, exchange.found
    if isinstance(detail, str):
        # Where there is no such path, the status has said it already.
        return detail if operation is not None or error.status == 501 else ""
    place = list(map(str, detail[0]["loc"]))
    if operation is not None and operation.asks_secret:
        place = place[: 1 + next(_secret_places(place, operation), len(place))]
    more = f" (and {len(detail) - 1} more)" if len(detail) > 1 else ""
    return f"{'.'.join(place)}: {detail[0]['msg']}{more}"


def _secret_places(place: Sequence[str], operation: Operation) -> Iterator[int]:
    return (number for number, part in enumerate(place) if operation.secrets.is_secret(part))


def note_request(exchange: Exchange, *, accepted: bool) -> None:
    """Write the body and the declared headers of a request into the journal."""
    operation, request = exchange.operation, exchange.request
    if not operation.header_names.isdisjoint(request.headers):
        exchange.entry.headers = tuple(
            [item.name for item, name in operation.headers if name in request.headers]
        )
    # Of a body that is too large only the beginning has been read.
    if request.body and len(request.body) <= exchange.fake.settings.max_body_size:
        sound = accepted or not operation.asks_secret
        known = accepted and not exchange.undeclared
        names = operation.secrets if known else None
        exchange.fake.journal.asked(exchange.line, request.body, names, sound)


def note_piece(exchange: Exchange, piece: bytes) -> None:
    """Write a piece of a streamed answer into the journal, as far as there is room."""
    entry, journal = exchange.entry, exchange.fake.journal
    if exchange.fake.recorder is not None:
        exchange.streamed.append(piece)
    shown = journal.keep(piece, exchange.operation.secrets)
    entry.response_body = journal.cut(entry.response_body + shown)


def retry_after(answer: Answer) -> int | None:
    """The seconds that an answer asks its caller to wait."""
    told = dict(answer.headers).get(b"retry-after", b"")
    return int(told) if told.isdigit() else None
