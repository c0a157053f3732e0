"""Contained: a text that others have somewhere in them, whatever the case of its letters."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic_core import to_json


class Contained:
    """A text to look for in the texts of records, and in their JSON."""

    def __init__(self, text: str) -> None:
        self._folded = text.casefold()
        self._spelled = to_json(text)[1:-1].decode().casefold()

    def is_in(self, *texts: str) -> bool:
        """Return whether one of the texts has it."""
        return any(self._folded in text.casefold() for text in texts)

    def may_be_in(self, rows: Iterable[bytes]) -> bool:
        """Return whether some JSON has it, in whatever field: if not, no text of a field does."""
        return any(self._spelled in row.decode().casefold() for row in rows)
