"""Agents: who speaks for services. So far only what services and runs say of them."""

from __future__ import annotations

from types import NoneType
from typing import Annotated

from pydantic import Field

from amigo_mock.collection import Kind
from amigo_mock.records import Agent
from amigo_mock.resources import _shared as shared


class AgentSeed(shared.RecordSeed):
    """An agent in a world."""

    latest_version: Annotated[int, Field(ge=1)] = 1


KIND = Kind("agents", Agent, NoneType, seed=AgentSeed, default=({"name": "Agent"},))
