"""Resets: what was asked before one does nothing after it.

Rule of all of them: a request whose client gave up, and which the fake still holds back, belongs to
the test that it was made in. Source: a test never sees another test's world.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from amigo_mock import Settings
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.http.messages import Answer, Request
from amigo_mock.engine.pipeline import Steps, answer
from amigo_mock.engine.tenants import Tenants
from amigo_mock.errors import Dropped
from amigo_mock.operations.responses import Wait
from amigo_mock.resources import CATALOG
from tests.support.bodies import persona
from tests.support.made_up import BASE, STAGE, made_up_fake
from tests.support.paths import PERSONAS

CREATE = "create-simulation-persona"
LATE: dict[str, dict[str, Any]] = {
    "late": {"delay": 60},
    "late and refused": {"delay": 60, "status": 503},
    "late and cut": {"delay": 60, "drop": True},
    "late and cut after it was handled": {"delay": 60, "drop": True, "when": "after"},
}
RESETS: dict[str, Callable[[Fake], object]] = {
    "reset": Fake.reset,
    "the same settings": lambda fake: fake.configure(fake.settings),
    "other settings": lambda fake: fake.configure(Settings.of(random_seed=7)),
}


@pytest.fixture
def fake() -> Fake:
    return Fake(CATALOG)


def asked(fake: Fake, path: str, body: object) -> Steps:
    token = fake.token("mock-org", "mock-user")
    headers = {b"authorization": f"Bearer {token}".encode(), b"content-type": b"application/json"}
    request = Request("POST", path, headers=headers, body=json.dumps(body).encode())
    return answer(Tenants(fake), request)


def as_new(fake: Fake) -> bool:
    """Report whether nothing was written, neither into the world nor into the journal."""
    state = json.loads(fake.state())
    (organization,) = state["organizations"]
    return not organization["personas"] and not len(fake.journal) and not fake.journal.forgotten


@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("fault", LATE)
def test_what_waits_is_cut(fake: Fake, fault: str, reset: str) -> None:
    """Rule: behind a delay, whatever the fault does after it."""
    fake.faults.add(CREATE, **LATE[fault])
    heard: list[object] = []
    fake.journal.subscribe(heard.append)
    steps = asked(fake, PERSONAS, persona())
    assert next(steps) == Wait(60)
    RESETS[reset](fake)
    with pytest.raises(Dropped):
        next(steps)
    assert as_new(fake)
    assert heard == []
    assert not fake.journal.met


@contextmanager
def waiting(fake: Fake, steps: Steps) -> Iterator[list[type[BaseException]]]:
    """A request that has come and waits for the lock, which is held here; how it ended, later."""
    ended: list[type[BaseException]] = []

    def ask() -> None:
        try:
            list(steps)
        except BaseException as error:
            ended.append(type(error))

    thread = threading.Thread(target=ask)
    frame = cast("Any", steps).gi_frame
    with fake.lock:
        thread.start()
        while "exchange" not in frame.f_locals:  # until it has come
            time.sleep(0)
        yield ended
    thread.join(10)


def test_what_waits_for_its_turn_is_cut(fake: Fake) -> None:
    """Rule: a request that came before the reset, and is handled after it, is not."""
    with waiting(fake, asked(fake, PERSONAS, persona())) as ended:
        fake.reset()
    assert ended == [Dropped]
    assert as_new(fake)


def test_what_waits_for_its_turn_uses_up_no_fault(fake: Fake) -> None:
    """Rule: nor does it take a fault that was armed after the reset from whoever it is for."""
    fake.faults.add(CREATE, status=503)
    with waiting(fake, asked(fake, PERSONAS, persona())) as ended:
        fake.reset()
        armed = fake.faults.add(CREATE, status=503)
    assert (ended, armed.hits) == ([Dropped], 0)


@pytest.mark.parametrize("after", [None, 1])
def test_a_stream_that_waits_is_cut(after: int | None) -> None:
    """Rule: between two events too; what its handler does at its end is done before the reset."""
    fake = made_up_fake()
    if after is not None:
        fake.faults.add("talk", delay=60, after_events=after)
    steps = asked(fake, f"{BASE}/talk", {"pieces": ["one"], "wait": 60})
    assert isinstance(next(steps), Answer)
    assert json.loads(next(steps))["type"] == "begun"  # type: ignore[arg-type]
    assert next(steps) == Wait(60)
    before = STAGE.closed
    fake.reset()
    assert STAGE.closed == before + 1
    with pytest.raises(Dropped):
        list(steps)
    assert STAGE.closed == before + 1
    assert not len(fake.journal)


def test_a_journal_that_is_only_cleared_hears_of_what_goes_on(fake: Fake) -> None:
    """Rule: to clear the journal is no reset: what was asked before is in it when it is answered.
    Source: `requests.clear`.
    """
    fake.faults.add(CREATE, delay=60)
    steps = asked(fake, PERSONAS, persona())
    next(steps)
    fake.journal.clear()
    list(steps)
    assert [entry.status for entry in fake.journal] == [201]
