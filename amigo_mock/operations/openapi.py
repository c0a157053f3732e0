"""Operations -> OpenAPI 3.1. Everything in the document is derived from the declarations.

In strict mode it states what the published contract requires; otherwise what this server accepts.
Limits and permission names stand where machines find them: `x-rate-limit`, `x-permissions`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core import core_schema

from amigo_mock.operations.openapi_parts import (
    BASIC,
    BEARER,
    BINARY,
    ISSUER,
    LIMIT_HEADERS,
    MEANING,
    RETRY_AFTER,
    SCHEMES,
    UNPUBLISHED,
    WARNING,
    Failure,
    Invalid,
)
from amigo_mock.operations.operation import Operation
from amigo_mock.operations.parameters import Parameter, Published
from amigo_mock.state.limits import WINDOW

TEMPLATE = "#/components/schemas/{model}"


def document(operations: Sequence[Operation], title: str, *, strict: bool) -> dict[str, Any]:
    """The OpenAPI document of these operations."""
    from importlib.metadata import version

    paths: dict[str, dict[str, Any]] = {}
    names = _names(operations, strict)
    schemas = dict(names.pop("$defs"))
    for operation in operations:
        described = _operation(operation, operations, names, strict)
        schemas |= described.pop("$defs", {})
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    found: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version("amigo-mock")},
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.items()))},
    }
    if any(operation.id == "sign-in-with-api-key" for operation in operations):
        found["components"]["securitySchemes"] = SCHEMES
        found["security"] = [
            {BEARER: []},
            {BASIC: []},
            {BEARER: [], ISSUER: []},
            {BASIC: [], ISSUER: []},
        ]
    return found


def encoded(operations: Sequence[Operation], title: str, *, strict: bool) -> bytes:
    """The document as JSON."""
    return json.dumps(document(operations, title, strict=strict)).encode()


class Generator(GenerateJsonSchema):
    """Writes schemas the way the published document does."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """Leave out a default of null."""
        found = super().default_schema(schema)
        if found.get("default", ...) is None:
            del found["default"]  # that it may be left out says it already
        return found

    def dict_schema(self, schema: core_schema.DictSchema) -> dict[str, Any]:
        """Write the pattern of keys as one of property names."""
        found = super().dict_schema(schema)
        patterns = found.pop("patternProperties", None)
        if patterns:
            (found["additionalProperties"],) = patterns.values()
            found["propertyNames"] = self.generate_inner(schema["keys_schema"])
        return found


def _names(operations: Sequence[Operation], strict: bool) -> dict[Any, Any]:
    """The schema of each body and response, and under `$defs` what they refer to."""
    bodies = [model for operation in operations if (model := operation.body(strict))]
    responses = [operation.response for operation in operations if operation.response]
    events = [model for operation in operations for model in operation.events]
    wanted = [(model, "validation") for model in dict.fromkeys([*bodies, *responses, *events])]
    wanted += [(Failure, "validation"), (Invalid, "validation")]
    schemas, definitions = models_json_schema(
        wanted,  # type: ignore[arg-type]
        ref_template=TEMPLATE,
        schema_generator=Generator,
    )
    named: dict[Any, Any] = {model: schema for (model, _), schema in schemas.items()}
    named["$defs"] = definitions.get("$defs", {})
    return named


def _operation(
    operation: Operation, operations: Sequence[Operation], names: dict[Any, Any], strict: bool
) -> dict[str, Any]:
    parameters, definitions = _parameters(operation, strict)
    found: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "parameters": parameters,
    }
    if operation.content_types:
        found["requestBody"] = {"required": True, "content": _taken(operation, names, strict)}
    found["responses"] = {
        str(status): _response(operation, operations, status, names, strict)
        for status in sorted({*operation.statuses, *_unpublished(operation)})
    }
    if operation.public:
        found["security"] = []
    if operation.rate_limit:
        found["x-rate-limit"] = {"limit": operation.rate_limit.requests, "window": WINDOW}
    if operation.permissions:
        found["x-permissions"] = list(operation.permissions)
    if definitions:
        found["$defs"] = definitions
    return found


def _unpublished(operation: Operation) -> tuple[int, ...]:
    return (400, 413) if operation.body_kind in ("json", "form") else (413,)


def _taken(operation: Operation, names: dict[Any, Any], strict: bool) -> dict[str, Any]:
    """The bodies that an operation takes, by media type."""
    body = operation.body(strict)
    content: dict[str, Any] = {"schema": BINARY if body is None else names[body]}
    if operation.examples:
        content["examples"] = {name: {"value": value} for name, value in operation.examples.items()}
    return dict.fromkeys(operation.content_types, content)


def _given(operation: Operation, names: dict[Any, Any]) -> dict[str, Any]:
    """The bodies that an operation answers with, by media type; of a stream, each line of it."""
    if operation.response is not None:
        return {"application/json": {"schema": names[operation.response]}}
    if operation.streamed:
        events = [names[event] for event in operation.events]
        schema = events[0] if len(events) == 1 else {"anyOf": events}
        return {operation.media_type: {"schema": schema}}
    return {operation.media_type: {"schema": BINARY}} if operation.media_type else {}


def _parameters(operation: Operation, strict: bool) -> tuple[list[Any], dict[str, Any]]:
    schema = operation.model.model_json_schema(ref_template=TEMPLATE, schema_generator=Generator)
    required = schema.get("required", [])
    return [
        _parameter(parameter, schema["properties"][parameter.key], required, strict)
        for parameter in operation.parameters
    ], schema.get("$defs", {})


def _parameter(
    parameter: Parameter, schema: dict[str, Any], required: list[str], strict: bool
) -> dict[str, Any]:
    schema = {key: value for key, value in schema.items() if key != "title"}
    published = [item.schema for item in parameter.info.metadata if isinstance(item, Published)]
    for statement in published:
        if strict:
            schema |= statement
        elif "uniqueItems" in statement:
            schema.pop("uniqueItems")
    found: dict[str, Any] = {"name": parameter.name, "in": parameter.place}
    found["required"] = parameter.key in required
    if "description" in schema:
        found["description"] = schema.pop("description")
    found["schema"] = schema
    return found


def _response(
    operation: Operation,
    operations: Sequence[Operation],
    status: int,
    names: dict[Any, Any],
    strict: bool,
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if status == operation.status:
        found["description"] = HTTPStatus(status).phrase
        if content := _given(operation, names):
            found["content"] = content
        links = _links(operation, operations)
        if links:
            found["links"] = links
    else:
        meaning = MEANING if status in operation.statuses else UNPUBLISHED
        found["description"] = operation.errors.get(status) or meaning[status]
        schema = names[Invalid if status == 422 else Failure]
        if status == 422 and operation.group is not None:
            schema = {"anyOf": [names[Invalid], names[Failure]]}
        found["content"] = {"application/json": {"schema": schema}}
    headers = dict(LIMIT_HEADERS) if operation.rate_limit else {}
    if status == 429:
        headers["Retry-After"] = RETRY_AFTER
    if status == operation.status and not strict and operation.lenient:
        headers["X-Amigo-Mock-Warning"] = WARNING
    if headers:
        found["headers"] = headers
    return found


def _links(operation: Operation, operations: Sequence[Operation]) -> dict[str, Any]:
    """Links: an id in the answer is a path parameter of other operations."""
    fields = operation.response.model_fields if operation.response else {}
    return {
        other.id: {
            "operationId": other.id,
            "parameters": {
                "path.organization": "$request.path.organization",
                f"path.{field}": f"$response.body#/{field}",
            },
        }
        for field in fields
        for other in operations
        if f"{{{field}}}" in other.path
    }
