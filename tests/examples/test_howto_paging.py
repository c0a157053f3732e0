"""How to test code that reads page after page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2

from amigo_mock import AmigoMock

PERSONAS = "/v1/mock-org/simulation/persona/"


def every_persona(client: httpx2.Client, **filters: Any) -> Iterator[dict[str, Any]]:
    """The code under test: all personas, however many pages they take."""
    token = None
    while True:
        query = filters if token is None else {**filters, "continuation_token": token}
        page = client.get(PERSONAS, params=query).raise_for_status().json()
        yield from page["simulation_personas"]
        if not page["has_more"]:
            return
        token = page["continuation_token"]


def test_every_page_is_read(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """A page of personas has 50 at most. Source: the published document."""
    made = amigo.personas.create_many(120)
    found = list(every_persona(amigo_client))
    assert [one["id"] for one in found] == [one.id for one in made]
    tokens = [entry.query for entry in amigo.requests.to("get-simulation-personas")]
    assert tokens == ["", "continuation_token=50", "continuation_token=100"]


def test_filters_hold_on_every_page(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """Each request repeats the filters. Source: the published document."""
    amigo.personas.create_many(7, role="nurse")
    amigo.personas.create_many(7, role="patient")
    found = list(every_persona(amigo_client, role="nurse", limit=5))
    assert len(found) == 7
    assert {one["role"] for one in found} == {"nurse"}
    amigo.assert_called("get-simulation-personas", times=2, query={"role": "nurse"})
