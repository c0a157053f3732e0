"""Assertions on the requests in a journal; a failure shows the requests that came nearest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amigo_mock.errors import MockError
from amigo_mock.operations.catalog import Catalog
from amigo_mock.resources import CATALOG
from amigo_mock.state.access_log import full_line
from amigo_mock.state.requests import Entry, Requests
from amigo_mock.testing.comparison import MATCHED, MISSED, UNKNOWN, Verdict
from amigo_mock.testing.matching import Expectation

WIDTH = 100  # columns of a line
MISSES = 3
LISTED = 10  # requests
DETAIL = "        "


def assert_called(
    requests: Requests,
    operation: str,
    *,
    times: int | None = None,
    json: Any = None,
    query: Mapping[str, Any] | None = None,
    path: Mapping[str, Any] | None = None,
    status: int | str | None = None,
    user: Any = None,
    forgotten: int = 0,
    catalog: Catalog = CATALOG,
) -> Requests:
    """The requests to an operation that are as expected: `times` of them, or at least one.

    `json` is a part of the body: an object has the named fields and may have others (but `{}` is
    an empty one), a list has these items, true is not 1. `query` and `path` are parameters by
    name; one of the query has this value and no other, these values in a list, or for None is not
    sent. `status` is a number or like `"4xx"`. A value may be a
    matcher with an `==` of its own, such as `unittest.mock.ANY`. Requests of a race do not count.
    `forgotten` is the number of earlier requests that the journal has dropped; `catalog` has the
    operations.

    Raises `AssertionError` that shows what came nearest. Raises `MockError` for an expectation
    that nothing can meet, and where the journal has too little left to tell.
    """
    __tracebackhide__ = True  # a traceback ends at the line of the test
    if times is not None and (isinstance(times, bool) or times < 0):
        raise MockError(f"times is a number from 0 up, not {times!r}")
    own = Requests((entry for entry in requests if not entry.race), catalog.operations)
    calls = own.to(operation)
    if status is not None:
        calls.with_status(status)  # raises for text that is no status
    expected = Expectation(catalog.operations[operation], json, query, path, status, user)
    found = Search(expected, [Candidate(entry, expected.verdicts(entry)) for entry in calls])
    if not found.meets(times, forgotten):
        others = [entry for entry in own if entry.operation != operation]
        raise AssertionError("\n".join(found.failure(times, others)))
    return Requests((candidate.entry for candidate in found.matches), catalog.operations)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A request to the operation, with the verdict on each field."""

    entry: Entry
    verdicts: Sequence[Verdict]

    @property
    def sign(self) -> str:
        """The worst verdict on any field."""
        signs = {verdict.sign for verdict in self.verdicts}
        return next((sign for sign in (MISSED, UNKNOWN) if sign in signs), MATCHED)

    @property
    def nearness(self) -> float:
        """The share of the expectation that is met, from 0 to 1."""
        return sum(verdict.nearness for verdict in self.verdicts) / max(1, len(self.verdicts))


class Search:
    """The requests to an operation, matched against an expectation."""

    def __init__(self, expected: Expectation, candidates: Sequence[Candidate]) -> None:
        self._expected = expected
        self._candidates = candidates
        self.matches = self._with(MATCHED)

    def meets(self, times: int | None, forgotten: int) -> bool:
        """True if there are as many matches as expected.

        Raises `MockError` if that depends on values that the journal hides, has cut or forgotten.
        """
        doubtful = self._with(UNKNOWN)
        least, most = len(self.matches), len(self.matches) + len(doubtful) + forgotten
        if times is None and (least or not most):
            return bool(least)
        if times is not None and (least == most or not least <= times <= most):
            return least == times
        question = f"whether {self._id} was called like this cannot be told"
        if doubtful:
            entry, verdicts = doubtful[-1].entry, doubtful[-1].verdicts
            why = next(verdict.text for verdict in verdicts if verdict.sign == UNKNOWN)
            raise MockError(f"{question} of request {entry.number}: {why}")
        raise MockError(
            f"{question}: the first {forgotten} requests are no longer in the journal "
            "(set journal_size higher)"
        )

    def failure(self, times: int | None, others: Sequence[Entry]) -> Iterator[str]:
        """Yield the lines of the failure: the expectation, and the requests there were instead."""
        calls = [candidate.entry for candidate in self.matches]
        yield self._headline(times)
        expectation = str(self._expected)
        if expectation:
            yield f"    with {expectation}"
        if calls:
            yield "these calls:"
            yield from _listed(calls)
        if times is None or len(calls) < times:
            yield from self._misses()
            if others:
                yield "other requests:"
                yield from _listed(others)

    def _headline(self, times: int | None) -> str:
        count = len(self.matches)
        called = f"was called {'once' if count == 1 else f'{count} times'}" if count else ""
        expected = "" if times is None else f", expected {times or 'none'}"
        return f"{self._id} {called or 'was not called'}{expected}"

    def _misses(self) -> Iterator[str]:
        missed = [candidate for candidate in self._candidates if candidate.sign != MATCHED]
        missed.sort(key=lambda candidate: (candidate.nearness, candidate.entry.number))
        if missed:
            several = f" {MISSES} of {len(missed)}" if len(missed) > MISSES else ""
            yield f"the nearest{several}:"
        for candidate in missed[: -MISSES - 1 : -1]:
            yield _line(candidate.entry)
            yield from (f"{DETAIL}{verdict}" for verdict in candidate.verdicts)

    def _with(self, sign: str) -> list[Candidate]:
        return [candidate for candidate in self._candidates if candidate.sign == sign]

    @property
    def _id(self) -> str:
        return self._expected.operation.id


def _listed(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield a line for each of the newest requests, oldest first."""
    left_out = len(entries) - LISTED
    if left_out > 0:
        yield f"    ... and {left_out} more before"
    yield from map(_line, entries[-LISTED:])


def _line(entry: Entry) -> str:
    head = f"    {entry.number}  "
    return f"{head}{full_line(entry, WIDTH - len(head))}"
