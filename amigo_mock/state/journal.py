"""The journal: what was asked and answered, bounded, with every secret left out."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from itertools import count
from time import perf_counter

from amigo_mock.state.redaction import (
    SIGNATURE,
    TOKENS,
    WORDS,
    SecretNames,
    redact,
    redact_findings,
    redact_query,
)
from amigo_mock.state.requests import Entry, Requests

# The signature is the only query parameter that is declared as a secret; the words are for those
# that are not declared. One search tells that most queries have none of them: what is escaped may
# be any name.
_IN_QUERIES = SecretNames((SIGNATURE, *WORDS, *TOKENS))
_SUSPECT = re.compile("signature|key|password|secret|token|auth|%", re.IGNORECASE)

SHOWN = 2048  # characters of a path, or of a query
LONG, LONGEST = 1024, 8192  # bytes of a body that is worth remembering
REMEMBERED = 64  # bodies

_QUOTE = re.compile(rb'(?<!\\)"')

Listener = Callable[[Entry], None]


class Journal(Requests, ABC):
    """The last requests, oldest first."""

    @property
    @abstractmethod
    def forgotten(self) -> int:
        """The number of requests that were here and are no longer."""

    @property
    @abstractmethod
    def met(self) -> Counter[tuple[str, int, bool]]:
        """Answers by operation, status and whether a fault made them; clearing leaves it."""

    @abstractmethod
    def subscribe(self, listener: Listener, *, past: bool = False) -> None:
        """Tell a listener of every request from here on, and of the `past` ones first if asked."""

    @abstractmethod
    def unsubscribe(self, listener: Listener) -> None:
        """Tell a listener of no request from here on. Raises `ValueError` for one that is none."""

    @abstractmethod
    def unsubscribe_all(self) -> None:
        """Tell nobody of any request from here on."""

    @abstractmethod
    def clear(self) -> None:
        """Forget everything, and number the requests from 1 again."""


Body = tuple[bytes, SecretNames | None, bool]  # as `LocalJournal.keep` takes one


class Line:
    """An entry of a journal, and its bodies as they were sent, while nobody has read it.

    To look for secrets takes longer than many an answer, and few entries are ever read. So what is
    in `asked` and `told` is put into the entry, without secrets, when that is about to be read.
    `lines` are those among which it will be.
    """

    __slots__ = ("asked", "entry", "lines", "told")

    def __init__(self, entry: Entry, lines: deque[Line]) -> None:
        self.entry = entry
        self.lines = lines
        self.asked: Body | None = None
        self.told: Body | None = None


class LocalJournal(Journal):
    """The last `size` requests of a fake in this process, with `body_size` bytes of each body.

    `secrets` are the names of all secrets that bodies may hold, made when they are first needed.
    """

    listeners: list[Listener]

    def __init__(
        self,
        size: int,
        body_size: int,
        operations: Collection[str],
        secrets: Callable[[], SecretNames] = SecretNames,
    ) -> None:
        super().__init__((), operations)
        self._secrets = secrets
        self._lines: deque[Line] = deque(maxlen=size)
        self._body_size = body_size
        self._numbers = count(1)
        self._forgotten = 0
        self._met: Counter[tuple[str, int, bool]] = Counter()
        self.listeners = []
        self._mentioned_again = lru_cache(REMEMBERED)(SecretNames.mentioned)

    def resize(self, size: int, body_size: int) -> None:
        """Keep so many requests, and so much of each body that is read from here on."""
        self._lines = deque(self._lines, maxlen=size)
        self._body_size = body_size

    @property
    def forgotten(self) -> int:
        """The number of requests that were here and are no longer."""
        return self._forgotten

    @property
    def met(self) -> Counter[tuple[str, int, bool]]:
        """Answers by operation, status and whether a fault made them; clearing leaves it."""
        return self._met

    def subscribe(self, listener: Listener, *, past: bool = False) -> None:
        """Tell a listener of every request from here on, and of the `past` ones first if asked."""
        for entry in self if past else ():
            listener(entry)
        self.listeners.append(listener)

    def unsubscribe(self, listener: Listener) -> None:
        """Tell a listener of no request from here on."""
        self.listeners.remove(listener)

    def unsubscribe_all(self) -> None:
        """Tell nobody of any request from here on."""
        self.listeners.clear()

    def open(self, time: float, method: str, path: str, query: str) -> Line:
        """Number a request that begins. Its entry is kept when it is closed.

        What is long is cut before secrets are looked for: the name of one goes with it, or stays.
        """
        method, path, query = method[:SHOWN], path[:SHOWN], query[:SHOWN]
        shown = redact_query(query, _IN_QUERIES) if query and _SUSPECT.search(query) else query
        entry = Entry(next(self._numbers), time, method, path, shown)
        entry.started = perf_counter()
        return Line(entry, self._lines)

    def close(self, line: Line) -> None:
        """Keep the entry of a request that has ended, whatever became of it.

        One that began before a restart is of the past, and nobody hears of it.
        """
        entry, lines = line.entry, line.lines
        entry.duration = (perf_counter() - entry.started) * 1000
        full = len(lines) == lines.maxlen
        lines.append(line)
        if lines is not self._lines:
            return
        if full:
            self._forgotten += 1
        if entry.operation is not None and entry.status is not None and not entry.race:
            self._met[entry.operation, entry.status, entry.fault] += 1
        if self.listeners:
            self._read(line)
            for listener in self.listeners:
                listener(entry)

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[Entry]:
        lines = tuple(self._lines)
        for line in lines:
            self._read(line)
        return iter([line.entry for line in lines])

    def _read(self, line: Line) -> None:
        # Two readers at a time do the same.
        if (asked := line.asked) is not None:
            line.entry.request_body = self.keep(*asked)
            line.asked = None
        if (told := line.told) is not None:
            line.entry.response_body = self.keep(*told)
            line.told = None

    def asked(self, line: Line, body: bytes, names: SecretNames | None, sound: bool) -> None:
        """Keep the body of a request, as `keep` says."""
        if len(body) > self._body_size:
            line.entry.request_body = self.keep(body, names, sound)
        else:
            line.asked = body, names, sound

    def told(self, line: Line, body: bytes, names: SecretNames | None = None) -> None:
        """Keep the body of an answer, as `keep` says; a streamed one has none yet."""
        if len(body) > self._body_size:
            line.entry.response_body = self.keep(body, names)
        elif body:
            line.told = body, names, True

    def keep(self, body: bytes, names: SecretNames | None = None, sound: bool = True) -> bytes:
        """Redact and cut a body that may hold secrets of these names, or of any.

        A body that cannot be read is left out, if it may hold a secret or is not known to be
        `sound`.
        """
        names = self._secrets() if names is None else names
        if sound and not self._mentioned(names, self._looked_at(body)):
            return body[: self._body_size]
        shown = redact(body, names, sound=sound)
        if shown is None:
            shown = f"({len(body)} bytes that are not JSON and may hold a secret)".encode()
        return shown[: self._body_size]

    def _looked_at(self, body: bytes) -> bytes:
        """The part of a body that is searched for the names of secrets, before it is cut.

        A name stands before its secret, or with it in one text, which is looked at to its end.
        """
        if len(body) <= self._body_size:
            return body
        quote = _QUOTE.search(body, self._body_size)
        return body[: quote.end()] if quote else body

    def _mentioned(self, names: SecretNames, body: bytes) -> bool:
        # Long answers, as pages are, are often given again.
        if LONG < len(body) < LONGEST:
            return self._mentioned_again(names, body)
        return names.mentioned(body)

    def findings(self, body: bytes) -> bytes:
        """Redact and cut a 422 that may echo secrets."""
        return redact_findings(body, self._secrets())[: self._body_size]

    def cut(self, body: bytes) -> bytes:
        """Cut a body that cannot hold secrets."""
        return body[: self._body_size]

    def clear(self) -> None:
        """Forget everything, and number the requests from 1 again."""
        self._lines.clear()
        self._mentioned_again.cache_clear()  # it holds bodies as they were sent
        self._numbers = count(1)  # which is safe in threads
        self._forgotten = 0

    def restart(self) -> None:
        """As `clear`, and for good: requests that have begun by now are forgotten, too."""
        self._lines = deque(maxlen=self._lines.maxlen)
        self.clear()
