"""The one clock: token expiry, rate-limit windows, timestamps and faults all ask it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from amigo_mock.attributes import KnownAttributes
from amigo_mock.errors import MockError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9001, 1, 1, tzinfo=UTC).timestamp()

ClockState = tuple[float | None, float, float | None]
"""The start of a clock, its distance from real time, and when it stands, all in seconds."""


def seconds(at: float | datetime) -> float:
    """Seconds since the epoch. Raises `ValueError` for a time at which no clock can stand."""
    found = at.timestamp() if isinstance(at, datetime) else at
    if not 0 <= found <= LATEST:  # which NaN is not either
        raise ValueError("the clock goes from 1970 to the year 9000")
    return found


def utc(seconds: float) -> datetime:
    """Return seconds since the epoch as a date, cut to milliseconds: the service stores no more."""
    return EPOCH + timedelta(0, 0, 0, int(seconds * 1000))


def deadline(at: float, behind: float) -> datetime:
    """A time of a clock as clients are told it: so many seconds `behind` theirs is the clock."""
    return datetime.fromtimestamp(int(at + behind), UTC)


class Clock(KnownAttributes, ABC):
    """The clock of a fake, which can be moved forward and stopped.

    `now()` is in seconds since the epoch, and `start` is where a frozen clock begins.
    """

    start: float | None

    @abstractmethod
    def now(self) -> float:
        """Seconds since the epoch, as this clock has it."""

    def datetime(self) -> datetime:
        """`now()` in UTC, cut to milliseconds."""
        return utc(self.now())

    @property
    @abstractmethod
    def frozen(self) -> bool:
        """True while time stands still."""

    def advance(
        self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> None:
        """Move forward by the sum of the arguments.

        Raises `MockError` for a negative sum, because everything here counts on time not running
        back, and for one that leads beyond the year 9000, because dates end soon after.
        """
        span = seconds + 60 * minutes + 3600 * hours + 86400 * days
        if not span >= 0:  # which NaN is not either
            raise MockError(f"the clock only moves forward: cannot advance by {span} seconds")
        self._advance(span)

    @abstractmethod
    def _advance(self, span: float) -> None:
        """Move forward by so many seconds."""

    @abstractmethod
    def freeze(self, at: float | None = None) -> None:
        """Stop time, at `at` (seconds since the epoch) or now."""

    @abstractmethod
    def thaw(self) -> None:
        """Let time run on from where it stands."""

    @abstractmethod
    def reset(self) -> None:
        """Back to the wall clock, or to the frozen start that was asked for."""


class LocalClock(Clock):
    """The clock of a fake in this process.

    No other module reads the time, so advancing this clock ages tokens, closes rate-limit windows
    and lets faults lapse without waiting. `changed` is called whenever it is moved.
    """

    changed: Callable[[], None]

    def __init__(self, start: float | None = None) -> None:
        self.start = start
        self._offset = 0.0
        self._frozen = start
        self._behind: float | None = None
        self.changed = lambda: None

    @property
    def state(self) -> ClockState:
        """All of it, for `restore`."""
        return self.start, self._offset, self._frozen

    def restore(self, state: ClockState) -> None:
        """Go on as from there."""
        self.start, self._offset, self._frozen = state
        self._behind = None

    def now(self) -> float:
        """Seconds since the epoch, as this clock has it."""
        return time.time() + self._offset if self._frozen is None else self._frozen

    @property
    def behind(self) -> float:
        """Seconds from the time of this clock to that of a client, which nobody moves.

        A deadline that a client compares with its own time is told with these added: it is then
        over when it would be over here, if this clock ran on.
        """
        if self._behind is not None:
            return self._behind
        return 0.0 - self._offset if self._frozen is None else time.time() - self._frozen

    @property
    def frozen(self) -> bool:
        """True while time stands still."""
        return self._frozen is not None

    def _advance(self, span: float) -> None:
        if self.now() + span > LATEST:
            raise MockError(f"the clock ends with the year 9000: cannot advance by {span} seconds")
        if self._frozen is None:
            self._offset += span
        else:
            self._frozen += span
        self.changed()

    def freeze(self, at: float | None = None, behind: float | None = None) -> None:
        """Stop time, at `at` (seconds since the epoch) or now.

        `behind` is where a client's time stops with it.
        """
        self._frozen, self._behind = self.now() if at is None else at, behind
        self.changed()

    def thaw(self) -> None:
        """Let time run on from where it stands."""
        if self._frozen is not None:
            self._offset = self._frozen - time.time()
            self._frozen = self._behind = None
            self.changed()

    def reset(self) -> None:
        """Back to the wall clock, or to the frozen start that was asked for."""
        self._offset, self._behind = 0.0, None
        self._frozen = self.start
        self.changed()

    def __repr__(self) -> str:
        return f"<Clock {self.datetime().isoformat()}{' frozen' if self.frozen else ''}>"
