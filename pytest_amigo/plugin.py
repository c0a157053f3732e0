"""The hooks that every run of pytest calls.

The others are methods of `Session` and `Reports`, which are registered as plugins when the fake is
used and when reports are asked for.
"""

from __future__ import annotations

import pytest

from pytest_amigo import options
from pytest_amigo.fixtures import (
    amigo,
    amigo_async_client,
    amigo_client,
    amigo_env,
    amigo_server,
    amigo_settings,
)

__all__ = [
    "amigo",
    "amigo_async_client",
    "amigo_client",
    "amigo_env",
    "amigo_server",
    "amigo_settings",
]

FIXTURES = frozenset(__all__) - {"amigo_settings"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; refuse options that cannot be; begin the reports."""
    config.addinivalue_line(
        "markers",
        "amigo(**settings): settings of the fake for this test, such as strict=True; "
        "on a test, a class or a module, where the nearest wins.",
    )
    options.check(config)
    if any(options.given(config)):
        _use_options(config)


def _use_options(config: pytest.Config) -> None:
    if sentence := options.unsupported():
        raise pytest.UsageError(sentence)

    from amigo_mock.errors import MockError
    from pytest_amigo.settings import SuiteSettings, base

    try:
        SuiteSettings.combined(base(config))
    except MockError as error:
        raise pytest.UsageError(str(error)) from None
    if options.reporting(config):
        from pytest_amigo.reports import Reports

        Reports.of(config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a marker on a test that does not use the fake: it would mean nothing."""
    if any(mark.name == "amigo" for mark in item.own_markers):
        used = getattr(item, "fixturenames", ())
        if FIXTURES.isdisjoint(used):
            pytest.fail(
                f"{item.name} is marked 'amigo' and uses none of its fixtures: "
                "take 'amigo' or 'amigo_client' as an argument, or leave out the marker",
                pytrace=False,
            )
