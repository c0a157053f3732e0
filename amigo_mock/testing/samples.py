"""Made-up personas, scenarios and talk, by Faker: the same seed gives the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amigo_mock.world.document import default
from amigo_mock.world.records.simulation.personas import Persona, PersonaVersion
from amigo_mock.world.records.simulation.scenarios import ScenarioVersion
from amigo_mock.world.records.simulation.unit_test_set_runs import Message

if TYPE_CHECKING:
    from faker import Faker

ROLES = ("patient", "caregiver", "member", "nurse", "clinician")
MOODS = ("calm", "anxious", "impatient", "confused", "cheerful")
TOPICS = ("refill", "billing", "appointment", "symptoms", "onboarding", "insurance")
LEVELS = ("low", "medium", "high", None)
OPENINGS = ("user-message", "external-event", "skip")
LANGUAGES = ("eng", "spa", "deu", "fra", "por", None)
STOCK = 200  # sentences
LONGEST = 4  # exchanges in a conversation
ZONES = ("America/New_York", "Europe/Vienna", "Asia/Tokyo", "UTC")


def world(personas: int, scenarios: int, seed: int) -> dict[str, Any]:
    """A world document with so many of each in the default organization."""
    fake = faker(seed)
    document = default()
    organization = document["organizations"][0]
    organization["personas"] = [persona(fake, number) for number in range(1, personas + 1)]
    organization["scenarios"] = [scenario(fake, number) for number in range(1, scenarios + 1)]
    return document


def faker(seed: int) -> Faker:
    """A Faker that says the same after the same seed."""
    from faker import Faker

    found = Faker("en_US")
    found.seed_instance(seed)
    return found


def persona(fake: Faker, number: int) -> dict[str, Any]:
    """A persona as a world has it; the number keeps its name unique."""
    role, mood = fake.random_element(ROLES), fake.random_element(MOODS)
    return {
        "name": f"{fake.name()} {number}",
        "role": role,
        "tags": {"mood": mood, "difficulty": fake.random_element(LEVELS)},
        "versions": [_background(fake, role, mood) for _ in range(fake.random_int(1, 3))],
    }


def scenario(fake: Faker, number: int) -> dict[str, Any]:
    """A scenario as a world has it; the number keeps its name unique."""
    topic = fake.random_element(TOPICS)
    return {
        "name": f"{topic.title()}: {fake.catch_phrase()} {number}",
        "tags": {"topic": topic, "priority": fake.random_element(LEVELS)},
        "versions": [_plan(fake, topic) for _ in range(fake.random_int(1, 2))],
    }


def _background(fake: Faker, role: str, mood: str) -> dict[str, Any]:
    age, job = fake.random_int(18, 90), fake.job()
    return {
        "background": f"A {mood} {role}, {age} years old, {job}. {fake.paragraph(3)}",
        "preferred_language": fake.random_element(LANGUAGES),
        "timezone": fake.random_element(ZONES),
        "user_models": [fake.sentence() for _ in range(fake.random_int(0, 2))],
        "nonsensitive_user_variables": {"city": fake.city()},
        "sensitive_user_variables": {},
    }


def _plan(fake: Faker, topic: str) -> dict[str, Any]:
    return {
        "objective": f"Settle a question of {topic}: {fake.sentence()}",
        "instructions": fake.paragraph(3),
        "initial_message_type": fake.random_element(OPENINGS),
        "conversation_starts_at": None,
    }


class Talk:
    """What personas and agents say to each other, put together from a stock of sentences.

    Sentence by sentence, Faker would take seconds for the thousands of runs that a set can have.
    """

    def __init__(self, seed: int) -> None:
        fake = faker(seed)
        self._seed = seed
        self._chance = fake.random
        self._stock = [fake.sentence() for _ in range(STOCK)]

    def conversation(
        self,
        number: int,
        who: Persona,
        persona: PersonaVersion,
        scenario: ScenarioVersion,
        most: int,
    ) -> list[Message]:
        """One conversation, the same for the same arguments, in at most so many exchanges."""
        self._chance.seed(f"{self._seed} {number} {persona.id} {scenario.id}")
        openings = [] if scenario.initial_message_type == "user-message" else [self._agent()]
        said = [
            *openings,
            Message(sender="user", text=f"{persona.background} {scenario.objective}"),
        ]
        for _ in range(self._chance.randint(1, min(most, LONGEST)) - 1):
            said += [self._agent(), Message(sender="user", text=self._sentence())]
        return [*said, self._agent(f"That is all then, {who.name}. ")]

    def _agent(self, opening: str = "") -> Message:
        return Message(sender="agent", text=opening + self._sentence())

    def _sentence(self) -> str:
        return str(self._chance.choice(self._stock))
