"""The world: organizations with their users, keys and collections, and the ids of it all.

A world knows no resource either: it is made from kinds, and the world format (a YAML or JSON
document) is read and written through what each kind says of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from amigo_mock.world.collection import Collection
from amigo_mock.world.ids import IdSeries, IdsSnapshot
from amigo_mock.world.kind import Kind
from amigo_mock.world.records import ApiKey, Stored, User, Version
from amigo_mock.world.storage.table import Table

R = TypeVar("R", bound=Stored)
V = TypeVar("V", bound=Version | None)

Kinds = Mapping[str, Kind[Any, Any]]  # by name, in the order in which a world is read
Records = Collection[Any, Any]


@dataclass(frozen=True)
class Identity:
    """What an organization is apart from its records. Replaced whole when it changes."""

    id: str
    name: str
    preferred_language: str | None = None
    timezone: str | None = None
    users: Mapping[str, User] = field(default_factory=dict)
    api_keys: Mapping[str, ApiKey] = field(default_factory=dict)


class Organization:
    """One organization: who it is, and a collection of each kind.

    A collection is made when it is first asked for; `begin` puts into it what was always there.
    """

    def __init__(
        self, identity: Identity, kinds: Kinds, begin: Callable[[Records], None] | None = None
    ) -> None:
        self.identity = identity
        self._changes = 0
        self._kinds = kinds
        self._begin = begin
        self._collections: dict[str, Records] = {}
        self._beginnings: dict[str, Table] = {}

    @property
    def id(self) -> str:
        """As it stands in paths."""
        return self.identity.id

    def collection(self, kind: Kind[R, V]) -> Collection[R, V]:
        """Its records of one kind."""
        return self.named(kind.name)

    def named(self, kind: str) -> Records:
        """Its records of the kind of this name."""
        found = self._collections.get(kind)
        if found is None:
            found = Collection(self._kinds[kind])
            if self._begin is not None:
                self._begin(found)
            self._collections[kind], self._beginnings[kind] = found, found.snapshot()
        return found

    def collections(self) -> Iterator[Records]:
        """All of its records, kind by kind."""
        return (self.named(kind) for kind in self._kinds)

    def refers(self, kind: str, id: str) -> bool:
        """Whether a live record uses what has this id among the kind of this name."""
        # A collection that nobody has asked for yet uses nothing that anybody could delete.
        return any(
            collection.any_live(kind, id)
            for collection in self._collections.values()
            if kind in collection.kind.references
        )

    def settle(self, now: datetime) -> None:
        """Let time pass for what it still makes a difference to."""
        for collection in self.collections():
            collection.settle(now)

    @property
    def revision(self) -> int:
        """Grows with every change."""
        return self._changes + sum(found.changes for found in self._collections.values())

    def snapshot(self) -> dict[str, Table]:
        """Its records as they are now, for `restore`."""
        return {name: found.snapshot() for name, found in self._collections.items()}

    def restore(self, tables: Mapping[str, Table]) -> None:
        """Its records as `snapshot` saw them; what it did not see was as it began."""
        for name, found in self._collections.items():
            found.restore(tables.get(name, self._beginnings[name]))

    def put_user(self, user: User) -> None:
        """Add a user, or replace the one with that id."""
        users = {**self.identity.users, user.id: user}
        self.identity = replace(self.identity, users=users)
        self._changes += 1


@dataclass(frozen=True)
class WorldSnapshot:
    """A world as it was."""

    organizations: Mapping[str, tuple[Organization, Identity, Mapping[str, Table]]]
    ids: IdsSnapshot


class World:
    """Everything that requests read and change."""

    def __init__(self, kinds: Kinds, seed: int = 0) -> None:
        self.kinds = kinds
        self.ids = IdSeries(seed)
        self._replaced = 0
        self._organizations: dict[str, Organization] = {}

    def __contains__(self, organization: object) -> bool:
        return organization in self._organizations

    def __iter__(self) -> Iterator[Organization]:
        return iter(self._organizations.values())

    def organization(self, id: str) -> Organization | None:
        """The organization with this id."""
        return self._organizations.get(id)

    def user(self, organization: str, user: str) -> User | None:
        """A user of an organization."""
        found = self._organizations.get(organization)
        return found.identity.users.get(user) if found else None

    @property
    def revision(self) -> tuple[int, ...]:
        """A value that differs after every change."""
        return (self._replaced, *(organization.revision for organization in self))

    def put(self, organization: Organization) -> None:
        """Add an organization, or replace the one with that id."""
        self._organizations[organization.id] = organization
        self._replaced += 1

    def snapshot(self) -> WorldSnapshot:
        """The whole state, for `restore`. Costs microseconds, however much the world holds."""
        return WorldSnapshot(
            {
                organization.id: (organization, organization.identity, organization.snapshot())
                for organization in self
            },
            self.ids.snapshot(),
        )

    def copy(self) -> World:
        """A world that stays as this one is now.

        Nothing in it is left for later: that would be done to this world, whenever it were.
        """
        for organization in self:
            for collection in organization.collections():
                collection.complete()
        twin = World(self.kinds)
        for _, identity, tables in self.snapshot().organizations.values():
            copy = Organization(identity, self.kinds)
            for kind, table in tables.items():
                copy.named(kind).restore(table)
            twin.put(copy)
        return twin

    def restore(self, snapshot: WorldSnapshot) -> None:
        """Back to what `snapshot` saw."""
        restored: dict[str, Organization] = {}
        for id, (organization, identity, tables) in snapshot.organizations.items():
            organization.identity = identity
            organization.restore(tables)
            restored[id] = organization
        self._organizations = restored
        self.ids.restore(snapshot.ids)
        self._replaced += 1
