"""The suite: what all tests together exercised of the contract, also over several processes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from amigo_mock.resources import CATALOG
from amigo_mock.state.journal import Entry
from amigo_mock.testing.reports.coverage import Coverage
from amigo_mock.testing.reports.permissions import Grants
from amigo_mock.testing.reports.rate_limits import Etiquette
from pytest_amigo import options

SUITE: pytest.StashKey[Suite] = pytest.StashKey()


class Suite:
    """The reports that were asked for."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        covered = ("coverage_json", "coverage_markdown", "coverage_fail_under")
        self._shown = options.wanted(config, "coverage")
        asked = self._shown or any(options.said(config, name) for name in covered)
        self.coverage = Coverage(CATALOG.all()) if asked else None
        self.etiquette = Etiquette() if options.wanted(config, "etiquette") else None
        wanted = config.getoption("amigo_report_permissions")
        self.grants = Grants(CATALOG.all()) if wanted else None

    @classmethod
    def of(cls, config: pytest.Config) -> Suite:
        """The suite of this run."""
        if SUITE not in config.stash:
            config.stash[SUITE] = cls(config)
        return config.stash[SUITE]

    def add(self, test: str, entries: Iterable[Entry]) -> None:
        """Count what one test did."""
        for entry in entries:
            if self.coverage:
                self.coverage.add(entry)
            if self.etiquette:
                self.etiquette.add(test, entry)
            if self.grants:
                self.grants.add(test, entry)

    def json(self) -> dict[str, Any]:
        """What a worker hands to the process that reports."""
        parts = {"coverage": self.coverage, "etiquette": self.etiquette, "grants": self.grants}
        return {name: part.json() for name, part in parts.items() if part}

    def merge(self, document: dict[str, Any]) -> None:
        """Add what a worker did."""
        if self.coverage and "coverage" in document:
            self.coverage.merge(Coverage.of(CATALOG.all(), document["coverage"]))
        if self.etiquette and "etiquette" in document:
            self.etiquette.merge(Etiquette.of(document["etiquette"]))
        if self.grants and "grants" in document:
            self.grants.merge(Grants.of(CATALOG.all(), document["grants"]))

    def sections(self) -> Iterator[tuple[str, str]]:
        """What to print at the end, by title."""
        if self.coverage and self._shown:
            yield "amigo: coverage of the contract", self.coverage.text()
        if self.etiquette:
            yield "amigo: rate limits", self.etiquette.text()
        if self.grants:
            yield "amigo: grants that the tests needed", self.grants.text(tests=True)

    def write(self) -> None:
        """Write the files that were asked for."""
        if self.coverage is None:
            return
        if path := options.said(self._config, "coverage_json"):
            self._write(path, json.dumps(self.coverage.json(), indent=1) + "\n")
        if path := options.said(self._config, "coverage_markdown"):
            self._write(path, self.coverage.markdown())

    def _write(self, path: str, text: str) -> None:
        file = Path(self._config.invocation_params.dir, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    @property
    def shortfall(self) -> str | None:
        """That too little was covered, if a least was set and is missed."""
        least = options.said(self._config, "coverage_fail_under")
        if self.coverage is None or least is None or self.coverage.percent >= float(least):
            return None
        return (
            f"coverage of the contract is {self.coverage.percent:.1f} %, below {float(least):g} %"
        )
