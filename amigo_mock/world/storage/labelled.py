"""Labelled: new records with their labels, as they come; and then by label.

Records that have all their labels in common are gathered under all of them at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from amigo_mock.world.kind import Label


class Labelled:
    """The positions of records by what labels they have. They are added in ascending order."""

    def __init__(self) -> None:
        self._alike: dict[tuple[Label, ...], list[int]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, position: int, labels: Iterable[Label]) -> None:
        """Add a record."""
        self._count += 1
        together = tuple(labels)
        alike = self._alike.get(together)
        if alike is None:
            self._alike[together] = [position]
        else:
            alike.append(position)

    def by_label(self) -> dict[Label, list[int]]:
        """Return the positions of each label, ascending."""
        found: defaultdict[Label, list[int]] = defaultdict(list)
        for labels, positions in self._alike.items():
            for label in set(labels):
                found[label] += positions
        for positions in found.values():
            positions.sort()
        return found
