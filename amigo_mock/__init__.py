"""An in-memory fake of the Amigo Classic API."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amigo_mock.errors import MockError
    from amigo_mock.mock import AmigoMock
    from amigo_mock.server.app import create_app
    from amigo_mock.settings import Settings

__all__ = ["AmigoMock", "MockError", "Settings", "create_app"]

_HOMES = {
    "AmigoMock": "mock",
    "MockError": "errors",
    "Settings": "settings",
    "create_app": "server.app",
}


def __getattr__(name: str) -> Any:
    # Nothing is imported until it is used: the plugin loads in every run of pytest.
    if name in _HOMES:
        return getattr(import_module(f"amigo_mock.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
