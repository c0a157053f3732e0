"""Personas: simulated users, versioned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import Field

from amigo_mock.operations import handlers
from amigo_mock.operations.bodies import Body, Empty
from amigo_mock.operations.call import Call
from amigo_mock.operations.handlers import VersionCreated
from amigo_mock.operations.operation import operation, per_minute
from amigo_mock.operations.parameters import (
    NOT_EMPTY,
    Distinct,
    Filters,
    InOrganization,
    ListFilters,
    ListSort,
    NewVersion,
    VersionFilters,
)
from amigo_mock.operations.responses import Joined
from amigo_mock.world.fields import (
    ObjectId,
    Tags,
    Text,
)
from amigo_mock.world.records import Record, UserInfo
from amigo_mock.world.records.simulation.personas import (
    KIND,
    VERSION_VARIABLES,
    Persona,
    PersonaContent,
    PersonaVersion,
)

CREATE = "Simulation:CreateSimulationPersona"
MODIFY = "Simulation:ModifySimulationPersona"
DELETE = "Simulation:DeleteSimulationPersona"
READ = "Simulation:GetSimulationPersona"

NOT_PERMITTED = "Your grants do not cover this for this simulation persona."
NONE_PERMITTED = "Your grants cover this for no simulation persona."
NOT_FOUND = "There is no such simulation persona, or it was deleted."


class NewPersonaVersion(PersonaContent, Body):
    """The content of a version of a persona."""


class NewPersona(Body):
    """A persona with its first version."""

    name: Text = Field(description="Unique among the personas that are not deleted.")
    role: Text = Field(description="What the simulated user is to the agent.")
    tags: Tags = Field(description="Labels: letters, digits, underscores, white space.")
    initial_version: NewPersonaVersion = Field(description="Version 1.")


class PersonaChanges(Body):
    """Changes of a persona without a new version."""

    tags: Tags | None = Field(None, description="The new labels; null or left out: as they are.")


class OfPersona(InOrganization):
    """The persona that is meant."""

    simulation_persona_id: ObjectId = Field(description="The persona's id.")


class NewVersionOfPersona(OfPersona, NewVersion):
    """The persona, and the number its new version is to get."""


class VersionsOfPersona(OfPersona, VersionFilters):
    """The persona, and which of its versions."""


class WithRole(Filters):
    """Filters that only personas have."""

    role: Distinct[str] = Field(frozenset(), description="Any of these.")

    def _groups(self) -> Iterator[tuple[str, Iterable[Any]]]:
        if self.role:
            yield "role", self.role
        yield from super()._groups()


class ListPersonas(WithRole, ListFilters):
    """The filters, the order and the page of a list of personas."""

    limit: Annotated[int, Field(ge=0, le=50), NOT_EMPTY] = Field(
        50, description="Personas in a page."
    )
    sort_by: ListSort = Field((), description="`+` or `-` and a field; several break ties.")


class SearchPersonas(WithRole):
    """A search, and its filters."""

    query: Text = Field(description="Terms that the name or the latest background must have.")


class PersonaCreated(Record):
    """The new persona's id."""

    simulation_persona_id: str


class PersonaFilterValues(Record):
    """The values that the filters of a list can be set to."""

    creators: list[UserInfo]
    tags: list[str]
    roles: list[str]


class PersonaPage(Record):
    """A page of personas; `filter_values` only with the first one."""

    simulation_personas: list[Persona]
    has_more: bool
    continuation_token: Any | None
    filter_values: PersonaFilterValues | None


class PersonasFound(Record):
    """The results of a search, the best match first."""

    simulation_personas: list[Persona]


class PersonaVersionPage(Record):
    """A page of versions."""

    simulation_persona_versions: list[PersonaVersion]
    has_more: bool
    continuation_token: Any | None


