"""Ids: of records, of versions and of results of runs. Only a world makes them."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

IdsSnapshot = Mapping[tuple[str, str], tuple[int, set[int]]]

FIRST, FAR = 0x66 << 88, 0x67 << 88  # ids are made from the one on; a world's may lie anywhere

DEFAULTS = 16  # ids that are set aside


class Ids:
    """24 lower-case hexadecimal digits, increasing: those of one kind in one organization.

    Seed, organization and kind say where they begin, so that no other kind or organization moves
    them. The very first ones, from `first` on, are set aside for what an organization has of the
    kind by default.
    """

    def __init__(self, seed: int = 0, organization: str = "", kind: str = "") -> None:
        text = f"{seed}/{organization}/{kind}".encode(errors="surrogatepass")
        digest = blake2b(text, digest_size=8).digest()
        base = FIRST | int.from_bytes(digest) >> 4 << 24
        self.first = f"{base + 1:024x}"
        self.last = base + DEFAULTS
        self._taken: set[int] = set()
        self._kept = False  # whether somebody else has them, too: then they change in a copy

    def make(self) -> str:
        """The next id."""
        number = self.last + 1
        while number in self._taken:
            number += 1
        self.last = number
        return "%024x" % number  # noqa: UP031 - half of an f-string's time, twice for each record

    def reserve(self, count: int) -> str:
        """The first of so many ids in a row, which `nth` counts on from."""
        while any(self.last < taken <= self.last + count for taken in self._taken):
            self.last += 1
        first = self.last + 1
        self.last += count
        return f"{first:024x}"

    def pass_by(self, id: str) -> None:
        """Never make this one, which came from outside, or one below it."""
        number = int(id, 16)
        if self.last < number < FAR:
            self.last = number
        else:
            if self._kept:
                self._taken, self._kept = self._taken.copy(), False
            self._taken.add(number)

    @property
    def taken(self) -> set[int]:
        """Those that came from outside; for `restore`, and not to be changed."""
        self._kept = True
        return self._taken

    def restore(self, last: int, taken: set[int]) -> None:
        """Go on as from there."""
        self.last, self._taken, self._kept = last, taken, True


def nth(id: str, number: int) -> str:
    """The id that stands so many after another one."""
    return f"{int(id, 16) + number:024x}"


class IdSeries:
    """The ids of a world: a series for each kind in each organization."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._series: dict[tuple[str, str], Ids] = {}

    def of(self, organization: str, kind: str) -> Ids:
        """The ids of one kind in one organization."""
        found = self._series.get((organization, kind))
        if found is None:
            found = self._series[organization, kind] = Ids(self._seed, organization, kind)
        return found

    def last(self) -> dict[tuple[str, str], int]:
        """The last id of each series, for `go_on`."""
        return {key: ids.last for key, ids in self._series.items()}

    def go_on(self, last: Mapping[tuple[str, str], int]) -> None:
        """Begin anew, and go on from these."""
        self._series.clear()
        for key, number in last.items():
            self.of(*key).last = number

    def snapshot(self) -> IdsSnapshot:
        """The ids as they are, for `restore`."""
        return {key: (ids.last, ids.taken) for key, ids in self._series.items()}

    def restore(self, snapshot: IdsSnapshot) -> None:
        """Go on as from there."""
        known, self._series = self._series, {}
        for key, state in snapshot.items():
            ids = self._series[key] = known.get(key) or Ids(self._seed, *key)
            ids.restore(*state)
