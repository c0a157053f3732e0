"""What the control API refuses, which changes nothing."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.control.support import refused
from tests.support.paths import PERSONAS

EARLIEST, LATEST = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"

TENANT: dict[str, Any] = {"organizations": [{"id": "theirs"}]}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "settings", {"strict": True, "journal_size": 10**30}),
        ("PUT", "settings", {"strict": True, "journal_size": 1e30}),
        ("PUT", "settings", {"strict": True, "journal_size": 2**63 - 1}),
        ("PUT", "settings", {"strict": True, "journal_body_size": 2**40}),
        ("PUT", "settings", {"strict": True, "max_body_size": 2**63}),
        ("PUT", "settings", {"strict": True, "clock": EARLIEST}),
        ("PUT", "settings", {"strict": True, "clock": LATEST}),
        ("POST", "tenants", {"organization": "t", "settings": {"clock": LATEST}}),
        ("POST", "tenants", {"organization": "t", "settings": {"journal_size": 10**30}}),
        ("POST", "clock", {"frozen": True, "at": EARLIEST}),
        ("POST", "clock", {"frozen": True, "at": LATEST, "advance": 1}),
        ("POST", "organizations", {"id": ["mock-org"]}),
        ("POST", "organizations", {"id": {}}),
        ("PUT", "state", TENANT),
        ("PUT", "seed", {"organizations": [{"id": "mine"}, *TENANT["organizations"]]}),
        ("PUT", "settings", {"seed": TENANT}),
        ("POST", "organizations", TENANT["organizations"][0]),
    ],
)
def test_a_refusal_changes_nothing(
    mock: AmigoMock, control: httpx2.Client, method: str, path: str, body: dict[str, Any]
) -> None:
    """Rule: what is out of bounds, or a tenant's, is a 422 and leaves all as it was.

    Source: a body is validated whole before any of it is applied; tenants never meet.
    """
    mock.clock.freeze()
    opened = control.post("tenants", json={"organization": "theirs", "replaces": "theirs"})
    assert opened.status_code == 201
    asked = ("settings", "state", "clock", "tenants", "organizations")
    before = [control.get(name).json() for name in asked]
    answer = control.request(method, path, json=body)
    assert answer.status_code == 422
    assert [control.get(name).json() for name in asked] == before
    control.delete("tenants/theirs")


def test_a_tenants_own_world_may_have_any_id(control: httpx2.Client) -> None:
    """Rule: the one organization of a tenant's world gets the tenant's id. Source: tenants."""
    control.post("tenants", json={"organization": "theirs", "replaces": "theirs"})
    named = {"x-amigo-mock-organization": "theirs"}
    assert control.put("state", json=TENANT, headers=named).status_code == 204
    (found,) = control.get("organizations", headers=named).json()["organizations"]
    assert found["id"] == "theirs"
    control.delete("tenants/theirs")


def test_a_race_waits_for_an_organization_that_is_there(
    mock: AmigoMock, client: httpx2.Client
) -> None:
    """Rule: a request to an unknown organization is its 404, and lets nothing come in between.

    Source: races change a record before it is written; nothing a client sends is a 500.
    """
    with mock.between(None, write="create-simulation-persona").does("get-services") as armed:
        path = PERSONAS.replace("mock-org", "nobody")
        assert client.post(path, json={}).status_code == 404
        assert armed.status is None
        assert client.post(PERSONAS, json={}).status_code == 422
    assert armed.status == 200


def test_a_race_in_an_unknown_organization_is_refused(
    mock: AmigoMock, control: httpx2.Client, client: httpx2.Client
) -> None:
    """Rule: the other user gets the 404 that anybody would get. Source: races."""
    race = {
        "before": "create-simulation-persona",
        "operation": "get-services",
        "path": {"organization": "nobody"},
    }
    assert control.post("races", json=race).status_code == 201
    assert client.post(PERSONAS, json={}).status_code == 422
    (found,) = control.get("races").json()["races"]
    assert found["status"] == 404
    mock.reset()


def test_a_body_of_a_race_or_a_fault_is_bounded(control: httpx2.Client) -> None:
    """Rule: what is listed again is held to 100 levels. Source: free-json."""
    deep: Any = []
    for _ in range(150):
        deep = [deep]
    race = {"before": "create-simulation-persona", "operation": "create-simulation-persona"}
    refused(control.post("races", json={**race, "body": deep}), "100 levels")
    fault = {"operation": "*", "status": 500, "body": deep}
    refused(control.post("faults", json=fault), "100 levels")
    assert control.get("evidence").status_code == 200
