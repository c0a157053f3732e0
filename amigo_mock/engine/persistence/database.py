"""Database: the file that a world is kept in, as SQLite has it.

One process holds it, until that ends, however it ends. What a transaction changed is with the
operating system when it is over, in the log beside the file (`FILE-wal`): the end of the process
loses none of it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from amigo_mock.engine.persistence.reasons import (
    IN_USE,
    NO_STATE_FILE,
    READ_ONLY,
    no_database,
    reason,
)
from amigo_mock.errors import StateError

FORMAT = 1  # of the tables: `user_version` of the file
APPLICATION = 0x616D6967  # whose file it is: `application_id`

SMALLEST = 512  # bytes of a database

TABLES = """
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE collections(number INTEGER PRIMARY KEY, organization TEXT, kind TEXT)
"""

# The log is taken into the file after so many transactions, and written anew from its beginning;
# one that has grown beyond so many bytes is cut. As this waits for the disk, which nothing else
# does, it is done seldom.
TRANSACTIONS = 8192
LARGEST_LOG = 64 * 1024 * 1024


PROBLEMS = (sqlite3.Error, OSError, UnicodeError)


class Database:
    """An open file that this process holds. Raises `StateError` where it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._log = Path(f"{self.path.resolve()}-wal")
        self._log_size = self._transactions = 0
        self._known: tuple[object, ...] = ()
        with self.explained():
            if not self.path.exists():
                # It has API keys in it: what is new is for its owner alone.
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            elif 0 < self.path.stat().st_size < SMALLEST:  # SQLite takes it for an empty one
                raise self._error(no_database(self.path))
            elif not os.access(self.path, os.W_OK):
                raise self._error(READ_ONLY)
            self._connection = sqlite3.connect(
                self.path, timeout=0, isolation_level=None, check_same_thread=False
            )
        try:
            self.new = self._hold()
        except BaseException:
            self._connection.close()
            raise

    def _hold(self) -> bool:
        """Hold the file, and say whether there is nothing in it yet."""
        with self.explained():
            self.execute("PRAGMA locking_mode = EXCLUSIVE")
            (application,) = self.one("PRAGMA application_id")
            (format,) = self.one("PRAGMA user_version")
            new = (application, format, *self.one("SELECT count(*) FROM sqlite_master")) == (
                0,
                0,
                0,
            )
            if not new and application != APPLICATION:
                raise self._error(NO_STATE_FILE)
            if format > FORMAT:
                raise self._error(
                    f"was written by a newer amigo-mock, in format {format}: use that one, "
                    f"because this one knows formats to {FORMAT}"
                )
            self.execute("PRAGMA journal_mode = WAL")
            self.execute("PRAGMA synchronous = NORMAL")
            self.execute("PRAGMA wal_autocheckpoint = 0")
            self.execute("BEGIN EXCLUSIVE")
            if new:
                for statement in TABLES.split(";"):
                    self.execute(statement)
                self.execute(f"PRAGMA application_id = {APPLICATION}")
                self.execute(f"PRAGMA user_version = {FORMAT}")
            return new

    def begun(self, owner: str) -> None:
        """End the first transaction, which the file was opened with, and say who holds it."""
        with self.explained():
            self.put("owner", owner)
            self.execute("COMMIT")
            self._take_in()  # whoever is refused reads the owner from the file itself

    def keep(self, write: Callable[[], None]) -> None:
        """Keep all that is written by this, or nothing of it."""
        self.check()
        try:
            self.execute("BEGIN IMMEDIATE")
            write()
            self.execute("COMMIT")
        except BaseException as error:
            with suppress(sqlite3.Error):
                self.execute("ROLLBACK")
            if isinstance(error, PROBLEMS):
                raise self._explained(error) from None
            raise
        self._transactions += 1
        if self._transactions >= TRANSACTIONS or self._log_size > LARGEST_LOG:
            with suppress(sqlite3.Error):  # all is kept; the next one tries again
                self._take_in()

    def check(self) -> None:
        """Raise `StateError` if the file is not what it was when this process left it."""
        if self._seen() != self._known:
            raise self._error(
                "was changed, replaced or deleted by somebody else: put it back, or save the world "
                "(GET /_mock/state) and start anew"
            )

    def _take_in(self) -> None:
        """Take the log into the file."""
        mode = "TRUNCATE" if self._log_size > LARGEST_LOG else "PASSIVE"
        self.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
        self._transactions = 0
        self._known = self._seen()

    def close(self) -> None:
        """Take the log into the file, and hold it no longer."""
        with self.explained():
            try:
                if self._seen() == self._known:
                    self.execute("DELETE FROM meta WHERE name = 'owner'")
            finally:
                self._connection.close()

    # Statements

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        """Execute a statement."""
        return self._connection.execute(statement, values)

    def many(self, statement: str, values: Iterable[tuple[Any, ...]]) -> None:
        """Execute a statement for each of these."""
        self._connection.executemany(statement, values)

    def one(self, statement: str) -> tuple[Any, ...]:
        """The only row of an answer."""
        (row,) = self._connection.execute(statement)
        return tuple(row)

    def put(self, name: str, value: str) -> None:
        """Keep a value under a name."""
        self.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def get(self, name: str) -> str | None:
        """The value under a name."""
        found = self.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    # Inside

    def _seen(self) -> tuple[object, ...]:
        """What the file and its log can be told from others by.

        This process changes the size of the file only where it takes the log in.
        """
        try:
            file, log = self.path.stat(), self._log.stat()
        except OSError:
            return ()
        self._log_size = log.st_size
        return file.st_ino, file.st_dev, file.st_size, log.st_ino, log.st_dev

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Raise what goes wrong meanwhile as a `StateError`, in words."""
        try:
            yield
        except PROBLEMS as error:
            raise self._explained(error) from None

    def _explained(self, error: Exception) -> StateError:
        text = reason(self.path, error)
        return self._error(text + _owner(self.path) if text == IN_USE else text)

    def _error(self, text: str) -> StateError:
        return StateError(f"state file {self.path}: {text}")


def _owner(path: Path) -> str:
    """The one that holds a file, as it says there itself; this asks for no lock."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as connection:
            found = connection.execute("SELECT value FROM meta WHERE name = 'owner'").fetchone()
    except sqlite3.Error:
        return ""
    return f" by {found[0]}" if found else ""
