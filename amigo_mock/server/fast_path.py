"""The prompt answer: what most requests get, with nothing in between."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from time import perf_counter

from amigo_mock.engine.fake import Fake
from amigo_mock.engine.pipeline import Answer, exchange
from amigo_mock.engine.tenants import Tenants
from amigo_mock.engine.validation import Request
from amigo_mock.operations.router import Lookup

SHORT = 256  # characters of a path that is worth remembering


class Prompt:
    """Answers a request that is here whole, if that takes no waiting and nobody looks on.

    It does what the way through the application does, for whoever can do without a task, a
    message and a coroutine: the server's protocol, and transports in this process.
    """

    def __init__(self, fake: Fake) -> None:
        self.fake = fake
        self.tenants = Tenants(fake)
        self.lookup = Lookup(fake.catalog.paths)
        self._find_again = lru_cache(1024)(self.lookup.target)

    def answer(
        self,
        method: str,
        path: str,
        query: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes,
        scheme: str = "http",
    ) -> Answer | None:
        """The answer; none, and nothing done, if the request has to go through the application."""
        fake = self.fake
        if self.tenants.fakes or fake.faults or fake.recorder or b"origin" in headers:
            return None
        find = self._find_again if len(path) < SHORT else self.lookup.target
        name, values = find(method, path) or ("", {})
        operation = fake.catalog.operation(name)
        if operation is None or len(body) > fake.settings.max_body_size:
            return None
        started, journal = perf_counter(), fake.journal
        text = query.decode("latin-1")
        entry = journal.open(fake.clock.now(), method, path, text)
        entry.operation = operation.id
        try:
            answer = exchange(fake, operation, Request(values, text, headers, body, scheme), entry)
            entry.status = answer.status
        finally:
            entry.duration = (perf_counter() - started) * 1000
            journal.close(entry)
        return answer
