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
"""Gives the entries after the one with a number, or all of them."""


class RemoteJournal(Journal):
    """Fetches what is new when somebody looks, and tells the listeners then.

    Nothing is fetched twice; `size` says how much of what was fetched is kept.
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
        """The number of requests that were there and are no longer."""
        return int(self._control.get("journal")["forgotten"])

    def subscribe(self, listener: Listener, *, past: bool = False) -> None:
        """Tell a listener of every request from here on, and of the `past` ones first if asked.

        The past ones that were not fetched yet are fetched when somebody looks.
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

    def look(self, fetch: Fetch | None = None) -> None:
        """Fetch what is new, and tell the listeners."""
        with self._lock:
            for entry in self._new(fetch or self._fetch):
                for listener in tuple(self._listeners):
                    listener(entry)

    def _new(self, fetch: Fetch) -> list[Entry]:
        known = self._entries
        # The newest one is asked for again: if it is not what comes first, the journal was emptied
        # meanwhile, or has moved on by more than it holds.
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
        """Forget everything, and number the requests from 1 again."""
        with self._lock:
            self.tell()
            self._control.call("DELETE", "requests")
            self.forget()

    def tell(self) -> None:
        """Tell the listeners, if there are any, before it is too late."""
        if self._listeners:
            self.look()

    def forget(self) -> None:
        """Forget what was fetched: the journal was emptied."""
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
