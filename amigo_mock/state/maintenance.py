"""Maintenance: a switch under which every operation answers 503."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from amigo_mock.attributes import KnownAttributes


class Maintenance(KnownAttributes):
    """True while it is on. `with mock.maintenance():` turns it on for a block."""

    enabled = False

    def __bool__(self) -> bool:
        return self.enabled

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """On inside of the block, and afterwards as it was."""
        before, self.enabled = self.enabled, True
        try:
            yield
        finally:
            self.enabled = before

    def __repr__(self) -> str:
        return f"<Maintenance {'on' if self.enabled else 'off'}>"
