"""How to test retries: waiting costs nothing."""

from __future__ import annotations

import time

import httpx2
import pytest

from amigo_mock import AmigoMock

PERSONAS = "/v1/mock-org/simulation/persona/"
LIST = "get-simulation-personas"


def patient_get(client: httpx2.Client, path: str, attempts: int = 4) -> httpx2.Response:
    """The code under test: it waits as long as it is told to, else longer each time."""
    for attempt in range(attempts):
        answer = client.get(path)
        if answer.status_code not in (429, 503):
            return answer
        time.sleep(float(answer.headers.get("Retry-After", 2**attempt)))
    return answer


@pytest.mark.amigo(auto_advance=True, rate_limits={LIST: 1})
def test_a_minute_passes_in_no_time(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """A sleep after a 429 moves the fake's clock, and a new window is open. Source: the README."""
    assert patient_get(amigo_client, PERSONAS).status_code == 200
    before = amigo.clock.now()
    assert patient_get(amigo_client, PERSONAS).status_code == 200
    assert 50 < amigo.clock.now() - before < 70
    assert [entry.status for entry in amigo.requests.to(LIST)] == [200, 429, 200]


@pytest.mark.amigo(auto_advance=True)
def test_an_outage_that_ends(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """A fault answers so often, then the service does. Source: the README."""
    with amigo.faulty(LIST, status=503, times=3):
        assert patient_get(amigo_client, PERSONAS).status_code == 200
    assert len(amigo.requests.to(LIST).with_status(503)) == 3


@pytest.mark.amigo(auto_advance=True)
def test_an_outage_that_does_not_end(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """`times=None` hits until the block ends: the code has to give up. Source: the README."""
    with amigo.faulty(LIST, status=503, times=None, headers={"Retry-After": "30"}) as outage:
        assert patient_get(amigo_client, PERSONAS).status_code == 503
    assert outage.hits == 4
