"""Sleeps of a client that the fake has told to wait pass on the fake's clock.

`time.sleep`, `asyncio.sleep`, `trio.sleep` and `trio.sleep_until` are replaced, where they are
defined and wherever a module has imported them by name; `anyio.sleep` calls one of these. So
retries of any library cost nothing, and no library is touched. What a function keeps elsewhere (a
default argument, an attribute of a class) is not found, and timeouts run as ever: those of
events, conditions and queues, and `asyncio.wait_for`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from functools import wraps
from inspect import currentframe
from math import inf
from threading import Lock
from types import FrameType, ModuleType
from typing import Any, NamedTuple
from weakref import ref

from amigo_mock.state.switch import Switch
from pytest_amigo.safety.import_hook import ImportHook

Sleep = Callable[..., Any]
Spend = Callable[[Any], bool]  # whether the seconds have passed already

# These look again and again, in steps of real time, whether a process has ended or a server shall
# stop. The fake's clock would run away with them.
_POLLING = ("subprocess", "multiprocessing", "uvicorn")
# What keeps the functions as they are: the standard library, the fake, and trio's inside.
_KEPT = sys.stdlib_module_names | {"amigo_mock", "pytest_amigo", "trio"}


class SleepPatch(Switch):
    """Makes sleeps pass on the fake's clock while `waiting`.

    A sleep of more than nothing calls `clock_advance` with the seconds and is over at once, the
    asynchronous ones after the other tasks had their turn. It is slept in truth if `waiting` is
    false, if `spared` says that the calling thread is the fake's own, if it has no end, and if it
    is a step of polling in the standard library or in uvicorn.

    A `sleep` that somebody else has replaced already is theirs, and left alone. What
    `clock_advance` raises comes out of the sleep.
    """

    def __init__(
        self,
        clock_advance: Callable[[float], None],
        waiting: Callable[[], bool],
        spared: Callable[[], bool],
    ) -> None:
        self._advance = clock_advance
        self._waiting = waiting
        self._spared = spared
        self._on = False
        self._depth = 0
        self._lock = Lock()
        self._import_hook = ImportHook(_MODULES, self._imported)
        self._ours: dict[Sleep, Sleep] = {}  # by the real ones
        self._known: dict[str, _Known] = {}

    def start(self) -> None:
        """Replace the sleeps, until there were as many calls of `stop`."""
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self._on = True
                sys.meta_path.insert(0, self._import_hook)
                self._replace(_MODULES)

    def stop(self) -> None:
        """Put everything back; what somebody else has replaced meanwhile stays theirs."""
        with self._lock:
            self._depth = max(self._depth - 1, 0)
            if self._depth == 0 and self._on:
                self._on = False
                with suppress(ValueError):
                    sys.meta_path.remove(self._import_hook)
                self._exchange({id(ours): real for real, ours in self._ours.items()})

    def _imported(self, module: str) -> None:
        with self._lock:
            if self._on:
                self._replace({module})

    def _replace(self, modules: Collection[str]) -> None:
        for module, name, make in _SLEEPS:
            found: Any = getattr(sys.modules.get(module), name, None) if module in modules else None
            if not _is_own(module, found) or found in self._ours.values():
                continue
            if found not in self._ours:
                self._ours[found] = make(self._spend, found)
        self._exchange({id(real): ours for real, ours in self._ours.items()})

    def _exchange(self, replacements: Mapping[int, Sleep]) -> None:
        # By identity and in the modules' own dictionaries: comparing, or asking a module for an
        # attribute, may run anybody's code.
        modules: dict[str, Any] = {**sys.modules}
        for name, module in modules.items():
            if not issubclass(type(module), ModuleType):
                continue
            names = self._names(name, module)
            if names:
                namespace = object.__getattribute__(module, "__dict__")
                for place in names:
                    replacement = replacements.get(id(namespace.get(place)))
                    if replacement is not None:
                        namespace[place] = replacement

    def _names(self, name: str, module: ModuleType) -> frozenset[str]:
        known = self._known.get(name)
        if known is not None and known.module() is not module:
            known = None
        if known is None or known.sought < len(self._ours):
            names = frozenset(self._find(name, module)) | (known.names if known else frozenset())
            known = self._known[name] = _Known(ref(module), names, len(self._ours))
        return known.names

    def _find(self, name: str, module: ModuleType) -> Iterator[str]:
        if name.partition(".")[0] in _KEPT:
            yield from (place for owner, place, _ in _SLEEPS if owner == name)
            return
        wanted = {id(sleep) for pair in self._ours.items() for sleep in pair}
        for place, value in list(object.__getattribute__(module, "__dict__").items()):
            # By name as well: a test may have replaced it for as long as it takes.
            if id(value) in wanted or (isinstance(place, str) and "sleep" in place):
                yield place

    def _spend(self, seconds: Any) -> bool:
        span = float(seconds) if hasattr(seconds, "__float__") else 0.0
        if not self._on or not 0 < span < inf or _polls(currentframe()):
            return False
        if not self._waiting() or self._spared():
            return False
        self._advance(span)
        return True


def _blocking(spend: Spend, real: Sleep) -> Sleep:
    @wraps(real)
    def sleep(seconds: float, /) -> None:
        real(0 if spend(seconds) else seconds)

    return sleep


def _asyncio(spend: Spend, real: Sleep) -> Sleep:
    @wraps(real)
    async def sleep(delay: float, result: Any = None) -> Any:
        return await real(0 if spend(delay) else delay, result)

    return sleep


def _trio(spend: Spend, real: Sleep) -> Sleep:
    @wraps(real)
    async def sleep(seconds: float) -> None:
        await real(0 if spend(seconds) else seconds)

    return sleep


def _trio_until(spend: Spend, real: Sleep) -> Sleep:
    @wraps(real)
    async def sleep_until(deadline: float) -> None:
        seconds = deadline - sys.modules["trio"].current_time()
        await real(-inf if spend(seconds) else deadline)

    return sleep_until


_SLEEPS: tuple[tuple[str, str, Callable[[Spend, Sleep], Sleep]], ...] = (
    ("time", "sleep", _blocking),
    ("asyncio", "sleep", _asyncio),
    ("trio", "sleep", _trio),
    ("trio", "sleep_until", _trio_until),
)
_MODULES = frozenset(module for module, _, _ in _SLEEPS)


class _Known(NamedTuple):
    """The names of a module that may hold a sleep, and of how many sleeps they were sought."""

    module: ref[ModuleType]
    names: frozenset[str]
    sought: int


def _is_own(module: str, sleep: object) -> bool:
    home = getattr(sleep, "__module__", None)
    return isinstance(home, str) and home.partition(".")[0] == module


def _polls(spender: FrameType | None) -> bool:
    # Whoever called the replaced sleep, which called the function that spends.
    sleep = spender and spender.f_back
    sleeper = sleep and sleep.f_back
    name = str(sleeper.f_globals.get("__name__")) if sleeper else ""
    return name.partition(".")[0] in _POLLING
