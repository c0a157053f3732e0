"""The lines that the command `replay` writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from amigo_mock.commands.replay.differences import Difference
from amigo_mock.engine.recording.capsule import Capsule, RecordedRequest
from amigo_mock.state.access_log import visible

NAME = 34  # columns of what was asked
MOST = 20  # differences of one request that are listed


@dataclass(frozen=True, slots=True)
class RepeatedRequest:
    """One request made again. `skipped` says why it was not made."""

    asked: RecordedRequest
    differences: tuple[Difference, ...] = ()
    skipped: str | None = None

    @property
    def word(self) -> str:
        """The verdict."""
        if self.skipped is not None:
            return f"skipped: {self.skipped}"
        return "differs" if self.differences else "same"


def lines(outcome: RepeatedRequest) -> Iterator[str]:
    """One line for a request, and one for each difference."""
    asked = outcome.asked
    name = asked.operation or f"{asked.method} {visible(asked.target)}"
    status = "drop" if asked.dropped else str(asked.answer.status if asked.answer else "-")
    notes = [
        *(["armed fault"] if asked.fault else []),
        *(["by another user"] if asked.race else []),
    ]
    rest = "".join(f"  {note}" for note in (*notes, outcome.word))
    yield f"{asked.number:>4} {name:<{NAME}}  {status:<4}{rest}"
    for place, recorded, now in outcome.differences[:MOST]:
        yield f"       {visible(place)}: recorded {recorded}, now {now}"
    more = len(outcome.differences) - MOST
    if more > 0:
        yield f"       and {more} more"


def title(capsule: Capsule) -> str:
    """The line that says what is replayed."""
    parts = [capsule.test or "a run without a name"]
    if capsule.random_seed is not None:
        parts.append(f"random seed {json.dumps(capsule.random_seed)}")
    if capsule.omitted:
        parts.append(f"without its first {capsule.omitted} requests")
    return visible(", ".join(parts))


def still_armed(capsule: Capsule) -> Iterator[str]:
    """Yield a line for each fault that had hits left in the end."""
    for armed in capsule.faults:
        fault = armed.fault
        if fault.times is None or armed.hits < fault.times:
            times = "any number of" if fault.times is None else fault.times
            yield f"still armed: a fault for {fault.operation}, {armed.hits} of {times} hits"


def summary(words: list[str]) -> str:
    """The line with the numbers of requests by verdict."""
    counts = [f"{words.count(word)} {word}" for word in ("same", "differs", "skipped")]
    shown = [count for count in counts if not count.startswith("0 ")]
    requests = "1 request" if len(words) == 1 else f"{len(words)} requests"
    return f"{requests}: {', '.join(shown)}" if shown else "no requests"


def write(output: TextIO, line: str) -> None:
    """Write a line."""
    output.write(line + "\n")
