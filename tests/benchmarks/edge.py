"""Compare made-up bytes at the edge of HTTP for a while: `python -m tests.benchmarks.edge`."""

from __future__ import annotations

import argparse
import logging
import sys
import time

from hypothesis import HealthCheck, given, seed, settings

from tests.support.edges import edges
from tests.support.wild import disagreement, wild

ROUND = 100  # examples between two looks at the time


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.edge", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="for how long (600)")
    parser.add_argument("--seed", type=int, default=0, help="the same number, the same bytes (0)")
    options = parser.parse_args()
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    end = time.monotonic() + options.seconds
    count = rounds = wrong = 0
    with edges() as found:
        while time.monotonic() < end:

            @seed(options.seed + rounds)
            @settings(
                max_examples=ROUND,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(wild)
            def compare(content: bytes) -> None:
                nonlocal count
                count += 1
                told = disagreement(found, content)
                assert not told, told

            try:
                compare()
            except Exception as error:
                wrong += 1
                print(f"\nround {rounds}: {error}", *getattr(error, "__notes__", ()), sep="\n")
            rounds += 1
    print(f"{count} messages in {rounds} rounds, {wrong} rounds with a difference")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
