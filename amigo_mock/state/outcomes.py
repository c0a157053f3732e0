"""Outcomes: how simulation runs end, for one unit test and the runs that start from now on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from amigo_mock.errors import MockError, nearest
from amigo_mock.world.world import World

if TYPE_CHECKING:
    from amigo_mock.world.records.simulation.unit_test_set_runs import Outcome
    from amigo_mock.world.records.simulation.unit_tests import UnitTest

UNIT_TESTS = "unit_tests"


class Outcomes:
    """The scripted outcomes, oldest first; what none of them is about passes.

    A run keeps those that are here when it starts, whatever is scripted or cleared later.
    """

    def __init__(self, world: Callable[[], World]) -> None:
        self._world = world
        self._scripted: list[Outcome] = []

    def add(self, unit_test: str, **outcome: Any) -> Outcome:
        """Script an outcome; the keywords are the fields of `Outcome`.

        Raises `MockError` for a unit test, a criterion or a keyword that does not exist, naming
        the nearest.
        """
        from amigo_mock.world.records.simulation.unit_test_set_runs import Outcome

        for name in outcome:
            if name not in Outcome.model_fields:
                raise MockError(f"there is no field {name!r}{nearest(name, Outcome.model_fields)}")
        try:
            made = Outcome(unit_test=unit_test, **outcome)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            text = first["msg"].removeprefix("Value error, ")
            raise MockError(f"outcome{place and f' {place!r}'}: {text}") from None
        return self.script(made)

    def script(self, outcome: Outcome) -> Outcome:
        """Take on an outcome that is made already. Raises `MockError` if it is about nothing."""
        if outcome.organization is not None and outcome.organization not in self._world():
            hint = nearest(outcome.organization, (found.id for found in self._world()))
            raise MockError(f"there is no organization {outcome.organization!r}{hint}")
        unit_tests = list(self._meant(outcome))
        if not unit_tests:
            hint = nearest(outcome.unit_test, self._names(outcome.organization))
            raise MockError(f"there is no unit test {outcome.unit_test!r}{hint}")
        criterions = [each.name for test in unit_tests for each in test.success_criterions]
        if outcome.criterion is not None and outcome.criterion not in criterions:
            hint = nearest(outcome.criterion, criterions)
            raise MockError(
                f"unit test {outcome.unit_test!r} has no criterion {outcome.criterion!r}{hint}"
            )
        self._scripted.append(outcome)
        return outcome

    def of(self, organization: str, unit_test: UnitTest) -> list[Outcome]:
        """What is scripted for a unit test of an organization."""
        return [
            outcome
            for outcome in self
            if outcome.unit_test in (unit_test.id, unit_test.name)
            and outcome.organization in (None, organization)
        ]

    def become(self, outcomes: Iterable[Outcome]) -> None:
        """Have these and no others, which were scripted once: they are not looked at again."""
        self._scripted = list(outcomes)

    def clear(self) -> None:
        """Let everything pass that starts from now on."""
        self._scripted.clear()

    def __iter__(self) -> Iterator[Outcome]:
        return iter(tuple(self._scripted))

    def __len__(self) -> int:
        return len(self._scripted)

    def _meant(self, outcome: Outcome) -> Iterator[UnitTest]:
        for organization in self._world():
            if outcome.organization in (None, organization.id):
                records = organization.named(UNIT_TESTS)
                found = records.named(outcome.unit_test) or records.get(outcome.unit_test)
                if found is not None and found.live:
                    yield found

    def _names(self, organization: str | None) -> list[str]:
        return [
            name
            for found in self._world()
            if organization in (None, found.id)
            for name in found.named(UNIT_TESTS).names()
        ]
