"""Resident memory of the server, at its start and per persona created."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.anchors import PERSONAS
from tests.benchmarks.bench import Bench
from tests.benchmarks.report import Figure
from tests.benchmarks.server import amigo
from tests.benchmarks.throughput import create


def measure(bench: Bench) -> Iterator[Figure]:
    """After the first answer, then the growth over many creates."""
    count = 5_000 if bench.quick else 50_000
    with amigo(bench.folder) as server:
        server.expect(200, "GET", PERSONAS)
        before = server.resident()
        yield Figure("memory at the start", before / 1024, "MiB", most=55)
        bench.drive((server, [create(server)]), 60, count)
        grown = (server.resident() - before) / count
        yield Figure(
            "memory per created persona", grown, "KiB", most=3, detail=f"{count:,} creates"
        )
