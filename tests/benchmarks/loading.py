"""What it costs to load a world from a JSON file, beside parsing the file."""

from __future__ import annotations

import importlib
import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.bench import Bench
from tests.benchmarks.report import Figure
from tests.benchmarks.world import seed


def measure(bench: Bench) -> Iterator[Figure]:
    """A fake of 100,000 personas, made from a file; `json.loads` of the same file in turn."""
    size = 10_000 if bench.quick else 100_000
    file = Path(seed(size, bench.folder))
    # Imported by name: so the other measurements run where the fake itself does not import.
    make: Callable[..., Any] = importlib.import_module("amigo_mock").AmigoMock
    make(seed=seed(100, bench.folder))  # its modules are loaded, and its models built
    taken = []
    for _ in range(min(bench.rounds, 3)):
        parsing = _time(lambda: json.loads(file.read_text()))
        taken.append((_time(lambda: make(seed=file)), parsing))
    loading, parsing = (statistics.median(times) for times in zip(*taken, strict=True))
    most = None if bench.quick else 2
    detail = f"json.loads alone {parsing:.2f} s"
    yield Figure(f"load {size:,} personas", loading, "s", most=most, detail=detail)
    value = statistics.median(ours / theirs for ours, theirs in taken)
    yield Figure("load / json.loads", value)


def _time(timed: Callable[[], object]) -> float:
    began = time.perf_counter()
    timed()
    return time.perf_counter() - began
