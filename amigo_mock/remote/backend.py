"""The backend of a fake that runs elsewhere, in an organization of its own there."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, NoReturn

from amigo_mock.engine.backend import Snapshot
from amigo_mock.local import trusting_nobody
from amigo_mock.remote.control_client import ControlClient
from amigo_mock.remote.tenant import RemoteTenant
from amigo_mock.settings import Settings

if TYPE_CHECKING:
    import httpx2


class RemoteBackend:
    """Opens a tenant of a server, and deletes it at the end. The server goes on."""

    def __init__(
        self,
        url: str,
        control_token: str | None = None,
        settings: Settings | None = None,
        organization: str | None = None,
    ) -> None:
        settings = settings or Settings()
        if control_token is None and settings.control_token is not None:
            control_token = settings.control_token.get_secret_value()
        self._control = ControlClient(url, control_token)
        self.fake = RemoteTenant(self._control, organization, settings)
        self.url = ""
        self._shared: tuple[int, httpx2.BaseTransport] | None = None
        self._lock = Lock()

    def start(self) -> None:
        """Open the tenant. Raises `MockError` if no fake answers, or it refuses."""
        if not self.url:
            self._open(self.fake.settings, record=False)

    def stop(self) -> None:
        """Delete the tenant, with everything in it."""
        self.url = ""
        shared, self._shared = self._shared, None
        if shared is not None and shared[0] == os.getpid():
            shared[1].close()
        self.fake.close()

    def renew(self, settings: Settings, *, record: bool) -> None:
        """Open a tenant with these settings, in place of the one that is open."""
        self._open(settings, record=record)

    def _open(self, settings: Settings, *, record: bool) -> None:
        try:
            if not self.url:
                self._control.greet()
            self.fake.open(settings, record=record)
        except BaseException:
            self._control.close()
            raise
        self.url = self._control.url

    @property
    def in_server_thread(self) -> bool:
        """False: no thread of this process answers."""
        return False

    @property
    def app(self) -> NoReturn:
        """Not here. Raises `RuntimeError`."""
        raise RuntimeError("the application is served elsewhere; reach it by its url")

    def snapshot(self) -> Snapshot:
        """The world as it is, for `restore`."""
        return self.fake.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Put the world back. Raises `MockError` for a snapshot of another fake."""
        self.fake.restore(snapshot)

    def client(self, *, in_process: bool, options: Mapping[str, Any]) -> httpx2.Client:
        """An HTTP client that goes over the socket in any case.

        With `in_process` it goes over connections that all such clients share, and need not be
        closed.
        """
        import httpx2

        from amigo_mock.clients.pooled import Borrowed

        transport = Borrowed(self._lend) if in_process else self._transport()
        return httpx2.Client(**{"transport": transport, **options})

    def async_client(self, *, in_process: bool, options: Mapping[str, Any]) -> httpx2.AsyncClient:
        """As `client`, for asyncio and trio."""
        import httpx2

        from amigo_mock.clients.pooled import AsyncBorrowed

        transport: httpx2.AsyncBaseTransport = (
            AsyncBorrowed(self._lend)
            if in_process
            else httpx2.AsyncHTTPTransport(verify=self._verify(), trust_env=False)
        )
        return httpx2.AsyncClient(**{"transport": transport, **options})

    def _lend(self) -> httpx2.BaseTransport:
        with self._lock:
            if self._shared is None or self._shared[0] != os.getpid():
                self._shared = os.getpid(), self._transport()
            return self._shared[1]

    def _transport(self) -> httpx2.BaseTransport:
        import httpx2

        return httpx2.HTTPTransport(verify=self._verify(), trust_env=False)

    def _verify(self) -> ssl.SSLContext | bool:
        return True if self._control.secure else trusting_nobody()
