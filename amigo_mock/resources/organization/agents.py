"""Agents: who speaks for services. So far only what services and runs say of them."""

from __future__ import annotations

from types import NoneType
from typing import Annotated

from pydantic import Field

from amigo_mock.world.collection import Kind
from amigo_mock.world.records.organization.agents import Agent
from amigo_mock.world.seeds import RecordSeed


class AgentSeed(RecordSeed):
    """An agent in a world."""

    latest_version: Annotated[int, Field(ge=1)] = 1


KIND = Kind("agents", Agent, NoneType, seed=AgentSeed, default=({"name": "Agent"},))
