"""Sleeps of a client that was told to wait pass on the fake's clock.

Most of these sleep for an hour: a sleep that is not spared would be noticed.
"""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import inf
from threading import Thread
from types import ModuleType
from typing import Any

import anyio
import httpx2
import pytest
import trio
import uvloop
from amigo_sdk import AmigoConfig
from amigo_sdk.http_client import AmigoAsyncHttpClient, AmigoHttpClient

from amigo_mock import AmigoMock
from amigo_mock.errors import MockError
from amigo_mock.state.clock import LocalClock
from pytest_amigo.safety.sleeping import SleepPatch

HOUR = 3600.0
PERSONAS = "/v1/mock-org/simulation/persona/"
PLACES: list[tuple[Any, str]] = [
    (time, "sleep"),
    (asyncio, "sleep"),
    (trio, "sleep"),
    (trio, "sleep_until"),
]
held_time_sleep = time.sleep
held_by_another_name = asyncio.sleep


@dataclass
class Told:
    """A stand-in for the fake: was its client told to wait, and who asks."""

    clock: LocalClock
    waiting: bool = True
    spared: bool = False

    @property
    def passed(self) -> float:
        return self.clock.now() - 1000

    def patch(self) -> SleepPatch:
        return SleepPatch(self.clock.advance, lambda: self.waiting, lambda: self.spared)


@pytest.fixture
def told() -> Told:
    return Told(LocalClock(start=1000.0))


@pytest.fixture
def patient(told: Told) -> Iterator[Told]:
    """With the sleeps replaced."""
    with told.patch():
        yield told


def whats_there() -> list[object]:
    here = [held_time_sleep, held_by_another_name]
    return [*(vars(owner)[name] for owner, name in PLACES), *here]


async def by_trio(seconds: float) -> None:
    await trio.sleep(seconds)


async def by_trio_until(seconds: float) -> None:
    await trio.sleep_until(trio.current_time() + seconds)


async def by_asyncio(seconds: float) -> None:
    assert await asyncio.sleep(seconds, "done") == "done"


async def by_a_held_one(seconds: float) -> None:
    assert await held_by_another_name(seconds, result=1) == 1


async def by_anyio(seconds: float) -> None:
    await anyio.sleep(seconds)


async def by_anyio_until(seconds: float) -> None:
    await anyio.sleep_until(anyio.current_time() + seconds)


async def in_a_thread(seconds: float) -> None:
    await asyncio.to_thread(time.sleep, seconds)


Run = Callable[[Callable[..., Awaitable[None]], float], None]
Way = Callable[[float], Awaitable[None]]


def run_asyncio(way: Way, seconds: float) -> None:
    anyio.run(way, seconds)


def run_uvloop(way: Way, seconds: float) -> None:
    anyio.run(way, seconds, backend_options={"use_uvloop": True})


def run_trio(way: Way, seconds: float) -> None:
    trio.run(way, seconds)


LOOPS = [
    *((run, way) for run in (run_asyncio, run_uvloop) for way in (by_asyncio, by_a_held_one)),
    *((run, in_a_thread) for run in (run_asyncio, run_uvloop)),
    *((run_trio, way) for way in (by_trio, by_trio_until)),
    *(
        (run, way)
        for run in (run_asyncio, run_uvloop, run_trio)
        for way in (by_anyio, by_anyio_until)
    ),
]


@pytest.mark.parametrize(("run", "way"), LOOPS)
def test_an_hour_passes_on_the_fake_s_clock(patient: Told, run: Run, way: Way) -> None:
    """Rule: who was told to wait does so on the clock, on every event loop.

    Source: waiting costs nothing.
    """
    run(way, HOUR)
    assert patient.passed == pytest.approx(HOUR, abs=60)


