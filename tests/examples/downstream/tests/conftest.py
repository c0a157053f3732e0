"""What the tests share: the service as the environment has it, and a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from amigo_mock import AmigoMock
from amigo_sdk import AmigoConfig

from persona_sync import Service

FILE = """
personas:
  - name: Confused New User
    role: patient
    background: Has never used an app.
    tags: {category: onboarding}
  - name: Impatient Regular
    role: patient
    background: Knows every menu by heart.
  - name: Night Nurse
    role: nurse
    background: Writes between two rounds.
    tags: {category: staff, shift: night}
"""


@pytest.fixture
def service(amigo: AmigoMock) -> Iterator[Service]:
    """The code under test finds the fake by itself: it reads the environment."""
    with Service(AmigoConfig()) as service:  # type: ignore[call-arg]
        yield service


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three personas."""
    path = tmp_path / "personas.yaml"
    path.write_text(FILE)
    return path
