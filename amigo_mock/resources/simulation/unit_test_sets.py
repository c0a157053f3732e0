"""Simulation unit test sets: unit tests that run together, each so many times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import Field

from amigo_mock.operations import handlers
from amigo_mock.operations.bodies import Body, Empty
from amigo_mock.operations.call import Call
from amigo_mock.operations.operation import operation, per_minute
from amigo_mock.operations.parameters import (
    NOT_EMPTY,
    Distinct,
    Filters,
    InOrganization,
    ListFilters,
    UpdatedSort,
)
from amigo_mock.operations.responses import Joined
from amigo_mock.world.fields import AS_IN_JSON, NOT_SET, AnyTags, NotSet, ObjectId, Text
from amigo_mock.world.records import Record, UserInfo
from amigo_mock.world.records.simulation.unit_test_sets import KIND, UnitTestSet, plain

CREATE = "Simulation:CreateSimulationUnitTestSet"
MODIFY = "Simulation:ModifySimulationUnitTestSet"
DELETE = "Simulation:DeleteSimulationUnitTestSet"
READ = "Simulation:GetSimulationUnitTestSet"

NOT_PERMITTED = "Your grants do not cover this for this simulation unit test set."
NONE_PERMITTED = "Your grants cover this for no simulation unit test set."
NOT_FOUND = "There is no such simulation unit test set, or it was deleted."
NO_UNIT_TEST = "There is no such simulation unit test, or it was deleted."
NAME_TAKEN = "There already is a simulation unit test set of this name."


class NewUnitTestRuns(Body):
    """A unit test, and how often it runs."""

    unit_test_id: ObjectId
    run_count: Annotated[int, Field(gt=0), AS_IN_JSON] = Field(description="How often it runs.")


Runs = Annotated[list[NewUnitTestRuns], Field(min_length=1)]


class NewSet(Body):
    """A set of unit tests."""

    name: Text = Field(description="Unique among the sets that are not deleted.")
    description: Text | None = Field(description="What it is about; may be null.")
    unit_test_runs: Runs = Field(description="Which unit tests, how often.")
    tags: AnyTags = Field(description="Labels; a value may be null.")


class SetChanges(Body):
    """Changes of a set; what is null or left out stays, but for the description."""

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
    """The filters, the order and the page of a list of sets."""

    limit: Annotated[int, Field(ge=0, le=20), NOT_EMPTY] = Field(20, description="Sets in a page.")
    sort_by: UpdatedSort = Field((), description="`+` or `-` and a field; several break ties.")


class SearchSets(Holding):
    """A search, and its filters."""

    query: Text = Field(description="Text that the name or the description must have in it.")


class SetCreated(Record):
    """The new set's id."""

    simulation_unit_test_set_id: str


class SetFilterValues(Record):
    """The values that the filters of a list can be set to."""

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
    """The results of a search, the oldest first."""

    simulation_unit_test_sets: list[SetDocument]


@operation(
    "create-simulation-unit-test-set",
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
        unit_test_runs=plain(body.unit_test_runs),
        tags=body.tags,
        last_triggered_run_id=None,
    )
    return SetCreated(simulation_unit_test_set_id=made.id)


@operation(
    "get-simulation-unit-test-sets",
    permissions=(READ,),
    rate_limit=per_minute(50),
    errors={403: NONE_PERMITTED},
)
def list_sets(call: Call[ListSets, Empty]) -> Joined[SetPage]:
    """List the simulation unit test sets that match every filter and that the caller may see."""
    return handlers.page(
        call,
        KIND,
        SetPage,
        "simulation_unit_test_sets",
        filtered=True,
        creators="creator",
        unit_test_ids="unit_tests",
        tags="tag",
    )


@operation(
    "search-simulation-unit-test-sets",
    permissions=(READ,),
    rate_limit=per_minute(50),
    errors={403: NONE_PERMITTED},
)
def search_sets(call: Call[SearchSets, Empty]) -> Joined[SetsFound]:
    """Search names and descriptions of simulation unit test sets for a text, oldest first."""
    return handlers.containing(
        call, KIND, SetsFound, "simulation_unit_test_sets", handlers.document
    )


@operation(
    "update-simulation-unit-test-set",
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
        changes["unit_test_runs"] = plain(body.unit_test_runs)
    changed = KIND.record.model_validate({**found.model_dump(), **changes})
    handlers.update(call, KIND, found, **{name: getattr(changed, name) for name in changes})


@operation(
    "delete-simulation-unit-test-set",
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
