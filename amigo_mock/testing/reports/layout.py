"""The parts that the reports on a run share: tables, texts, and documents to merge later."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from amigo_mock.errors import MockError, error_body
from amigo_mock.operations.operation import Operation
from amigo_mock.state.requests import Entry

FORMAT = 1
WIDTH = 100  # columns

Column = tuple[str, str]  # heading, and '<' or '>'


def by_handler(operation: Operation, entry: Entry) -> bool:
    """True if the answer is that of the operation's handler.

    A handler succeeds with the operation's own status or refuses with an error that is declared
    with its text. The text tells the record that does not exist from the organization that does
    not, and the wrong key from the wrong token. Where the journal keeps no bodies there is no text,
    and the answer is taken to be the handler's.
    """
    if entry.fault or not entry.handled:
        return False
    if entry.status == operation.status:
        return True
    text = operation.errors.get(entry.status or 0)
    return text is not None and error_body(text).startswith(entry.response_body)


def percent(part: int, whole: int) -> str:
    """A share in whole percent, rounded down, so that only all of it is 100%."""
    return f"{100 * part // whole}%" if whole else "-"


def plural(count: int, noun: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def table(columns: Sequence[Column], rows: Iterable[Sequence[object]], width: int) -> list[str]:
    """The lines of a table; the last column loses its beginning where the width ends."""
    lines = [[heading for heading, _ in columns], *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    room = max(12, width - sum(widths[:-1]) - 2 * (len(widths) - 1))
    widths[-1] = min(widths[-1], room)
    return [
        "  ".join(
            f"{tail(cell, size):{side}{size}}"
            for cell, size, (_, side) in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in lines
    ]


def tail(text: str, width: int) -> str:
    """The text, or its end, because the names of tests differ at the end."""
    return text if len(text) <= width else f"...{text[len(text) - width + 3 :]}"


def paragraph(label: str, text: str, width: int, indent: int = 0) -> list[str]:
    """Lines that begin with a label, or hang under its end."""
    start = " " * indent + label
    return textwrap.wrap(
        text,
        width,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_on_hyphens=False,
    )


def marked(kind: str, **content: Any) -> dict[str, Any]:
    """A document with its kind and the version of its format."""
    return {"report": kind, "format": FORMAT, **content}


@contextmanager
def reading(kind: str, document: Mapping[str, Any]) -> Iterator[None]:
    """Read a document of this kind. Raises `MockError` if it is another, or broken."""
    found = document.get("report"), document.get("format")
    if found != (kind, FORMAT):
        raise MockError(f"this is no {kind} report of format {FORMAT}, but says {found}")
    try:
        yield
    except MockError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise MockError(f"the {kind} report is broken: {error!r}") from None
