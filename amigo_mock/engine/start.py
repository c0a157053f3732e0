"""Start: the world and the scripts that a fake begins with, and that a reset comes back to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amigo_mock.settings import Settings
from amigo_mock.state.clock import LocalClock
from amigo_mock.state.scripts import Scripts
from amigo_mock.world.documents import seeding
from amigo_mock.world.documents.document import Document
from amigo_mock.world.world import Kinds, Organization, World, WorldSnapshot

MOST = 64  # starts that are kept for whoever comes back to their settings

Scripted = dict[str, tuple[Any, ...]]  # checked values by the name of their script


@dataclass(frozen=True)
class Start:
    """The state that a reset comes back to."""

    world: World
    snapshot: WorldSnapshot
    scripts: Scripted


class StartCache:
    """The starts of the settings that a fake had lately, each made once.

    `document` makes the document of a world of what names it; `check` sees its organizations, with
    what to call it, and may raise.
    """

    def __init__(
        self,
        kinds: Kinds,
        scripts: Scripts,
        document: Callable[[Any, Settings], Document],
        check: Callable[[Organization, str], None],
    ) -> None:
        self._document = document
        self._check = check
        self._kinds = kinds
        self._scripts = scripts
        self._made: dict[str, Start] = {}

    def of(self, settings: Settings) -> Start:
        """The world and the scripts that these settings start from. Raises `MockError`."""
        key = repr([settings.seed, settings.permissions, settings.random_seed, settings.clock])
        if key not in self._made:
            if len(self._made) == MOST:
                del self._made[next(iter(self._made))]
            now = LocalClock(start_time(settings)).datetime()
            world, scripts = self.read(settings.seed, settings, now)
            self._made[key] = Start(world, world.snapshot(), scripts or {})
        return self._made[key]

    def read(self, source: Any, settings: Settings, now: datetime) -> tuple[World, Scripted | None]:
        """The world of a document, and its scripts, or none if it has none. Raises `MockError`.

        `source` is the document or its path; none is the default world.
        """
        document = self._document(source, settings)
        world = World(self._kinds, settings.random_seed)
        seeding.fill(world, document, now)
        for organization in world:
            self._check(organization, f"{document.where}: ")
        given = document.get("scripts")
        if given is None:
            return world, None
        return world, self._scripts.read(given, f"{document.where}: scripts", world)


def start_time(settings: Settings) -> float | None:
    """The time at which a clock starts, in seconds since the epoch; none is the real time."""
    return settings.clock.timestamp() if settings.clock else None
