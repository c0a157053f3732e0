"""Runs of simulation unit test sets: started once, over in time, worked out when looked at.

A run keeps what it started with: versions, criteria and scripted outcomes. Its results follow
from that, so nothing of them is stored.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from types import NoneType
from typing import Annotated, Any

from pydantic import Field
from pydantic_core import to_json

from amigo_mock.errors import ApiError
from amigo_mock.operations import handlers
from amigo_mock.operations.operation import Body, Call, Empty, Joined, joined, operation, per_minute
from amigo_mock.operations.parameters import Creator, Distinct, InOrganization, SortBy
from amigo_mock.resources.simulation.outcomes import OUTCOMES, outcomes_of
from amigo_mock.world.collection import Between, Kind, Where
from amigo_mock.world.fields import ObjectId, Timestamp
from amigo_mock.world.ids import nth
from amigo_mock.world.records import Record, Secret, UserInfo
from amigo_mock.world.records.services import Service, VersionSet
from amigo_mock.world.records.simulation.unit_test_set_runs import (
    Message,
    MetricToEvaluate,
    Outcome,
    PinnedSpec,
    Run,
    RunSpec,
)
from amigo_mock.world.records.simulation.unit_test_sets import UnitTestRuns, UnitTestSet
from amigo_mock.world.records.simulation.unit_tests import (
    BooleanMetricSuccessCriterion,
    CategoricalMetricSuccessCriterion,
    NumericalMetricSuccessCriterion,
    UnitTest,
)
from amigo_mock.world.seeds import Reference, StoredSeed
from amigo_mock.world.world import Identity

RUNS = "/v1/{organization}/simulation/unit_test_set_run/"
RUN = "/v1/{organization}/simulation/unit_test_set_run/{simulation_unit_test_set_run_id}/"
ARTIFACTS = f"{RUN}artifacts/"
DOWNLOAD = "/download/{organization}/unit_test_set_run/{simulation_unit_test_set_run_id}"

CREATE = "Simulation:CreateSimulationUnitTestSetRun"
CANCEL = "Simulation:CancelSimulationUnitTestSetRun"
READ = "Simulation:GetSimulationUnitTestSetRun"
READ_SET = "Simulation:GetSimulationUnitTestSet"
READ_TEST = "Simulation:GetSimulationUnitTest"
READ_GRAPH = "Organization:GetServiceHierarchicalStateMachine"

GRAPHS = "service_hierarchical_state_machines"

NOT_PERMITTED = "Your grants do not cover this for this simulation unit test set run."
NOT_FOUND = "There is no such simulation unit test set run."

MOST_RESULTS = 100_000  # that one run may have: nobody counts more by hand, and memory ends
LINK_LIFETIME = timedelta(hours=1)

# What comes in


class NewRun(Body):
    """What to run."""

    simulation_unit_test_set_id: ObjectId = Field(description="The set to run.")


class OfRun(InOrganization):
    """The run that is meant."""

    simulation_unit_test_set_run_id: ObjectId = Field(description="The run's id.")


class DownloadOfRun(OfRun):
    """The run whose artifacts are meant, and the proof that they may be had."""

    expires: str = Field("", description="Until when, in seconds since the epoch.")
    signature: Annotated[str, Secret()] = Field("", description="What proves the link.")


class ListRuns(InOrganization):
    """Which runs, in which order."""

    id: Distinct[ObjectId] = Field(frozenset(), description="Any of these.")
    limit: Annotated[int, Field(ge=0, le=50)] = Field(50, description="Runs in a page.")
    continuation_token: int = Field(0, description="Where to go on: as the page before said.")
    creator: Distinct[Creator] = Field(frozenset(), description="Any of these: `org_id,user_id`.")
    sort_by: Annotated[tuple[str, ...], SortBy("created_at")] = Field(
        (), description="`+created_at` or `-created_at`."
    )
    simulation_unit_test_set_id: Distinct[ObjectId] = Field(
        frozenset(), description="Any of these."
    )
    is_completed: bool | None = Field(None, description="Only completed ones, or none of them.")
    failed_metrics: bool | None = Field(None, description="Only failed ones, or none of them.")
    errored: bool | None = Field(None, description="Only errored ones, or none of them.")
    created_after: Timestamp | None = Field(None, description="At this time or later.")
    created_before: Timestamp | None = Field(None, description="At this time or earlier.")

    @property
    def offset(self) -> int:
        """How many records come before the page."""
        return max(0, self.continuation_token)

    def where(self) -> Where:
        """The filters, for a collection."""
        return list(self._groups())

    def _groups(self) -> Iterator[tuple[str, Iterable[Any] | Between]]:
        if self.id:
            yield "id", self.id
        if self.creator:
            yield "creator", self.creator
        if self.simulation_unit_test_set_id:
            yield "unit_test_set", self.simulation_unit_test_set_id
        for flag in ("is_completed", "failed_metrics", "errored"):
            if getattr(self, flag) is not None:
                yield flag, (getattr(self, flag),)
        if self.created_after or self.created_before:
            yield "created_at", Between(self.created_after, self.created_before)


# What goes out


class RunCreated(Record):
    """The new run's id."""

    simulation_unit_test_set_run_id: str


