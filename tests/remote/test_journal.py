"""The journal, its listeners and recordings, over a fake here or elsewhere."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError
from amigo_mock.state.requests import Entry
from tests.remote.support import CREATE, DELETE, LIST, SECRET, Make, personas
from tests.support.bodies import persona, persona_version


def test_the_journal_is_evidence(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: requests with their bodies, filtered, expected, secrets left out. Source: journal."""
    version = persona_version(sensitive_user_variables={"pin": SECRET})
    client.post(personas(mock), json=persona("Zoë", initial_version=version))
    client.get(personas(mock), params={"limit": "x"})
    mock.assert_called(CREATE, times=1, json={"name": "Zoë"}, status=201, user="mock-user")
    mock.assert_called(LIST, query={"limit": "x"}, path={"organization": mock.organization})
    mock.assert_not_called(DELETE)
    with pytest.raises(AssertionError, match="Zoë"):
        mock.assert_called(CREATE, json={"name": "Ann"})
    with pytest.raises(MockError, match="did you mean"):
        mock.assert_called("get-simulation-persona")
    requests = mock.requests
    first = requests[0]
    assert first.request_json["name"] == "Zoë"
    assert SECRET.encode() not in first.request_body
    assert first.response_json.keys() == {"simulation_persona_id"}
    assert (first.number, first.operation, first.limit, first.used) == (1, CREATE, 100, 1)
    assert [entry.number for entry in requests.with_status("4xx")] == [2]
    assert requests.to(LIST).last.status == 422
    assert len(requests.by("mock-user")) == 2
    assert (len(requests), requests.forgotten) == (2, 0)
    requests.clear()
    assert (len(requests), list(requests)) == (0, [])
    client.get(personas(mock))
    assert [entry.number for entry in requests] == [1]
    assert requests.met[LIST, 200, False] == 1


def test_the_journal_is_bounded(make: Make) -> None:
    """Rule: the last ones are there, and how many are not is known. Source: journal_size."""
    with make(journal_size=3) as mock, mock.client() as client:
        for turn in range(1, 9):
            client.get(personas(mock))
            if turn != 5:
                assert len(mock.requests) == min(turn, 3)
        assert [entry.number for entry in mock.requests] == [6, 7, 8]
        assert mock.requests.forgotten == 5
        with pytest.raises(MockError, match="set journal_size higher"):
            mock.assert_called(LIST, times=8)
        for _ in range(5):
            client.get(personas(mock))
        assert [entry.number for entry in mock.requests] == [11, 12, 13]


def test_listeners_hear_of_every_request(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: of those from here on, until it leaves, and of each once. Source: the journal."""
    heard: list[Entry] = []
    client.get(personas(mock))
    mock.requests.subscribe(heard.append)
    for _ in range(3):
        client.get(personas(mock))
        assert len(mock.requests) > 1
    mock.requests.clear()
    client.get(personas(mock))
    mock.reset()
    client.get(personas(mock))
    mock.requests.unsubscribe(heard.append)
    client.get(personas(mock))
    assert len(mock.requests) == 2
    assert [entry.number for entry in heard] == [2, 3, 4, 1, 1]


def test_a_listener_can_hear_of_the_past(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: of what is in the journal first, and then of what comes. Source: the journal."""
    heard: list[Entry] = []
    client.get(personas(mock))
    assert len(mock.requests) == 1
    client.get(personas(mock))
    mock.requests.subscribe(heard.append, past=True)
    client.get(personas(mock))
    mock.requests.unsubscribe(heard.append)
    assert [entry.number for entry in heard] == [1, 2, 3]
    with pytest.raises(ValueError, match="not in list"):
        mock.requests.unsubscribe(heard.append)


def test_requests_in_threads_are_all_seen_once(mock: AmigoMock) -> None:
    """Rule: whoever looks while requests come in misses none. Source: the journal."""
    heard: list[Entry] = []
    mock.rate_limits.enabled = False
    mock.requests.subscribe(heard.append)

    def hammer() -> None:
        with mock.client() as client:
            for _ in range(15):
                client.get(personas(mock))

    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(hammer) for _ in range(3)]
        while not all(future.done() for future in running):
            list(mock.requests)
        for future in running:
            future.result()
    assert sorted(entry.number for entry in mock.requests) == list(range(1, 46))
    assert sorted(entry.number for entry in heard) == list(range(1, 46))


def test_a_test_can_be_recorded(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: what a capsule needs is noted from here on, or no longer. Source: capsules."""
    with pytest.raises(MockError, match="nothing is recorded"):
        mock.capsule()
    mock.record()
    client.get(personas(mock))
    capsule = mock.capsule("test_it", 5)
    assert (capsule["test"], capsule["random_seed"]) == ("test_it", 5)
    (asked,) = [step for step in capsule["timeline"] if step.get("operation") == LIST]
    assert asked["target"] == personas(mock)
    mock.record(False)
    with pytest.raises(MockError, match="nothing is recorded"):
        mock.capsule()


def test_what_was_seen_is_not_fetched_again(remote: AmigoMock) -> None:
    """Rule: whoever polls the journal costs no more than what is new. Source: the journal."""
    with remote.client() as client:
        for _ in range(5):
            client.get(personas(remote))
    first = list(remote.requests)
    assert len(first) == 5
    assert all(one is other for one, other in zip(first, remote.requests, strict=True))


def test_a_journal_that_somebody_else_emptied_is_read_anew(
    remote: AmigoMock, server: AmigoMock
) -> None:
    """Rule: what is there is what the fake says, whoever used the control API.

    Source: the journal.
    """
    own = {"X-Amigo-Mock-Organization": remote.organization}
    with remote.client() as client:
        for paths in (["a", "b", "c"], ["d", "e"], ["f", "g", "h", "i"], ["j"], []):
            client.delete("/_mock/requests", headers=own)
            for path in paths:
                client.get(personas(remote) + path)
            assert [entry.path[-1] for entry in remote.requests] == paths
