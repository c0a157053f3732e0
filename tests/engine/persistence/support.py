"""Reading a state file, for the tests of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from amigo_mock import AmigoMock

Json: TypeAlias = dict[str, Any]


def world_of(mock: AmigoMock) -> bytes:
    """The whole world of a fake, as `GET /_mock/state` writes it."""
    with mock.client(in_process=True) as client:
        return client.get("/_mock/state").content


def content(path: Path, **settings: Any) -> Json:
    """The world in a state file that nobody holds."""
    with AmigoMock(state=path, **settings) as mock:
        found: Json = json.loads(world_of(mock))
        return found


def if_killed(path: Path, **settings: Any) -> Json:
    """The world that would be there if the process that holds a state file were killed now.

    The files are copied by another process: one that opens and closes them loses what it holds.
    """
    with TemporaryDirectory() as folder:
        files = [path.resolve(), Path(f"{path.resolve()}-wal")]
        subprocess.run(["cp", *map(str, files), folder], check=True)
        return content(Path(folder) / path.resolve().name, **settings)


def personas(world: Json) -> list[Json]:
    """The personas of a world, over all organizations."""
    return [item for found in world["organizations"] for item in found["personas"]]


def names(world: Json) -> list[str]:
    return [item["name"] for item in personas(world)]


def ids(records: Iterable[Json]) -> list[str]:
    """Every id: those of records and of versions."""
    return [id for item in records for id in (item["id"], *(v["_id"] for v in item["versions"]))]
