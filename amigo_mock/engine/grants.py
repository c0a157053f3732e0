"""Grants checked: a permission that there is not would never be missed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from amigo_mock.operations.catalog import Catalog
from amigo_mock.world.records import Grant, User
from amigo_mock.world.records.identity import Role
from amigo_mock.world.world import Organization


class GrantCheck:
    """Raises `MockError`, naming the nearest, for a grant of a permission that there is not."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def organization(self, organization: Organization, where: str = "") -> None:
        """Check the users and roles that an organization was given."""
        for kind, record in organization.granting():
            self.record(record, f"{where}organization {organization.id!r}: {kind}:")

    def record(self, record: Any, where: str) -> None:
        """Check the grants of a user or a role, if it is one."""
        if isinstance(record, User):
            self.each(record.grants, f"{where} {record.id!r}")
        elif isinstance(record, Role):
            self.each(record.permission_grants, f"{where} {record.name!r}")

    def each(self, grants: Iterable[Grant], where: str) -> None:
        """Check grants, which `where` tells of."""
        for grant in grants:
            self._catalog.check_permission(grant.permission_name, where)
