"""The database below the state file: its log does not grow without end."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from amigo_mock.engine.persistence.database import LARGEST_LOG, TRANSACTIONS, Database

ROOM = 4 * 1024 * 1024  # bytes of one transaction, at most


def test_a_log_of_large_changes_is_taken_in(path: Path) -> None:
    """Rule: the log is taken into the file and cut before it is much larger than it may be.

    Source: the state file, which a server keeps for days.
    """
    database, log = Database(path), path.with_name(f"{path.name}-wal")
    database.begun("a test")
    largest = 0
    for number in range(LARGEST_LOG // ROOM + 4):
        database.keep(partial(database.put, "large", f"{number % 10}" * ROOM))
        largest = max(largest, log.stat().st_size)
        database.check()
    assert log.stat().st_size < largest <= LARGEST_LOG + 2 * ROOM
    database.close()
    assert not log.exists()


def test_a_log_of_many_changes_is_written_anew(path: Path) -> None:
    """Rule: after many small changes the log begins anew, and is no longer than for those.

    Source: the state file, which a server keeps for days.
    """
    database, log = Database(path), path.with_name(f"{path.name}-wal")
    database.begun("a test")
    sizes = []
    for count in (TRANSACTIONS, TRANSACTIONS // 2):
        for number in range(count):
            database.keep(partial(database.put, "small", str(number)))
        sizes.append(log.stat().st_size)
        database.check()
    assert sizes[1] <= sizes[0]
    database.close()
