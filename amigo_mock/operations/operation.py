"""The declaration of an endpoint.

An operation is a frozen value beside its handler. Route, validation, permission names, limit,
OpenAPI, coverage and tables are derived from it and from the types of the handler.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from amigo_mock.contract.catalogue import CATALOGUE, PublishedOperation
from amigo_mock.contract.fidelity import relaxed
from amigo_mock.operations.bodies import MULTIPART, Empty, Form
from amigo_mock.operations.parameters import Header, Parameter, Parameters, Place, Published
from amigo_mock.operations.responses import NDJSON, Joined, Wait
from amigo_mock.state.redaction import SecretNames, has_secret

BodyKind = Literal["none", "json", "form", "bytes"]

JSON = "application/json"


@dataclass(frozen=True)
class RateLimit:
    """Requests that one caller may make in a minute, as published."""

    requests: int


def per_minute(requests: int) -> RateLimit:
    """So many requests a minute."""
    return RateLimit(requests)


@dataclass(frozen=True, eq=False)
class Operation:
    """One endpoint, whole.

    `statuses` are all that it may answer with, `errors` has the text of each that its handler may.
    """

    id: str
    method: str
    path: str
    handler: Callable[[Any], Any]
    status: int = 200
    statuses: tuple[int, ...] = ()
    permissions: tuple[str, ...] = ()
    rate_limit: RateLimit | None = None
    errors: Mapping[int, str] = field(default_factory=dict)
    public: bool = False
    caller: str = ""
    examples: Mapping[str, Any] = field(default_factory=dict)
    takes: tuple[str, ...] = ()
    gives: str = ""
    group: str | None = None  # of the control API; None for the emulated API

    @cached_property
    def _types(self) -> tuple[type[Parameters], Any, Any]:
        hints = get_type_hints(self.handler, include_extras=True)
        result = hints.pop("return")
        (call,) = hints.values()
        parameters, body = get_args(call)
        return parameters, body, result

    @cached_property
    def model(self) -> type[Parameters]:
        """The model of its parameters."""
        return self._types[0]

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters, in the order of the model."""
        return tuple(self._parameter(name, info) for name, info in self.model.model_fields.items())

    @cached_property
    def slots(self) -> tuple[str, ...]:
        """The names of what its path leaves open."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @cached_property
    def query(self) -> dict[str, Parameter]:
        """Its query parameters by name."""
        return {item.name: item for item in self.parameters if item.place == "query"}

    @cached_property
    def headers(self) -> tuple[tuple[Parameter, bytes], ...]:
        """Its header parameters, each with its name on the wire."""
        found = (item for item in self.parameters if item.place == "header")
        return tuple((item, item.name.lower().encode()) for item in found)

    @cached_property
    def header_names(self) -> frozenset[bytes]:
        """The names of its header parameters on the wire."""
        return frozenset(name for _, name in self.headers)

    @cached_property
    def by_key(self) -> dict[str, Parameter]:
        """Its parameters by the name that validation knows them by."""
        return {item.key: item for item in self.parameters}

    @cached_property
    def secrets(self) -> SecretNames:
        """The names of the secrets in its parameters, its body and its answer."""
        return SecretNames.of(self.model, self.body(), self.response, *self.events)

    @cached_property
    def asks_secret(self) -> bool:
        """True if its body may hold a secret."""
        return has_secret(self.body())

    @cached_property
    def lenient(self) -> bool:
        """True if something is accepted here that the published contract refuses."""
        marks = (item for parameter in self.parameters for item in parameter.info.metadata)
        return self.body() is not self.body(strict=False) or any(
            isinstance(item, Published) for item in marks
        )

    @cached_property
    def body_kind(self) -> BodyKind:
        """The kind of its body."""
        model = self._types[1]
        if model is Empty:
            return "none"
        if model is bytes:
            return "bytes"
        return "form" if issubclass(model, Form) else "json"

    @cached_property
    def content_types(self) -> tuple[str, ...]:
        """The media types of the bodies that it takes."""
        if self.body_kind == "none":
            return ()
        return self.takes or (MULTIPART if self.body_kind == "form" else JSON,)

    @cached_property
    def repeated_fields(self) -> frozenset[str]:
        """The fields of its form that may be sent several times."""
        fields = getattr(self._types[1], "model_fields", {})
        return frozenset(name for name, info in fields.items() if _is_list(info.annotation))

    def body(self, strict: bool = True) -> type[BaseModel] | None:
        """The model of its body as published, or as this server takes it by default.

        None if it takes no body, or one of mere bytes.
        """
        if self.body_kind in ("none", "bytes"):
            return None
        model: type[BaseModel] = self._types[1]
        return model if strict else relaxed(model)

    @cached_property
    def response(self) -> type[BaseModel] | None:
        """The model of its successful answer, or none if that is no whole JSON value."""
        hint = self._types[2]
        if get_origin(hint) is Joined:
            hint = get_args(hint)[0]
        return None if hint in (type(None), bytes) or self.streamed else hint

    @cached_property
    def streamed(self) -> bool:
        """True if its handler yields the answer event by event."""
        return get_origin(self._types[2]) in (Iterator, Generator)

    @cached_property
    def events(self) -> tuple[type[BaseModel], ...]:
        """The models of the events of a streamed answer."""
        if not self.streamed:
            return ()
        yielded = get_args(self._types[2])[0]
        parts = get_args(yielded) if get_origin(yielded) in (Union, UnionType) else (yielded,)
        return tuple(part for part in parts if part is not Wait)

    @cached_property
    def media_type(self) -> str:
        """The media type of its successful answer, where that is no JSON value."""
        return NDJSON if self.streamed else self.gives

    @cached_property
    def tag(self) -> str:
        """The group that its document has it in; the published one goes by the path."""
        if self.group is not None:
            return self.group
        return self.path.split("/")[3].replace("_", " ").title()

    @cached_property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return self.description.partition("\n")[0]

    @cached_property
    def description(self) -> str:
        """The handler's docstring."""
        return inspect.getdoc(self.handler) or ""

    def _parameter(self, name: str, info: FieldInfo) -> Parameter:
        place: Place = "query"
        if f"{{{name}}}" in self.path:
            place = "path"
        elif any(isinstance(item, Header) or item is Header for item in info.metadata):
            place = "header"
        wire = name.replace("_", "-") if place == "header" else name
        return Parameter(
            info.alias or wire, place, info.alias or name, info, _is_list(info.annotation)
        )


