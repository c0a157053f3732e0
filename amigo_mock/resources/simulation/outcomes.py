"""Outcomes: how simulation runs end, for one unit test and the runs that start from now on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypedDict, Unpack

from amigo_mock.errors import MockError, unknown
from amigo_mock.names import has_no
from amigo_mock.state.scripts import Script, ScriptedValues
from amigo_mock.world.records.simulation.unit_test_set_runs import Message, Outcome
from amigo_mock.world.records.simulation.unit_tests import UnitTest
from amigo_mock.world.world import Organization

UNIT_TESTS = "unit_tests"


class OutcomeFields(TypedDict, total=False):
    """The keywords of an outcome; see `Outcome`."""

    criterion: str | None
    error: str | None
    transcript: Sequence[Message | dict[str, Any]] | None
    run: int | None
    organization: str | None


class Outcomes(ScriptedValues[Outcome]):
    """The scripted outcomes, oldest first; a unit test that none of them is about passes.

    A run keeps those that are here when it starts, whatever is scripted or cleared later.
    """

    def add(self, unit_test: str, **outcome: Unpack[OutcomeFields]) -> Outcome:
        """Script an outcome; the keywords are the fields of `Outcome`.

        Raises `MockError` for a unit test, a criterion or a keyword that does not exist, naming
        the nearest.
        """
        return super().add(unit_test=unit_test, **outcome)


def outcomes_of(outcomes: Sequence[Outcome], unit_test: UnitTest) -> list[Outcome]:
    """The outcomes that are about a unit test."""
    return [one for one in outcomes if one.unit_test in (unit_test.id, unit_test.name)]


def _check(outcome: Outcome, organizations: Sequence[Organization]) -> None:
    unit_tests = list(_unit_tests(outcome, organizations))
    if not unit_tests:
        known = [name for each in organizations for name in each.named(UNIT_TESTS).names()]
        raise unknown("unit test", outcome.unit_test, known)
    criterions = [each.name for test in unit_tests for each in test.success_criterions]
    if outcome.criterion is not None and outcome.criterion not in criterions:
        owner = f"unit test {outcome.unit_test!r}"
        raise MockError(has_no(owner, "criterion", outcome.criterion, criterions))


def _unit_tests(outcome: Outcome, organizations: Sequence[Organization]) -> Iterator[UnitTest]:
    for organization in organizations:
        records = organization.named(UNIT_TESTS)
        found = records.named(outcome.unit_test) or records.get(outcome.unit_test)
        if found is not None and found.live:
            yield found


OUTCOMES = Script(
    "outcomes",
    Outcome,
    "outcome",
    check=_check,
    values=Outcomes,
    add_summary="Script how a unit test ends in the simulation runs that start from now on.",
    list_summary="List the scripted outcomes.",
    clear_summary="Let every simulation run pass that starts from now on.",
)

SCRIPTS = (OUTCOMES,)
