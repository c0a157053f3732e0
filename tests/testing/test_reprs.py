"""What a test prints of the fake is a line that can be read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from amigo_mock import AmigoMock

LIST = "get-simulation-personas"


@pytest.fixture(params=["here", "elsewhere"])
def fake(request: pytest.FixtureRequest, mock: AmigoMock) -> Iterator[AmigoMock]:
    if request.param == "here":
        yield mock
        return
    with AmigoMock.at(mock.url) as there:
        yield there


def test_the_parts_of_a_fake_say_what_is_in_them(fake: AmigoMock) -> None:
    """Rule: limits, faults, races, outcomes, journal and its entries are one short line each.

    Source: `print` in a test, and the values that a failed assertion shows.
    """
    with fake.client() as client:
        client.get(fake.path(LIST), params={"limit": 51})
    assert repr(fake.rate_limits) == f"<RateLimits on, used: {LIST} 1>"
    fake.rate_limits.enabled = False
    assert repr(fake.rate_limits).startswith("<RateLimits off")
    assert repr(fake.requests[-1]) == f"<Entry 1: 422 GET {fake.path(LIST)}?limit=51 {LIST}>"
    assert repr(fake.faults) == "<Faults: []>"
    fake.faults.add(LIST, status=503)
    assert repr(fake.faults).startswith(f"<Faults: [<Armed 1: {LIST}")
    fake.between(None, LIST).does("create-simulation-persona", json={})
    assert repr(fake.races).startswith("<Races: [<ArmedRace 1: create-simulation-persona before")
    assert repr(fake.outcomes) == "<Outcomes: []>"
    assert " object at 0x" not in repr([fake, fake.clock, fake.maintenance, fake.personas])


def test_a_secret_in_the_query_is_hidden(mock: AmigoMock) -> None:
    """Rule: an entry shows the query as the journal has it. Source: secrets."""
    with mock.client() as client:
        client.get(mock.path(LIST), params={"signature": "wx7Qk-49211"})
    assert "wx7Qk" not in repr(mock.requests)
    assert "wx7Qk" not in repr(list(mock.requests))
