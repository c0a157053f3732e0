"""The body of a request, as far as the journal has kept it."""

from __future__ import annotations

from json import JSONDecoder
from typing import Any

from amigo_mock.engine.validation.body import UNREADABLE
from amigo_mock.state.requests import Entry

_DECODER = JSONDecoder()


class PartialObject(dict[str, Any]):
    """An object of which the journal has only the beginning."""


def beginning(entry: Entry) -> PartialObject | None:
    """The members that are kept of a body that is not whole; None if there are none."""
    if is_broken(entry):
        return None
    text = entry.request_body.decode(errors="ignore")
    found = _members_kept(text, _skip(text, 0))
    return found or None


def _members_kept(text: str, place: int) -> PartialObject:
    """The complete members of an object, and the kept part of the last one if it is an object."""
    found = PartialObject()
    if text[place : place + 1] != "{":
        return found
    try:
        while True:
            name, place = _DECODER.raw_decode(text, _skip(text, place + 1))
            start = _skip(text, place)
            try:
                value, place = _DECODER.raw_decode(text, start)
            except ValueError:
                last = _members_kept(text, start)
                return PartialObject(found | {name: last}) if last else found
            if place < len(text) or not isinstance(value, int | float):  # a number may go on
                found[name] = value
    except (ValueError, RecursionError):
        return found


def _skip(text: str, place: int) -> int:
    return place + len(text[place:]) - len(text[place:].lstrip(" \t\r\n,:"))


def is_broken(entry: Entry) -> bool:
    """True if the service refused the body because it could not be read."""
    # No operation declares a 400 with this sentence.
    sign = {400: UNREADABLE.encode(), 422: b'"json_invalid"'}.get(entry.status or 0)
    return sign is not None and sign in entry.response_body
