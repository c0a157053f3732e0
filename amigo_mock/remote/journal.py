"""The journal of a tenant elsewhere."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from threading import RLock
from typing import Any

from amigo_mock.remote.control_client import TenantClient
from amigo_mock.state.journal import Journal, Listener
from amigo_mock.state.requests import Entry

Fetch = Callable[[int | None], list[dict[str, Any]]]
"""Fetches the entries after the one with a number, or all of them."""


class RemoteJournal(Journal):
    """Fetches new entries when the journal is read, and calls the listeners then.

    Nothing is fetched twice; `size` is the number of fetched entries that are kept.
    """

    def __init__(
        self, control: TenantClient, size: Callable[[], int], operations: Collection[str]
    ) -> None:
        super().__init__((), operations)
        self._control = control
        self._size = size
        self._lock = RLock()
        self._entries: deque[Entry] = deque()
        self._listeners: list[Listener] = []

    @property
    def met(self) -> Counter[tuple[str, int, bool]]:
        """Answers by operation, status and whether a fault made them; clearing leaves it."""
        found: Counter[tuple[str, int, bool]] = Counter()
        for row in self._control.get("coverage")["operations"]:
            for name, fault in (("statuses", False), ("faults", True)):
                for status, times in row[name].items():
                    if times:
                        found[row["operation"], int(status), fault] = times
        return found

    @property
    def forgotten(self) -> int:
        """The number of requests that the journal has dropped."""
        return int(self._control.get("journal")["forgotten"])

    def subscribe(self, listener: Listener, *, past: bool = False) -> None:
        """Tell a listener of every request from here on, and of the `past` ones first if asked.

        Past ones that were not fetched yet are fetched at the next reading.
        """
        with self._lock:
            if not past:
                self.look()
            for entry in self._entries if past else ():
                listener(entry)
            self._listeners.append(listener)

    def unsubscribe(self, listener: Listener) -> None:
        """Tell a listener of no request from here on."""
        try:
            self.look()
        finally:
            self._listeners.remove(listener)

    def unsubscribe_all(self) -> None:
        """Tell nobody of any request from here on."""
        self._listeners.clear()

    def look(self, fetch: Fetch | None = None) -> None:
        """Fetch the new entries, and call the listeners."""
        with self._lock:
            for entry in self._new(fetch or self._fetch):
                for listener in tuple(self._listeners):
                    listener(entry)

    def _new(self, fetch: Fetch) -> list[Entry]:
        known = self._entries
        # The newest known entry is fetched again: if it is not the first of the answer, the journal
        # was emptied meanwhile, or has dropped entries that are not known here.
        found = _entries(fetch(known[-2].number if len(known) > 1 else None))
        if known and found and found[0] == known[-1]:
            found = found[1:]
        elif known:
            known.clear()
            found = _entries(fetch(None))
        known.extend(found)
        while len(known) > self._size():
            known.popleft()
        return found

    def _fetch(self, after: int | None) -> list[dict[str, Any]]:
        return list(self._control.get("requests", after=after)["requests"])

    def clear(self) -> None:
        """Empty the journal, and number the requests from 1 again."""
        with self._lock:
            self.tell()
            self._control.call("DELETE", "requests")
            self.forget()

    def tell(self) -> None:
        """Call the listeners with the new entries before the journal is emptied."""
        if self._listeners:
            self.look()

    def forget(self) -> None:
        """Drop the fetched entries: the journal was emptied."""
        with self._lock:
            self._entries.clear()

    def __iter__(self) -> Iterator[Entry]:
        with self._lock:
            self.look()
            return iter(tuple(self._entries))

    def __len__(self) -> int:
        with self._lock:
            self.look()
            return len(self._entries)

    def __repr__(self) -> str:
        return f"<Journal of {self._control.organization}>"


def _entries(found: list[dict[str, Any]]) -> list[Entry]:
    return [Entry.of(one) for one in found]
