"""State file: a world with its scripts, kept in a file while it is served."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Event, Thread

from amigo_mock.engine.fake import Fake
from amigo_mock.errors import MockError
from amigo_mock.world.documents.document import dump

INTERVAL = 0.2  # seconds between two looks at whether the world has changed


class StateFile:
    """Writes the world to a file soon after every change, and at the end.

    The file is replaced as a whole, so that it is complete whenever it is read.
    """

    def __init__(self, fake: Fake, path: Path) -> None:
        self._fake = fake
        self._path = path
        self._written: tuple[int, ...] = ()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="amigo-mock-state", daemon=True)

    def start(self) -> None:
        """Load the file if there is one, and keep it from now on.

        Raises `MockError` if it is broken or cannot be written.
        """
        if self._path.exists():
            self._fake.put_state(self._path)
        self._save()
        self._thread.start()

    def stop(self) -> None:
        """Write what has changed, and stop."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
            self._save()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            with contextlib.suppress(MockError):  # a full disk now may have room at the next look
                self._save()

    def _save(self) -> None:
        # The lock is held for a snapshot only; requests are answered while it is written out.
        with self._fake.lock:
            revision = (*self._fake.revision, self._fake.scripts.changes)
            if revision == self._written:
                return
            world, scripts = self._fake.world.copy(), self._fake.scripts.document()
        try:
            self._write(dump(world, scripts))
        except OSError as error:
            reason = error.strerror or error
            raise MockError(f"state file {self._path}: cannot be written: {reason}") from None
        self._written = revision

    def _write(self, content: bytes) -> None:
        with NamedTemporaryFile(
            dir=self._path.parent, prefix=f".{self._path.name}.", delete=False
        ) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            Path(file.name).replace(self._path)
        except OSError:
            Path(file.name).unlink()
            raise
