"""Runs of simulation unit test sets: started once, over in time, worked out when looked at.

A run keeps what it started with: versions, criteria and scripted outcomes. Its results follow
from that, so nothing of them is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from amigo_mock.contract.fidelity import Assumption
from amigo_mock.operations import handlers
from amigo_mock.operations.bodies import Body, Empty
from amigo_mock.operations.call import Call
from amigo_mock.operations.operation import operation, per_minute
from amigo_mock.operations.parameters import (
    NOT_EMPTY,
    Creator,
    Distinct,
    InOrganization,
    SortBy,
    Token,
)
from amigo_mock.operations.responses import Joined, joined
from amigo_mock.resources.simulation.unit_test_set_run_specs import specs_of
from amigo_mock.world.fields import ObjectId, Timestamp
from amigo_mock.world.records import Record, UserInfo
from amigo_mock.world.records.simulation import unit_test_set_runs as records
from amigo_mock.world.records.simulation.unit_test_set_runs import KIND, Run
from amigo_mock.world.records.simulation.unit_test_sets import UnitTestSet
from amigo_mock.world.storage.table import Between, Where

CREATE = "Simulation:CreateSimulationUnitTestSetRun"
CANCEL = "Simulation:CancelSimulationUnitTestSetRun"
READ = "Simulation:GetSimulationUnitTestSetRun"
READ_SET = "Simulation:GetSimulationUnitTestSet"
READ_TEST = "Simulation:GetSimulationUnitTest"

NOT_PERMITTED = "Your grants do not cover this for this simulation unit test set run."
NONE_PERMITTED = "Your grants cover this for no simulation unit test set run."
NOT_FOUND = "There is no such simulation unit test set run."


class NewRun(Body):
    """A run to start."""

    simulation_unit_test_set_id: ObjectId = Field(description="The set to run.")


class OfRun(InOrganization):
    """The run that is meant."""

    simulation_unit_test_set_run_id: ObjectId = Field(description="The run's id.")


class ListRuns(InOrganization):
    """The filters, the order and the page of a list of runs."""

    id: Distinct[ObjectId] = Field(frozenset(), description="Any of these.")
    limit: Annotated[int, Field(ge=0, le=50), NOT_EMPTY] = Field(50, description="Runs in a page.")
    continuation_token: Token = Field(0, description="Where to go on: as the page before said.")
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
        """The number of records before the page."""
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


class RunCreated(Record):
    """The new run's id."""

    simulation_unit_test_set_run_id: str


class RunInstance(Record):
    """A run as a list shows it."""

    org_id: str
    id: str
    is_completed: bool
    simulation_unit_test_set_id: str
    failed_metrics: bool
    errored: bool
    artifacts_generated: bool
    unit_test_run_specs: list[records.RunSpec]
    unit_test_run_results: list[records.UnitTestRunResult | None]
    created_at: datetime
    creator: UserInfo


class RunFilterValues(Record):
    """The values that the filters of a list can be set to."""

    creators: list[UserInfo]
    simulation_unit_test_set_ids: list[str]
    tags: list[str]


class RunPage(Record):
    """A page of runs; `filter_values` only with the first one."""

    simulation_unit_test_set_runs: list[RunInstance]
    has_more: bool
    continuation_token: int | None
    filter_values: RunFilterValues | None


@operation(
    "get-simulation-unit-test-set-runs",
    permissions=(READ, READ_SET, READ_TEST),
    rate_limit=per_minute(50),
    errors={403: NONE_PERMITTED},
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
        filtered=True,
        creators="creator",
        simulation_unit_test_set_ids="unit_test_set",
        tags="tag",
    )


@operation(
    "create-simulation-unit-test-set-run",
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
    specs = specs_of(call, tests.unit_test_runs)
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
    "cancel-simulation-unit-test-set-run",
    permissions=(CANCEL,),
    rate_limit=per_minute(10),
    errors={
        403: NOT_PERMITTED,
        404: NOT_FOUND,
        409: "This simulation unit test set run is finished already.",
    },
)
def cancel_run(call: Call[OfRun, Empty]) -> None:
    """Cancel a simulation unit test set run, which keeps the results that it has by then."""
    run = handlers.find(call, KIND, call.parameters.simulation_unit_test_set_run_id)
    if run.is_completed:
        raise call.error(409)
    ends = call.now + timedelta(seconds=call.settings.cancellation_delay)
    cancelled = run.model_copy(update={"cancelled_at": run.cancelled_at or ends})
    call.records(KIND).replace(cancelled.passed(call.now))


def _shown(call: Call[Any, Any], run: Run, now: datetime) -> bytes:
    specs: list[bytes] = []
    results: list[bytes] = []
    tests = handlers.known(call, "unit_test_sets", run.simulation_unit_test_set_id)
    if call.permitted(tests, READ_SET):
        finished, visible = run.finished(now), call.visible(READ_TEST)
        for place, (spec, first) in enumerate(run.firsts()):
            test = handlers.known(call, "unit_tests", spec.unit_test_id)
            metrics = visible is None or visible(test)
            specs.append(spec.shown(metrics))
            results.append(spec.results(first, metrics) if place < finished else b"null")
    whole = run.model_dump(mode="json", include=set(RunInstance.model_fields))
    parts = whole | {"unit_test_run_specs": specs, "unit_test_run_results": results}
    return joined(RunInstance, **parts).body


OPERATIONS = (list_runs, create_run, cancel_run)

ASSUMPTIONS = (
    Assumption(
        "run-time",
        "runs",
        "a run takes run_duration seconds, 10 if not set; its unit tests come through one after "
        "the other, each after its share",
        "how long a run takes is not published",
        "resources/test_unit_test_set_runs.py::test_a_run_takes_its_time",
    ),
    Assumption(
        "run-size",
        "create run",
        "a set with more than 100000 results, runs times metrics, is not run: 422",
        "every service has a bound; this one is not published",
        "resources/test_unit_test_set_runs.py::test_a_run_has_a_bound",
    ),
    Assumption(
        "run-trigger",
        "create run",
        "last_triggered_run_id of the set moves, its updated_at does not",
        "a run changes nothing about the set",
        "resources/test_unit_test_set_runs.py::test_a_run_is_finished_at_the_first_look",
    ),
    Assumption(
        "run-cancellation",
        "cancel run",
        "takes effect after cancellation_delay seconds, 0 if not set, unless the run ends before; "
        "then it is completed, keeps the results it has, and has no artifacts",
        "it is published as best effort, without saying what remains",
        "resources/test_unit_test_set_runs.py::test_a_cancellation_may_take_its_time",
    ),
    Assumption(
        "run-errors",
        "results of a run",
        "what breaks off has no result for any metric, and so does not fail one",
        "nothing can be judged that did not end",
        "resources/test_unit_test_set_runs.py::test_what_broke_off_did_not_fail",
    ),
    Assumption(
        "run-tags",
        "filter_values when listing runs",
        "tags is empty",
        "runs have none",
        "resources/test_unit_test_set_runs.py::test_filter_values",
    ),
)
