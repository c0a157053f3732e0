"""The API, called with values that nobody expects."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from amigo_mock.engine.fake import Fake
from amigo_mock.operations import openapi
from amigo_mock.operations.operation import Operation
from amigo_mock.resources import CATALOG
from amigo_mock.server.gateway import Gateway
from amigo_mock.settings import Settings
from tests.support.hostile import TEXTS, ask, condition, like
from tests.support.worlds import EVERYTHING, PARTS, known

EXAMPLES = 12  # of each operation, in every run

# Values are from short lists: there is little to shrink, and it would take minutes.
QUICK: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
}

OPERATIONS = CATALOG.all()
DOCUMENT = openapi.document(OPERATIONS, "hostile", strict=False)
WORLD = {"organizations": [{"id": "mock-org", "users": [EVERYTHING], **PARTS}]}

# Every text in the world, and values that parameters are declared to have.
SAID = sorted(set(re.findall(r'"([^"]*)"', json.dumps(WORLD))))
OFTEN = ["eng", "UTC", "user-message", "openai_gpt-6-luna", "+updated_at", "beta", "a:b", "50"]
IDS = [known(number) for number in range(1, 18)]
WORDS = st.one_of(*map(st.sampled_from, (SAID, OFTEN, IDS, TEXTS)))


def bodies(operation: Operation) -> st.SearchStrategy[Any]:
    """Bodies of an operation, and what is none."""
    declared = DOCUMENT["paths"][operation.path][operation.method.lower()]
    content = declared.get("requestBody", {}).get("content", {}).get("application/json")
    return like(content["schema"], DOCUMENT, WORDS) if content else st.none()


def pairs(operation: Operation) -> st.SearchStrategy[list[tuple[str, str]]]:
    """The parameters of a query."""
    return st.lists(st.tuples(st.sampled_from([*operation.query, "other"]), WORDS), max_size=4)


@pytest.fixture(scope="module")
def gateway() -> Gateway:
    """One gateway for all examples, since most of a fake is made once."""
    given = {"seed": WORLD, "clock": "2026-01-31T12:00:00Z", "rate_limits": False}
    return Gateway(Fake(CATALOG, Settings.of(**given)))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
@settings(max_examples=EXAMPLES, **QUICK)
@given(data=st.data())
def test_no_request_is_a_500_or_half_applied(
    gateway: Gateway, operation: Operation, data: st.DataObject
) -> None:
    """Rule: whatever is sent, an answer below 500 comes, a refusal changes nothing, and what was
    stored can be answered. Source: what a client sends is never a 500.
    """
    fake = gateway.tenants.landlord
    fake.reset()
    before = condition(fake)
    values = {slot: data.draw(st.one_of(st.sampled_from(IDS), WORDS)) for slot in operation.slots}
    path = operation.path.format(**{**values, "organization": "mock-org"})
    body = data.draw(bodies(operation))
    query = data.draw(pairs(operation))
    text = "&".join(f"{name}={quote_plus(value, errors='replace')}" for name, value in query)
    headers = {name: data.draw(WORDS).encode(errors="replace") for _, name in operation.headers}
    answer = ask(gateway, operation.method, path, body, query=text, headers=headers)
    assert answer.status < 500
    if answer.status >= 400:
        assert condition(fake) == before
    for one in OPERATIONS:
        if one.method == "GET" and set(one.slots) == {"organization"}:
            path = one.path.format(organization="mock-org")
            assert ask(gateway, "GET", path, query="query=a").status == 200
    if operation.method != "GET":
        assert ask(gateway, "PUT", "/_mock/state", json.loads(fake.state())).status == 204
