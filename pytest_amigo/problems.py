"""The problems that fail or warn a test which would have passed without this plugin."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from amigo_mock import MockError
from amigo_mock.resources import CATALOG
from amigo_mock.state.requests import Entry


@contextmanager
def failing() -> Iterator[None]:
    """Fail the test with the sentence of a `MockError`, without a traceback."""
    try:
        yield
    except MockError as error:
        raise failure(error) from None


def failure(error: MockError) -> BaseException:
    """The failure of a test with the sentence of an error, without a traceback."""
    return pytest.fail.Exception(str(error), pytrace=False)


def leniencies(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield a sentence for each warning: a leniency that was needed, or an unknown name."""
    for entry in entries:
        # Requests of a race are scripted; the test is not about them.
        for text in () if entry.race else entry.warnings:
            yield f"{entry.operation}: {text}{_in_strict_mode(text)}"


def _in_strict_mode(warning: str) -> str:
    """What strict mode makes of it; nothing, unless the warning is of a leniency."""
    lenient = any(warning.startswith(f"{one.id}: ") for one in CATALOG.leniencies())
    return " (the fake refuses it with strict=True)" if lenient else ""


def warn(item: pytest.Item, warning: Warning) -> None:
    """Warn at the place of the test. Fails the test where warnings are errors."""
    path, line, _ = item.reportinfo()
    try:
        warnings.warn_explicit(warning, None, str(path), (line or 0) + 1, module=__name__)
    except type(warning):
        # Its traceback leads into the plugin.
        text = f"{type(warning).__name__}: {warning}"
        raise pytest.fail.Exception(text, pytrace=False) from None


def real_hosts(attempts: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each host of the real service that a test tried to reach."""
    for host in dict.fromkeys(attempts):
        yield f"the test tried to reach the real service at {host}"


def unexpected(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield a sentence for each request that the fake has no operation for."""
    for entry in entries:
        if entry.operation is None and entry.status in (404, 405, 501):
            yield (
                f"{entry.method} {entry.path} was answered {entry.status}: "
                f'{_detail(entry)} (unexpected="allow" lets it pass)'
            )


def unused(troubles: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each fault or race that came to nothing."""
    return (f'{trouble}; unused="allow" lets it pass' for trouble in troubles)


def _detail(entry: Entry) -> str:
    try:
        detail = str(entry.response_json["detail"])
    except (ValueError, TypeError, KeyError):
        detail = "no such path"
    return f"{detail}; {entry.hint}" if entry.hint else detail
