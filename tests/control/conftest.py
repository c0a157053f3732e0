"""A client of the control API."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from amigo_mock import AmigoMock


@pytest.fixture
def control(mock: AmigoMock) -> Iterator[httpx2.Client]:
    """A client without a token, for the control API."""
    with mock.client(base_url=f"{mock.url}/_mock/") as found:
        del found.headers["Authorization"]
        yield found
