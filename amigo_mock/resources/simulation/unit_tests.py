"""Simulation unit tests: a persona in a scenario with a service, and what must come of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import Field

from amigo_mock.contract.fidelity import Assumption
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
from amigo_mock.resources.simulation.unit_test_parts import check
from amigo_mock.world.fields import AS_IN_JSON, AnyTags, ObjectId, Text
from amigo_mock.world.records import Record, UserInfo
from amigo_mock.world.records.simulation.unit_tests import (
    KIND,
    Interactions,
    NewCriterion,
    UnitTest,
    plain,
)

CREATE = "Simulation:CreateSimulationUnitTest"
MODIFY = "Simulation:ModifySimulationUnitTest"
DELETE = "Simulation:DeleteSimulationUnitTest"
READ = "Simulation:GetSimulationUnitTest"

NOT_PERMITTED = "Your grants do not cover this for this simulation unit test."
NONE_PERMITTED = "Your grants cover this for no simulation unit test."
NO_SUCH = "There is no such service, version set, persona, scenario or metric, or it is out of use."
OTHER_TYPE = "A success criterion is of another type than its metric."


Criterions = Annotated[list[NewCriterion], Field(min_length=1)]


class NewUnitTest(Body):
    """A unit test."""

    name: Text = Field(description="Unique among the unit tests that are not deleted.")
    description: Text = Field(description="What it is about.")
    service_id: ObjectId = Field(description="Whom the persona talks to.")
    service_version_set_name: str = Field(description="In which version.")
    persona_id: ObjectId = Field(description="Who talks.")
    scenario_id: ObjectId = Field(description="What about.")
    max_interactions: Interactions = Field(description="For how long, at most.")
    success_criterions: Criterions = Field(description="What must come of it.")
    tags: AnyTags = Field(description="Labels; a value may be null.")


class UnitTestChanges(Body):
    """Changes of a unit test; what is null or left out stays."""

    description: Text | None = Field(None, description="What it is about.")
    service_id: ObjectId | None = Field(None, description="Whom the persona talks to.")
    service_version_set_name: str | None = Field(None, description="In which version.")
    persona_id: ObjectId | None = Field(None, description="Who talks.")
    scenario_id: ObjectId | None = Field(None, description="What about.")
    max_interactions: Interactions | None = Field(None, description="For how long, at most.")
    success_criterions: Criterions | None = Field(None, description="What must come of it.")
    run_count: Annotated[int, Field(gt=0), AS_IN_JSON] | None = Field(
        None, description="Declared by the contract; has no effect here: sets say how often."
    )
    tags: AnyTags | None = Field(None, description="The new labels.")


class OfUnitTest(InOrganization):
    """The unit test that is meant."""

    simulation_unit_test_id: ObjectId = Field(description="The unit test's id.")


class Using(Filters):
    """Filters by what unit tests are made of."""

    service_id: Distinct[ObjectId] = Field(frozenset(), description="Any of these.")
    persona_id: Distinct[ObjectId] = Field(frozenset(), description="Any of these.")
    scenario_id: Distinct[ObjectId] = Field(frozenset(), description="Any of these.")
    metric_id: Distinct[ObjectId] = Field(frozenset(), description="Any of these.")

    def _groups(self) -> Iterator[tuple[str, Iterable[Any]]]:
        for kind in ("service", "persona", "scenario", "metric"):
            ids = getattr(self, f"{kind}_id")
            if ids:
                yield f"{kind}s", ids
        yield from super()._groups()


class ListUnitTests(Using, ListFilters):
    """The filters, the order and the page of a list of unit tests."""

    limit: Annotated[int, Field(ge=0, le=500), NOT_EMPTY] = Field(
        50, description="Unit tests in a page."
    )
    sort_by: UpdatedSort = Field((), description="`+` or `-` and a field; several break ties.")


class SearchUnitTests(Using):
    """A search, and its filters."""

    query: Text = Field(description="Text that the name or the description must have in it.")


class UnitTestCreated(Record):
    """The new unit test's id."""

    simulation_unit_test_id: str


class UnitTestFilterValues(Record):
    """The values that the filters of a list can be set to."""

    creators: list[UserInfo]
    tags: list[str]
    service_ids: list[str]
    persona_ids: list[str]
    scenario_ids: list[str]
    metric_ids: list[str]


class UnitTestPage(Record):
    """A page of unit tests; `filter_values` only with the first one."""

    simulation_unit_tests: list[UnitTest]
    has_more: bool
    continuation_token: int | None
    filter_values: UnitTestFilterValues | None


class UnitTestDocument(UnitTest):
    """A unit test as a search shows it."""

    id: str = Field(alias="_id", description="24 lower-case hexadecimal digits.")


class UnitTestsFound(Record):
    """The results of a search, the oldest first."""

    simulation_unit_tests: list[UnitTestDocument]


