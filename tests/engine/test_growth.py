"""What requests leave behind has a bound, however many there are and whatever they say."""

from __future__ import annotations

import base64
import gc
from collections import Counter, deque
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

import pytest

from amigo_mock.engine import races
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.http.messages import Request
from amigo_mock.engine.races import Race
from amigo_mock.errors import MockError
from amigo_mock.resources import CATALOG
from amigo_mock.server.gateway import Gateway
from amigo_mock.settings import Settings
from amigo_mock.state import faults, scripts
from tests.support.hostile import ask
from tests.support.paths import PERSONAS, SIGN_IN
from tests.support.worlds import PARTS, TEST

BATCH = 5_000  # of each kind of request

LIST = "get-simulation-personas"


@pytest.fixture
def gateway() -> Gateway:
    return Gateway(Fake(CATALOG, Settings(journal_size=500)))


def send(gateway: Gateway, path: str, query: str = "", **headers: str) -> None:
    """Send a request whose answer does not matter."""
    named = {name.replace("_", "-").encode(): text.encode() for name, text in headers.items()}
    method = "POST" if path == SIGN_IN else "GET"
    for _ in gateway.answer(Request(method, path, query, {b"host": b"here", **named})):
        pass


def distinct(gateway: Gateway, number: int) -> None:
    """Requests that differ in each part that is anybody's to choose."""
    token = "Bearer " + gateway.tenants.landlord.access.issue("mock-org", "mock-user", 1e9, number)
    own = gateway.tenants.landlord.token("mock-org", "mock-user", 1e6 + number)
    send(gateway, SIGN_IN, x_user_id=f"user-{number}", x_api_key="k", x_api_key_id=f"{number}")
    send(gateway, PERSONAS, authorization=token)
    send(gateway, PERSONAS, authorization=f"Bearer {number}.b.c", x_org_id=f"org-{number}")
    send(gateway, f"/v1/org-{number}/simulation/persona/", authorization=f"Bearer {own}")
    send(gateway, f"/nowhere/{number}")
    send(gateway, PERSONAS, f"limit=1&continuation_token={number}", authorization=f"Bearer {own}")
    send(gateway, f"{PERSONAS}{number:024x}/", authorization=f"Bearer {own}")


def reachable(start: object) -> Iterator[object]:
    """All objects that something holds, but for code."""
    seen: set[int] = set()
    waiting = [start]
    while waiting:
        found = waiting.pop()
        if id(found) in seen or isinstance(found, type | ModuleType | FunctionType):
            continue
        seen.add(id(found))
        yield found
        waiting += gc.get_referents(found)


def census(gateway: Gateway) -> Counter[str]:
    """The objects of the gateway by their type."""
    gc.collect()
    return Counter(type(found).__name__ for found in reachable(gateway))


def largest(gateway: Gateway) -> int:
    """The length of the longest thing that holds others."""
    return max(len(x) for x in reachable(gateway) if isinstance(x, dict | list | set | deque))


def test_distinct_requests_leave_a_bounded_state(gateway: Gateway) -> None:
    """Rule: 100,000 distinct ids, tokens, users, paths and queries leave no more behind than some
    thousands. Source: every table that requests can grow is bounded or swept.
    """
    counts = []
    for batch in range(3):
        for number in range(BATCH):
            distinct(gateway, batch * BATCH + number)
        counts.append(sum(census(gateway).values()))
    assert largest(gateway) <= 10_000
    assert counts[2] < counts[1] * 1.05


def test_recorded_requests_are_bounded(gateway: Gateway) -> None:
    """Rule: a recorder keeps the last thousand requests at most. Source: the recorder."""
    gateway.tenants.landlord.record()
    counts = []
    for batch in range(3):
        for number in range(300):
            distinct(gateway, batch * 300 + number)
        counts.append(sum(census(gateway).values()))
    assert counts[2] < counts[1] * 1.25


def size(gateway: Gateway) -> int:
    """The bytes of all text of the gateway."""
    return sum(len(found) for found in reachable(gateway) if isinstance(found, str | bytes))


