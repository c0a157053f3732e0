"""Parameters and body checked against their models, or a 422 in the shape of the framework."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from amigo_mock.contract.fidelity import Strictness, note_absent
from amigo_mock.engine.http.messages import Request
from amigo_mock.engine.validation.body import is_json, media_type
from amigo_mock.engine.validation.undeclared import UNEXPECTED_BODY, unknown_parameters
from amigo_mock.errors import MOST, ApiError, invalid
from amigo_mock.operations.bodies import Empty
from amigo_mock.operations.operation import Operation
from amigo_mock.operations.parameters import Parameter, Parameters

Findings = list[dict[str, Any]]

PLACES = ("path", "query", "header")  # in the order in which they are read

LONG = 256  # characters of path and query

NO_BODY = Empty()

SAYS_NOTHING = (b"", b"{}", b"null")  # bodies that some clients send where there is none


def check(
    operation: Operation, request: Request, content: Any, strictness: Strictness
) -> tuple[Any, BaseModel | bytes]:
    """The parameters and the body, of which `content` has been read.

    Raises a 422 `ApiError` with everything that is wrong, or the 415 that the operation declares
    for a body of another media type.
    """
    parameters, wrong = _parameters(operation, request, strictness)
    body, wrong_body = _body(operation, request, content, strictness)
    if wrong or wrong_body:
        hint = _sent_as_text(operation, request) if wrong_body else ""
        raise ApiError(422, [*wrong, *wrong_body], hint=hint)
    return parameters, body


def _parameters(
    operation: Operation, request: Request, strictness: Strictness
) -> tuple[Parameters | None, Findings]:
    headers: tuple[tuple[Parameter, bytes], ...] = ()
    if not operation.header_names.isdisjoint(request.headers):
        known = (each for each in operation.headers if each[1] in request.headers)
        headers = tuple((parameter, request.headers[name]) for parameter, name in known)
    path = tuple(request.values.items())
    # The same questions are asked again and again. A long one may be asked only once, and a header
    # may be a secret, which is not for keeping.
    short = len(request.path) + len(request.query) < LONG
    read = _read_again if short and not headers else _read
    try:
        parameters, warnings = read(operation, path, request.query, headers, strictness.strict)
    except ValidationError as error:
        wrong = [_placed(operation, finding) for finding in _findings(error)]
        return None, sorted(wrong, key=lambda finding: PLACES.index(finding["loc"][0]))
    strictness.warnings += warnings
    return parameters, []


def _read(
    operation: Operation,
    path: tuple[tuple[str, str], ...],
    query: str,
    headers: tuple[tuple[Parameter, bytes], ...],
    strict: bool,
) -> tuple[Parameters, tuple[str, ...]]:
    """The parameters, and the warnings that they deserve."""
    raw: dict[str, Any] = dict(path)
    unknown = _read_query(operation, query, raw) if query else []
    for parameter, value in headers:
        text = value.decode("latin-1")
        raw[parameter.key] = [text] if parameter.repeated else text
    strictness = Strictness(strict)
    parameters = operation.model.model_validate(raw, context=strictness)
    return parameters, (*strictness.warnings, *unknown)


_read_again = lru_cache(1024)(_read)


def _read_query(operation: Operation, query: str, raw: dict[str, Any]) -> list[str]:
    """Repeated keys are a list where there can be several; else the last one wins.

    Answers a warning for each unknown one.
    """
    known, unknown = operation.query, []
    for name, value in _pairs(query):
        parameter = known.get(name)
        if parameter is None:
            unknown.append(name)
        elif parameter.repeated:
            raw.setdefault(parameter.key, []).append(value)
        else:
            raw[parameter.key] = value
    return unknown_parameters(unknown, known)


def _pairs(query: str) -> list[tuple[str, str]]:
    if "%" in query or "+" in query:
        return parse_qsl(query, keep_blank_values=True)
    parts = (part.partition("=") for part in query.split("&") if part)
    return [(name, value) for name, _, value in parts]


def _body(
    operation: Operation, request: Request, content: Any, strictness: Strictness
) -> tuple[BaseModel | bytes, Findings]:
    if operation.body_kind == "none":
        if request.body not in SAYS_NOTHING:
            strictness.warnings.append(UNEXPECTED_BODY)
        return NO_BODY, []
    if operation.body_kind != "json":
        wrong = _media_type(operation, request)
        if wrong or operation.body_kind == "bytes":
            return content, wrong
    model = operation.body(strictness.strict)
    assert model is not None
    if operation.body_kind == "form":
        content = content or {}
    return _by_value(model, content, strictness)


def _sent_as_text(operation: Operation, request: Request) -> str:
    """What to do about a body that should have been JSON and was read as text."""
    if operation.body_kind != "json" or not request.body:
        return ""
    sent_as = request.headers.get(b"content-type", b"")
    return "" if is_json(sent_as) else "send the header Content-Type: application/json"


def _media_type(operation: Operation, request: Request) -> Findings:
    """A finding for a body of a media type that is not taken."""
    found = media_type(request.headers.get(b"content-type", b"")).decode("latin-1")
    if found in operation.content_types:
        return []
    if 415 in operation.errors:
        raise ApiError(415, operation.errors[415])
    expected = " or ".join(operation.content_types)
    text = f"Input should be sent as {expected}"
    return [{"type": "media_type", "loc": ["header", "content-type"], "msg": text, "input": found}]


def _placed(operation: Operation, finding: dict[str, Any]) -> dict[str, Any]:
    parameter = operation.by_key[str(finding["loc"][0])]
    finding["loc"] = (parameter.name, *finding["loc"][1:])
    if finding["type"] == "missing":
        finding["input"] = None
    return invalid([finding], parameter.place)[0]


def _by_value(
    model: type[BaseModel], raw: Any, strictness: Strictness
) -> tuple[BaseModel, Findings]:
    if raw is None:
        return NO_BODY, [
            {"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}
        ]
    try:
        validate = model.__pydantic_validator__.validate_python
        value: BaseModel = validate(raw, from_attributes=True, context=strictness)
    except ValidationError as error:
        return NO_BODY, invalid(_findings(error), "body")
    note_absent(value, strictness)
    return value, []


def _findings(error: ValidationError) -> Findings:
    return [dict(finding) for finding in error.errors(include_url=False)[:MOST]]
