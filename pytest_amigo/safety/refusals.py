"""Refusals: the answers after which a client waits before it tries again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from amigo_mock.state.requests import Entry

WAITS = 100  # sleeps after one refusal that count as waiting for a retry


class Refusals:
    """Tells sleeps that wait for a retry from others, by what the fake answered last."""

    def __init__(self, entries: Callable[[], Sequence[Entry]]) -> None:
        self._entries = entries
        self._last: Entry | None = None
        self._waits = 0

    def waiting(self) -> bool:
        """Tell whether the last answer asked for a retry, and a sleep can be a wait for that."""
        last = next((entry for entry in reversed(self._entries()) if not entry.race), None)
        if last is None or not _is_refusal(last):
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
