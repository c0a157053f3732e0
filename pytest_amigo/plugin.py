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

WIDER_SCOPE = (
    "The fake is as new for each test. For records that several tests start from, return "
    "{\"seed\": world} from a fixture 'amigo_settings', which may have any scope; for an address "
    "that outlives a test, take 'amigo_server'."
)
FIXTURES = frozenset(__all__) - {"amigo_settings"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    options.add(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> None:
    """Refuse a flag that does not exist. Arguments after `--` are files."""
    options.check_flags(args[: args.index("--")] if "--" in args else args)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; refuse options that cannot be; begin the reports."""
    config.addinivalue_line("markers", options.marker())
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
    if any(options.enabled(config, name) for name in ("session_guard", "session_environment")):
        from pytest_amigo.session import Session

        Session.open(config)
    if options.reporting(config):
        from pytest_amigo.reports import Reports

        Reports.of(config)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuse a wrong world or address before pytest-xdist starts its workers, which cannot."""
    config = session.config
    if config.pluginmanager.hasplugin("dsession") and any(options.given(config)):
        from pytest_amigo.session import Session

        Session.check(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin the fake before the first test if one uses it: what is wrong is told once."""
    config = session.config
    if config.option.collectonly or hasattr(config, "workerinput") or options.unsupported():
        return
    if any(not FIXTURES.isdisjoint(getattr(item, "fixturenames", ())) for item in session.items):
        from pytest_amigo.session import Session

        Session.begin(config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Say what to do instead where a fixture of a wider scope asks for the fake."""
    text = report.longreprtext if report.failed and report.when == "setup" else ""
    if "ScopeMismatch" in text and any(name in text for name in FIXTURES - {"amigo_server"}):
        report.sections.append(("amigo", WIDER_SCOPE))


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
