"""Changes: what was changed in a world and is not kept elsewhere yet."""

from __future__ import annotations

from collections.abc import Callable

Note = Callable[[int, int], None]  # told the position of a changed record, and its versions before

WHOLE = 1 << 62  # the position that stands for all records of a collection


class Changes:
    """The changed records by organization and kind, and by position in their collection.

    With each is the number of versions that it had before. `everything` is true where more has
    changed than that tells: the organizations themselves.
    """

    def __init__(self) -> None:
        self.everything = True
        self.records: dict[tuple[str, str], dict[int, int]] = {}

    def note(self, organization: str, kind: str, position: int, versions: int) -> None:
        """Note a changed record, or with the position `WHOLE` all of them."""
        self.records.setdefault((organization, kind), {}).setdefault(position, versions)

    def clear(self) -> None:
        """Begin anew: all of it is kept."""
        self.everything = False
        self.records.clear()

    def __bool__(self) -> bool:
        return self.everything or bool(self.records)
