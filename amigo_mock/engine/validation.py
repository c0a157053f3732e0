"""From bytes to values, or a 422 in the shape that the service's framework gives it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from amigo_mock.contract.fidelity import Leeway, note_absent
from amigo_mock.errors import ApiError, invalid
from amigo_mock.operations.operation import Empty, Operation, Parameter, Parameters

Path = Mapping[str, str]
Findings = list[dict[str, Any]]

PLACES = ("path", "query", "header")  # in the order in which they are read

LONG = 256  # characters of path and query

NO_BODY = Empty()

JSON = b"application/json"


@dataclass(slots=True)
class Request:
    """What came in, as far as it is read: nothing is checked yet."""

    path: Path
    query: str
    headers: Mapping[bytes, bytes]
    body: bytes
    scheme: str = "http"

    @property
    def address(self) -> str:
        """Where it was sent, as its sender calls it."""
        return f"{self.scheme}://{self.headers.get(b'host', b'').decode('latin-1')}"


def check(operation: Operation, request: Request, leeway: Leeway) -> tuple[Any, BaseModel]:
    """The parameters and the body. Raises a 422 `ApiError` with everything that is wrong."""
    parameters, wrong = _parameters(operation, request, leeway)
    body, wrong_body = _body(operation, request, leeway)
    if wrong or wrong_body:
        raise ApiError(422, [*wrong, *wrong_body])
    return parameters, body


def _parameters(
    operation: Operation, request: Request, leeway: Leeway
) -> tuple[Parameters | None, Findings]:
    headers = tuple(
        [
            (parameter, request.headers[name])
            for parameter, name in operation.headers
            if name in request.headers
        ]
    )
    path = tuple(request.path.items())
    # The same questions are asked again and again. A long one may be asked only once, and a header
    # may be a secret, which is not for keeping.
    short = len(request.query) + sum(map(len, request.path.values())) < LONG
    read = _read_again if short and not headers else _read
    try:
        parameters, warnings = read(operation, path, request.query, headers, leeway.strict)
    except ValidationError as error:
        wrong = [_placed(operation, finding) for finding in _findings(error)]
        return None, sorted(wrong, key=lambda finding: PLACES.index(finding["loc"][0]))
    leeway.warnings += warnings
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
    if query:
        _read_query(operation, query, raw)
    for parameter, value in headers:
        text = value.decode("latin-1")
        raw[parameter.key] = [text] if parameter.repeated else text
    leeway = Leeway(strict)
    return operation.model.model_validate(raw, context=leeway), tuple(leeway.warnings)


_read_again = lru_cache(1024)(_read)


def _read_query(operation: Operation, query: str, raw: dict[str, Any]) -> None:
    """Repeated keys are a list where there can be several; else the last one wins."""
    known = operation.query
    for name, value in _pairs(query):
        parameter = known.get(name)
        if parameter is None:
            continue
        if parameter.repeated:
            raw.setdefault(parameter.key, []).append(value)
        else:
            raw[parameter.key] = value


def _pairs(query: str) -> list[tuple[str, str]]:
    if "%" in query or "+" in query:
        return parse_qsl(query, keep_blank_values=True)
    parts = (part.partition("=") for part in query.split("&") if part)
    return [(name, value) for name, _, value in parts]


def _body(operation: Operation, request: Request, leeway: Leeway) -> tuple[BaseModel, Findings]:
    model = operation.body(leeway.strict)
    if model is None:
        return NO_BODY, []
    content = request.body
    if not _is_json(request.headers.get(b"content-type", b"")):
        return _by_value(model, content.decode(errors="replace") if content else None, leeway)
    try:
        value = model.model_validate_json(content, context=leeway)
    except ValidationError:
        # Read again the way the service does, whose findings name other types and places.
        return _by_parsing(model, content, leeway)
    note_absent(value, leeway)
    return value, []


def _placed(operation: Operation, finding: dict[str, Any]) -> dict[str, Any]:
    parameter = operation.by_key[str(finding["loc"][0])]
    finding["loc"] = (parameter.name, *finding["loc"][1:])
    if finding["type"] == "missing":
        finding["input"] = None
    return invalid([finding], parameter.place)[0]


def _by_parsing(
    model: type[BaseModel], content: bytes, leeway: Leeway
) -> tuple[BaseModel, Findings]:
    if not content:
        return _by_value(model, None, leeway)
    try:
        raw = json.loads(content)
        json.dumps(raw, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        return NO_BODY, [_broken(error.pos, error.msg)]
    except UnicodeDecodeError as error:
        return NO_BODY, [_broken(error.start, "Not encoded as UTF-8")]
    except UnicodeEncodeError:
        return NO_BODY, [_broken(0, "Half of a surrogate pair")]
    except RecursionError:
        return NO_BODY, [_broken(0, "Nested too deeply")]
    except ValueError as error:
        return NO_BODY, [_broken(0, str(error))]
    return _by_value(model, raw, leeway)


def _by_value(model: type[BaseModel], raw: Any, leeway: Leeway) -> tuple[BaseModel, Findings]:
    if raw is None:
        return NO_BODY, [
            {"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}
        ]
    try:
        value = model.model_validate(raw, from_attributes=True, context=leeway)
    except ValidationError as error:
        return NO_BODY, invalid(_findings(error), "body")
    note_absent(value, leeway)
    return value, []


def _findings(error: ValidationError) -> Findings:
    return [dict(finding) for finding in error.errors(include_url=False)]


def _broken(position: int, reason: str) -> dict[str, Any]:
    return {
        "type": "json_invalid",
        "loc": ["body", position],
        "msg": "JSON decode error",
        "input": {},
        "ctx": {"error": reason},
    }


def _is_json(content_type: bytes) -> bool:
    if content_type == JSON:
        return True
    kind = content_type.partition(b";")[0].strip().lower()
    return kind == JSON or (kind.startswith(b"application/") and kind.endswith(b"+json"))
