"""Fake: everything that one fake knows, for the API, the control API and AmigoMock."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from amigo_mock.engine.backend import Storage
from amigo_mock.engine.grants import GrantCheck
from amigo_mock.engine.races import LocalRaces
from amigo_mock.engine.snapshots import Snapshots
from amigo_mock.engine.start import Scripted, Start, StartCache, check_serving, start_time
from amigo_mock.errors import MockError
from amigo_mock.names import among
from amigo_mock.operations.catalog import Catalog
from amigo_mock.settings import Settings
from amigo_mock.state.access import Access, Caller, grants_in
from amigo_mock.state.clock import LocalClock
from amigo_mock.state.faults import LocalFaults
from amigo_mock.state.journal import LocalJournal
from amigo_mock.state.limits import LocalRateLimits
from amigo_mock.state.maintenance import Maintenance
from amigo_mock.state.scripts import Scripts
from amigo_mock.world.documents import document as documents
from amigo_mock.world.documents import seeding
from amigo_mock.world.documents.document import Document, default, dump, read
from amigo_mock.world.identity import Identity
from amigo_mock.world.records import Grant, User
from amigo_mock.world.world import Organization, World, WorldSnapshot

if TYPE_CHECKING:
    from amigo_mock.engine.recording.recorder import Recorder


class Fake:
    """The state of one fake. `lock` is held by whoever reads or changes it in one piece."""

    forks = False

    def __init__(self, catalog: Catalog, settings: Settings | None = None) -> None:
        self.catalog = catalog
        self.lock = RLock()
        self.clock = LocalClock()
        self.limits = LocalRateLimits(catalog.limit, catalog.operations, self.clock)
        self.faults = LocalFaults(self.clock, catalog.operations)
        self.journal = LocalJournal(0, 0, catalog.operations, lambda: catalog.secrets)
        self._worlds = 0
        self.scripts = Scripts(catalog.scripts, lambda: self.world)
        self.check_grants = GrantCheck(catalog)
        self._starts = StartCache(
            catalog.kinds, self.scripts, self._document, self.check_grants.mistakes
        )
        self.maintenance = Maintenance()
        self.races = LocalRaces(catalog.operations)
        self.recorder: Recorder | None = None
        self.troubles: dict[str, str] = {}  # why a part of it has ended, by part
        self.resets = 0  # a request that came before one belongs to the past
        self.streams: WeakSet[Generator[Any, None, None]] = (
            WeakSet()
        )  # the answers that have not ended
        self.storage: Storage | None = None
        self._snapshots = Snapshots()
        self.settings = self.base = settings or Settings()
        self._set_up(self.settings)
        self.reset()
        self.clock.changed = self.scripts.changed = self.commit

    def configure(self, settings: Settings) -> None:
        """Start over as a fake that was made with these settings.

        Raises `MockError`, and changes nothing, for what is decided where the fake is served.
        """
        check_serving(self.settings, settings)
        with self.lock:
            if settings is self.settings:
                self._start = self._original
                self.replace(self._start.world)
            else:
                self._set_up(settings)
            self.reset()

    def _set_up(self, settings: Settings) -> None:
        self.limits.check(settings.limits)
        self.check_grants.each(settings.permissions or (), "setting 'permissions'")
        start = self._starts.of(settings)
        access = Access(settings.signing_key.get_secret_value(), settings.token_lifetime)
        # Nothing raises an error from here on, so that no half of it is ever in place.
        self._start = self._original = start
        self.replace(start.world)
        self.access = access
        self.settings = settings
        self.clock.start = start_time(settings)
        self.journal.resize(settings.journal_size, settings.journal_body_size)

    def replace(self, world: World) -> None:
        """Go on with another world."""
        self.world = world
        self._worlds += 1

    def commit(self) -> None:
        """Have what changed kept, where it is. Raises `StateError`, and undoes it, if it cannot."""
        if self.storage is not None:
            with self.lock:
                self.storage.commit()

    def _document(self, source: Any, settings: Settings) -> Document:
        """The document of a world: what `source` is or names, or without one the default."""
        return Document(default(settings.permissions)) if source is None else read(source)

    def grants(self, caller: Caller | None, organization: Organization) -> tuple[Grant, ...]:
        """The grants of a caller in an organization; none without a caller."""
        home = self.world.organization(caller.organization) if caller else None
        if caller is None or home is None:
            return ()
        return grants_in(organization.id, caller, home.grants(caller.user))

    def token(self, organization: str, user: str, expires_in: float | None = None) -> str:
        """A token without a sign-in. Raises `MockError` if there is no such user."""
        if self.world.user(organization, user) is None:
            found = self.world.organization(organization)
            if found is None:
                raise self._no_organization(organization)
            hint = among(user, found.identity.users)
            raise MockError(f"there is no user {user!r} in organization {organization!r}{hint}")
        now = self.clock.now()
        if expires_in is None:
            return self.access.lend(organization, user, now)
        return self.access.issue(organization, user, now, expires_in)

    def _no_organization(self, id: str) -> MockError:
        hint = among(id, (known.id for known in self.world))
        return MockError(f"there is no organization {id!r}{hint}")

    def first(self) -> Identity:
        """The first organization, which is meant when none is named. Every world has one."""
        return next(iter(self.world)).identity

    def identity(self, organization: str) -> Identity | None:
        """The name, users and keys of an organization, if it is there."""
        found = self.world.organization(organization)
        return found.identity if found else None

    @property
    def revision(self) -> tuple[int, ...]:
        """A value that differs after every change of the world."""
        return (self._worlds, *self.world.revision)

    def seed(self, world: Any) -> None:
        """Start over from a world, which a reset then comes back to.

        `world` is a path, or the document itself. Raises `MockError`, and changes nothing, if it
        is broken.
        """
        with self.lock:
            scripts = self.put_state(world)
            self._start = Start(self.world, self.world.snapshot(), scripts or {})

    def put_user(self, organization: str, user: User) -> None:
        """Add a user to an organization, or replace the one with that id.

        Raises `MockError` if there is no such organization or permission.
        """
        self.check_grants.record(user, "user")
        with self.lock:
            found = self.world.organization(organization)
            if found is None:
                raise self._no_organization(organization)
            found.put_user(user)
            self.commit()

    def add_records(
        self,
        organization: str,
        kind: str,
        records: Sequence[Mapping[str, Any]],
        *,
        numbered: bool = False,
        needed: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> list[dict[str, Any]]:
        """Add records to an organization, each as a world has it; answers them filled in.

        `numbered` gives a name that is taken a number instead of refusing it; `needed` are records
        of other kinds, by kind, that are added before. Raises `MockError`, and adds nothing, if one
        of them all is broken or there is no such organization or kind.
        """
        with self.lock:
            now = self.clock.datetime()
            made = seeding.add_records(
                self.world,
                organization,
                kind,
                records,
                now,
                numbered=numbered,
                needed=needed,
                check=self.check_grants.record,
            )
            self.commit()
            return made

    def records(self, organization: str, kind: str, id: str | None = None) -> list[dict[str, Any]]:
        """The records of an organization, deleted ones too, each as a world has it; or just one.

        Raises `MockError` if there is no such organization or kind.
        """
        with self.lock:
            return documents.records(self.world, organization, kind, id)

    def put_state(self, world: Any) -> Scripted | None:
        """Replace the world, as `seed` does, but leave the start as it is.

        The scripts stay unless the document carries some, which are answered.
        """
        made, scripts = self._starts.read(world, self.settings, self.clock.datetime())
        with self.lock:
            self.replace(made)
            if scripts is not None:
                self.scripts.restore(scripts)
            self.commit()
        return scripts

    def state(self) -> bytes:
        """The whole world with its scripts as one JSON document."""
        with self.lock:
            for organization in self.world:
                organization.settle(self.clock.datetime())
            return dump(self.world, self.scripts.document())

    def snapshot(self) -> WorldSnapshot:
        """The world as it is, for `restore`."""
        with self.lock:
            return self.world.snapshot()

    def restore(self, snapshot: WorldSnapshot) -> None:
        """The world as it was; clock, limits, faults and journal stay."""
        with self.lock:
            self.world.restore(snapshot)
            self.commit()

    def keep(self) -> int:
        """Take a snapshot, and keep it under a number."""
        with self.lock:
            return self._snapshots.keep(self.world.snapshot())

    def restore_kept(self, number: int) -> None:
        """As `restore`, of a snapshot with a number. Raises `MockError` if it is not kept."""
        with self.lock:
            self.restore(self._snapshots.take(number))

    def record(self, enabled: bool = True) -> None:
        """Note what a capsule needs, anew from here on; or no longer."""
        # Its models take long to import, and most fakes record nothing.
        from amigo_mock.engine.recording.recorder import Recorder

        with self.lock:
            self.recorder = Recorder(self) if enabled else None

    def capsule(self, test: str = "", random_seed: Any = None) -> dict[str, Any]:
        """All that was noted, as a capsule's file has it.

        `test` names the test, `random_seed` (JSON) is what chance in it began with. Raises
        `MockError` if nothing is recorded.
        """
        if self.recorder is None:
            raise MockError("nothing is recorded: turn recording on first")
        return self.recorder.capsule(test, random_seed).document()

    def unused(self) -> list[str]:
        """A sentence for each fault that never hit and each race that went otherwise."""
        idle = [armed.never_hit for armed in self.faults if not armed.hits]
        return idle + [armed.trouble for armed in self.races if armed.trouble]

    def reset(self) -> None:
        """Everything as at the start: world, clock, limits, faults, scripts, journal and all.

        What was asked before and still waits changes nothing any more: it is cut.
        """
        with self.lock:
            self.resets += 1
            while self.streams:  # before the world is another one, which they know nothing of
                self.streams.pop().close()
            self.world.restore(self._start.snapshot)
            self.scripts.restore(self._start.scripts)
            self.clock.reset()
            self.commit()
            self.limits.reset()
            self.limits.replace(self.settings.limits)
            self.limits.enabled = self.settings.rate_limits is not False
            self.faults.clear()
            self.races.clear()
            self.maintenance.enabled = False
            self.journal.restart()
