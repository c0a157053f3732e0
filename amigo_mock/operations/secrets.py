"""The names of all secrets that a set of resources declares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from amigo_mock.operations.operation import Operation
from amigo_mock.state.redaction import SecretNames
from amigo_mock.state.scripts import Script
from amigo_mock.world.document import OrganizationSeed
from amigo_mock.world.kind import Kind


def secret_names(
    operations: Iterable[Operation],
    kinds: Iterable[Kind[Any, Any]],
    scripts: Iterable[Script[Any]],
) -> SecretNames:
    """The names of the secret fields of operations, kinds, scripts and organizations."""
    models: list[Any] = [OrganizationSeed, *(script.model for script in scripts)]
    for kind in kinds:
        models += (kind.record, kind.version, kind.seed)
    for one in operations:
        models += (one.model, one.body(), one.response, *one.events)
    return SecretNames.of(*models)
