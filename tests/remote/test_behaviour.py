"""Clock, faults, outcomes, maintenance, limits and races, over a fake here or elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError
from amigo_mock.state.faults import Fault
from amigo_mock.state.requests import Entry
from tests.remote.support import CREATE, DELETE, LIST, START, personas
from tests.support.bodies import persona
from tests.support.suite import Suite

UPDATE = "update-simulation-persona"


def test_the_clock_ages_tokens(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: one clock for everything. Source: one clock."""
    short = {"Authorization": f"Bearer {mock.token(expires_in=60)}"}
    mock.clock.advance(50)
    assert client.get(personas(mock), headers=short).status_code == 200
    mock.clock.advance(seconds=5, minutes=1)
    assert client.get(personas(mock), headers=short).status_code == 401
    assert client.get(personas(mock)).status_code == 200
    mock.clock.advance(hours=1)
    assert client.get(personas(mock)).status_code == 401


def test_the_clock_can_be_stopped(mock: AmigoMock) -> None:
    """Rule: frozen, at a time or now; moved, and let go. Source: the clock."""
    assert not mock.clock.frozen
    mock.clock.freeze(START + 0.123456)
    assert mock.clock.now() == START + 0.123456
    assert mock.clock.datetime().microsecond == 123000
    mock.clock.advance(10)
    assert mock.clock.now() == START + 10.123456
    assert mock.clock.frozen
    mock.clock.thaw()
    assert not mock.clock.frozen
    assert START + 10 <= mock.clock.now() < START + 70
    mock.clock.freeze()
    assert mock.clock.now() == mock.clock.now()
    mock.clock.reset()
    assert not mock.clock.frozen
    assert mock.clock.now() > START + 86400
    for wrong in (-1, float("nan"), 1e12):
        with pytest.raises(MockError, match="cannot advance by"):
            mock.clock.advance(wrong)


def test_faults_hit_and_are_counted(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: armed, hit, listed, disarmed; an armed one knows its hits. Source: faults."""
    two = mock.faults.add(LIST, status=503, times=2, headers={"X-A": "b"}, body=[1])
    other = mock.faults.arm(
        Fault.model_validate({"operation": "*", "drop": True, "expires_in": 60})
    )
    assert list(mock.faults) == [two, other]
    answers = [client.get(personas(mock)) for _ in range(2)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(503, [1])] * 2
    assert (two.hits, other.hits, len(mock.faults)) == (2, 0, 2)
    assert two.spent(mock.clock.now())
    assert not other.spent(mock.clock.now())
    mock.faults.remove(other)
    mock.faults.remove(other)
    assert list(mock.faults) == [two]
    assert client.get(personas(mock)).status_code == 200
    mock.faults.clear()
    assert list(mock.faults) == []
    again = mock.faults.add(LIST, status=500)
    assert client.get(personas(mock)).status_code == 500
    assert (two.id, two.hits, again.id, again.hits) == (1, 2, 1, 1)


def test_a_fault_for_a_block(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: inside and not after; its hits can be asked for then. Source: `faulty`."""
    with mock.faulty(LIST, status=503, times=None) as armed:
        assert [client.get(personas(mock)).status_code for _ in range(2)] == [503] * 2
    assert client.get(personas(mock)).status_code == 200
    assert armed.hits == 2
    with mock.faulty(LIST, status=503) as armed:
        client.get(personas(mock))
        mock.reset()
    assert armed.hits == 1
    with mock.faulty(LIST, drop=True), pytest.raises(httpx2.TransportError):
        client.get(personas(mock))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"operation": "get-simulation-persona", "status": 500}, f"did you mean '{LIST}'"),
        ({"operation": LIST, "statsu": 500}, "did you mean 'status'"),
        ({"operation": LIST}, "^fault: a fault needs a status"),
    ],
)
def test_a_wrong_fault_is_a_mistake(mock: AmigoMock, fault: dict[str, Any], words: str) -> None:
    """Rule: the same sentence wherever the fake runs; nothing is armed. Source: faults."""
    with pytest.raises(MockError, match=words):
        mock.faults.add(**fault)
    assert len(mock.faults) == 0


