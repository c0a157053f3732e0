"""Nearest: the path that a client probably meant, where there is none of the kind it asked for."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

Row = tuple[str, str]  # a method and a path with its parameters in braces

MOST = 12  # segments of a path that is compared

NEAR = 0.28  # what each segment of a path may be off, on average
PARAMETER = 0.1  # a spelt out segment that is the same is nearer
LEFT_OUT, LEFT_OUT_PARAMETER, ADDED = 1.0, 0.6, 1.0  # one segment
ANOTHER_METHOD = 0.2
ANOTHER = 2.0  # a segment that has nothing in common
ALIKE = 0.6  # as `difflib` measures it


def nearest_row(method: str, path: str, rows: Iterable[Row]) -> Row | None:
    """The row that is nearest to a method and a path, if one is near."""
    given = _segments(path.lower())
    if len(given) > MOST:
        return None
    best: tuple[float, Row] | None = None
    for row in rows:
        wanted = _segments(row[1])
        off = _difference(given, wanted)
        if off > NEAR * len(wanted):
            continue
        off += 0 if row[0] == method else ANOTHER_METHOD
        if best is None or off < best[0]:
            best = off, row
    return best[1] if best else None


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _difference(given: list[str], wanted: list[str]) -> float:
    """How far a path is from a template that has as many segments, or one more or fewer."""
    if len(given) == len(wanted):
        return _sum(given, wanted)
    if len(given) + 1 == len(wanted):
        return min(
            _sum(given, _without(wanted, place))
            + (LEFT_OUT_PARAMETER if wanted[place].startswith("{") else LEFT_OUT)
            for place in range(len(wanted))
        )
    if len(given) == len(wanted) + 1:
        return min(_sum(_without(given, place), wanted) for place in range(len(given))) + ADDED
    return ANOTHER * len(wanted)


def _without(segments: list[str], place: int) -> list[str]:
    return segments[:place] + segments[place + 1 :]


def _sum(given: list[str], wanted: list[str]) -> float:
    total = 0.0
    for one, other in zip(given, wanted, strict=True):
        total += _off(one, other)
        if total >= ANOTHER:
            break  # no path is near with that
    return total


def _off(segment: str, wanted: str) -> float:
    if segment == wanted:
        return 0
    if wanted.startswith("{"):
        return PARAMETER
    matcher = SequenceMatcher(None, segment, wanted, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return ANOTHER
    alike = matcher.ratio()
    return 1 - alike if alike >= ALIKE else ANOTHER
