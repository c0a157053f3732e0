"""How to test code against somebody who comes in between its read and its write."""

from __future__ import annotations

import httpx2
import pytest

from amigo_mock import AmigoMock

READ = "get-simulation-persona-versions"
WRITE = "create-simulation-persona-version"


def rewrite(client: httpx2.Client, id: str, background: str, attempts: int = 3) -> int:
    """The code under test: a new version, if nobody else has made that one meanwhile."""
    path = f"/v1/mock-org/simulation/persona/{id}/version/"
    content = {
        "background": background,
        "user_models": [],
        "nonsensitive_user_variables": {},
        "sensitive_user_variables": {},
    }
    for _ in range(attempts):
        answer = client.get(path, params={"version": "latest"}).raise_for_status()
        [latest] = answer.json()["simulation_persona_versions"]
        answer = client.post(path, params={"version": latest["version"] + 1}, json=content)
        if answer.status_code != 400:
            return int(answer.raise_for_status().json()["version"])
    raise RuntimeError("others are always quicker")


def test_nobody_comes_in_between(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """The expected version is the next one. Source: the guide."""
    ann = amigo.personas.create(name="Ann")
    assert rewrite(amigo_client, ann.id, "Mine.") == 2


def test_somebody_is_quicker(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """The write is refused, and the code reads again. Source: the guide."""
    ann = amigo.personas.create(name="Ann")
    amigo.between(READ, WRITE).adds_version(background="Theirs.")
    assert rewrite(amigo_client, ann.id, "Mine.") == 3
    backgrounds = [version.background for version in amigo.personas.get(ann.id).versions]
    assert backgrounds[1:] == ["Theirs.", "Mine."]
    amigo.assert_called(WRITE, times=1, status=400)


def test_somebody_deletes_it(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """A deleted persona gets no version. Source: the guide."""
    ann = amigo.personas.create(name="Ann")
    with amigo.between(READ, WRITE).deletes(), pytest.raises(httpx2.HTTPStatusError, match="404"):
        rewrite(amigo_client, ann.id, "Mine.")


def test_somebody_takes_the_name(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """`does` is any operation, whoever reads first. Source: the README."""
    body = {
        "name": "Ann",
        "role": "patient",
        "tags": {},
        "initial_version": {
            "background": "Quick.",
            "user_models": [],
            "nonsensitive_user_variables": {},
            "sensitive_user_variables": {},
        },
    }
    create = "create-simulation-persona"
    amigo.between(None, create).does(create, json=body)
    answer = amigo_client.post("/v1/mock-org/simulation/persona/", json=body)
    assert answer.status_code == 409
