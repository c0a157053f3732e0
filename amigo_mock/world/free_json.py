"""Free JSON: values of fields whose content is the client's own, and their bounds."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

DEEPEST = 100  # levels of lists and objects in one value

CONTAINERS = (dict, list, tuple)


def _bounded(value: Any) -> Any:
    # What is stored is written out later, deeper inside of a list or of a world. The JSON of other
    # programs knows neither NaN nor infinities, and their writers end at some depth.
    level = [value]
    for _ in range(DEEPEST + 1):
        if any(isinstance(item, float) and not math.isfinite(item) for item in level):
            raise PydanticCustomError("finite_number", "Input should be a finite number")
        containers = [item for item in level if isinstance(item, CONTAINERS)]
        if not containers:
            return value
        level = [inner for container in containers for inner in _items(container)]
    raise PydanticCustomError(
        "json_depth", "Input should be JSON of at most {most} levels", {"most": DEEPEST}
    )


def _items(container: Any) -> Any:
    return container.values() if isinstance(container, dict) else container


JsonValue = Annotated[Any, AfterValidator(_bounded)]
"""Any JSON value of at most 100 levels."""

JsonObject = Annotated[dict[str, Any], AfterValidator(_bounded)]
"""A JSON object of at most 100 levels."""
