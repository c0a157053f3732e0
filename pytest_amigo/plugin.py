"""The hooks: what pytest calls."""

from __future__ import annotations

from collections.abc import Generator
from sys import modules  # what was not imported was not used
from typing import TYPE_CHECKING, Any

import pytest

from pytest_amigo import options
from pytest_amigo.fixtures import (
    ITEM,
    amigo,
    amigo_async_client,
    amigo_client,
    amigo_env,
    amigo_server,
    amigo_settings,
)

if TYPE_CHECKING:
    from pytest_amigo.reports import Suite
    from pytest_amigo.session import Scene, Stage

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
    """Tell pytest of the options."""
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker; refuse options that say nothing it can use."""
    config.addinivalue_line(
        "markers",
        "amigo(**settings): settings of the fake for this test, such as strict=True; "
        "on a test, a class or a module, where the nearest wins.",
    )
    options.check(config)
    if any(options.given(config)) or options.reporting(config):
        _check(config)


def _check(config: pytest.Config) -> None:
    from amigo_mock.errors import MockError
    from pytest_amigo.settings import SuiteSettings, base

    try:
        SuiteSettings.combined(base(config))
        if options.reporting(config):
            from pytest_amigo.reports import Suite

            Suite.of(config)
    except MockError as error:
        raise pytest.UsageError(str(error)) from None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a marker on a test that does not use the fake: it would mean nothing."""
    item.config.stash[ITEM] = item
    if any(mark.name == "amigo" for mark in item.own_markers):
        used = getattr(item, "fixturenames", ())
        if FIXTURES.isdisjoint(used):
            pytest.fail(
                f"{item.name} is marked 'amigo' and uses none of its fixtures: "
                "take 'amigo' or 'amigo_client' as an argument, or leave out the marker",
                pytrace=False,
            )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Warn in the test that caused it, so that a warning made an error fails that test."""
    result = yield
    scene = _scene(item)
    if scene is not None:
        scene.warn()
        scene.passed = True
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failure what the test said to the fake."""
    report = yield
    scene = _scene(item)
    if report.failed and scene is not None:
        report.sections.append(("amigo", scene.report()))
    return report


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the fake, if it was started."""
    stage = _stage(config)
    if stage is not None:
        stage.end()


def _scene(item: pytest.Item) -> Scene | None:
    stage = modules.get("pytest_amigo.session")
    return None if stage is None else item.stash.get(stage.SCENE, None)


def _stage(config: pytest.Config) -> Stage | None:
    stage = modules.get("pytest_amigo.session")
    return None if stage is None else config.stash.get(stage.STAGE, None)


# What the whole suite did


def _suite(config: pytest.Config) -> Suite | None:
    found = modules.get("pytest_amigo.reports")
    return None if found is None else config.stash.get(found.SUITE, None)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker of pytest-xdist has counted."""
    suite = _suite(node.config)
    if suite is not None:
        suite.merge(getattr(node, "workeroutput", {}).get("amigo", {}))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what was counted, or write it; fail a run that covered too little."""
    suite = _suite(session.config)
    if suite is None:
        return
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["amigo"] = suite.json()
        return
    suite.write()
    if suite.shortfall and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the reports that were asked for."""
    suite = _suite(config)
    if suite is None:
        return
    for title, text in suite.sections():
        terminalreporter.section(title)
        terminalreporter.write_line(text)
    if suite.shortfall:
        terminalreporter.write_line(f"amigo: {suite.shortfall}", red=True)
