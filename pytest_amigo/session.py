"""The fake of a whole run of pytest, which every test that uses it gets as new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from amigo_mock import AmigoMock, MockError
from pytest_amigo import failure_report, options
from pytest_amigo.context import TestContext
from pytest_amigo.problems import failing, failure
from pytest_amigo.safety.guard import Guard
from pytest_amigo.safety.sleeping import SleepPatch
from pytest_amigo.settings import SuiteSettings, base, marked, overridden

if TYPE_CHECKING:
    from pytest_amigo.reports import Reports

NAME = "amigo-session"  # of the plugin that a session is


class Session:
    """The fake of a run, with its settings; registered as a plugin when it is first used."""

    def __init__(self, config: pytest.Config) -> None:
        self._base = base(config)
        url = options.text(config, "url")
        if url:
            # A server elsewhere keeps its own size unless one is given here.
            size = SuiteSettings.model_fields["journal_body_size"].default
            self._base = {"journal_body_size": ("default", size), **self._base}
        settings = SuiteSettings.combined(self._base)
        self._settings = {"": settings}
        self._mock = AmigoMock.at(url, settings=settings) if url else AmigoMock(settings)
        self._test: TestContext | None = None
        self._reports = _reports(config)
        self._guard = Guard()
        # One for all tests: it knows its own functions where a test has put them back too late.
        self._sleeps = SleepPatch(
            self._mock.clock.advance, self._waiting, lambda: self._mock.in_server_thread
        )
        folder = options.text(config, "capsules")
        self._capsules = None if folder is None else Path(config.invocation_params.dir, folder)

    @classmethod
    def of(cls, config: pytest.Config) -> Session:
        """The session of a run, begun when it is first asked for.

        Fails the test that asks for it where the settings of the run cannot be.
        """
        found: Session | None = config.pluginmanager.get_plugin(NAME)
        if found is None:
            with failing():
                found = cls(config)
            config.pluginmanager.register(found, NAME)
        return found

    @property
    def mock(self) -> AmigoMock:
        """The fake, running. Fails the test that asks for it where it cannot run."""
        with failing():
            self._mock.start()
        return self._mock

    def run(self, item: pytest.Item, fixture: Mapping[str, Any]) -> Iterator[AmigoMock]:
        """Yield the fake once, ready for a test, and undo afterwards what that took.

        Fails the test for settings that cannot be, if it passed although something went wrong, and
        if a fake elsewhere cannot be asked any more.
        """
        try:
            settings = self._settings_of(item, fixture)
            test = TestContext(
                self._mock,
                item,
                settings,
                self._guard,
                self._sleeps,
                self._reports,
                self._capsules,
            )
            test.setup()
            self._test = test
            yield from test.run()
        except MockError as error:
            raise failure(error) from None

    def _settings_of(self, item: pytest.Item, fixture: Mapping[str, Any]) -> SuiteSettings:
        own, markers = overridden(fixture), marked(item)
        if not own and not markers:
            return self._settings[""]
        key = repr((own, markers))
        if key not in self._settings:
            self._settings[key] = SuiteSettings.combined(self._base, own, markers)
        return self._settings[key]

    def _waiting(self) -> bool:
        return self._test is not None and self._test.waiting()

    def _of(self, item: pytest.Item) -> TestContext | None:
        test = self._test
        return test if test is not None and test.item is item else None

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """Fail the test that passed although something went wrong: once, and as a test fails."""
        test = self._of(item)
        if test is not None:
            with failing():
                test.check()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the requests of the test to the report of its failure, before anybody shows it."""
        test = self._test
        if report.failed and test is not None and report.nodeid == test.item.nodeid:
            report.sections.append(("amigo", failure_report.section(test)))

    def pytest_fixture_post_finalizer(
        self, fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> None:
        """Restore the environment again after `monkeypatch`, which may outlive the fixture `amigo`.

        It restores the values it has found, which are the fake's if the test has changed them.
        """
        if fixturedef.argname == "monkeypatch":
            test = self._of(request.node)
            if test is not None:
                test.environment.settle()

    def pytest_unconfigure(self) -> None:
        """Stop the fake."""
        with suppress(MockError):  # a fake elsewhere may have ended before us
            self._mock.stop()


def _reports(config: pytest.Config) -> Reports | None:
    if not options.reporting(config):
        return None
    from pytest_amigo.reports import Reports

    return Reports.of(config)