@operation(
    "create-simulation-persona",
    permissions=(CREATE, MODIFY),
    rate_limit=per_minute(100),
    errors={403: NOT_PERMITTED, 409: "There already is a simulation persona of this name."},
    examples={
        "A patient who is new to it": {
            "name": "Anxious First-Time Caller",
            "role": "patient",
            "tags": {"mood": "anxious", "difficulty": None},
            "initial_version": {
                "background": "Has never used a health app and fears doing something wrong.",
                "preferred_language": "eng",
                "timezone": "Europe/Vienna",
                "user_models": ["Prefers short answers."],
                "nonsensitive_user_variables": {"plan": "basic"},
                "sensitive_user_variables": {},
            },
        }
    },
)
def create_persona(call: Call[InOrganization, NewPersona]) -> PersonaCreated:
    """Create a simulation persona with its first version."""
    body = call.body
    persona = handlers.create(
        call, KIND, body.initial_version, name=body.name, role=body.role, tags=body.tags
    )
    return PersonaCreated(simulation_persona_id=persona.id)


@operation(
    "get-simulation-personas",
    permissions=(READ,),
    rate_limit=per_minute(50),
    errors={403: NONE_PERMITTED},
)
def list_personas(call: Call[ListPersonas, Empty]) -> Joined[PersonaPage]:
    """List the simulation personas that match every filter and that the caller may see."""
    return handlers.page(
        call, KIND, PersonaPage, "simulation_personas", creators="creator", tags="tag", roles="role"
    )


@operation(
    "search-simulation-personas",
    permissions=(READ,),
    rate_limit=per_minute(50),
    errors={403: NONE_PERMITTED},
)
def search_personas(call: Call[SearchPersonas, Empty]) -> Joined[PersonasFound]:
    """Search the names and latest backgrounds of simulation personas, the best 50 matches first."""
    return handlers.search(call, KIND, PersonasFound, "simulation_personas")


@operation(
    "update-simulation-persona",
    permissions=(MODIFY,),
    rate_limit=per_minute(100),
    errors={403: NOT_PERMITTED, 404: NOT_FOUND},
    examples={"Other labels": {"tags": {"mood": "calm"}}, "No change": {}},
)
def update_persona(call: Call[OfPersona, PersonaChanges]) -> None:
    """Change the tags of a simulation persona."""
    handlers.update_given(call, KIND, call.parameters.simulation_persona_id)


@operation(
    "delete-simulation-persona",
    permissions=(DELETE,),
    rate_limit=per_minute(100),
    errors={
        400: "A simulation unit test uses this simulation persona.",
        403: NOT_PERMITTED,
        404: NOT_FOUND,
    },
)
def delete_persona(call: Call[OfPersona, Empty]) -> None:
    """Delete a simulation persona; it can still be read, and its name is free again."""
    handlers.delete(call, KIND, call.parameters.simulation_persona_id)


@operation(
    "create-simulation-persona-version",
    permissions=(MODIFY,),
    rate_limit=per_minute(100),
    errors={
        400: "The next version has another number than the one expected.",
        403: NOT_PERMITTED,
        404: NOT_FOUND,
    },
    examples={
        "Another background": {
            "background": "Has used a health app for a month and still double-checks each step.",
            "preferred_language": None,
            "timezone": {},
            "user_models": [],
            "nonsensitive_user_variables": {},
            "sensitive_user_variables": {},
        }
    },
)
def create_persona_version(call: Call[NewVersionOfPersona, NewPersonaVersion]) -> VersionCreated:
    """Add a version to a simulation persona."""
    parameters = call.parameters
    number = handlers.create_version(
        call, KIND, parameters.simulation_persona_id, parameters.version
    )
    return VersionCreated(version=number)


@operation(
    "get-simulation-persona-versions",
    permissions=(READ,),
    rate_limit=per_minute(50),
    errors={403: NOT_PERMITTED, 404: "There is no such simulation persona."},
)
def list_persona_versions(call: Call[VersionsOfPersona, Empty]) -> Joined[PersonaVersionPage]:
    """List versions of a simulation persona, deleted or not."""
    id, name = call.parameters.simulation_persona_id, "simulation_persona_versions"
    return handlers.versions(call, KIND, id, PersonaVersionPage, name)


OPERATIONS = (
    create_persona,
    list_personas,
    search_personas,
    update_persona,
    delete_persona,
    create_persona_version,
    list_persona_versions,
)

LENIENCIES = (VERSION_VARIABLES,)
