"""The fake of a whole run of pytest, which every test that uses it gets as new."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from amigo_mock import AmigoMock, MockError
from pytest_amigo import AmigoDataWarning, failure_report, options
from pytest_amigo.context import TestContext, environment_of
from pytest_amigo.problems import failing, failure, real_hosts, warn
from pytest_amigo.safety.guard import Guard
from pytest_amigo.safety.sleeping import SleepPatch
from pytest_amigo.settings import SuiteSettings, base, marked, overridden

if TYPE_CHECKING:
    from pytest_amigo.reports import Reports

WIPED = (
    "records were written to the fake outside of a test, as by 'amigo_server' in a fixture of a "
    "wider scope; they are gone, for the fake is as new for each test. For what several tests "
    "start from, return {\"seed\": world} from a fixture 'amigo_settings'"
)
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
        self._revision = self._mock.revision  # of the world, when the last test ended
        self._process = os.getpid()
        self._wiped = False  # whether it was told that something is gone
        self._attempts = 0  # to reach the real service, that were told
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
        with failing():
            return cls._begun(config)

    @classmethod
    def begin(cls, config: pytest.Config) -> None:
        """Begin the session of a run before any test. Refuses the run where that cannot be."""
        with _refusing():
            cls._begun(config)._start()

    @classmethod
    def open(cls, config: pytest.Config) -> None:
        """Guard the whole run, or lead its environment to the fake, as the options say."""
        if config.getoption("numprocesses", None):
            return  # the workers do
        with _refusing():
            session = cls._begun(config)
            if options.enabled(config, "session_guard"):
                session._guard.start()
                config.add_cleanup(session._guard.stop)
            if options.enabled(config, "session_environment"):
                if options.text(config, "url"):
                    raise MockError(
                        "'amigo_session_environment' is for a fake of this run: over "
                        "'--amigo-url' each test has an organization of its own"
                    )
                environment = environment_of(session._mock.start())
                environment.start()
                config.add_cleanup(environment.stop)

    @classmethod
    def check(cls, config: pytest.Config) -> None:
        """Refuse a run whose workers could not begin their sessions."""
        with _refusing():
            mock = cls(config)._mock
            if options.text(config, "url"):
                mock.start()
                mock.stop()

    @classmethod
    def _begun(cls, config: pytest.Config) -> Self:
        found: Self | None = config.pluginmanager.get_plugin(NAME)
        if found is not None and found._process != os.getpid():
            # pytest-forked runs each test in a process of its own, which begins its own fake.
            config.pluginmanager.unregister(found)
            found = None
        if found is None:
            found = cls(config)
            config.pluginmanager.register(found, NAME)
        return found

    @property
    def mock(self) -> AmigoMock:
        """The fake, running. Fails the test that asks for it where it cannot run."""
        with failing():
            self._start()
        return self._mock

    def _start(self) -> None:
        try:
            self._mock.start()
        except RuntimeError as error:
            if "Socket" not in type(error).__name__:  # as pytest-socket has it
                raise
            raise MockError(
                f"the fake cannot listen, for sockets are disabled ({error}); let the test take "
                "'amigo' as an argument, so that it listens before the first test, and use "
                "'amigo_client', which needs no socket"
            ) from None

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
            self._start()
            self._tell_of_wiped(item)
            test.setup()
            self._test = test
            try:
                yield from test.run()
            finally:
                self._revision = self._mock.revision
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

    def _tell_of_wiped(self, item: pytest.Item) -> None:
        """Warn, once, before the fake loses what was written between two tests."""
        if self._mock.revision != self._revision and not self._wiped:
            self._wiped = True
            warn(item, AmigoDataWarning(WIPED))

    def _waiting(self) -> bool:
        return self._test is not None and self._test.waiting()

    def _of(self, item: pytest.Item) -> TestContext | None:
        test = self._test
        return test if test is not None and test.item is item else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Begin to look for attempts of this test to reach the real service."""
        self._attempts = len(self._guard.attempts)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """Fail the test that passed although something went wrong: once, and as a test fails."""
        test = self._of(item)
        attempts = self._guard.attempts[self._attempts :]
        self._attempts += len(attempts)
        if test is not None:
            with failing():
                test.check()
        elif found := "\n".join(real_hosts(attempts)):
            raise pytest.fail.Exception(found, pytrace=False)

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


@contextmanager
def _refusing() -> Iterator[None]:
    """Refuse the run with the sentence of a `MockError`."""
    try:
        yield
    except MockError as error:
        raise pytest.UsageError(str(error)) from None


def _reports(config: pytest.Config) -> Reports | None:
    if not options.reporting(config):
        return None
    from pytest_amigo.reports import Reports

    return Reports.of(config)
