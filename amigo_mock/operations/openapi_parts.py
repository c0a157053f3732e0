"""Parts of an OpenAPI document that are the same for all operations."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from amigo_mock.world.records.base import Record

BINARY = {"type": "string", "format": "binary"}

BEARER = "Bearer-Authorization"
BASIC = "Basic"
ISSUER = "Bearer-Authorization-Organization"

SCHEMES: dict[str, dict[str, Any]] = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token from the sign-in.",
    },
    ISSUER: {
        "type": "apiKey",
        "in": "header",
        "name": "X-ORG-ID",
        "description": "The organization that issued the token, when it is another one.",
    },
    BASIC: {
        "type": "http",
        "scheme": "basic",
        "description": "User name `{organization}_{user}` of the token; the token as password.",
    },
}

MEANING = {
    400: "The state of what is asked for forbids it.",
    401: "No valid credentials.",
    403: "The caller's grants do not cover it.",
    404: "The organization does not exist.",
    422: "Parameters or body are invalid.",
    429: "The caller made too many requests within a minute.",
    503: "Down for maintenance.",
}

UNPUBLISHED = {400: "The body cannot be read.", 413: "The body is too large."}
"""What this server answers before an operation is asked, and no published document has."""

LIMIT_HEADERS: dict[str, dict[str, Any]] = {
    "X-RateLimit-Limit": {
        "description": "Requests that the caller may make in a minute.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "X-RateLimit-Remaining": {
        "description": "Requests that are left of them.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "X-RateLimit-Reset": {
        "description": "When the window ends, in seconds since the epoch.",
        "schema": {"type": "integer"},
    },
}

RETRY_AFTER: dict[str, Any] = {
    "description": "Seconds to wait until the window ends.",
    "schema": {"type": "integer", "minimum": 1},
}

WARNING: dict[str, Any] = {
    "description": "What the published contract would have refused, and this server let pass.",
    "schema": {"type": "string"},
}


class Failure(Record):
    """An error, in a sentence."""

    detail: str


class Finding(Record):
    """One thing that is wrong with a request."""

    type: str = Field(description="What kind of thing.")
    loc: list[str | int] = Field(description="Where: `body`, `query`, `path` or `header` first.")
    msg: str = Field(description="What was expected.")
    input: Any = Field(description="What came instead.")
    ctx: dict[str, Any] = Field(default={}, description="Numbers and names in `msg`.")


class Invalid(Record):
    """Everything that is wrong with a request."""

    detail: list[Finding]
