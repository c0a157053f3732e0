"""How to test code that creates what is missing and updates what there is."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from amigo_mock import AmigoMock

PERSONAS = "/v1/mock-org/simulation/persona/"
CREATE = "create-simulation-persona"
UPDATE = "update-simulation-persona"

Tags = Mapping[str, str | None]


def sync(client: httpx2.Client, name: str, tags: Tags) -> None:
    """The code under test: a persona of this name has these tags."""
    version = {
        "background": f"Is called {name}.",
        "user_models": [],
        "nonsensitive_user_variables": {},
        "sensitive_user_variables": {},
    }
    body = {"name": name, "role": "patient", "tags": tags, "initial_version": version}
    answer = client.post(PERSONAS, json=body)
    if answer.status_code == 409:
        page = client.get(PERSONAS, params={"is_deleted": False}).json()
        [found] = [one for one in page["simulation_personas"] if one["name"] == name]
        answer = client.post(f"{PERSONAS}{found['id']}/", json={"tags": tags})
    answer.raise_for_status()


def test_what_is_missing_is_created(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """One request, and the persona is there. Source: the README."""
    sync(amigo_client, "Ann", {"ward": "A"})
    assert amigo.personas.find("Ann").tags == {"ward": "A"}
    amigo.assert_called(CREATE, times=1, json={"name": "Ann"}, status=201)
    amigo.assert_not_called(UPDATE)


def test_what_there_is_is_updated(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """A name that is taken is a 409, and its persona gets the tags. Source: the README."""
    ann = amigo.personas.create(name="Ann", tags={"ward": "B"})
    sync(amigo_client, "Ann", {"ward": "A"})
    assert amigo.personas.get(ann.id).tags == {"ward": "A"}
    amigo.assert_called(UPDATE, times=1, json={"tags": {"ward": "A"}}, status=204)


def test_the_name_of_a_deleted_one_is_free(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """Deleted records stay readable and are in nobody's way. Source: the guide."""
    gone = amigo.personas.create(name="Ann", deleted=True)
    sync(amigo_client, "Ann", {})
    assert amigo.personas.find("Ann").id != gone.id
