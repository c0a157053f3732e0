"""Run the benchmarks: `python -m tests.benchmarks`. Not a test: it reports, it never fails."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks import (
    fixtures,
    growth,
    loading,
    memory,
    reset,
    runs,
    start,
    state,
    throughput,
)
from tests.benchmarks.bench import Bench
from tests.benchmarks.generator import Generator, Unmeasured
from tests.benchmarks.server import ROOT, amigo, anchor, pin

MEASUREMENTS = {
    "throughput": throughput.measure,
    "growth": growth.measure,
    "loading": loading.measure,
    "memory": memory.measure,
    "start": start.measure,
    "reset": reset.measure,
    "fixtures": fixtures.measure,
    "runs": runs.measure,
    "state": state.measure,
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds (7)")
    parser.add_argument("--seconds", type=float, default=1.0, help="per load and round (1)")
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="3 rounds of 0.3 s, smaller worlds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file")
    parser.add_argument("--baseline", type=Path, metavar="DIR", help="another checkout, beside")
    parser.add_argument("--prism", metavar="PATH", help="also measure this Prism binary")
    return parser.parse_args()


def _run(bench: Bench, names: list[str]) -> tuple[list[dict[str, object]], bool]:
    figures: list[dict[str, object]] = []
    complete = True
    for name in names:
        print(f"\n{name}", flush=True)
        try:
            for figure in MEASUREMENTS[name](bench):
                print(figure, flush=True)
                figures.append(asdict(figure) | {"measurement": name, "verdict": figure.verdict})
        except Unmeasured as error:
            print(f"  could not measure: {error}", flush=True)
            complete = False
    return figures, complete


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rounds, seconds = (3, 0.3) if options.quick else (options.rounds, options.seconds)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pin(0, last=True)
        generator = Generator(ROOT)
        stack.callback(generator.stop)
        bench = Bench(
            rounds, seconds, options.quick, folder, generator, options.prism, options.baseline
        )
        with anchor("bare", folder), amigo(folder):
            pass  # their modules are compiled by now, so that no measurement does it
        figures, complete = _run(bench, options.only or list(MEASUREMENTS))
    if hasattr(os, "getloadavg") and (load := os.getloadavg()[0]) > 2:
        print(
            f"\nThe machine is busy (load {load:.1f}): believe CPU time, not rates and latencies."
        )
    missed = [figure for figure in figures if figure["verdict"] == "MISS"]
    print(f"\n{len(figures)} figures, {len(missed)} missed their target")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
