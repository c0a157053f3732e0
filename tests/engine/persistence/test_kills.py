"""Kill a server in the middle of its work: every write that it answered is there."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import threading
from pathlib import Path

import pytest

from amigo_mock.testing.samples import world
from tests.commands.support import Served, wait_for
from tests.engine.persistence.support import content, ids, personas
from tests.support.bodies import persona, persona_version
from tests.support.paths import PERSONAS

CLIENTS = 3


def write(server: Served, turn: int, client: int, answered: dict[str, tuple[str, int]]) -> None:
    """Create and change until the server is gone; note what was answered: name and versions."""
    connection = http.client.HTTPConnection(*server.address, timeout=20)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {server.token}"}
    try:
        for number in range(100_000):
            name = f"{turn} {client} {number}"
            connection.request("POST", PERSONAS, json.dumps(persona(name)), headers)
            made = connection.getresponse()
            id = json.loads(made.read())["simulation_persona_id"]
            answered[id] = name, 1
            version = json.dumps(persona_version())
            connection.request("POST", f"{PERSONAS}{id}/version/", version, headers)
            answered[id] = name, json.loads(connection.getresponse().read())["version"]
    except (OSError, http.client.HTTPException, ValueError):
        pass
    finally:
        connection.close()


@pytest.mark.parametrize("records", [0, 2000])
def test_a_kill_loses_nothing_that_was_answered(path: Path, records: int) -> None:
    """Rule: whatever ends the process, what it answered is in the file. Source: a restart must not
    lose the morning's data.
    """
    answered: dict[str, tuple[str, int]] = {}
    options = ["--no-rate-limits", "--log-format", "none", "--state", str(path)]
    seed = path.with_name("seed.json")
    seed.write_text(json.dumps(world(records, 0, 0)))
    chance = random.Random(records)
    for turn in range(4):
        with Served(*options, "--seed", str(seed)) as found:
            writers = [
                threading.Thread(target=write, args=(found, turn, number, answered))
                for number in range(CLIENTS)
            ]
            for writer in writers:
                writer.start()
            wanted = len(answered) + chance.randint(1, 60)
            wait_for(lambda number=wanted: len(answered) >= number)  # type: ignore[misc]
            os.kill(found.process.pid, signal.SIGKILL)
            assert found.process.wait(10) == -signal.SIGKILL
            for writer in writers:
                writer.join()
    kept = personas(content(path))
    by_id = {each["id"]: each for each in kept}
    for id, (name, versions) in answered.items():
        assert by_id[id]["name"] == name
        assert len(by_id[id]["versions"]) >= versions
    assert len({*ids(kept)}) == len(ids(kept))
