"""What tests do and read through a client of the API."""

from __future__ import annotations

from typing import Any

import httpx2

from amigo_mock import AmigoMock
from tests.support.bodies import persona
from tests.support.paths import PERSONAS


def create_persona(client: httpx2.Client, path: str = PERSONAS, **changes: Any) -> str:
    """Create a persona and return its id."""
    answer = client.post(path, json=persona(**changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["simulation_persona_id"])


def create_persona_in(mock: AmigoMock, name: str) -> str:
    """The same, with a client made for this one request."""
    with mock.client() as client:
        return create_persona(client, name=name)


def persona_names(client: httpx2.Client, path: str = PERSONAS) -> list[str]:
    """The names in the first page of personas, in its order."""
    return names(client.get(path).json()["simulation_personas"])


def persona_names_of(mock: AmigoMock, *, in_process: bool = False) -> list[str]:
    """The same, with a client made for this one request."""
    with mock.client(in_process=in_process) as client:
        return persona_names(client)


def names(records: list[dict[str, Any]]) -> list[str]:
    """The names of records, in their order."""
    return [record["name"] for record in records]


def places(answer: httpx2.Response) -> list[tuple[str, list[str | int]]]:
    """What a 422 complains of, and where."""
    assert answer.status_code == 422, answer.text
    return [(item["type"], item["loc"]) for item in answer.json()["detail"]]
