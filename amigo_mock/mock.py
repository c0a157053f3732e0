"""AmigoMock: one running fake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack
from urllib.parse import quote

from amigo_mock.engine.backend import Backend, Snapshot
from amigo_mock.errors import MockError, unknown
from amigo_mock.local import LocalBackend
from amigo_mock.names import nearest
from amigo_mock.settings import Settings, SettingsKeywords
from amigo_mock.state.switch import Switch
from amigo_mock.testing.actor import Actor, granted
from amigo_mock.testing.controls import MockControls
from amigo_mock.testing.environ import sdk_variables
from amigo_mock.world.documents.document import USER
from amigo_mock.world.identity import Identity
from amigo_mock.world.records import Grant, User

if TYPE_CHECKING:
    import httpx2
    from starlette.applications import Starlette


class AmigoMock(MockControls, Switch):
    """A fake of the Amigo Classic API in this process.

    `with AmigoMock(strict=True) as mock:` serves it on a free port, from a thread, until the block
    ends. The keywords are the fields of `Settings`; raises `MockError` for one that is wrong.
    """

    def __init__(
        self, over: Settings | Backend | None = None, /, **given: Unpack[SettingsKeywords]
    ) -> None:
        if over is not None and given:
            raise TypeError("give settings or keywords, not both")
        if over is None or isinstance(over, Settings):
            over = LocalBackend(over or Settings.of(**given))
        self._backend: Backend = over
        super().__init__(over.fake)
        self._numbers = count(1)
        self._parsed: tuple[str, httpx2.URL] | None = None

    @classmethod
    def at(
        cls,
        url: str,
        control_token: str | None = None,
        *,
        settings: Settings | None = None,
        organization: str | None = None,
    ) -> AmigoMock:
        """The same over a fake that runs elsewhere, in an organization of its own there.

        It is made at the start and deleted at the end, and shares nothing with others on that
        server; what `settings` do not say is as the server was made with. Without an id for the
        organization there it gets one. `control_token` is that of the server, if it has one; the
        settings may have it too. Clients always go over the socket, and listeners of the journal
        are called when it is read. `start` raises `MockError` where no fake answers.
        """
        from amigo_mock.remote.backend import RemoteBackend

        return cls(RemoteBackend(url, control_token, settings, organization))

    # Running

    def start(self) -> Self:
        """Bind a port; a server answers there from the first connection on.

        Raises `MockError` if the address cannot be had or the state file is broken.
        """
        self._backend.start()
        return self

    def stop(self) -> None:
        """Stop serving: connections are cut, the port is free, the thread has ended.

        A fake that runs elsewhere goes on, without the organization that was made there. Raises
        `MockError` if the state file cannot be written any more.
        """
        self._backend.stop()

    def renew(self, settings: Settings, *, record: bool = False) -> None:
        """Start what was stopped, and start over as `configure` does.

        Over a fake that runs elsewhere it gets a new organization there. Nobody listens to its
        journal any more. `record` notes what a capsule needs from the start.
        """
        self.requests.unsubscribe_all()
        self._backend.renew(settings, record=record)
        self.faker_seed = settings.random_seed

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # Reaching it

    @property
    def app(self) -> Starlette:
        """The application, to be served by another server.

        A state file is held from here on until that server ends, or until `stop`. Raises
        `MockError` if it cannot be used, and `RuntimeError` for a fake that runs elsewhere.
        """
        return self._backend.app

    @property
    def url(self) -> str:
        """The address, without a trailing slash. Raises `RuntimeError` while it is not running."""
        if not self._backend.url:
            raise RuntimeError(
                "AmigoMock is not running: use 'with AmigoMock() as mock' or start()"
            )
        return self._backend.url

    @property
    def env(self) -> Mapping[str, str]:
        """The environment variables that the official SDK reads."""
        return self._env(None)

    def _env(self, user: str | None) -> Mapping[str, str]:
        identity = self._fake.first()
        key = next(iter(identity.api_keys.values()), None)
        return sdk_variables(
            self.url,
            identity.id,
            user or next(iter(identity.users), USER),
            (key.id, key.key.get_secret_value()) if key else None,
        )

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
        found: Identity | None
        if organization:
            found = self._fake.identity(organization)
        else:
            found = self._fake.first()
            organization = found.id
        first = next(iter(found.users), USER) if found else USER
        return self._fake.token(organization, user or first, expires_in)

    def client(
        self, user: str | None = None, *, in_process: bool = False, **options: Any
    ) -> httpx2.Client:
        """An HTTP client that is signed in, for paths that begin with `/v1/`. Close it.

        `in_process` reaches the application without a socket. `options` are those of
        `httpx2.Client`.
        """
        import httpx2

        transport = self._backend.transport(in_process)
        return httpx2.Client(**{"transport": transport, **self._client_options(user, options)})

    def async_client(
        self, user: str | None = None, *, in_process: bool = False, **options: Any
    ) -> httpx2.AsyncClient:
        """As `client`, for asyncio and trio."""
        import httpx2

        transport = self._backend.async_transport(in_process)
        return httpx2.AsyncClient(**{"transport": transport, **self._client_options(user, options)})

    def _client_options(self, user: str | None, options: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token(user)}"}
        if given := options.get("headers"):
            headers |= dict(given)
        return {"base_url": self._base_url(), "trust_env": False, **options, "headers": headers}

    def _base_url(self) -> httpx2.URL:
        """The address as clients have it, which is parsed once and not for each of them."""
        import httpx2

        address = f"{self.url}/"
        if self._parsed is None or self._parsed[0] != address:
            self._parsed = address, httpx2.URL(address)
        return self._parsed[1]

    def path(self, operation: str, **parameters: str) -> str:
        """The path of an operation in the first organization, or in `organization=` if given.

        Raises `MockError` for an operation or a parameter that does not exist, naming the nearest,
        and for a parameter that was not said.
        """
        catalog = self._fake.catalog
        found = catalog.operation(operation)
        if found is None:
            raise unknown("operation", operation, catalog.operations)
        given = {"organization": self.organization, **parameters}
        for name in given:
            if name not in found.slots:
                hint = nearest(name, found.slots)
                raise MockError(f"the path of {operation!r} has no {name!r}{hint}")
        for name in found.slots:
            if name not in given:
                raise MockError(f"say which {name!r} the path of {operation!r} is to have")
        return found.path.format(**{name: quote(text, "") for name, text in given.items()})

    def as_user(
        self, id: str | None = None, *, grants: Iterable[Grant | Mapping[str, Any] | str]
    ) -> Actor:
        """A user of the first organization with just these grants, made or replaced.

        A grant is as the API has it, or the name of a permission. Raises `MockError` for one that
        is neither.
        """
        self.check_writable()
        actor = Actor(self, id or f"user-{next(self._numbers)}", self._env)
        self._fake.put_user(self.organization, User(id=actor.id, grants=granted(grants)))
        return actor

    def configure(self, settings: Settings) -> None:
        """Start over as a fake that was made with these settings.

        Raises `MockError`, and changes nothing, for those that are decided where it is served.
        """
        self._fake.configure(settings)
        self.faker_seed = settings.random_seed

    def snapshot(self) -> Snapshot:
        """The world as it is, for `restore`. Takes microseconds, however much it holds."""
        return self._backend.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """The world as it was; clock, limits, faults and journal stay."""
        self._backend.restore(snapshot)

    @property
    def in_server_thread(self) -> bool:
        """True in the thread that answers over the socket."""
        return self._backend.in_server_thread

    def __repr__(self) -> str:
        return f"<AmigoMock {self._backend.url or 'not running'}>"
