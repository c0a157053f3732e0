"""Values that handlers return: JSON that is ready, no body, and pauses in a stream."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, RootModel
from pydantic_core import to_json

M = TypeVar("M", bound=BaseModel)

NDJSON = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Wait:
    """Real seconds to let pass before the next piece is asked for."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Joined(Generic[M]):
    """A response made of JSON that exists already, on the word of a model."""

    model: type[M]
    body: bytes


class Raw(bytes):
    """A JSON value that is ready."""


class Nothing(RootModel[Any]):
    """A body that says nothing: null."""


NOTHING = Nothing(None)


def joined(model: type[M], **parts: Any) -> Joined[M]:
    """A response of `model`, in which a list is one of JSON values that are ready."""
    keys = _keys(model)
    if parts.keys() != keys.keys():
        raise TypeError(f"{model.__name__} has other fields than {sorted(parts)}")
    pieces: list[bytes] = []
    for name, value in parts.items():
        pieces.append(keys[name])
        if isinstance(value, list):
            pieces += (b"[", b",".join(value), b"]")
        else:
            pieces.append(value if isinstance(value, Raw) else to_json(value))
    pieces[0] = b"{" + pieces[0][1:]
    pieces.append(b"}")
    return Joined(model, b"".join(pieces))


@cache
def _keys(model: type[BaseModel]) -> dict[str, bytes]:
    """The fields of a model, each as it stands before its value."""
    return {name: b',"%s":' % name.encode() for name in model.__pydantic_fields__}
