"""The recorder: notes all that a failed test needs to be seen again; see `capsule`.

It is there only while something records. Requests are noted in the order in which they were
handled, and time stands still for each of them, so that it can be told what they saw.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amigo_mock.engine import capsule
from amigo_mock.engine.capsule import (
    Answer,
    ArmedFault,
    Asked,
    Capsule,
    ClockState,
    Content,
    Credentials,
    Limits,
    State,
    Token,
    Window,
)
from amigo_mock.engine.validation import Request
from amigo_mock.errors import Dropped
from amigo_mock.operations.operation import Operation
from amigo_mock.resources import OPERATION, secrets
from amigo_mock.state.clock import Clock
from amigo_mock.state.faults import Fault
from amigo_mock.state.journal import Entry
from amigo_mock.state.limits import WINDOW, Usage
from amigo_mock.state.redaction import (
    SIGNATURE,
    SecretNames,
    blank,
    redact,
    redact_findings,
    redact_query,
    redact_value,
)
from amigo_mock.world.document import dump
from amigo_mock.world.records import Secret
from amigo_mock.world.world import World

if TYPE_CHECKING:
    from amigo_mock.engine.fake import Fake

LARGEST = 1024 * 1024  # bytes of a body that are kept
STRETCH = 500  # requests that go by before the state is noted whole again
STRETCH_SIZE = 16 * 1024 * 1024  # bytes of bodies, likewise

# What a request says beside its credentials that may change the answer. Any other header may be a
# secret, and has no say.
TELLING = frozenset(
    {"content-type", "x-org-id", "host", "origin"}
    | {"access-control-request-method", "access-control-request-headers"}
)
UNTOLD = frozenset({"sec-websocket-protocol"})  # where some clients put a token
FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "date", "server"})

SETTINGS = (
    *("strict", "rate_limits", "rate_limit_scope", "clock", "random_seed", "token_lifetime"),
    *("run_duration", "max_body_size"),
)

_VISIBLE = "".join(map(chr, range(33, 127)))


@dataclass(eq=False, repr=False)
class Exchange:
    """One request while it is under way, and afterwards."""

    entry: Entry
    target: str
    headers: Mapping[str, str]
    credentials: Credentials | None
    time: float
    keys: dict[str, bool] = field(default_factory=dict)
    heard: list[bytes] = field(default_factory=list)
    body: Content | None = None
    window: Window | None = None
    fault: Fault | None = None
    dropped: bool = False
    answer: Answer | None = None
    placed: bool = False

    @property
    def size(self) -> int:
        """Bytes of what was sent, as far as it was read."""
        return sum(map(len, self.heard))

    def asked(self, number: int) -> Asked:
        """The request as a capsule has it."""
        entry = self.entry
        return Asked(
            number=number,
            time=self.time,
            method=entry.method,
            target=self.target,
            operation=entry.operation,
            caller=entry.caller,
            race=entry.race,
            headers=_told(self.headers, entry.operation),
            credentials=self.credentials,
            keys=self.keys,
            body=self.body,
            window=self.window,
            fault=self.fault,
            dropped=self.dropped,
            answer=self.answer,
        )

    def __repr__(self) -> str:
        return f"<Exchange: {self.entry.method} {self.entry.operation or 'no operation'}>"


@dataclass(frozen=True)
class Standing:
    """How things stand. `revision` differs after every change of the world."""

    revision: tuple[int, ...]
    ids: Mapping[tuple[str, str], int]
    settings: Any
    maintenance: bool
    enabled: bool
    limits: tuple[tuple[str, int], ...]
    scripts: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, eq=False)
class Change:
    """What is not as the last request left it. `world` is the one that is there now."""

    state: State
    world: World | None


class Recorder:
    """Notes what requests meet, what they say and what they are answered, with no secret in it.

    Of a long run the last 500 to 1000 requests are kept.
    """

    def __init__(self, fake: Fake) -> None:
        self._fake = fake
        self._open: dict[int, Exchange] = {}
        self._stretches: deque[list[Change | Exchange]] = deque([[]])
        self._omitted = 0
        self._size = 0
        self._known: Standing | None = None
        self._opened: dict[tuple[tuple[str, ...], str], float] = {}
        self._current: Exchange | None = None

    # On the way of a request

    async def watch(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note it."""
        entry: Entry = scope["amigo_mock.entry"]
        exchange = self._exchange(entry, _target(scope), dict(scope["headers"]))
        self._open[id(entry)] = exchange
        start: Message = {}
        body: list[bytes] = []

        async def heard() -> Message:
            message = await receive()
            exchange.heard.append(message.get("body", b""))
            return message

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.append(message.get("body", b""))
                if not message.get("more_body", False):
                    answer = start["status"], start.get("headers", ()), b"".join(body)
                    self._close(exchange, answer)
            await send(message)

        try:
            await app(scope, heard, told)
        except BaseException as error:
            exchange.dropped = isinstance(error, Dropped)
            self._close(exchange, None)
            raise

    def struck(self, entry: Entry, fault: Fault) -> None:
        """A fault hits a request."""
        exchange = self._open.get(id(entry))
        if exchange is not None and (fault.answers or fault.drop):
            given = fault.model_dump(include={"operation", "status", "when", "drop"})
            headers = {name: value for name, value in fault.headers.items() if not _is_cookie(name)}
            body = _without_secrets(fault.body)
            exchange.fault = Fault(**given, headers=headers, body=body)

    @contextmanager
    def handling(self, entry: Entry, request: Request) -> Iterator[None]:
        """Note how things stand and let time stand still while a request is handled.

        The lock of the fake is held.
        """
        fake = self._fake
        exchange = self._open.get(id(entry))
        if entry.race:
            exchange = self._exchange(entry, quote(entry.path), request.headers)
            exchange.heard = [request.body]
        if exchange is None:  # it came in before anything was recorded
            yield
            self._known = None
            return
        moment = fake.clock.now()
        self._place(exchange)
        exchange.time = moment
        exchange.keys = self._keys(OPERATION.get(entry.operation or ""), request)
        self._current, fake.present = exchange, Clock(moment)
        try:
            yield
        finally:
            self._current, fake.present = None, fake.clock
            self._known = self._standing()

    def counted(self, caller: tuple[str, ...], operation: str, usage: Usage, requests: int) -> None:
        """So many requests, or none, were counted in a window; the lock is held."""
        exchange = self._current
        if exchange is None or exchange.window is not None:
            return  # a refused one is counted once, and looked at once more
        used = usage.used - requests
        if not used:
            self._opened[caller, operation] = exchange.time
        # Of a window that was open before anything was recorded, only the second is known.
        opened = self._opened.get((caller, operation), usage.reset - WINDOW)
        exchange.window = Window(caller=caller, operation=operation, opened=opened, used=used)

    def came_between(self, entry: Entry, status: int, headers: Any, body: bytes) -> None:
        """What another user did was answered; the lock is held."""
        for exchange in reversed(self._stretches[-1]):
            if isinstance(exchange, Exchange) and exchange.entry is entry:
                self._finish(exchange, (status, headers, body))
                return

    def _exchange(self, entry: Entry, target: str, headers: Mapping[bytes, bytes]) -> Exchange:
        named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        given = headers.get(b"authorization")
        key = self._fake.settings.signing_key.get_secret_value().encode()
        credentials = None if given is None else _credentials(given, key)
        return Exchange(entry, target, named, credentials, entry.time)

    def _close(self, exchange: Exchange, answer: tuple[int, Any, bytes] | None) -> None:
        if self._open.pop(id(exchange.entry), None) is None:
            return  # what goes wrong while the answer is sent is no second answer
        with self._fake.lock:
            if not exchange.placed:
                self._place(exchange)
            self._finish(exchange, answer)

    def _finish(self, exchange: Exchange, answer: tuple[int, Any, bytes] | None) -> None:
        operation = OPERATION.get(exchange.entry.operation or "")
        status = answer[0] if answer else None
        accepted = operation is not None and status == operation.status and not exchange.fault
        sound = accepted or operation is None or not operation.asks_secret
        exchange.body = kept(b"".join(exchange.heard), sound=sound)
        exchange.heard.clear()
        if exchange.body is not None and exchange.body.left_out:
            self._known = None  # what it changed cannot be told from it
        if answer is not None:
            exchange.answer = noted(None if exchange.fault else operation, *answer)
            self._size += len(answer[2])

    # How things stand

    def _place(self, exchange: Exchange) -> None:
        if self._full:
            self._begin()
        now = self._standing()
        if now != self._known:
            self._stretches[-1].append(self._change(self._known, now))
        self._known = now
        exchange.placed = True
        self._stretches[-1].append(exchange)
        self._size += exchange.size

    @property
    def _full(self) -> bool:
        return len(self._stretches[-1]) >= STRETCH or self._size >= STRETCH_SIZE

    def _begin(self) -> None:
        self._stretches.append([])
        self._known, self._size = None, 0
        if len(self._stretches) > 2:
            self._omitted += len(list(_exchanges(self._stretches.popleft())))

    def _standing(self) -> Standing:
        fake = self._fake
        return Standing(
            fake.revision,
            fake.world.ids.last(),
            fake.settings,
            bool(fake.maintenance),
            fake.limits.enabled,
            tuple(fake.limits.limits.items()),
            fake.scripts.snapshot(),
        )

    def _change(self, known: Standing | None, now: Standing) -> Change:
        fake = self._fake
        given: dict[str, Any] = {}
        if known is None or known.settings is not now.settings:
            given["settings"] = fake.settings.model_dump(mode="json", include=set(SETTINGS))
            known = None  # settings set everything else, too
        if known is None or known.ids != now.ids or known.revision != now.revision:
            given["ids"] = _nested(now.ids)
        if known is None or known.maintenance != now.maintenance:
            given["maintenance"] = now.maintenance
        if known is None or (known.enabled, known.limits) != (now.enabled, now.limits):
            given["rate_limits"] = Limits(enabled=now.enabled, limits=dict(now.limits))
        if known is None or known.scripts != now.scripts:
            given["scripts"] = _without_secrets(fake.scripts.document(checked=False))
        other = known is None or known.revision != now.revision
        return Change(State(**given), fake.world.copy() if other else None)

    def _keys(self, operation: Operation | None, request: Request) -> dict[str, bool]:
        """Of each secret header that was sent, whether it holds a key of the organization.

        And of the signature of a link, whether it is right.
        """
        found = self._fake.world.organization(request.path.get("organization", ""))
        keys = found.identity.api_keys.values() if found else ()
        given = request.headers.get(b"x-api-key-id", b"").decode("latin-1")
        held = {
            item.name: any(
                key.id == given and key.key.get_secret_value().encode() == request.headers[name]
                for key in keys
            )
            for item, name in (operation.headers if operation else ())
            if name in request.headers and _is_secret(item.info.metadata)
        }
        return held | self._signatures(operation, request)

    def _signatures(self, operation: Operation | None, request: Request) -> dict[str, bool]:
        query = dict(parse_qsl(request.query))
        if operation is None or SIGNATURE not in operation.query or SIGNATURE not in query:
            return {}
        link = f"{operation.path.format(**request.path)}?{query.get('expires', '')}"
        return {SIGNATURE: self._fake.access.signed(link, query[SIGNATURE])}

    # The capsule

    def capsule(self, test: str = "", seed: Any = None) -> Capsule:
        """All that was noted so far. `seed` is whatever else the run has to be told."""
        fake = self._fake
        worlds: dict[bytes, int] = {}
        with fake.lock:
            timeline: list[State | Asked] = []
            number = self._omitted
            for event in self:
                if isinstance(event, Change):
                    timeline.append(_state(event, worlds))
                else:
                    number += 1
                    timeline.append(event.asked(number))
            return Capsule(
                test=test,
                seed=seed,
                omitted=self._omitted,
                clock=ClockState(now=fake.clock.now(), frozen=fake.clock.frozen),
                faults=tuple(
                    ArmedFault(fault=_harmless(armed.fault), hits=armed.hits)
                    for armed in fake.faults
                ),
                timeline=tuple(timeline),
                worlds=tuple(_without_secrets(json.loads(world)) for world in worlds),
            )

    def __iter__(self) -> Iterator[Change | Exchange]:
        return (event for stretch in self._stretches for event in stretch)

    def __repr__(self) -> str:
        return f"<Recorder of {sum(1 for _ in _exchanges(self))} requests>"


