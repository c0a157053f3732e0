"""Expectation: what a request should be like, and how near to it one comes, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from json import JSONDecoder, dumps, loads
from types import UnionType
from typing import Annotated, Any, NamedTuple, TypeGuard, Union, get_args, get_origin
from urllib.parse import parse_qsl

from pydantic import BaseModel, RootModel

from amigo_mock.engine.validation.body import UNREADABLE
from amigo_mock.errors import MockError, has_no, nearest
from amigo_mock.operations.operation import Operation
from amigo_mock.resources import CATALOG
from amigo_mock.state.access_log import outcome, visible
from amigo_mock.state.redaction import HIDDEN, redact_value
from amigo_mock.state.requests import Entry

MATCHED, MISSED, UNKNOWN = "✓", "✗", "?"
LONGEST = 60  # characters of a value that are shown

_NOT_JSON = (bytes, bytearray, set, frozenset, date, BaseModel)

_DECODER = JSONDecoder()

Texts = Sequence[tuple[str, ...]]


class Finding(NamedTuple):
    """What came of one field. `nearness` is 1 for a match and below it for a miss."""

    sign: str
    text: str
    nearness: float = 0.0

    def __str__(self) -> str:
        return f"{self.sign} {self.text}"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of a request to an operation; None: nothing."""

    operation: Operation
    json: Any = None
    query: Mapping[str, Any] | None = None
    path: Mapping[str, Any] | None = None
    status: int | str | None = None
    user: Any = None

    def __post_init__(self) -> None:
        """Raise `MockError` for what no request to the operation can meet."""
        model = self.operation.body()
        if self.json is not None:
            if model is None:
                raise MockError(f"{self.operation.id} has no body to expect anything of")
            _check_value(self.operation.id, self.json, (model,), "")
        for place, given in (("query", self.query), ("path", self.path)):
            _check_names(self.operation, place, given)

    def __str__(self) -> str:
        given = {
            "json": None if self.json is None else self._shown_json,
            "query": self.query,
            "path": self.path,
            "status": self.status,
            "user": self.user,
        }
        return ", ".join(f"{name}={value!r}" for name, value in given.items() if value is not None)

    @property
    def _shown_json(self) -> Any:
        """What is wanted as JSON, as the journal would show it."""
        return redact_value(loads(dumps(self.json, default=repr)), CATALOG.secrets)

    def findings(self, entry: Entry) -> list[Finding]:
        """What came of each field that something is expected of."""
        return [
            *self._of_path(entry),
            *self._of_query(entry),
            *self._of_body(entry),
            *self._of_status(entry),
            *self._of_user(entry),
        ]

    def _of_path(self, entry: Entry) -> Iterator[Finding]:
        pairs = zip(self.operation.path.split("/"), entry.path.split("/"), strict=False)
        sent = {name[1:-1]: value for name, value in pairs if name.startswith("{")}
        for name, wanted in (self.path or {}).items():
            yield _text(f"path {name}", wanted, [(sent.get(name, ""),)])

    def _of_query(self, entry: Entry) -> Iterator[Finding]:
        sent = _query(entry.query)
        for name, wanted in (self.query or {}).items():
            values, place = sent.get(name, []), f"query {name}"
            if not self.operation.query[name].repeated:
                values = values[-1:]  # as the service reads it
            if not values and wanted is not None:
                hint = nearest(name, sent.keys() - (self.query or {}).keys())
                yield Finding(MISSED, f"{place}: missing{hint}")
            else:
                yield _text(place, wanted, values)

    def _of_body(self, entry: Entry) -> Iterator[Finding]:
        if self.json is None:
            return
        try:
            sent = entry.request_json
        except (ValueError, RecursionError):
            sent = _beginning(entry)
        if sent is None:
            yield _unread(entry, self.operation)
        else:
            yield from _values("", self.json, self._shown_json, sent)

    def _of_status(self, entry: Entry) -> Iterator[Finding]:
        if self.status is None:
            return
        wanted, status = str(self.status), str(entry.status or "")
        if wanted in (status, f"{status[:1]}xx"):
            yield Finding(MATCHED, f"status = {status}", 1.0)
        else:
            got = f"got {outcome(entry)}{reason(entry)}"
            yield Finding(MISSED, f"status: expected {self.status}, {got}")

    def _of_user(self, entry: Entry) -> Iterator[Finding]:
        if self.user is not None:
            yield _leaf("user", self.user, repr(self.user), entry.user)


# What no request can meet


def _check_names(operation: Operation, place: str, given: Any) -> None:
    if given is None:
        return
    if not isinstance(given, Mapping):
        raise MockError(f"{place} is a mapping of names to values, not {type(given).__name__}")
    known = [item.name for item in operation.parameters if item.place == place]
    for name in given:
        if name not in known:
            raise MockError(has_no(operation.id, f"{place} parameter", name, known))


