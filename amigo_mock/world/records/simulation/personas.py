"""Simulation personas and their versions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from amigo_mock.contract.fidelity import Leniency, Lenient
from amigo_mock.world.documents.seeds import Content, RecordSeed, VersionSeed, content
from amigo_mock.world.fields import (
    NOT_SET,
    Language,
    NotSet,
    ObjectId,
    Text,
    TimeZone,
    Variables,
)
from amigo_mock.world.identity import Identity
from amigo_mock.world.kind import Kind, Label
from amigo_mock.world.records.base import Secret, Tracked, Version
from amigo_mock.world.records.identity import OrganizationRecord

VERSION_VARIABLES = Leniency(
    "version-variables",
    "create persona, create persona version",
    "user_models, nonsensitive_user_variables and sensitive_user_variables are required",
    "left out, they are stored as [] and {}, as the guide's printed examples expect",
)


class Persona(Tracked):
    """A simulated user: the part that stays the same over its versions."""

    role: str = Field(description="What the simulated user is to the agent, `patient` for one.")


class PersonaVersion(Version):
    """One version of a persona."""

    simulation_persona_id: str = Field(description="The persona it is a version of.")
    background: str = Field(description="Who the simulated user is.")
    preferred_language: str | None = Field(description="ISO 639-3; null: the agent's own.")
    timezone: str | None = Field(description="IANA name; null: UTC.")
    user_models: list[str] = Field(description="What is known of the simulated user.")
    nonsensitive_user_variables: dict[str, str] = Field(description="Variables that tools get.")
    sensitive_user_variables: Annotated[dict[str, str], Secret()] = Field(
        default={}, description="Variables that tools get and logs do not."
    )


class PersonaContent(Content):
    """The content of a version of a persona."""

    background: Text = Field(description="Who the simulated user is.")
    preferred_language: Language | NotSet | None = Field(
        NOT_SET, description="ISO 639-3. Not set: the organization's. Null: the agent's own."
    )
    timezone: TimeZone | NotSet | None = Field(
        NOT_SET, description="IANA name. Not set: the organization's, or UTC. Null: none."
    )
    user_models: Annotated[list[Text], Lenient(VERSION_VARIABLES, list)] = Field(
        description="What is known of the simulated user."
    )
    nonsensitive_user_variables: Annotated[Variables, Lenient(VERSION_VARIABLES, dict)] = Field(
        description="Variables that tools get."
    )
    sensitive_user_variables: Annotated[Variables, Lenient(VERSION_VARIABLES, dict), Secret()] = (
        Field(description="Variables that tools get. Not encrypted: nothing real belongs here.")
    )


class PersonaVersionSeed(PersonaContent, VersionSeed):
    """A persona's version in a world."""

    simulation_persona_id: ObjectId | None = None
    user_models: list[Text] = Field(default_factory=list)
    nonsensitive_user_variables: Variables = Field(default_factory=dict)
    sensitive_user_variables: Annotated[Variables, Secret()] = Field(default_factory=dict)


class PersonaSeed(RecordSeed):
    """A persona in a world."""

    role: Text
    versions: list[PersonaVersionSeed] = Field(min_length=1)


_said = content(PersonaContent)


def _content(body: PersonaContent, owner: Identity | OrganizationRecord) -> dict[str, Any]:
    said = _said(body, owner)
    # Its exact type is asked for: that a model has no instance of something is slow to find out.
    if type(said["preferred_language"]) is NotSet:
        said["preferred_language"] = owner.preferred_language
    if type(said["timezone"]) is NotSet:
        said["timezone"] = owner.timezone or "UTC"
    return said


def _labels(persona: Persona) -> Iterable[Label]:
    return [("role", persona.role)]


def _text(persona: Persona, latest: PersonaVersion) -> tuple[str, str]:
    return persona.name, latest.background


KIND = Kind(
    "personas",
    Persona,
    PersonaVersion,
    parent="simulation_persona_id",
    seed=PersonaSeed,
    content=_content,
    labels=_labels,
    text=_text,
)
