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
from amigo_mock.operations.operation import Operation
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
    from amigo_mock.engine.exchange import Exchange
    from amigo_mock.engine.fake import Fake
    from amigo_mock.engine.messages import Request

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

SHAPE = {"operation", "status", "when", "drop", "after_events"}  # of a fault, what it did

_VISIBLE = "".join(map(chr, range(33, 127)))


@dataclass(eq=False, repr=False)
class Recording:
    """One request while it is under way, and afterwards."""

    entry: Entry
    target: str
    headers: Mapping[str, str]
    credentials: Credentials | None
    time: float
    keys: dict[str, bool] = field(default_factory=dict)
    operation: Operation | None = None
    heard: bytes = b""
    body: Content | None = None
    window: Window | None = None
    fault: Fault | None = None
    dropped: bool = False
    answer: Answer | None = None
    placed: bool = False

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
            headers=_told(self.headers, self.operation),
            credentials=self.credentials,
            keys=self.keys,
            body=self.body,
            window=self.window,
            fault=self.fault,
            dropped=self.dropped,
            answer=self.answer,
        )

    def __repr__(self) -> str:
        return f"<Recording: {self.entry.method} {self.entry.operation or 'no operation'}>"


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
        self._open: dict[int, Recording] = {}
        self._stretches: deque[list[Change | Recording]] = deque([[]])
        self._omitted = 0
        self._size = 0
        self._known: Standing | None = None
        self._opened: dict[tuple[tuple[str, ...], str], float] = {}
        self._current: Recording | None = None

    # On the way of a request

    def open(self, exchange: Exchange) -> None:
        """A request comes in."""
        request, entry = exchange.request, exchange.entry
        recording = self._recording(
            entry, _target(request, self._fake.catalog.secrets), request.headers
        )
        recording.heard = request.body
        self._open[id(entry)] = recording

    def close(self, exchange: Exchange, *, cut: bool = False, dropped: bool = False) -> None:
        """A request was answered; or its connection was cut before, or in the middle of, that."""
        recording = self._open.pop(id(exchange.entry), None)
        if recording is None:
            return  # it came in before anything was recorded
        recording.operation = exchange.operation
        if recording.operation is None:
            recording.heard = b""  # which nobody has read
        with self._fake.lock:
            if not recording.placed:
                self._place(recording)
            answer = exchange.answer
            if answer is None or (cut and not answer.streamed):
                recording.dropped = dropped
                self._finish(recording, None)
            else:
                body = b"".join(exchange.streamed) if answer.streamed else answer.body
                self._finish(recording, (answer.status, answer.headers, body), cut=cut)

    def struck(self, entry: Entry, fault: Fault) -> None:
        """A fault hits a request."""
        recording = self._open.get(id(entry))
        if recording is not None and (fault.answers or fault.drop):
            given = fault.model_dump(include=SHAPE)
            headers = {name: value for name, value in fault.headers.items() if not _is_cookie(name)}
            body = redact_value(fault.body, self._fake.catalog.secrets, blank)
            recording.fault = Fault(**given, headers=headers, body=body)

    @contextmanager
    def handling(self, exchange: Exchange) -> Iterator[None]:
        """Note how things stand while a request is handled. The lock of the fake is held."""
        recording = self._open.get(id(exchange.entry))
        if recording is None:  # it came in before anything was recorded
            yield
            self._known = None
            return
        self._place(recording)
        recording.time = exchange.moment
        recording.keys = self._keys(exchange.operation, exchange.request)
        self._current = recording
        try:
            yield
        finally:
            self._current = None
            self._known = self._standing()

    @contextmanager
    def continuing(self, exchange: Exchange) -> Iterator[None]:
        """Note what the next piece of a streamed answer changes as its own doing.

        The lock of the fake is held.
        """
        own = id(exchange.entry) in self._open and self._standing() == self._known
        yield
        if own:
            self._known = self._standing()

    def counted(self, caller: tuple[str, ...], operation: str, usage: Usage, requests: int) -> None:
        """So many requests, or none, were counted in a window; the lock is held."""
        recording = self._current
        if recording is None or recording.window is not None:
            return  # a refused one is counted once, and looked at once more
        used = usage.used - requests
        if not used:
            self._opened[caller, operation] = recording.time
        # Of a window that was open before anything was recorded, only the second is known.
        opened = self._opened.get((caller, operation), usage.reset - WINDOW)
        recording.window = Window(caller=caller, operation=operation, opened=opened, used=used)

    def _recording(self, entry: Entry, target: str, headers: Mapping[bytes, bytes]) -> Recording:
        named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        given = headers.get(b"authorization")
        key = self._fake.settings.signing_key.get_secret_value().encode()
        credentials = None if given is None else _credentials(given, key)
        return Recording(entry, target, named, credentials, entry.time)

    def _finish(
        self, recording: Recording, answer: tuple[int, Any, bytes] | None, *, cut: bool = False
    ) -> None:
        operation = recording.operation
        status = answer[0] if answer else None
        accepted = operation is not None and status == operation.status and not recording.fault
        sound = accepted or operation is None or not operation.asks_secret
        recording.body = kept(recording.heard, self._fake.catalog.secrets, sound=sound)
        recording.heard = b""
        if recording.body is not None and recording.body.left_out:
            self._known = None  # what it changed cannot be told from it
        if answer is not None:
            recording.answer = noted(
                self._fake.catalog.secrets, None if recording.fault else operation, *answer, cut=cut
            )
            self._size += len(answer[2])

    # How things stand

    def _place(self, recording: Recording) -> None:
        if self._full:
            self._begin()
        now = self._standing()
        if now != self._known:
            self._stretches[-1].append(self._change(self._known, now))
        self._known = now
        recording.placed = True
        self._stretches[-1].append(recording)
        self._size += len(recording.heard)

    @property
    def _full(self) -> bool:
        return len(self._stretches[-1]) >= STRETCH or self._size >= STRETCH_SIZE

    def _begin(self) -> None:
        self._stretches.append([])
        self._known, self._size = None, 0
        if len(self._stretches) > 2:
            self._omitted += len(list(_recordings(self._stretches.popleft())))

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
            given["scripts"] = redact_value(
                fake.scripts.document(checked=False), fake.catalog.secrets, blank
            )
        other = known is None or known.revision != now.revision
        return Change(State(**given), fake.world.copy() if other else None)

    def _keys(self, operation: Operation | None, request: Request) -> dict[str, bool]:
        """Of each secret header that was sent, whether it holds a key of the organization.

        And of the signature of a link, whether it is right.
        """
        found = self._fake.world.organization(request.values.get("organization", ""))
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
        link = f"{operation.path.format(**request.values)}?{query.get('expires', '')}"
        return {SIGNATURE: self._fake.access.signed(link, query[SIGNATURE])}

    # The capsule

    def capsule(self, test: str = "", random_seed: Any = None) -> Capsule:
        """All that was noted so far. `random_seed` is what chance in the run began with."""
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
                random_seed=random_seed,
                omitted=self._omitted,
                clock=ClockState(now=fake.clock.now(), frozen=fake.clock.frozen),
                faults=tuple(
                    ArmedFault(fault=_harmless(armed.fault, fake.catalog.secrets), hits=armed.hits)
                    for armed in fake.faults
                ),
                timeline=tuple(timeline),
                worlds=tuple(
                    redact_value(json.loads(world), fake.catalog.secrets, blank) for world in worlds
                ),
            )

    def __iter__(self) -> Iterator[Change | Recording]:
        return (event for stretch in self._stretches for event in stretch)

    def __repr__(self) -> str:
        return f"<Recorder of {sum(1 for _ in _recordings(self))} requests>"


