"""The clock of a tenant elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from amigo_mock.remote.control_client import TenantClient
from amigo_mock.state.clock import Clock


class RemoteClock(Clock):
    """Reads and moves the clock over the control API."""

    def __init__(self, control: TenantClient) -> None:
        self.start = None
        self._control = control

    def now(self) -> float:
        """Seconds since the epoch, to the microsecond."""
        return datetime.fromisoformat(self._control.get("clock")["now"]).timestamp()

    @property
    def frozen(self) -> bool:
        """True while time stands still."""
        return bool(self._control.get("clock")["frozen"])

    def _advance(self, span: float) -> None:
        self._change(advance=span)

    def freeze(self, at: float | None = None) -> None:
        """Stop time, at `at` (seconds since the epoch) or now."""
        self._change(frozen=True) if at is None else self._change(at=float(at))

    def thaw(self) -> None:
        """Let time run on from where it stands."""
        self._change(frozen=False)

    def reset(self) -> None:
        """Back to the wall clock, or to the frozen start that was asked for."""
        self._change(reset=True)

    def _change(self, **change: Any) -> None:
        self._control.call("POST", "clock", change)

    def __repr__(self) -> str:
        return f"<Clock of {self._control.organization}>"
