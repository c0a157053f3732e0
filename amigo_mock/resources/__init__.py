"""The behaviour of each endpoint: a file for each resource, in folders as in the published paths.

This is the list of them. An operation has its module in the catalogue of the contract.
"""

from __future__ import annotations

from dataclasses import replace

from amigo_mock.contract.catalogue import LINKED, PUBLISHED, PublishedOperation
from amigo_mock.operations.catalog import Catalog

KINDS = {
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
"""The files of records, in the order in which a world is read: what refers to others is later."""

SCRIPTS = {"outcomes": "simulation.outcomes"}
"""The files of scripts: values that a test decides ahead of time."""


def _at(row: PublishedOperation) -> PublishedOperation:
    return row if row.module is None else replace(row, module=f"{__name__}.{row.module}")


CATALOG = Catalog(
    map(_at, PUBLISHED),
    {name: f"amigo_mock.world.records.{module}" for name, module in KINDS.items()},
    map(_at, LINKED),
    {name: f"{__name__}.{module}" for name, module in SCRIPTS.items()},
)
