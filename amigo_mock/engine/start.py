"""Start: the world and the scripts that a fake begins with, and that a reset comes back to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from amigo_mock.errors import MockError
from amigo_mock.settings import Settings
from amigo_mock.state.clock import LocalClock
from amigo_mock.state.scripts import Scripts
from amigo_mock.world.documents import seeding
from amigo_mock.world.documents.document import Document
from amigo_mock.world.documents.mistakes import Mistake, Place, broken_world
from amigo_mock.world.world import Kinds, Organization, World, WorldSnapshot

# Settings of the process that serves; the others can differ from test to test.
SERVING = ("host", "port", "state", "control_token", "log_format")

MOST = 64  # starts that are kept for whoever comes back to their settings
LARGEST = 64 * 1024 * 1024  # characters of the worlds of all of them

Scripted = dict[str, tuple[Any, ...]]  # checked values by the name of their script


@dataclass(frozen=True)
class Start:
    """The state that a reset comes back to."""

    world: World
    snapshot: WorldSnapshot
    scripts: Scripted


class StartCache:
    """The starts of the settings that a fake had lately, each made once.

    `document` makes the document of a world of what names it; `mistakes` finds those of an
    organization that is at a place in it.
    """

    def __init__(
        self,
        kinds: Kinds,
        scripts: Scripts,
        document: Callable[[Any, Settings], Document],
        mistakes: Callable[[Organization, Place], Iterable[Mistake]],
    ) -> None:
        self._document = document
        self._mistakes = mistakes
        self._kinds = kinds
        self._scripts = scripts
        self._made: dict[bytes, tuple[Start, int]] = {}

    def of(self, settings: Settings) -> Start:
        """The world and the scripts that these settings start from. Raises `MockError`."""
        text = repr([settings.seed, settings.permissions, settings.random_seed, settings.clock])
        key = sha256(text.encode(errors="surrogatepass")).digest()
        if key in self._made:
            return self._made[key][0]
        now = LocalClock(start_time(settings)).datetime()
        world, scripts = self.read(settings.seed, settings, now)
        start = Start(world, world.snapshot(), scripts or {})
        self._made[key] = start, len(text)
        while len(self._made) > MOST or sum(size for _, size in self._made.values()) > LARGEST:
            del self._made[next(iter(self._made))]
        return start

    def read(self, source: Any, settings: Settings, now: datetime) -> tuple[World, Scripted | None]:
        """The world of a document, and its scripts, or none if it has none. Raises `MockError`.

        `source` is the document or its path; none is the default world.
        """
        document = self._document(source, settings)
        world = World(self._kinds, settings.random_seed)
        seeding.fill(world, document, now)
        found = [
            mistake
            for number, organization in enumerate(world)
            for mistake in self._mistakes(organization, ("organizations", number))
        ]
        if found:
            raise broken_world(document, document.where, found)
        given = document.get("scripts")
        if given is None:
            return world, None
        return world, self._scripts.read(given, f"{document.where}: scripts", world)


def start_time(settings: Settings) -> float | None:
    """The time at which a clock starts, in seconds since the epoch; none is the real time."""
    return settings.clock.timestamp() if settings.clock else None


def check_serving(before: Settings, after: Settings) -> None:
    """Raise `MockError` if they differ in what is decided where the fake is served."""
    for name in SERVING:
        if getattr(after, name) != getattr(before, name):
            raise MockError(f"the setting {name!r} cannot change while the fake is there")