@pytest.mark.parametrize(
    "grow",
    [
        lambda gateway, text: send(gateway, SIGN_IN, x_user_id=text, x_api_key_id=text),
        lambda gateway, text: send(gateway, PERSONAS, text),
        lambda gateway, text: send(gateway, PERSONAS, f"continuation_token=1&a={text}"),
        lambda gateway, text: send(gateway, f"/{text}"),
        lambda gateway, text: send(gateway, f"/v1/{text}/simulation/persona/"),
        lambda gateway, text: send(gateway, PERSONAS, authorization=f"Bearer {text}"),
        lambda gateway, text: send(gateway, PERSONAS, x_org_id=text, other=text),
    ],
    ids=["user", "query", "parameter", "path", "organization", "token", "header"],
)
def test_long_requests_leave_a_bounded_state(
    gateway: Gateway, grow: Callable[[Gateway, str], None]
) -> None:
    """Rule: of what is long, only the beginning is kept. Source: the same."""
    grow(gateway, "warm")
    before = size(gateway)
    for number in range(20):
        grow(gateway, f"{number}" + "x" * 200_000)
    assert size(gateway) - before < 20 * 8192


def test_a_user_name_of_any_length_is_not_remembered(gateway: Gateway) -> None:
    """Rule: a long header is verified anew each time. Source: the same."""
    token = gateway.tenants.landlord.token("mock-org", "mock-user")
    before = size(gateway)
    for number in range(20):
        name = f"{number}" + "x" * 100_000
        header = base64.b64encode(f"{name}:{token}".encode()).decode()
        send(gateway, PERSONAS, authorization=f"Basic {header}")
    assert size(gateway) - before < 100_000


def test_races_that_are_over_make_room(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule: so many races are kept; one that is over goes for the next, one that waits stays.

    Source: races.
    """
    monkeypatch.setattr(races, "MOST", 3)
    armed = gateway.tenants.landlord.races
    race = Race(before=LIST, operation="get-services", after=None, body=None)
    later = Race(before="get-services", operation=LIST, after=None, body=None)
    kept = [armed.arm(later), armed.arm(race), armed.arm(later)]
    with pytest.raises(MockError, match="3 races are armed and wait"):
        armed.arm(race)
    assert list(armed) == kept
    assert ask(gateway, "GET", PERSONAS).status == 200  # which is what `race` waits for
    kept[1] = armed.arm(later)
    assert {one.id for one in armed} == {one.id for one in kept}


def test_spent_faults_make_room(gateway: Gateway) -> None:
    """Rule: 1,000 faults are kept; a spent one goes for the next, one that waits stays.

    Source: faults.
    """
    armed = gateway.tenants.landlord.faults
    first = armed.add(LIST, status=503, times=None)
    for _ in range(faults.MOST - 1):
        armed.add("*", status=500)
    with pytest.raises(MockError, match="clear some"):
        armed.add(LIST, status=503)
    assert len(armed) == faults.MOST
    for _ in range(3):
        assert ask(gateway, "GET", "/v1/mock-org/service/").status == 500
    for _ in range(3):
        armed.add("*", status=500)
    with pytest.raises(MockError, match="clear some"):
        armed.add(LIST, status=503)
    assert next(iter(armed)) is first
    assert ask(gateway, "GET", PERSONAS).status == 503


def test_scripted_values_are_bounded() -> None:
    """Rule: 10,000 values of a script are taken one by one. Source: scripts."""
    world = {"organizations": [{"id": "mock-org", **PARTS}]}
    fake = Fake(CATALOG, Settings(seed=world))
    script = fake.scripts.declared["outcomes"]
    value: Any = script.make({"unit_test": TEST, "error": "no model"})
    fake.scripts.restore({script.name: [value] * (scripts.MOST - 1)})
    fake.scripts.put(script, value)
    with pytest.raises(MockError, match="clear them first"):
        fake.scripts.put(script, value)
