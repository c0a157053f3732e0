"""Control of scripts: the operations on the values of each script that a resource declares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import create_model

from amigo_mock.control.declaration import ControlCall, group
from amigo_mock.operations.bodies import Empty
from amigo_mock.operations.operation import Operation
from amigo_mock.operations.parameters import Parameters
from amigo_mock.state.scripts import Script
from amigo_mock.world.records.base import Record

operation = group("Scripts")


def script_operations(scripts: Iterable[Script[Any]]) -> tuple[Operation, ...]:
    """Three operations for each script: add a value, list the values, clear them."""
    return tuple(one for script in scripts for one in _operations(script))


def _operations(script: Script[Any]) -> tuple[Operation, ...]:
    path, name = f"scripts/{script.name}", script.name
    model: Any = script.model
    fields: dict[str, Any] = {name: (list[model], ...)}
    described = "The scripted values, oldest first."
    listed: Any = create_model(
        f"{model.__name__}List", __base__=Record, __doc__=described, **fields
    )

    def add(call: Any) -> Any:
        return call.fake.scripts.put(script, call.body)

    def read_all(call: Any) -> Any:
        return listed(**{name: call.fake.scripts.values(script)})

    def clear(call: ControlCall[Parameters, Empty]) -> None:
        call.fake.scripts.replace(script, ())

    add.__annotations__ = {"call": ControlCall[Parameters, model], "return": model}
    read_all.__annotations__ = {"call": ControlCall[Parameters, Empty], "return": listed}
    add.__doc__, read_all.__doc__ = script.add_summary, script.list_summary
    clear.__doc__ = script.clear_summary
    return (
        operation(f"add-{name}", "POST", path, status=201)(add),
        operation(f"get-{name}", "GET", path)(read_all),
        operation(f"clear-{name}", "DELETE", path, status=204)(clear),
    )
