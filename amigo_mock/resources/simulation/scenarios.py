"""Scenarios: what a simulated user wants, versioned."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from amigo_mock.contract.fidelity import Assumption
from amigo_mock.operations import handlers
from amigo_mock.operations.bodies import Body, Empty
from amigo_mock.operations.call import Call
from amigo_mock.operations.handlers import VersionCreated
from amigo_mock.operations.operation import operation, per_minute
from amigo_mock.operations.parameters import (
    NOT_EMPTY,
    Filters,
    InOrganization,
    ListFilters,
    ListSort,
    NewVersion,
    VersionFilters,
)
from amigo_mock.operations.responses import Joined
from amigo_mock.world.fields import ObjectId, Tags, Text
from amigo_mock.world.records import Record, UserInfo
from amigo_mock.world.records.simulation.scenarios import (
    KIND,
    Scenario,
    ScenarioContent,
    ScenarioVersion,
)

CREATE = "Simulation:CreateSimulationScenario"
MODIFY = "Simulation:ModifySimulationScenario"
DELETE = "Simulation:DeleteSimulationScenario"
READ = "Simulation:GetSimulationScenario"

NOT_PERMITTED = "Your grants do not cover this for this simulation scenario."
NONE_PERMITTED = "Your grants cover this for no simulation scenario."
NOT_FOUND = "There is no such simulation scenario, or it was deleted."


class NewScenarioVersion(ScenarioContent, Body):
    """The content of a version of a scenario."""


class NewScenario(Body):
    """A scenario with its first version."""

    name: Text = Field(description="Unique among the scenarios that are not deleted.")
    tags: Tags = Field(description="Labels: letters, digits, underscores, white space.")
    initial_version: NewScenarioVersion = Field(description="Version 1.")


class ScenarioChanges(Body):
    """Changes of a scenario without a new version."""

    tags: Tags | None = Field(None, description="The new labels; null or left out: as they are.")


class OfScenario(InOrganization):
    """The scenario that is meant."""

    simulation_scenario_id: ObjectId = Field(description="The scenario's id.")


class NewVersionOfScenario(OfScenario, NewVersion):
    """The scenario, and the number its new version is to get."""


class VersionsOfScenario(OfScenario, VersionFilters):
    """The scenario, and which of its versions."""


class ListScenarios(ListFilters):
    """The filters, the order and the page of a list of scenarios."""

    limit: Annotated[int, Field(ge=0, le=200), NOT_EMPTY] = Field(
        50, description="Scenarios in a page."
    )
    sort_by: ListSort = Field((), description="`+` or `-` and a field; several break ties.")


class SearchScenarios(Filters):
    """A search, and its filters."""

    query: Text = Field(description="Terms that the name must have.")


class ScenarioCreated(Record):
    """The new scenario's id."""

    simulation_scenario_id: str


class ScenarioFilterValues(Record):
    """The values that the filters of a list can be set to."""

    creators: list[UserInfo]
    tags: list[str]


class ScenarioPage(Record):
    """A page of scenarios; `filter_values` only with the first one."""

    simulation_scenarios: list[Scenario]
    has_more: bool
    continuation_token: Any | None
    filter_values: ScenarioFilterValues | None


class ScenariosFound(Record):
    """The results of a search, the best match first."""

    simulation_scenarios: list[Scenario]


class ScenarioVersionPage(Record):
    """A page of versions."""

    simulation_scenario_versions: list[ScenarioVersion]
    has_more: bool
    continuation_token: Any | None


@operation(
    "create-simulation-scenario",
    permissions=(CREATE, MODIFY),
    rate_limit=per_minute(500),
    errors={403: NOT_PERMITTED, 409: "There already is a simulation scenario of this name."},
    examples={
        "A refill": {
            "name": "Refill Before a Journey",
            "tags": {"topic": "refill", "urgent": None},
            "initial_version": {
                "objective": "Get a prescription refilled before leaving on Friday.",
                "instructions": "Mention the journey late. Accept the first offer that fits.",
                "initial_message_type": "user-message",
                "conversation_starts_at": "2026-03-02T09:30:00Z",
            },
        }
    },
)
def create_scenario(call: Call[InOrganization, NewScenario]) -> ScenarioCreated:
    """Create a simulation scenario with its first version."""
    body = call.body
    scenario = handlers.create(call, KIND, body.initial_version, name=body.name, tags=body.tags)
    return ScenarioCreated(simulation_scenario_id=scenario.id)


