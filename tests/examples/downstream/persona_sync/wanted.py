"""What a file says there should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One persona as it should be."""

    name: str
    role: str
    background: str
    tags: Mapping[str, str | None] = field(default_factory=dict)


def read(path: Path) -> list[Wanted]:
    """The personas of a YAML file."""
    return [Wanted(**persona) for persona in yaml.safe_load(path.read_text())["personas"]]
