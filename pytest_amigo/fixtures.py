"""The fixtures. Nothing of the fake is imported or started until one of them is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pytest_amigo import options

if TYPE_CHECKING:
    import httpx2

    from amigo_mock import AmigoMock
    from pytest_amigo.session import Session


@pytest.fixture(scope="session")
def amigo_settings() -> Mapping[str, Any]:
    """Settings for all tests that see this fixture: override it, in whatever scope.

    As in `return {"strict": True, "seed": "world.yaml"}`.
    """
    return {}


@pytest.fixture(scope="session")
def amigo_server(pytestconfig: pytest.Config) -> AmigoMock:
    """The fake outside of tests, for an address that outlives one. Each test begins it anew.

    As in `amigo_server.url`. Records that tests start from belong into `amigo_settings`.
    """
    return _session(pytestconfig).mock


@pytest.fixture
def amigo(request: pytest.FixtureRequest, amigo_settings: Mapping[str, Any]) -> Iterator[AmigoMock]:
    """The fake, as new for this test; the environment leads the official SDK to it.

    As in `amigo.personas.create(name="Ann")` and `amigo.assert_called("get-services", times=1)`.
    """
    # Not by way of `amigo_server`: pytest takes its time with every fixture of every test.
    yield from _session(request.config).run(request.node, amigo_settings)


@pytest.fixture
def amigo_env(amigo: AmigoMock) -> Mapping[str, str]:
    """The variables that the official SDK reads, as the environment has them in this test.

    As in `amigo_env["AMIGO_BASE_URL"]`.
    """
    return amigo.env


@pytest.fixture
def amigo_client(amigo: AmigoMock) -> httpx2.Client:
    """An HTTP client that is signed in. It reaches the fake in process, without a socket.

    As in `amigo_client.get("/v1/mock-org/simulation/persona/")`.
    """
    from pytest_amigo.clients import client

    return client(amigo)


@pytest.fixture
def amigo_async_client(amigo: AmigoMock) -> httpx2.AsyncClient:
    """As `amigo_client`, on any event loop.

    As in `await amigo_async_client.get("/v1/mock-org/simulation/persona/")`.
    """
    from pytest_amigo.clients import async_client

    return async_client(amigo)


def _session(config: pytest.Config) -> Session:
    if sentence := options.unsupported():
        pytest.fail(sentence, pytrace=False)

    from pytest_amigo.session import Session

    return Session.of(config)
