"""Commands that are running."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.commands.support import Served


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """One process for the tests that only ask."""
    with Served() as found:
        yield found


@pytest.fixture
def served(server: Served) -> Served:
    """The process, as new."""
    assert server.ask("POST", "/_mock/reset")[0] == 204
    return server
