"""Lines: where in its text a value of a document stands, which only a mistake makes worth it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from amigo_mock.world.documents.json_reader import position


class Lines:
    """The text of a document, as JSON or YAML."""

    def __init__(self, text: str, form: str) -> None:
        self._text = text
        self._form = form

    def of(self, place: Sequence[str | int]) -> int:
        """The line, from 1, of what is at a place, or else of the last part of it that is there."""
        if self._form == "JSON":
            return self._text.count("\n", 0, position(self._text, place)) + 1
        return self._of_node(place) + 1

    def _of_node(self, place: Sequence[str | int]) -> int:
        node = self._root
        line: int = node.start_mark.line
        for part in place:
            found = _member(node, part)
            if found is None:
                break
            line, node = found
        return line

    @cached_property
    def _root(self) -> Any:
        import yaml

        return yaml.compose(self._text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _member(node: Any, part: str | int) -> tuple[int, Any] | None:
    """The line and the node of a member of a mapping or a sequence."""
    if node.id == "sequence":
        inside = isinstance(part, int) and part < len(node.value)
        return (node.value[part].start_mark.line, node.value[part]) if inside else None
    if node.id == "mapping":
        for key, value in node.value:
            if key.value == part:
                return key.start_mark.line, value
    return None
