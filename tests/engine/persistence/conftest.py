"""Where the state goes, for the tests of the state file."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The name of a state file that is not there yet, alone in its folder."""
    folder = tmp_path / "state"
    folder.mkdir()
    return folder / "world.db"
