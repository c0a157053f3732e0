"""Refusals: the answers after which a client waits before it asks again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from amigo_mock.state.requests import Entry

WAITS = 100  # sleeps after one answer that count as waiting


class Refusals:
    """Tells sleeps that wait for the fake from others, by what it answered last.

    That was a refusal, after which a client tries again, or about something under way, after which
    it asks again whether that is finished.
    """

    def __init__(self, entries: Callable[[], Sequence[Entry]]) -> None:
        self._entries = entries
        self._last: Entry | None = None
        self._waits = 0

    def waiting(self) -> bool:
        """Tell whether the last answer made its client wait, and a sleep can be that wait."""
        last = next((entry for entry in reversed(self._entries()) if not entry.race), None)
        if last is None or not (last.pending or _is_refusal(last)):
            return False
        if last is not self._last:
            self._last, self._waits = last, 0
        # Whoever sleeps on and on after the last answer waits for something else.
        self._waits += 1
        return self._waits <= WAITS


def _is_refusal(entry: Entry) -> bool:
    return entry.dropped or (
        entry.status is not None and (entry.status == 429 or entry.status >= 500)
    )
