"""Fake: everything that one fake knows, in one place, for the app, the levers and AmigoMock."""

from __future__ import annotations

from threading import RLock
from typing import Any

from amigo_mock.access import Access, Caller
from amigo_mock.clock import Clock
from amigo_mock.errors import MockError, nearest
from amigo_mock.faults import Faults
from amigo_mock.journal import Journal
from amigo_mock.limits import RateLimits
from amigo_mock.outcomes import Outcomes
from amigo_mock.records import Grant
from amigo_mock.resources import DOWNLOADS, KINDS, OPERATIONS
from amigo_mock.settings import Settings
from amigo_mock.world import Identity, Snapshot, World
from amigo_mock.worlds import default, dump, fill, read


class Fake:
    """The state of one fake. `lock` is held by whoever reads or changes it in one piece."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.lock = RLock()
        start = self.settings.clock.timestamp() if self.settings.clock else None
        self.clock = Clock(start)
        self.access = Access(
            self.settings.signing_key.get_secret_value(), self.settings.token_lifetime
        )
        self.limits = RateLimits()
        named = (operation.id for operation in (*OPERATIONS, *DOWNLOADS))
        self.faults = Faults(self.clock, named)
        self.outcomes = Outcomes(lambda: self.world)
        self.journal = Journal(self.settings.journal_size, self.settings.journal_body_size)
        self.maintenance = False
        self.set_limits(self.settings.limits)
        self.limits.enabled = self.settings.rate_limits is not False
        self.world = self._make(self.settings.seed)
        self._worlds = 1
        self._start = self.world.snapshot()

    def set_limits(self, limits: dict[str, int]) -> None:
        """Change the limits a minute of some operations.

        Raises `MockError`, and changes nothing, for an operation that has no limit to change.
        """
        known = {operation.id for operation in OPERATIONS if operation.rate_limit}
        for name, limit in limits.items():
            if name not in known:
                raise MockError(f"there is no limit on {name!r}{nearest(name, known)}")
            if limit < 0:
                raise MockError(f"the limit on {name!r} cannot be {limit}: say 0 or more")
        self.limits.limits.update(limits)

    def grants(self, caller: Caller | None) -> tuple[Grant, ...]:
        """What a caller may do; nobody may do nothing."""
        user = caller and self.world.user(caller.organization, caller.user)
        return user.grants if user else ()

    def token(self, organization: str, user: str, expires_in: float | None = None) -> str:
        """A token without a sign-in. Raises `MockError` if there is no such user."""
        if self.world.user(organization, user) is None:
            raise MockError(f"there is no user {user!r} in organization {organization!r}")
        lifetime = self.access.lifetime if expires_in is None else expires_in
        return self.access.issue(organization, user, self.clock.now(), lifetime)

    def first(self) -> Identity:
        """The first organization, which is meant when none is named.

        Raises `MockError` if there is none.
        """
        for organization in self.world:
            return organization.identity
        raise MockError("the world has no organization; give it one, or reset it")

    @property
    def revision(self) -> tuple[int, ...]:
        """A value that differs after every change of the world."""
        return (self._worlds, *self.world.revision)

    def seed(self, world: Any) -> None:
        """Start over from a world, which a reset then comes back to.

        `world` is a path, or the document itself. Raises `MockError`, and changes nothing, if it
        is broken.
        """
        self.put_state(world)
        self._start = self.world.snapshot()

    def put_state(self, world: Any) -> None:
        """Replace the world, as `seed` does, but leave the start as it is."""
        made = self._make(world)
        with self.lock:
            self.world = made
            self._worlds += 1

    def state(self) -> bytes:
        """The whole world as one JSON document."""
        with self.lock:
            for organization in self.world:
                organization.settle(self.clock.datetime())
            return dump(self.world)

    def snapshot(self) -> Snapshot:
        """The world as it is, for `restore`."""
        with self.lock:
            return self.world.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """The world as it was; clock, limits, faults and journal stay."""
        with self.lock:
            self.world.restore(snapshot)

    def reset(self) -> None:
        """Everything as at the start: world, clock, limits, faults, outcomes, journal and all."""
        with self.lock:
            self.world.restore(self._start)
            self.clock.reset()
            self.limits.reset()
            self.limits.limits = self.settings.limits.copy()
            self.limits.enabled = self.settings.rate_limits is not False
            self.faults.clear()
            self.outcomes.clear()
            self.maintenance = False
            self.journal.clear()

    def _make(self, source: Any) -> World:
        world = World(KINDS, self.settings.random_seed)
        document = default(self.settings.permissions) if source is None else read(source)
        fill(world, document, self.clock.datetime())
        return world