class MetricEvaluationResult(Record):
    """What a metric came to, run by run: the id of each result, and whether it passed."""

    metric_id: str
    metric_version: int
    results: list[tuple[str, bool]]


class UnitTestRunResult(Record):
    """What the runs of a unit test came to."""

    unit_test_id: str
    metric_evaluation_results: list[MetricEvaluationResult]
    run_errors: list[str | None]


class RunInstance(Record):
    """A run as a list shows it."""

    org_id: str
    id: str
    is_completed: bool
    simulation_unit_test_set_id: str
    failed_metrics: bool
    errored: bool
    artifacts_generated: bool
    unit_test_run_specs: list[RunSpec]
    unit_test_run_results: list[UnitTestRunResult | None]
    created_at: datetime
    creator: UserInfo


class RunFilterValues(Record):
    """What the filters of a list can be set to."""

    creators: list[UserInfo]
    simulation_unit_test_set_ids: list[str]
    tags: list[str]


class RunPage(Record):
    """A page of runs; `filter_values` only with the first one."""

    simulation_unit_test_set_runs: list[RunInstance]
    has_more: bool
    continuation_token: int | None
    filter_values: RunFilterValues | None


class ArtifactsLink(Record):
    """Where the artifacts are, and until when."""

    presigned_url: Annotated[str, Secret()]
    url_expires_at: datetime


class Evaluation(Record):
    """What a metric came to in one run."""

    result_id: str
    metric_id: str
    metric_version: int
    success_criterion_name: str
    value: bool | float | str
    passed: bool


class SimulatedRun(Record):
    """One run of a unit test, with everything that was said."""

    unit_test_id: str
    run: int
    error: str | None
    transcript: list[Message]
    evaluations: list[Evaluation]


class Artifacts(Record):
    """Everything that a run left behind."""

    simulation_unit_test_set_run_id: str
    simulation_unit_test_set_id: str
    runs: list[SimulatedRun]


# What a world holds


class RunSeed(StoredSeed):
    """A run in a world, as a state has it."""

    org_id: str | None = None
    simulation_unit_test_set_id: Annotated[str, Reference("unit_test_sets")]
    is_completed: bool = True
    failed_metrics: bool = False
    errored: bool = False
    artifacts_generated: bool = True
    finishes_at: Timestamp
    cancelled_at: Timestamp | None = None
    first_result_id: ObjectId
    specs: list[PinnedSpec]


def _own(_: object, owner: Identity) -> dict[str, Any]:
    return {"org_id": owner.id}


# Time


def _until(run: Run, now: datetime) -> datetime:
    return min(now, run.cancelled_at) if run.cancelled_at else now


def _finished(run: Run, now: datetime) -> int:
    """How many of its unit tests are through: one after the other, each in the same time."""
    until = _until(run, now)
    if until >= run.finishes_at:
        return len(run.specs)
    share = (until - run.created_at) / (run.finishes_at - run.created_at)
    return max(0, int(share * len(run.specs)))


def _passed(run: Run, now: datetime) -> Run:
    through = run.specs[: _finished(run, now)]
    whole = _until(run, now) >= run.finishes_at
    return run.model_copy(
        update={
            "is_completed": whole or run.cancelled_at is not None,
            "failed_metrics": any(_failing(spec) for spec in through),
            "errored": any(_errors(spec) for spec in through),
            "artifacts_generated": whole,
        }
    )


KIND: Kind[Run, None] = Kind(
    "unit_test_set_runs",
    Run,
    NoneType,
    seed=RunSeed,
    own=_own,
    sortable=("created_at",),
    passed=_passed,
)

# Outcomes


def _hits(outcome: Outcome, run: int) -> bool:
    return outcome.run in (None, run)


