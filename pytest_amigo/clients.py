"""The clients that tests get, from test to test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amigo_mock import AmigoMock

if TYPE_CHECKING:
    import httpx2


class Clients:
    """A client and an asynchronous one, signed in, which reach a fake in process.

    A test gets those of an earlier one, if that left no trace on them.
    """

    def __init__(self) -> None:
        self._client: httpx2.Client | None = None
        self._async_client: httpx2.AsyncClient | None = None
        # The fake that they reach, for whom and where.
        self._mark: tuple[AmigoMock, str, str] | None = None
        self._async_mark: tuple[AmigoMock, str, str] | None = None

    def client(self, mock: AmigoMock) -> httpx2.Client:
        """A client of a fake."""
        mark = _mark(mock)
        if self._client is None or mark != self._mark or not _untouched(self._client):
            self.close()
            self._client, self._mark = mock.client(in_process=True), mark
        return self._client

    def async_client(self, mock: AmigoMock) -> httpx2.AsyncClient:
        """The same for asyncio and trio. It holds nothing that would have to be closed."""
        mark = _mark(mock)
        client = self._async_client
        if client is None or mark != self._async_mark or not _untouched(client):
            client = self._async_client = mock.async_client(in_process=True)
            self._async_mark = mark
        return client

    def close(self) -> None:
        """Close what holds something."""
        if self._client is not None:
            self._client.close()


def _mark(mock: object) -> tuple[AmigoMock, str, str]:
    if not isinstance(mock, AmigoMock):
        pytest.fail(
            f"the fixture 'amigo' gives {type(mock).__name__!r} here, which is no AmigoMock: "
            "a fixture that takes its place has to return what it was given",
            pytrace=False,
        )
    return mock, mock.token(), mock.url


def _untouched(client: object) -> bool:
    short = getattr(client, "short", None)  # which those of a fake elsewhere do not have
    return short is not None and short.untouched
