"""TableBuilder: gathers the records of a table before they are put into chunks.

Plain containers are cheaper to fill one by one than those that a table shares with its copies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar, cast

from amigo_mock.world.kind import Kind, serialize
from amigo_mock.world.records import Stored, Version
from amigo_mock.world.storage.copy_on_write import CopyOnWriteList
from amigo_mock.world.storage.copy_on_write_dict import CopyOnWriteDict
from amigo_mock.world.storage.labelled import Labelled
from amigo_mock.world.storage.table import NameTaken, Table

R = TypeVar("R", bound=Stored)
V = TypeVar("V", bound=Version | None)


class TableBuilder(Generic[R, V]):
    """The records that a table is to have, in order of creation."""

    def __init__(self, kind: Kind[R, V]) -> None:
        self.kind = kind
        self._rows: list[bytes] = []
        self._versions: list[tuple[bytes, ...]] = []
        self._positions: dict[str, int] = {}
        self._names: dict[str, int] = {}
        self._columns: dict[str, list[Any]] = {name: [] for name in kind.sortable}
        self._labelled = Labelled()

    def __contains__(self, id: str) -> bool:
        return id in self._positions

    def has_name(self, name: str) -> bool:
        """Return whether a live record has this name."""
        return name in self._names

    def add(self, record: R, versions: Sequence[V]) -> None:
        """Add a record with its versions, first to last. Raises `NameTaken`."""
        if record.unique in self._names:
            raise NameTaken(record.unique)
        row, texts = serialize(record), tuple(map(serialize, versions))
        self._put(record, row, versions[-1] if versions else None, texts)

    def add_stored(self, row: bytes, versions: tuple[bytes, ...]) -> None:
        """Add a record that was kept as the JSON of it and of its versions."""
        kind, latest = self.kind, None
        if versions and kind.references:  # nothing else looks at it
            latest = cast("type[Version]", kind.version).model_validate_json(versions[-1])
        self._put(kind.record.model_validate_json(row), row, latest, versions)

    def _put(self, record: R, row: bytes, latest: Any, versions: tuple[bytes, ...]) -> None:
        unique, position = record.unique, len(self._rows)
        self._rows.append(row)
        self._versions.append(versions)
        values = vars(record)
        self._positions[values["id"]] = position
        if unique is not None:
            self._names[unique] = position
        for name, column in self._columns.items():
            column.append(values[name])
        self._labelled.add(position, self.kind.labels_of(record, latest))

    def stored(self) -> Iterator[tuple[bytes, tuple[bytes, ...]]]:
        """Return the JSON of every record and of its versions, in order of creation."""
        return zip(self._rows, self._versions, strict=True)

    def fill(self, table: Table) -> None:
        """Put all records into an empty table."""
        table.rows, table.versions = CopyOnWriteList(self._rows), CopyOnWriteList(self._versions)
        table.positions = CopyOnWriteDict(self._positions)
        table.names = CopyOnWriteDict(self._names)
        table.fill(self._columns, self._labelled)
