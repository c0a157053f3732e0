"""Simulation unit test sets: unit tests that run together, each so many times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import NoneType
from typing import Annotated, Any

from pydantic import Field

from amigo_mock.operations import handlers
from amigo_mock.operations.operation import Body, Call, Empty, Joined, operation, per_minute
from amigo_mock.operations.parameters import Distinct, Filters, InOrganization, ListFilters, SortBy
from amigo_mock.testing.factories.base import (
    Draft,
    Factory,
    Json,
    Needs,
    creates,
    many,
    reference,
    several,
    without,
)
from amigo_mock.world.collection import Kind
from amigo_mock.world.fields import NOT_SET, NUMERIC, AnyTags, AnyTagsOrList, NotSet, ObjectId, Text
from amigo_mock.world.records import Record, UserInfo
from amigo_mock.world.records.simulation.unit_test_sets import UnitTestRuns, UnitTestSet
from amigo_mock.world.records.simulation.unit_tests import UnitTest
from amigo_mock.world.seeds import RecordSeed, Reference, Seed
from amigo_mock.world.world import Identity

SETS = "/v1/{organization}/simulation/unit_test_set/"
SET = "/v1/{organization}/simulation/unit_test_set/{simulation_unit_test_set_id}"
SEARCH = "/v1/{organization}/simulation/unit_test_set/search/"

CREATE = "Simulation:CreateSimulationUnitTestSet"
MODIFY = "Simulation:ModifySimulationUnitTestSet"
DELETE = "Simulation:DeleteSimulationUnitTestSet"
READ = "Simulation:GetSimulationUnitTestSet"

NOT_PERMITTED = "Your grants do not cover this for this simulation unit test set."
NOT_FOUND = "There is no such simulation unit test set, or it was deleted."
NO_UNIT_TEST = "There is no such simulation unit test, or it was deleted."
NAME_TAKEN = "There already is a simulation unit test set of this name."

# What comes in


class NewUnitTestRuns(Body):
    """A unit test, and how often it runs."""

    unit_test_id: ObjectId
    run_count: Annotated[int, Field(gt=0), NUMERIC] = Field(description="How often it runs.")


Runs = Annotated[list[NewUnitTestRuns], Field(min_length=1)]


class NewSet(Body):
    """A set of unit tests."""

    name: Text = Field(description="Unique among the sets that are not deleted.")
    description: Text | None = Field(description="What it is about; may be null.")
    unit_test_runs: Runs = Field(description="Which unit tests, how often.")
    tags: AnyTags = Field(description="Labels; a value may be null.")


class SetChanges(Body):
    """What can be changed of a set; what is null or left out stays, but for the description."""

    name: Text | None = Field(None, description="The new name.")
    description: Text | NotSet | None = Field(
        NOT_SET, description="The new description. Null: none."
    )
    unit_test_runs: Runs | None = Field(None, description="Which unit tests, how often.")
    tags: AnyTags | None = Field(None, description="The new labels.")


class OfSet(InOrganization):
    """The set that is meant."""

    simulation_unit_test_set_id: ObjectId = Field(description="The set's id.")


class Holding(Filters):
    """Filters by the unit tests of a set."""

    unit_test_id: Distinct[ObjectId] = Field(frozenset(), description="Any of these.")

    def _groups(self) -> Iterator[tuple[str, Iterable[Any]]]:
        if self.unit_test_id:
            yield "unit_tests", self.unit_test_id
        yield from super()._groups()


class ListSets(Holding, ListFilters):
    """Which sets, in which order."""

    limit: Annotated[int, Field(ge=0, le=20)] = Field(20, description="Sets in a page.")
    sort_by: Annotated[tuple[str, ...], SortBy("updated_at")] = Field(
        (), description="`+` or `-` and a field; several break ties."
    )


class SearchSets(Holding):
    """What to look for."""

    query: Text = Field(description="Terms that the name or the description must have.")


# What goes out


class SetCreated(Record):
    """The new set's id."""

    simulation_unit_test_set_id: str


class SetFilterValues(Record):
    """What the filters of a list can be set to."""

    creators: list[UserInfo]
    unit_test_ids: list[str]
    tags: list[str]


class SetPage(Record):
    """A page of sets; `filter_values` only with the first one."""

    simulation_unit_test_sets: list[UnitTestSet]
    has_more: bool
    continuation_token: int | None
    filter_values: SetFilterValues | None


class SetDocument(UnitTestSet):
    """A set as a search shows it."""

    id: str = Field(alias="_id", description="24 lower-case hexadecimal digits.")


class SetsFound(Record):
    """What a search found, the best match first."""

    simulation_unit_test_sets: list[SetDocument]


# What a world holds


class UnitTestRunsSeed(Seed):
    """A unit test in a set of a world."""

    unit_test_id: Annotated[Text, Reference("unit_tests")]
    run_count: Annotated[int, Field(gt=0), NUMERIC] = 1


class SetSeed(RecordSeed):
    """A set in a world; it may call its unit tests by name."""

    org_id: str | None = None
    tags: AnyTagsOrList = {}
    description: Text | None = None
    unit_test_runs: list[UnitTestRunsSeed] = Field(min_length=1)
    last_triggered_run_id: ObjectId | None = None


