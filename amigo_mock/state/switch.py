"""Switch: what is started and stopped, or is on for the length of a `with` block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Switch(ABC):
    """The base of whatever has `start`, `stop` and `with`."""

    @abstractmethod
    def start(self) -> object:
        """Turn it on."""

    @abstractmethod
    def stop(self) -> None:
        """Turn it off."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
