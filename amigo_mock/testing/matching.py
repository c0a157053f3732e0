"""Expectations of a request, and how near to them one comes, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from json import dumps, loads
from types import UnionType
from typing import Annotated, Any, TypeGuard, Union, get_args, get_origin
from urllib.parse import parse_qsl

from pydantic import BaseModel, RootModel

from amigo_mock.errors import MockError
from amigo_mock.names import has_no, nearest
from amigo_mock.operations.operation import Operation
from amigo_mock.resources import CATALOG
from amigo_mock.state.access_log import outcome, visible
from amigo_mock.state.redaction import redact_value
from amigo_mock.state.requests import Entry
from amigo_mock.testing.comparison import (
    MATCHED,
    MISSED,
    Texts,
    Verdict,
    compare,
    inner_name,
    is_list,
    leaf,
    not_kept,
    parameter,
    short,
)
from amigo_mock.testing.request_body import beginning, is_broken

_NOT_JSON = (bytes, bytearray, set, frozenset, date, BaseModel)


@dataclass(frozen=True, slots=True)
class Expectation:
    """The expectation of a request to an operation; None expects nothing."""

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
        """The expected body, with secrets hidden as the journal hides them."""
        return redact_value(loads(dumps(self.json, default=repr)), CATALOG.secrets)

    def verdicts(self, entry: Entry) -> list[Verdict]:
        """Compare each field that something is expected of."""
        return [
            *self._of_path(entry),
            *self._of_query(entry),
            *self._of_body(entry),
            *self._of_status(entry),
            *self._of_user(entry),
        ]

    def _of_path(self, entry: Entry) -> Iterator[Verdict]:
        pairs = zip(self.operation.path.split("/"), entry.path.split("/"), strict=False)
        sent = {name[1:-1]: value for name, value in pairs if name.startswith("{")}
        for name, wanted in (self.path or {}).items():
            yield parameter(f"path {name}", wanted, [(sent.get(name, ""),)])

    def _of_query(self, entry: Entry) -> Iterator[Verdict]:
        sent = _query(entry.query)
        for name, wanted in (self.query or {}).items():
            values, place = sent.get(name, []), f"query {name}"
            if not self.operation.query[name].repeated:
                values = values[-1:]  # as the service reads it
            if not values and wanted is not None:
                hint = nearest(name, sent.keys() - (self.query or {}).keys())
                yield Verdict(MISSED, f"{place}: missing{hint}")
            else:
                yield parameter(place, wanted, values)

    def _of_body(self, entry: Entry) -> Iterator[Verdict]:
        if self.json is None:
            return
        try:
            sent = entry.request_json
        except (ValueError, RecursionError):
            sent = beginning(entry)
        if sent is None:
            yield _unread(entry, self.operation)
        else:
            yield from compare("", self.json, self._shown_json, sent)

    def _of_status(self, entry: Entry) -> Iterator[Verdict]:
        if self.status is None:
            return
        wanted, status = str(self.status), str(entry.status or "")
        if wanted in (status, f"{status[:1]}xx"):
            yield Verdict(MATCHED, f"status = {status}", 1.0)
        else:
            got = f"got {outcome(entry)}{reason(entry)}"
            yield Verdict(MISSED, f"status: expected {self.status}, {got}")

    def _of_user(self, entry: Entry) -> Iterator[Verdict]:
        if self.user is not None:
            yield leaf("user", self.user, repr(self.user), entry.user)


# Expectations that no request can meet


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
            inside = inner_name(place, name)
            if not isinstance(name, str):
                raise MockError(f"the name of a field is text, not {name!r}")
            if fields is not None and name not in fields:
                hint = nearest(str(name), fields)
                raise MockError(f"the body of {operation} has no field {inside!r}{hint}")
            _check_value(operation, item, fields[name] if fields else (), inside)
    elif is_list(wanted):
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


# Reading the journal


def _query(query: str) -> dict[str, Texts]:
    """The values of each parameter, each with its `+` read as a space and as itself."""
    sent: dict[str, list[tuple[str, ...]]] = {}
    spaced = parse_qsl(query, keep_blank_values=True)
    plain = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)
    for (name, value), (_, other) in zip(spaced, plain, strict=True):
        sent.setdefault(name, []).append((value, other))
    return dict(sent)


def _unread(entry: Entry, operation: Operation) -> Verdict:
    """The verdict on a body of which nothing is known: none was sent, or the journal lacks it."""
    if entry.request_body:
        return Verdict(MISSED, "json: not JSON") if is_broken(entry) else not_kept("json")
    accepted = entry.status == operation.status and not entry.fault
    # Every refusal has a body, unless the journal keeps none.
    refused = (entry.status or 0) >= 400 and not entry.response_body
    return not_kept("json") if accepted or refused else Verdict(MISSED, "json: nothing was sent")


def reason(entry: Entry) -> str:
    """The detail of a refusal, after a colon; else the empty text."""
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
