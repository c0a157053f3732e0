"""Places: the line of a test that armed a fault or a race."""

from __future__ import annotations

import os
from inspect import currentframe


def called_from() -> str:
    """File and line of whoever called this package, as `tests/test_it.py:12`."""
    frame = currentframe()
    while frame is not None:
        package = str(frame.f_globals.get("__name__")).partition(".")[0]
        if package not in ("amigo_mock", "pytest_amigo", "contextlib"):
            path = os.path.relpath(frame.f_code.co_filename)
            inside = not path.startswith(os.pardir)
            return f"{path if inside else frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def armed_at(place: str) -> str:
    """The end of a sentence about what was armed at a place, if that is known."""
    return f" (armed at {place})" if place else ""
