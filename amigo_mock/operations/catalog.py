"""Registry: things by name, each of which is only made when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")


class Registry(Mapping[str, T]):
    """What `find` has under a name, found once; `names` are all those under which it has something.

    To ask for one name costs what that one costs; to go through them costs all of it.
    """

    def __init__(self, names: Callable[[], Iterable[str]], find: Callable[[str], T | None]) -> None:
        self._names = names
        self._find = find
        self._found: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        found = self._found.get(name)
        if found is None:
            found = self._find(name)
            if found is None:
                raise KeyError(name)
            self._found[name] = found
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return sum(1 for _ in self)
