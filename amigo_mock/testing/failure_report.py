"""The report on a failed test for people: each of its requests, and the state of the fake."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from textwrap import wrap
from typing import Any

from amigo_mock.state.access_log import full_line, visible
from amigo_mock.state.faults import Fault
from amigo_mock.state.limits import WINDOW
from amigo_mock.state.requests import Entry

WIDTH = 100  # columns
FIRST, LAST = 20, 40  # requests that are shown, if there are more
BODY = 20  # lines of a body
INSET = "      "
COLUMNS = WIDTH - len(f"{INSET}answered ")  # of a body


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeState:
    """The state of a fake, in this process or another.

    `advanced` is the number of seconds the clock was moved by, if that is known. `faults` are the
    armed ones that have not expired, each with its hits. `caller` is the usual one, who is not
    named with every request. `forgotten` is the number of requests that the journal has dropped.
    `repeat` is a line that says how to repeat the test.
    """

    now: datetime
    frozen: bool = False
    advanced: float | None = None
    rate_limits: bool = True
    faults: Sequence[tuple[Fault, int]] = ()
    maintenance: bool = False
    caller: str | None = None
    forgotten: int = 0
    repeat: str = ""


def failure_report(entries: Iterable[Entry], state: FakeState) -> str:
    """The requests and the state as text, in lines of at most 100 columns where possible.

    Refused requests are shown with both bodies; of very many requests the middle is left out.
    There are no secrets in it, as there are none in the journal.
    """
    found = _numbered(list(entries))
    lines = [*_requests(found, state), *_state_lines(found, state)]
    return "\n".join(visible(line) for line in lines)


def _numbered(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The entries, numbered through where the journal began anew in the middle of the test."""
    numbers = [entry.number for entry in entries]
    if numbers == sorted(set(numbers)):
        return entries
    return [replace(entry, number=place) for place, entry in enumerate(entries, 1)]


def _requests(entries: Sequence[Entry], state: FakeState) -> Iterator[str]:
    if not entries:
        yield "no requests"
    else:
        many = "1 request" if len(entries) == 1 else f"{len(entries)} requests"
        yield f"{many}, from {_time(datetime.fromtimestamp(entries[0].time, UTC))}"
    if state.forgotten:
        yield f"({state.forgotten} earlier ones are no longer in the journal)"
    shown: dict[tuple[bytes, bytes], int] = {}
    for place, entry in enumerate(entries):
        left_out = len(entries) - FIRST - LAST
        if left_out <= 0 or not FIRST <= place < FIRST + left_out:
            yield _line(entry, entries, state)
            yield from _remarks(entry)
            yield from _bodies(entry, shown)
        elif place == FIRST:
            yield f"{INSET}... {left_out} more ..."


def _line(entry: Entry, entries: Sequence[Entry], state: FakeState) -> str:
    wide = len(str(entries[-1].number))
    head = f"{entry.number:>{wide}} {entry.time - entries[0].time:>+8.3f}s  "
    stranger = entry.caller is not None and entry.caller != state.caller and not entry.race
    notes = [f"by {entry.caller}"] if stranger else []
    return f"{head}{full_line(entry, WIDTH - len(head), *notes)}"


def _remarks(entry: Entry) -> Iterator[str]:
    remarks = [f"warning {warning}" for warning in entry.warnings]
    remarks += [f"hint {entry.hint}"] if entry.hint else []
    for remark in remarks:
        yield from wrap(remark, WIDTH, initial_indent=INSET, subsequent_indent=f"{INSET}  ")


def _bodies(entry: Entry, shown: dict[tuple[bytes, bytes], int]) -> Iterator[str]:
    """Both bodies of a refused request, unless another one had the same ones."""
    bodies = entry.request_body, entry.response_body
    if (entry.status or 0) < 400 or not any(bodies):
        return
    same = shown.setdefault(bodies, entry.number)
    if same != entry.number:
        yield f"{INSET}sent and answered as in {same}"
        return
    sent, answered = bodies
    if sent:
        yield from _titled("sent", [_cut(line) for line in _body(sent)])
    if answered:
        yield from _titled(
            "answered", [part for line in _body(answered) for part in _wrapped(line)]
        )


