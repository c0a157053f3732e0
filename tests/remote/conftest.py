"""Fakes in this process and elsewhere, for the tests of `AmigoMock.at`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock, Settings
from tests.remote.support import Make


@pytest.fixture(scope="module")
def server() -> Iterator[AmigoMock]:
    """The fake that runs elsewhere."""
    with AmigoMock() as mock:
        yield mock


@pytest.fixture(params=["local", "remote"])
def make(request: pytest.FixtureRequest, server: AmigoMock) -> Make:
    """Makes an AmigoMock of either kind with these settings."""

    def made(**settings: Any) -> AmigoMock:
        if request.param == "local":
            return AmigoMock(**settings)
        return AmigoMock.at(server.url, settings=Settings.of(**settings))

    return made


@pytest.fixture
def mock(make: Make) -> Iterator[AmigoMock]:
    with make() as mock:
        yield mock


@pytest.fixture
def client(mock: AmigoMock) -> Iterator[httpx2.Client]:
    with mock.client() as client:
        yield client


@pytest.fixture
def remote(server: AmigoMock) -> Iterator[AmigoMock]:
    with AmigoMock.at(server.url) as mock:
        yield mock
