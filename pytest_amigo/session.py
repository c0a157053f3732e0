"""The stage: one fake for the whole run, and a scene on it for every test."""

from __future__ import annotations

import os
import shlex
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zlib import crc32

import pytest

from amigo_mock import AmigoMock, MockError
from amigo_mock.state.journal import Entry
from amigo_mock.testing.environ import Carried
from pytest_amigo import AmigoContractWarning, options
from pytest_amigo.clients import Clients
from pytest_amigo.safety.guard import Guard
from pytest_amigo.settings import SuiteSettings, base, marked, overridden

if TYPE_CHECKING:
    from pytest_amigo.reports import Suite
    from pytest_amigo.safety.sleeping import Patience

STAGE: pytest.StashKey[Stage] = pytest.StashKey()
SCENE: pytest.StashKey[Scene] = pytest.StashKey()


PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")

WAITS = 100  # sleeps after one refusal that move the clock


class Stage:
    """The fake of a run of pytest, with what was said about it for all tests."""

    def __init__(self, config: pytest.Config) -> None:
        self._base = base(config)
        url = options.said(config, "url")
        if url:
            # Elsewhere holds what that server was told, unless something else is said here.
            size = SuiteSettings.model_fields["journal_body_size"].default
            self._base = {"journal_body_size": ("default", size), **self._base}
        settings = SuiteSettings.combined(self._base)
        self._settings = {"": settings}
        mock = AmigoMock.at(url, settings=settings) if url else AmigoMock(settings)
        self.mock = mock.start()
        self.suite = _suite(config)
        self.guard = Guard()
        config.pluginmanager.register(Tidy())
        folder = options.said(config, "capsules")
        self.capsules = None if folder is None else Path(config.invocation_params.dir, folder)

    @classmethod
    def of(cls, config: pytest.Config) -> Stage:
        """The stage of this run, made when it is first asked for.

        Fails the test that asks for it where the settings of the run cannot be.
        """
        mistake = ""
        try:
            if STAGE not in config.stash:
                config.stash[STAGE] = cls(config)
            return config.stash[STAGE]
        except MockError as error:
            mistake = str(error)
        pytest.fail(mistake, pytrace=False)

    def end(self) -> None:
        """Stop the fake."""
        Clients.of(self.mock).close()
        with suppress(MockError):  # a fake elsewhere may have ended before us
            self.mock.stop()

    def settings(self, item: pytest.Item, fixture: Mapping[str, Any]) -> SuiteSettings:
        """What holds for one test. Raises `MockError` for what cannot."""
        own, markers = overridden(fixture), marked(item)
        if not own and not markers:
            return self._settings[""]
        key = repr((own, markers))
        if key not in self._settings:
            self._settings[key] = SuiteSettings.combined(self._base, own, markers)
        return self._settings[key]

    def scene(self, item: pytest.Item, fixture: Mapping[str, Any]) -> Scene:
        """The fake made ready for a test. Fails the test for settings that cannot be."""
        mistake = ""
        try:
            settings = self.settings(item, fixture)
            scene = item.stash[SCENE] = Scene(self, item, settings)
            return scene
        except MockError as error:
            mistake = str(error)
        pytest.fail(mistake, pytrace=False)