def operation(
    published: str | PublishedOperation,
    *,
    permissions: tuple[str, ...] = (),
    rate_limit: RateLimit | None = None,
    errors: Mapping[int, str] | None = None,
    public: bool = False,
    caller: str = "",
    examples: Mapping[str, Any] | None = None,
    takes: tuple[str, ...] = (),
    gives: str = "",
) -> Callable[[Callable[[Any], Any]], Operation]:
    """Declare the endpoint that the decorated function answers.

    `published` is its row in the catalogue, or the name of it: method, path and statuses are from
    there. `public` means that no token is asked for; `caller` then names the parameter whose value
    the rate limit counts by. `examples` is a body by title.

    How a body is read follows from the type of the call: a `Body` is JSON, a `Form` multipart, and
    `bytes` stay as they are, of the media types in `takes`. What is answered follows from what is
    returned: a model is JSON, `bytes` are of the media type in `gives`, and an `Iterator` of models
    is a stream with one of them a line, which may `Wait` in between.
    """
    row = CATALOGUE[published] if isinstance(published, str) else published

    def declare(handler: Callable[[Any], Any]) -> Operation:
        return Operation(
            id=row.id,
            method=row.method,
            path=row.path,
            handler=handler,
            status=row.success,
            statuses=row.statuses,
            permissions=permissions,
            rate_limit=rate_limit,
            errors=errors or {},
            public=public,
            caller=caller,
            examples=examples or {},
            takes=takes,
            gives=gives,
        )

    return declare


def _is_list(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return get_origin(annotation) in (list, frozenset, tuple, set)
