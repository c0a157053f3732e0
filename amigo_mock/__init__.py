"""An in-memory fake of the Amigo Classic API."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amigo_mock.engine.backend import Snapshot
    from amigo_mock.engine.races import ArmedRace, Race, Races
    from amigo_mock.errors import MockError
    from amigo_mock.mock import AmigoMock
    from amigo_mock.server.app import create_app
    from amigo_mock.settings import Settings
    from amigo_mock.state.clock import Clock
    from amigo_mock.state.faults import Armed, Fault, Faults
    from amigo_mock.state.journal import Journal
    from amigo_mock.state.limits import RateLimits
    from amigo_mock.state.maintenance import Maintenance
    from amigo_mock.state.requests import Entry, Requests
    from amigo_mock.testing.actor import Actor
    from amigo_mock.world.records.identity import Grant

__all__ = [
    "Actor",
    "AmigoMock",
    "Armed",
    "ArmedRace",
    "Clock",
    "Entry",
    "Fault",
    "Faults",
    "Grant",
    "Journal",
    "Maintenance",
    "MockError",
    "Race",
    "Races",
    "RateLimits",
    "Requests",
    "Settings",
    "Snapshot",
    "create_app",
]

_MODULES = {
    "engine.backend": ("Snapshot",),
    "engine.races": ("ArmedRace", "Race", "Races"),
    "errors": ("MockError",),
    "mock": ("AmigoMock",),
    "server.app": ("create_app",),
    "settings": ("Settings",),
    "state.clock": ("Clock",),
    "state.faults": ("Armed", "Fault", "Faults"),
    "state.journal": ("Journal",),
    "state.limits": ("RateLimits",),
    "state.maintenance": ("Maintenance",),
    "state.requests": ("Entry", "Requests"),
    "testing.actor": ("Actor",),
    "world.records.identity": ("Grant",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    # Nothing is imported until it is used: the plugin loads in every run of pytest.
    if name in _HOMES:
        return getattr(import_module(f"amigo_mock.{_HOMES[name]}"), name)
    if name == "__version__":
        from importlib.metadata import version

        return version("amigo-mock")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
