"""The fixtures. Nothing of the fake is imported or started until one of them is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx2

    from amigo_mock import AmigoMock

# The test that is being run. Fixtures could ask `request` for it, but pytest makes a new one of
# those for each fixture that does, and takes longer over it than the fake over an answer.
ITEM: pytest.StashKey[pytest.Item] = pytest.StashKey()


@pytest.fixture(scope="session")
def amigo_settings() -> Mapping[str, Any]:
    """Settings for all tests that see this fixture: override it, in whatever scope."""
    return {}


@pytest.fixture(scope="session")
def amigo_server(pytestconfig: pytest.Config) -> AmigoMock:
    """The fake that the whole session shares. It ends with the session."""
    from pytest_amigo.session import Stage

    return Stage.of(pytestconfig).mock


@pytest.fixture
def amigo(pytestconfig: pytest.Config, amigo_settings: Mapping[str, Any]) -> Iterator[AmigoMock]:
    """The fake, as new for this test; the environment leads the official SDK to it."""
    # Not by way of `amigo_server`: pytest takes its time with every fixture of every test.
    from pytest_amigo.session import Stage

    stage = Stage.of(pytestconfig)
    scene = stage.scene(pytestconfig.stash[ITEM], amigo_settings)
    yield stage.mock
    scene.finish()


@pytest.fixture
def amigo_env(amigo: AmigoMock) -> Mapping[str, str]:
    """The variables that the official SDK reads, as the environment has them in this test."""
    return amigo.env


@pytest.fixture
def amigo_client(amigo: AmigoMock) -> httpx2.Client:
    """An HTTP client that is signed in. It reaches the fake in process, without a socket."""
    from pytest_amigo.clients import Clients

    return Clients.of(amigo).client(amigo)


@pytest.fixture
def amigo_async_client(amigo: AmigoMock) -> httpx2.AsyncClient:
    """As `amigo_client`, on any event loop."""
    from pytest_amigo.clients import Clients

    return Clients.of(amigo).async_client(amigo)