def noted(
    operation: Operation | None, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> Answer:
    """An answer as a capsule has it. `operation` is the one that gave it, if one did."""
    given = tuple(
        (name.decode("latin-1"), _without_query_secrets(value.decode("latin-1")))
        for name, value in headers
        if name.decode("latin-1") not in FRAMING and not _is_cookie(name.decode("latin-1"))
    )
    if operation is not None and operation.asks_secret and status == 422:
        shown = kept(redact_findings(body, secrets(), blank), SecretNames())
    else:
        shown = kept(body)
    return Answer(status=status, headers=given, body=shown)


def kept(body: bytes, names: SecretNames | None = None, *, sound: bool = True) -> Content | None:
    """A body as a capsule has it: whole, or why not.

    It may hold any secret, unless names say which: a capsule goes further than a journal does.
    """
    if len(body) > LARGEST:
        return Content(left_out=f"{len(body)} bytes are more than the {LARGEST} that are kept")
    shown = redact(body, secrets() if names is None else names, blank, sound=sound)
    if shown is None:
        return Content(left_out=f"{len(body)} bytes that are not JSON may hold a secret")
    return capsule.content(shown)


def _exchanges(stretch: Iterable[Change | Exchange]) -> Iterator[Exchange]:
    return (event for event in stretch if isinstance(event, Exchange))


def _state(change: Change, worlds: dict[bytes, int]) -> State:
    if change.world is None:
        return change.state
    place = worlds.setdefault(dump(change.world), len(worlds))
    return change.state.model_copy(update={"world": place})


def _nested(last: Mapping[tuple[str, str], int]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for (organization, kind), number in last.items():
        found.setdefault(organization, {})[kind] = f"{number:024x}"
    return found


def _without_secrets(value: Any) -> Any:
    return redact_value(value, secrets(), blank)


def _harmless(fault: Fault) -> Fault:
    headers = {name: value for name, value in fault.headers.items() if not _is_cookie(name)}
    return fault.model_copy(update={"headers": headers, "body": _without_secrets(fault.body)})


def _target(scope: Scope) -> str:
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    query = redact_query(scope["query_string"].decode("latin-1"), secrets())
    path = path.partition(b"?")[0]
    text = f"{path.decode('latin-1')}?{query}" if query else path.decode("latin-1")
    return quote(text, safe=_VISIBLE, encoding="latin-1") or "/"


def _without_query_secrets(header: str) -> str:
    # A redirect says where to, with the whole query.
    address, mark, query = header.partition("?")
    return f"{address}{mark}{redact_query(query, secrets())}"


def _told(headers: Mapping[str, str], operation: str | None) -> dict[str, str]:
    known = OPERATION.get(operation or "")
    declared = {
        item.name.lower()
        for item, _ in (known.headers if known else ())
        if not _is_secret(item.info.metadata)
    }
    wanted = (TELLING | declared) - UNTOLD
    return {name: value for name, value in headers.items() if name in wanted}


def _is_secret(metadata: Iterable[Any]) -> bool:
    return any(isinstance(item, Secret) for item in metadata)


def _is_cookie(header: str) -> bool:
    return header.lower() in {"set-cookie", "cookie", "authorization", "x-api-key"}


def _credentials(value: bytes, key: bytes) -> Credentials:
    scheme, _, rest = value.partition(b" ")
    if scheme.lower() == b"bearer":
        return Credentials(kind="bearer", token=_token(rest.strip(), key))
    if scheme.lower() != b"basic":
        return Credentials(kind="other")
    try:
        name, _, given = base64.b64decode(rest.strip(), validate=True).rpartition(b":")
        named = name.decode()
    except ValueError:
        return Credentials(kind="malformed")
    token = _token(given.strip(), key)
    own = token is not None and named == f"{token.organization}_{token.user}"
    return Credentials(kind="basic", token=token, own_name=own)


def _token(value: bytes, key: bytes) -> Token | None:
    """What a token says; none if it cannot be read."""
    text, _, signature = value.rpartition(b".")
    try:
        claims = _claims(text.partition(b".")[2])
        algorithm = _claims(text.partition(b".")[0])["alg"]
        token = Token(
            organization=str(claims["org_id"]),
            user=str(claims["user_id"]),
            expires_at=float(claims["exp"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None
    right = base64.urlsafe_b64encode(hmac.new(key, text, hashlib.sha256).digest()).rstrip(b"=")
    forged = algorithm != "HS256" or not hmac.compare_digest(signature, right)
    return token.model_copy(update={"forged": forged})


def _claims(part: bytes) -> dict[str, Any]:
    found = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found
