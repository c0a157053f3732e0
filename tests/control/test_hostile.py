"""The control API, called with values that nobody expects."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from amigo_mock.engine.fake import Fake
from amigo_mock.errors import Dropped
from amigo_mock.operations import openapi
from amigo_mock.operations.operation import Operation
from amigo_mock.resources import CATALOG
from amigo_mock.server.gateway import Gateway
from amigo_mock.settings import Settings
from tests.control.support import CONTROL_OPERATIONS
from tests.support.hostile import TEXTS, anything, ask, condition, like

EXAMPLES = 12  # of each operation, in every run

# Values are from short lists: there is little to shrink, and it would take minutes.
QUICK: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
}

DOCUMENT = openapi.document(CONTROL_OPERATIONS, "control", strict=True)
KNOWN = ("mock-org", "mock-user", "*", "users", "personas", "metrics", "tenant")
NAMES = (*Settings.model_fields, "organizations", "scripts", "id", "name", "users", "outcomes")
WORDS = st.sampled_from([*KNOWN, *CATALOG.operations, *NAMES, *TEXTS])


def bodies(operation: Operation) -> st.SearchStrategy[Any]:
    """Bodies of an operation, and what is none."""
    declared = DOCUMENT["paths"][operation.path][operation.method.lower()]
    if "requestBody" not in declared:
        return st.none()
    schema = declared["requestBody"]["content"]["application/json"]["schema"]
    return like(schema, DOCUMENT, WORDS)


def queries(operation: Operation) -> st.SearchStrategy[str]:
    """Queries of an operation."""
    drawn = st.dictionaries(st.sampled_from([*operation.query, "other"]), WORDS, max_size=3)
    return drawn.map(
        lambda items: "&".join(
            f"{name}={quote_plus(value, errors='replace')}" for name, value in items.items()
        )
    )


@pytest.fixture(scope="module")
def gateway() -> Gateway:
    """One gateway for all examples, since most of a fake is made once."""
    return Gateway(Fake(CATALOG, Settings.of(clock="2026-01-31T12:00:00Z")))


def as_new(gateway: Gateway) -> Fake:
    """The fake of the gateway as at the start, with a tenant."""
    fake = gateway.tenants.landlord
    fake.configure(fake.base)
    fake.record(False)
    gateway.tenants.fakes.clear()
    gateway.tenants.open("tenant", {})
    return fake


@pytest.mark.parametrize("operation", CONTROL_OPERATIONS, ids=lambda operation: operation.id)
@settings(max_examples=EXAMPLES, **QUICK)
@given(data=st.data())
def test_no_call_is_a_500_or_half_applied(
    gateway: Gateway, operation: Operation, data: st.DataObject
) -> None:
    """Rule: whatever is sent, an answer below 500 comes; a refusal changes nothing.

    Source: what a client sends is never a 500; validate whole, then apply.
    """
    fake = as_new(gateway)
    before = condition(fake)
    path = operation.path.replace("{organization}", data.draw(WORDS))
    headers = data.draw(st.sampled_from([{}, {b"x-amigo-mock-organization": b"tenant"}]))
    body = data.draw(bodies(operation))
    query = data.draw(queries(operation))
    answer = ask(gateway, operation.method, path, body, query=query, headers=headers)
    assert answer.status < 500
    if answer.status >= 400:
        assert condition(fake) == before
    else:
        for known in ("state", "settings", "organizations", "evidence"):
            assert ask(gateway, "GET", f"/_mock/{known}").status == 200
        with suppress(Dropped):  # and no other exception: a fault or a maintenance may answer 503
            ask(gateway, "GET", "/v1/mock-org/simulation/persona/")


@settings(max_examples=100, **QUICK)
@given(document=st.dictionaries(st.sampled_from([*Settings.model_fields]), anything | WORDS))
def test_settings_are_taken_whole_or_not_at_all(gateway: Gateway, document: dict[str, Any]) -> None:
    """Rule: settings that are refused leave everything as it was. Source: validate, then apply."""
    fake = as_new(gateway)
    before = condition(fake)
    answer = ask(gateway, "PUT", "/_mock/settings", document)
    assert answer.status in (200, 400, 422)
    if answer.status != 200:
        assert condition(fake) == before
    fake.reset()
    assert ask(gateway, "GET", "/_mock/settings").status == 200
