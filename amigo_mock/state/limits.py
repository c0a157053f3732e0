"""Rate limits: fixed windows of a minute, per caller and operation."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import NamedTuple

from amigo_mock.attributes import KnownAttributes
from amigo_mock.errors import MockError, unknown
from amigo_mock.state.clock import Clock, LocalClock

WINDOW = 60  # seconds
MOST = 10_000  # windows; of more that are open, the first ones are forgotten


class Usage(NamedTuple):
    """The use that a caller made of the limit of an operation."""

    limit: int
    used: int
    reset: int  # whole seconds since the epoch, by the fake's clock
    retry_after: int  # whole seconds to the window's end
    opened: float  # when the window did

    @property
    def exceeded(self) -> bool:
        """True if the request that was just counted is one too many."""
        return self.used > self.limit

    def headers(self, behind: float = 0.0) -> list[tuple[bytes, bytes]]:
        """The three headers that clients read; `behind` them is the clock by so many seconds."""
        return [
            (b"x-ratelimit-limit", b"%d" % self.limit),
            (b"x-ratelimit-remaining", b"%d" % max(0, self.limit - self.used)),
            (b"x-ratelimit-reset", b"%d" % math.ceil(self.reset + behind)),
        ]


class ShownLimits(dict[str, int]):
    """Limits by operation, to be read."""

    def __setitem__(self, operation: str, requests: int) -> None:
        raise TypeError(f"change a limit with rate_limits.set({operation!r}, {requests!r})")

    def __delitem__(self, operation: str) -> None:
        raise TypeError(f"change a limit back with rate_limits.unset({operation!r})")


class RateLimits(KnownAttributes, ABC):
    """The rate limits of a fake. `enabled` can be changed at any time, and so can every limit.

    `published` is what an operation allows by default, if it has a limit; `operations` are the
    names of all.

    A window opens with a caller's first request to an operation and closes after a minute; refused
    requests count as well.
    """

    enabled: bool

    def __init__(self, published: Callable[[str], int | None], operations: Collection[str]) -> None:
        self._published = published
        self._operations = operations

    @property
    @abstractmethod
    def limits(self) -> Mapping[str, int]:
        """Limits a minute, by operation, that differ from the published ones."""

    @abstractmethod
    def set(self, operation: str, requests: int) -> None:
        """Limit an operation to so many requests a minute.

        Raises `MockError`, naming the nearest, for an operation that has no limit, or a limit
        below 0.
        """

    @abstractmethod
    def unset(self, operation: str) -> None:
        """Limit an operation as published again. Raises `MockError` as `set` does."""

    @abstractmethod
    def used(self) -> Mapping[str, int]:
        """By operation, what the busiest caller has used of the window that is open."""

    @abstractmethod
    def reset(self) -> None:
        """Open every window anew."""

    def limit(self, operation: str, published: int) -> int:
        """Requests a minute that `operation` allows here."""
        return self.limits.get(operation, published)

    def headroom(self, operation: str) -> int:
        """Requests that the busiest caller of an operation has left in the window that is open.

        Raises `MockError` for an operation that has no limit.
        """
        published = self._known(operation)
        return self.limit(operation, published) - self.used().get(operation, 0)

    def check(self, limits: Mapping[str, int]) -> None:
        """Raise `MockError` for an operation that has no limit to change, or a limit below 0."""
        for operation, limit in limits.items():
            self._known(operation)
            if limit < 0:
                raise MockError(f"the limit on {operation!r} cannot be {limit}: say 0 or more")

    def __repr__(self) -> str:
        used = ", ".join(f"{name} {count}" for name, count in self.used().items())
        return f"<RateLimits {'on' if self.enabled else 'off'}, used: {used or 'none'}>"

    def _known(self, operation: str) -> int:
        published = self._published(operation)
        if published is None:
            raise unknown("limit on", operation, self._operations)
        return published


class LocalRateLimits(RateLimits):
    """Counts the requests of a fake in this process."""

    def __init__(
        self,
        published: Callable[[str], int | None] = lambda _: None,
        operations: Collection[str] = (),
        clock: Clock | None = None,
    ) -> None:
        super().__init__(published, operations)
        self.enabled = True
        self._limits: dict[str, int] = {}
        self._clock = clock or LocalClock()
        # In the order in which they were opened, for those that are closed to be found.
        self._windows: dict[tuple[Hashable, str], tuple[float, int]] = {}

    @property
    def limits(self) -> Mapping[str, int]:
        """Limits a minute, by operation, that differ from the published ones."""
        return ShownLimits(self._limits)

    def set(self, operation: str, requests: int) -> None:
        """Limit an operation to so many requests a minute."""
        self.check({operation: requests})
        self._limits[operation] = requests

    def unset(self, operation: str) -> None:
        """Limit an operation as published again."""
        self._known(operation)
        self._limits.pop(operation, None)

    def replace(self, limits: Mapping[str, int]) -> None:
        """Have these limits and no others."""
        self._limits = dict(limits)

    def limit(self, operation: str, published: int) -> int:
        """Requests a minute that `operation` allows here."""
        return self._limits.get(operation, published)

    def count(
        self, caller: Hashable, operation: str, published: int, now: float, requests: int = 1
    ) -> Usage:
        """Count a request (or none: `requests=0`) and say where that leaves the caller."""
        key = (caller, operation)
        opened, used = self._windows.get(key, (now, 0))
        if now - opened >= WINDOW:
            opened, used = now, 0
            self._windows.pop(key, None)
        if requests and not used:
            self._make_room(now)
        used += requests
        if requests:
            self._windows[key] = (opened, used)
        end = opened + WINDOW
        retry_after = max(1, math.ceil(end - now))
        return Usage(self.limit(operation, published), used, math.ceil(end), retry_after, opened)

    def used(self) -> dict[str, int]:
        """By operation, what the busiest caller has used of the window that is open."""
        now = self._clock.now()
        found: dict[str, int] = {}
        for (_, operation), (opened, used) in tuple(self._windows.items()):
            if now - opened < WINDOW:
                found[operation] = max(used, found.get(operation, 0))
        return found

    def reset(self) -> None:
        """Open every window anew."""
        self._windows.clear()

    def _make_room(self, now: float) -> None:
        # A sign-in may name any caller, and most of them never come back.
        windows = self._windows
        while windows:
            key = next(iter(windows))
            if len(windows) < MOST and now - windows[key][0] < WINDOW:
                return
            del windows[key]
