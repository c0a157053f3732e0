"""The wire shape of every error, and the errors that a user of this package can make."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from amigo_mock.names import nearest, there_is_no

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


def unknown(what: str, name: str, known: Iterable[str]) -> MockError:
    """The error of a name that is not known, to be raised."""
    return MockError(there_is_no(what, name, known))


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
