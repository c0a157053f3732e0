"""The catalogue: every operation of the published Amigo Classic API, emulated or not, and more.

A request to an operation that the fake does not emulate is answered 501, so that a gap in the fake
never looks like a missing resource. The table itself is `operations.txt`; the digest in
`fixtures/published.json` is the evidence for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NONE = "-"


@dataclass(frozen=True, slots=True)
class PublishedOperation:
    """A row: the name of an operation, where it is, and the statuses that it may answer with.

    `module` is the one that emulates it, below `amigo_mock.resources`.
    """

    id: str
    method: str
    path: str
    statuses: tuple[int, ...]
    module: str | None = None

    @property
    def success(self) -> int:
        """The status of an answer that is no error."""
        return self.statuses[0]


def _rows(table: Path) -> Iterator[PublishedOperation]:
    for line in table.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            id, method, statuses, module, path = line.split()
            numbers = tuple(int(status) for status in statuses.split(","))
            yield PublishedOperation(id, method, path, numbers, None if module == NONE else module)


CATALOGUE = {row.id: row for row in _rows(Path(__file__).with_name("operations.txt"))}
"""Every row by its name."""

PUBLISHED = tuple(row for row in CATALOGUE.values() if row.path.startswith("/v1/"))
"""The rows of the published OpenAPI document, in its order."""

LINKED = tuple(row for row in CATALOGUE.values() if row not in PUBLISHED)
"""The rows of what answers link to, which is in no document."""
