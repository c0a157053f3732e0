"""The clients that tests get."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amigo_mock import AmigoMock

if TYPE_CHECKING:
    import httpx2


def client(mock: object) -> httpx2.Client:
    """A client that is signed in and reaches a fake in process. It holds nothing to be closed."""
    return _fake(mock).client(in_process=True)


def async_client(mock: object) -> httpx2.AsyncClient:
    """The same for asyncio and trio."""
    return _fake(mock).async_client(in_process=True)


def _fake(mock: object) -> AmigoMock:
    if not isinstance(mock, AmigoMock):
        pytest.fail(
            f"the fixture 'amigo' gives {type(mock).__name__!r} here, which is no AmigoMock: "
            "a fixture that takes its place has to return what it was given",
            pytrace=False,
        )
    return mock