def _check_value(operation: str, wanted: Any, types: tuple[Any, ...], place: str) -> None:
    """Follow an expectation through the types of a body."""
    if isinstance(wanted, _NOT_JSON):
        where, kind = place or "json", type(wanted).__name__
        raise MockError(f"{where}: a body never holds a {kind}; expect what JSON makes of it")
    if isinstance(wanted, Mapping):
        fields = _fields(types)
        for name, item in wanted.items():
            inside = _inside(place, name)
            if not isinstance(name, str):
                raise MockError(f"the name of a field is text, not {name!r}")
            if fields is not None and name not in fields:
                hint = nearest(str(name), fields)
                raise MockError(f"the body of {operation} has no field {inside!r}{hint}")
            _check_value(operation, item, fields[name] if fields else (), inside)
    elif _is_list(wanted):
        items = tuple(item for kind in types for item in _items(kind))
        for number, item in enumerate(wanted):
            _check_value(operation, item, items, f"{place}[{number}]")


def _fields(types: tuple[Any, ...]) -> dict[str, tuple[Any, ...]] | None:
    """The fields that an object of these types can have, or None if it can have any."""
    models = [kind for kind in types if _is_model(kind)]
    if not models or any(kind is Any or get_origin(kind) is dict for kind in types):
        return None
    fields: dict[str, tuple[Any, ...]] = {}
    for model in models:
        for name, info in model.model_fields.items():
            name = info.alias or name
            fields[name] = (*fields.get(name, ()), *_options(info.annotation))
    return fields


def _options(annotation: Any) -> tuple[Any, ...]:
    """The types that a value may have: a union taken apart."""
    if get_origin(annotation) is Annotated:
        return _options(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return tuple(kind for option in get_args(annotation) for kind in _options(option))
    return (annotation,)


def _items(kind: Any) -> tuple[Any, ...]:
    listed = get_origin(kind) in (list, tuple, set, frozenset)
    return tuple(item for option in get_args(kind) for item in _options(option)) if listed else ()


def _is_model(kind: Any) -> TypeGuard[type[BaseModel]]:
    return (
        isinstance(kind, type) and issubclass(kind, BaseModel) and not issubclass(kind, RootModel)
    )


# How near a request comes


def _values(place: str, wanted: Any, shown: Any, sent: Any) -> Iterator[Finding]:
    """Compare JSON; `shown` is what may be shown of what is wanted."""
    # Only what holds something is hidden, so that nothing can be told from it.
    if isinstance(sent, str) and sent == HIDDEN and wanted and not _equal(wanted, sent):
        text = f"{place or 'json'}: the journal hides it (expect unittest.mock.ANY)"
        yield Finding(UNKNOWN, text, 0.5)
    elif isinstance(wanted, Mapping) and isinstance(sent, dict) and bool(wanted) >= bool(sent):
        yield from _members(place, wanted, shown, sent)
    elif _is_list(wanted) and isinstance(sent, list) and len(wanted) == len(sent):
        yield from _elements(place, wanted, shown, sent)
    elif _is_list(wanted) and isinstance(sent, list):
        text = f"{place or 'json'}: expected a list of {len(wanted)}, got {len(sent)}"
        yield Finding(MISSED, f"{text}: {short(repr(sent))}")
    else:
        yield _leaf(place or "json", wanted, _shown(wanted, shown), sent)


def _members(
    place: str, wanted: Mapping[str, Any], shown: Any, sent: dict[str, Any]
) -> Iterator[Finding]:
    if not wanted:
        yield Finding(MATCHED, f"{place or 'json'} = {{}}", 1.0)
    for name, item in wanted.items():
        inside = _inside(place, name)
        if name in sent:
            yield from _values(inside, item, _part(shown, name), sent[name])
        elif isinstance(sent, Cut):
            yield _not_kept(inside)
        else:
            hint = nearest(str(name), sent.keys() - wanted.keys())
            yield Finding(MISSED, f"{inside}: missing{hint}")


def _elements(place: str, wanted: Sequence[Any], shown: Any, sent: list[Any]) -> Iterator[Finding]:
    if not wanted:
        yield Finding(MATCHED, f"{place or 'json'} = []", 1.0)
    for number, item in enumerate(wanted):
        part = _part(shown, number)
        yield from _values(f"{place}[{number}]", item, part, sent[number])


def _leaf(place: str, wanted: Any, shown: str, sent: Any) -> Finding:
    if _equal(wanted, sent):
        return Finding(MATCHED, f"{place} = {short(repr(sent))}", 1.0)
    text = f"{place}: expected {short(shown)}, got {short(repr(sent))}"
    return Finding(MISSED, text, _likeness(wanted, sent))


def _text(place: str, wanted: Any, sent: Texts) -> Finding:
    """Compare what a parameter was sent as: all its values, each in the ways it can be read."""
    read = [forms[0] for forms in sent]
    got = short(repr(read[0] if len(read) == 1 else read)) if read else "nothing"
    if _reads_as(wanted, sent):
        return Finding(MATCHED, f"{place} = {got}", 1.0)
    expected = "nothing" if wanted is None else short(repr(wanted))
    text = f"{place}: expected {expected}, got {got}"
    return Finding(MISSED, text, _likeness(wanted, "".join(read)))


def _reads_as(wanted: Any, sent: Texts) -> bool:
    if wanted is None:
        return not sent
    if _is_list(wanted):
        return len(wanted) == len(sent) and all(
            _reads_as(item, [forms]) for item, forms in zip(wanted, sent, strict=True)
        )
    if len(sent) != 1:
        return not isinstance(wanted, str | int | float) and bool(wanted == [a for a, *_ in sent])
    if isinstance(wanted, bool):
        return sent[0][0].lower() == str(wanted).lower()
    wanted = str(wanted) if isinstance(wanted, int | float) else wanted
    return any(wanted == form for form in sent[0])


def _query(query: str) -> dict[str, Texts]:
    """The values of each parameter, each with its `+` read as a space and as itself."""
    sent: dict[str, list[tuple[str, ...]]] = {}
    spaced = parse_qsl(query, keep_blank_values=True)
    plain = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)
    for (name, value), (_, other) in zip(spaced, plain, strict=True):
        sent.setdefault(name, []).append((value, other))
    return dict(sent)


