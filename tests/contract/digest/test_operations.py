"""Digests of operations."""

from __future__ import annotations

import pytest

from amigo_mock.contract.digest import digest
from tests.contract.digest.support import Json, document, operation


def test_header_names_have_no_case() -> None:
    """HTTP header names are case-insensitive (RFC 9110, 5.1); query names are not."""
    parameters = [
        {"name": "X-Api-Key", "in": "header", "required": True, "schema": {"type": "string"}},
        {"name": "userId", "in": "query", "schema": {"type": "string"}},
    ]
    assert operation(parameters=parameters)["parameters"] == {
        "header": {"x-api-key": {"required": True, "schema": {"type": "string"}}},
        "query": {"userId": {"required": False, "schema": {"type": "string"}}},
    }


def test_a_path_parameter_is_required_whatever_the_document_says() -> None:
    """OpenAPI 3.1 allows no optional path parameter."""
    parameters = [{"name": "thing", "in": "path", "schema": {}}]
    assert operation(parameters=parameters)["parameters"]["path"]["thing"]["required"] is True


def test_parameters_of_the_path_belong_to_its_operations() -> None:
    """OpenAPI 3.1: an operation has its path's parameters, and overrides them by place and name."""
    whole = document(parameters=[{"name": "b", "in": "query", "schema": {"type": "null"}}])
    whole["paths"]["/do/{thing}"]["parameters"] = [
        {"name": "a", "in": "query", "schema": {"type": "string"}},
        {"name": "b", "in": "query", "schema": {"type": "string"}},
    ]
    query = digest(whole)["operations"]["do"]["parameters"]["query"]
    assert {name: fact["schema"]["type"] for name, fact in query.items()} == {
        "a": "string",
        "b": "null",
    }


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ({"style": "form", "explode": True}, {}),
        ({"style": "pipeDelimited", "explode": False}, {"style": "pipeDelimited"}),
        ({"explode": False}, {"explode": False}),
        ({"deprecated": True, "allowReserved": False}, {"deprecated": True}),
        ({"allowEmptyValue": True}, {"allowEmptyValue": True}),
    ],
)
def test_how_a_parameter_is_written_is_kept_unless_it_is_the_rule(stated: Json, kept: Json) -> None:
    """OpenAPI 3.1 defines the defaults: query parameters are `form`, and explode with it."""
    parameters = [{"name": "tag", "in": "query", "schema": True, **stated}]
    found = operation(parameters=parameters)["parameters"]["query"]["tag"]
    assert found == {"required": False, "schema": {}, **kept}


def test_a_parameter_may_have_content_instead_of_a_schema() -> None:
    """OpenAPI 3.1: a parameter has a schema or one content type with a schema."""
    content = {"application/json": {"schema": {"type": "object"}}}
    parameters = [{"name": "filter", "in": "query", "content": content}]
    found = operation(parameters=parameters)["parameters"]["query"]["filter"]
    assert found == {"required": False, "content": {"application/json": {"type": "object"}}}


def test_responses_keep_schemas_and_header_names() -> None:
    """A client depends on status, content type, schema and headers; not on the description."""
    headers = {"X-RateLimit-Limit": {"schema": {"type": "integer"}, "description": "D"}}
    media = {"application/json": {"schema": {"type": "null"}}, "application/X-NDJSON": {}}
    responses = {
        "200": {"description": "D", "headers": headers, "content": media},
        404: {"description": "D"},
        "5xx": {"description": "D"},
    }
    assert operation(responses=responses)["responses"] == {
        "200": {
            "content": {"application/json": {"type": "null"}, "application/x-ndjson": {}},
            "headers": ["x-ratelimit-limit"],
        },
        "404": {},
        "5XX": {},
    }


def test_a_request_body_is_optional_unless_stated() -> None:
    """OpenAPI 3.1: `required` of a request body is false by default."""
    body = {"content": {"multipart/form-data": {"schema": {"type": "object"}}}}
    found = operation(requestBody=body)["request"]
    assert found == {"required": False, "content": {"multipart/form-data": {"type": "object"}}}


def test_every_part_of_an_operation_may_be_referred_to() -> None:
    """OpenAPI 3.1 allows a reference for a path item, parameter, request body and response."""
    parameter = {"name": "a", "in": "query", "schema": {"type": "string"}}
    body = {"required": True, "content": {"application/json": {"schema": {"type": "null"}}}}
    plain = document(parameters=[parameter], requestBody=body, responses={"200": {"headers": {}}})
    referring = document(
        parameters=[{"$ref": "#/components/parameters/A"}],
        requestBody={"$ref": "#/components/requestBodies/B"},
        responses={"200": {"$ref": "#/components/responses/C"}},
    )
    item = referring["paths"].pop("/do/{thing}")
    referring["paths"]["/do/{thing}"] = {"$ref": "#/components/pathItems/D"}
    referring["components"] |= {
        "parameters": {"A": parameter},
        "requestBodies": {"B": body},
        "responses": {"C": {"headers": {}}},
        "pathItems": {"D": item},
    }
    assert digest(referring) == digest(plain)


