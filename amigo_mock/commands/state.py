"""The command `state`: from a state file to a world document, and back."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path

from amigo_mock.engine.fake import Fake
from amigo_mock.engine.persistence.state_file import StateFile
from amigo_mock.errors import MockError
from amigo_mock.resources import CATALOG
from amigo_mock.settings import Settings


def run(given: Namespace) -> int:
    """Write what is in a state file as a world document, or make a state file of such."""
    if given.action == "export":
        return _export(Path(given.file), given.output)
    return _import(Path(given.world), Path(given.file))


def _export(path: Path, output: str) -> int:
    if not path.is_file() or not path.stat().st_size:
        raise MockError(f"state file {path}: there is nothing in it; give one that a server wrote")
    fake = Fake(CATALOG)
    kept = StateFile.open(fake, path, "'amigo-mock state export'")
    try:
        world = fake.state()
    finally:
        kept.close()
    if Path(output).suffix in {".yaml", ".yml"}:
        import yaml

        text = yaml.safe_dump(json.loads(world), sort_keys=False, width=100)
    else:
        text = world.decode() + "\n"
    if output == "-":
        sys.stdout.write(text)
    else:
        Path(output).write_text(text, encoding="utf-8")
    return 0


def _import(world: Path, path: Path) -> int:
    if path.exists() and path.stat().st_size:
        raise MockError(f"state file {path}: is there already; give the name of a new one")
    fake = Fake(CATALOG, Settings.of(seed=world))
    StateFile.open(fake, path, "'amigo-mock state import'").close()
    return 0
