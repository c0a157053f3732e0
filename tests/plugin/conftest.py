"""Suites inside of tests."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from pkgutil import walk_packages

import pytest

import amigo_mock
import pytest_amigo
from tests.plugin.inner import Inner

# A suite in this process forgets what it was the first to import, and not every library bears to
# be imported again.
for library in ("amigo_sdk", "faker", "httpx2", "trio", "uvicorn", "uvloop", "yaml"):
    if find_spec(library):  # in an environment with the least there may be
        import_module(library)
for package in (amigo_mock, pytest_amigo):
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Inner:
    """An empty suite. A module that asks for it has `pytest_plugins = ["pytester"]`."""
    for name in tuple(os.environ):
        if (
            name.startswith(("AMIGO_", "PYTEST_XDIST", "PYTEST_ADDOPTS"))
            or "_PROXY" in name.upper()
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    return Inner(pytester)
