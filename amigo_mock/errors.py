"""The wire shape of every error, and the errors that a user of this package can make."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from inspect import currentframe, get_annotations
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pydantic import ValidationError

DEEPEST = 32  # levels of a refused body that are echoed
ECHOED = 256 * 1024  # characters of it that are echoed in all
MOST = 100  # findings that are listed
LONGEST = 1000  # characters of a part of a place, or of a message


class MockError(ValueError):
    """A mistake in how the fake is set up: a world file, an option, a fault, a setting.

    Its text is one sentence that names what is wrong, where, and what to do instead.
    """


class StateError(MockError):
    """The state file cannot be used, or what was changed cannot be kept in it."""


class KnownAttributes:
    """The base of what tests hold: an attribute that its class does not declare cannot be set.

    Python would make it, and what the test meant to change would stay as it is.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_"):
            self._check_attribute(name, value)
        super().__setattr__(name, value)

    def _check_attribute(self, name: str, value: object) -> None:
        owner = type(self)
        if not hasattr(owner, name) and name not in _annotated(owner):
            known = [one for one in {*dir(owner), *_annotated(owner)} if one[0] != "_"]
            advice = self._advice(name) or nearest(name, known)
            raise AttributeError(f"{shown(owner)} has no attribute {name!r}{advice}")
        if callable(getattr(owner, name, None)) and not callable(value):
            raise AttributeError(f"{name!r} of {shown(owner)} is a method: call it")

    def _advice(self, name: str) -> str:  # noqa: ARG002 - for subclasses
        """What to do instead of setting an attribute that is not there, if more is known."""
        return ""


def _annotated(owner: type) -> set[str]:
    """The attributes that a class says its instances have."""
    return {name for base in owner.__mro__ for name in get_annotations(base)}


def shown(owner: type) -> str:
    """The name of a class as users know it, wherever the fake runs."""
    return owner.__name__.removeprefix("Local").removeprefix("Remote")


