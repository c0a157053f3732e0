"""How to use the fake in a `unittest.TestCase`."""

from __future__ import annotations

import os
import unittest

import pytest

from amigo_mock import AmigoMock

PERSONAS = "/v1/mock-org/simulation/persona/"


class TestPersonas(unittest.TestCase):
    """An autouse fixture hands the fake to the methods, each with the fake as new."""

    amigo: AmigoMock

    @pytest.fixture(autouse=True)
    def _fake(self, amigo: AmigoMock) -> None:
        self.amigo = amigo

    def setUp(self) -> None:
        self.ann = self.amigo.personas.create(name="Ann")

    def test_a_record(self) -> None:
        """Factories and clients are at hand. Source: the README."""
        with self.amigo.client() as client:
            page = client.get(PERSONAS).json()
        assert [one["id"] for one in page["simulation_personas"]] == [self.ann.id]

    @pytest.mark.amigo(strict=True)
    def test_a_marker(self) -> None:
        """Markers work as elsewhere. Source: the README."""
        assert self.amigo.settings.strict


@pytest.mark.usefixtures("amigo")
class TestEnvironment(unittest.TestCase):
    """Without a handle on the fake, the marker `usefixtures` is enough."""

    def test_the_variables(self) -> None:
        """The environment leads to the fake. Source: the README."""
        assert "127.0.0.1" in os.environ["AMIGO_BASE_URL"]
