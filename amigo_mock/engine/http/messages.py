"""A request as it came in, and an answer as it goes out: the same for every way."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amigo_mock.errors import ApiError
from amigo_mock.operations.operation import Operation
from amigo_mock.operations.responses import Joined, Wait
from amigo_mock.state.faults import Fault

JSON = (b"content-type", b"application/json")

Headers = list[tuple[bytes, bytes]]

# A name, an address or one in brackets, and perhaps a port.
_HOST = re.compile(rb"([\w.~%!$&'()*+,;=-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


@dataclass(slots=True)
class Request:
    """A request as it came in. Nothing of it is checked yet.

    `path` is decoded. `body` ends early where it is longer than is allowed; `oversized` says that a
    longer one was announced and never asked for, `aborted` that the client went away before its
    end. `client` is the address that it came from, if that is known. `operation` is what its path
    leads to and `values` are the parameters of the path, once that was found. `race` marks what
    another user does before a request is handled. `spared` says that no fault hits it: none was
    armed when it came.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""
    scheme: str = "http"
    client: str | None = None
    aborted: bool = False
    oversized: bool = False
    race: bool = False
    spared: bool = False
    operation: Operation | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The address of the server, as the client calls it; empty if it names no host."""
        host = self.headers.get(b"host", b"")
        return f"{self.scheme}://{host.decode('ascii')}" if _HOST.fullmatch(host) else ""


@dataclass(slots=True)
class Answer:
    """An answer: with a whole body, or with `pieces` that follow one by one.

    `head_only` says that the body is measured but not sent, as HEAD wants it. `hint` tells a person
    what to do about a refusal.
    """

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=list)
    pieces: Generator[bytes | Wait, None, None] | None = None
    head_only: bool = False
    hint: str = ""

    @property
    def streamed(self) -> bool:
        """True if pieces follow."""
        return self.pieces is not None

    @property
    def sent(self) -> bytes:
        """The body as it is sent with the headers."""
        return b"" if self.head_only else self.body

    def framed(self) -> Headers:
        """The headers, with the length of the body where there is one and it is known."""
        if self.pieces is not None or self.status in (204, 304):
            return self.headers
        return [*self.headers, (b"content-length", b"%d" % len(self.body))]


def first_of(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name; of those that were sent several times the first, as the service reads it."""
    return dict(reversed(headers))


class Answered(Exception):
    """Raised on the way of a request where its answer is there already."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def success(operation: Operation, result: Any) -> Answer:
    """A handler's result, checked against what the operation declares."""
    if operation.media_type:
        return _content(operation, result)
    model = operation.response
    if model is None and result is None:
        return Answer(operation.status)
    if isinstance(result, Joined) and result.model is model:
        return Answer(operation.status, result.body, [JSON])
    if model is None or not isinstance(result, model):
        raise TypeError(f"{operation.id} answered {type(result).__name__}, not {model}")
    content = result.__pydantic_serializer__.to_json(result, by_alias=True)
    return Answer(operation.status, content, [JSON])


def _content(operation: Operation, result: Any) -> Answer:
    if not isinstance(result, bytes):
        raise TypeError(f"{operation.id} answered {type(result).__name__}, not bytes")
    return Answer(
        operation.status, result, [(b"content-type", operation.media_type.encode("ascii"))]
    )


def refusal(error: ApiError) -> Answer:
    """An error as an answer."""
    headers = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
    return Answer(error.status, error.body(), [JSON, *headers], hint=error.hint)


def stand_in(fault: Fault) -> Answer:
    """A fault's own answer."""
    assert fault.status is not None
    headers = {JSON[0]: JSON[1]}
    headers |= {name.lower().encode(): value.encode() for name, value in fault.headers.items()}
    return Answer(fault.status, fault.content(), list(headers.items()))
