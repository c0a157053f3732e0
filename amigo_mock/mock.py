"""AmigoMock: one running fake."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cached_property
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from amigo_mock.app import create_app
from amigo_mock.clock import Clock
from amigo_mock.errors import MockError
from amigo_mock.fake import Fake
from amigo_mock.faults import Faults
from amigo_mock.journal import Journal
from amigo_mock.keeper import Keeper
from amigo_mock.limits import RateLimits
from amigo_mock.outcomes import Outcomes
from amigo_mock.server import Server, bind, url
from amigo_mock.settings import Settings
from amigo_mock.world import Snapshot
from amigo_mock.worlds import KEY, KEY_ID, USER

if TYPE_CHECKING:
    import httpx2
    from starlette.applications import Starlette


class AmigoMock:
    """A fake of the Amigo Classic API in this process.

    `with AmigoMock(strict=True) as mock:` serves it on a free port, from a thread, until the block
    ends. The keywords are the fields of `Settings`; raises `MockError` for one that is wrong.
    """

    def __init__(self, settings: Settings | None = None, /, **given: Any) -> None:
        if settings is not None and given:
            raise TypeError("give settings or keywords, not both")
        self._fake = Fake(settings or Settings.of(**given))
        self._server: Server | None = None
        self._thread: Thread | None = None
        self._keeper: Keeper | None = None
        self._url = ""

    # Running

    def start(self) -> Self:
        """Bind a port and serve.

        Raises `MockError` if the address cannot be had or the state file is broken.
        """
        if self._thread is not None:
            return self
        listener = bind(self.settings.host, self.settings.port or 0)
        try:
            self._keep()
        except MockError:
            listener.close()
            raise
        self._url = url(listener)
        self._server = Server(self.app, listener)
        ready = Event()
        self._thread = Thread(
            target=self._server.run_until_stopped, args=(ready.set,), name="amigo-mock", daemon=True
        )
        self._thread.start()
        while not ready.wait(0.05):
            if not self._thread.is_alive():
                self.stop()
                raise RuntimeError("the server did not start; its error is on standard error")
        return self

    def stop(self) -> None:
        """Stop serving: connections are cut, the port is free, the thread has ended.

        Raises `MockError` if the state file cannot be written any more.
        """
        server, thread, keeper = self._server, self._thread, self._keeper
        self._server = self._thread = self._keeper = None
        self._url = ""
        if server is not None and thread is not None:
            server.stop()
            thread.join()
        if keeper is not None:
            keeper.stop()

    def _keep(self) -> None:
        if self.settings.state is not None:
            keeper = Keeper(self._fake, self.settings.state)
            keeper.start()
            self._keeper = keeper

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # Reaching it

    @property
    def settings(self) -> Settings:
        """What it was made with."""
        return self._fake.settings

    @cached_property
    def app(self) -> Starlette:
        """The application, for whoever serves it in another way."""
        return create_app(self._fake)

    @property
    def url(self) -> str:
        """Where it is, without a trailing slash. Raises `RuntimeError` when it is not running."""
        if not self._url:
            raise RuntimeError(
                "AmigoMock is not running: use 'with AmigoMock() as mock' or start()"
            )
        return self._url

    @property
    def env(self) -> Mapping[str, str]:
        """The environment variables that the official SDK reads."""
        identity = self._fake.first()
        key = next(iter(identity.api_keys.values()), None)
        return {
            "AMIGO_BASE_URL": self.url,
            "AMIGO_ORGANIZATION_ID": identity.id,
            "AMIGO_API_KEY_ID": key.id if key else KEY_ID,
            "AMIGO_API_KEY": key.key.get_secret_value() if key else KEY,
            "AMIGO_USER_ID": next(iter(identity.users), USER),
        }

    def token(
        self,
        user: str | None = None,
        *,
        organization: str | None = None,
        expires_in: float | None = None,
    ) -> str:
        """A token without a sign-in, for the first user of the first organization or these.

        `expires_in` is in seconds. Raises `MockError` if there is no such user.
        """
        where = organization or self._fake.first().id
        found = self._fake.world.organization(where)
        first = next(iter(found.identity.users), USER) if found else USER
        return self._fake.token(where, user or first, expires_in)

    def client(self, user: str | None = None, **options: Any) -> httpx2.Client:
        """An HTTP client that is signed in, for paths that begin with `/v1/`. Close it.

        `options` are those of `httpx2.Client`.
        """
        import httpx2

        transport = httpx2.HTTPTransport(verify=_no_tls(), trust_env=False)
        return httpx2.Client(**self._client_options(user, transport, options))

    def async_client(self, user: str | None = None, **options: Any) -> httpx2.AsyncClient:
        """As `client`, for asyncio and trio."""
        import httpx2

        transport = httpx2.AsyncHTTPTransport(verify=_no_tls(), trust_env=False)
        return httpx2.AsyncClient(**self._client_options(user, transport, options))

    def _client_options(
        self, user: str | None, transport: Any, options: Mapping[str, Any]
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token(user)}"}
        headers |= dict(options.get("headers") or {})
        given = {"base_url": self.url, "transport": transport, "trust_env": False, **options}
        return {**given, "headers": headers}

    # The state

    def seed(self, world: Any) -> None:
        """Start over from a world (a path or the document itself), which a reset comes back to."""
        self._fake.seed(world)

    def reset(self) -> None:
        """Everything as at the start: world, clock, limits, faults, outcomes, journal and all."""
        self._fake.reset()

    def snapshot(self) -> Snapshot:
        """The world as it is, for `restore`. Takes microseconds, however much it holds."""
        return self._fake.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """The world as it was; clock, limits, faults and journal stay."""
        self._fake.restore(snapshot)

    @property
    def clock(self) -> Clock:
        """The clock that everything goes by."""
        return self._fake.clock

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self._fake.faults

    @property
    def outcomes(self) -> Outcomes:
        """How simulation runs end that start from now on."""
        return self._fake.outcomes

    @property
    def requests(self) -> Journal:
        """What was asked and answered."""
        return self._fake.journal

    @property
    def rate_limits(self) -> RateLimits:
        """How many requests were made, and how many may be."""
        return self._fake.limits

    @property
    def maintenance(self) -> bool:
        """Whether every operation answers 503. Can be set."""
        return self._fake.maintenance

    @maintenance.setter
    def maintenance(self, enabled: bool) -> None:
        self._fake.maintenance = enabled

    def __repr__(self) -> str:
        return f"<AmigoMock {self._url or 'not running'}>"


def _no_tls() -> ssl.SSLContext:
    # A context that trusts nobody costs nothing; a client's own would read every certificate
    # authority of the machine, for a connection that has no TLS.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
