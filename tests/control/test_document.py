"""Health, and the document of the control API."""

from __future__ import annotations

import httpx2

from amigo_mock import AmigoMock
from tests.control.support import CONTROL_OPERATIONS


def test_health(control: httpx2.Client) -> None:
    """Rule: 200 once it can serve, with what it serves. Source: the control API's table."""
    answer = control.get("health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "organizations": ["mock-org"], "strict": False}


def test_health_says_strict(strict: AmigoMock, strict_client: httpx2.Client) -> None:
    """Rule: health tells a strict fake from a lenient one. Source: strictness."""
    assert strict_client.get("/_mock/health").json()["strict"] is True


def test_the_document_has_every_control_operation(control: httpx2.Client) -> None:
    """Rule: the control API describes itself. Source: the control API's table."""
    answer = control.get("openapi.json")
    assert answer.status_code == 200
    described = {
        (method.upper(), path)
        for path, methods in answer.json()["paths"].items()
        for method in methods
    }
    assert described == {(operation.method, operation.path) for operation in CONTROL_OPERATIONS}
    assert "security" not in answer.json()


def test_the_apis_document_has_no_control_operations(client: httpx2.Client) -> None:
    """Rule: the API's document is the API's. Source: the fixed names."""
    assert not [
        path for path in client.get("/v1/openapi.json").json()["paths"] if path.startswith("/_mock")
    ]
