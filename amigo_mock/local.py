"""The backend of a fake in this process: served from a thread, and reached without a socket too."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from amigo_mock.engine.backend import Snapshot
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.persistence.state_file import StateFile
from amigo_mock.errors import MockError
from amigo_mock.operations.catalog import Catalog
from amigo_mock.resources import CATALOG
from amigo_mock.server.gateway import Gateway
from amigo_mock.server.sockets import bind, url
from amigo_mock.server.thread import Background
from amigo_mock.settings import Settings
from amigo_mock.world.world import WorldSnapshot

if TYPE_CHECKING:
    import httpx2
    from starlette.applications import Starlette


class LocalBackend:
    """Serves a fake of its own; a server is made for the first connection."""

    def __init__(self, settings: Settings, catalog: Catalog = CATALOG) -> None:
        self.fake = Fake(catalog, settings)
        self.url = ""
        self._gateway = Gateway(self.fake)
        self._background: Background | None = None
        self._state_file: StateFile | None = None

    def start(self) -> None:
        """Bind a port, and keep the world in the state file if there is one."""
        if self._background is not None:
            return
        settings = self.fake.settings
        listener = bind(settings.host, settings.port or 0)
        try:
            self._keep_state(url(listener))
        except MockError:
            listener.close()
            raise
        self.url = url(listener)
        self._background = Background(self._gateway, listener)

    def stop(self) -> None:
        """Cut connections, free the port, end the thread, close the state file."""
        background, state_file = self._background, self._state_file
        self._background = self._state_file = None
        self.url = ""
        if background is not None:
            background.stop()
        if state_file is not None:
            state_file.close()

    def renew(self, settings: Settings, *, record: bool) -> None:
        """Start it if it is stopped, and start over with these settings."""
        self.start()
        self.fake.configure(settings)
        if record or self.fake.recorder is not None:
            self.fake.record(record)

    @property
    def in_server_thread(self) -> bool:
        """True in the thread that answers over the socket."""
        return self._background is not None and self._background.current

    @property
    def app(self) -> Starlette:
        """The application, to be served by another server.

        While nothing is started, the world is kept in the state file from now on, until that server
        ends. Raises `MockError` if it cannot be.
        """
        self._serve_elsewhere()
        return self._app

    @cached_property
    def _app(self) -> Starlette:
        from amigo_mock.server.app import application

        return application(self._gateway, self._serve_elsewhere, self._served_elsewhere)

    def _serve_elsewhere(self) -> None:
        self._keep_state("an ASGI server")

    def _served_elsewhere(self) -> None:
        if self._background is None:
            self.stop()

    def _keep_state(self, address: str) -> None:
        state = self.fake.settings.state
        if state is not None and self._state_file is None:
            self._state_file = StateFile.open(self.fake, state, address)

    def snapshot(self) -> Snapshot:
        """The world as it is, for `restore`. Takes microseconds, however much it holds."""
        return Snapshot(self.fake, self.fake.snapshot())

    def restore(self, snapshot: Snapshot) -> None:
        """Put the world back. Raises `MockError` for a snapshot of another fake."""
        snapshot.taken_of(self.fake)
        content = snapshot.content
        assert isinstance(content, WorldSnapshot)
        self.fake.restore(content)

    def transport(self, in_process: bool) -> httpx2.BaseTransport:
        """A transport that reaches the fake without a socket, or over one."""
        if in_process:
            from amigo_mock.clients.in_process import InProcessTransport

            return InProcessTransport(self._gateway)
        from amigo_mock.clients import over_the_wire

        return over_the_wire.transport()

    def async_transport(self, in_process: bool) -> httpx2.AsyncBaseTransport:
        """As `transport`, for asyncio and trio."""
        if in_process:
            from amigo_mock.clients.in_process import AsyncInProcessTransport

            return AsyncInProcessTransport(self._gateway)
        from amigo_mock.clients import over_the_wire

        return over_the_wire.async_transport()
