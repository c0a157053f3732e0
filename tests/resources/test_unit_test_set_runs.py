"""Runs: what they keep, how they pass, fail and break off, what they leave behind, who sees it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.support import bodies
from tests.support.deadlines import lasts
from tests.support.paths import (
    METRICS,
    NOBODY,
    PERSONAS,
    RUNS,
    SCENARIOS,
    SERVICES,
    SETS,
    UNIT_TESTS,
)
from tests.support.suite import AGENT, GRAPH, SERVICE, WORLD, Json, Suite
from tests.support.verbs import places
from tests.support.worlds import FROZEN, grant, put_organization, user

MINUTE = 60.0
FLAGS = ("is_completed", "failed_metrics", "errored", "artifacts_generated")


@pytest.fixture
def suite(client: httpx2.Client) -> Suite:
    """Runs that are done when they are looked at."""
    return Suite(client)


@pytest.fixture(scope="module")
def slow() -> Iterator[AmigoMock]:
    with AmigoMock(run_duration=MINUTE) as mock:
        yield mock


@pytest.fixture
def patient(slow: AmigoMock) -> Iterator[Suite]:
    """Runs that take a minute, on a clock that stands still."""
    slow.reset()
    slow.clock.freeze(FROZEN)
    with slow.client() as client:
        yield Suite(client)


def flags(run: Json) -> list[str]:
    """The flags that are set."""
    return [flag for flag in FLAGS if run[flag]]


def ready(suite: Suite, *names: str, runs: int = 1) -> str:
    """A set of unit tests of these names."""
    tests = [suite.unit_test(name) for name in names or ("Refill works",)]
    return suite.unit_test_set(*tests, runs=runs)


def start(suite: Suite, tests: str) -> Json:
    """A run as it is at the first look."""
    return suite.run(suite.start(tests))


def passed(run: Json) -> list[list[bool]]:
    """What passed: by unit test, the runs of its first metric."""
    return [
        [ok for _, ok in result["metric_evaluation_results"][0]["results"]]
        for result in run["unit_test_run_results"]
    ]


def artifacts(suite: Suite, run: str) -> Json:
    link = suite.get(f"{RUNS}{run}/artifacts/")
    answer = httpx2.get(link["presigned_url"])
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


# Starting


def test_a_run_is_finished_at_the_first_look(suite: Suite) -> None:
    """Rule: unless said otherwise a run takes no time, and all of it passes. Source: the README."""
    tests = ready(suite, runs=3)
    id = suite.start(tests)
    found = suite.run(id)
    assert flags(found) == ["is_completed", "artifacts_generated"]
    assert passed(found) == [[True, True, True]]
    assert found["unit_test_run_results"][0]["run_errors"] == [None, None, None]
    (unit_test_set,) = suite.sets()
    assert unit_test_set["last_triggered_run_id"] == id
    assert unit_test_set["updated_at"] == unit_test_set["created_at"]


def test_a_run_keeps_what_it_started_with(client: httpx2.Client) -> None:
    """Rule: versions of persona, scenario, agent, state machine and metric, and the criteria, are
    those of the start, the latest then. Source: published document.
    """
    pinned = {"version_sets": {"release": {"agent_version_number": 2}}}
    put_organization(client, **{**WORLD, "services": [{**WORLD["services"][0], **pinned}]})
    suite = Suite(client)
    suite.post(f"{PERSONAS}{suite.persona}/version/", bodies.persona_version())
    tests = ready(suite)
    id = suite.start(tests)
    before = suite.run(id)
    suite.post(f"{PERSONAS}{suite.persona}/version/", bodies.persona_version())
    suite.post(f"{SCENARIOS}{suite.scenario}/version/", bodies.scenario_version())
    metric = suite.metrics["boolean"]
    new = {"description": "D", "metric_value": {"type": "boolean"}}
    suite.post(f"{METRICS}{metric}/version/", new)
    version_set = {
        "agent_version_number": 1,
        "service_hierarchical_state_machine_version_number": 1,
        "llm_model_preferences": {"x": {"llm_name": "openai_gpt-5.6-sol", "params": {"a": 1}}},
    }
    where = f"{SERVICES}{SERVICE}/version_sets/release/"
    assert suite.status("PUT", where, json={"version_set": version_set}) == 204
    (test,) = suite.unit_tests()
    changes = {"max_interactions": 9}
    assert suite.status("POST", f"{UNIT_TESTS}{test['id']}/", json=changes) == 204
    assert suite.run(id) == before
    (spec,) = before["unit_test_run_specs"]
    criterion = suite.criterion()
    assert spec == {
        "unit_test_id": test["id"],
        "run_count": 1,
        "service_hierarchical_state_machine_version_info": [GRAPH, 2],
        "agent_version_info": [AGENT, 2],
        "scenario_version_info": [suite.scenario, 1],
        "persona_version_info": [suite.persona, 2],
        "llm_model_preferences": {},
        "max_interactions": 5,
        "metrics_to_evaluate": [
            {
                "metric_id": metric,
                "success_criterion_name": "Done",
                "success_criterion": criterion["criterion"],
            }
        ],
    }
    (later,) = start(suite, tests)["unit_test_run_specs"]
    assert later["service_hierarchical_state_machine_version_info"] == [GRAPH, 1]
    assert (later["agent_version_info"], later["scenario_version_info"]) == (
        [AGENT, 1],
        [suite.scenario, 2],
    )
    assert later["llm_model_preferences"] == version_set["llm_model_preferences"]
    assert later["max_interactions"] == 9
    result = suite.runs(sort_by="-created_at")[0]["unit_test_run_results"][0]
    assert result["metric_evaluation_results"][0]["metric_version"] == 2


def test_every_result_has_an_id_of_its_own(suite: Suite) -> None:
    """Rule: ids of results are well-formed and differ, in a run and between runs; every metric has
    as many as there are runs. Source: published document.
    """
    criterions = [suite.criterion("A"), suite.criterion("B")]
    tests = [suite.unit_test(name, success_criterions=criterions) for name in ("One", "Two")]
    of = suite.unit_test_set(*tests, runs=3)
    ids = [
        id
        for run in (start(suite, of), start(suite, of))
        for result in run["unit_test_run_results"]
        for metric in result["metric_evaluation_results"]
        for id, _ in metric["results"]
    ]
    assert len(ids) == len(set(ids)) == 2 * 2 * 2 * 3
    assert all(len(id) == 24 and int(id, 16) for id in ids)
    assert not {*ids} & {run["id"] for run in suite.runs()}


def test_only_sets_that_are_there_are_run(suite: Suite) -> None:
    """Rule: 404 for an unknown or deleted set. Source: published document."""
    tests = ready(suite)
    assert suite.status("DELETE", f"{SETS}{tests}") == 204
    for id in (tests, NOBODY):
        assert suite.status("POST", RUNS, json={"simulation_unit_test_set_id": id}) == 404


def test_a_run_has_a_bound(suite: Suite) -> None:
    """Rule: a set with more than 100,000 results is not run: 422. Source: assumption."""
    tests = suite.unit_test_set(suite.unit_test(), runs=10**30)
    answer = suite.client.post(RUNS, json={"simulation_unit_test_set_id": tests})
    assert places(answer) == [("too_many", ["body", "simulation_unit_test_set_id"])]
    assert suite.runs() == []


# Time


def test_by_default_a_run_takes_ten_seconds() -> None:
    """Rule: a run that was just started is not completed, has no artifacts and is in the way of
    another one; ten seconds of the clock later it is over. Source: published document (409, 400);
    the duration by assumption.
    """
    with AmigoMock() as mock, mock.client() as client:
        mock.clock.freeze()
        suite = Suite(client)
        tests = ready(suite)
        id = suite.start(tests)
        body = {"simulation_unit_test_set_id": tests}
        for step in (9.9, 0.1):
            assert flags(suite.run(id)) == []
            assert suite.status("GET", f"{RUNS}{id}/artifacts/") == 400
            assert suite.status("POST", RUNS, json=body) == 409
            mock.clock.advance(step)
        assert flags(suite.run(id)) == ["is_completed", "artifacts_generated"]
        assert suite.status("GET", f"{RUNS}{id}/artifacts/") == 200
        assert suite.status("POST", RUNS, json=body) == 201


def test_a_run_takes_its_time(patient: Suite, slow: AmigoMock) -> None:
    """Rule: its unit tests come through one after the other, and after `run_duration` seconds of
    the clock it is completed. Source: the README; assumption.
    """
    id = patient.start(ready(patient, "One", "Two"))
    seen = []
    for _ in range(5):
        run = patient.run(id)
        seen.append((len(flags(run)), [bool(each) for each in run["unit_test_run_results"]]))
        slow.clock.advance(MINUTE / 4)
    nothing, half, whole = [False, False], [True, False], [True, True]
    assert seen == [(0, nothing), (0, nothing), (0, half), (0, half), (2, whole)]


def test_a_failure_shows_while_the_rest_is_running(patient: Suite, slow: AmigoMock) -> None:
    """Rule: a run has failed as soon as one of its unit tests has. Source: published document."""
    tests = ready(patient, "One", "Two")
    slow.outcomes.add("One", criterion="Done")
    slow.outcomes.add("Two", error="No answer.")
    id = patient.start(tests)
    seen = []
    for _ in range(3):
        seen.append(flags(patient.run(id)))
        slow.clock.advance(MINUTE / 2)
    assert seen == [
        [],
        ["failed_metrics"],
        ["is_completed", "failed_metrics", "errored", "artifacts_generated"],
    ]


def test_one_unfinished_run_for_each_user_and_set(patient: Suite, slow: AmigoMock) -> None:
    """Rule: 409 for a second run of a set by the same user while the first is not finished.
    Source: published document.
    """
    put_organization(patient.client, user("bea", {"permission_name": "*"}))
    tests = ready(patient)
    (test,) = patient.unit_tests()
    patient.start(tests)
    body = {"simulation_unit_test_set_id": tests}
    assert patient.status("POST", RUNS, json=body) == 409
    with slow.client(user="bea") as bea:
        assert bea.post(RUNS, json=body).status_code == 201
    patient.start(patient.unit_test_set(test["id"], name="Other"))
    slow.clock.advance(MINUTE)
    assert patient.status("POST", RUNS, json=body) == 201
    assert len(patient.runs()) == 4


def test_cancelling(patient: Suite, slow: AmigoMock) -> None:
    """Rule: what is cancelled is over at once, keeps the results it has, and leaves no artifacts;
    what is over cannot be cancelled: 409. Source: published document; assumption.
    """
    tests = ready(patient, "One", "Two")
    slow.outcomes.add("Two", criterion="Done")
    id = patient.start(tests)
    slow.clock.advance(MINUTE / 2)
    assert patient.status("DELETE", f"{RUNS}{id}/") == 204
    for _ in range(2):
        run = patient.run(id)
        assert flags(run) == ["is_completed"]
        assert [bool(each) for each in run["unit_test_run_results"]] == [True, False]
        assert patient.status("DELETE", f"{RUNS}{id}/") == 409
        assert patient.status("GET", f"{RUNS}{id}/artifacts/") == 400
        slow.clock.advance(MINUTE)
    done = patient.start(tests)
    slow.clock.advance(MINUTE)
    assert patient.status("DELETE", f"{RUNS}{done}/") == 409
    assert patient.status("DELETE", f"{RUNS}{NOBODY}/") == 404


def test_a_cancellation_may_take_its_time() -> None:
    """Rule: until `cancellation_delay` is over the run goes on and the set is busy; then it ends
    with the results it has by then. A second cancellation moves nothing; a run that ends before is
    as if nothing had been. Source: published document (best effort); assumption run-cancellation.
    """
    slow = AmigoMock(run_duration=60, cancellation_delay=40, clock="2026-01-31T12:00:00Z")
    with slow as mock, mock.client() as client:
        suite = Suite(client)
        tests = ready(suite, "One", "Two", "Three")
        id = suite.start(tests)
        assert suite.status("DELETE", f"{RUNS}{id}/") == 204
        mock.clock.advance(39)
        assert flags(suite.run(id)) == []
        assert suite.status("POST", RUNS, json={"simulation_unit_test_set_id": tests}) == 409
        assert suite.status("DELETE", f"{RUNS}{id}/") == 204
        mock.clock.advance(1)
        run = suite.run(id)
        assert flags(run) == ["is_completed"]
        assert [bool(each) for each in run["unit_test_run_results"]] == [True, True, False]
        mock.clock.advance(60)
        assert suite.run(id) == run
        assert suite.status("DELETE", f"{RUNS}{id}/") == 409
        late = suite.start(tests)
        mock.clock.advance(30)
        assert suite.status("DELETE", f"{RUNS}{late}/") == 204
        mock.clock.advance(30)
        assert flags(suite.run(late)) == ["is_completed", "artifacts_generated"]


def test_a_cancelled_run_makes_room(patient: Suite) -> None:
    """Rule: after a cancellation the set can be run again. Source: published document."""
    tests = ready(patient)
    assert patient.status("DELETE", f"{RUNS}{patient.start(tests)}/") == 204
    assert patient.start(tests)


# Outcomes


def test_a_criterion_fails_on_request(suite: Suite, mock: AmigoMock) -> None:
    """Rule: a scripted failure is that of one criterion, in every run or the one that is named.
    Source: the README.
    """
    criterions = [suite.criterion("A"), suite.criterion("B")]
    test = suite.unit_test("One", success_criterions=criterions)
    tests = suite.unit_test_set(test, suite.unit_test("Two"), runs=2)
    mock.outcomes.add("One", criterion="A", run=2)
    mock.outcomes.add(test, criterion="B")
    run = start(suite, tests)
    assert flags(run) == ["is_completed", "failed_metrics", "artifacts_generated"]
    one, two = (
        [[ok for _, ok in metric["results"]] for metric in result["metric_evaluation_results"]]
        for result in run["unit_test_run_results"]
    )
    assert (one, two) == ([[True, False], [False, False]], [[True, True]])


def test_a_run_breaks_off_on_request(suite: Suite, mock: AmigoMock) -> None:
    """Rule: a run with an error has no results, the others have theirs. Source: the README;
    assumption.
    """
    tests = ready(suite, runs=3)
    mock.outcomes.add("Refill works", error="The agent did not answer.", run=2)
    id = suite.start(tests)
    run = suite.run(id)
    assert flags(run) == ["is_completed", "errored", "artifacts_generated"]
    (result,) = run["unit_test_run_results"]
    assert result["run_errors"] == [None, "The agent did not answer.", None]
    assert passed(run) == [[True, True]]
    assert [each["error"] for each in artifacts(suite, id)["runs"]] == result["run_errors"]


def test_what_broke_off_did_not_fail(suite: Suite, mock: AmigoMock) -> None:
    """Rule: a criterion cannot fail in a run that broke off. Source: assumption."""
    tests = ready(suite)
    mock.outcomes.add("Refill works", error="Gone.")
    mock.outcomes.add("Refill works", criterion="Done")
    mock.outcomes.add("Refill works", error="Beyond.", run=2)
    run = start(suite, tests)
    assert flags(run) == ["is_completed", "errored", "artifacts_generated"]


def test_outcomes_are_for_runs_that_start_later(patient: Suite, slow: AmigoMock) -> None:
    """Rule: a run keeps the outcomes of its start. Source: the README."""
    tests = ready(patient)
    slow.outcomes.add("Refill works", criterion="Done")
    failing = patient.start(tests)
    slow.outcomes.clear()
    slow.clock.advance(MINUTE)
    passing = patient.start(tests)
    slow.outcomes.add("Refill works", criterion="Done")
    slow.clock.advance(MINUTE)
    assert [patient.run(id)["failed_metrics"] for id in (failing, passing)] == [True, False]


# Artifacts


def test_artifacts_tell_everything(suite: Suite, mock: AmigoMock) -> None:
    """Rule: a link is all it takes to read what was said, run by run, and what every metric came
    to. Source: published document; assumption.
    """
    tests = ready(suite, runs=2)
    said = [{"sender": "user", "text": "Hello?"}, {"sender": "agent", "text": "Yes."}]
    mock.outcomes.add("Refill works", criterion="Done", transcript=said, run=2)
    id = suite.start(tests)
    run = suite.run(id)
    found = artifacts(suite, id)
    assert (found["simulation_unit_test_set_run_id"], len(found["runs"])) == (id, 2)
    assert found["simulation_unit_test_set_id"] == tests
    results = run["unit_test_run_results"][0]["metric_evaluation_results"][0]["results"]
    assert [each["evaluations"] for each in found["runs"]] == [
        [
            {
                "result_id": result_id,
                "metric_id": suite.metrics["boolean"],
                "metric_version": 1,
                "success_criterion_name": "Done",
                "value": ok,
                "passed": ok,
            }
        ]
        for result_id, ok in results
    ]
    assert found["runs"][1]["transcript"] == said
    words = " ".join(message["text"] for message in found["runs"][0]["transcript"])
    for part in ("Calls for the first time.", "Get a refill.", "Ann"):
        assert part in words


def satisfies(criterion: Json, value: Any) -> bool:
    """What a criterion means."""
    if criterion["type"] == "boolean":
        return bool(value is criterion["expected_value"])
    if criterion["type"] == "categorical":
        return value in criterion["expected_values"]
    compare: dict[str, Callable[[float, float], bool]] = {
        "==": operator.eq,
        "!=": operator.ne,
        "<=": operator.le,
        "<": operator.lt,
        ">=": operator.ge,
        ">": operator.gt,
    }
    return compare[criterion["verb"]](value, criterion["threshold"])


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("threshold", [0, -2.5, 1e300])
def test_values_are_what_the_criterion_says(
    suite: Suite, mock: AmigoMock, threshold: float, fails: bool
) -> None:
    """Rule: the value of a metric satisfies a criterion that passed and no other. Source: the
    meaning of the verbs.
    """
    verbs = ("==", "!=", "<=", "<", ">=", ">")
    criterions = [
        suite.criterion("no", "boolean", expected_value=False),
        suite.criterion("word", "categorical", expected_values=["friendly"]),
        *(suite.criterion(f"n{v}", "numerical", verb=v, threshold=threshold) for v in verbs),
    ]
    tests = suite.unit_test_set(suite.unit_test("T", success_criterions=criterions))
    for criterion in criterions if fails else ():
        mock.outcomes.add("T", criterion=criterion["name"])
    (run,) = artifacts(suite, suite.start(tests))["runs"]
    for criterion, found in zip(criterions, run["evaluations"], strict=True):
        assert found["passed"] is not fails
        assert satisfies(criterion["criterion"], found["value"]) is not fails, criterion


@pytest.mark.parametrize("opening", ["user-message", "external-event", "skip"])
def test_the_same_seed_says_the_same(opening: str) -> None:
    """Rule: what is said follows from the seed, persona, scenario and run; another seed says
    something else. The user speaks first where the scenario says so. Source: the README.
    """
    said = []
    for seed in (1, 1, 2):
        with AmigoMock(random_seed=seed, run_duration=0) as mock, mock.client() as client:
            suite = Suite(client)
            version = bodies.scenario_version(initial_message_type=opening)
            body = bodies.scenario("Opening", initial_version=version)
            made = suite.post(SCENARIOS, body)["simulation_scenario_id"]
            tests = suite.unit_test_set(suite.unit_test(scenario_id=made), runs=2)
            runs = artifacts(suite, suite.start(tests))["runs"]
            said.append([each["transcript"] for each in runs])
            assert len(said[-1][0]) <= 2 * suite.body()["max_interactions"] + 1
    assert said[0] == said[1] != said[2]
    assert said[0][0] != said[0][1]
    assert {each[0]["sender"] for each in said[0]} == {
        "user" if opening == "user-message" else "agent"
    }


def test_artifacts_are_there_when_the_run_is_over(patient: Suite, slow: AmigoMock) -> None:
    """Rule: 400 before, 404 for no run. Source: published document."""
    id = patient.start(ready(patient))
    assert patient.status("GET", f"{RUNS}{id}/artifacts/") == 400
    slow.clock.advance(MINUTE)
    assert patient.status("GET", f"{RUNS}{id}/artifacts/") == 200
    assert patient.status("GET", f"{RUNS}{NOBODY}/artifacts/") == 404


def test_a_link_ends(suite: Suite, mock: AmigoMock) -> None:
    """Rule: a link serves whoever has it until the time it names, an hour on; then 403. Source:
    published document; assumption.
    """
    mock.clock.freeze(FROZEN)
    link = suite.get(f"{RUNS}{suite.start(ready(suite))}/artifacts/")
    assert lasts(link["url_expires_at"], 3600)
    mock.clock.advance(3599)
    assert httpx2.get(link["presigned_url"]).status_code == 200
    mock.clock.advance(1)
    answer = httpx2.get(link["presigned_url"])
    assert (answer.status_code, answer.json().keys()) == (403, {"detail"})


def test_a_link_cannot_be_bent(suite: Suite, mock: AmigoMock) -> None:
    """Rule: 403 for another run, another time, another signature or none. Source: what a signature
    is for.
    """
    tests = ready(suite)
    one, two = suite.start(tests), suite.start(tests)
    url = suite.get(f"{RUNS}{one}/artifacts/")["presigned_url"]
    path, _, query = url.partition("?")
    expires, signature = query.split("&")
    wrong = [
        path,
        f"{path}?{expires}",
        f"{path}?{signature}",
        f"{path}?expires=9999999999&{signature}",
        f"{path}?expires=x&{signature}",
        f"{path}?{expires}&signature=%C3%A4",
        f"{path}?{expires}&{signature}x",
        url.replace(one, two),
        url.replace(one, NOBODY),
        url.replace("mock-org", "other-org"),
    ]
    found = [httpx2.get(each).status_code for each in wrong]
    assert found == [*[403] * 9, 404]
    token = mock.token()
    forged = f"{path}?{expires}&signature={token.rpartition('.')[2]}"
    assert httpx2.get(forged).status_code == 403
    assert httpx2.get(url).status_code == 200


def test_a_link_is_not_in_the_journal(suite: Suite, mock: AmigoMock) -> None:
    """Rule: what opens a download is a secret. Source: secrets reach no journal."""
    url = suite.get(f"{RUNS}{suite.start(ready(suite))}/artifacts/")["presigned_url"]
    assert httpx2.get(url).status_code == 200
    assert httpx2.get(url.replace("?", "?a=b&")).status_code == 200
    signature = url.rpartition("=")[2]
    for entry in mock.requests:
        assert signature not in str(entry.json())
    assert mock.requests[-1].operation == "download-simulation-unit-test-set-run-artifacts"


def test_downloads_go_wrong_on_request(suite: Suite, mock: AmigoMock) -> None:
    """Rule: a fault can hit a download too. Source: the README."""
    url = suite.get(f"{RUNS}{suite.start(ready(suite))}/artifacts/")["presigned_url"]
    mock.faults.add("download-simulation-unit-test-set-run-artifacts", status=503)
    assert [httpx2.get(url).status_code for _ in range(2)] == [503, 200]
    downloads = {"operation": "download-simulation-unit-test-set-run-artifacts"}
    assert len(suite.get("/_mock/requests", **downloads)["requests"]) == 2


# Listing


def test_filters(suite: Suite, mock: AmigoMock) -> None:
    """Rule: by id, creator, set, state and time, both ends of which count. Source: published
    document.
    """
    mock.clock.freeze(FROZEN)
    put_organization(suite.client, user("bea", {"permission_name": "*"}))
    test = suite.unit_test("One")
    sets = [suite.unit_test_set(test, name=name) for name in ("A", "B")]
    runs = [suite.start(sets[0])]
    mock.clock.advance(10)
    mock.outcomes.add("One", criterion="Done")
    runs.append(suite.start(sets[1]))
    mock.outcomes.clear()
    mock.outcomes.add("One", error="Gone.")
    mock.clock.advance(10)
    with mock.client(user="bea") as bea:
        runs.append(Suite(bea).start(sets[0]))

    def found(**query: Any) -> list[int]:
        return [runs.index(run["id"]) for run in suite.runs(**query)]

    def at(seconds: int) -> str:
        return f"2023-11-14T22:13:{20 + seconds}Z"

    assert found() == [0, 1, 2]
    assert found(sort_by="-created_at") == [2, 1, 0]
    assert found(id=runs[1]) == [1]
    assert found(creator="mock-org,bea") == [2]
    assert found(simulation_unit_test_set_id=sets[0]) == [0, 2]
    assert found(simulation_unit_test_set_id=sets) == [0, 1, 2]
    assert found(failed_metrics=True) == [1]
    assert found(failed_metrics=False, errored=False) == [0]
    assert found(errored=True) == [2]
    assert found(is_completed=False) == []
    assert found(created_after=at(10)) == [1, 2]
    assert found(created_before=at(10)) == [0, 1]
    assert found(created_after=at(1), created_before=at(19)) == [1]
    assert found(created_after=at(11), created_before=at(12)) == []
    assert found(limit=1, continuation_token=1) == [1]
    for query in ({"limit": 51}, {"sort_by": "+updated_at"}, {"created_after": "today"}):
        assert suite.status("GET", RUNS, params=query) == 422


def test_what_is_going_on_is_found(patient: Suite, slow: AmigoMock) -> None:
    """Rule: filters see a run as it is now. Source: published document."""
    tests = ready(patient)
    slow.outcomes.add("Refill works", criterion="Done")
    patient.start(tests)
    states = [{"is_completed": False, "failed_metrics": False}, {"failed_metrics": True}]
    assert [len(patient.runs(**state)) for state in states] == [1, 0]
    slow.clock.advance(MINUTE)
    assert [len(patient.runs(**state)) for state in states] == [0, 1]


def test_filter_values(suite: Suite) -> None:
    """Rule: with the first page; runs have no tags. Source: published document; assumption."""
    tests = ready(suite)
    suite.start(tests)
    assert suite.get(RUNS)["filter_values"] == {
        "creators": [{"org_id": "mock-org", "user_id": "mock-user"}],
        "simulation_unit_test_set_ids": [tests],
        "tags": [],
    }


# Permissions

RUN, SET, TEST = (f"Simulation:GetSimulationUnitTest{end}" for end in ("SetRun", "Set", ""))
GRAPHS = "Organization:GetServiceHierarchicalStateMachine"


def seen(mock: AmigoMock, suite: Suite, *grants: Json) -> Json:
    """The only run, as Bea sees it who has these grants."""
    state = suite.client.get("/_mock/state").json()["organizations"][0]
    state["users"] = [state["users"][0], user("bea", *grants)]
    assert suite.client.post("/_mock/organizations", json=state).status_code == 201
    with mock.client(user="bea") as bea:
        (found,) = Suite(bea).runs()
    return dict(found)


def test_fields_are_emptied_by_permission(suite: Suite, mock: AmigoMock) -> None:
    """Rule: specs and results need the permission for the set; pinned versions of persona and
    scenario, and metrics, that for the unit test. Source: published document.
    """
    tests = ready(suite, "One", "Two")
    whole = start(suite, tests)
    bare = {**whole, "unit_test_run_specs": [], "unit_test_run_results": []}
    assert seen(mock, suite, grant(RUN)) == bare
    assert seen(mock, suite, grant(RUN), grant(TEST)) == bare
    assert seen(mock, suite, grant(RUN), grant(SET), grant(TEST)) == whole
    found = seen(mock, suite, grant(RUN), grant(SET))
    hidden: Json = {
        "scenario_version_info": None,
        "persona_version_info": None,
        "metrics_to_evaluate": [],
    }
    specs = [{**spec, **hidden} for spec in whole["unit_test_run_specs"]]
    results = [{**each, "metric_evaluation_results": []} for each in whole["unit_test_run_results"]]
    expected = {"unit_test_run_specs": specs, "unit_test_run_results": results}
    assert found == {**whole, **expected}
    one = grant(TEST, name={"type": "Equals", "value": "One"})
    found = seen(mock, suite, grant(RUN), grant(SET), one)
    assert found["unit_test_run_specs"] == [whole["unit_test_run_specs"][0], specs[1]]
    assert found["unit_test_run_results"] == [whole["unit_test_run_results"][0], results[1]]


def test_conditions_are_on_the_run(suite: Suite, mock: AmigoMock) -> None:
    """Rule: a condition is on the fields of the run. Source: published document."""
    tests = ready(suite)
    start(suite, tests)
    mine = {"simulation_unit_test_set_id": {"type": "Equals", "value": tests}}
    assert seen(mock, suite, grant(RUN, **mine))["simulation_unit_test_set_id"] == tests


def test_writing_needs_permission(patient: Suite, slow: AmigoMock) -> None:
    """Rule: starting and cancelling are 403 without theirs. Source: published document."""
    tests = ready(patient)
    id = patient.start(tests)
    state = patient.client.get("/_mock/state").json()["organizations"][0]
    state["users"] = [*state["users"], user("bea", grant(RUN))]
    assert patient.client.post("/_mock/organizations", json=state).status_code == 201
    with slow.client(user="bea") as bea:
        body = {"simulation_unit_test_set_id": tests}
        assert bea.post(RUNS, json=body).status_code == 403
        assert bea.delete(f"{RUNS}{id}/").status_code == 403


@pytest.mark.parametrize(("graph", "status"), [(GRAPH, 200), (NOBODY, 403)])
def test_artifacts_need_the_state_machine(
    mock: AmigoMock, client: httpx2.Client, graph: str, status: int
) -> None:
    """Rule: 403 unless the caller may see the run and the state machine it used. Source: published
    document.
    """
    put_organization(client, **WORLD)
    suite = Suite(client)
    id = suite.start(ready(suite))
    state = client.get("/_mock/state").json()["organizations"][0]
    known = grant(GRAPHS, id={"type": "Equals", "value": graph})
    state["users"] = [*state["users"], user("bea", grant(RUN), known), user("ann", grant(RUN))]
    assert client.post("/_mock/organizations", json=state).status_code == 201
    for name, expected in (("bea", status), ("ann", 403)):
        with mock.client(user=name) as found:
            assert found.get(f"{RUNS}{id}/artifacts/").status_code == expected


# Worlds


def test_runs_survive_in_a_state(patient: Suite, slow: AmigoMock) -> None:
    """Rule: a state has runs as they are, and taken back they go on. Source: the world format."""
    tests = ready(patient, "One", "Two", runs=2)
    slow.outcomes.add("Two", criterion="Done", transcript=[])
    id = patient.start(tests)
    slow.clock.advance(MINUTE / 2)
    state = patient.client.get("/_mock/state")
    assert patient.client.put("/_mock/state", content=state.content).status_code == 422
    sent = {"Content-Type": "application/json"}
    answer = patient.client.put("/_mock/state", content=state.content, headers=sent)
    assert answer.status_code == 204
    assert patient.client.get("/_mock/state").content == state.content
    assert flags(patient.run(id)) == []
    slow.clock.advance(MINUTE / 2)
    assert flags(patient.run(id)) == ["is_completed", "failed_metrics", "artifacts_generated"]
    assert passed(patient.run(id)) == [[True, True], [False, False]]


def test_a_state_tells_the_truth_about_time(patient: Suite, slow: AmigoMock) -> None:
    """Rule: a state is as of now, though nobody looked at the run. Source: the world format."""
    patient.start(ready(patient))
    slow.clock.advance(MINUTE)
    (run,) = patient.client.get("/_mock/state").json()["organizations"][0]["unit_test_set_runs"]
    assert run["is_completed"] is True
