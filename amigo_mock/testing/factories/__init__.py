"""Factories: records made in Python. A file for each resource, and the list of them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amigo_mock.testing.factories.host import FactoryHost, LazyFactory

if TYPE_CHECKING:
    from amigo_mock.testing.factories.metrics import Metrics
    from amigo_mock.testing.factories.organization.agents import Agents
    from amigo_mock.testing.factories.organization.context_graphs import ContextGraphs
    from amigo_mock.testing.factories.services import Services
    from amigo_mock.testing.factories.simulation.personas import Personas
    from amigo_mock.testing.factories.simulation.scenarios import Scenarios
    from amigo_mock.testing.factories.simulation.unit_test_sets import UnitTestSets
    from amigo_mock.testing.factories.simulation.unit_tests import UnitTests


class Factories(FactoryHost):
    """The factory of each kind of record, by the name of the kind."""

    personas: LazyFactory[Personas] = LazyFactory(f"{__name__}.simulation.personas:Personas")
    scenarios: LazyFactory[Scenarios] = LazyFactory(f"{__name__}.simulation.scenarios:Scenarios")
    agents: LazyFactory[Agents] = LazyFactory(f"{__name__}.organization.agents:Agents")
    context_graphs: LazyFactory[ContextGraphs] = LazyFactory(
        f"{__name__}.organization.context_graphs:ContextGraphs"
    )
    services: LazyFactory[Services] = LazyFactory(f"{__name__}.services:Services")
    metrics: LazyFactory[Metrics] = LazyFactory(f"{__name__}.metrics:Metrics")
    unit_tests: LazyFactory[UnitTests] = LazyFactory(f"{__name__}.simulation.unit_tests:UnitTests")
    unit_test_sets: LazyFactory[UnitTestSets] = LazyFactory(
        f"{__name__}.simulation.unit_test_sets:UnitTestSets"
    )
