"""Protocols of a recorded fake and of a recorded exchange: what the recorder reads of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import RLock
from typing import Protocol

from amigo_mock.engine.http.messages import Answer, Request
from amigo_mock.operations.catalog import Catalog
from amigo_mock.operations.operation import Operation
from amigo_mock.settings import Settings
from amigo_mock.state.access import Access
from amigo_mock.state.clock import Clock
from amigo_mock.state.faults import Armed
from amigo_mock.state.limits import RateLimits
from amigo_mock.state.maintenance import Maintenance
from amigo_mock.state.requests import Entry
from amigo_mock.state.scripts import Scripts
from amigo_mock.world.world import World


class RecordedFake(Protocol):
    """A fake, as far as its recorder sees it."""

    catalog: Catalog
    lock: RLock
    settings: Settings
    world: World
    access: Access
    maintenance: Maintenance
    scripts: Scripts

    @property
    def clock(self) -> Clock:
        """The clock that everything goes by."""

    @property
    def limits(self) -> RateLimits:
        """The rate limits."""

    @property
    def faults(self) -> Iterable[Armed]:
        """The armed faults."""

    @property
    def revision(self) -> tuple[int, ...]:
        """A value that differs after every change of the world."""


class RecordedExchange(Protocol):
    """A request on its way, as far as the recorder sees it."""

    request: Request
    entry: Entry
    moment: float
    behind: float
    answer: Answer | None

    @property
    def found(self) -> Operation | None:
        """Its operation, if there is one."""
        raise NotImplementedError

    @property
    def streamed(self) -> Sequence[bytes]:
        """The pieces of a streamed answer that were sent so far."""
