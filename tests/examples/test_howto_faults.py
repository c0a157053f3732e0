"""How to let things go wrong: faults, lost answers, slow answers, maintenance."""

from __future__ import annotations

import httpx2
import pytest

from amigo_mock import AmigoMock

PERSONAS = "/v1/mock-org/simulation/persona/"
LIST = "get-simulation-personas"
DELETE = "delete-simulation-persona"


def test_an_answer_of_ones_own(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """A fault has any status, headers and body. Source: the README."""
    amigo.faults.add(LIST, status=502, headers={"Server": "proxy"}, body={"detail": "Upstream."})
    answer = amigo_client.get(PERSONAS)
    assert (answer.status_code, answer.headers["Server"]) == (502, "proxy")
    assert answer.json() == {"detail": "Upstream."}
    assert amigo_client.get(PERSONAS).status_code == 200


def test_the_answer_is_lost(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """`after` the handler, the change is made and nobody hears of it. Source: the README."""
    ann = amigo.personas.create(name="Ann")
    with (
        amigo.faulty(DELETE, drop=True, when="after"),
        pytest.raises(httpx2.RemoteProtocolError),
    ):
        amigo_client.delete(f"{PERSONAS}{ann.id}/")
    assert amigo.personas.get(ann.id).is_deleted
    assert amigo.requests.last.dropped


def test_an_answer_is_too_late(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """A delay is in seconds of real time, and a client's timeout ends it. Source: the README."""
    with amigo.faulty(LIST, delay=30), pytest.raises(httpx2.ReadTimeout):
        amigo_client.get(PERSONAS, timeout=0.01)


def test_anything_may_fail(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """`*` is every operation; a fault can lapse by the fake's clock. Source: the README."""
    amigo.faults.add("*", status=500, times=None, expires_in=60)
    assert amigo_client.get(PERSONAS).status_code == 500
    amigo.clock.advance(61)
    assert amigo_client.get(PERSONAS).status_code == 200


def test_maintenance(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """Inside of the block, every operation answers 503. Source: the README."""
    with amigo.maintenance():
        assert amigo_client.get(PERSONAS).status_code == 503
    assert amigo_client.get(PERSONAS).status_code == 200
