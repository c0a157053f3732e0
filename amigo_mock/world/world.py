"""The world: organizations with their users, keys and collections, and the ids of it all.

A world knows no resource either: it is made from kinds, and the world format (a YAML or JSON
document) is read and written through what each kind says of itself.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any, TypeVar, cast

from amigo_mock.world.changes import Changes
from amigo_mock.world.collection import Collection
from amigo_mock.world.identity import (
    API_KEYS,
    IDENTITY_KINDS,
    ORGANIZATIONS,
    ROLES,
    USERS,
    Identity,
)
from amigo_mock.world.ids import IdSeries, IdsSnapshot
from amigo_mock.world.kind import Kind
from amigo_mock.world.records import Grant, Stored, User, Version
from amigo_mock.world.records.identity import OrganizationRecord, Role
from amigo_mock.world.storage.table import Table

R = TypeVar("R", bound=Stored)
V = TypeVar("V", bound=Version | None)

Kinds = Mapping[str, Kind[Any, Any]]  # by name, in the order in which a world is read
Records = Collection[Any, Any]


class Organization:
    """One organization: a collection of each kind, and who it is.

    A collection is made when it is first asked for; `begin` puts into it what was always there.
    What it is, its users and its API keys begin with an identity.
    """

    def __init__(
        self, identity: Identity, kinds: Kinds, begin: Callable[[Records], None] | None = None
    ) -> None:
        self.id = identity.id  # as it stands in paths
        self._beginning = self._identity = identity
        self._parts: tuple[object, ...] = ()
        self._kinds = kinds
        self._begin = begin
        self._changes: Changes | None = None
        self._collections: dict[str, Records] = {}
        self._beginnings: dict[str, Table] = {}

    @property
    def head(self) -> OrganizationRecord:
        """The record of the organization itself, as it is now."""
        return self._heads.by_id[self.id]

    @cached_property
    def _heads(self) -> Collection[OrganizationRecord, None]:
        return self.collection(ORGANIZATIONS)

    @cached_property
    def _users(self) -> Collection[User, None]:
        return self.collection(USERS)

    @property
    def identity(self) -> Identity:
        """The organization's own data, with its users and API keys, as they are now."""
        parts = self._heads.by_id, self._users.by_id, self.collection(API_KEYS).by_id
        if parts != self._parts:
            heads, users, api_keys = parts
            head = heads[self.id]
            self._identity = Identity(
                self.id, head.name, head.preferred_language, head.timezone, users, api_keys
            )
            self._parts = parts  # last: another thread may look now
        return self._identity

    def user(self, id: str) -> User | None:
        """The user with this id."""
        return self._users.by_id.get(id)

    def role(self, name: str) -> Role | None:
        """The role with this id or name."""
        roles = self.collection(ROLES)
        return roles.by_id.get(name) or roles.remember(
            "by name", lambda: {role.name: role for role in roles.by_id.values()}
        ).get(name)

    def grants(self, user: str) -> tuple[Grant, ...]:
        """The grants of a user: their own, and those of their role if they have one."""
        found = self.user(user)
        if found is None or found.role is None:
            return found.grants if found else ()
        role = self.role(found.role)
        return found.grants + role.permission_grants if role else found.grants

    def granting(self) -> Iterator[tuple[str, Stored]]:
        """The records that have grants, each after its kind; not the roles that it began with."""
        users, roles = map(self._collections.get, (USERS.name, ROLES.name))
        begun = self._beginning.users if users is None else users.by_id
        yield from ((USERS.name, user) for user in begun.values())
        yield from ((ROLES.name, role) for role in (() if roles is None else roles.by_id.values()))

    def collection(self, kind: Kind[R, V]) -> Collection[R, V]:
        """Its records of one kind."""
        found = self._collections.get(kind.name)
        return self.named(kind.name) if found is None else found

    def named(self, kind: str) -> Records:
        """Its records of the kind of this name."""
        found = self._collections.get(kind)
        if found is None:
            found = Collection(self._kinds[kind])
            for record in self._begun(kind):
                found.add(record)
            found.changes = 0
            if self._begin is not None:
                self._begin(found)
            self._collections[kind], self._beginnings[kind] = found, found.snapshot()
            self._watch(found)
        return found

    def watch(self, changes: Changes | None) -> None:
        """Have it noted from here on which records change; or no longer."""
        self._changes = changes
        for collection in self._collections.values():
            self._watch(collection)

    def _watch(self, collection: Records) -> None:
        note = None
        if self._changes is not None:
            note = partial(self._changes.note, self.id, collection.kind.name)
        collection.note = note

    def _begun(self, kind: str) -> Iterable[Any]:
        identity = self._beginning
        if kind == ORGANIZATIONS.name:
            names = ("id", "name", "preferred_language", "timezone")
            return [OrganizationRecord(**{name: getattr(identity, name) for name in names})]
        if kind == USERS.name:
            return identity.users.values()
        return identity.api_keys.values() if kind == API_KEYS.name else ()

    def collections(self) -> Iterator[Records]:
        """All of its records, kind by kind."""
        return (self.named(kind) for kind in self._kinds)

    def refers(self, kind: str, id: str) -> bool:
        """Report whether a live record refers to this id of the kind of this name."""
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
        return sum(found.changes for found in self._collections.values())

    def snapshot(self) -> dict[str, Table]:
        """Its records as they are now, for `restore`."""
        return {name: found.snapshot() for name, found in self._collections.items()}

    def restore(self, tables: Mapping[str, Table]) -> None:
        """Its records as `snapshot` saw them; what it did not see was as it began."""
        for name, found in self._collections.items():
            found.restore(tables.get(name, self._beginnings[name]))

    def put_user(self, user: User) -> None:
        """Add a user, or replace the one with that id."""
        users = self.collection(USERS)
        if user.id in users:
            users.replace(user)
        else:
            users.add(user)


