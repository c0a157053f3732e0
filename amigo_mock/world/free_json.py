"""Free JSON: values of fields whose content is the client's own, and their bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

DEEPEST = 100  # levels of lists and objects in one value

CONTAINERS = (dict, list, tuple)


def levels(value: Any) -> Iterator[list[Any]]:
    """The values of a JSON value, level by level: itself, then what is in it."""
    level = [value]
    while level:
        yield level
        level = [inner for item in level if isinstance(item, CONTAINERS) for inner in _items(item)]


def is_deep(value: Any) -> bool:
    """Report whether a JSON value has more levels than are stored."""
    found = next(islice(levels(value), DEEPEST, None), ())
    return any(isinstance(item, CONTAINERS) for item in found)


def _bounded(value: Any) -> Any:
    # What is stored is written out later, deeper inside of a list or of a world. The JSON of other
    # programs knows neither NaN nor infinities, and their writers end at some depth.
    if is_deep(value):
        raise PydanticCustomError(
            "json_depth", "Input should be JSON of at most {most} levels", {"most": DEEPEST}
        )
    for level in levels(value):
        if any(isinstance(item, float) and not math.isfinite(item) for item in level):
            raise PydanticCustomError("finite_number", "Input should be a finite number")
    return value


def _items(container: Any) -> Any:
    return container.values() if isinstance(container, dict) else container


JsonValue = Annotated[Any, AfterValidator(_bounded)]
"""Any JSON value of at most 100 levels."""

JsonObject = Annotated[dict[str, Any], AfterValidator(_bounded)]
"""A JSON object of at most 100 levels."""
