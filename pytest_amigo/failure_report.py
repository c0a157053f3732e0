"""The section on the fake in the report of a failed test."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from amigo_mock import MockError

if TYPE_CHECKING:
    from pytest_amigo.context import TestContext


def section(test: TestContext) -> str:
    """Requests and state of the fake, and the line that runs the test's requests again."""
    try:
        return _requests(test) + _capsule(test)
    except MockError as error:  # it runs elsewhere, and has ended
        return str(error)
    except Exception as error:  # an error here would end the run, and nobody saw the failed test
        return f"the requests of this test could not be shown: {described(error)}"


def described(error: Exception) -> str:
    """The kind of an error that nobody expected, and the first line of what it says."""
    said = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _requests(test: TestContext) -> str:
    from amigo_mock.testing.failure_report import FakeState, failure_report

    mock, clock = test.mock, test.mock.clock
    return failure_report(
        test.entries,
        FakeState(
            now=clock.datetime(),
            frozen=clock.frozen,
            rate_limits=mock.rate_limits.enabled,
            faults=[
                (armed.fault, armed.hits) for armed in mock.faults if not armed.spent(clock.now())
            ],
            maintenance=bool(mock.maintenance),
            caller=_caller(test),
            repeat=f"seed: faker_seed={test.faker_seed} has the factories make up the same",
        ),
    )


def _caller(test: TestContext) -> str | None:
    try:
        return f"{test.mock.organization}/{test.mock.env['AMIGO_USER_ID']}"
    except (MockError, RuntimeError):  # the test has emptied the world, or stopped the fake
        return None


def _capsule(test: TestContext) -> str:
    folder = test.capsules
    if folder is None:
        return ""
    from amigo_mock.engine.recording import capsule_file

    try:
        path = capsule_file.write(folder, test.mock.capsule(test.item.nodeid, test.faker_seed))
    except (MockError, OSError) as error:  # the report of the failure matters more
        return f"\ncapsule: could not be written: {error}"
    except Exception as error:
        return f"\ncapsule: could not be written: {described(error)}"
    return f"\ncapsule: amigo-mock replay {shlex.quote(str(path))}"