def _own(seed: SetSeed, owner: Identity) -> dict[str, Any]:
    return {"org_id": owner.id, "unit_test_runs": _plain(seed.unit_test_runs)}


def _plain(runs: Iterable[NewUnitTestRuns | UnitTestRunsSeed]) -> list[dict[str, Any]]:
    return [each.model_dump() for each in runs]


KIND: Kind[UnitTestSet, None] = Kind(
    "unit_test_sets",
    UnitTestSet,
    NoneType,
    seed=SetSeed,
    own=_own,
    text=lambda found, _: (found.name, found.description or ""),
    references={"unit_tests": lambda found, _: [run.unit_test_id for run in found.unit_test_runs]},
)

# What tests make

OCCASIONS = {
    "night": "What is to hold every morning",
    "release": "What is to hold before a release",
    "change": "What is to hold after each change",
    "incident": "What once went wrong",
}


class UnitTestSets(Factory[UnitTestSet]):
    """The unit test sets of a fake: made without a request, and as they are now."""

    kind = KIND.name
    model = UnitTestSet

    @creates
    def create(
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

    create_many = many(create)


# Operations


@operation(
    "create-simulation-unit-test-set",
    "POST",
    SETS,
    status=201,
    permissions=(CREATE,),
    rate_limit=per_minute(50),
    errors={403: NOT_PERMITTED, 404: NO_UNIT_TEST, 409: NAME_TAKEN},
    examples={
        "One unit test, three times": {
            "name": "Every Release",
            "description": "What must hold before a release.",
            "unit_test_runs": [{"unit_test_id": "65f1a0000000000000000007", "run_count": 3}],
            "tags": {},
        }
    },
)
def create_set(call: Call[InOrganization, NewSet]) -> SetCreated:
    """Create a simulation unit test set."""
    body = call.body
    call.require()
    _check(call, body.unit_test_runs)
    made = handlers.create(
        call,
        KIND,
        None,
        org_id=call.organization.id,
        name=body.name,
        description=body.description,
        unit_test_runs=_plain(body.unit_test_runs),
        tags=body.tags,
        last_triggered_run_id=None,
    )
    return SetCreated(simulation_unit_test_set_id=made.id)


@operation(
    "get-simulation-unit-test-sets",
    "GET",
    SETS,
    permissions=(READ,),
    rate_limit=per_minute(50),
)
def list_sets(call: Call[ListSets, Empty]) -> Joined[SetPage]:
    """List the simulation unit test sets that match every filter and that the caller may see."""
    return handlers.page(
        call,
        KIND,
        SetPage,
        "simulation_unit_test_sets",
        creators="creator",
        unit_test_ids="unit_tests",
        tags="tag",
    )


@operation(
    "search-simulation-unit-test-sets",
    "GET",
    SEARCH,
    permissions=(READ,),
    rate_limit=per_minute(50),
)
def search_sets(call: Call[SearchSets, Empty]) -> Joined[SetsFound]:
    """Search names and descriptions of simulation unit test sets, the best 50 matches first."""
    return handlers.search(call, KIND, SetsFound, "simulation_unit_test_sets", handlers.document)


@operation(
    "update-simulation-unit-test-set",
    "POST",
    SET,
    status=204,
    permissions=(MODIFY,),
    rate_limit=per_minute(50),
    errors={403: NOT_PERMITTED, 404: f"{NOT_FOUND} Or: {NO_UNIT_TEST}", 409: NAME_TAKEN},
    examples={"Another name": {"name": "Every Night"}, "No change": {}},
)
def update_set(call: Call[OfSet, SetChanges]) -> None:
    """Change a simulation unit test set."""
    body = call.body
    found = handlers.find(call, KIND, call.parameters.simulation_unit_test_set_id)
    _check(call, body.unit_test_runs or ())
    changes = handlers.given(body, "name", "unit_test_runs", "tags")
    if not isinstance(body.description, NotSet):
        changes["description"] = body.description
    if body.unit_test_runs is not None:
        changes["unit_test_runs"] = _plain(body.unit_test_runs)
    changed = KIND.record.model_validate({**found.model_dump(), **changes})
    handlers.update(call, KIND, found, **{name: getattr(changed, name) for name in changes})


@operation(
    "delete-simulation-unit-test-set",
    "DELETE",
    SET,
    status=204,
    permissions=(DELETE,),
    rate_limit=per_minute(50),
    errors={403: NOT_PERMITTED, 404: NOT_FOUND},
)
def delete_set(call: Call[OfSet, Empty]) -> None:
    """Delete a simulation unit test set; it can still be read, and its name is free again."""
    handlers.delete(call, KIND, call.parameters.simulation_unit_test_set_id)


def _check(call: Call[Any, Any], runs: Iterable[NewUnitTestRuns]) -> None:
    for run in runs:
        handlers.referred(call, "unit_tests", run.unit_test_id)


OPERATIONS = (create_set, list_sets, search_sets, update_set, delete_set)
