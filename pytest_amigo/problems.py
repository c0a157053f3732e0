"""The problems that fail or warn a test which would have passed without this plugin."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from amigo_mock import MockError
from amigo_mock.state.requests import Entry
from pytest_amigo import AmigoContractWarning

if TYPE_CHECKING:
    from pytest_amigo.context import TestContext


@contextmanager
def failing() -> Iterator[None]:
    """Fail the test with the sentence of a `MockError`, without a traceback."""
    try:
        yield
    except MockError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def leniencies(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield a sentence for each request that the fake accepted and the contract refuses."""
    for entry in entries:
        # Requests of a race are scripted; the test is not about them.
        for text in () if entry.race else entry.warnings:
            yield f"{entry.operation}: {text}"


def warn(item: pytest.Item, message: str) -> None:
    """Warn at the place of the test. Fails the test where warnings are errors."""
    path, line, _ = item.reportinfo()
    try:
        warnings.warn_explicit(
            AmigoContractWarning(message), None, str(path), (line or 0) + 1, module=__name__
        )
    except AmigoContractWarning:
        # Its traceback leads into the plugin.
        text = f"{AmigoContractWarning.__name__}: {message}"
        raise pytest.fail.Exception(text, pytrace=False) from None


def problems(test: TestContext) -> Iterator[str]:
    """Yield a sentence for each reason to fail a test that passed."""
    if test.settings.guard:
        yield from _real_hosts(test)
    if test.settings.unexpected == "fail":
        yield from _unexpected(test)
    if test.settings.unused == "fail":
        yield from test.mock.unused()


def _real_hosts(test: TestContext) -> Iterator[str]:
    for host in dict.fromkeys(test.session.guard.attempts):
        yield f"the test tried to reach the real service at {host}"


def _unexpected(test: TestContext) -> Iterator[str]:
    for entry in test.entries:
        if entry.operation is None and entry.status in (404, 405, 501):
            yield (
                f"{entry.method} {entry.path} was answered {entry.status}: "
                f'{_detail(entry)} (unexpected="allow" lets it pass)'
            )


def _detail(entry: Entry) -> str:
    try:
        return str(entry.response_json["detail"])
    except (ValueError, TypeError, KeyError):
        return "no such path"
