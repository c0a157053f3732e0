"""JSON reader: reads a document, but leaves its long lists in its text.

A hundred thousand items as Python values are what the garbage collector is busiest with while a
document is read. As text they cost it nothing, and one at a time is decoded when it is asked for.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from json import JSONDecoder
from typing import Any, overload

_WHITE_SPACE = re.compile(r"[ \t\n\r]*")
_SEPARATOR = re.compile(r"[ \t\n\r]*([]},:])[ \t\n\r]*")
_decode = JSONDecoder().raw_decode


class JsonList(Sequence[Any]):
    """A list in a JSON text. Its items are decoded each time they are asked for.

    `notes` is what was noted of the items when they were read.
    """

    def __init__(
        self, text: str, starts: Sequence[int], ends: Sequence[int], notes: Sequence[str]
    ) -> None:
        self._text = text
        self._starts = starts
        self._ends = ends
        self.notes = notes

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Any]:
        text = self._text
        return (_decode(text, start)[0] for start in self._starts)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        return _decode(self._text, self._starts[index])[0]

    def texts(self) -> Iterator[str]:
        """Return the JSON of each item."""
        text = self._text
        return (text[start:end] for start, end in zip(self._starts, self._ends, strict=True))


def read_json(text: str, levels: int, note: Callable[[Any], Iterable[str]]) -> Any:
    """Read a JSON text; lists inside of so many levels of lists and objects stay in the text.

    `note` is called once for each item of such a list. Raises `ValueError`, without a reason, if
    the text is not JSON.
    """
    reader = _Reader(text, note)
    value = reader.value(levels)
    if reader.peek():
        raise ValueError
    return value


def position(text: str, place: Sequence[str | int]) -> int:
    """Return where in a JSON text the value at a place is, or the last part of it that is there."""
    reader = _Reader(text, lambda _: ())
    reader.peek()
    for part in place:
        found = reader.at
        if not reader.enter(part):
            return found
    return reader.at


class _Reader:
    """A place in a JSON text that moves on as it is read."""

    def __init__(self, text: str, note: Callable[[Any], Iterable[str]]) -> None:
        self._text = text
        self._note = note
        self._at = 0

    @property
    def at(self) -> int:
        """Where it is."""
        return self._at

    def peek(self) -> str:
        """Return the next character that is no white space; empty at the end."""
        self._at = _matched(_WHITE_SPACE, self._text, self._at).end()
        return self._text[self._at : self._at + 1]

    def value(self, levels: int) -> Any:
        """Read a value."""
        first = self.peek()
        if first == "[":
            return [self.value(levels - 1) for _ in self._items("]")] if levels else self._list()
        if first == "{" and levels:
            return {name: self.value(levels - 1) for name in self._names()}
        value, self._at = _decode(self._text, self._at)
        return value

    def enter(self, part: str | int) -> bool:
        """Move on to a member of the object or list here; say whether there is one."""
        if self.peek() == "{":
            for name in self._names():
                if name == part:
                    return True
                self.value(0)
        elif self.peek() == "[":
            for number, _ in enumerate(self._items("]")):
                if number == part:
                    return True
                self.value(0)
        return False

    def _list(self) -> JsonList:
        text, note = self._text, self._note
        starts, ends, notes = array("Q"), array("Q"), list[str]()
        for _ in self._items("]"):
            starts.append(self._at)
            item, self._at = _decode(text, self._at)
            ends.append(self._at)
            if noted := note(item):
                notes += noted
        return JsonList(text, starts, ends, notes)

    def _names(self) -> Iterator[str]:
        """Read the names of an object, and stop at the value of each."""
        for _ in self._items("}"):
            name = self.value(0)
            if not isinstance(name, str) or self._separator() != ":":
                raise ValueError
            yield name

    def _items(self, end: str) -> Iterator[None]:
        """Stop at each item of a list or object."""
        self._at += 1
        separator = ","
        if self.peek() == end:
            separator = self._separator()
        while separator == ",":
            yield
            separator = self._separator()
        if separator != end:
            raise ValueError

    def _separator(self) -> str:
        """Pass what stands between two items, or at the end of them."""
        found = _matched(_SEPARATOR, self._text, self._at)
        self._at = found.end()
        return found[1]


def _matched(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    if found is None:
        raise ValueError
    return found
