"""State file: a world, its scripts and its clock, kept in a file while they are served."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amigo_mock.engine.fake import Fake
from amigo_mock.engine.persistence.database import Database
from amigo_mock.engine.persistence.world_rows import WorldRows
from amigo_mock.errors import MockError, StateError
from amigo_mock.state.clock import ClockState, LocalClock
from amigo_mock.world.changes import Changes
from amigo_mock.world.documents import seeding
from amigo_mock.world.world import Organization, Records, World, WorldSnapshot

_LOGGER = logging.getLogger("amigo_mock.state")


@dataclass(frozen=True)
class Kept:
    """A state that is in the file, to come back to."""

    world: World
    snapshot: WorldSnapshot
    scripts: Mapping[str, tuple[Any, ...]]
    clock: ClockState


class StateFile:
    """Has everything that a request changed in the file before it is answered.

    What cannot be kept is refused, and undone: then the fake is as the file has it. Each further
    change tries again.
    """

    def __init__(self, fake: Fake, path: Path) -> None:
        self._fake = fake
        self._database = Database(path)
        self._rows = WorldRows(self._database)
        self._changes = Changes()
        self._world: World | None = None
        self._marks: object = None
        self._trouble = ""
        self._kept: Kept | None = None  # while the file cannot be written
        self._lost = False

    @classmethod
    def open(cls, fake: Fake, path: Path, address: str) -> StateFile:
        """Start from the file, or write it if there is none, and keep it from now on.

        Raises `StateError` if it is broken, cannot be written, or is in use.
        """
        with fake.lock:
            found = cls(fake, path)
            try:
                found._begin(address)
            except BaseException:
                found._end()
                raise
            fake.storage = found
            return found

    def _begin(self, address: str) -> None:
        if self._database.new:
            self._watch()
        else:
            self._read()
        with self._database.explained():
            self._write()
        since = LocalClock().datetime().isoformat(" ", "seconds")
        self._database.begun(f"process {os.getpid()} at {address}, since {since}")
        self._settle()

    def close(self) -> None:
        """Keep it no longer. Raises `StateError` if something is not kept."""
        fake = self._fake
        with fake.lock:
            fake.storage = None
            try:
                self.commit()
                self._database.check()
            finally:
                self._end()

    def _end(self) -> None:
        self._fake.world.watch(None)
        self._database.close()

    @property
    def trouble(self) -> str:
        """The reason why nothing can be kept; empty if all is well, maybe again."""
        with self._fake.lock:
            try:
                if self._trouble and not self._lost:
                    self._database.keep(self._write_marks)
                    self._recover()
                self._database.check()
            except StateError as error:
                return str(error)
            return self._trouble

    def commit(self) -> None:
        """Keep what changed. Raises `StateError`, and undoes it, if that cannot be."""
        if self._lost:
            raise StateError(self._trouble)
        if self._fake.world is not self._world:
            self._watch()
        if not self._changes and self._marks == self._now():
            return
        try:
            self._database.keep(self._write)
        except StateError as error:
            self._refuse(error)
        self._settle()
        if self._trouble:
            self._recover()

    # Writing

    def _write(self) -> None:
        fake = self._fake
        self._rows.write(fake.world, self._changes)
        if self._marks != self._now():
            self._write_marks()

    def _write_marks(self) -> None:
        self._database.put("clock", json.dumps(self._fake.clock.state))
        self._database.put("scripts", json.dumps(self._fake.scripts.document(checked=False)))

    def _watch(self) -> None:
        self._world = self._fake.world
        self._world.watch(self._changes)

    def _now(self) -> object:
        return self._fake.clock.state, self._fake.scripts.changes

    def _settle(self) -> None:
        self._changes.clear()
        self._marks = self._now()

    def _recover(self) -> None:
        _LOGGER.warning("state file %s: can be written again", self._database.path)
        self._trouble, self._kept = "", None

    # Undoing

    def _refuse(self, error: StateError) -> None:
        if str(error) != self._trouble:
            _LOGGER.error("%s; nothing is changed until it can be kept", error)
        self._trouble = str(error)
        try:
            self._undo()
        except MockError as worse:
            self._lost = True
            self._trouble = f"{worse}; it has to be started anew"
            _LOGGER.error("%s", self._trouble)
        raise StateError(self._trouble)

    def _undo(self) -> None:
        fake, kept = self._fake, self._kept
        if kept is None:
            self._read()
        else:
            fake.replace(kept.world)
            kept.world.restore(kept.snapshot)
            fake.scripts.restore(kept.scripts)
            fake.clock.restore(kept.clock)
            self._watch()
        self._settle()
        world = fake.world
        self._kept = Kept(world, world.snapshot(), fake.scripts.snapshot(), fake.clock.state)

    def _read(self) -> None:
        fake = self._fake
        where = f"state file {self._database.path}"
        with self._database.explained():
            world, whole = self._rows.read(
                fake.catalog.kinds, fake.settings.random_seed, self._begin_kind
            )
            clock, scripts = self._database.get("clock"), self._database.get("scripts")
        read = fake.scripts.read(json.loads(scripts or "{}"), f"{where}: scripts")
        fake.replace(world)
        fake.scripts.restore(read)
        start, offset, frozen = json.loads(clock or "[null, 0, null]")
        if start == fake.clock.start:  # else the setting says another one than before
            fake.clock.restore((start, offset, frozen))
        self._watch()
        self._changes.everything = not whole

    def _begin_kind(self, world: World, organization: Organization, collection: Records) -> None:
        now = self._fake.clock.datetime()
        seeding.begin(world, organization, collection, now)
