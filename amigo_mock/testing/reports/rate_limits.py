"""Rate limits report: the use of limits, and calls before `Retry-After` was over."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Self

from amigo_mock.state.requests import Entry
from amigo_mock.testing.reports.layout import (
    WIDTH,
    Column,
    marked,
    paragraph,
    plural,
    reading,
    table,
)

KIND = "rate-limits"
ROWS = 20  # of each table, for a terminal

_EARLY: tuple[Column, ...] = (
    ("too early", ">"),
    ("calls", ">"),
    ("operation", "<"),
    ("caller", "<"),
    ("test", "<"),
)
_PEAKS: tuple[Column, ...] = (
    ("of limit", ">"),
    ("used", ">"),
    ("operation", "<"),
    ("caller", "<"),
    ("test", "<"),
)


@dataclass(frozen=True)
class Peak:
    """The most that a caller used of a window of an operation in any one test.

    A caller that no token proved, as with a sign-in, is None.
    """

    operation: str
    caller: str | None
    used: int
    limit: int
    test: str

    @property
    def share(self) -> float:
        """The used share of the limit; infinite for a limit of 0."""
        return self.used / self.limit if self.limit else math.inf


@dataclass(frozen=True)
class Early:
    """A call that came `seconds` before the `Retry-After` of an earlier answer was over.

    `sure` is true if the caller is known to be the one that had been told to wait.
    """

    test: str
    operation: str
    caller: str | None
    seconds: float
    sure: bool


class _Told(NamedTuple):
    """An answer that asked its caller to wait; `used` if that was because of the limit."""

    number: int
    caller: str | None
    time: float
    until: float
    used: int | None


class RateLimitUse:
    """The use that a test suite makes of rate limits and `Retry-After`.

    The requests of a test are added in the order of the journal. A new test ends earlier waits,
    and so does a journal that begins anew. An answer of a fault that came before the caller
    was known, and a sign-in, are held against whoever calls next, as long as the test had no more
    than one caller. Requests of another user in a race are passed over.
    """

    def __init__(self) -> None:
        self._peaks: dict[tuple[str, str | None], Peak] = {}
        self._early: list[Early] = []
        self._callers: defaultdict[str, set[str]] = defaultdict(set)
        self._told: dict[str, list[_Told]] = {}
        self._test = ""

    def add(self, test: str, entry: Entry) -> None:
        """Count a request that was made in a test."""
        if entry.race or entry.operation is None:
            return
        if entry.caller is not None:
            self._callers[test].add(entry.caller)
        if entry.used and entry.limit is not None:
            self._rise(Peak(entry.operation, entry.caller, entry.used, entry.limit, test))
        if test != self._test or entry.number == 1:
            self._told.clear()
            self._test = test
        self._mind(test, entry.operation, entry)

    def _rise(self, peak: Peak) -> None:
        place = peak.operation, peak.caller
        known = self._peaks.get(place)
        if known is None or _height(peak) > _height(known):
            self._peaks[place] = peak
        elif _height(peak) == _height(known) and peak.test < known.test:
            self._peaks[place] = peak  # any order of tests gives the same report

    def _mind(self, test: str, operation: str, entry: Entry) -> None:
        told = [item for item in self._told.get(operation, ()) if entry.time < item.until]
        found = [
            Early(test, operation, entry.caller or item.caller, item.until - entry.time, sure)
            for item in told
            for sure in _same_caller(item, entry)
        ]
        if found:
            self._early.append(max(found, key=lambda early: (early.sure, early.seconds)))
        if entry.retry_after:
            until = entry.time + entry.retry_after
            used = entry.used if entry.status == 429 and not entry.fault else None
            told.append(_Told(entry.number, entry.caller, entry.time, until, used))
        self._told[operation] = told

    def merge(self, other: RateLimitUse) -> None:
        """Add the counts of another one."""
        for peak in other._peaks.values():
            self._rise(peak)
        self._early += other._early
        for test, callers in other._callers.items():
            self._callers[test] |= callers

    def json(self) -> dict[str, Any]:
        """The counts as plain JSON, which `of` reads back."""
        guessed = {early.test for early in self._early if not early.sure}
        return marked(
            KIND,
            early=[_plain(early) for early in self.early],
            peaks=[_plain(peak) for peak in self.peaks],
            unsure={
                "early": [_plain(early) for early in self._early if not self._is_shown(early)],
                "callers": {test: sorted(self._callers[test]) for test in sorted(guessed)},
            },
        )

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read the counts that `json` wrote. Raises `MockError` for another document."""
        report = cls()
        with reading(KIND, document):
            for peak in document["peaks"]:
                report._rise(Peak(**peak))
            unsure = document["unsure"]
            report._early = [Early(**early) for early in (*document["early"], *unsure["early"])]
            for test, callers in unsure["callers"].items():
                report._callers[test] = set(callers)
        return report

    @property
    def early(self) -> list[Early]:
        """Every call that came too early, the worst first."""
        found = filter(self._is_shown, self._early)
        return sorted(found, key=lambda early: -early.seconds)

    @property
    def peaks(self) -> list[Peak]:
        """The most that was used of each limit by each caller, the highest share first."""
        return sorted(self._peaks.values(), key=lambda peak: (-peak.share, peak.operation))

    def text(self, width: int = WIDTH) -> str:
        """Format for a terminal: calls that came too early, by test, then the use of limits."""
        lines = paragraph("limits: ", self._headline(), width)
        early, peaks = list(self._by_test()), [_row(peak) for peak in self.peaks]
        alone = len({row[3] for row in (*early, *peaks)} - {"-"}) < 2
        for columns, rows in ((_EARLY, early), (_PEAKS, peaks)):
            if rows:
                lines += ["", *_table(columns, rows[:ROWS], alone, width)]
            if rows[ROWS:]:
                lines.append(f"... and {len(rows) - ROWS} more")
        return "\n".join(lines)

    def _headline(self) -> str:
        count = len(self.early)
        if not self._peaks and not count:
            return "nothing that has a limit was called"
        most = f"; at most {_share(self.peaks[0])} of a limit was used" if self._peaks else ""
        calls = f"{plural(count, 'call')} before Retry-After was over"
        return f"{calls if count else 'nobody called too early'}{most}"

    def _by_test(self) -> Iterator[tuple[str, ...]]:
        groups: dict[tuple[str, str, str], list[float]] = {}
        for early in self.early:
            row = early.operation, early.caller or "-", early.test
            groups.setdefault(row, []).append(early.seconds)
        for row, seconds in groups.items():
            yield (f"{max(seconds):.1f} s", str(len(seconds)), *row)

    def _is_shown(self, early: Early) -> bool:
        return early.sure or len(self._callers[early.test]) < 2


