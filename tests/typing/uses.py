"""Every fixture, factory and control as a user writes them, with the type that each of them has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_type

import httpx2

from amigo_mock import (
    Actor,
    AmigoMock,
    Armed,
    ArmedRace,
    Clock,
    Entry,
    Faults,
    Journal,
    Maintenance,
    RateLimits,
    Requests,
    Settings,
    Snapshot,
)
from amigo_mock.testing.factories.metrics import Metrics, WholeMetric
from amigo_mock.testing.factories.services import Services
from amigo_mock.testing.factories.simulation.personas import Personas, WholePersona
from amigo_mock.testing.factories.simulation.scenarios import Scenarios, WholeScenario
from amigo_mock.testing.factories.simulation.unit_test_sets import UnitTestSets
from amigo_mock.testing.factories.simulation.unit_tests import UnitTests
from amigo_mock.world.records.metrics import MetricVersion
from amigo_mock.world.records.organization.agents import Agent
from amigo_mock.world.records.organization.context_graphs import ContextGraph
from amigo_mock.world.records.services import Service
from amigo_mock.world.records.simulation.personas import PersonaVersion
from amigo_mock.world.records.simulation.scenarios import ScenarioVersion
from amigo_mock.world.records.simulation.unit_test_sets import UnitTestSet
from amigo_mock.world.records.simulation.unit_tests import SuccessCriterion, UnitTest


def fixtures(
    amigo: AmigoMock,
    amigo_client: httpx2.Client,
    amigo_async_client: httpx2.AsyncClient,
    amigo_server: AmigoMock,
    amigo_env: Mapping[str, str],
    amigo_settings: Mapping[str, Any],
) -> None:
    assert_type(amigo_client.get("/"), httpx2.Response)
    assert_type(amigo_env["AMIGO_BASE_URL"], str)
    assert_type(amigo_settings, Mapping[str, Any])
    assert_type(amigo_server.url, str)
    assert_type(amigo.organization, str)
    assert_type(amigo.env, Mapping[str, str])
    assert_type(amigo.settings, Settings)
    assert_type(amigo.token(expires_in=60), str)
    with amigo.client() as client:
        assert_type(client, httpx2.Client)
    assert_type(amigo.async_client(in_process=True), httpx2.AsyncClient)
    assert_type(amigo_async_client, httpx2.AsyncClient)


def personas(amigo: AmigoMock) -> None:
    assert_type(amigo.personas, Personas)
    ann = amigo.personas.create(
        name="Ann",
        role="patient",
        tags={"ward": "A", "urgent": None},
        background="Calls for the first time.",
        preferred_language="eng",
        timezone=None,
        user_models=["Is in a hurry."],
        nonsensitive_user_variables={"plan": "basic"},
        sensitive_user_variables={},
        versions=3,
        deleted=False,
        id="0" * 24,
        creator="mock-user",
        created_at="2026-01-31T12:00:00Z",
        organization="mock-org",
    )
    assert_type(ann, WholePersona)
    assert_type(ann.id, str)
    assert_type(ann.name, str)
    assert_type(ann.role, str)
    assert_type(ann.is_deleted, bool)
    assert_type(ann.created_at, datetime)
    assert_type(ann.versions, tuple[PersonaVersion, ...])
    assert_type(ann.latest, PersonaVersion)
    assert_type(ann.latest.background, str)
    assert_type(ann.latest.timezone, str | None)
    assert_type(amigo.personas.create(versions=[{"background": "a"}, {}]), WholePersona)
    assert_type(amigo.personas.create_many(3, role="nurse"), list[WholePersona])
    assert_type(amigo.personas.get(ann.id), WholePersona)
    assert_type(amigo.personas.find("Ann").latest.background, str)
    assert_type(amigo.personas.all(), list[WholePersona])
    assert_type([one.role for one in amigo.personas], list[str])
    assert_type(len(amigo.personas), int)


def scenarios(amigo: AmigoMock) -> None:
    assert_type(amigo.scenarios, Scenarios)
    refill = amigo.scenarios.create(
        name="Refill",
        objective="Get a refill.",
        instructions="Be brief.",
        initial_message_type="user-message",
    )
    assert_type(refill, WholeScenario)
    assert_type(refill.latest, ScenarioVersion)
    assert_type(refill.latest.objective, str)
    assert_type(amigo.scenarios.create_many(2, versions=2), list[WholeScenario])
    assert_type(amigo.scenarios.find("Refill").latest.instructions, str)


def suites(amigo: AmigoMock) -> None:
    assert_type(amigo.services, Services)
    agent, graph = amigo.agents.create(latest_version=2), amigo.context_graphs.create()
    assert_type(agent, Agent)
    assert_type(graph, ContextGraph)
    desk = amigo.services.create(
        agent=agent,
        context_graph=graph.id,
        version_sets={"next": {"agent_version_number": 2}},
        keyterms=["refill"],
        is_active=True,
    )
    assert_type(desk, Service)
    assert_type(desk.version_sets["next"].agent_version_number, int | None)
    assert_type(amigo.metrics, Metrics)
    patience = amigo.metrics.create(
        kind="numerical", lower_bound=0, upper_bound=10, applied_to_services=[desk, "Service"]
    )
    assert_type(patience, WholeMetric)
    assert_type(patience.latest, MetricVersion)
    assert_type(patience.latest.description, str)
    assert_type(amigo.metrics.create_many(2, categories=["a"], versions=2), list[WholeMetric])
    assert_type(amigo.unit_tests, UnitTests)
    test = amigo.unit_tests.create(
        service=desk,
        service_version_set_name="next",
        persona=amigo.personas.create(),
        scenario="Refill",
        max_interactions=5,
        success_criterions=[patience, "Tone", {"name": "Reached", "metric_id": "Goal Reached"}],
    )
    assert_type(test, UnitTest)
    assert_type(test.success_criterions, list[SuccessCriterion])
    assert_type(amigo.unit_tests.create_many(2, persona="Ann"), list[UnitTest])
    assert_type(amigo.unit_test_sets, UnitTestSets)
    tests = amigo.unit_test_sets.create(
        unit_tests=[test, "It works", {"unit_test_id": test.id, "run_count": 3}], run_count=20
    )
    assert_type(tests, UnitTestSet)
    assert_type(tests.unit_test_runs[0].run_count, int)
    assert_type(amigo.unit_test_sets.create(unit_tests=amigo.unit_tests.all()), UnitTestSet)


def faults(amigo: AmigoMock) -> None:
    assert_type(amigo.faults, Faults)
    armed = amigo.faults.add("get-simulation-personas", status=503, times=2)
    assert_type(armed, Armed)
    assert_type(armed.hits, int)
    with amigo.faulty("get-simulation-personas", drop=True, when="after") as fault:
        assert_type(fault, Armed)
        assert_type(fault.hits, int)


def maintenance(amigo: AmigoMock) -> None:
    with amigo.maintenance() as nothing:
        assert_type(nothing, None)
    assert_type(bool(amigo.maintenance), bool)
    amigo.maintenance = True
    assert_type(amigo.maintenance, Maintenance)


def time(amigo: AmigoMock) -> None:
    assert_type(amigo.clock, Clock)
    amigo.clock.advance(61)
    amigo.clock.advance(minutes=1, hours=2)
    amigo.clock.freeze()
    assert_type(amigo.clock.datetime(), datetime)


def limits(amigo: AmigoMock) -> None:
    assert_type(amigo.rate_limits, RateLimits)
    amigo.rate_limits.enabled = False
    amigo.rate_limits.set("get-simulation-personas", 3)
    assert_type(amigo.rate_limits.headroom("get-simulation-personas"), int)


def users(amigo: AmigoMock) -> None:
    nurse = amigo.as_user(
        grants=[
            "Simulation:GetSimulationPersona",
            {"permission_name": "Simulation:ModifySimulationPersona", "conditions": {}},
        ]
    )
    assert_type(nurse, Actor)
    assert_type(nurse.id, str)
    assert_type(nurse.env, Mapping[str, str])
    with nurse as same, same.client() as client:
        assert_type(same, Actor)
        assert_type(client, httpx2.Client)
    assert_type(nurse.async_client(), httpx2.AsyncClient)


def between(amigo: AmigoMock) -> None:
    others = amigo.between("get-simulation-personas", "update-simulation-persona")
    assert_type(others.edits(tags={}), ArmedRace)
    assert_type(others.adds_version(background="Theirs."), ArmedRace)
    with others.deletes() as deletion:
        assert_type(deletion, ArmedRace)
    assert_type(deletion.status, int | None)
    assert_type(others.does("create-simulation-persona", json={}), ArmedRace)


def evidence(amigo: AmigoMock) -> None:
    assert_type(amigo.requests, Journal)
    assert_type(amigo.requests.to("get-simulation-personas"), Requests)
    assert_type(amigo.requests.to("get-simulation-personas").last.status, int | None)
    assert_type(amigo.requests.with_status(409, "5xx").by("mock-user"), Requests)
    assert_type(amigo.requests[0], Entry)
    assert_type(amigo.requests[-2:], list[Entry])
    assert_type([entry.warnings for entry in amigo.requests], list[list[str]])
    found = amigo.assert_called(
        "get-simulation-personas",
        times=1,
        json={"name": "Ann"},
        query={"role": ["patient"]},
        path={"organization": "mock-org"},
        status="2xx",
        user="mock-user",
    )
    assert_type(found, Requests)
    amigo.assert_not_called("delete-simulation-persona", status=204)


def state(amigo: AmigoMock) -> None:
    snapshot = amigo.snapshot()
    assert_type(snapshot, Snapshot)
    amigo.restore(snapshot)
    amigo.reset()
    amigo.seed({"organizations": [{"id": "mock-org"}]})
