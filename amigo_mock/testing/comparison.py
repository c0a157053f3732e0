"""The comparison of an expected value with the one that was sent, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple, TypeGuard

from amigo_mock.names import nearest
from amigo_mock.state.access_log import visible
from amigo_mock.state.redaction import HIDDEN
from amigo_mock.testing.request_body import PartialObject

MATCHED, MISSED, UNKNOWN = "✓", "✗", "?"
LONGEST = 60  # characters of a value that are shown

Texts = Sequence[tuple[str, ...]]


class Verdict(NamedTuple):
    """The verdict on one field. `nearness` is 1 for a match and below it for a miss."""

    sign: str
    text: str
    nearness: float = 0.0

    def __str__(self) -> str:
        return f"{self.sign} {self.text}"


def compare(place: str, wanted: Any, shown: Any, sent: Any) -> Iterator[Verdict]:
    """Compare JSON; `shown` is what may be shown of what is wanted."""
    # Only values that are not empty are hidden, so an expected empty value is a plain miss.
    if isinstance(sent, str) and sent == HIDDEN and wanted and not _equal(wanted, sent):
        text = f"{place or 'json'}: the journal hides it (expect unittest.mock.ANY)"
        yield Verdict(UNKNOWN, text, 0.5)
    elif isinstance(wanted, Mapping) and isinstance(sent, dict) and bool(wanted) >= bool(sent):
        yield from _members(place, wanted, shown, sent)
    elif is_list(wanted) and isinstance(sent, list) and len(wanted) == len(sent):
        yield from _elements(place, wanted, shown, sent)
    elif is_list(wanted) and isinstance(sent, list):
        text = f"{place or 'json'}: expected a list of {len(wanted)}, got {len(sent)}"
        yield Verdict(MISSED, f"{text}: {short(repr(sent))}")
    else:
        yield leaf(place or "json", wanted, _shown(wanted, shown), sent)


def _members(
    place: str, wanted: Mapping[str, Any], shown: Any, sent: dict[str, Any]
) -> Iterator[Verdict]:
    if not wanted:
        yield Verdict(MATCHED, f"{place or 'json'} = {{}}", 1.0)
    for name, item in wanted.items():
        inside = inner_name(place, name)
        if name in sent:
            yield from compare(inside, item, _part(shown, name), sent[name])
        elif isinstance(sent, PartialObject):
            yield not_kept(inside)
        else:
            hint = nearest(str(name), sent.keys() - wanted.keys())
            yield Verdict(MISSED, f"{inside}: missing{hint}")


def _elements(place: str, wanted: Sequence[Any], shown: Any, sent: list[Any]) -> Iterator[Verdict]:
    if not wanted:
        yield Verdict(MATCHED, f"{place or 'json'} = []", 1.0)
    for number, item in enumerate(wanted):
        part = _part(shown, number)
        yield from compare(f"{place}[{number}]", item, part, sent[number])


def leaf(place: str, wanted: Any, shown: str, sent: Any) -> Verdict:
    """Compare two values as a whole; `shown` is what may be shown of the expected one."""
    if _equal(wanted, sent):
        return Verdict(MATCHED, f"{place} = {short(repr(sent))}", 1.0)
    text = f"{place}: expected {short(shown)}, got {short(repr(sent))}"
    return Verdict(MISSED, text, _likeness(wanted, sent))


def parameter(place: str, wanted: Any, sent: Texts) -> Verdict:
    """Compare the values that a parameter was sent with, each in the forms it can be read in."""
    read = [forms[0] for forms in sent]
    got = short(repr(read[0] if len(read) == 1 else read)) if read else "nothing"
    if _reads_as(wanted, sent):
        return Verdict(MATCHED, f"{place} = {got}", 1.0)
    expected = "nothing" if wanted is None else short(repr(wanted))
    text = f"{place}: expected {expected}, got {got}"
    return Verdict(MISSED, text, _likeness(wanted, "".join(read)))


def _reads_as(wanted: Any, sent: Texts) -> bool:
    if wanted is None:
        return not sent
    if is_list(wanted):
        return len(wanted) == len(sent) and all(
            _reads_as(item, [forms]) for item, forms in zip(wanted, sent, strict=True)
        )
    if len(sent) != 1:
        return not isinstance(wanted, str | int | float) and bool(wanted == [a for a, *_ in sent])
    if isinstance(wanted, bool):
        return sent[0][0].lower() == str(wanted).lower()
    wanted = str(wanted) if isinstance(wanted, int | float) else wanted
    return any(wanted == form for form in sent[0])


def _equal(wanted: Any, sent: Any) -> bool:
    """Compare two JSON values; a matcher such as `unittest.mock.ANY` decides by its own `==`."""
    if isinstance(wanted, int | float) and isinstance(wanted, bool) != isinstance(sent, bool):
        return False  # Python has true as a number
    return bool(wanted == sent)


def _likeness(wanted: Any, sent: Any) -> float:
    if not (isinstance(wanted, str) and isinstance(sent, str)):
        return 0.0
    # Below 1, because it is no match. Only beginnings are compared, because this is slow.
    return 0.9 * SequenceMatcher(None, wanted[:LONGEST], sent[:LONGEST]).ratio()


def not_kept(place: str) -> Verdict:
    """The verdict on a field that the journal has not kept."""
    text = f"{place}: the journal has not all of the body (set journal_body_size higher)"
    return Verdict(UNKNOWN, text, 0.5)


def short(text: str) -> str:
    """The text, cut to the length that is shown."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _part(shown: Any, place: str | int) -> Any:
    """A part of what may be shown; no part of what is hidden."""
    if isinstance(shown, dict):
        return shown.get(str(place), HIDDEN)
    return shown[place] if isinstance(shown, list) and isinstance(place, int) else HIDDEN


def _shown(wanted: Any, shown: Any) -> str:
    if shown == HIDDEN:
        return HIDDEN
    return repr(shown) if isinstance(wanted, Mapping) or is_list(wanted) else repr(wanted)


def inner_name(place: str, name: Any) -> str:
    """The name of a field within another."""
    name = visible(str(name))
    return f"{place}.{name}" if place else name


def is_list(value: Any) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """True for what JSON writes as an array."""
    return isinstance(value, list | tuple)
