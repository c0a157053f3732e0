"""Snapshots of a world that are kept under numbers."""

from __future__ import annotations

from amigo_mock.errors import MockError
from amigo_mock.world.world import WorldSnapshot

MOST = 1000  # that are kept; of more, the one that was used longest ago goes


class Snapshots:
    """The last snapshots, by the numbers that clients have of them."""

    def __init__(self) -> None:
        self._kept: dict[int, WorldSnapshot] = {}
        self._count = 0

    def keep(self, snapshot: WorldSnapshot) -> int:
        """Keep a snapshot; its number."""
        if len(self._kept) == MOST:
            del self._kept[next(iter(self._kept))]
        self._count += 1
        self._kept[self._count] = snapshot
        return self._count

    def take(self, number: int) -> WorldSnapshot:
        """The snapshot with a number, which then counts as the newest.

        Raises `MockError` if it is not kept.
        """
        if number not in self._kept:
            raise MockError(f"there is no snapshot {number}; the last {MOST} are kept")
        self._kept[number] = snapshot = self._kept.pop(number)
        return snapshot
