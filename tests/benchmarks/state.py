"""What it costs to keep the state in a file, and whether a write is ever lost with the process."""

from __future__ import annotations

import http.client
import importlib
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.benchmarks.anchors import PERSONAS
from tests.benchmarks.bench import Bench, median, p99, rate, ratio
from tests.benchmarks.generator import Unmeasured
from tests.benchmarks.report import Figure
from tests.benchmarks.server import Server, amigo
from tests.benchmarks.throughput import create
from tests.benchmarks.world import persona, seed

KILLS = 100
CLIENTS = 4


def measure(bench: Bench) -> Iterator[Figure]:
    """With a state file beside without one; restarts; and rounds that end with `kill -9`."""
    size = 10_000 if bench.quick else 100_000
    yield from _costs(bench, size)
    yield from _restarts(bench, size)
    for records in (10, 10_000, size) if not bench.quick else (10, 1_000):
        rounds = 3 if bench.quick else KILLS
        answered, lost = _killed(bench, records, rounds)
        name = f"lost in {rounds} kills, {records:,} records"
        yield Figure(name, lost, "", most=0, detail=f"of {answered:,} answered writes")


def _costs(bench: Bench, size: int) -> Iterator[Figure]:
    world = seed(size, bench.folder)
    with ExitStack() as stack:
        bare = stack.enter_context(amigo(bench.folder, "--seed", world, name="without state"))
        options = ("--seed", world, "--state", str(bench.folder / "costs.db"))
        kept = stack.enter_context(amigo(bench.folder, *options, name="with state"))
        ours, theirs = bench.compare(
            [(kept, [create(kept)]), (bare, [create(bare)])], bench.seconds
        )
    detail = f"{median(ours, rate):,.0f} and {median(theirs, rate):,.0f} req/s"
    yield Figure(
        "create, with / without state", ratio(ours, theirs, rate), least=0.6, detail=detail
    )
    detail = f"{median(ours, p99):.2f} and {median(theirs, p99):.2f} ms"
    yield Figure("create p99, with / without", ratio(ours, theirs, p99), most=3, detail=detail)


def _restarts(bench: Bench, size: int) -> Iterator[Figure]:
    file = _state(bench, size)
    ages, peaks = [], []
    for _ in range(min(bench.rounds, 3)):
        with amigo(bench.folder, "--state", str(file)) as server:
            ages.append(server.age)
            peaks.append(server.peak())
    most = (None, None) if bench.quick else (3, 600)
    yield Figure(f"restart with {size:,} records", sorted(ages)[len(ages) // 2], "s", most=most[0])
    yield Figure("its peak memory", max(peaks) / 1024, "MiB", most=most[1])


def _state(bench: Bench, size: int) -> Path:
    """A state file with so many records."""
    file = bench.folder / f"state-{size}.db"
    if not file.exists():
        # Imported by name: so the other measurements run where the fake itself does not import.
        made: Any = importlib.import_module("amigo_mock").AmigoMock
        with made(seed=seed(max(size, 20), bench.folder), state=file):
            pass
    return file


# Kills


def _killed(bench: Bench, size: int, rounds: int) -> tuple[int, int]:
    """The number of answered writes in all rounds, and of those that were lost."""
    file, chance = _state(bench, size), random.Random(size)
    answered: dict[str, str] = {}
    for turn in range(rounds):
        with amigo(bench.folder, "--state", str(file), name="killed") as server:
            answered |= _write_until_killed(server, turn, chance.uniform(0.02, 0.5))
            server.killed()
    if not answered:
        raise Unmeasured("nothing was answered before the kills")
    with amigo(bench.folder, "--state", str(file), name="killed") as server:
        (organization,) = server.expect(200, "GET", "/_mock/state")["organizations"]
    kept = {each["id"]: each["name"] for each in organization["personas"]}
    return len(answered), sum(kept.get(id) != name for id, name in answered.items())


def _write_until_killed(server: Server, turn: int, seconds: float) -> dict[str, str]:
    """Create from several clients, and kill the server meanwhile; the names of all answers."""
    answered: dict[str, str] = {}

    def write(client: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {server.token}",
        }
        try:
            for number in range(1_000_000):
                name = f"Killed {turn} {client} {number}"
                connection.request("POST", PERSONAS, persona(name), headers)
                answer = connection.getresponse()
                content = json.loads(answer.read())
                if answer.status == 201:
                    answered[content["simulation_persona_id"]] = name
        except (OSError, http.client.HTTPException, ValueError):
            pass
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(CLIENTS)]
    for writer in writers:
        writer.start()
    time.sleep(seconds)
    os.kill(server.pid, signal.SIGKILL)
    for writer in writers:
        writer.join()
    return answered
