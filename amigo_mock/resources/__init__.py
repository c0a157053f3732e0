"""Everything that is emulated: one module a resource, each with its operations."""

from functools import cached_property

from amigo_mock.factories import Home
from amigo_mock.resources import (
    agents,
    auth,
    context_graphs,
    metrics,
    personas,
    scenarios,
    services,
    unit_test_set_runs,
    unit_test_sets,
    unit_tests,
)
from amigo_mock.resources.agents import Agents
from amigo_mock.resources.context_graphs import ContextGraphs
from amigo_mock.resources.metrics import Metrics
from amigo_mock.resources.personas import Personas
from amigo_mock.resources.scenarios import Scenarios
from amigo_mock.resources.services import Services
from amigo_mock.resources.unit_test_sets import UnitTestSets
from amigo_mock.resources.unit_tests import UnitTests

OPERATIONS = (
    *auth.OPERATIONS,
    *personas.OPERATIONS,
    *scenarios.OPERATIONS,
    *services.OPERATIONS,
    *metrics.OPERATIONS,
    *unit_tests.OPERATIONS,
    *unit_test_sets.OPERATIONS,
    *unit_test_set_runs.OPERATIONS,
)

KINDS = (
    personas.KIND,
    scenarios.KIND,
    agents.KIND,
    context_graphs.KIND,
    services.KIND,
    metrics.KIND,
    unit_tests.KIND,
    unit_test_sets.KIND,
    unit_test_set_runs.KIND,
)
"""In the order in which a world is read: what refers to others comes after them."""

DOWNLOADS = (*unit_test_set_runs.DOWNLOADS,)
"""What answers link to: no operations of the published document."""


class Factories(Home):
    """The factory of each kind, under its name."""

    @cached_property
    def personas(self) -> Personas:
        """Personas made without a request, and those that there are."""
        return Personas(self, self._store)

    @cached_property
    def scenarios(self) -> Scenarios:
        """Scenarios made without a request, and those that there are."""
        return Scenarios(self, self._store)

    @cached_property
    def agents(self) -> Agents:
        """Agents made without a request, and those that there are."""
        return Agents(self, self._store)

    @cached_property
    def context_graphs(self) -> ContextGraphs:
        """Context graphs made without a request, and those that there are."""
        return ContextGraphs(self, self._store)

    @cached_property
    def services(self) -> Services:
        """Services made without a request, and those that there are."""
        return Services(self, self._store)

    @cached_property
    def metrics(self) -> Metrics:
        """Metrics made without a request, and those that there are."""
        return Metrics(self, self._store)

    @cached_property
    def unit_tests(self) -> UnitTests:
        """Unit tests made without a request, and those that there are."""
        return UnitTests(self, self._store)

    @cached_property
    def unit_test_sets(self) -> UnitTestSets:
        """Unit test sets made without a request, and those that there are."""
        return UnitTestSets(self, self._store)
