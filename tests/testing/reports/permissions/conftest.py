"""Reports on permissions."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.testing.reports.permissions.support import Fed


@pytest.fixture
def fed(mock: AmigoMock) -> Iterator[Fed]:
    found = Fed()
    mock.requests.subscribe(found.add)
    yield found
    mock.requests.unsubscribe(found.add)


@pytest.fixture
def you(mock: AmigoMock, client: httpx2.Client) -> Iterator[httpx2.Client]:
    """Somebody who may do nothing."""
    world = client.get("/_mock/state").json()
    world["organizations"][0]["users"].append({"id": "you", "grants": []})
    assert client.put("/_mock/state", json=world).status_code < 300
    with mock.client("you") as found:
        yield found
