"""The fast path: what it applies to, and a fault that comes too late for it."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from amigo_mock import Settings
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.http.messages import Request
from amigo_mock.resources import CATALOG
from amigo_mock.server import fast_path
from amigo_mock.server.gateway import Gateway
from tests.support.paths import PERSONAS

OPERATION = "get-simulation-personas"


@pytest.fixture
def gateway() -> Gateway:
    return Gateway(Fake(CATALOG, Settings()))


def asked(gateway: Gateway) -> Request:
    token = gateway.tenants.landlord.token("mock-org", "mock-user")
    return Request("GET", PERSONAS, headers={b"authorization": b"Bearer " + token.encode()})


@pytest.mark.parametrize("fault", [{"drop": True}, {"delay": 60}, {"status": 503}])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_fault_that_is_armed_too_late_waits_for_the_next_request(
    gateway: Gateway, fault: dict[str, Any], when: Literal["before", "after"]
) -> None:
    """Rule: a request that is answered at once met no fault when it came, and meets none that
    another thread arms while it is answered; the fault hits the next one. Source: the fast path
    neither waits nor cuts a connection.
    """
    fake, request = gateway.tenants.landlord, asked(gateway)
    assert fast_path.applies(gateway, request)
    fake.faults.add(OPERATION, when=when, **fault)
    assert fast_path.answer(gateway, request).status == 200
    assert [armed.hits for armed in fake.faults] == [0]
    assert not fast_path.applies(gateway, asked(gateway))


def test_the_control_api_goes_the_other_way(gateway: Gateway) -> None:
    """Rule: it may take its time. Source: the fast path."""
    assert not fast_path.applies(gateway, Request("GET", "/_mock/health"))
