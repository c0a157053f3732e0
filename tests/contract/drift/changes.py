"""A contract, and single changes of it with the difference that each makes."""

from __future__ import annotations

from typing import Any

from amigo_mock.contract.difference import ABSENT
from tests.contract.drift.support import CONTRACT, REMOVED, Way

GET: Way = ("operations", "get-things")
POST: Way = ("operations", "create-thing")
ANSWER: Way = (*GET, "responses", "200", "content", "application/json")
ITEMS: Way = (*ANSWER, "properties", "things", "items")
BODY: Way = (*POST, "request", "content", "application/json")
FIELDS: Way = (*BODY, "properties")
QUERY: Way = (*GET, "parameters", "query")

# How the contract is changed, and the one difference that makes:
# the way to a member, its new value, the place told, and the two values told.
CHANGES: dict[str, tuple[Way, Any, str, Any, Any]] = {
    "another version of OpenAPI": (("openapi",), "3.0.3", "document openapi", "3.1.0", "3.0.3"),
    "another server": (
        ("servers",),
        ["https://api.example", "http://localhost"],
        "document servers.http://localhost",
        ABSENT,
        "http://localhost",
    ),
    "another way in": (("security",), [], "document security", [{"Bearer": []}], []),
    "a security scheme missing": (
        ("security_schemes", "Org"),
        REMOVED,
        "document security_schemes.Org",
        {"type": "apiKey", "in": "header", "name": "x-org-id"},
        ABSENT,
    ),
    "a security scheme changed": (
        ("security_schemes", "Org", "name"),
        "x-organization",
        "document security_schemes.Org.name",
        "x-org-id",
        "x-organization",
    ),
    "an operation missing": (POST, REMOVED, "create-thing operation", "POST /thing", ABSENT),
    "a method": ((*POST, "method"), "PUT", "create-thing method", "POST", "PUT"),
    "a path": ((*POST, "path"), "/thing/", "create-thing path", "/thing", "/thing/"),
    "a deprecation": ((*POST, "deprecated"), REMOVED, "create-thing deprecated", True, ABSENT),
    "a tag": ((*GET, "tags"), [], "get-things tags.Thing", "Thing", ABSENT),
    "security lifted": ((*GET, "security"), [], "get-things security", ABSENT, []),
    "security no longer lifted": (
        (*POST, "security"),
        REMOVED,
        "create-thing security",
        [],
        ABSENT,
    ),
    "a permission missing": (
        (*GET, "permissions"),
        ["Thing:GetMore"],
        "get-things permissions.Thing:GetThing",
        "Thing:GetThing",
        ABSENT,
    ),
    "a permission too many": (
        (*POST, "permissions"),
        ["Thing:CreateThing"],
        "create-thing permissions.Thing:CreateThing",
        ABSENT,
        "Thing:CreateThing",
    ),
    "a rate limit": (
        (*GET, "rate_limit", "limit"),
        5,
        "get-things rate_limit",
        {"limit": 50, "window": 60},
        {"limit": 5, "window": 60},
    ),
    "a parameter missing": (
        (*QUERY, "limit"),
        REMOVED,
        "get-things query.limit",
        {"required": False, "schema": {"type": "integer", "maximum": 50, "default": 0}},
        ABSENT,
    ),
    "a parameter too many": (
        (*GET, "parameters", "path"),
        {"id": {"required": True, "schema": {}}},
        "get-things path.id",
        ABSENT,
        {"required": True, "schema": {}},
    ),
    "a parameter required": (
        (*QUERY, "limit", "required"),
        True,
        "get-things query.limit.required",
        False,
        True,
    ),
    "how a parameter is written": (
        (*QUERY, "limit", "explode"),
        False,
        "get-things query.limit.explode",
        ABSENT,
        False,
    ),
    "a bound": (
        (*QUERY, "limit", "schema", "maximum"),
        20,
        "get-things query.limit.maximum",
        50,
        20,
    ),
    "a default": (
        (*QUERY, "limit", "schema", "default"),
        False,
        "get-things query.limit.default",
        0,
        False,
    ),
    "no default any more": (
        (*QUERY, "limit", "schema", "default"),
        REMOVED,
        "get-things query.limit.default",
        0,
        ABSENT,
    ),
    "no longer null": (
        (*GET, "parameters", "header", "x-org", "schema"),
        {"type": "string", "minLength": 1},
        "get-things header.x-org.anyOf(null)",
        {"type": "null"},
        ABSENT,
    ),
    "null as well": (
        (*FIELDS, "name"),
        {"anyOf": [{"pattern": "^a", "type": "string"}, {"type": "null"}]},
        "create-thing request.body.properties.name.anyOf(null)",
        ABSENT,
        {"type": "null"},
    ),
    "a choice beside another demand": (
        (*FIELDS, "code", "anyOf"),
        REMOVED,
        "create-thing request.body.properties.code.anyOf",
        [{"pattern": "^a"}, {"pattern": "b$"}],
        ABSENT,
    ),
    "a demand of one alternative": (
        (*GET, "parameters", "header", "x-org", "schema", "anyOf", 0, "minLength"),
        2,
        "get-things header.x-org.anyOf(string).minLength",
        1,
        2,
    ),
    "a request body missing": (
        (*POST, "request"),
        REMOVED,
        "create-thing request",
        CONTRACT["operations"]["create-thing"]["request"],
        ABSENT,
    ),
    "an optional request body": (
        (*POST, "request", "required"),
        False,
        "create-thing request.required",
        True,
        False,
    ),
    "a content type missing": (
        (*GET, "responses", "200", "content", "application/x-ndjson"),
        REMOVED,
        "get-things responses.200.body(application/x-ndjson)",
        {"type": "object"},
        ABSENT,
    ),
    "a status missing": (
        (*GET, "responses", "404"),
        REMOVED,
        "get-things responses.404",
        {},
        ABSENT,
    ),
    "a status too many": ((*GET, "responses", "429"), {}, "get-things responses.429", ABSENT, {}),
    "a response header missing": (
        (*GET, "responses", "200", "headers"),
        ["x-ratelimit-limit"],
        "get-things responses.200.headers.x-ratelimit-reset",
        "x-ratelimit-reset",
        ABSENT,
    ),
    "a property missing": (
        (*ANSWER, "properties", "has_more"),
        REMOVED,
        "get-things responses.200.body.properties.has_more",
        {"type": "boolean"},
        ABSENT,
    ),
    "a property of another type": (
        (*ANSWER, "properties", "has_more", "type"),
        "string",
        "get-things responses.200.body.properties.has_more.type",
        "boolean",
        "string",
    ),
    "a property no longer required": (
        (*BODY, "required"),
        REMOVED,
        "create-thing request.body.required.name",
        "name",
        ABSENT,
    ),
    "a property newly required": (
        (*BODY, "required"),
        ["kind", "name"],
        "create-thing request.body.required.kind",
        ABSENT,
        "kind",
    ),
    "an open object": (
        (*BODY, "additionalProperties"),
        REMOVED,
        "create-thing request.body.additionalProperties",
        False,
        ABSENT,
    ),
    "a pattern": (
        (*FIELDS, "name", "pattern"),
        "^b",
        "create-thing request.body.properties.name.pattern",
        "^a",
        "^b",
    ),
    "a value missing": (
        (*FIELDS, "role"),
        {"type": "string", "const": "patient"},
        "create-thing request.body.properties.role.enum.agent",
        "agent",
        ABSENT,
    ),
    "a value too many": (
        (*FIELDS, "kind"),
        {"type": "string", "enum": ["idea", "thing"]},
        "create-thing request.body.properties.kind.enum.idea",
        ABSENT,
        "idea",
    ),
    "a constant": (
        (*FIELDS, "kind", "const"),
        "idea",
        "create-thing request.body.properties.kind.const",
        "thing",
        "idea",
    ),
    "any value": (
        (*FIELDS, "role", "enum"),
        REMOVED,
        "create-thing request.body.properties.role.enum",
        ["agent", "patient"],
        ABSENT,
    ),
    "another long enumeration": (
        (*FIELDS, "language", "enum"),
        {"count": 61, "sha256": "0"},
        "create-thing request.body.properties.language.enum",
        CONTRACT["operations"]["create-thing"]["request"]["content"]["application/json"][
            "properties"
        ]["language"]["enum"],
        {"count": 61, "sha256": "0"},
    ),
    "a place in a tuple": (
        (*FIELDS, "pair", "prefixItems", 1, "minimum"),
        2,
        "create-thing request.body.properties.pair.prefixItems.1.minimum",
        1,
        2,
    ),
    "a shorter tuple": (
        (*FIELDS, "pair", "prefixItems"),
        [{"type": "string"}],
        "create-thing request.body.properties.pair.prefixItems.1",
        {"minimum": 1},
        ABSENT,
    ),
    "a demand made twice": (
        (*FIELDS, "both", "allOf"),
        REMOVED,
        "create-thing request.body.properties.both.allOf",
        [{"minimum": 2}],
        ABSENT,
    ),
    "a demand within a kind": (
        (*ITEMS, "oneOf", 1, "properties", "text", "maxLength"),
        6,
        "get-things responses.200.body.properties.things.items.oneOf(kind=text)"
        ".properties.text.maxLength",
        5,
        6,
    ),
    "a kind missing": (
        (*ITEMS, "oneOf", 0),
        REMOVED,
        "get-things responses.200.body.properties.things.items.oneOf(kind=event)",
        {"type": "object", "properties": {"kind": {"type": "string", "const": "event"}}},
        ABSENT,
    ),
    "another discriminator": (
        (*ITEMS, "discriminator", "propertyName"),
        "type",
        "get-things responses.200.body.properties.things.items.discriminator",
        {"propertyName": "kind"},
        {"propertyName": "type"},
    ),
    "an array of anything": (
        ITEMS,
        REMOVED,
        "get-things responses.200.body.properties.things.items",
        CONTRACT["operations"]["get-things"]["responses"]["200"]["content"]["application/json"][
            "properties"
        ]["things"]["items"],
        ABSENT,
    ),
}
