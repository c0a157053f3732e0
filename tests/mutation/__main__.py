"""Change the code a little, and see whether a test fails. Not a test: it takes an hour, or so.

A sample of mutants is drawn by a seed, anew each time unless one is given. Each is tried in a copy
of the project with the tests that run its line, those of its own folder first. It needs what
`pip install -e '.[test,mutation]'` installs.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutation.covering import Covering, measured, without_parameters
from tests.mutation.mutants import Mutant, sample
from tests.mutation.trial import Copy, Verdict

ROOT = Path(__file__).parent.parent.parent
MEASURED = ROOT / ".mutation"
WANTED = 0.92

AREAS = (
    *("amigo_mock/engine", "amigo_mock/operations", "amigo_mock/state", "amigo_mock/world"),
    *("amigo_mock/resources", "pytest_amigo/safety"),
)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("areas", nargs="*", default=AREAS, help="folders or files to change")
    parser.add_argument("--sample", type=int, default=100, help="how many mutants (100)")
    parser.add_argument("--seed", type=int, help="which mutants; left out: others each time")
    parser.add_argument("--tests", type=int, default=400, help="tried for each, at most (400)")
    parser.add_argument("--jobs", type=int, default=2, help="at a time (2)")
    parser.add_argument("--measure", action="store_true", help="measure anew which test runs what")
    parser.add_argument("--list", action="store_true", help="only say which mutants are drawn")
    return parser.parse_args()


def trials(drawn: list[Mutant], covering: Covering, tests: int, jobs: int) -> Iterator[Verdict]:
    """Try each mutant, some at a time; the verdicts in the order of the mutants."""
    with tempfile.TemporaryDirectory() as folder:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(jobs):
            copies.put(Copy(ROOT, Path(folder) / str(number)))

        def tried(mutant: Mutant) -> Verdict:
            chosen = [*without_parameters(covering.tests(mutant.path, mutant.line))][:tests]
            copy = copies.get()
            try:
                return copy.trial(mutant, chosen or [nearest_tests(mutant.path)])
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(jobs) as pool:
            yield from pool.map(tried, drawn)


def nearest_tests(path: Path) -> str:
    """The folder of tests for a line that runs at import, or in a process of its own."""
    package, *folders = path.parts[:-1]
    place = "plugin" if package == "pytest_amigo" else "/".join(folders)
    while not (ROOT / "tests" / place).is_dir():
        place = place.rpartition("/")[0]
    return f"tests/{place}".rstrip("/")


def report(verdicts: list[Verdict]) -> None:
    """Say what survived, and how many were killed in each folder."""
    survivors = [verdict for verdict in verdicts if not verdict.killed]
    for verdict in survivors:
        print(f"\nsurvived {verdict.tests} tests: {verdict.mutant}")
        print(verdict.mutant.difference((ROOT / verdict.mutant.path).read_text()))
    made, killed = Counter[str](), Counter[str]()
    for verdict in verdicts:
        area = "/".join(verdict.mutant.path.parts[:2])
        made[area] += 1
        killed[area] += verdict.killed
    print()
    for area, count in sorted(made.items()):
        print(f"{area:30} {killed[area]:4} of {count}")
    share = 1 - len(survivors) / len(verdicts)
    print(f"{'killed':30} {share:.1%}, wanted {WANTED:.0%}")


def main() -> int:
    given = options()
    seed = random.randrange(10**6) if given.seed is None else given.seed
    drawn = sample(ROOT, given.areas, given.sample, seed)
    print(f"{len(drawn)} mutants; the same ones again: --seed {seed} --sample {given.sample}")
    if given.list:
        for mutant in drawn:
            print(f"{mutant}\n{mutant.difference((ROOT / mutant.path).read_text())}")
        return 0
    if given.measure:
        shutil.rmtree(MEASURED, ignore_errors=True)
    covering = measured(ROOT, MEASURED, given.jobs)
    verdicts: list[Verdict] = []
    for verdict in trials(drawn, covering, given.tests, given.jobs):
        verdicts.append(verdict)
        print(f"{verdict.mutant}: {verdict.by or 'SURVIVED'}", flush=True)
    report(verdicts)
    return 0 if sum(verdict.killed for verdict in verdicts) >= WANTED * len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