@pytest.mark.parametrize("held", [False, True], ids=["time.sleep", "held"])
def test_an_hour_of_a_thread_passes_on_the_fake_s_clock(patient: Told, held: bool) -> None:
    """Rule: the same for `time.sleep`, also imported by name. Source: waiting costs nothing."""
    held_time_sleep(HOUR) if held else time.sleep(HOUR)
    assert patient.passed == HOUR


def test_threads_wait_one_by_one(patient: Told) -> None:
    """Rule: every thread's sleep counts. Source: waiting costs nothing."""
    for _ in range(3):
        thread = Thread(target=time.sleep, args=(HOUR,))
        thread.start()
        thread.join()
    assert patient.passed == 3 * HOUR


@pytest.mark.parametrize("run", [run_asyncio, run_uvloop])
def test_other_tasks_have_their_turn_on_asyncio(patient: Told, run: Run) -> None:
    """Rule: an asynchronous sleep is a checkpoint still. Source: the sleeps' own contracts."""
    turns: list[str] = []

    async def other() -> None:
        turns.append("other")

    async def both(seconds: float) -> None:
        task = asyncio.create_task(other())
        await asyncio.sleep(seconds)
        turns.append("sleeper")
        await task

    run(both, HOUR)
    assert turns == ["other", "sleeper"]


@pytest.mark.parametrize("way", [by_trio, by_trio_until, by_anyio])
def test_a_cancelled_sleep_is_cancelled_on_trio(patient: Told, way: Way) -> None:
    """Rule: as on asyncio; a checkpoint sees that it is cancelled. Source: trio's contract."""

    async def cancelled(seconds: float) -> None:
        with trio.CancelScope() as scope:
            scope.cancel()
            await way(seconds)
        assert scope.cancelled_caught

    trio.run(cancelled, HOUR)


@pytest.mark.parametrize("reason", ["not told to wait", "the fake's own thread"])
def test_everybody_else_really_sleeps(told: Told, reason: str) -> None:
    """Rule: only who was told to wait is spared, and never the fake itself.

    Source: waiting costs nothing, and nothing else changes.
    """
    told.waiting, told.spared = reason != "not told to wait", reason != "not told to wait"
    with told.patch():
        time.sleep(0.001)
        for run, way in LOOPS:
            run(way, 0.001)
    assert told.passed == 0


def test_no_sleep_at_all_is_left_as_it_is(patient: Told) -> None:
    """Rule: a sleep of nothing is a checkpoint and no wait. Source: the sleeps' contracts."""
    time.sleep(0)
    for run, way in LOOPS:
        run(way, 0)
    run_asyncio(by_asyncio, -1)
    assert patient.passed == 0


def test_sleeping_for_ever_is_sleeping_for_ever(patient: Told) -> None:
    """Rule: a sleep without an end is no wait for the fake. Source: the clock has an end."""

    async def for_ever() -> None:
        for run in (trio.sleep, trio.sleep_until):
            with trio.move_on_after(0.001) as scope:
                await run(inf)
            assert scope.cancelled_caught

    trio.run(for_ever)
    assert patient.passed == 0


@pytest.mark.parametrize("seconds", ["60", None, -1, float("nan")])
def test_mistakes_are_answered_by_the_real_sleep(patient: Told, seconds: Any) -> None:
    """Rule: what is no length of time is refused as ever. Source: the sleeps' own contracts."""
    with pytest.raises((TypeError, ValueError)) as expected:
        held_outside(seconds)
    with pytest.raises(expected.type) as found:
        time.sleep(seconds)
    assert str(found.value) == str(expected.value)


held_outside = partial(time.sleep)


def test_what_the_clock_refuses_comes_out_of_the_sleep(patient: Told) -> None:
    """Rule: a wait that leads beyond the clock's end says so. Source: the clock."""
    with pytest.raises(MockError, match="ends with the year 9000"):
        time.sleep(1e12)


def test_waiting_for_a_process_takes_its_time(patient: Told) -> None:
    """Rule: the standard library's polling of a process is no wait for the fake.

    Source: it looks in steps of real time, and would run the clock away.
    """
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.01)
        process.communicate(b"\n")
    assert patient.passed == 0


