"""Specifications of the unit tests in a run: versions, criteria and scripted outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from amigo_mock.errors import ApiError
from amigo_mock.operations import handlers
from amigo_mock.operations.call import Call
from amigo_mock.resources.simulation.outcomes import OUTCOMES, outcomes_of
from amigo_mock.world.records.services import Service, VersionSet
from amigo_mock.world.records.simulation.unit_test_set_runs import MetricToEvaluate, PinnedSpec
from amigo_mock.world.records.simulation.unit_test_sets import UnitTestRuns
from amigo_mock.world.records.simulation.unit_tests import UnitTest

GRAPHS = "service_hierarchical_state_machines"
MOST_RESULTS = 100_000  # that one run may have: nobody counts more by hand, and memory ends


def specs_of(call: Call[Any, Any], runs: Iterable[UnitTestRuns]) -> list[PinnedSpec]:
    """The specifications of all unit tests. Too many results are a 422, as they have to be kept."""
    found: list[PinnedSpec] = []
    results = 0
    for each in runs:
        spec = _spec(call, handlers.known(call, "unit_tests", each.unit_test_id), each.run_count)
        results += spec.evaluations
        if results > MOST_RESULTS:
            text = f"The set has more than {MOST_RESULTS} results, which is too much here"
            place = ["body", "simulation_unit_test_set_id"]
            raise ApiError(422, [{"type": "too_many", "loc": place, "msg": text, "input": None}])
        found.append(spec)
    return found


def _spec(call: Call[Any, Any], test: UnitTest, run_count: int) -> PinnedSpec:
    service: Service = handlers.known(call, "services", test.service_id)
    versions = service.version_sets.get(test.service_version_set_name, service.version_sets["edge"])
    return PinnedSpec(
        unit_test_id=test.id,
        run_count=run_count,
        service_hierarchical_state_machine_version_info=_graph(call, service, versions),
        agent_version_info=_agent(call, service, versions),
        scenario_version_info=_latest(call, "scenarios", test.scenario_id),
        persona_version_info=_latest(call, "personas", test.persona_id),
        llm_model_preferences=versions.llm_model_preferences,
        max_interactions=test.max_interactions,
        metrics_to_evaluate=[
            MetricToEvaluate(
                metric_id=criterion.metric_id,
                success_criterion_name=criterion.name,
                success_criterion=criterion.criterion,
            )
            for criterion in test.success_criterions
        ],
        metric_versions=[
            _latest(call, "metrics", criterion.metric_id)[1]
            for criterion in test.success_criterions
        ],
        outcomes=outcomes_of(call.scripted(OUTCOMES), test),
    )


def _latest(call: Call[Any, Any], kind: str, id: str) -> tuple[str, int]:
    return id, len(call.others(kind).versions(id))


def _agent(call: Call[Any, Any], service: Service, versions: VersionSet) -> tuple[str, int]:
    agent = handlers.known(call, "agents", service.agent_id)
    return agent.id, versions.agent_version_number or agent.latest_version


def _graph(call: Call[Any, Any], service: Service, versions: VersionSet) -> tuple[str, int]:
    graph = handlers.known(call, GRAPHS, service.service_hierarchical_state_machine_id)
    number = versions.service_hierarchical_state_machine_version_number
    return graph.id, number or graph.latest_version
