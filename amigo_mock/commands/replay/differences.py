"""The differences between a recorded answer and the one that there is now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from amigo_mock.engine.recording.capsule import RecordedAnswer, RecordedBody
from amigo_mock.state.access_log import visible

SHOWN = 100  # characters of a value
ABSENT = object()

Difference = tuple[str, str, str]  # where, what was recorded, what there is now


def differences(
    recorded: RecordedAnswer | None, now: RecordedAnswer | None
) -> Iterator[Difference]:
    """Yield the differences of two answers: status, headers, body, field by field."""
    if recorded is None or now is None:
        if recorded is not now:
            yield "connection", _connection(recorded), _connection(now)
        return
    if recorded.cut != now.cut:
        yield "connection", _connection(recorded), _connection(now)
    if recorded.status != now.status:
        yield "status", str(recorded.status), str(now.status)
    yield from _of_headers(recorded.headers, now.headers)
    yield from _of_bodies(recorded.body, now.body)


def _connection(answer: RecordedAnswer | None) -> str:
    if answer is None:
        return "dropped"
    return f"{'cut after' if answer.cut else 'answered'} {answer.status}"


def _of_headers(
    recorded: tuple[tuple[str, str], ...], now: tuple[tuple[str, str], ...]
) -> Iterator[Difference]:
    for name in dict.fromkeys(name for name, _ in (*recorded, *now)):
        before = [value for known, value in recorded if known == name]
        after = [value for known, value in now if known == name]
        if before != after:
            yield f"header {name}", _header(before), _header(after)


def _header(values: list[str]) -> str:
    return ", ".join(map(_shown, values)) or "nothing"


def _of_bodies(recorded: RecordedBody | None, now: RecordedBody | None) -> Iterator[Difference]:
    if recorded == now:
        return
    before, after = _read(recorded), _read(now)
    found = list(_of_values("body", before, after))
    # Equal as values, and yet not the same: they were written in another way.
    yield from found or [("body", _data(recorded), _data(now))]


def _read(content: RecordedBody | None) -> Any:
    if content is None or content.left_out:
        return content and content.left_out
    try:
        return json.loads(content.decoded())
    except (ValueError, RecursionError):
        return content.decoded().decode(errors="backslashreplace")


def _data(content: RecordedBody | None) -> str:
    return _shown(content.decoded().decode(errors="backslashreplace")) if content else "nothing"


def _of_values(place: str, recorded: Any, now: Any) -> Iterator[Difference]:
    if isinstance(recorded, dict) and isinstance(now, dict):
        for name in dict.fromkeys([*recorded, *now]):
            yield from _of_values(
                f"{place}.{name}", recorded.get(name, ABSENT), now.get(name, ABSENT)
            )
    elif isinstance(recorded, list) and isinstance(now, list):
        for number in range(max(len(recorded), len(now))):
            yield from _of_values(f"{place}.{number}", _at(recorded, number), _at(now, number))
    elif type(recorded) is not type(now) or recorded != now:
        yield place, _shown(recorded), _shown(now)


def _at(values: list[Any], number: int) -> Any:
    return values[number] if number < len(values) else ABSENT


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return visible(text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…")
