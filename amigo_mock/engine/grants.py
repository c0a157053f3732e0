"""Grants checked: a permission that there is not would never be missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from amigo_mock.errors import MockError
from amigo_mock.operations.catalog import Catalog
from amigo_mock.world.documents.mistakes import Mistake, Place
from amigo_mock.world.records import Grant, User
from amigo_mock.world.records.identity import Role
from amigo_mock.world.world import Organization


class GrantCheck:
    """Finds, naming the nearest, grants of permissions that there are not."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def mistakes(self, organization: Organization, place: Place) -> Iterator[Mistake]:
        """Those of the users and roles that an organization at a place in a world was given."""
        number: Counter[str] = Counter()
        for kind, record in organization.granting():
            field = "grants" if isinstance(record, User) else "permission_grants"
            for at, text in self._unknown(_grants(record)):
                yield Mistake(text, *place, kind, number[kind], field, at)
            number[kind] += 1

    def organization(self, organization: Organization) -> None:
        """Check the users and roles of an organization. Raises `MockError`."""
        for kind, record in organization.granting():
            self.record(record, f"organization {organization.id!r}: {kind}:")

    def record(self, record: Any, where: str) -> None:
        """Check the grants of a user or a role, if it is one. Raises `MockError`."""
        name = record.id if isinstance(record, User) else getattr(record, "name", None)
        self.each(_grants(record), f"{where} {name!r}")

    def each(self, grants: Iterable[Grant], where: str) -> None:
        """Check grants, which `where` tells of. Raises `MockError`."""
        for _, text in self._unknown(grants):
            raise MockError(f"{where}: {text}")

    def _unknown(self, grants: Iterable[Grant]) -> Iterator[tuple[int, str]]:
        """Yield the number of each grant of an unknown permission, and a sentence about it."""
        for number, grant in enumerate(grants):
            text = self._catalog.unknown_permission(grant.permission_name)
            if text is not None:
                yield number, text


def _grants(record: Any) -> Iterable[Grant]:
    if isinstance(record, User):
        return record.grants
    return record.permission_grants if isinstance(record, Role) else ()
