"""The fixtures. Nothing of the fake is imported or started until one of them is used."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx2

    from amigo_mock import AmigoMock


AMIGO = ("BASE_URL", "ORGANIZATION_ID", "API_KEY_ID", "API_KEY", "USER_ID")
VARIABLES = (*(f"AMIGO_{name}" for name in AMIGO), "NO_PROXY", "no_proxy")


@pytest.fixture(scope="session")
def amigo_settings() -> Mapping[str, Any]:
    """Settings for all tests that see this fixture: override it, in whatever scope."""
    return {}


@pytest.fixture(scope="session")
def amigo_server(pytestconfig: pytest.Config) -> AmigoMock:
    """The fake that the whole session shares. It ends with the session."""
    from pytest_amigo.stage import Stage

    return Stage.of(pytestconfig).mock


@pytest.fixture
def amigo(request: pytest.FixtureRequest, amigo_settings: Mapping[str, Any]) -> Iterator[AmigoMock]:
    """The fake, as new for this test; the environment leads the official SDK to it."""
    # Not by way of `amigo_server`: pytest takes its time with every fixture of every test.
    from pytest_amigo.stage import Stage

    stage = Stage.of(request.config)
    if "monkeypatch" in request.fixturenames:
        _note(request.getfixturevalue("monkeypatch"))
    scene = stage.scene(request.node, amigo_settings)
    yield stage.mock
    scene.finish()


def _note(patch: pytest.MonkeyPatch) -> None:
    # It outlives `amigo`: without this it would at last put back the fake's variables, where the
    # test has changed one.
    for name in VARIABLES:
        before = os.environ.get(name)
        patch.setenv(name, before or "")
        if before is None:
            del os.environ[name]


@pytest.fixture
def amigo_env(amigo: AmigoMock) -> Mapping[str, str]:
    """The variables that the official SDK reads, as the environment has them in this test."""
    return amigo.env


@pytest.fixture
def amigo_client(
    request: pytest.FixtureRequest,
    amigo: AmigoMock,  # noqa: ARG001 - it makes the fake ready
) -> httpx2.Client:
    """An HTTP client that is signed in. It reaches the fake in process, without a socket."""
    from pytest_amigo.stage import Stage

    return Stage.of(request.config).client()


@pytest.fixture
def amigo_async_client(
    request: pytest.FixtureRequest,
    amigo: AmigoMock,  # noqa: ARG001
) -> httpx2.AsyncClient:
    """As `amigo_client`, on any event loop."""
    from pytest_amigo.stage import Stage

    return Stage.of(request.config).async_client()
