"""Kinds with published operations: a description of each, and the rest from the declarations."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from amigo_mock.operations.operation import Operation
from amigo_mock.resources import CATALOG
from tests.support import worlds
from tests.support.worlds import PARTS, Json

BY_ID = {operation.id: operation for operation in CATALOG.all()}


@dataclass(frozen=True)
class Listed:
    """A kind as a client sees it; `seed` makes an item of a world from a name and an id."""

    kind: str  # its list in a world
    singular: str  # in the ids of its operations
    rows: str  # the field of a page that has the records
    made: str  # the field of the answer to a creation that has the id
    seed: Callable[[str, str], Json]

    def __str__(self) -> str:
        return self.kind

    # Its operations

    def find(self, id: str) -> Operation | None:
        """The operation of this id, in which `{}` stands for the kind, if it is published."""
        return BY_ID.get(id.format(self.singular))

    def operation(self, id: str) -> Operation:
        """The same, where there is one."""
        found = self.find(id)
        assert found, f"there is no {id.format(self.singular)}"
        return found

    @property
    def list(self) -> Operation:
        """The list of its records."""
        return self.operation("get-{}s")

    @property
    def operations(self) -> Sequence[Operation]:
        """Every operation at its path and below."""
        return [found for found in BY_ID.values() if found.path.startswith(self.list.path)]

    def has(self, parameter: str) -> bool:
        """Whether the list takes a parameter."""
        return parameter in self.list.query

    @property
    def name_of_tags(self) -> str | None:
        """The parameter of the list that filters by tags, if there is one."""
        return next((name for name in ("tag", "tags") if self.has(name)), None)

    def bound(self, parameter: str, kind: str, id: str = "get-{}s") -> int | None:
        """A bound of a parameter, of the list or another operation: `ge`, `gt` or `le`."""
        metadata = self.operation(id).query[parameter].info.metadata
        found = [getattr(one, kind, None) for one in metadata]
        return next((bound for bound in found if bound is not None), None)

    @property
    def most(self) -> int:
        """The largest limit of a page."""
        found = self.bound("limit", "le")
        assert found is not None
        return found

    @property
    def usual(self) -> int:
        """The limit of a page that does not say."""
        found = self.list.query["limit"].info.default
        assert isinstance(found, int)
        return found

    @property
    def sortable(self) -> Sequence[str]:
        """The published fields that the list can be sorted by."""
        (sort,) = self.list.query["sort_by"].info.metadata
        fields = re.search(r"\((.*)\)", sort.schema["items"]["pattern"])
        assert fields
        return fields[1].split("|")

    # What is sent

    def path(self, id: str = "get-{}s", record: str = "", organization: str = "mock-org") -> str:
        """The path of an operation, for a record."""
        operation = self.operation(id)
        slots = dict.fromkeys(operation.slots, record)
        return operation.path.format(**{**slots, "organization": organization})

    def body(self, **changes: Any) -> Json:
        """The declared example of a creation, whose references are in `PARTS`."""
        return {**next(iter(self.operation("create-{}").examples.values())), **changes}

    def parts(self, *items: Json) -> Json:
        """Lists of a world: these items, with all that they refer to and nothing that uses them."""
        names = list(PARTS)
        order = names[: names.index(self.kind)]
        return {**{name: PARTS[name] for name in order}, self.kind: list(items)}


def _persona(name: str, id: str) -> Json:
    return {"id": id, "name": name, "role": "r", "versions": [{"background": "B"}]}


def _scenario(name: str, id: str) -> Json:
    return {"id": id, "name": name, "versions": [worlds.PLAN]}


def _service(name: str, id: str) -> Json:
    return {"id": id, "name": name, "agent_id": worlds.AGENT}


def _run(_: str, id: str) -> Json:
    return worlds.run(id, worlds.SET)


LISTED = (
    Listed(
        "personas",
        "simulation-persona",
        "simulation_personas",
        "simulation_persona_id",
        _persona,
    ),
    Listed(
        "scenarios",
        "simulation-scenario",
        "simulation_scenarios",
        "simulation_scenario_id",
        _scenario,
    ),
    Listed("services", "service", "services", "id", _service),
    Listed("metrics", "metric", "metrics", "id", worlds.metric),
    Listed(
        "unit_tests",
        "simulation-unit-test",
        "simulation_unit_tests",
        "simulation_unit_test_id",
        worlds.unit_test,
    ),
    Listed(
        "unit_test_sets",
        "simulation-unit-test-set",
        "simulation_unit_test_sets",
        "simulation_unit_test_set_id",
        worlds.unit_test_set,
    ),
    Listed(
        "unit_test_set_runs",
        "simulation-unit-test-set-run",
        "simulation_unit_test_set_runs",
        "simulation_unit_test_set_run_id",
        _run,
    ),
)
"""Every kind that has published operations."""


def of_all(
    condition: Callable[[Listed], object] = lambda _: True,
) -> pytest.MarkDecorator:
    """Mark a rule as one of every kind, or of every kind for which the condition holds."""
    found = [listed for listed in LISTED if condition(listed)]
    assert found, "a rule of no kind proves nothing"
    return pytest.mark.parametrize("listed", found, ids=str)
