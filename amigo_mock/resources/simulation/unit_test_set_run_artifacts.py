"""Artifacts of simulation unit test set runs: everything that was said, and how it was judged."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field

from amigo_mock.contract.fidelity import Assumption
from amigo_mock.operations import handlers
from amigo_mock.operations.bodies import Empty
from amigo_mock.operations.call import Call
from amigo_mock.operations.operation import operation, per_minute
from amigo_mock.operations.parameters import InOrganization
from amigo_mock.world.fields import ObjectId
from amigo_mock.world.ids import nth
from amigo_mock.world.records import Record, Secret
from amigo_mock.world.records.simulation.personas import Persona, PersonaVersion
from amigo_mock.world.records.simulation.scenarios import ScenarioVersion
from amigo_mock.world.records.simulation.unit_test_set_runs import (
    KIND,
    Message,
    PinnedSpec,
    Run,
)
from amigo_mock.world.records.simulation.unit_tests import (
    BooleanMetricSuccessCriterion,
    CategoricalMetricSuccessCriterion,
    NumericalMetricSuccessCriterion,
)

READ = "Simulation:GetSimulationUnitTestSetRun"
READ_GRAPH = "Organization:GetServiceHierarchicalStateMachine"

NOT_PERMITTED = "Your grants do not cover this for this simulation unit test set run."
NOT_FOUND = "There is no such simulation unit test set run."

LINK_LIFETIME = timedelta(hours=1)


class OfRun(InOrganization):
    """The run that is meant."""

    simulation_unit_test_set_run_id: ObjectId = Field(description="The run's id.")


class DownloadOfRun(OfRun):
    """The run whose artifacts are meant, and the proof that they may be had."""

    expires: str = Field("", description="Until when, in seconds since the epoch.")
    signature: Annotated[str, Secret()] = Field("", description="What proves the link.")


class ArtifactsLink(Record):
    """A link to the artifacts, and its expiry."""

    presigned_url: Annotated[str, Secret()]
    url_expires_at: datetime


class Evaluation(Record):
    """The value of a metric in one run."""

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


@operation(
    "get-simulation-unit-test-set-run-artifacts",
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
        call.require(handlers.known(call, "service_hierarchical_state_machines", graph), READ_GRAPH)
    if not run.artifacts_generated:
        raise call.error(400)
    expires_at = (call.now + LINK_LIFETIME).replace(microsecond=0)
    url = call.link(_download(call.organization.id, run.id), expires_at)
    return ArtifactsLink(presigned_url=url, url_expires_at=call.deadline(expires_at.timestamp()))


@operation(
    "download-simulation-unit-test-set-run-artifacts",
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
    return download_artifacts.path.format(
        organization=organization, simulation_unit_test_set_run_id=run
    )


def _simulated(run: Run, conversations: _Conversations) -> Iterator[SimulatedRun]:
    for spec, first in run.firsts():
        errors = spec.errors
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
        passed = spec.passes(metric, number)
        yield Evaluation(
            result_id=nth(first, place * spec.run_count + number - 1),
            metric_id=metric.metric_id,
            metric_version=spec.metric_versions[place],
            success_criterion_name=metric.success_criterion_name,
            value=_value(metric.success_criterion, passed),
            passed=passed,
        )


STOCK = 200  # sentences
LONGEST = 4  # exchanges in a conversation


class _Talk:
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


class _Conversations:
    """The transcripts of the runs of unit tests: scripted, or made up of persona and scenario."""

    def __init__(self, call: Call[Any, Any]) -> None:
        self._call = call

    @cached_property
    def _talk(self) -> _Talk:
        return _Talk(self._call.settings.random_seed)

    def of(self, spec: PinnedSpec, run: int) -> list[Message]:
        """The transcript of one run of a unit test."""
        for outcome in reversed(spec.outcomes):
            if outcome.transcript is not None and outcome.hits(run):
                return outcome.transcript
        return self._talk.conversation(run, *self._who(spec), spec.max_interactions)

    def _who(self, spec: PinnedSpec) -> tuple[Any, Any, Any]:
        assert spec.persona_version_info is not None
        assert spec.scenario_version_info is not None
        return (
            handlers.known(self._call, "personas", spec.persona_version_info[0]),
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


OPERATIONS = (get_artifacts, download_artifacts)

ASSUMPTIONS = (
    Assumption(
        "artifacts",
        "artifacts of a run",
        "JSON with transcript, error and metrics of every single run, served by this fake without "
        "a token, at the address in presigned_url",
        "what is in the artifacts is not published",
        "resources/test_unit_test_set_runs.py::test_artifacts_tell_everything",
    ),
    Assumption(
        "artifacts-link",
        "presigned_url",
        "valid for an hour; afterwards, or changed in any way, it is a 403",
        "the published answer only says when it expires",
        "resources/test_unit_test_set_runs.py::test_a_link_ends",
    ),
    Assumption(
        "cancelling-for-others",
        "cancel run",
        "whoever has the permission may cancel, whoever started the run",
        "the permission is published, not an owner",
        "resources/test_unsettled.py::test_the_run_of_another_user_can_be_cancelled",
    ),
    Assumption(
        "deletion-during-a-run",
        "delete unit test set",
        "a set can be deleted while it runs; the run goes on and is listed",
        "no status is published against it",
        "resources/test_unsettled.py::test_a_set_can_be_deleted_while_it_runs",
    ),
)