def _errors(spec: PinnedSpec) -> dict[int, str]:
    """The error of each run that has one, by its number."""
    found: dict[int, str] = {}
    for outcome in spec.outcomes:
        if outcome.error is not None:
            numbers = range(1, spec.run_count + 1) if outcome.run is None else (outcome.run,)
            found |= {number: outcome.error for number in numbers if number <= spec.run_count}
    return found


def _failing(spec: PinnedSpec) -> bool:
    """Whether a metric fails in some run that gets as far as that."""
    if not any(outcome.criterion is not None for outcome in spec.outcomes):
        return False
    errors = _errors(spec)
    return any(
        not _passes(spec, metric, run)
        for metric in spec.metrics_to_evaluate
        for run in range(1, spec.run_count + 1)
        if run not in errors
    )


def _passes(spec: PinnedSpec, metric: MetricToEvaluate, run: int) -> bool:
    return not any(
        outcome.criterion == metric.success_criterion_name and _hits(outcome, run)
        for outcome in spec.outcomes
    )


def _results(spec: PinnedSpec, first: str, metrics: bool) -> bytes:
    """What a unit test came to. The ids of its results count on from the first."""
    errors, runs = _errors(spec), range(1, spec.run_count + 1)
    base = int(first, 16)
    evaluated: list[dict[str, Any]] = []
    for place, metric in enumerate(spec.metrics_to_evaluate if metrics else ()):
        # A unit test for which nothing fails need not be asked run by run.
        failing = any(each.criterion == metric.success_criterion_name for each in spec.outcomes)
        start = base + place * spec.run_count - 1
        results = [
            (f"{start + run:024x}", not failing or _passes(spec, metric, run))
            for run in runs
            if run not in errors
        ]
        evaluated.append(
            {
                "metric_id": metric.metric_id,
                "metric_version": spec.metric_versions[place],
                "results": results,
            }
        )
    return to_json(
        {
            "unit_test_id": spec.unit_test_id,
            "metric_evaluation_results": evaluated,
            "run_errors": [errors.get(run) for run in runs],
        }
    )


def _firsts(run: Run) -> Iterator[tuple[PinnedSpec, str]]:
    """Each unit test of a run, with the id of its first result."""
    count = 0
    for spec in run.specs:
        yield spec, nth(run.first_result_id, count)
        count += spec.evaluations


# Operations


@operation(
    "get-simulation-unit-test-set-runs",
    "GET",
    RUNS,
    permissions=(READ, READ_SET, READ_TEST),
    rate_limit=per_minute(50),
)
def list_runs(call: Call[ListRuns, Empty]) -> Joined[RunPage]:
    """List the simulation unit test set runs that match every filter and that the caller may see.

    What they consist of is shown to those who may see sets, the metrics to those who may see unit
    tests.
    """
    now = call.now

    def shown(row: bytes) -> bytes:
        return _shown(call, Run.model_validate_json(row), now)

    return handlers.page(
        call,
        KIND,
        RunPage,
        "simulation_unit_test_set_runs",
        READ,
        shown=shown,
        creators="creator",
        simulation_unit_test_set_ids="unit_test_set",
        tags="tag",
    )


@operation(
    "create-simulation-unit-test-set-run",
    "POST",
    RUNS,
    status=201,
    permissions=(CREATE,),
    rate_limit=per_minute(20),
    errors={
        403: NOT_PERMITTED,
        404: "There is no such simulation unit test set, or it was deleted.",
        409: "You have a run of this simulation unit test set that is not finished.",
    },
    examples={"A run": {"simulation_unit_test_set_id": "65f1a0000000000000000008"}},
)
def create_run(call: Call[InOrganization, NewRun]) -> RunCreated:
    """Start a run of a simulation unit test set, with the versions that are the latest now."""
    call.require()
    tests: UnitTestSet = handlers.referred(
        call, "unit_test_sets", call.body.simulation_unit_test_set_id
    )
    specs = _specs(call, tests.unit_test_runs)
    run = Run(
        id=call.id(KIND),
        org_id=call.organization.id,
        simulation_unit_test_set_id=tests.id,
        is_completed=False,
        failed_metrics=False,
        errored=False,
        artifacts_generated=False,
        created_at=call.now,
        creator=call.user,
        finishes_at=call.now + timedelta(seconds=call.settings.run_duration),
        cancelled_at=None,
        first_result_id=call.reserve_ids(KIND, sum(spec.evaluations for spec in specs)),
        specs=specs,
    )
    call.require(run)
    runs, user = call.records(KIND), call.user
    if runs.any_live("unfinished", (tests.id, f"{user.org_id},{user.user_id}")):
        raise call.error(409)
    runs.add(run)
    triggered = tests.model_copy(update={"last_triggered_run_id": run.id})
    call.others("unit_test_sets").replace(triggered)
    return RunCreated(simulation_unit_test_set_run_id=run.id)