def test_a_server_s_ticks_take_their_time(patient: Told) -> None:
    """Rule: a uvicorn in this process, which looks ten times a second whether it shall stop, is
    not sped up. Source: as above.
    """

    uvicorn: dict[str, Any] = {"__name__": "uvicorn.server"}
    exec("import asyncio\nasync def tick(): await asyncio.sleep(0.001)", uvicorn)
    asyncio.run(uvicorn["tick"]())
    assert patient.passed == 0


def test_everything_is_put_back(told: Told) -> None:
    """Rule: after the last stop every module holds what it held. Source: `auto_advance`."""
    before = whats_there()
    patch, other = told.patch(), told.patch()
    for _ in range(3):
        with patch, patch, other:
            there = zip(whats_there(), before, strict=True)
            assert all(ours is not theirs for ours, theirs in there)
            assert inspect.iscoroutinefunction(asyncio.sleep)
            time.sleep(HOUR)
        assert whats_there() == before
        assert told.passed == HOUR
        told.clock.reset()
    patch.stop()
    assert whats_there() == before
    assert not [
        finder for finder in sys.meta_path if type(finder).__module__ == SleepPatch.__module__
    ]


def test_nesting_is_patient_until_the_outermost_end(told: Told) -> None:
    """Rule: as many stops as starts. Source: `auto_advance`."""
    patch = told.patch()
    with patch:
        with patch:
            pass
        time.sleep(HOUR)
    assert told.passed == HOUR