@pytest.mark.parametrize(
    ("sentence", "limit"),
    [
        ("There is a rate limit of 100 requests per minute.", 100),
        ("A Rate Limit of 1 request per minute applies.", 1),
        ("Mind the rate limit of 1,000 requests per minute!", 1000),
    ],
)
def test_a_rate_limit_is_read_out_of_prose(sentence: str, limit: int) -> None:
    """The published document states its limits in the descriptions of its 429 responses."""
    found = operation(responses={"200": {}, "429": {"description": sentence}})
    assert found["rate_limit"] == {"limit": limit, "window": 60}
    assert operation(description=sentence)["rate_limit"] == {"limit": limit, "window": 60}


def test_permissions_are_read_out_of_prose_in_order_and_once() -> None:
    """The published document names permissions in descriptions; the first names the main one."""
    text = "Needs `Tool:ModifyTool`, then `Role:GetRole`, and `Tool:ModifyTool` again."
    found = operation(description=text, responses={"403": {"description": "No `User:GetUser`."}})
    assert found["permissions"] == ["Tool:ModifyTool", "Role:GetRole", "User:GetUser"]


def test_declared_facts_win_over_prose() -> None:
    """Our own document declares what the published one tells, so its prose is never searched."""
    found = operation(
        description="A rate limit of 5 requests per minute, and `Tool:ModifyTool`.",
        **{"x-rate-limit": {"limit": 100, "window": 10}, "x-permissions": ["Role:GetRole"]},
    )
    assert found["rate_limit"] == {"limit": 100, "window": 10}
    assert found["permissions"] == ["Role:GetRole"]


def test_declaring_no_permission_is_a_declaration() -> None:
    """An empty `x-permissions` says that none is needed, whatever the prose mentions."""
    assert "permissions" not in operation(description="`Tool:GetTool`", **{"x-permissions": []})


def test_only_what_departs_from_the_documents_security_is_kept() -> None:
    """OpenAPI 3.1: an operation without `security` has the document's; `[]` lifts it."""
    ways = [{"Bearer": []}, {"Basic": [], "Org": ["b", "a"]}]
    cases: list[tuple[Json, Json]] = [
        ({}, {}),
        ({"security": ways[::-1]}, {}),
        ({"security": [ways[0], {"Basic": [], "Org": ["a", "b"]}]}, {}),
        ({"security": []}, {"security": []}),
        ({"security": [{"Key": []}]}, {"security": [{"Key": []}]}),
    ]
    for stated, kept in cases:
        whole = document(**stated) | {"security": ways}
        found = digest(whole)["operations"]["do"]
        assert {name: found[name] for name in found.keys() & {"security"}} == kept


def test_the_document_keeps_version_servers_and_security() -> None:
    """What a client needs before it calls anything: where, and how to prove who it is."""
    schemes = {
        "Basic": {"type": "http", "scheme": "Basic", "description": "D"},
        "Org": {"type": "apiKey", "in": "header", "name": "X-ORG-ID"},
        "Query": {"type": "apiKey", "in": "query", "name": "Key"},
    }
    whole = document() | {
        "servers": [{"url": "https://b.example", "description": "D"}, {"url": "https://a.example"}],
        "security": [{"Org": []}, {"Basic": []}],
        "components": {"securitySchemes": schemes},
    }
    found = digest(whole)
    del found["operations"]
    assert found == {
        "digest": 1,
        "openapi": "3.1.0",
        "servers": ["https://b.example", "https://a.example"],
        "security": [{"Basic": []}, {"Org": []}],
        "security_schemes": {
            "Basic": {"type": "http", "scheme": "basic"},
            "Org": {"type": "apiKey", "in": "header", "name": "x-org-id"},
            "Query": {"type": "apiKey", "in": "query", "name": "Key"},
        },
    }


def test_an_operation_keeps_its_method_path_tags_and_deprecation() -> None:
    """Method and path are the operation; tags have no order; only true deprecation is news."""
    found = operation(tags=["B", "A"], deprecated=True)
    facts = {name: found[name] for name in ("method", "path", "tags", "deprecated")}
    assert facts == {
        "method": "POST",
        "path": "/do/{thing}",
        "tags": ["A", "B"],
        "deprecated": True,
    }
    assert "deprecated" not in operation(deprecated=False)


def test_an_operation_without_an_id_is_known_by_method_and_path() -> None:
    """OpenAPI 3.1 makes `operationId` optional; the operation must not go missing."""
    whole = document()
    del whole["paths"]["/do/{thing}"]["post"]["operationId"]
    assert list(digest(whole)["operations"]) == ["POST /do/{thing}"]
