"""How to have records for a whole module, and an address for the whole run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.request import urlopen

import pytest

from amigo_mock import AmigoMock


@pytest.fixture(scope="module")
def amigo_settings() -> Mapping[str, Any]:
    """The world that every test of this module starts from; made once."""
    background = {"versions": [{"background": "New here."}], "role": "patient"}
    personas = [{"name": f"Patient {number}", **background} for number in range(30)]
    return {"seed": {"organizations": [{"id": "mock-org", "personas": personas}]}}


@pytest.fixture(scope="session")
def health(amigo_server: AmigoMock) -> str:
    """`amigo_server` is for what outlives a test and needs no records, such as an address."""
    return f"{amigo_server.url}/_mock/health"


def test_the_records_are_there(amigo: AmigoMock) -> None:
    """A test starts from the world of its module. Source: the README."""
    assert len(amigo.personas) == 30
    amigo.personas.create()


def test_they_are_as_new(amigo: AmigoMock) -> None:
    """What another test did to them is undone. Source: the README."""
    assert len(amigo.personas) == 30


def test_the_address(health: str, amigo: AmigoMock) -> None:
    """The address is the same all through the run. Source: the README."""
    assert health.startswith(amigo.url)
    with urlopen(health) as answer:
        assert json.load(answer)["status"] == "ok"
