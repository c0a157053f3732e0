"""What every measurement is given, and the one way in which servers are compared."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path

from tests.benchmarks.generator import Generator, Load, Outcome, Request
from tests.benchmarks.server import Server

Contender = tuple[Server, Sequence[Request]]
Of = Callable[[Outcome], float]
WARM = 50  # requests before the first slice

rate: Of = attrgetter("rate")
p50: Of = attrgetter("p50")
p99: Of = attrgetter("p99")
cost: Of = attrgetter("cost")


@dataclass(frozen=True)
class Bench:
    """How long to measure, and with what. `baseline` is another checkout to measure beside."""

    rounds: int
    seconds: float
    quick: bool
    folder: Path
    generator: Generator
    prism: str | None
    baseline: Path | None = None

    def compare(
        self, contenders: Sequence[Contender], seconds: float, slices: int = 4, count: int = 0
    ) -> list[list[Outcome]]:
        """Drive the contenders in turn; in each round for so many seconds, a slice at a time.

        The order rotates. Short slices keep a machine whose speed wanders from favouring one.
        """
        outcomes: list[list[Outcome]] = [[] for _ in contenders]
        for contender in contenders:
            self.drive(contender, 60, WARM)
        for turn in range(self.rounds * slices):
            for step in range(len(contenders)):
                index = (turn + step) % len(contenders)
                outcomes[index].append(self.drive(contenders[index], seconds / slices, count))
        return outcomes

    def drive(self, contender: Contender, seconds: float, count: int = 0) -> Outcome:
        """Drive one server once, numbering its requests on from the last ones."""
        server, requests = contender
        load = Load(server.port, tuple(requests), seconds, count, server.sent)
        before = server.worked()
        outcome = self.generator.drive(load, server.name)
        server.sent += outcome.sent
        return replace(outcome, cost=(server.worked() - before) / outcome.sent * 1e6)


def ratio(ours: Sequence[Outcome], theirs: Sequence[Outcome], of: Of) -> float:
    """The median of the ratios taken within each slice."""
    return statistics.median(of(a) / of(b) for a, b in zip(ours, theirs, strict=True))


def median(outcomes: Sequence[Outcome], of: Of) -> float:
    return statistics.median(map(of, outcomes))
