"""The protocol of a connection: most requests are answered as soon as they have been read.

uvicorn makes a task and messages of every request. What waits for nothing needs neither, and they
cost more than the answer. Whatever is out of the ordinary goes uvicorn's way. This goes by how
uvicorn's own protocol is made inside, so it is only used with the releases that it was tried with.
"""

from __future__ import annotations

import logging
from functools import cache, partial
from typing import Any
from urllib.parse import unquote

import uvicorn

from amigo_mock.engine.http.messages import Answer, Request, first_of
from amigo_mock.errors import Dropped
from amigo_mock.server import fast_path
from amigo_mock.server.gateway import Gateway
from amigo_mock.server.uvicorn_bounds import BoundedProtocol, written

FAILED = Answer(500, b"Internal Server Error", [(b"content-type", b"text/plain; charset=utf-8")])
LARGEST = 65536  # bytes of a body that is waited for

KNOWN: tuple[str, ...] = ("0.54.",)  # beginnings of the versions of uvicorn that it was tried with

_LOGGER = logging.getLogger("amigo_mock.server")


def protocol(gateway: Gateway) -> Any:
    """The protocol for uvicorn: the fast one in a release that it is known to fit."""
    if uvicorn.__version__.startswith(KNOWN):
        return partial(FastProtocol, gateway)
    _warn(uvicorn.__version__)
    return BoundedProtocol


@cache
def _warn(version: str) -> None:
    _LOGGER.warning(
        "the fast path was not tried with uvicorn %s, and is off; the fake answers more slowly",
        version,
    )


class FastProtocol(BoundedProtocol):
    """uvicorn's protocol, which is asked only where the application has no answer at once."""

    def __init__(self, gateway: Gateway, **options: Any) -> None:
        super().__init__(**options)
        self._gateway = gateway
        self._held: bytearray | None = None  # the body, while a request is not yet uvicorn's
        self._idle_since: float | None = None  # by the clock of the loop

    def begin(self) -> None:
        """Begin a request; what only uvicorn needs of it is made when it does."""
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def proceed(self) -> None:
        """Wait for the rest of a plain request."""
        idle = self.cycle is None or self.cycle.response_complete
        if idle and not self.expect_100_continue and self._is_plain():
            self._held = bytearray()
        else:
            self._hand_over()

    def on_body(self, body: bytes) -> None:
        """Gather what is not too large."""
        if self._held is None:
            super().on_body(body)
            return
        self.noticed()
        self._held += body
        if len(self._held) > LARGEST:
            self._release()

    def on_message_complete(self) -> None:
        """Answer, or leave it to uvicorn."""
        if self._held is not None:
            try:
                answer = self._answer(bytes(self._held))
            except Dropped:  # the fake was reset while the request waited for its turn
                self.in_message, self._held = False, None
                self.transport.abort()
                return
            except Exception:
                self.logger.exception("Exception in the application")
                answer = FAILED
            if answer is not None:
                self.in_message, self._held = False, None
                self.transport.write(written(answer, self.server_state.default_headers))
                self._rest()
                return
            self._release()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the application know of a request that was never finished."""
        try:
            if self._held is not None:
                self._release()
        finally:
            super().connection_lost(exc)
            super()._unset_keepalive_if_required()

    def _is_plain(self) -> bool:
        """Report whether a request is one that needs nothing of uvicorn."""
        return (
            self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
            and self.url.startswith(b"/")
            and self.url.isascii()
            and b"#" not in self.url
        )

    def _release(self) -> None:
        body, self._held = self._held, None
        self._hand_over()
        if body:
            super().on_body(bytes(body))

    def _hand_over(self) -> None:
        self._idle_since = None
        url, headers, waits = self.url, self.headers, self.expect_100_continue
        super().begin()
        self.headers += headers  # in place: the scope has them already
        self.url, self.expect_100_continue = url, waits
        super().proceed()

    # Closing what is idle. uvicorn stops a timer with each request and starts one with each answer;
    # here it runs on, and looks again when it is over.

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def on_response_complete(self) -> None:
        """Be idle, after an answer that went uvicorn's way."""
        super()._unset_keepalive_if_required()
        super().on_response_complete()
        if self.timeout_keep_alive_task is not None:
            self._idle_since = self.loop.time()

    def _rest(self) -> None:
        self.server_state.total_requests += 1
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None and not self.transport.is_closing():
            self._watch(self.timeout_keep_alive)

    def _watch(self, seconds: float) -> None:
        handler = self.timeout_keep_alive_handler
        self.timeout_keep_alive_task = self.loop.call_later(seconds, handler)

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection if it was idle for as long as it may be."""
        self.timeout_keep_alive_task = None
        if self._idle_since is None:
            return  # it is busy, and will be watched again after the answer
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._watch(left)
        else:
            super().timeout_keep_alive_handler()

    def _answer(self, body: bytes) -> Answer | None:
        if self.flow.write_paused:
            return None
        path, _, query = self.url.partition(b"?")
        name = path.decode()
        if "%" in name:
            name = unquote(name)
        request = Request(
            self.parser.get_method().decode("ascii"),
            name,
            query.decode("latin-1"),
            first_of(self.headers),
            body,
            client=self.client and self.client[0],
        )
        if not fast_path.applies(self._gateway, request):
            return None
        return fast_path.answer(self._gateway, request)
