"""Factories: records made in Python. A file for each resource, and the list of them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amigo_mock.testing.factories.home import Home, Made

if TYPE_CHECKING:
    from amigo_mock.testing.factories.metrics import Metrics
    from amigo_mock.testing.factories.organization.agents import Agents
    from amigo_mock.testing.factories.organization.context_graphs import ContextGraphs
    from amigo_mock.testing.factories.services import Services
    from amigo_mock.testing.factories.simulation.personas import Personas
    from amigo_mock.testing.factories.simulation.scenarios import Scenarios
    from amigo_mock.testing.factories.simulation.unit_test_sets import UnitTestSets
    from amigo_mock.testing.factories.simulation.unit_tests import UnitTests


class Factories(Home):
    """The factory of each kind of record, by the name of the kind."""

    personas: Made[Personas] = Made(f"{__name__}.simulation.personas:Personas")
    scenarios: Made[Scenarios] = Made(f"{__name__}.simulation.scenarios:Scenarios")
    agents: Made[Agents] = Made(f"{__name__}.organization.agents:Agents")
    context_graphs: Made[ContextGraphs] = Made(
        f"{__name__}.organization.context_graphs:ContextGraphs"
    )
    services: Made[Services] = Made(f"{__name__}.services:Services")
    metrics: Made[Metrics] = Made(f"{__name__}.metrics:Metrics")
    unit_tests: Made[UnitTests] = Made(f"{__name__}.simulation.unit_tests:UnitTests")
    unit_test_sets: Made[UnitTestSets] = Made(f"{__name__}.simulation.unit_test_sets:UnitTestSets")
