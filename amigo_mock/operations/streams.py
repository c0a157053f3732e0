"""Answers that are sent piece by piece: what a handler yields for them."""

from __future__ import annotations

from dataclasses import dataclass

NDJSON = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Wait:
    """Real seconds to let pass before the next piece is asked for."""

    seconds: float
