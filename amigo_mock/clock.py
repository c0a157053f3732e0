"""The one clock: token expiry, rate-limit windows, timestamps and faults all ask it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """A wall clock that can be moved forward and stopped.

    `now()` is in seconds since the epoch. No other module reads the time, so advancing this
    clock ages tokens, closes rate-limit windows and lets faults lapse without waiting.
    """

    def __init__(self, start: float | None = None) -> None:
        self._start = start
        self._offset = 0.0
        self._frozen = start

    def now(self) -> float:
        """Seconds since the epoch, as this clock has it."""
        return time.time() + self._offset if self._frozen is None else self._frozen

    def datetime(self) -> datetime:
        """`now()` in UTC, cut to milliseconds, which is all that the service stores."""
        return EPOCH + timedelta(milliseconds=int(self.now() * 1000))

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen is not None

    def advance(
        self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> None:
        """Move forward by the sum of the arguments.

        Raises `ValueError` for a negative sum: everything here counts on time not running back.
        """
        span = seconds + 60 * minutes + 3600 * hours + 86400 * days
        if not 0 <= span < float("inf"):
            raise ValueError(f"the clock only moves forward: cannot advance by {span} seconds")
        if self._frozen is None:
            self._offset += span
        else:
            self._frozen += span

    def freeze(self, at: float | None = None) -> None:
        """Stop time, at `at` (seconds since the epoch) or now."""
        self._frozen = self.now() if at is None else at

    def thaw(self) -> None:
        """Let time run on from where it stands."""
        if self._frozen is not None:
            self._offset = self._frozen - time.time()
            self._frozen = None

    def reset(self) -> None:
        """Back to the wall clock, or to the frozen start that was asked for."""
        self._offset = 0.0
        self._frozen = self._start

    def __repr__(self) -> str:
        return f"<Clock {self.datetime().isoformat()}{' frozen' if self.frozen else ''}>"