def _height(peak: Peak) -> tuple[float, int]:
    return peak.share, peak.used


def _same_caller(told: _Told, entry: Entry) -> Iterator[bool]:
    """Yield True for the caller that was told to wait, False for a possible one."""
    if entry.number <= told.number or entry.time < told.time:
        return  # sent before the answer, or on a clock that was set back
    if told.used is not None and entry.used is not None:
        # In one window each call uses more; a lower number is another caller's, or was reset.
        if entry.used > told.used and entry.caller == told.caller:
            yield True
    elif told.caller is None or entry.caller is None:
        yield False
    elif told.caller == entry.caller:
        yield True


def _plain(item: Early | Peak) -> dict[str, Any]:
    return asdict(item)


def _row(peak: Peak) -> tuple[str, ...]:
    used = f"{peak.used}/{peak.limit}"
    return _share(peak), used, peak.operation, peak.caller or "-", peak.test


def _share(peak: Peak) -> str:
    if not peak.limit:
        return "over 100%"
    return f"{100 * peak.used // peak.limit}%" if peak.share >= 0.01 else "<1%"


def _table(
    columns: tuple[Column, ...], rows: list[tuple[str, ...]], alone: bool, width: int
) -> list[str]:
    """A table, without the column of callers if there is only one."""
    kept = [place for place, (heading, _) in enumerate(columns) if heading != "caller" or not alone]
    cells = ([row[place] for place in kept] for row in rows)
    return table([columns[place] for place in kept], cells, width)
