"""How to test what code does to rate limits, and what they do to it."""

from __future__ import annotations

import httpx2

from amigo_mock import AmigoMock

PERSONAS = "/v1/mock-org/simulation/persona/"
LIST = "get-simulation-personas"


def test_the_published_limit_holds(amigo_client: httpx2.Client) -> None:
    """The 51st list within a minute is refused. Source: the published document."""
    answers = [amigo_client.get(PERSONAS) for _ in range(51)]
    assert [answer.status_code for answer in answers[-2:]] == [200, 429]
    assert answers[-1].headers["X-RateLimit-Remaining"] == "0"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


def test_a_window_closes_after_a_minute(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """The clock moves, and nobody waits. Source: the README."""
    amigo.rate_limits.set(LIST, 1)
    assert [amigo_client.get(PERSONAS).status_code for _ in range(2)] == [200, 429]
    amigo.clock.advance(minutes=1)
    assert amigo_client.get(PERSONAS).status_code == 200


def test_code_stays_far_from_the_limit(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """`headroom` is what is left in the window that is open. Source: the README."""
    for _ in range(3):  # the code under test
        amigo_client.get(PERSONAS)
    assert amigo.rate_limits.headroom(LIST) >= 40


def test_limits_can_be_off(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """Where limits are not the subject, they need not be in the way. Source: the README."""
    amigo.rate_limits.enabled = False
    assert {amigo_client.get(PERSONAS).status_code for _ in range(60)} == {200}
