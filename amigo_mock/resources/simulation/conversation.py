"""Simulated conversations: what personas and agents say where nothing was scripted."""

from __future__ import annotations

from amigo_mock.world.records.simulation.personas import Persona, PersonaVersion
from amigo_mock.world.records.simulation.scenarios import ScenarioVersion
from amigo_mock.world.records.simulation.unit_test_set_runs import Message

STOCK = 200  # sentences
LONGEST = 4  # exchanges in a conversation


class Talk:
    """Conversations put together from a stock of sentences.

    Sentence by sentence, Faker would take seconds for the thousands of runs that a set can have.
    """

    def __init__(self, seed: int) -> None:
        from faker import Faker

        faker = Faker("en_US")
        faker.seed_instance(seed)
        self._seed = seed
        self._chance = faker.random
        self._stock = [faker.sentence() for _ in range(STOCK)]

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