def _titled(title: str, lines: list[str]) -> Iterator[str]:
    if len(lines) > BODY:
        lines = [*lines[: BODY - 1], f"... {len(lines) - BODY + 1} more lines"]
    for number, line in enumerate(lines):
        yield f"{INSET}{title if number == 0 else '':<8} {line}"


def _body(body: bytes) -> list[str]:
    try:
        return _pretty(json.loads(body), COLUMNS)
    except (ValueError, RecursionError):
        cut = f"(not JSON, or the journal has {len(body)} bytes of it)"
        return [*body.decode(errors="replace").splitlines(), cut]


def _pretty(value: Any, width: int) -> list[str]:
    """JSON with whatever fits into a line on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) <= width or not isinstance(value, dict | list):
        return [line]
    lines = [line[0]]
    for name, item in _members(value):
        inside = _pretty(item, width - len(f"  {name},"))
        lines += [f"  {part}" for part in (f"{name}{inside[0]}", *inside[1:])]
        lines[-1] += ","
    lines[-1] = lines[-1][:-1]
    return [*lines, line[-1]]


def _members(value: dict[str, Any] | list[Any]) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [("", item) for item in value]
    return [(f"{json.dumps(name, ensure_ascii=False)}: ", item) for name, item in value.items()]


def _cut(line: str) -> str:
    return line if len(line) <= COLUMNS else f"{line[: COLUMNS - 1]}…"


def _wrapped(line: str) -> list[str]:
    """The line, wrapped: the error may be at its end."""
    inset = " " * (len(line) - len(line.lstrip()) + 2)
    return wrap(line, COLUMNS, subsequent_indent=inset) or [""]


def _state_lines(entries: Sequence[Entry], state: FakeState) -> Iterator[str]:
    """Yield the lines about the state; whatever is as at the start is left out."""
    yield f"clock: {_time(state.now)}{_moved(state)}"
    if not state.rate_limits:
        yield "rate limits: disabled"
    elif used := list(_used(entries, state)):
        yield from wrap(f"rate limits: {', '.join(used)}", WIDTH, subsequent_indent=INSET)
    for fault, hits in state.faults:
        if fault.times is None or hits < fault.times:
            yield f"armed fault: {_fault(fault, hits)}"
    if state.maintenance:
        yield "maintenance: every operation answers 503"
    if state.repeat:
        yield state.repeat


def _moved(state: FakeState) -> str:
    frozen = ", frozen" if state.frozen else ""
    return f"{frozen}, advanced by {state.advanced:g} s" if state.advanced else frozen


def _used(entries: Iterable[Entry], state: FakeState) -> Iterator[str]:
    """Yield the use of each open window, as the answers told it."""
    opened: dict[tuple[str | None, str | None], float] = {}
    last: dict[tuple[str | None, str | None], Entry] = {}
    for entry in entries:
        if entry.limit is not None and entry.used:
            window = entry.operation, entry.caller
            last[window] = entry
            if entry.used == 1 or window not in opened:
                opened[window] = entry.time
    for (operation, caller), entry in last.items():
        if state.now.timestamp() - opened[operation, caller] < WINDOW:
            who = "" if caller in (None, state.caller) else f" by {caller}"
            yield f"{operation}{who} {entry.used} of {entry.limit}"


def _fault(fault: Fault, hits: int) -> str:
    parts = [fault.operation, "drop" if fault.drop else str(fault.status or "late")]
    if fault.delay:
        parts.append(f"after {fault.delay:g} s")
    if fault.when == "after":
        parts.append("once it was handled")
    parts.append("each time" if fault.times is None else f"for {fault.times - hits} more")
    return " ".join(parts)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