def noted(
    names: SecretNames,
    operation: Operation | None,
    status: int,
    headers: Iterable[tuple[bytes, bytes]],
    body: bytes,
    *,
    cut: bool = False,
) -> Answer:
    """An answer as a capsule has it, without secrets of these names.

    `operation` is the one that gave it, if one did.
    """
    given = tuple(
        (name.decode("latin-1"), _without_query_secrets(value.decode("latin-1"), names))
        for name, value in headers
        if name.decode("latin-1") not in FRAMING and not _is_cookie(name.decode("latin-1"))
    )
    if operation is not None and operation.asks_secret and status == 422:
        shown = kept(redact_findings(body, names, blank), SecretNames())
    else:
        shown = kept(body, names)
    return Answer(status=status, headers=given, body=shown, cut=cut)


def kept(body: bytes, names: SecretNames, *, sound: bool = True) -> Content | None:
    """A body as a capsule has it: whole, or why not. It may hold secrets of these names."""
    if len(body) > LARGEST:
        return Content(left_out=f"{len(body)} bytes are more than the {LARGEST} that are kept")
    shown = redact(body, names, blank, sound=sound)
    if shown is None:
        return Content(left_out=f"{len(body)} bytes that are not JSON may hold a secret")
    return capsule.content(shown)


def _recordings(stretch: Iterable[Change | Recording]) -> Iterator[Recording]:
    return (event for event in stretch if isinstance(event, Recording))


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


def _harmless(fault: Fault, names: SecretNames) -> Fault:
    headers = {name: value for name, value in fault.headers.items() if not _is_cookie(name)}
    return fault.model_copy(
        update={"headers": headers, "body": redact_value(fault.body, names, blank)}
    )


def _target(request: Request, names: SecretNames) -> str:
    query = redact_query(request.query, names)
    path = quote(request.path)
    text = f"{path}?{query}" if query else path
    return quote(text, safe=_VISIBLE, encoding="latin-1") or "/"


def _without_query_secrets(header: str, names: SecretNames) -> str:
    # A redirect says where to, with the whole query.
    address, mark, query = header.partition("?")
    return f"{address}{mark}{redact_query(query, names) if query else query}"


def _told(headers: Mapping[str, str], operation: Operation | None) -> dict[str, str]:
    declared = {
        item.name.lower()
        for item, _ in (operation.headers if operation else ())
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