def _equal(wanted: Any, sent: Any) -> bool:
    """Whether they are the same JSON; what is no JSON decides itself."""
    if isinstance(wanted, int | float) and isinstance(wanted, bool) != isinstance(sent, bool):
        return False  # Python has true as a number
    return bool(wanted == sent)


def _likeness(wanted: Any, sent: Any) -> float:
    if not (isinstance(wanted, str) and isinstance(sent, str)):
        return 0.0
    # Below 1, because it is no match; the beginning will do, because this is slow.
    return 0.9 * SequenceMatcher(None, wanted[:LONGEST], sent[:LONGEST]).ratio()


# What the journal has only the beginning of


class Cut(dict[str, Any]):
    """An object of which the journal has the beginning."""


def _beginning(entry: Entry) -> Cut | None:
    """What there is of a body that is not whole; none, if that is nothing."""
    if _is_broken(entry):
        return None
    text = entry.request_body.decode(errors="ignore")
    found = _members_kept(text, _skip(text, 0))
    return found or None


def _members_kept(text: str, place: int) -> Cut:
    """The members that are there whole, and what there is of the last one, if that is an object."""
    found = Cut()
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
                return Cut(found | {name: last}) if last else found
            if place < len(text) or not isinstance(value, int | float):  # which may go on
                found[name] = value
    except (ValueError, RecursionError):
        return found


def _skip(text: str, place: int) -> int:
    return place + len(text[place:]) - len(text[place:].lstrip(" \t\r\n,:"))


def _unread(entry: Entry, operation: Operation) -> Finding:
    """Why there is nothing of a body: none was sent, or the journal does not have it."""
    if entry.request_body:
        return Finding(MISSED, "json: not JSON") if _is_broken(entry) else _not_kept("json")
    accepted = entry.status == operation.status and not entry.fault
    # Every refusal has a body, unless the journal keeps none.
    refused = (entry.status or 0) >= 400 and not entry.response_body
    return _not_kept("json") if accepted or refused else Finding(MISSED, "json: nothing was sent")


def _is_broken(entry: Entry) -> bool:
    # What could not even be read is a 400 whose sentence no operation has.
    sign = {400: UNREADABLE.encode(), 422: b'"json_invalid"'}.get(entry.status or 0)
    return sign is not None and sign in entry.response_body


def _not_kept(place: str) -> Finding:
    text = f"{place}: the journal has not all of the body (set journal_body_size higher)"
    return Finding(UNKNOWN, text, 0.5)


# What is shown


def reason(entry: Entry) -> str:
    """What a refusal said, after a colon, or nothing."""
    if (entry.status or 0) < 400:
        return ""
    try:
        detail = entry.response_json["detail"]
        if isinstance(detail, list):
            place = ".".join(str(part) for part in detail[0]["loc"])
            detail = f"{place}: {detail[0]['msg']}"
    except (ValueError, RecursionError, LookupError, TypeError):
        return ""
    return f": {short(visible(str(detail)))}"


def short(text: str) -> str:
    """The text, or the most of it."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _part(shown: Any, place: str | int) -> Any:
    """A part of what may be shown; of what is hidden, nothing."""
    if isinstance(shown, dict):
        return shown.get(str(place), HIDDEN)
    return shown[place] if isinstance(shown, list) and isinstance(place, int) else HIDDEN


def _shown(wanted: Any, shown: Any) -> str:
    if shown == HIDDEN:
        return HIDDEN
    return repr(shown) if isinstance(wanted, Mapping) or _is_list(wanted) else repr(wanted)


def _inside(place: str, name: Any) -> str:
    name = visible(str(name))
    return f"{place}.{name}" if place else name


def _is_list(value: Any) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(value, list | tuple)
