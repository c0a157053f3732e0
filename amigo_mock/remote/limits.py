"""Rate limits and maintenance of a tenant elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amigo_mock.operations.catalog import Catalog
from amigo_mock.remote.control_client import TenantClient
from amigo_mock.state.limits import RateLimits, ShownLimits
from amigo_mock.state.maintenance import Maintenance


class RemoteRateLimits(RateLimits):
    """Reads and changes the rate limits over the control API."""

    def __init__(self, control: TenantClient, catalog: Catalog) -> None:
        super().__init__(catalog.limit, catalog.operations)
        self._control = control

    @property
    def enabled(self) -> bool:
        """True while limits apply."""
        return bool(self._control.get("rate-limits")["enabled"])

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self._change(enabled=enabled)

    @property
    def limits(self) -> Mapping[str, int]:
        """Limits a minute, by operation, that differ from the published ones."""
        return ShownLimits(self._control.get("rate-limits")["limits"])

    def set(self, operation: str, requests: int) -> None:
        """Limit an operation to a number of requests a minute."""
        self.check({operation: requests})
        self._change(limits={operation: requests})

    def unset(self, operation: str) -> None:
        """Limit an operation as published again."""
        self._change(limits={operation: None})

    def used(self) -> Mapping[str, int]:
        """The use of the open window by its busiest caller, by operation."""
        return dict(self._control.get("rate-limits")["used"])

    def reset(self) -> None:
        """Open every window anew."""
        self._control.call("DELETE", "rate-limits")

    def _change(self, **change: Any) -> None:
        self._control.call("PUT", "rate-limits", change)


class RemoteMaintenance(Maintenance):
    """Reads and sets the maintenance switch over the control API."""

    def __init__(self, control: TenantClient) -> None:
        self._control = control

    @property
    def enabled(self) -> bool:
        """True while every operation answers 503."""
        return bool(self._control.get("maintenance")["enabled"])

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self._control.call("PUT", "maintenance", {"enabled": enabled})

    def __repr__(self) -> str:
        return f"<Maintenance of {self._control.organization}>"
