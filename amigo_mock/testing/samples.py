"""Sample worlds: personas and scenarios from the factories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from amigo_mock.testing.factories import Factories
from amigo_mock.testing.factories.draft import Draft
from amigo_mock.testing.factories.host import Json
from amigo_mock.world.documents.document import ORGANIZATION, default

LANGUAGES = ("eng", "spa", "deu", "fra", "por", None)
ZONES = ("America/New_York", "Europe/Vienna", "Asia/Tokyo", "UTC")


def world(personas: int, scenarios: int, random_seed: int) -> Json:
    """A world document with this many of each in the default organization.

    The same random seed gives the same world, and a longer list begins like a shorter one.
    """
    factories = _Unstored(random_seed)
    document = default()
    organization = document["organizations"][0]
    organization["personas"] = _several(personas, factories.persona)
    organization["scenarios"] = _several(scenarios, factories.scenario)
    return document


def _several(count: int, make: Callable[[], Draft[Any]]) -> list[Json]:
    records = [make().record for _ in range(count)]
    return [_written(record, number) for number, record in enumerate(records, 1)]


def _written(record: Json, number: int) -> Json:
    # The name comes first for whoever reads it, and its number keeps it unique.
    kept = {field: value for field, value in record.items() if field not in ("name", "is_deleted")}
    return {"name": f"{record['name']} {number}", **kept}


class _Nowhere:
    """A store that keeps nothing: drafts are described, not added."""

    def add_records(
        self,
        organization: str,
        kind: str,
        records: Sequence[Mapping[str, Any]],
        *,
        numbered: bool = False,
        needed: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> list[Json]:
        raise NotImplementedError

    def records(self, organization: str, kind: str, id: str | None = None) -> list[Json]:
        raise NotImplementedError


class _Unstored(Factories):
    """The factories over no fake, with some variety in what they leave out by default."""

    organization = ORGANIZATION

    def __init__(self, random_seed: int) -> None:
        super().__init__(_Nowhere(), random_seed)

    def persona(self) -> Draft[Any]:
        chance = self.faker.random
        return self.personas.draft(
            preferred_language=chance.choice(LANGUAGES),
            timezone=chance.choice(ZONES),
            user_models=[self.faker.sentence() for _ in range(chance.randint(0, 2))],
            nonsensitive_user_variables={"city": self.faker.city()},
            versions=chance.randint(1, 3),
        )

    def scenario(self) -> Draft[Any]:
        return self.scenarios.draft(versions=self.faker.random.randint(1, 2))