class ApiError(Exception):
    """An answer other than success, raised anywhere below the pipeline.

    `detail` is a sentence, or for 422 the list of what is wrong with the request. `hint` says what
    to do instead; it is for people and not in the body.
    """

    def __init__(
        self,
        status: int,
        detail: str | list[dict[str, Any]],
        headers: Mapping[str, str] | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.hint = hint

    def body(self) -> bytes:
        """The JSON that goes over the wire."""
        return error_body(self.detail)


def not_kept(error: StateError) -> ApiError:
    """The answer to a request whose changes could not be kept, and are undone."""
    return ApiError(503, f"Nothing was changed, because it cannot be kept: {error}.")


class Dropped(BaseException):
    """The connection is to be cut without an answer.

    Not an `Exception`: on its way out nothing may turn it into an answer after all.
    """


def error_body(detail: object) -> bytes:
    """Serialize a detail in the envelope of FastAPI, as the real service does.

    Each finding may echo the whole body, so that the answer would be as large as both multiplied.
    """
    if isinstance(detail, list) and all(_is_finding(one) for one in detail):
        detail = _bounded(detail[:MOST])
    return compact({"detail": _printable(detail)})


def _is_finding(one: object) -> bool:
    return isinstance(one, Mapping) and "input" in one


def compact(value: Any) -> bytes:
    """JSON without spaces, in ASCII."""
    return json.dumps(value, separators=(",", ":")).encode()


def invalid(errors: Iterable[Mapping[str, Any]], *place: str | int) -> list[dict[str, Any]]:
    """Pydantic's findings in the shape FastAPI gives them, with `place` ahead of each location."""
    return [
        {
            "type": error["type"],
            "loc": [*place, *error["loc"]],
            "msg": error["msg"],
            "input": error.get("input"),
            **({"ctx": error["ctx"]} if "ctx" in error else {}),
        }
        for error in errors
    ]


def called_from() -> str:
    """File and line of whoever called this package, as `tests/test_it.py:12`."""
    frame = currentframe()
    while frame is not None:
        package = str(frame.f_globals.get("__name__")).partition(".")[0]
        if package not in ("amigo_mock", "pytest_amigo", "contextlib"):
            path = os.path.relpath(frame.f_code.co_filename)
            inside = not path.startswith(os.pardir)
            return f"{path if inside else frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def armed_at(place: str) -> str:
    """The end of a sentence about what was armed at a place, if that is known."""
    return f" (armed at {place})" if place else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a misspelt name: ` (did you mean 'x'?)`, or nothing when none is near."""
    matches = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def among(name: str, known: Iterable[str], most: int = 10) -> str:
    """A hint for an unknown name among few: the nearest one, or else those that there are."""
    names = list(known)
    if hint := nearest(name, names):
        return hint
    if not names:
        return ""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"; there {'is' if len(names) == 1 else 'are'} {', '.join(names[:most])}{more}"


def unknown(what: str, name: str, known: Iterable[str]) -> MockError:
    """The error of a name that is not known, to be raised."""
    return MockError(there_is_no(what, name, known))


def there_is_no(what: str, name: str, known: Iterable[str]) -> str:
    """A sentence about a name that is not known: `there is no x 'y' (did you mean 'z'?)`."""
    return f"there is no {what} {name!r}{nearest(str(name), known)}"


def has_no(owner: str, what: str, name: str, known: Iterable[str]) -> str:
    """A sentence about a part that is not there: `x has no y 'z' (did you mean 'w'?)`."""
    return f"{owner} has no {what} {name!r}{nearest(str(name), known)}"


class Finding(NamedTuple):
    """An error of a value, with its place. `unknown` is true if there is no such field."""

    loc: tuple[int | str, ...]
    message: str
    unknown: bool

    @property
    def place(self) -> str:
        """The path, with dots."""
        return ".".join(map(str, self.loc))

    @property
    def text(self) -> str:
        """The message without what pydantic says of its origin."""
        return self.message.removeprefix("Value error, ")

    def sentence(self, known: Iterable[str]) -> str:
        """The text; or that there is no such field, with the nearest of those that are known."""
        if self.unknown:
            return f"there is no such field{nearest(str(self.loc[-1]), known)}"
        return self.text


def first(error: ValidationError) -> Finding:
    """The finding that says most of a validation error.

    An unknown field says more than the one that is missing because of it.
    """
    findings = error.errors(include_url=False, include_input=False)
    found = next((one for one in findings if one["type"] == "extra_forbidden"), findings[0])
    return Finding(found["loc"], found["msg"], found["type"] == "extra_forbidden")


def _bounded(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The findings with as many of their inputs as there is room for."""
    room = ECHOED
    found: list[dict[str, Any]] = []
    for finding in findings:
        size = _size(finding["input"], room)
        fits = size <= room
        room -= size if fits else 0
        found.append(
            {
                **finding,
                "loc": [_cut(part) for part in finding["loc"]],
                "msg": _cut(finding["msg"]),
                "input": finding["input"] if fits else "...",
                **({"ctx": _cut_all(finding["ctx"])} if "ctx" in finding else {}),
            }
        )
    return found


def _size(value: Any, most: int) -> int:
    """About how many characters a value has as JSON, counted until they are more than `most`."""
    size, waiting = 0, [value]
    while waiting and size <= most:
        item = waiting.pop()
        size += len(item) + 2 if isinstance(item, str | bytes) else 2
        if isinstance(item, Mapping):
            waiting += (*item.keys(), *item.values())
        elif isinstance(item, list | tuple):
            waiting += item
    return size


def _cut(part: Any) -> Any:
    long = isinstance(part, str) and len(part) > LONGEST
    return f"{part[:LONGEST]}..." if long else part


def _cut_all(context: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _cut(value) for name, value in context.items()}


def deepest(error: ValidationError) -> Finding:
    """The same of an error that may come from a union: the finding with the longest place."""
    found = first(error)
    if found.unknown:
        return found
    findings = error.errors(include_url=False, include_input=False)
    deep = max(findings, key=lambda one: len(one["loc"]))
    return Finding(deep["loc"], deep["msg"], False)


def _printable(value: Any, depth: int = 0) -> Any:
    """The value without what JSON cannot express (infinities, bytes) and without endless depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth > DEEPEST and isinstance(value, Mapping | list):
        return "..."
    if isinstance(value, Mapping):
        return {str(key): _printable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        return [_printable(item, depth + 1) for item in value]
    if value is None or isinstance(value, str | int):
        return value
    return str(value)
