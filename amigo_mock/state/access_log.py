"""One line a request: for people, coloured where they see colours, or as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Protocol

from amigo_mock.state.requests import Entry

GREEN, YELLOW, RED, DIM, PLAIN = "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[2m", "\x1b[0m"
SHORTEST = 24  # columns of what was asked that are always there


class Stream(Protocol):
    """What lines are written to."""

    def write(self, text: str, /) -> object:
        """Write text."""

    def flush(self) -> object:
        """Keep nothing back."""

    def isatty(self) -> bool:
        """Report whether it is a terminal."""


def writer(stream: Stream, form: str) -> Callable[[Entry], None]:
    """A listener that writes entries of the journal to a stream, as `text` or as `json`."""
    colours = form == "text" and coloured(stream)

    def write(entry: Entry) -> None:
        line = json_line(entry) if form == "json" else text_line(entry, colours)
        try:
            stream.write(line + "\n")
            stream.flush()
        except (OSError, ValueError):
            pass  # nobody reads any more; that is no reason not to answer

    return write


def left_out(form: str, count: int) -> str:
    """The line in place of those that nobody has read in time."""
    if form == "json":
        return json.dumps({"left_out": count}) + "\n"
    return f"({count} lines are left out: nobody has read them in time)\n"


def coloured(stream: Stream) -> bool:
    """Report whether colours are wanted: on a terminal, unless NO_COLOR says otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def took(entry: Entry) -> str:
    """The duration of a request, the same whether or not the entry went through JSON."""
    return f"{round(entry.duration, 3):.1f} ms"


def text_line(entry: Entry, colours: bool) -> str:
    """Status, operation, time; why it was refused, what to do instead, and warnings."""
    status = outcome(entry)
    colour = {"2": GREEN, "3": GREEN, "4": YELLOW}.get(status[0], RED)
    name = entry.operation or f"{entry.method} {visible(entry.path)}"
    notes = [*(f"warning {warning}" for warning in entry.warnings), *flags(entry)]
    line = f"{_paint(status, colour, colours)} {name} "
    line += _paint(took(entry), DIM, colours)
    notes += [visible(text) for text in (entry.reason, entry.hint) if text]
    return line + "".join(f"  {_paint(note, YELLOW, colours)}" for note in notes)


def full_line(entry: Entry, width: int, *notes: str) -> str:
    """Status, what was asked, operation, time, flags and these notes, in `width` columns.

    Only what was asked can be cut: from the left, where the operation says how it begins.
    """
    name = entry.operation or "no operation"
    rest = "".join(f"  {note}" for note in (took(entry), *flags(entry), *notes))
    asked = visible(f"{entry.path}?{entry.query}" if entry.query else entry.path)
    head, tail = f"{outcome(entry):<4} {entry.method} ", f"  {name}{rest}"
    room = max(SHORTEST, width - len(head) - len(tail))
    if len(asked) > room:
        asked = f"…{asked[1 - room :]}" if entry.operation else f"{asked[: room - 1]}…"
    return f"{head}{asked}{tail}"


def outcome(entry: Entry) -> str:
    """The status, or what there was in its place."""
    return "drop" if entry.dropped else str(entry.status or "-")


def flags(entry: Entry) -> list[str]:
    """Notes of all that is out of the ordinary about a request, apart from its warnings."""
    found = {"armed fault": entry.fault, "by another user": entry.race}
    return [flag for flag, true in found.items() if true]


def json_line(entry: Entry) -> str:
    """The entry without its bodies."""
    content = entry.json()
    del content["request_body"], content["response_body"]
    return json.dumps(content)


def visible(text: str) -> str:
    """Text in which nothing moves the cursor, or cannot be written."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _paint(text: str, colour: str, colours: bool) -> str:
    return f"{colour}{text}{PLAIN}" if colours else text