def test_somebody_else_s_sleep_stays(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule: a sleep that a test has replaced is the test's, before and after the start.

    And when the test puts ours back, it is inert, and taken out the next time.
    Source: `auto_advance`.
    """
    slept: list[float] = []
    before, patch, here = time.sleep, told.patch(), sys.modules[__name__]
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(here, "held_time_sleep", slept.append)
    with patch:
        time.sleep(HOUR)
        held_time_sleep(HOUR)
    monkeypatch.undo()
    with patch:
        time.sleep(HOUR)
        held_time_sleep(HOUR)
        monkeypatch.setattr(time, "sleep", slept.append)
        time.sleep(HOUR)
    time.sleep(HOUR)
    assert (slept, told.passed) == ([HOUR] * 4, 2 * HOUR)
    monkeypatch.undo()
    time.sleep(0.001)
    with patch:
        time.sleep(HOUR)
    assert time.sleep is before
    assert told.passed == 3 * HOUR


def test_modules_are_found_however_odd(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule: what is no module is passed by, and no module is asked for anything.

    Source: `auto_advance`. Modules that load lazily would be loaded by asking, and arrays compare
    in their own way.
    """

    class Touchy:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(f"asked for {name}")

        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

        __hash__ = None  # type: ignore[assignment]

    class Lazy(ModuleType):
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(f"asked for {name}")

    odd, lazy = ModuleType("odd"), Lazy("lazy")
    vars(odd).update({"value": Touchy(), "wait": time.sleep})
    vars(odd)[1] = 2  # type: ignore[index]
    object.__getattribute__(lazy, "__dict__")["pause"] = time.sleep
    for name, module in {"odd": odd, "lazy": lazy, "touchy": Touchy(), "none": None}.items():
        monkeypatch.setitem(sys.modules, name, module)
    with told.patch():
        odd.wait(HOUR)
        object.__getattribute__(lazy, "__dict__")["pause"](HOUR)
    assert told.passed == 2 * HOUR
    assert odd.wait is object.__getattribute__(lazy, "__dict__")["pause"] is time.sleep


def test_modules_that_come_meanwhile_are_put_right(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule: who imports by name while sleeps are replaced gets the real one back.

    Source: `auto_advance`.
    """
    late = ModuleType("late")
    with told.patch():
        monkeypatch.setitem(sys.modules, "late", late)
        exec("from time import sleep as wait\nfrom asyncio import sleep", vars(late))
        late.wait(HOUR)
    assert (late.wait, late.sleep) == (time.sleep, asyncio.sleep)
    assert told.passed == HOUR


def test_an_event_loop_may_come_later() -> None:
    """Rule: trio and asyncio are found also when patch is on as they are first imported.

    Source: anyio imports trio when it first runs on it, which is in the middle of a test.
    """
    code = """
import sys, time
from amigo_mock.state.clock import LocalClock
from pytest_amigo.safety.sleeping import SleepPatch

assert {"asyncio", "trio"}.isdisjoint(sys.modules)
real = time.sleep
clock = LocalClock(0.0)
made = [SleepPatch(clock.advance, lambda: True, lambda: False) for _ in range(2)]
with made[0], made[1]:
    import anyio
    anyio.run(anyio.sleep, 3600, backend="trio")
    anyio.run(anyio.sleep, 3600)
    import trio
    trio.run(trio.sleep, 3600)
    import asyncio
    assert not [name for name in ("asyncio", "trio")
                if "exec_module" in vars(sys.modules[name].__spec__.loader)]
assert time.sleep is real
assert asyncio.sleep is asyncio.tasks.sleep
assert trio.sleep is trio._timeouts.sleep
assert trio.sleep_until is trio._timeouts.sleep_until
assert clock.now() == 3 * 3600, clock
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


# The official SDK, told to wait by the real fake


def refused_last(mock: AmigoMock) -> bool:
    return bool(mock.requests) and mock.requests[-1].status in (429, 503)


@pytest.fixture
def config(mock: AmigoMock, monkeypatch: pytest.MonkeyPatch) -> AmigoConfig:
    for name, value in mock.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return AmigoConfig()  # type: ignore[call-arg]  # it reads the environment


def ask(config: AmigoConfig) -> int:
    with AmigoHttpClient(config) as client:
        return int(client.request("GET", PERSONAS).status_code)


async def ask_asynchronously(config: AmigoConfig) -> int:
    async with AmigoAsyncHttpClient(config) as client:
        return int((await client.request("GET", PERSONAS)).status_code)


ASKING: list[Callable[[AmigoConfig], int]] = [
    ask,
    lambda config: asyncio.run(ask_asynchronously(config)),
    lambda config: uvloop.run(ask_asynchronously(config)),
]


@pytest.mark.parametrize("asking", ASKING, ids=["blocking", "asyncio", "uvloop"])
def test_the_sdk_waits_for_nothing(
    mock: AmigoMock, config: AmigoConfig, asking: Callable[[AmigoConfig], int]
) -> None:
    """Rule: the SDK obeys a Retry-After of a minute, on the fake's clock.

    Source: the SDK's client, which sleeps as long as it is told.
    """
    waits: list[float] = []

    def advance(seconds: float) -> None:
        waits.append(seconds)
        mock.clock.advance(seconds)

    mock.faults.add("get-simulation-personas", status=429, times=2, headers={"Retry-After": "60"})
    with SleepPatch(advance, lambda: refused_last(mock), lambda: False):
        assert asking(config) == 200
    assert len(waits) == 2
    assert min(waits) > 1


def test_a_client_that_waits_by_itself_is_let_in_again(
    mock: AmigoMock, client: httpx2.Client
) -> None:
    """Rule: after the wait that the limit asks for, the window is over. Source: the limits."""
    mock.rate_limits.set("get-simulation-personas", 1)
    with SleepPatch(mock.clock.advance, lambda: refused_last(mock), lambda: False):
        statuses = []
        for _ in range(2):
            while (answer := client.get(PERSONAS)).status_code == 429:
                statuses.append(429)
                time.sleep(float(answer.headers["Retry-After"]))
            statuses.append(answer.status_code)
    assert statuses == [200, 429, 200]
