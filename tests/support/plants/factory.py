"""Plants for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from amigo_mock.testing.factories.base import Factory, Versioned, creates, many
from amigo_mock.testing.factories.draft import Draft, Needs, reference, without
from amigo_mock.testing.factories.host import Json
from amigo_mock.world.records.simulation.personas import Persona
from tests.support.plants.records import Plant, PlantVersion


class WholePlant(Versioned[PlantVersion], Plant):
    """A plant with all of its versions."""


class Plants(Factory[WholePlant]):
    """The plants of a fake."""

    kind = "plants"
    model = WholePlant

    def draft(
        self,
        *,
        name: str | None = None,
        tags: Mapping[str, str | None] | None = None,
        garden: str | None = None,
        owner: Persona | str | None = None,
        care: str | None = None,
        gate_code: str | None = None,
        versions: int | Sequence[Mapping[str, Any]] = 1,
        deleted: bool = False,
        id: str | None = None,
        creator: str | None = None,
        created_at: datetime | str | None = None,
        organization: str | None = None,
    ) -> Draft[WholePlant]:
        """Create a plant; what is not given is made up."""
        faker = self._faker

        def refers(needs: Needs) -> Json:
            personas, place = self._sibling("personas"), f"{self.kind}: owner"
            found = needs.given_or_some(personas, owner, place, live=not deleted)
            return {"owner_id": reference(found)}

        return self._draft(
            {
                "tags": {} if tags is None else tags,
                "garden": faker.city() if garden is None else garden,
                "is_deleted": deleted,
                **without(None, name=name, id=id, created_at=created_at),
            },
            without(None, care=care, gate_code=gate_code),
            versions,
            name=lambda: f"The fern of {faker.first_name()}",
            version=lambda: {"care": "Shade.", "gate_code": faker.postcode()},
            creator=creator,
            organization=organization,
            refers=refers,
        )

    create = creates(draft)
    create_many = many(draft)