class Tidy:
    """Has the last word after `monkeypatch`, which outlives the scene and puts back what it found.

    Where a test has changed a variable, it found the fake's.
    """

    def pytest_fixture_post_finalizer(
        self, fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> None:
        """See to the environment once `monkeypatch` has."""
        if fixturedef.argname == "monkeypatch":
            scene = request.node.stash.get(SCENE, None)
            if scene is not None:
                scene.settle()


class Scene:
    """What one test has of the fake."""

    def __init__(self, stage: Stage, item: pytest.Item, settings: SuiteSettings) -> None:
        self.passed = False
        self._stage = stage
        self._mock = stage.mock
        self._item = item
        self._settings = settings
        self._heard: list[Entry] = []
        self._warned: set[str] = set()
        self._refusal: Entry | None = None
        self._waits = 0
        self._mock.renew(settings, record=stage.capsules is not None)
        given = settings.faker_seed
        self.seed = crc32(item.nodeid.encode()) if given is None else given
        self._mock.faker_seed = self.seed
        # Which there is none of in an empty world.
        self._carried = Carried({**self._mock.env, **no_proxy(self._mock.url)})
        self._mock.requests.subscribe(self._heard.append, past=True)
        self._listening = True
        self._carried.start()
        if settings.guard:
            stage.guard.start()
        self._patience = self._patient() if settings.auto_advance else None

    def _patient(self) -> Patience:
        from pytest_amigo.safety.sleeping import Patience

        mock = self._mock
        patience = Patience(mock.clock.advance, self._told_to_wait, lambda: mock.in_server_thread)
        patience.start()
        return patience

    def settle(self) -> None:
        """See that the environment is as it was, whatever somebody else has put back."""
        self._carried.settle()

    def leave(self) -> None:
        """Put back the environment and whatever else was changed for the test."""
        if self._patience is not None:
            self._patience.stop()
        if self._settings.guard:
            self._stage.guard.stop()
        self._carried.stop()
        self._listening = False
        self._mock.requests.unsubscribe(self._heard.append)

    @property
    def entries(self) -> list[Entry]:
        """Every request of the test, however many the journal remembers."""
        if self._listening:
            len(self._mock.requests)  # a fake elsewhere tells what is new when it is asked
        return list(self._heard)

    def _told_to_wait(self) -> bool:
        """Whether the last answer asked for a retry, and a sleep can be a wait for that."""
        last = next((entry for entry in reversed(self.entries) if not entry.race), None)
        if last is None or not _is_refusal(last):
            return False
        if last is not self._refusal:
            self._refusal, self._waits = last, 0
        # Whoever sleeps on and on after the last answer waits for something else.
        self._waits += 1
        return self._waits <= WAITS

    def warn(self) -> None:
        """Say what the fake accepted that the contract refuses, once each."""
        for entry in self.entries:
            # What comes in between is a race, and not what the test is about.
            for text in () if entry.race else entry.warnings:
                message = f"{entry.operation}: {text}"
                if message not in self._warned:
                    self._warned.add(message)
                    self._warn(message)

    def _warn(self, message: str) -> None:
        path, line, _ = self._item.reportinfo()
        warning = AmigoContractWarning(message)
        try:
            warnings.warn_explicit(warning, None, str(path), (line or 0) + 1, module=__name__)
            return
        except AmigoContractWarning:
            pass  # warnings are errors here; where this one was raised is nobody's business
        pytest.fail(f"{AmigoContractWarning.__name__}: {message}", pytrace=False)

    def finish(self) -> None:
        """Leave, and see what the test left. Fails the test if the fake cannot be asked."""
        mistake = ""
        try:
            self.leave()
            self.close()
            return
        except MockError as error:
            mistake = str(error)
        pytest.fail(mistake, pytrace=False)

    def close(self) -> None:
        """Give the suite its share; fail a test that passed although something went amiss."""
        if self._stage.suite is not None:
            self._stage.suite.add(self._item.nodeid, self.entries)
        if not self.passed:
            return
        self.warn()
        trouble = list(self._trouble())
        if trouble:
            pytest.fail("\n".join(trouble), pytrace=False)

    def _trouble(self) -> Iterator[str]:
        if self._settings.guard:
            for host in dict.fromkeys(self._stage.guard.attempts):
                yield f"the test tried to reach the real service at {host}"
        if self._settings.unexpected == "fail":
            for entry in self.entries:
                if entry.operation is None and entry.status in (404, 405, 501):
                    yield (
                        f"{entry.method} {entry.path} was answered {entry.status}: "
                        f'{_detail(entry)} (unexpected="allow" lets it pass)'
                    )
        if self._settings.unused == "fail":
            yield from self._mock.unused()

    def report(self) -> str:
        """What the report of a failure says of the fake."""
        try:
            return self.account() + self.capsule()
        except MockError as error:  # it runs elsewhere, and has ended
            return str(error)

    def capsule(self) -> str:
        """Write what a replay needs to a file, if that was asked for; the line that says so."""
        if self._stage.capsules is None:
            return ""
        from amigo_mock.engine import capsule

        try:
            document = self._mock.capsule(self._item.nodeid, self.seed)
            path = capsule.write(self._stage.capsules, document)
        except (MockError, OSError) as error:  # the report of the failure matters more
            return f"\ncapsule: could not be written: {error}"
        return f"\ncapsule: amigo-mock replay {shlex.quote(str(path))}"

    def account(self) -> str:
        """What the test said to the fake, for the report of its failure."""
        from amigo_mock.testing.failure_report import State, account

        mock = self._mock
        clock = mock.clock
        return account(
            self.entries,
            State(
                now=clock.datetime(),
                frozen=clock.frozen,
                rate_limits=mock.rate_limits.enabled,
                faults=[
                    (armed.fault, armed.hits)
                    for armed in mock.faults
                    if not armed.spent(clock.now())
                ],
                maintenance=bool(mock.maintenance),
                caller=self._caller(),
                repeat=f"seed: faker_seed={self.seed} has the factories make up the same",
            ),
        )

    def _caller(self) -> str | None:
        try:
            return f"{self._mock.organization}/{self._mock.env['AMIGO_USER_ID']}"
        except (MockError, RuntimeError):  # the test has emptied the world, or stopped the fake
            return None


def _suite(config: pytest.Config) -> Suite | None:
    if not options.reporting(config):
        return None
    from pytest_amigo.reports import Suite

    return Suite.of(config)


def no_proxy(url: str) -> dict[str, str]:
    """What keeps a client from asking a proxy for the fake, where there is a proxy."""
    if not any(os.environ.get(name) for name in PROXIES):
        return {}
    host = urlsplit(url).hostname or ""
    return {
        name: ",".join(filter(None, (os.environ.get(name), host)))
        for name in ("NO_PROXY", "no_proxy")
    }


def _is_refusal(entry: Entry) -> bool:
    return entry.dropped or (
        entry.status is not None and (entry.status == 429 or entry.status >= 500)
    )


def _detail(entry: Entry) -> str:
    try:
        return str(entry.response_json["detail"])
    except (ValueError, TypeError, KeyError):
        return "no such path"
