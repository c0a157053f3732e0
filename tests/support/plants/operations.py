"""Plants: versioned, searched, owned by personas, and watered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from amigo_mock.errors import MockError
from amigo_mock.names import there_is_no
from amigo_mock.operations import handlers
from amigo_mock.operations.bodies import Body, Empty
from amigo_mock.operations.call import Call
from amigo_mock.operations.handlers import VersionCreated
from amigo_mock.operations.operation import operation, per_minute
from amigo_mock.operations.parameters import (
    Distinct,
    Filters,
    InOrganization,
    ListFilters,
    ListSort,
    NewVersion,
    VersionFilters,
)
from amigo_mock.operations.responses import Joined
from amigo_mock.state.scripts import Script
from amigo_mock.world.fields import ObjectId, Tags, Text
from amigo_mock.world.records import Record, UserInfo
from amigo_mock.world.world import Organization
from tests.support.plants import rows
from tests.support.plants.records import KIND, Plant, PlantContent, PlantVersion

CREATE = "Plant:CreatePlant"
READ = "Plant:GetPlant"
MODIFY = "Plant:ModifyPlant"
DELETE = "Plant:DeletePlant"
WATER = "Plant:WaterPlant"

NOT_PERMITTED = "Your grants do not cover this for this plant."
NOT_FOUND = "There is no such plant, or it was deleted."

# What comes in


class NewPlantVersion(PlantContent, Body):
    """How the plant is kept."""


class NewPlant(Body):
    """A plant with its first version."""

    name: Text
    tags: Tags
    garden: Text
    owner_id: ObjectId
    initial_version: NewPlantVersion


class OfPlant(InOrganization):
    """The plant that is meant."""

    plant_id: ObjectId


class NewVersionOfPlant(OfPlant, NewVersion):
    """The plant, and the number its new version is to get."""


class VersionsOfPlant(OfPlant, VersionFilters):
    """The plant, and which of its versions."""


class InGarden(Filters):
    """Filters that only plants have."""

    garden: Distinct[str] = Field(frozenset(), description="Any of these.")

    def _groups(self) -> Iterator[tuple[str, Iterable[Any]]]:
        if self.garden:
            yield "garden", self.garden
        yield from super()._groups()


class ListPlants(InGarden, ListFilters):
    """Which plants, in which order."""

    limit: Annotated[int, Field(ge=0, le=50)] = 50
    sort_by: ListSort = ()


class SearchPlants(InGarden):
    """What to look for."""

    query: Text


# What goes out


class PlantCreated(Record):
    """The new plant's id."""

    plant_id: str


class PlantFilterValues(Record):
    """What the filters of a list can be set to."""

    creators: list[UserInfo]
    tags: list[str]
    gardens: list[str]


class PlantPage(Record):
    """A page of plants."""

    plants: list[Plant]
    has_more: bool
    continuation_token: Any | None
    filter_values: PlantFilterValues | None


class PlantsFound(Record):
    """What a search found."""

    plants: list[Plant]


class PlantVersionPage(Record):
    """A page of versions."""

    plant_versions: list[PlantVersion]
    has_more: bool
    continuation_token: Any | None


class Watered(Record):
    """What became of it."""

    centimetres: int


# What a test can decide


class Growth(Record):
    """How much a plant grows when it is watered next."""

    model_config = ConfigDict(extra="forbid")

    plant: str
    centimetres: int = 0
    organization: str | None = None


def _check(growth: Growth, organizations: Sequence[Organization]) -> None:
    names = [name for each in organizations for name in each.named(KIND.name).names()]
    if growth.plant not in names:
        raise MockError(there_is_no("plant", growth.plant, names))


GROWTHS = Script("growths", Growth, "growth", check=_check, once=True)

# Operations


@operation(
    rows.CREATE,
    permissions=(CREATE,),
    rate_limit=per_minute(30),
    errors={403: NOT_PERMITTED, 404: "There is no such persona.", 409: "The name is taken."},
)
def create_plant(call: Call[InOrganization, NewPlant]) -> PlantCreated:
    """Create a plant with its first version."""
    body = call.body
    call.require()
    owner = handlers.referred(call, "personas", body.owner_id)
    plant = handlers.create(
        call,
        KIND,
        body.initial_version,
        name=body.name,
        tags=body.tags,
        garden=body.garden,
        owner_id=owner.id,
    )
    return PlantCreated(plant_id=plant.id)


@operation(
    rows.LIST,
    permissions=(READ,),
    rate_limit=per_minute(30),
    errors={403: NOT_PERMITTED},
)
def list_plants(call: Call[ListPlants, Empty]) -> Joined[PlantPage]:
    """List the plants that match every filter and that the caller may see."""
    return handlers.page(
        call, KIND, PlantPage, "plants", creators="creator", tags="tag", gardens="garden"
    )


@operation(
    rows.SEARCH,
    permissions=(READ,),
    rate_limit=per_minute(30),
    errors={403: NOT_PERMITTED},
)
def search_plants(call: Call[SearchPlants, Empty]) -> Joined[PlantsFound]:
    """Search the names and the latest care of plants."""
    return handlers.search(call, KIND, PlantsFound, "plants")


@operation(
    rows.DELETE,
    permissions=(DELETE,),
    rate_limit=per_minute(30),
    errors={403: NOT_PERMITTED, 404: NOT_FOUND},
)
def delete_plant(call: Call[OfPlant, Empty]) -> None:
    """Delete a plant."""
    handlers.delete(call, KIND, call.parameters.plant_id)


@operation(
    rows.CREATE_VERSION,
    permissions=(MODIFY,),
    rate_limit=per_minute(30),
    errors={400: "The next version has another number.", 403: NOT_PERMITTED, 404: NOT_FOUND},
)
def create_plant_version(call: Call[NewVersionOfPlant, NewPlantVersion]) -> VersionCreated:
    """Add a version to a plant."""
    parameters = call.parameters
    number = handlers.create_version(call, KIND, parameters.plant_id, parameters.version)
    return VersionCreated(version=number)


@operation(
    rows.LIST_VERSIONS,
    permissions=(READ,),
    rate_limit=per_minute(30),
    errors={403: NOT_PERMITTED, 404: NOT_FOUND},
)
def list_plant_versions(call: Call[VersionsOfPlant, Empty]) -> Joined[PlantVersionPage]:
    """List versions of a plant."""
    return handlers.versions(
        call, KIND, call.parameters.plant_id, PlantVersionPage, "plant_versions"
    )


@operation(
    rows.WATER,
    permissions=(WATER,),
    rate_limit=per_minute(2),
    errors={403: NOT_PERMITTED, 404: NOT_FOUND},
)
def water_plant(call: Call[OfPlant, Empty]) -> Watered:
    """Water a plant, which grows as a test has decided, or not at all."""
    plant = handlers.find(call, KIND, call.parameters.plant_id)
    growth = call.take(GROWTHS, lambda one: one.plant == plant.name)
    return Watered(centimetres=growth.centimetres if growth else 0)


OPERATIONS = (
    create_plant,
    list_plants,
    search_plants,
    delete_plant,
    create_plant_version,
    list_plant_versions,
    water_plant,
)

SCRIPTS = (GROWTHS,)
