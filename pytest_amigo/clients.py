"""The clients of a fake, from test to test."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import pytest

from amigo_mock import AmigoMock

if TYPE_CHECKING:
    import httpx2


class Clients:
    """Clients that are signed in and reach a fake in process.

    A test gets those of an earlier one, if that left no trace on them.
    """

    def __init__(self) -> None:
        self._client: httpx2.Client | None = None
        self._async_client: httpx2.AsyncClient | None = None
        self._mark: tuple[object, ...] = ()  # for whom and for where it is, and how it was made
        self._async_mark: tuple[object, ...] = ()

    @classmethod
    def of(cls, mock: object) -> Clients:
        """Those of a fake. Fails the test where that is none."""
        if not isinstance(mock, AmigoMock):
            pytest.fail(
                f"the fixture 'amigo' gives {type(mock).__name__!r} here, which is no AmigoMock: "
                "a fixture that takes its place has to return what it was given",
                pytrace=False,
            )
        if mock not in _KNOWN:
            _KNOWN[mock] = cls()
        return _KNOWN[mock]

    def client(self, mock: AmigoMock) -> httpx2.Client:
        """A client."""
        client, whom = self._client, (mock.token(), mock.url)
        if client is None or self._mark != (whom, look(client)):
            self.close()
            client = self._client = mock.client(in_process=True)
            self._mark = whom, look(client)
        return client

    def async_client(self, mock: AmigoMock) -> httpx2.AsyncClient:
        """The same for asyncio and trio. It holds nothing that would have to be closed."""
        client, whom = self._async_client, (mock.token(), mock.url)
        if client is None or self._async_mark != (whom, look(client)):
            client = self._async_client = mock.async_client(in_process=True)
            self._async_mark = whom, look(client)
        return client

    def close(self) -> None:
        """Close what holds something."""
        if self._client is not None:
            self._client.close()


_KNOWN: WeakKeyDictionary[AmigoMock, Clients] = WeakKeyDictionary()


def look(client: httpx2.Client | httpx2.AsyncClient) -> tuple[object, ...]:
    """Everything that a test can change about a client, as it is."""
    return (
        client.is_closed,
        client.base_url,
        tuple(client.headers.raw),
        tuple((cookie.name, cookie.value) for cookie in client.cookies.jar),
        client.params,
        client.auth,
        client.timeout,
        client.follow_redirects,
        client.max_redirects,
        client.trust_env,
        {name: tuple(hooks) for name, hooks in client.event_hooks.items()},
    )
