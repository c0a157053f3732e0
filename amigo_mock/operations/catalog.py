"""Catalog: which operations and kinds of records there are, and where they are declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from importlib import import_module
from typing import Any, Generic, TypeVar

from amigo_mock.contract.assumptions import ASSUMPTIONS, LENIENCIES
from amigo_mock.contract.catalogue import PublishedOperation
from amigo_mock.contract.fidelity import Assumption, Leniency
from amigo_mock.contract.permissions import PERMISSIONS, names_any, unknown_permission
from amigo_mock.operations.assumptions import ASSUMPTIONS as SHARED
from amigo_mock.operations.operation import Operation
from amigo_mock.state.redaction import SecretNames
from amigo_mock.state.scripts import Script
from amigo_mock.world.documents.document import OrganizationSeed
from amigo_mock.world.identity import IDENTITY_KINDS
from amigo_mock.world.kind import Kind

T = TypeVar("T")


class Catalog:
    """Operations and kinds by name. A module is imported when something in it is asked for.

    `published` are the operations of the contract, emulated or not, and `linked` those that
    answers link to, each with the full name of the module that declares it; `kinds` are the full
    names of modules by the name of the kind, in the order in which a world is read: what refers to
    others comes after them; `scripts` likewise.
    """

    def __init__(
        self,
        published: Iterable[PublishedOperation],
        kinds: Mapping[str, str],
        linked: Iterable[PublishedOperation] = (),
        scripts: Mapping[str, str] | None = None,
    ) -> None:
        self._published, self._linked = tuple(published), tuple(linked)
        self.kind_modules, self._scripts = dict(kinds), dict(scripts or {})
        rows = (*self._published, *self._linked)
        self.paths = {(row.method, row.path): row.id for row in rows}
        self.modules = {row.id: row.module for row in rows if row.module is not None}
        self.operations: Mapping[str, Operation] = _Declared(self.modules, _operation)
        self.kinds: Mapping[str, Kind[Any, Any]] = _Declared(self.kind_modules, _kind)
        self.scripts: Mapping[str, Script[Any]] = _Declared(self._scripts, _script)

    def extended(
        self,
        published: Iterable[PublishedOperation],
        kinds: Mapping[str, str],
        scripts: Mapping[str, str] | None = None,
    ) -> Catalog:
        """A catalog with resources of another package besides these."""
        return Catalog(
            (*self._published, *published),
            {**self.kind_modules, **kinds},
            self._linked,
            {**self._scripts, **(scripts or {})},
        )

    def operation(self, id: str) -> Operation | None:
        """An operation that is emulated, or that answers link to."""
        return self.operations.get(id)

    def limit(self, id: str) -> int | None:
        """Requests a minute that one caller may make of an operation, as published."""
        found = self.operations.get(id)
        return found.rate_limit.requests if found and found.rate_limit else None

    @cached_property
    def permissions(self) -> frozenset[str]:
        """The published permissions, and those of the operations. Imports every resource."""
        declared = (operation.permissions for operation in self.operations.values())
        return PERMISSIONS.union(*declared)

    def unknown_permission(self, name: str) -> str | None:
        """A sentence, with the nearest, about a name in a grant that covers nothing."""
        if names_any(name, PERMISSIONS) or names_any(name, self.permissions):
            return None
        return unknown_permission(name, self.permissions)

    def all(self) -> tuple[Operation, ...]:
        """Every operation that is emulated, as published. Imports every resource."""
        linked = {row.id for row in self._linked}
        return tuple(found for id, found in self.operations.items() if id not in linked)

    def linked(self) -> tuple[Operation, ...]:
        """Every operation that answers link to."""
        return tuple(self.operations[row.id] for row in self._linked)

    def assumptions(self) -> tuple[Assumption, ...]:
        """Those of no resource, then resource by resource. Imports every resource."""
        return (*ASSUMPTIONS, *SHARED, *self._every("ASSUMPTIONS"))

    def leniencies(self) -> tuple[Leniency, ...]:
        """Those of no resource, then resource by resource. Imports every resource."""
        return (*LENIENCIES, *self._every("LENIENCIES"))

    @cached_property
    def secrets(self) -> SecretNames:
        """The names of all secret fields. Imports every resource."""
        models: list[Any] = [OrganizationSeed, *(one.model for one in self.scripts.values())]
        for kind in (*IDENTITY_KINDS.values(), *self.kinds.values()):
            models += (kind.record, kind.version, kind.seed)
        for operation in self.operations.values():
            models += (operation.model, operation.body(), operation.response, *operation.events)
        return SecretNames.of(*models)

    def _every(self, name: str) -> Iterator[Any]:
        for module in dict.fromkeys(self.modules.values()):
            yield from getattr(import_module(module), name, ())


class _Declared(Mapping[str, T], Generic[T]):
    """Declarations by name, found in their modules; the names are known without importing any."""

    def __init__(self, modules: Mapping[str, str], find: Any) -> None:
        self._modules = modules
        self._find = find
        self._found: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = self._find(self._modules[name], name)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


def _operation(module: str, id: str) -> Operation:
    declared: tuple[Operation, ...] = import_module(module).OPERATIONS
    return next(one for one in declared if one.id == id)


def _script(module: str, name: str) -> Script[Any]:
    declared: tuple[Script[Any], ...] = import_module(module).SCRIPTS
    return next(one for one in declared if one.name == name)


def _kind(module: str, _: str) -> Kind[Any, Any]:
    kind: Kind[Any, Any] = import_module(module).KIND
    return kind