@operation(
    "get-simulation-unit-test-set-run-artifacts",
    "GET",
    ARTIFACTS,
    permissions=(READ, READ_GRAPH),
    rate_limit=per_minute(100),
    errors={
        400: "There are no artifacts of this simulation unit test set run, or not yet.",
        403: NOT_PERMITTED,
        404: NOT_FOUND,
    },
)
def get_artifacts(call: Call[OfRun, Empty]) -> ArtifactsLink:
    """Link to the artifacts of a simulation unit test set run, for an hour."""
    run = handlers.find(call, KIND, call.parameters.simulation_unit_test_set_run_id, READ)
    for graph in {spec.service_hierarchical_state_machine_version_info[0] for spec in run.specs}:
        call.require(_known(call, GRAPHS, graph), READ_GRAPH)
    if not run.artifacts_generated:
        raise call.error(400)
    expires_at = (call.now + LINK_LIFETIME).replace(microsecond=0)
    url = call.link(_download(call.organization.id, run.id), expires_at)
    return ArtifactsLink(presigned_url=url, url_expires_at=expires_at)


@operation(
    "cancel-simulation-unit-test-set-run",
    "DELETE",
    RUN,
    status=204,
    permissions=(CANCEL,),
    rate_limit=per_minute(10),
    errors={
        403: NOT_PERMITTED,
        404: NOT_FOUND,
        409: "This simulation unit test set run is finished already.",
    },
)
def cancel_run(call: Call[OfRun, Empty]) -> None:
    """Cancel a simulation unit test set run, which keeps the results that it has."""
    run = handlers.find(call, KIND, call.parameters.simulation_unit_test_set_run_id)
    if run.is_completed:
        raise call.error(409)
    cancelled = run.model_copy(update={"cancelled_at": call.now})
    call.records(KIND).replace(_passed(cancelled, call.now))


@operation(
    "download-simulation-unit-test-set-run-artifacts",
    "GET",
    DOWNLOAD,
    public=True,
    errors={403: "This link is wrong, or it has expired.", 404: NOT_FOUND},
)
def download_artifacts(call: Call[DownloadOfRun, Empty]) -> Artifacts:
    """Answer a link to artifacts: what was said in every run, and what the metrics came to."""
    parameters = call.parameters
    id = parameters.simulation_unit_test_set_run_id
    path = _download(call.organization.id, id)
    if not call.linked(path, parameters.expires, parameters.signature):
        raise call.error(403)
    run = call.records(KIND).get(id)
    if run is None:
        raise call.error(404)
    return Artifacts(
        simulation_unit_test_set_run_id=run.id,
        simulation_unit_test_set_id=run.simulation_unit_test_set_id,
        runs=list(_simulated(run, _Conversations(call))),
    )


def _download(organization: str, run: str) -> str:
    return DOWNLOAD.format(organization=organization, simulation_unit_test_set_run_id=run)


# Starting


def _specs(call: Call[Any, Any], runs: Iterable[UnitTestRuns]) -> list[PinnedSpec]:
    """What every unit test starts with. Too many results are a 422: they would have to be kept."""
    found: list[PinnedSpec] = []
    results = 0
    for each in runs:
        spec = _spec(call, _known(call, "unit_tests", each.unit_test_id), each.run_count)
        results += spec.evaluations
        if results > MOST_RESULTS:
            text = f"The set has more than {MOST_RESULTS} results, which is too much here"
            place = ["body", "simulation_unit_test_set_id"]
            raise ApiError(422, [{"type": "too_many", "loc": place, "msg": text, "input": None}])
        found.append(spec)
    return found


def _known(call: Call[Any, Any], kind: str, id: str) -> Any:
    """A record that another one refers to, deleted or not: it is there."""
    return call.others(kind).get(id)


def _spec(call: Call[Any, Any], test: UnitTest, run_count: int) -> PinnedSpec:
    service: Service = _known(call, "services", test.service_id)
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
    agent = _known(call, "agents", service.agent_id)
    return agent.id, versions.agent_version_number or agent.latest_version


