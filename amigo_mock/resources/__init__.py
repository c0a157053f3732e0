"""Everything that is emulated: one module a resource, each with its operations."""

from amigo_mock.resources import auth, personas, scenarios

OPERATIONS = (*auth.OPERATIONS, *personas.OPERATIONS, *scenarios.OPERATIONS)

KINDS = (personas.KIND, scenarios.KIND)