def test_outcomes_are_scripted_listed_and_cleared(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a scripted run fails as said and the next one passes; a mistake is named with the
    nearest and scripts nothing; reset and configure forget. Source: the README.
    """
    suite = Suite(client, mock.organization)
    tests = suite.unit_test_set(suite.unit_test())
    made = mock.outcomes.add("Refill works", criterion="Done", run=1)
    mock.outcomes.add("Refill works", transcript=[{"sender": "user", "text": "Hello?"}])
    assert mock.outcomes
    assert [made, *list(mock.outcomes)[1:]] == list(mock.outcomes)
    assert (len(mock.outcomes), made.criterion) == (2, "Done")
    mistakes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"unit_test": "Refil works", "error": "x"}, "no unit test .*did you mean 'Refill works'"),
        ({"unit_test": "Refill works", "eror": "x"}, "no field 'eror' .did you mean 'error'"),
        ({"unit_test": "Refill works"}, "needs a criterion, an error or a transcript"),
        ({"unit_test": "Refill works", "error": "x", "organization": "no"}, "no organization 'no'"),
    )
    for wrong, words in mistakes:
        with pytest.raises(MockError, match=words):
            mock.outcomes.add(**wrong)
    failed = suite.start(tests)
    mock.clock.advance(10)
    assert suite.run(failed)["failed_metrics"] is True
    mock.outcomes.clear()
    assert list(mock.outcomes) == []
    assert suite.run(suite.start(tests))["failed_metrics"] is False
    mock.outcomes.add("Refill works", error="x")
    mock.reset()
    assert not mock.outcomes
    Suite(client, mock.organization).unit_test()
    mock.outcomes.add("Refill works", error="x")
    mock.configure(mock.settings)
    assert not mock.outcomes


def test_maintenance_is_a_switch(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: 503 while it is on, for good or for a block. Source: maintenance."""
    mock.maintenance = True
    assert mock.maintenance
    assert client.get(personas(mock)).status_code == 503
    mock.maintenance = False
    with mock.maintenance():
        assert client.get(personas(mock)).status_code == 503
    assert not mock.maintenance
    assert client.get(personas(mock)).status_code == 200


def test_limits_can_be_changed_and_asked(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: set and unset, on or off, and what is used of them. Source: rate_limits."""
    limits = mock.rate_limits
    limits.set(LIST, 2)
    assert [client.get(personas(mock)).status_code for _ in range(3)] == [200, 200, 429]
    assert (limits.used(), limits.headroom(LIST), limits.headroom(CREATE)) == ({LIST: 3}, -1, 100)
    for ask in (limits.headroom, limits.unset, lambda name: limits.set(name, 1)):
        with pytest.raises(MockError, match=f"did you mean '{LIST}'"):
            ask("get-simulation-persona")
    with pytest.raises(MockError, match="cannot be -1: say 0 or more"):
        limits.set(LIST, -1)
    limits.reset()
    assert client.get(personas(mock)).status_code == 200
    limits.enabled = False
    assert not limits.enabled
    assert "x-ratelimit-limit" not in client.get(personas(mock)).headers
    limits.enabled = True
    limits.set(CREATE, 3)
    assert limits.limits == {LIST: 2, CREATE: 3}
    limits.unset(LIST)
    limits.unset(LIST)
    assert limits.limits == {CREATE: 3}
    with pytest.raises(TypeError, match="change a limit with"):
        limits.limits[CREATE] = 4  # type: ignore[index]


def test_what_was_armed_and_came_to_nothing_is_told(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a sentence for each fault that never hit, those of a block too, and for each race that
    did not go as planned, with the line that armed it; listeners hear what is new.
    Source: `unused`.
    """
    heard: list[Entry] = []
    mock.requests.subscribe(heard.append)
    mock.faults.add(LIST, status=503)
    mock.faults.add(CREATE, status=503)
    with mock.faulty(DELETE, status=503):
        pass
    mock.between(LIST, UPDATE).deletes()
    client.get(personas(mock))
    sentences = [
        f"an armed fault never hit: '{CREATE}' was not called",
        f"'{DELETE}' by another user never happened: '{UPDATE}' was not called "
        f"after '{LIST}' was answered",
        f"an armed fault never hit: '{DELETE}' was not called",
    ]
    lines = Path(__file__).read_text().splitlines()
    place = Path(__file__).relative_to(Path.cwd())
    for found, sentence, line in zip(
        mock.unused(),
        sentences,
        (
            "    mock.faults.add(CREATE, status=503)",
            "    mock.between(LIST, UPDATE).deletes()",
            "    with mock.faulty(DELETE, status=503):",
        ),
        strict=True,
    ):
        assert found == f"{sentence} (armed at {place}:{lines.index(line) + 1})"
    assert [entry.status for entry in heard] == [503]
    mock.reset()
    assert mock.unused() == []


def test_another_user_comes_in_between(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: after the read and before the write; what came of it is known. Source: `between`."""
    made = client.post(personas(mock), json=persona("Ann")).json()["simulation_persona_id"]
    path = f"{personas(mock)}{made}/"
    with mock.between(LIST, UPDATE).deletes() as happened:
        assert client.post(path, json={}).status_code == 204
        assert [one.status for one in mock.races] == [None]
        client.get(personas(mock))
        assert client.post(path, json={}).status_code == 404
    assert happened.status == 204
    assert [one.trouble for one in mock.races] == [None]
    late = mock.between(LIST, UPDATE).edits(tags={})
    assert list(mock.races) == [happened, late]
    mock.reset()
    assert len(mock.races) == 0
    assert (happened.status, late.status) == (204, None)
    with pytest.raises(AssertionError, match="never happened"), mock.between(None, UPDATE).edits():
        pass
    with pytest.raises(MockError, match=f"did you mean '{UPDATE}'"):
        mock.between(None, f"{UPDATE}-").deletes()
    assert [entry.race for entry in mock.requests] == []


def test_a_fault_that_somebody_else_disarmed_is_passed_over(
    mock: AmigoMock, client: httpx2.Client
) -> None:
    """Rule: to disarm what is disarmed already is no mistake. Source: `faults.remove`."""
    armed = mock.faults.add(LIST, status=503)
    headers = {"X-Amigo-Mock-Organization": mock.organization}
    answer = client.delete(
        "/_mock/faults", headers=headers if "tenant" in mock.organization else {}
    )
    assert (answer.status_code, len(mock.faults)) == (204, 0)
    mock.faults.remove(armed)
    assert len(mock.faults) == 0