def _graph(call: Call[Any, Any], service: Service, versions: VersionSet) -> tuple[str, int]:
    graph = _known(call, GRAPHS, service.service_hierarchical_state_machine_id)
    number = versions.service_hierarchical_state_machine_version_number
    return graph.id, number or graph.latest_version


# Showing


def _shown(call: Call[Any, Any], run: Run, now: datetime) -> bytes:
    specs: list[bytes] = []
    results: list[bytes] = []
    tests = _known(call, "unit_test_sets", run.simulation_unit_test_set_id)
    if call.permitted(tests, READ_SET):
        finished, visible = _finished(run, now), call.visible(READ_TEST)
        for place, (spec, first) in enumerate(_firsts(run)):
            metrics = visible is None or visible(_known(call, "unit_tests", spec.unit_test_id))
            specs.append(_shown_spec(spec, metrics))
            results.append(_results(spec, first, metrics) if place < finished else b"null")
    whole = run.model_dump(mode="json", include=set(RunInstance.model_fields))
    parts = whole | {"unit_test_run_specs": specs, "unit_test_run_results": results}
    return joined(RunInstance, **parts).body


HIDDEN: dict[str, Any] = {
    "scenario_version_info": None,
    "persona_version_info": None,
    "metrics_to_evaluate": [],
}


def _shown_spec(spec: PinnedSpec, metrics: bool) -> bytes:
    shown = spec if metrics else spec.model_copy(update=HIDDEN)
    return to_json(shown, exclude={"metric_versions", "outcomes"})


def _simulated(run: Run, conversations: _Conversations) -> Iterator[SimulatedRun]:
    for spec, first in _firsts(run):
        errors = _errors(spec)
        for number in range(1, spec.run_count + 1):
            error = errors.get(number)
            yield SimulatedRun(
                unit_test_id=spec.unit_test_id,
                run=number,
                error=error,
                transcript=conversations.of(spec, number),
                evaluations=[] if error is not None else [*_evaluations(spec, first, number)],
            )


def _evaluations(spec: PinnedSpec, first: str, number: int) -> Iterator[Evaluation]:
    for place, metric in enumerate(spec.metrics_to_evaluate):
        passed = _passes(spec, metric, number)
        yield Evaluation(
            result_id=nth(first, place * spec.run_count + number - 1),
            metric_id=metric.metric_id,
            metric_version=spec.metric_versions[place],
            success_criterion_name=metric.success_criterion_name,
            value=_value(metric.success_criterion, passed),
            passed=passed,
        )


class _Conversations:
    """What is said in the runs of unit tests: scripted, or made up of persona and scenario."""

    def __init__(self, call: Call[Any, Any]) -> None:
        self._call = call

    @cached_property
    def _talk(self) -> Any:
        from amigo_mock.testing.samples import Talk

        return Talk(self._call.settings.random_seed)

    def of(self, spec: PinnedSpec, run: int) -> list[Message]:
        """What is said in one run of a unit test."""
        for outcome in reversed(spec.outcomes):
            if outcome.transcript is not None and _hits(outcome, run):
                return outcome.transcript
        found: list[Message] = self._talk.conversation(run, *self._who(spec), spec.max_interactions)
        return found

    def _who(self, spec: PinnedSpec) -> tuple[Any, Any, Any]:
        assert spec.persona_version_info is not None
        assert spec.scenario_version_info is not None
        return (
            _known(self._call, "personas", spec.persona_version_info[0]),
            self._call.others("personas").version(*spec.persona_version_info),
            self._call.others("scenarios").version(*spec.scenario_version_info),
        )


def _value(
    criterion: BooleanMetricSuccessCriterion
    | NumericalMetricSuccessCriterion
    | CategoricalMetricSuccessCriterion,
    passed: bool,
) -> bool | float | str:
    """A value of a metric that passes a criterion, or does not."""
    if isinstance(criterion, BooleanMetricSuccessCriterion):
        return criterion.expected_value is passed
    if isinstance(criterion, CategoricalMetricSuccessCriterion):
        return criterion.expected_values[0] if passed else ""
    limit = criterion.threshold
    equal = criterion.verb in ("==", "<=", ">=")
    other = math.nextafter(limit, -math.inf if criterion.verb in ("<", ">=") else math.inf)
    if abs(limit) < 2**52:
        other = limit - 1 if criterion.verb in ("<", ">=") else limit + 1
    return limit if equal is passed else other


OPERATIONS = (list_runs, create_run, get_artifacts, cancel_run)

DOWNLOADS = (download_artifacts,)
