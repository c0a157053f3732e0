"""The reports on a whole run, also over several processes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from amigo_mock.resources import CATALOG
from amigo_mock.state.requests import Entry
from amigo_mock.testing.reports.coverage import Coverage
from amigo_mock.testing.reports.permissions import PermissionUse
from amigo_mock.testing.reports.rate_limits import RateLimitUse
from pytest_amigo import options

NAME = "amigo-reports"  # of the plugin that the reports are


class Reports:
    """The reports that were asked for; registered as a plugin."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._shown = options.enabled(config, "coverage")
        others = ("coverage_json", "coverage_markdown", "coverage_fail_under")
        covered = self._shown or any(options.text(config, name) for name in others)
        limits = options.enabled(config, "rate_limits_report")
        grants = options.enabled(config, "permissions_report")
        self.coverage = Coverage(CATALOG.all()) if covered else None
        self.rate_limits = RateLimitUse() if limits else None
        self.permissions = PermissionUse(CATALOG.all()) if grants else None

    @classmethod
    def of(cls, config: pytest.Config) -> Reports:
        """The reports of a run, begun when they are first asked for."""
        found: Reports | None = config.pluginmanager.get_plugin(NAME)
        if found is None:
            found = cls(config)
            config.pluginmanager.register(found, NAME)
        return found

    def add(self, test: str, entries: Iterable[Entry]) -> None:
        """Count the requests of one test."""
        for entry in entries:
            if self.coverage:
                self.coverage.add(entry)
            if self.rate_limits:
                self.rate_limits.add(test, entry)
            if self.permissions:
                self.permissions.add(test, entry)

    def json(self) -> dict[str, Any]:
        """The counts, for the process that reports those of all."""
        parts = {
            "coverage": self.coverage,
            "rate_limits": self.rate_limits,
            "permissions": self.permissions,
        }
        return {name: part.json() for name, part in parts.items() if part}

    def merge(self, document: dict[str, Any]) -> None:
        """Add the counts of another process."""
        if self.coverage and "coverage" in document:
            self.coverage.merge(Coverage.of(CATALOG.all(), document["coverage"]))
        if self.rate_limits and "rate_limits" in document:
            self.rate_limits.merge(RateLimitUse.of(document["rate_limits"]))
        if self.permissions and "permissions" in document:
            self.permissions.merge(PermissionUse.of(CATALOG.all(), document["permissions"]))

    def sections(self) -> Iterator[tuple[str, str]]:
        """Yield title and text of each report to print."""
        if self.coverage and self._shown:
            yield "amigo: coverage of the contract", self.coverage.text()
        if self.rate_limits:
            yield "amigo: rate limits", self.rate_limits.text()
        if self.permissions:
            yield "amigo: grants that the tests needed", self.permissions.text(tests=True)

    def write(self) -> None:
        """Write the files that were asked for."""
        if self.coverage is None:
            return
        if path := options.text(self._config, "coverage_json"):
            self._write(path, json.dumps(self.coverage.json(), indent=1) + "\n")
        if path := options.text(self._config, "coverage_markdown"):
            self._write(path, self.coverage.markdown())

    def _write(self, path: str, text: str) -> None:
        file = Path(self._config.invocation_params.dir, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    @property
    def shortfall(self) -> str | None:
        """The sentence for too little coverage, if a least is set and missed."""
        least = options.text(self._config, "coverage_fail_under")
        if self.coverage is None or least is None or self.coverage.percent >= float(least):
            return None
        return (
            f"coverage of the contract is {self.coverage.percent:.1f} %, below {float(least):g} %"
        )

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add the counts of a worker of pytest-xdist."""
        self.merge(getattr(node, "workeroutput", {}).get("amigo", {}))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand the counts over, or write them; fail a run that covered too little."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["amigo"] = self.json()
            return
        self.write()
        if self.shortfall and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the reports."""
        for title, text in self.sections():
            terminalreporter.section(title)
            terminalreporter.write_line(text)
        if self.shortfall:
            terminalreporter.write_line(f"amigo: {self.shortfall}", red=True)
