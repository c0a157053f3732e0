"""A thread that writes the access log, so that no answer waits for whoever reads it."""

from __future__ import annotations

import logging
import os
import select
from collections import deque
from collections.abc import Callable
from io import UnsupportedOperation
from threading import Condition, Thread
from typing import TextIO

MOST = 4 * 1024 * 1024  # characters that wait to be written; what comes then is left out

_LOGGER = logging.getLogger("amigo_mock.server")


class LogWriter:
    """Takes whole lines at any time, and writes them in order as fast as a stream takes them.

    A pipe that nobody reads takes no more than it holds. Then lines wait, and beyond `most`
    characters of them they are only counted: `left_out` makes a line of their number. `failed` is
    told why there will be no more lines, should that come to be.
    """

    def __init__(
        self,
        stream: TextIO,
        left_out: Callable[[int], str],
        failed: Callable[[str], None] = lambda _: None,
        most: int = MOST,
    ) -> None:
        self._stream = stream
        self._descriptor = _descriptor(stream)
        self._left_out = left_out
        self._failed = failed
        self._most = most
        self._waiting: deque[str] = deque()
        self._size = 0
        self._missed = 0
        self._closing = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="amigo-mock-log", daemon=True)
        self._thread.start()

    def isatty(self) -> bool:
        """Report whether the stream is a terminal."""
        return self._stream.isatty()

    def write(self, line: str) -> None:
        """Have a line written, without waiting for it."""
        with self._changed:
            if self._size + len(line) > self._most:
                self._missed += 1
                return
            self._waiting.append(line)
            self._size += len(line)
            self._changed.notify()

    def flush(self) -> None:
        """Do nothing: the thread does."""

    def close(self, seconds: float = 1.0) -> None:
        """Write what waits, for so long at most, and stop."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            while text := self._next():
                self._put(text)
        except Exception as error:
            _LOGGER.exception("the access log has ended")
            self._failed(f"the access log has ended: {error!r}")

    def _next(self) -> str:
        """All that waits, once something does; nothing at the end."""
        with self._changed:
            while not (self._waiting or self._missed or self._closing):
                self._changed.wait()
            text = "".join(self._waiting)
            if self._missed:
                text += self._left_out(self._missed)
            self._waiting.clear()
            self._size = self._missed = 0
            return text

    def _put(self, text: str) -> None:
        try:
            if self._descriptor is None:
                self._stream.write(text)
                self._stream.flush()
            else:
                self._put_bytes(text.encode(self._stream.encoding, "backslashreplace"))
        except (OSError, ValueError):
            pass  # it is closed: nobody reads any more, which is no reason to end

    def _put_bytes(self, content: bytes) -> None:
        # Not through the stream: a write that waits there for ever would hold its lock, without
        # which Python cannot end.
        assert self._descriptor is not None
        while content:
            try:
                content = content[os.write(self._descriptor, content) :]
            except BlockingIOError:
                select.select([], [self._descriptor], [])


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (UnsupportedOperation, ValueError, AttributeError):
        return None
