"""Fixtures. Nothing of the fake is imported or started until one of them is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from amigo_mock import AmigoMock


@pytest.fixture(scope="session")
def amigo_server() -> Iterator[AmigoMock]:
    """The fake that the whole session shares; `AMIGO_MOCK_*` variables set it up."""
    import os

    from amigo_mock import AmigoMock, Settings

    with AmigoMock(Settings.from_environment(os.environ)) as mock:
        yield mock


@pytest.fixture
def amigo(amigo_server: AmigoMock) -> AmigoMock:
    """The fake, as new for each test."""
    amigo_server.reset()
    return amigo_server
