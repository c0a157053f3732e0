"""Contracts to compare, and ways into them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from amigo_mock.contract.digest import digest
from amigo_mock.contract.document import load

Json: TypeAlias = dict[str, Any]

Way: TypeAlias = tuple[str | int, ...]

PUBLISHED = load(Path(__file__).parents[3] / "fixtures" / "published.json")

REMOVED = object()


def changed(contract: Json, way: Way, value: Any) -> Json:
    """A copy of a digest with one member replaced, added or, if `REMOVED`, taken out."""
    twin = copy.deepcopy(contract)
    holder: Any = twin
    for step in way[:-1]:
        holder = holder[step]
    if value is REMOVED:
        del holder[way[-1]]
    else:
        holder[way[-1]] = value
    return twin


def leaves(value: Any, way: Way = ()) -> Iterator[Way]:
    """The ways to everything in a digest that has no members."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in members:
        here = (*way, key)
        if isinstance(member, dict | list) and member:
            yield from leaves(member, here)
        else:
            yield here


KINDS = {
    "discriminator": {"propertyName": "kind"},
    "oneOf": [
        {"type": "object", "properties": {"kind": {"const": "text"}, "text": {"maxLength": 5}}},
        {"type": "object", "properties": {"kind": {"const": "event"}}},
    ],
}

#: A contract with one of everything, so that each kind of difference can be made in it.
CONTRACT = digest(
    {
        "openapi": "3.1.0",
        "servers": [{"url": "https://api.example"}],
        "security": [{"Bearer": []}],
        "components": {
            "securitySchemes": {
                "Bearer": {"type": "http", "scheme": "bearer"},
                "Org": {"type": "apiKey", "in": "header", "name": "X-ORG-ID"},
            }
        },
        "paths": {
            "/thing": {
                "get": {
                    "operationId": "get-things",
                    "tags": ["Thing"],
                    "x-permissions": ["Thing:GetThing", "Thing:GetMore"],
                    "x-rate-limit": {"limit": 50, "window": 60},
                    "parameters": [
                        {
                            "name": "limit",
                            "in": "query",
                            "schema": {"type": "integer", "maximum": 50, "default": 0},
                        },
                        {
                            "name": "X-Org",
                            "in": "header",
                            "schema": {"type": ["string", "null"], "minLength": 1},
                        },
                    ],
                    "responses": {
                        "200": {
                            "headers": {"X-RateLimit-Limit": {}, "X-RateLimit-Reset": {}},
                            "content": {
                                "application/json": {
                                    "schema": {
                                        "type": "object",
                                        "required": ["has_more", "things"],
                                        "properties": {
                                            "has_more": {"type": "boolean"},
                                            "things": {"type": "array", "items": KINDS},
                                        },
                                    }
                                },
                                "application/x-ndjson": {"schema": {"type": "object"}},
                            },
                        },
                        "404": {},
                    },
                },
                "post": {
                    "operationId": "create-thing",
                    "deprecated": True,
                    "security": [],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "additionalProperties": False,
                                    "required": ["name"],
                                    "properties": {
                                        "name": {"type": "string", "pattern": "^a"},
                                        "role": {"enum": ["agent", "patient"]},
                                        "kind": {"const": "thing"},
                                        "language": {"enum": [f"l{n}" for n in range(60)]},
                                        "pair": {
                                            "prefixItems": [{"type": "string"}, {"minimum": 1}]
                                        },
                                        "code": {
                                            "minLength": 2,
                                            "anyOf": [{"pattern": "^a"}, {"pattern": "b$"}],
                                        },
                                        "both": {"allOf": [{"minimum": 1}, {"minimum": 2}]},
                                    },
                                }
                            }
                        },
                    },
                    "responses": {"201": {}},
                },
            }
        },
    }
)
