"""The fake during one test: settings, environment, guard and requests."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zlib import crc32

import pytest

from amigo_mock import AmigoMock
from amigo_mock.state.requests import Entry
from amigo_mock.testing.environ import EnvironmentVariables
from pytest_amigo import AmigoContractWarning, problems
from pytest_amigo.safety.refusals import Refusals
from pytest_amigo.safety.talkers import Talkers
from pytest_amigo.settings import SuiteSettings

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_amigo.reports import Reports
    from pytest_amigo.safety.guard import Guard
    from pytest_amigo.safety.sleeping import SleepPatch

PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


class TestContext:
    """The fake from the setup to the teardown of one test."""

    __test__ = False  # for pytest, which goes by the name

    def __init__(
        self,
        mock: AmigoMock,
        item: pytest.Item,
        settings: SuiteSettings,
        guard: Guard,
        sleeps: SleepPatch,
        reports: Reports | None = None,
        capsules: Path | None = None,
    ) -> None:
        self.capsules = capsules
        self._guard = guard
        self._sleeps = sleeps
        self._refusals = Refusals(lambda: self.entries)
        self._reports = reports
        self.mock = mock
        self.item = item
        self.settings = settings
        given = settings.faker_seed
        self.faker_seed = crc32(item.nodeid.encode()) if given is None else given
        self.environment = EnvironmentVariables({})
        self.passed = False
        self._heard: list[Entry] = []
        self._live = False  # whether it listens to the journal
        self._warned: set[str] = set()
        self._talkers: Talkers | None = None
        self._checked = 0  # requests
        self._attempts = 0  # to reach the real service, that were told

    def setup(self) -> None:
        """Make the fake as new, and listen to its journal."""
        mock = self.mock
        mock.renew(self.settings, record=self.capsules is not None)
        mock.faker_seed = self.faker_seed
        self.environment = environment_of(mock)
        mock.requests.subscribe(self._heard.append, past=True)
        self._live = True

    def run(self) -> Iterator[AmigoMock]:
        """Yield the fake once, while this process is ready for the test.

        Afterwards it fails a test that has passed, for what went wrong since.
        """
        try:
            with self.environment, self._guarding(), self._sleeping_on_the_clock():
                self._attempts = len(self._guard.attempts)
                yield self.mock
        finally:
            self._live = False
            self.mock.requests.unsubscribe(self._heard.append)
        if self._reports is not None:
            self._reports.add(self.item.nodeid, self._heard)
        if self.passed:
            self._fail(self._problems())

    def check(self) -> None:
        """Fail the test at its end for what went wrong although it passed.

        A fixture may still say something to the fake afterwards; `run` sees to that.
        """
        troubles = []
        if self.settings.unused == "fail":
            troubles = self.mock.unused()  # of a fake elsewhere, this has the new entries too
        else:
            self._look()
        self._fail([*self._problems(), *problems.unused(troubles)])
        self.passed = True

    def _guarding(self) -> AbstractContextManager[object]:
        return self._guard if self.settings.guard else self._guard.paused()

    @contextmanager
    def _sleeping_on_the_clock(self) -> Iterator[None]:
        if not self.settings.auto_advance:
            yield
            return
        talkers = self._talkers = Talkers(self.mock.url)
        self.mock.requests.subscribe(talkers.note)
        try:
            with talkers, self._sleeps:
                yield
        finally:
            self.mock.requests.unsubscribe(talkers.note)

    def waiting(self) -> bool:
        """Tell whether this thread sleeps because of what the fake has answered."""
        return self._talkers is not None and self._talkers.may_wait() and self._refusals.waiting()

    @property
    def entries(self) -> list[Entry]:
        """Every request of the test, however many the journal remembers."""
        self._look()
        return list(self._heard)

    def _look(self) -> None:
        """Ask a fake elsewhere for new entries."""
        if self._live:
            len(self.mock.requests)

    def _warn(self) -> None:
        """Warn of each request that the fake accepts and the contract refuses, once."""
        for message in problems.leniencies(self._heard):
            if message not in self._warned:
                self._warned.add(message)
                problems.warn(self.item, AmigoContractWarning(message))

    def _fail(self, found: Iterable[str]) -> None:
        self._warn()
        if text := "\n".join(found):
            raise pytest.fail.Exception(text, pytrace=False)

    def _problems(self) -> Iterator[str]:
        """Yield a sentence for each new reason to fail a test that passed."""
        attempts, entries = self._guard.attempts[self._attempts :], self._heard[self._checked :]
        self._attempts += len(attempts)
        self._checked += len(entries)
        if self.settings.guard:
            yield from problems.real_hosts(attempts)
        if self.settings.unexpected == "fail":
            yield from problems.unexpected(entries)


def environment_of(mock: AmigoMock) -> EnvironmentVariables:
    """The variables that lead the official SDK to a fake."""
    return EnvironmentVariables({**mock.env, **no_proxy(mock.url)})


def no_proxy(url: str) -> dict[str, str]:
    """The variables that keep a client from asking a proxy for the fake, where there is one."""
    if not any(map(os.environ.get, PROXIES)):
        return {}
    host = urlsplit(url).hostname or ""
    return {
        name: ",".join(filter(None, (os.environ.get(name), host)))
        for name in ("NO_PROXY", "no_proxy")
    }
