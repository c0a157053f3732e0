"""What isolation costs a test: snapshots and resets in process, a server's start and stop."""

from __future__ import annotations

import importlib
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

from tests.benchmarks.anchors import PERSONAS
from tests.benchmarks.bench import Bench
from tests.benchmarks.generator import Unmeasured, request
from tests.benchmarks.report import Figure
from tests.benchmarks.world import persona, seed, world

PEOPLE = 1_000


def measure(bench: Bench) -> Iterator[Figure]:
    """Against a world of 1,000 personas, each time after a write; all are medians."""
    times = bench.rounds * 10
    # Imported by name: so the other measurements run where the fake itself does not import.
    make: Callable[..., Any] = importlib.import_module("amigo_mock").AmigoMock
    with make(rate_limits=False) as mock:
        mock.seed(world(PEOPLE))
        yield _figure("client()", _times(times, lambda: mock.client().close()), 5)
        with mock.client() as client:
            yield from _resets(mock, client, times)
    yield from _first_writes(bench, make)
    yield from _lives(make, times)


def _first_writes(bench: Bench, make: Callable[..., Any]) -> Iterator[Figure]:
    """Compare the first write after a restore in a large world with that in a small one."""
    sizes, times = (100, 10_000 if bench.quick else 100_000), bench.rounds * 10
    taken: list[list[float]] = []
    with ExitStack() as stack:
        steps = []
        for size in sizes:
            mock = stack.enter_context(make(rate_limits=False, seed=seed(size, bench.folder)))
            write = _writer(stack.enter_context(mock.client(in_process=True)))
            steps.append((write, partial(mock.restore, mock.snapshot())))
        for _ in range(times):
            taken.append([_times(1, write, restore)[0] for write, restore in steps])
    detail = f"{statistics.median(small for small, _ in taken):.3g} ms in the small world"
    value = statistics.median(large / small for small, large in taken)
    yield Figure(f"first write, {sizes[1]:,} / {sizes[0]}", value, most=2, detail=detail)


def _writer(client: Any) -> Callable[[], None]:
    numbers = iter(range(1_000_000))

    def write() -> None:
        answer = client.post(PERSONAS, content=persona(f"Someone {next(numbers)}"), headers=JSON)
        if answer.status_code != 201:
            raise Unmeasured(f"create: {answer.status_code} {answer.text}")

    return write


def _resets(mock: Any, client: Any, times: int) -> Iterator[Figure]:
    write = _writer(client)
    before = mock.snapshot()
    both = _times(times, lambda: mock.restore(mock.snapshot()), write)
    yield _figure("snapshot() and restore()", both, 1)
    yield _figure("reset()", _times(times, mock.reset, write), 1)
    usual = _times(times, write)
    after = _times(times, write, lambda: mock.restore(before))
    extra = [a - b for a, b in zip(after, usual, strict=True)]
    yield _figure("what restore() adds to the next write", extra, 1)


def _lives(make: Callable[..., Any], times: int) -> Iterator[Figure]:
    mocks = [make() for _ in range(times)]
    yield _figure("AmigoMock()", _times(times, make))
    waiting = iter(mocks)
    yield _figure("start()", _times(times, lambda: next(waiting).start()))
    held = [_hold(mock.url) for mock in mocks[::2]]
    waiting = iter(mocks[::2])
    yield _figure("stop(), a connection open", _times(times // 2, lambda: next(waiting).stop()), 50)
    for connection in held:
        connection.close()
    waiting = iter(mocks[1::2])
    yield _figure("stop()", _times(times // 2, lambda: next(waiting).stop()), 50)


def _hold(url: str) -> socket.socket:
    """A connection that was used and is kept open."""
    host, _, port = url.removeprefix("http://").partition(":")
    held = socket.create_connection((host, int(port)))
    held.sendall(request("GET", "/_mock/health", 200).text.encode())
    held.recv(1 << 16)
    return held


def _times(
    times: int, timed: Callable[[], object], before: Callable[[], object] = lambda: None
) -> list[float]:
    found = []
    for _ in range(times):
        before()
        began = time.perf_counter()
        timed()
        found.append((time.perf_counter() - began) * 1000)
    return found


def _figure(name: str, times: list[float], most: float | None = None) -> Figure:
    worst = f"worst {max(times):.3g} ms of {len(times)}"
    return Figure(name, statistics.median(times), "ms", most=most, detail=worst)


JSON = {"Content-Type": "application/json"}
