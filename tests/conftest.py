"""One fake for the whole run, reset before each test; and one in strict mode."""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx2
import pytest
from hypothesis import Phase, settings

from amigo_mock import AmigoMock

# Whoever works on the project looks for new examples at each run; who only wants to know whether a
# change is sound gets the same ones each time.
settings.register_profile("same", derandomize=True)
# Whoever waits for a verdict does not need the smallest example.
settings.register_profile("brief", derandomize=True, phases=(Phase.explicit, Phase.generate))
if os.environ.get("CI"):
    settings.load_profile("same")


@pytest.fixture(scope="session")
def running() -> Iterator[AmigoMock]:
    with AmigoMock(run_duration=0) as mock:
        yield mock


@pytest.fixture(scope="session")
def running_strict() -> Iterator[AmigoMock]:
    with AmigoMock(strict=True, run_duration=0) as mock:
        yield mock


@pytest.fixture
def mock(running: AmigoMock) -> AmigoMock:
    """A fake with the default world and the default settings, as new, whose runs take no time."""
    running.reset()
    running.record(False)  # which no reset does
    return running


@pytest.fixture
def strict(running_strict: AmigoMock) -> AmigoMock:
    """A fake in strict mode, as new."""
    running_strict.reset()
    running_strict.record(False)
    return running_strict


@pytest.fixture
def client(mock: AmigoMock) -> Iterator[httpx2.Client]:
    """A client that is signed in as the default user, over a real socket."""
    with mock.client() as found:
        yield found


@pytest.fixture
def strict_client(strict: AmigoMock) -> Iterator[httpx2.Client]:
    """The same, for the fake in strict mode."""
    with strict.client() as found:
        yield found
