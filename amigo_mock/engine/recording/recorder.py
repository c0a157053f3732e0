"""The recorder: notes all that a failed test needs to be seen again; see `capsule`.

It is there only while something records. Requests are noted in the order in which they were
handled, and time stands still for each of them, so that it can be told what they saw.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from amigo_mock.engine.http.messages import Request
from amigo_mock.engine.recording.capsule import (
    ArmedFault,
    Capsule,
    RecordedClock,
    RecordedRequest,
    State,
    Window,
)
from amigo_mock.engine.recording.changes import Change, Fingerprint, change, fingerprint, state
from amigo_mock.engine.recording.credentials import credentials
from amigo_mock.engine.recording.notes import (
    Recording,
    harmless,
    is_cookie,
    is_secret,
    kept,
    noted,
    target,
)
from amigo_mock.engine.recording.protocols import RecordedExchange, RecordedFake
from amigo_mock.operations.operation import Operation
from amigo_mock.state.faults import Fault
from amigo_mock.state.limits import Usage
from amigo_mock.state.redaction import (
    SIGNATURE,
    blank,
    redact_value,
)
from amigo_mock.state.requests import Entry

STRETCH = 500  # requests that go by before the state is noted whole again
STRETCH_SIZE = 16 * 1024 * 1024  # bytes of bodies, likewise

SHAPE = {"operation", "status", "when", "drop", "after_events"}  # of a fault, what it did


class Recorder:
    """Notes what requests meet, what they say and what they are answered, with no secret in it.

    Of a long run the last 500 to 1000 requests are kept.
    """

    def __init__(self, fake: RecordedFake) -> None:
        self._fake = fake
        self._open: dict[int, Recording] = {}
        self._stretches: deque[list[Change | Recording]] = deque([[]])
        self._omitted = 0
        self._size = 0
        self._known: Fingerprint | None = None
        self._current: Recording | None = None

    # On the way of a request

    def open(self, exchange: RecordedExchange) -> None:
        """Begin the recording of a request."""
        request, entry = exchange.request, exchange.entry
        recording = self._recording(
            entry, target(request, self._fake.catalog.secrets), request.headers
        )
        recording.heard = request.body
        self._open[id(entry)] = recording

    def close(
        self, exchange: RecordedExchange, *, cut: bool = False, dropped: bool = False
    ) -> None:
        """End the recording of a request: answered, or cut before the answer or in its middle."""
        recording = self._open.pop(id(exchange.entry), None)
        if recording is None:
            return  # it came in before anything was recorded
        recording.operation = exchange.found
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

    def fault_hit(self, entry: Entry, fault: Fault) -> None:
        """Record a fault that hits a request."""
        recording = self._open.get(id(entry))
        if recording is not None and (fault.answers or fault.drop):
            given = fault.model_dump(include=SHAPE)
            headers = {name: value for name, value in fault.headers.items() if not is_cookie(name)}
            body = redact_value(fault.body, self._fake.catalog.secrets, blank)
            recording.fault = Fault(**given, headers=headers, body=body)

    @contextmanager
    def handling(self, exchange: RecordedExchange) -> Iterator[None]:
        """Record the state before and after a request is handled. The lock of the fake is held."""
        recording = self._open.get(id(exchange.entry))
        if recording is None:  # it came in before anything was recorded
            yield
            self._known = None
            return
        self._place(recording)
        recording.time, recording.behind = exchange.moment, exchange.behind
        recording.keys = self._keys(exchange.found, exchange.request)
        self._current = recording
        try:
            yield
        finally:
            self._current = None
            self._known = fingerprint(self._fake)

    @contextmanager
    def continuing(self, exchange: RecordedExchange) -> Iterator[None]:
        """Count the changes made by the next piece of a streamed answer as part of its request.

        The lock of the fake is held.
        """
        own = id(exchange.entry) in self._open and fingerprint(self._fake) == self._known
        yield
        if own:
            self._known = fingerprint(self._fake)

    def counted(self, caller: tuple[str, ...], operation: str, usage: Usage, requests: int) -> None:
        """Record the rate-limit window of a request; the lock is held."""
        recording = self._current
        if recording is None or recording.window is not None:
            return  # a refused one is counted once, and looked at once more
        used = usage.used - requests
        recording.window = Window(
            caller=caller, operation=operation, opened=usage.opened, used=used
        )

    def _recording(self, entry: Entry, address: str, headers: Mapping[bytes, bytes]) -> Recording:
        named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        given = headers.get(b"authorization")
        key = self._fake.settings.signing_key.get_secret_value().encode()
        proof = None if given is None else credentials(given, key)
        return Recording(entry, address, named, proof, entry.time)

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

    # The state before a request

    def _place(self, recording: Recording) -> None:
        if self._full:
            self._begin()
        now = fingerprint(self._fake)
        if now != self._known:
            self._stretches[-1].append(change(self._fake, self._known, now))
        self._known = now
        recording.placed = True
        self._stretches[-1].append(recording)
        self._size += recording.size

    @property
    def _full(self) -> bool:
        return len(self._stretches[-1]) >= STRETCH or self._size >= STRETCH_SIZE

    def _begin(self) -> None:
        self._stretches.append([])
        self._known, self._size = None, 0
        if len(self._stretches) > 2:
            self._omitted += len(list(_recordings(self._stretches.popleft())))

    def _keys(self, operation: Operation | None, request: Request) -> dict[str, bool]:
        """The validity of each secret header that was sent, and of the signature of a link.

        A header is valid if it holds a key of the organization.
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
            if name in request.headers and is_secret(item.info.metadata)
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
            timeline: list[State | RecordedRequest] = []
            number = self._omitted
            for event in self:
                if isinstance(event, Change):
                    timeline.append(state(event, worlds))
                else:
                    number += 1
                    timeline.append(event.asked(number))
            return Capsule(
                test=test,
                random_seed=random_seed,
                omitted=self._omitted,
                clock=RecordedClock(now=fake.clock.now(), frozen=fake.clock.frozen),
                faults=tuple(
                    ArmedFault(fault=harmless(armed.fault, fake.catalog.secrets), hits=armed.hits)
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


def _recordings(stretch: Iterable[Change | Recording]) -> Iterator[Recording]:
    return (event for event in stretch if isinstance(event, Recording))
