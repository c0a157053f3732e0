"""Plants and their versions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from amigo_mock.world.documents.seeds import Content, RecordSeed, Reference, VersionSeed, content
from amigo_mock.world.fields import ObjectId, Text
from amigo_mock.world.kind import Kind, Label
from amigo_mock.world.records import Secret, Tracked, Version


class Plant(Tracked):
    """A plant: the part that stays the same over its versions."""

    garden: str
    owner_id: str


class PlantVersion(Version):
    """How a plant is kept, as of one version."""

    plant_id: str
    care: str
    gate_code: Annotated[str, Secret()]


class PlantContent(Content):
    """How the plant is kept."""

    care: Text = Field(description="What it needs.")
    gate_code: Annotated[Text, Secret()] = Field(description="Opens its garden.")


class PlantVersionSeed(PlantContent, VersionSeed):
    """A plant's version in a world."""

    plant_id: ObjectId | None = None


class PlantSeed(RecordSeed):
    """A plant in a world; it may call its owner by name."""

    garden: Text
    owner_id: Annotated[Text, Reference("personas")]
    versions: list[PlantVersionSeed] = Field(min_length=1)


def _labels(plant: Plant) -> Iterable[Label]:
    yield "garden", plant.garden


KIND = Kind(
    "plants",
    Plant,
    PlantVersion,
    parent="plant_id",
    seed=PlantSeed,
    content=content(PlantContent),
    labels=_labels,
    text=lambda plant, latest: (plant.name, latest.care),
    references={"personas": lambda plant, _: [plant.owner_id]},
)
