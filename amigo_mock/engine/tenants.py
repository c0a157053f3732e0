"""Tenants: fakes inside of a fake, each with an organization of its own and everything else too.

Parallel runs against one server take a tenant each, and never meet: not in the world, nor in clock,
limits, faults, maintenance, journal or settings.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from itertools import count
from threading import Lock
from typing import Any

from amigo_mock.engine.fake import Fake
from amigo_mock.engine.http.routing import Routes
from amigo_mock.engine.start import check_serving
from amigo_mock.errors import MockError
from amigo_mock.names import nearest
from amigo_mock.settings import Settings
from amigo_mock.world.documents.document import Document
from amigo_mock.world.documents.json_reader import JsonList

MOST = 1000  # tenants at a time; whoever opens one more drops the one that was idle longest

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Tenant(Fake):
    """A fake whose only organization has a given id, whatever world it is given."""

    def __init__(self, organization: str, landlord: Fake, settings: Settings) -> None:
        check_serving(landlord.base, settings)
        self.home = organization
        self.used = 0  # when it was used last, as a number that grows
        super().__init__(landlord.catalog, settings)
        self.base = landlord.base
        # The access log of the server has the requests of its tenants as well.
        self.journal.listeners = landlord.journal.listeners

    def _document(self, source: Any, settings: Settings) -> Document:
        return renamed(super()._document(source, settings), self.home, self.catalog.kinds)


class Tenants:
    """The tenants of a fake, by the id of their organization."""

    def __init__(self, landlord: Fake) -> None:
        self.fakes: dict[str, Tenant] = {}
        self.routes = Routes(landlord)
        self.landlord = landlord
        self._uses = count(1)
        self._lock = Lock()
        self._roots = frozenset(path.split("/", 2)[1] for _, path in landlord.catalog.paths)

    def open(
        self, organization: str | None, given: Mapping[str, Any], replaces: str | None = None
    ) -> Tenant:
        """A new tenant, with these settings and for the rest those that the server was made with.

        Without an id it gets one. The tenant that it `replaces` goes when it comes. Raises
        `MockError` for an id that is taken or none, for settings that are wrong, and for a world
        of more than one organization.
        """
        with self._lock:
            # Not from a seed: a server that was started anew must not give an id to somebody that
            # somebody else still goes by.
            id = f"tenant-{os.urandom(8).hex()}" if organization is None else organization
            if id != replaces:
                self._check_free(id)
            tenant = Tenant(id, self.landlord, overlaid(self.landlord.base, given))
            tenant.used = next(self._uses)
            if replaces is not None:
                self.fakes.pop(replaces, None)
            if len(self.fakes) >= MOST:
                del self.fakes[min(self.fakes, key=lambda idle: self.fakes[idle].used)]
            self.fakes[id] = tenant
            return tenant

    def close(self, organization: str) -> bool:
        """Forget a tenant, and say whether there was one with this id."""
        with self._lock:
            return self.fakes.pop(organization, None) is not None

    def get(self, organization: str) -> Tenant | None:
        """The tenant with this id, which is in use now."""
        tenant = self.fakes.get(organization)
        if tenant is not None:
            tenant.used = next(self._uses)
        return tenant

    def of(self, path: str) -> Fake:
        """The fake that answers a request, found by the organization in its path."""
        if not self.fakes:
            return self.landlord
        _, root, organization, *_ = *path.split("/", 3), "", "", ""
        return (self.get(organization) if root in self._roots else None) or self.landlord

    def check(self, fake: Fake, organization: object) -> None:
        """Raise `MockError` if an organization with this id cannot be put into a fake."""
        if isinstance(fake, Tenant) and organization != fake.home:
            raise MockError(
                f"a tenant has no organization but its own: {fake.home!r}, not {organization!r}"
            )
        if fake is self.landlord and isinstance(organization, str) and organization in self.fakes:
            raise MockError(f"{organization!r} is the organization of a tenant")

    def check_world(self, fake: Fake, world: Mapping[str, Any]) -> None:
        """Raise `MockError` if a world has the organization of a tenant and is for another fake."""
        found = world.get("organizations")
        if fake is not self.landlord or not isinstance(found, list):
            return  # whatever it is called in a tenant's world, it gets the tenant's id
        for organization in found:
            self.check(fake, organization.get("id") if isinstance(organization, dict) else None)

    def _check_free(self, organization: str) -> None:
        if not _ID.fullmatch(organization):
            raise MockError(
                f"organization {organization!r}: the id of a tenant is up to 100 letters, digits "
                "and . _ -, a letter or digit first"
            )
        if organization in self.fakes:
            raise MockError(f"there is a tenant {organization!r} already")
        if organization in self.landlord.world:
            raise MockError(f"there is an organization {organization!r} already, no tenant")


def missing(organization: str) -> str:
    """The sentence about a tenant that is not there."""
    return (
        f"there is no tenant {organization!r}: it was deleted, or dropped as the one of {MOST} "
        "that was idle longest, or the server was started anew"
    )


def overlaid(base: Settings, given: Mapping[str, Any]) -> Settings:
    """The settings with some of them as given. Raises `MockError` as `Settings.of` does."""
    for name in given:
        if name not in Settings.model_fields:
            raise MockError(f"unknown setting {name!r}{nearest(name, Settings.model_fields)}")
    if isinstance(given.get("seed"), str):
        raise MockError("setting 'seed': here it is the world itself, not the name of a file")
    checked = Settings.of(**given)
    return base.model_copy(update={name: getattr(checked, name) for name in given})


def renamed(given: Mapping[str, Any], organization: str, kinds: Iterable[str]) -> Document:
    """The world with this id for its only organization, and wherever a record or script names it.

    Raises `MockError` for a world of several. What is no world is left to whoever reads it.
    """
    document = given if isinstance(given, Document) else Document(given)
    found = document.get("organizations")
    if not isinstance(found, list) or not found:
        return document
    if len(found) > 1:
        raise MockError(
            f"{document.where}: organizations: there are {len(found)}, and a tenant has just one: "
            "give it a world with one"
        )
    (only,) = found
    if not isinstance(only, dict) or not isinstance(only.get("id"), str):
        return document
    own = {**only, "id": organization}
    for kind in kinds:
        records = only.get(kind)
        if isinstance(records, list | JsonList):
            own[kind] = [_moved(record, only["id"], organization) for record in records]
    whole = {**document, "organizations": [own]}
    if isinstance(document.get("scripts"), dict):
        whole["scripts"] = _limited(document["scripts"], only["id"], organization)
    return Document(whole, document.where, document.lines)


def _limited(scripts: Mapping[str, Any], before: str, after: str) -> dict[str, Any]:
    """Scripts with `after` where a value is limited to `before`."""
    return {
        name: [
            {**value, "organization": after}
            if isinstance(value, dict) and value.get("organization") == before
            else value
            for value in values
        ]
        if isinstance(values, list)
        else values
        for name, values in scripts.items()
    }


def _moved(record: Any, before: str, after: str) -> Any:
    """A record, a version or its creator, with `after` where `before` was meant."""
    if not isinstance(record, dict):
        return record
    moved = {**record}
    if moved.get("org_id") == before:
        moved["org_id"] = after
    for name in ("creator", "updated_by"):
        if name in moved:
            moved[name] = _moved(moved[name], before, after)
    if isinstance(moved.get("versions"), list):
        moved["versions"] = [_moved(version, before, after) for version in moved["versions"]]
    return moved
