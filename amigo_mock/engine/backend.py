"""Interfaces between `AmigoMock` and a fake that runs in this process or elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from amigo_mock.engine.races import Races
from amigo_mock.errors import MockError
from amigo_mock.operations.catalog import Catalog
from amigo_mock.settings import Settings
from amigo_mock.state.clock import Clock
from amigo_mock.state.faults import Faults
from amigo_mock.state.journal import Journal
from amigo_mock.state.limits import RateLimits
from amigo_mock.state.maintenance import Maintenance
from amigo_mock.state.scripts import ScriptStore
from amigo_mock.world.identity import Identity
from amigo_mock.world.records.identity import User

if TYPE_CHECKING:
    import httpx2
    from starlette.applications import Starlette


class Controls(Protocol):
    """The state of a fake, as tests read and change it. `Fake` itself is one."""

    @property
    def catalog(self) -> Catalog:
        """The operations and kinds that there are."""

    @property
    def settings(self) -> Settings:
        """The settings that it was made or configured with."""

    @property
    def clock(self) -> Clock:
        """The clock that everything goes by."""

    @property
    def faults(self) -> Faults:
        """The armed faults."""

    @property
    def races(self) -> Races:
        """The calls of other users in between."""

    @property
    def scripts(self) -> ScriptStore:
        """The scripted values."""

    @property
    def journal(self) -> Journal:
        """The requests and how they were answered."""

    @property
    def limits(self) -> RateLimits:
        """The rate limits."""

    @property
    def maintenance(self) -> Maintenance:
        """The switch under which every operation answers 503."""

    def first(self) -> Identity:
        """The first organization, which is meant when none is named."""

    def identity(self, organization: str) -> Identity | None:
        """The name, users and keys of an organization, if it is there."""

    def token(self, organization: str, user: str, expires_in: float | None = None) -> str:
        """A token without a sign-in. Raises `MockError` if there is no such user."""

    def put_user(self, organization: str, user: User) -> None:
        """Add a user to an organization, or replace the one with that id."""

    def add_records(
        self,
        organization: str,
        kind: str,
        records: Sequence[Mapping[str, Any]],
        *,
        numbered: bool = False,
        needed: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> list[dict[str, Any]]:
        """Add records to an organization, each as a world has it; answers them filled in."""

    def records(self, organization: str, kind: str, id: str | None = None) -> list[dict[str, Any]]:
        """The records of an organization, deleted ones too, each as a world has it; or just one."""

    def seed(self, world: Any) -> None:
        """Start over from a world, which a reset then comes back to."""

    def state(self) -> bytes:
        """The whole world as one JSON document."""

    def configure(self, settings: Settings) -> None:
        """Start over as a fake that was made with these settings."""

    @property
    def forks(self) -> bool:
        """True if a forked process can use it too."""

    @property
    def revision(self) -> tuple[int, ...]:
        """A value that differs after every change of the world, if that is known here."""

    def reset(self) -> None:
        """Go back to the start: world, clock, limits, faults, journal and all."""

    def record(self, enabled: bool = True) -> None:
        """Record what a capsule needs, anew from here on; or no longer."""

    def capsule(self, test: str = "", random_seed: Any = None) -> dict[str, Any]:
        """All that was recorded. Raises `MockError` if nothing was."""

    def unused(self) -> list[str]:
        """A sentence for each fault that never hit and each race that went otherwise."""


class Storage(Protocol):
    """The place where the state of a fake is kept."""

    @property
    def trouble(self) -> str:
        """The reason why nothing can be kept; empty if all is well."""

    def commit(self) -> None:
        """Keep what changed. Raises `StateError`, and undoes it, if that cannot be."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A world as it was. Only the `AmigoMock` that took it can restore it."""

    fake: object
    content: object

    def taken_of(self, fake: object) -> None:
        """Raise `MockError` if it was taken of another fake."""
        if self.fake != fake:
            raise MockError(
                "this snapshot was taken of another fake: "
                "it can only be restored by the AmigoMock that took it"
            )

    def __repr__(self) -> str:
        return f"<Snapshot of {self.fake}>"


class Backend(Protocol):
    """A fake that can be started, stopped and reached."""

    @property
    def fake(self) -> Controls:
        """The state of the fake."""

    @property
    def url(self) -> str:
        """Its address, without a trailing slash; empty while it is not running."""

    @property
    def app(self) -> Starlette:
        """The application. Raises `RuntimeError` where that is in another process."""

    @property
    def in_server_thread(self) -> bool:
        """True in the thread that answers over the socket."""

    def start(self) -> None:
        """Have it running. Raises `MockError` if that cannot be."""

    def stop(self) -> None:
        """End what `start` began."""

    def renew(self, settings: Settings, *, record: bool) -> None:
        """Have it running, as if it were made now with these settings."""

    def snapshot(self) -> Snapshot:
        """The world as it is, for `restore`."""

    def restore(self, snapshot: Snapshot) -> None:
        """Put the world back. Raises `MockError` for a snapshot of another fake."""

    def transport(self, in_process: bool) -> httpx2.BaseTransport:
        """The transport of a client; `in_process` asks for one that need not be closed."""

    def async_transport(self, in_process: bool) -> httpx2.AsyncBaseTransport:
        """As `transport`, for asyncio and trio."""
