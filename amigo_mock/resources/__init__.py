"""Everything that is emulated: one module a resource, each with its operations."""

from functools import cached_property

from amigo_mock.factories import Home
from amigo_mock.resources import auth, personas, scenarios
from amigo_mock.resources.personas import Personas
from amigo_mock.resources.scenarios import Scenarios

OPERATIONS = (*auth.OPERATIONS, *personas.OPERATIONS, *scenarios.OPERATIONS)

KINDS = (personas.KIND, scenarios.KIND)


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
