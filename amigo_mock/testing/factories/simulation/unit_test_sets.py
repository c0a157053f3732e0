"""Simulation unit test sets for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from amigo_mock.testing.factories.base import Factory, creates, many
from amigo_mock.testing.factories.draft import Draft, Needs, reference, several, without
from amigo_mock.testing.factories.host import Json
from amigo_mock.world.fields import NOT_SET, NotSet
from amigo_mock.world.records.simulation.unit_test_sets import UnitTestRuns, UnitTestSet
from amigo_mock.world.records.simulation.unit_tests import UnitTest

OCCASIONS = {
    "night": "What is to hold every morning",
    "release": "What is to hold before a release",
    "change": "What is to hold after each change",
    "incident": "What once went wrong",
}


class UnitTestSets(Factory[UnitTestSet]):
    """The unit test sets of a fake: made without a request, and as they are now."""

    kind = "unit_test_sets"
    model = UnitTestSet

    def draft(
        self,
        *,
        name: str | None = None,
        tags: Mapping[str, str | None] | None = None,
        description: str | NotSet | None = NOT_SET,
        unit_tests: Sequence[UnitTest | str | UnitTestRuns | Mapping[str, Any]] | None = None,
        run_count: int = 1,
        deleted: bool = False,
        id: str | None = None,
        creator: str | None = None,
        created_at: datetime | str | None = None,
        organization: str | None = None,
    ) -> Draft[UnitTestSet]:
        """Create a unit test set; name, tags and description are made up if they are not given.

        `unit_tests` are records, ids or names, each to run `run_count` times, or mappings with
        `unit_test_id` and a `run_count` of their own; left out, the first that lives, or a new
        one. `creator` is the id of a user. Raises `MockError`, and creates nothing, for what a
        world could not hold.
        """
        faker, chance = self._faker, self._faker.random
        occasion = chance.choice(tuple(OCCASIONS))
        place = f"{self.kind}: unit_tests"

        def runs(given: object, needs: Needs) -> Json:
            tests, said = self._sibling("unit_tests"), {"unit_test_id": given}
            if isinstance(given, Mapping | UnitTestRuns):
                said = dict(given)
            test = said.get("unit_test_id")
            found = needs.given_or_some(tests, test, place, live=not deleted)
            return {"run_count": run_count, **said, "unit_test_id": reference(found)}

        def refers(needs: Needs) -> Json:
            given = several([None] if unit_tests is None else unit_tests, place)
            return {"unit_test_runs": [runs(one, needs) for one in given]}

        return self._draft(
            {
                "tags": {"occasion": occasion} if tags is None else tags,
                "description": (
                    f"{OCCASIONS[occasion]}." if isinstance(description, NotSet) else description
                ),
                "is_deleted": deleted,
                **without(None, name=name, id=id, created_at=created_at),
            },
            name=lambda: f"Every {occasion.title()}: {faker.city()}",
            creator=creator,
            organization=organization,
            refers=refers,
        )

    create = creates(draft)
    create_many = many(draft)