@dataclass(frozen=True)
class WorldSnapshot:
    """A world as it was."""

    organizations: Mapping[str, tuple[Organization, Mapping[str, Table]]]
    ids: IdsSnapshot


class World:
    """Everything that requests read and change."""

    def __init__(self, kinds: Kinds, seed: int = 0) -> None:
        # A kind of a resource is imported when it is asked for, so they are not copied.
        self.kinds: Kinds = ChainMap(cast("dict[str, Any]", kinds), dict(IDENTITY_KINDS))
        self.ids = IdSeries(seed)
        self._replaced = 0
        self._changes: Changes | None = None
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
        return found.user(user) if found else None

    @property
    def revision(self) -> tuple[int, ...]:
        """A value that differs after every change."""
        return (self._replaced, *(organization.revision for organization in self))

    def put(self, organization: Organization) -> None:
        """Add an organization, or replace the one with that id."""
        self._organizations[organization.id] = organization
        self._replaced += 1
        if self._changes is not None:
            self.watch(self._changes)

    def watch(self, changes: Changes | None) -> None:
        """Have it noted from here on what changes, beginning with everything; or no longer."""
        self._changes = changes
        if changes is not None:
            changes.everything = True
        for organization in self:
            organization.watch(changes)

    def snapshot(self) -> WorldSnapshot:
        """The whole state, for `restore`. Costs microseconds, however much the world holds."""
        return WorldSnapshot(
            {organization.id: (organization, organization.snapshot()) for organization in self},
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
        for organization, tables in self.snapshot().organizations.values():
            copy = Organization(organization.identity, self.kinds)
            for kind, table in tables.items():
                copy.named(kind).restore(table)
            twin.put(copy)
        return twin

    def restore(self, snapshot: WorldSnapshot) -> None:
        """Back to what `snapshot` saw."""
        restored: dict[str, Organization] = {}
        for id, (organization, tables) in snapshot.organizations.items():
            organization.restore(tables)
            restored[id] = organization
        self._organizations = restored
        self.ids.restore(snapshot.ids)
        self._replaced += 1
        if self._changes is not None:
            self.watch(self._changes)