@operation(
    "get-simulation-scenarios",
    permissions=(READ,),
    rate_limit=per_minute(200),
    errors={403: NONE_PERMITTED},
)
def list_scenarios(call: Call[ListScenarios, Empty]) -> Joined[ScenarioPage]:
    """List the simulation scenarios that match every filter and that the caller may see."""
    return handlers.page(
        call, KIND, ScenarioPage, "simulation_scenarios", creators="creator", tags="tag"
    )


@operation(
    "search-simulation-scenarios",
    permissions=(READ,),
    rate_limit=per_minute(50),
    errors={403: NONE_PERMITTED},
)
def search_scenarios(call: Call[SearchScenarios, Empty]) -> Joined[ScenariosFound]:
    """Search the names of simulation scenarios, the best 50 matches first."""
    return handlers.search(call, KIND, ScenariosFound, "simulation_scenarios")


@operation(
    "update-simulation-scenario",
    permissions=(MODIFY,),
    rate_limit=per_minute(500),
    errors={403: NOT_PERMITTED, 404: NOT_FOUND},
    examples={"Other labels": {"tags": {"topic": "refill"}}, "No change": {}},
)
def update_scenario(call: Call[OfScenario, ScenarioChanges]) -> None:
    """Change the tags of a simulation scenario."""
    handlers.update_given(call, KIND, call.parameters.simulation_scenario_id)


@operation(
    "delete-simulation-scenario",
    permissions=(DELETE,),
    rate_limit=per_minute(500),
    errors={
        400: "A simulation unit test uses this simulation scenario.",
        403: NOT_PERMITTED,
        404: NOT_FOUND,
    },
)
def delete_scenario(call: Call[OfScenario, Empty]) -> None:
    """Delete a simulation scenario; it can still be read, and its name is free again."""
    handlers.delete(call, KIND, call.parameters.simulation_scenario_id)


@operation(
    "create-simulation-scenario-version",
    permissions=(MODIFY,),
    rate_limit=per_minute(500),
    errors={
        400: "The next version has another number than the one expected.",
        403: NOT_PERMITTED,
        404: NOT_FOUND,
    },
    examples={
        "Another opening": {
            "objective": "Get a prescription refilled before leaving on Friday.",
            "instructions": "Be in a hurry from the start.",
            "initial_message_type": "external-event",
            "conversation_starts_at": None,
        }
    },
)
def create_scenario_version(
    call: Call[NewVersionOfScenario, NewScenarioVersion],
) -> VersionCreated:
    """Add a version to a simulation scenario."""
    parameters = call.parameters
    number = handlers.create_version(
        call, KIND, parameters.simulation_scenario_id, parameters.version
    )
    return VersionCreated(version=number)


@operation(
    "get-simulation-scenario-versions",
    permissions=(READ,),
    rate_limit=per_minute(500),
    errors={403: NOT_PERMITTED, 404: "There is no such simulation scenario."},
)
def list_scenario_versions(call: Call[VersionsOfScenario, Empty]) -> Joined[ScenarioVersionPage]:
    """List versions of a simulation scenario, deleted or not."""
    id, name = call.parameters.simulation_scenario_id, "simulation_scenario_versions"
    return handlers.versions(call, KIND, id, ScenarioVersionPage, name)


OPERATIONS = (
    create_scenario,
    list_scenarios,
    search_scenarios,
    update_scenario,
    delete_scenario,
    create_scenario_version,
    list_scenario_versions,
)

ASSUMPTIONS = (
    Assumption(
        "conversation-time",
        "conversation_starts_at",
        "date, time and the offset of UTC in a string, kept to the millisecond; another offset, "
        "none or a number is a 422",
        "the published format is date-time, in UTC",
        "resources/test_scenarios.py::test_other_times_are_refused",
    ),
)
