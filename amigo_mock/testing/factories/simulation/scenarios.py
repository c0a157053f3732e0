"""Simulation scenarios for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from amigo_mock.testing.factories.base import Factory, Versioned, creates, many
from amigo_mock.testing.factories.draft import Draft, without
from amigo_mock.world.records.simulation.scenarios import (
    InitialMessageType,
    Scenario,
    ScenarioVersion,
)

WISHES = {
    "refill": "Get a prescription refilled",
    "billing": "Find out what a bill is for",
    "appointment": "Move an appointment to another day",
    "symptoms": "Learn whether a symptom needs a doctor",
    "onboarding": "Set up an account",
    "insurance": "Ask what the insurance covers",
}
MANNERS = (
    "Say no more than was asked for.",
    "Ask about each step.",
    "Be in a hurry from the start.",
    "Change your mind once.",
    "Doubt the first answer.",
)


class WholeScenario(Versioned[ScenarioVersion], Scenario):
    """A scenario with all of its versions."""


class Scenarios(Factory[WholeScenario]):
    """The scenarios of a fake: made without a request, and as they are now."""

    kind = "scenarios"
    model = WholeScenario

    def draft(
        self,
        *,
        name: str | None = None,
        tags: Mapping[str, str | None] | None = None,
        objective: str | None = None,
        instructions: str | None = None,
        initial_message_type: InitialMessageType | None = None,
        conversation_starts_at: datetime | str | None = None,
        versions: int | Sequence[Mapping[str, Any]] = 1,
        deleted: bool = False,
        id: str | None = None,
        creator: str | None = None,
        created_at: datetime | str | None = None,
        organization: str | None = None,
    ) -> Draft[WholeScenario]:
        """Create a scenario; name, tags, objectives and instructions are made up if not given.

        `versions` is how many there are, or what each of them says; `objective` and what else
        belongs to a version is the latest one's. Without more it begins with a message of the
        user's, at the time of the run. `creator` is the id of a user. Raises `MockError`, and
        creates nothing, for what a world could not hold.
        """
        faker, chance = self._faker, self._faker.random
        topic = chance.choice(tuple(WISHES))

        def version() -> dict[str, Any]:
            return {
                "objective": f"{WISHES[topic]}, for {faker.first_name()}, from {faker.city()}.",
                "instructions": chance.choice(MANNERS),
                "initial_message_type": "user-message",
            }

        return self._draft(
            {
                "tags": {"topic": topic} if tags is None else tags,
                "is_deleted": deleted,
                **without(None, name=name, id=id, created_at=created_at),
            },
            without(
                None,
                objective=objective,
                instructions=instructions,
                initial_message_type=initial_message_type,
                conversation_starts_at=conversation_starts_at,
            ),
            versions,
            name=lambda: f"{topic.title()}: {faker.catch_phrase()}",
            version=version,
            creator=creator,
            organization=organization,
        )

    create = creates(draft)
    create_many = many(draft)
