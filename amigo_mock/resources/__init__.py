"""Everything that is emulated: one module a resource, each with its operations.

A resource is loaded when something asks for it. Most runs of most programs need one or two, and a
test that waits for all of them waits for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any

from amigo_mock.contract.catalogue import PUBLISHED
from amigo_mock.operations.catalog import Registry
from amigo_mock.operations.operation import Operation
from amigo_mock.operations.secrets import secret_names
from amigo_mock.state.redaction import SecretNames
from amigo_mock.state.scripts import Script
from amigo_mock.testing.factories.base import Home
from amigo_mock.world.collection import Kind

if TYPE_CHECKING:
    from amigo_mock.resources.metrics import Metrics
    from amigo_mock.resources.organization.agents import Agents
    from amigo_mock.resources.organization.context_graphs import ContextGraphs
    from amigo_mock.resources.services import Services
    from amigo_mock.resources.simulation.personas import Personas
    from amigo_mock.resources.simulation.scenarios import Scenarios
    from amigo_mock.resources.simulation.unit_test_sets import UnitTestSets
    from amigo_mock.resources.simulation.unit_tests import UnitTests

    OPERATIONS: tuple[Operation, ...]
    DOWNLOADS: tuple[Operation, ...]

MODULES = {
    "user.sign_in": "/v1/{organization}/user/signin_with_api_key",
    "simulation.personas": "/v1/{organization}/simulation/persona",
    "simulation.scenarios": "/v1/{organization}/simulation/scenario",
    "services": "/v1/{organization}/service",
    "metrics": "/v1/{organization}/metric",
    "simulation.unit_tests": "/v1/{organization}/simulation/unit_test",
    "simulation.unit_test_sets": "/v1/{organization}/simulation/unit_test_set",
    "simulation.unit_test_set_runs": "/v1/{organization}/simulation/unit_test_set_run",
}
"""What has operations, and where they are: at this path and below."""

LINKED = {
    "download-simulation-unit-test-set-run-artifacts": (
        "simulation.unit_test_set_runs",
        "/download/{organization}/unit_test_set_run/{simulation_unit_test_set_run_id}",
    ),
}
"""What answers link to, each with its module and path: no operations of the published document."""

_KINDS = {
    "personas": "simulation.personas",
    "scenarios": "simulation.scenarios",
    "agents": "organization.agents",
    "service_hierarchical_state_machines": "organization.context_graphs",
    "services": "services",
    "metrics": "metrics",
    "unit_tests": "simulation.unit_tests",
    "unit_test_sets": "simulation.unit_test_sets",
    "unit_test_set_runs": "simulation.unit_test_set_runs",
}

_SCRIPTS = {"outcomes": "simulation.outcomes"}


def _module(name: str) -> Any:
    return import_module(f"{__name__}.{name}")


def _home(path: str) -> str | None:
    """The module that has what is at a published path, if one has."""
    return next((name for name, root in MODULES.items() if f"{path}/".startswith(f"{root}/")), None)


_HOMES = {name: _home(path) for name, _, path in PUBLISHED} | {
    name: home for name, (home, _) in LINKED.items()
}


def _declared() -> Iterator[Operation]:
    return chain(_every("OPERATIONS"), _every("DOWNLOADS"))


def _every(name: str) -> Iterator[Operation]:
    return (one for module in MODULES for one in getattr(_module(module), name, ()))


def _operation(name: str) -> Operation | None:
    home = _HOMES.get(name)
    if home is None:
        return None
    module = _module(home)
    declared = (*module.OPERATIONS, *getattr(module, "DOWNLOADS", ()))
    return next((one for one in declared if one.id == name), None)


def _limit(name: str) -> int | None:
    found = _operation(name)
    return found.rate_limit.requests if found and found.rate_limit else None


PATHS = {(method, path): name for name, method, path in PUBLISHED} | {
    ("GET", path): name for name, (_, path) in LINKED.items()
}
"""The names of operations by method and path: all that are published, and what is linked to."""

OPERATION: Registry[Operation] = Registry(lambda: (one.id for one in _declared()), _operation)
"""Every operation by its name, and what answers link to."""

LIMITS: Registry[int] = Registry(lambda: (one.id for one in _declared() if one.rate_limit), _limit)
"""Requests a minute, by the name of the operation, where there is a limit."""

KINDS: Registry[Kind[Any, Any]] = Registry(
    lambda: _KINDS, lambda name: _module(_KINDS[name]).KIND if name in _KINDS else None
)
"""In the order in which a world is read: what refers to others comes after them."""


SCRIPTS: Registry[Script[Any]] = Registry(
    lambda: _SCRIPTS,
    lambda name: getattr(_module(_SCRIPTS[name]), name.upper()) if name in _SCRIPTS else None,
)
"""What a test can decide ahead of time, by name."""


@cache
def secrets() -> SecretNames:
    """The names of the secrets of all resources. Loads all of them."""
    return secret_names(_declared(), KINDS.values(), SCRIPTS.values())


def __getattr__(name: str) -> Any:
    if name in {"OPERATIONS", "DOWNLOADS"}:
        found = globals()[name] = tuple(_every(name))
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class Factories(Home):
    """The factory of each kind, under its name."""

    @cached_property
    def personas(self) -> Personas:
        """Personas made without a request, and those that there are."""
        from amigo_mock.resources.simulation.personas import Personas

        return Personas(self, self._store)

    @cached_property
    def scenarios(self) -> Scenarios:
        """Scenarios made without a request, and those that there are."""
        from amigo_mock.resources.simulation.scenarios import Scenarios

        return Scenarios(self, self._store)

    @cached_property
    def agents(self) -> Agents:
        """Agents made without a request, and those that there are."""
        from amigo_mock.resources.organization.agents import Agents

        return Agents(self, self._store)

    @cached_property
    def context_graphs(self) -> ContextGraphs:
        """Context graphs made without a request, and those that there are."""
        from amigo_mock.resources.organization.context_graphs import ContextGraphs

        return ContextGraphs(self, self._store)

    @cached_property
    def services(self) -> Services:
        """Services made without a request, and those that there are."""
        from amigo_mock.resources.services import Services

        return Services(self, self._store)

    @cached_property
    def metrics(self) -> Metrics:
        """Metrics made without a request, and those that there are."""
        from amigo_mock.resources.metrics import Metrics

        return Metrics(self, self._store)

    @cached_property
    def unit_tests(self) -> UnitTests:
        """Unit tests made without a request, and those that there are."""
        from amigo_mock.resources.simulation.unit_tests import UnitTests

        return UnitTests(self, self._store)

    @cached_property
    def unit_test_sets(self) -> UnitTestSets:
        """Unit test sets made without a request, and those that there are."""
        from amigo_mock.resources.simulation.unit_test_sets import UnitTestSets

        return UnitTestSets(self, self._store)
