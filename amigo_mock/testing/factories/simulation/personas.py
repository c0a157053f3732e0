"""Simulation personas for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from amigo_mock.testing.factories.base import Factory, Versioned, creates, many
from amigo_mock.testing.factories.draft import Draft, without
from amigo_mock.world.fields import NOT_SET, NotSet
from amigo_mock.world.records.simulation.personas import Persona, PersonaVersion

ROLES = ("patient", "caregiver", "member", "nurse", "clinician")
MOODS = ("calm", "anxious", "impatient", "confused", "cheerful")
HABITS = (
    "Answers in short sentences.",
    "Asks about each step before taking it.",
    "Wanders off to other subjects.",
    "Wants to hear the reason for everything.",
    "Writes late at night.",
)


class WholePersona(Versioned[PersonaVersion], Persona):
    """A persona with all of its versions."""


class Personas(Factory[WholePersona]):
    """The personas of a fake: made without a request, and as they are now."""

    kind = "personas"
    model = WholePersona

    def draft(
        self,
        *,
        name: str | None = None,
        role: str | None = None,
        tags: Mapping[str, str | None] | None = None,
        background: str | None = None,
        preferred_language: str | NotSet | None = NOT_SET,
        timezone: str | NotSet | None = NOT_SET,
        user_models: Sequence[str] | None = None,
        nonsensitive_user_variables: Mapping[str, str] | None = None,
        sensitive_user_variables: Mapping[str, str] | None = None,
        versions: int | Sequence[Mapping[str, Any]] = 1,
        deleted: bool = False,
        id: str | None = None,
        creator: str | None = None,
        created_at: datetime | str | None = None,
        organization: str | None = None,
    ) -> Draft[WholePersona]:
        """Create a persona; name, role, tags and backgrounds are made up if they are not given.

        `versions` is how many there are, or what each of them says; `background` and what else
        belongs to a version is the latest one's. `creator` is the id of a user. Raises
        `MockError`, and creates nothing, for what a world could not hold.
        """
        faker, chance = self._faker, self._faker.random
        mood = chance.choice(MOODS)
        role = chance.choice(ROLES) if role is None else role

        def version() -> dict[str, Any]:
            age, job, city = chance.randint(18, 90), faker.job(), faker.city()
            about = f"A {mood} {role}, {age} years old, from {city}. Occupation: {job}."
            return {"background": f"{about} {chance.choice(HABITS)}"}

        return self._draft(
            {
                "role": role,
                "tags": {"mood": mood} if tags is None else tags,
                "is_deleted": deleted,
                **without(None, name=name, id=id, created_at=created_at),
            },
            {
                **without(
                    None,
                    background=background,
                    user_models=user_models,
                    nonsensitive_user_variables=nonsensitive_user_variables,
                    sensitive_user_variables=sensitive_user_variables,
                ),
                **without(NOT_SET, preferred_language=preferred_language, timezone=timezone),
            },
            versions,
            name=lambda: f"{faker.first_name()} {faker.last_name()}",
            version=version,
            creator=creator,
            organization=organization,
        )

    create = creates(draft)
    create_many = many(draft)
