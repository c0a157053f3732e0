"""Table: the containers of a collection."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from amigo_mock.world.search import Index


class Table:
    """The containers of a collection. Records have positions, in order of creation."""

    def __init__(self, sortable: Iterable[str]) -> None:
        self.pending: Callable[[], None] | None = None
        self.rows: list[bytes] = []
        self.versions: list[tuple[bytes, ...]] = []
        self.positions: dict[str, int] = {}
        self.names: dict[str, int] = {}
        self.labels: dict[str, dict[Hashable, list[int]]] = {}
        self.columns: dict[str, list[Any]] = {name: [] for name in sortable}
        self.orders: dict[str, list[tuple[Any, int]]] = {}
        self.index: Index | None = None
        self.known: dict[str, object] = {}

    def copy(self) -> Table:
        """The same records in containers of their own."""
        twin = Table(())
        twin.rows, twin.versions = self.rows[:], self.versions[:]
        twin.positions, twin.names = self.positions.copy(), self.names.copy()
        twin.labels = {
            name: {value: found[:] for value, found in values.items()}
            for name, values in self.labels.items()
        }
        twin.columns = {name: values[:] for name, values in self.columns.items()}
        twin.orders = {name: order[:] for name, order in self.orders.items()}
        twin.index = self.index.branch() if self.index else None
        return twin
