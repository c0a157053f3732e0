"""The backend of a fake in this process: served from a thread, and reached without a socket too."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from amigo_mock.engine.backend import Snapshot
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.persistence import Keeper
from amigo_mock.errors import MockError
from amigo_mock.garbage import load
from amigo_mock.server.gateway import Entrance
from amigo_mock.server.sockets import bind, url
from amigo_mock.server.thread import Background
from amigo_mock.settings import Settings
from amigo_mock.world.world import WorldSnapshot

if TYPE_CHECKING:
    import httpx2

    from amigo_mock.clients.in_process import AsyncDirect, Direct
    from amigo_mock.server.app import Application


class LocalBackend:
    """Serves a fake of its own; a server is made for the first connection."""

    def __init__(self, settings: Settings) -> None:
        self.fake = Fake(settings)
        self.url = ""
        self._background: Background | None = None
        self._keeper: Keeper | None = None

    def start(self) -> None:
        """Bind a port, and keep the world in the state file if there is one."""
        if self._background is not None:
            return
        settings = self.fake.settings
        listener = bind(settings.host, settings.port or 0)
        try:
            if settings.state is not None:
                keeper = Keeper(self.fake, settings.state)
                keeper.start()
                self._keeper = keeper
        except MockError:
            listener.close()
            raise
        self.url = url(listener)
        self._background = Background(self._entrance, listener)

    def stop(self) -> None:
        """Cut connections, free the port, end the thread, write the state file."""
        background, keeper = self._background, self._keeper
        self._background = self._keeper = None
        self.url = ""
        if background is not None:
            background.stop()
        if keeper is not None:
            keeper.stop()

    def renew(self, settings: Settings, *, record: bool) -> None:
        """Have it running, as if it were made now with these settings."""
        self.start()
        self.fake.configure(settings)
        if record:
            self.fake.record()

    @property
    def in_server_thread(self) -> bool:
        """Whether the calling thread is the one that answers over the socket."""
        return self._background is not None and self._background.current

    @property
    def app(self) -> Application:
        """The application, for whoever serves it in another way."""
        return self._entrance.app

    def snapshot(self) -> Snapshot:
        """The world as it is, for `restore`. Takes microseconds, however much it holds."""
        return Snapshot(self.fake, self.fake.snapshot())

    def restore(self, snapshot: Snapshot) -> None:
        """Put the world back. Raises `MockError` for a snapshot of another fake."""
        snapshot.taken_of(self.fake)
        content = snapshot.content
        assert isinstance(content, WorldSnapshot)
        self.fake.restore(content)

    def client(self, *, in_process: bool, options: Mapping[str, Any]) -> httpx2.Client:
        """An HTTP client that goes over the socket, or reaches the application without one."""
        load("amigo_mock.clients.fast")
        import httpx2

        from amigo_mock.clients import fast
        from amigo_mock.clients.socket import Loopback

        def plain() -> httpx2.HTTPTransport:
            return httpx2.HTTPTransport(verify=trusting_nobody(), trust_env=False)

        way = self._direct if in_process else Loopback(self.url, plain)
        return fast.made(way, dict(options))

    def async_client(self, *, in_process: bool, options: Mapping[str, Any]) -> httpx2.AsyncClient:
        """As `client`, for asyncio and trio."""
        load("amigo_mock.clients.fast")
        import httpx2

        from amigo_mock.clients import fast

        if in_process:
            return fast.made_async(self._async_direct, dict(options))
        transport = httpx2.AsyncHTTPTransport(verify=trusting_nobody(), trust_env=False)
        return httpx2.AsyncClient(**{"transport": transport, **options})

    @cached_property
    def _entrance(self) -> Entrance:
        return Entrance(self.fake)

    @cached_property
    def _direct(self) -> Direct:
        from amigo_mock.clients.in_process import Direct

        return Direct(self._entrance)

    @cached_property
    def _async_direct(self) -> AsyncDirect:
        from amigo_mock.clients.in_process import AsyncDirect

        return AsyncDirect(self._entrance)


def trusting_nobody() -> ssl.SSLContext:
    """A context that costs nothing, for connections that have no TLS.

    A client's own would read every certificate authority of the machine.
    """
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
