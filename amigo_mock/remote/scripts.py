"""Scripted values of a tenant elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel

from amigo_mock.remote.control_client import TenantClient
from amigo_mock.state.scripts import Script

S = TypeVar("S", bound=BaseModel)


class RemoteScripts:
    """Lists, adds and clears scripted values over the control API."""

    def __init__(self, control: TenantClient) -> None:
        self._control = control

    def values(self, script: Script[S]) -> list[S]:
        """The values of a script, oldest first."""
        found = self._control.get(f"scripts/{script.name}")[script.name]
        return [script.model.model_validate(each) for each in found]

    def put(self, script: Script[S], value: S) -> S:
        """Append a value. Raises `MockError` if it refers to nothing."""
        given = value.model_dump(mode="json", exclude_unset=True)
        self._control.call("POST", f"scripts/{script.name}", given)
        return value

    def replace(self, script: Script[S], values: Iterable[S]) -> None:
        """Keep these values of a script and no others. Raises `MockError` as `put` does."""
        self._control.call("DELETE", f"scripts/{script.name}")
        for value in values:
            self.put(script, value)
