"""Services and their version sets."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, ValidationInfo, model_validator

from amigo_mock.contract.fidelity import Strictness
from amigo_mock.world.documents.seeds import Content, NamedSeed, Reference, Seed
from amigo_mock.world.fields import AS_IN_JSON, TagsOrList, Text
from amigo_mock.world.free_json import JsonObject
from amigo_mock.world.kind import Kind
from amigo_mock.world.records.base import Named, Record, TagList
from amigo_mock.world.records.organization.agents import Agent
from amigo_mock.world.records.organization.context_graphs import ContextGraph

AGENTS, GRAPHS = "agents", "service_hierarchical_state_machines"
EDGE, RELEASE = "edge", "release"  # version sets that every service has


class LLMConfig(Record):
    """A language model, and how it is set."""

    llm_name: str
    params: dict[str, Any] = {}


class VersionSet(Record):
    """The versions that a service runs with; null: the latest."""

    agent_version_number: int | None
    service_hierarchical_state_machine_version_number: int | None
    llm_model_preferences: dict[str, LLMConfig]


class Service(Named):
    """A service: an agent that goes by a state machine."""

    tags: TagList = Field(description="Labels; a value may be null.")
    version_sets: dict[str, VersionSet]
    description: str
    is_active: bool
    service_hierarchical_state_machine_id: str
    agent_id: str
    keyterms: list[str]

    @property
    def live(self) -> bool:
        """Tell whether it is active."""
        return self.is_active


Keyterm = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[a-z-]+( [a-z-]+){0,2}$"),
]
Keyterms = Annotated[list[Keyterm], Field(max_length=20)]

VersionSetName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$"
    ),
]


Model = Literal[
    "openai_gpt-5.2-2025-12-11",
    "openai_gpt-5.4-nano-2026-03-17",
    "openai_gpt-5.4-mini-2026-03-17",
    "openai_gpt-5.5-2026-04-23",
    "openai_gpt-5.6-sol",
    "openai_gpt-5.6-terra",
    "openai_gpt-5.6-luna",
    "openai_gpt-6-luna",
    "openai_decisions_gpt-6-luna",
    "google_gemini-3.5-flash",
    "google_gemini-3.5-flash-lite",
]


DECISIONS: Model = "openai_decisions_gpt-6-luna"

UNCHECKED = (
    f"interaction-models: the service refuses {DECISIONS} for what is no decision, and parameters "
    "that do not suit their model or interaction, with a 400; neither is checked here"
)


class NewLLMConfig(Content):
    """A language model, and how it is set."""

    llm_name: Model = Field(description="The model.")
    params: JsonObject = Field({}, description="How it is set.")

    @model_validator(mode="after")
    def _warn(self, info: ValidationInfo) -> Self:
        if self.llm_name == DECISIONS or self.params:
            Strictness.of(info).warn(UNCHECKED)
        return self


class NewVersionSet(Content):
    """The versions to run with."""

    agent_version_number: Annotated[int, AS_IN_JSON] | None = Field(
        description="Of the agent; null: the latest."
    )
    service_hierarchical_state_machine_version_number: Annotated[int, AS_IN_JSON] | None = Field(
        description="Of the state machine; null: the latest."
    )
    llm_model_preferences: dict[str, NewLLMConfig] = Field(
        description="Models by the interaction that they are preferred for."
    )


LATEST = VersionSet(
    agent_version_number=None,
    service_hierarchical_state_machine_version_number=None,
    llm_model_preferences={},
)


class LLMConfigSeed(Seed):
    """A language model in a world."""

    llm_name: str
    params: JsonObject = {}


class VersionSetSeed(Seed):
    """A version set in a world."""

    agent_version_number: int | None = None
    service_hierarchical_state_machine_version_number: int | None = None
    llm_model_preferences: dict[str, LLMConfigSeed] = {}


class ServiceSeed(NamedSeed):
    """A service in a world; the version sets `edge` and `release` need no mention."""

    tags: TagsOrList = {}
    version_sets: dict[VersionSetName, VersionSetSeed] = {}
    description: Text = "Made for tests."
    is_active: bool = True
    service_hierarchical_state_machine_id: Annotated[Text | None, Reference(GRAPHS)] = None
    agent_id: Annotated[Text | None, Reference(AGENTS)] = None
    keyterms: Keyterms = []


def _own(seed: ServiceSeed, _: object) -> dict[str, Any]:
    return {"version_sets": version_sets(seed.version_sets)}


def version_sets(given: Mapping[str, BaseModel]) -> dict[str, VersionSet]:
    """The version sets of a service: those that are given, besides the two that all have."""
    made = {name: version_set(each) for name, each in given.items()}
    return {EDGE: LATEST, RELEASE: LATEST, **made}


def version_set(given: BaseModel) -> VersionSet:
    """The version set that a body or a seed says."""
    return VersionSet.model_validate(given.model_dump())


def have_versions(*parts: Agent | ContextGraph) -> bool:
    """Tell whether agent and state machine have any version."""
    return all(part.latest_version > 0 for part in parts)


def has_versions(given: NewVersionSet, agent: Agent, graph: ContextGraph) -> bool:
    """Tell whether there are the versions that a version set names."""
    named = (
        (given.agent_version_number, agent.latest_version),
        (given.service_hierarchical_state_machine_version_number, graph.latest_version),
    )
    return all(number is None or 1 <= number <= latest for number, latest in named)


KIND = Kind(
    "services",
    Service,
    NoneType,
    seed=ServiceSeed,
    own=_own,
    default=({"name": "Service"},),
    sortable=("name", "is_active"),
)