@operation(
    "create-simulation-unit-test",
    permissions=(CREATE,),
    rate_limit=per_minute(500),
    errors={
        400: OTHER_TYPE,
        403: NOT_PERMITTED,
        404: NO_SUCH,
        409: "There already is a simulation unit test of this name.",
    },
    examples={
        "A refill that must succeed": {
            "name": "Refill by an Anxious Caller",
            "description": "The refill is ordered, however often the caller asks back.",
            "service_id": "65f1a0000000000000000003",
            "service_version_set_name": "release",
            "persona_id": "65f1a0000000000000000004",
            "scenario_id": "65f1a0000000000000000005",
            "max_interactions": 20,
            "success_criterions": [
                {
                    "name": "Ordered",
                    "metric_id": "65f1a0000000000000000006",
                    "criterion": {"type": "boolean", "expected_value": True},
                }
            ],
            "tags": {"topic": "refill", "urgent": None},
        }
    },
)
def create_unit_test(call: Call[InOrganization, NewUnitTest]) -> UnitTestCreated:
    """Create a simulation unit test."""
    call.require()
    own = _content(call.body)
    check(call, own, own)
    made = handlers.create(call, KIND, None, org_id=call.organization.id, **own)
    return UnitTestCreated(simulation_unit_test_id=made.id)


@operation(
    "get-simulation-unit-tests",
    permissions=(READ,),
    rate_limit=per_minute(200),
    errors={403: NONE_PERMITTED},
)
def list_unit_tests(call: Call[ListUnitTests, Empty]) -> Joined[UnitTestPage]:
    """List the simulation unit tests that match every filter and that the caller may see."""
    return handlers.page(
        call,
        KIND,
        UnitTestPage,
        "simulation_unit_tests",
        filtered=True,
        creators="creator",
        tags="tag",
        service_ids="services",
        persona_ids="personas",
        scenario_ids="scenarios",
        metric_ids="metrics",
    )


@operation(
    "search-simulation-unit-tests",
    permissions=(READ,),
    rate_limit=per_minute(50),
    errors={403: NONE_PERMITTED},
)
def search_unit_tests(call: Call[SearchUnitTests, Empty]) -> Joined[UnitTestsFound]:
    """Search names and descriptions of simulation unit tests for a text, oldest first."""
    name, shown = "simulation_unit_tests", handlers.document
    return handlers.containing(call, KIND, UnitTestsFound, name, shown)


@operation(
    "update-simulation-unit-test",
    permissions=(MODIFY,),
    rate_limit=per_minute(500),
    errors={
        400: OTHER_TYPE,
        403: NOT_PERMITTED,
        404: f"There is no such simulation unit test, or it was deleted; or: {NO_SUCH}",
    },
    examples={"Longer": {"max_interactions": 20, "tags": {"length": "long"}}, "No change": {}},
)
def update_unit_test(call: Call[OfUnitTest, UnitTestChanges]) -> None:
    """Change a simulation unit test."""
    test = handlers.find(call, KIND, call.parameters.simulation_unit_test_id)
    changes = _content(call.body)
    changed = KIND.record.model_validate({**test.model_dump(), **changes})
    check(call, changes, changed.model_dump())
    handlers.update(call, KIND, test, **{name: getattr(changed, name) for name in changes})


@operation(
    "delete-simulation-unit-test",
    permissions=(DELETE,),
    rate_limit=per_minute(500),
    errors={
        400: "A simulation unit test set uses this simulation unit test.",
        403: NOT_PERMITTED,
        404: "There is no such simulation unit test, or it was deleted.",
    },
)
def delete_unit_test(call: Call[OfUnitTest, Empty]) -> None:
    """Delete a simulation unit test; it can still be read, and its name is free again."""
    handlers.delete(call, KIND, call.parameters.simulation_unit_test_id)


def _content(body: NewUnitTest | UnitTestChanges) -> dict[str, Any]:
    """The fields of a unit test that a body sets."""
    found = handlers.given(body, *(name for name in type(body).model_fields if name != "run_count"))
    if "success_criterions" in found:
        found["success_criterions"] = plain(found["success_criterions"])
    return found


OPERATIONS = (
    create_unit_test,
    list_unit_tests,
    search_unit_tests,
    update_unit_test,
    delete_unit_test,
)

ASSUMPTIONS = (
    Assumption(
        "inactive-service",
        "create and update unit test",
        "a service that is not active counts as deleted: 404; its version sets can be changed",
        "a service in use cannot be deactivated, so a deactivated one should not come into use",
        "resources/test_unit_tests.py::test_what_is_gone_is_not_found",
    ),
    Assumption(
        "unit-test-run-count",
        "run_count when updating a unit test",
        "changes nothing",
        "no unit test has such a field; sets say how often it runs",
        "resources/test_unit_tests.py::test_a_unit_test_is_changed",
    ),
)
