"""A uvicorn that starts on a socket that is bound already, and stops at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn

from amigo_mock.errors import Dropped
from amigo_mock.server.gateway import Gateway

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

ROUNDS = 10  # of the event loop in which connections are announced, and learn that they are lost
GRACE = 0.02  # seconds that a request in progress has left when the server is told to stop


class Server(uvicorn.Server):
    """Serves a fake on a bound socket until `stop` is called, from any thread.

    uvicorn looks ten times a second whether it should stop, and then waits in steps of as much.
    This one waits for an event and cuts what is still open.
    """

    def __init__(self, gateway: Gateway, listener: socket.socket) -> None:
        config = uvicorn.Config(
            partial(droppable, gateway),
            access_log=False,
            log_config=None,
            log_level="error",
            lifespan="off",
            server_header=False,
            interface="asgi3",
            proxy_headers=False,
            timeout_keep_alive=75,
            ws="none",
            http=_protocol(gateway),
        )
        super().__init__(config)
        self._listener = listener
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    def run_until_stopped(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve in this thread; `ready` is called once requests are answered."""
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(self._serve_until_stopped(ready))

    def stop(self) -> None:
        """Make `run_until_stopped` return. Can be called more than once, before and after too."""
        self._stopping = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: it has stopped
                self._loop.call_soon_threadsafe(self._stop.set)

    async def _serve_until_stopped(self, ready: Callable[[], None]) -> None:
        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup(sockets=[self._listener])
        await self.on_tick(0)
        ready()
        while not (self._stopping or self._stop.is_set()):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 1)
            await self.on_tick(0)  # the Date header
        await self._cut()

    async def _cut(self) -> None:
        # Before the servers are closed: asyncio forgets what it has accepted and not announced.
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().remove_reader(self._listener)
        for _ in range(ROUNDS):
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        self._listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        tasks = set(self.server_state.tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)
        # What was accepted just now is announced in one of the next rounds of the loop.
        for _ in range(ROUNDS):
            for connection in list(self.server_state.connections):
                transport: Any = getattr(connection, "transport", None)
                if transport is not None:
                    transport.abort()
            await asyncio.sleep(0)
        late = {task for task in self.server_state.tasks if not task.done()}
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # asyncio's own
        return None
    return uvloop.new_event_loop


def _protocol(gateway: Gateway) -> Any:
    try:
        from amigo_mock.server.uvicorn_protocol import protocol
    except ImportError:  # without httptools, uvicorn reads requests in Python
        return "auto"
    return protocol(gateway)


async def droppable(gateway: Gateway, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request, and cut the connection where that is the answer."""
    # Starlette takes longer to import than all of the rest, and most requests go the fast path.
    from amigo_mock.server.asgi import serve

    try:
        await serve(gateway, scope, receive, send)
    except Dropped:
        # uvicorn has no word for this: it would answer 500. Its `send` knows the transport.
        cycle: Any = getattr(send, "__self__", None)
        cycle.transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass
    except asyncio.CancelledError:
        pass  # the server has cut the connection: there is nobody to answer
