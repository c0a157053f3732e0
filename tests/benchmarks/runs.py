"""What simulation runs cost: a large one, and a list of them among few and among many."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.benchmarks.bench import Bench, median, p50, ratio
from tests.benchmarks.generator import Unmeasured, request
from tests.benchmarks.report import Figure
from tests.benchmarks.server import Server, amigo
from tests.support.paths import RUNS

UNIT_TESTS, RUN_COUNT = 500, 20
FEW, MANY = 100, 10_000
SET, METRIC = f"{1:024x}", f"{2:024x}"
FIRST = 0x5F << 88  # of the ids of runs and results

QUESTIONS = {
    "page of runs": "?limit=50",
    "page of runs, last first": "?sort_by=-created_at",
    "page of runs of a set": f"?simulation_unit_test_set_id={SET}",
    "page of runs that are completed": "?is_completed=true",
    "page of runs that passed": "?failed_metrics=false&errored=false",
    "one run": f"?id={FIRST:024x}",
    "page of runs from then on": "?created_after=2026-01-01T00:00:00Z",
}


def measure(bench: Bench) -> Iterator[Figure]:
    """The seconds of a large run from its start to its results, and ratios of lists."""
    yield from _large(bench)
    with ExitStack() as stack:
        small, large = (
            stack.enter_context(
                amigo(bench.folder, "--seed", _seed(bench.folder, 1, count), name=f"{count} runs")
            )
            for count in (FEW, MANY)
        )
        for name, query in QUESTIONS.items():
            contenders = [(server, [_question(server, query)]) for server in (small, large)]
            few, many = bench.compare(contenders, bench.seconds / 3, 1)
            detail = f"p50 at 8 connections {median(few, p50):.2f} -> {median(many, p50):.2f} ms"
            yield Figure(name, ratio(many, few, p50), most=2, detail=detail)


def _large(bench: Bench) -> Iterator[Figure]:
    with amigo(bench.folder, "--seed", _seed(bench.folder, UNIT_TESTS, 0)) as server:
        times: list[float] = []
        for _ in range(bench.rounds):
            began = time.perf_counter()
            made = server.expect(201, "POST", RUNS, {"simulation_unit_test_set_id": SET})
            id = made["simulation_unit_test_set_run_id"]
            (run,) = server.expect(200, "GET", f"{RUNS}?id={id}")["simulation_unit_test_set_runs"]
            times.append(time.perf_counter() - began)
            if not run["is_completed"] or _results(run) != UNIT_TESTS * RUN_COUNT:
                raise Unmeasured(f"{server.name}: a run with {_results(run)} results")
        name = f"{UNIT_TESTS} unit tests by {RUN_COUNT} runs"
        yield Figure(name, max(times), "s", most=1, detail=f"the slowest of {len(times)}")
        link = server.expect(200, "GET", f"{RUNS}{id}/artifacts/")["presigned_url"]
        began = time.perf_counter()
        server.expect(200, "GET", link.partition(str(server.port))[2])
        yield Figure("its artifacts", time.perf_counter() - began, "s")


def _results(run: dict[str, Any]) -> int:
    return sum(
        len(metric["results"])
        for result in run["unit_test_run_results"]
        for metric in result["metric_evaluation_results"]
    )


def _question(server: Server, query: str) -> Any:
    """A request, once its answer was seen to hold as many runs as it should."""
    found = server.expect(200, "GET", RUNS + query)["simulation_unit_test_set_runs"]
    if len(found) != (1 if "?id=" in query else 50):
        raise Unmeasured(f"{server.name}: {query}: {len(found)} runs")
    return request("GET", RUNS + query, 200, server.token)


def _seed(folder: Path, unit_tests: int, runs: int) -> str:
    """A world with a set of so many unit tests, which ran so often within a day."""
    criterion = {"type": "boolean", "expected_value": True}
    plan = {"objective": "O", "instructions": "I", "initial_message_type": "skip"}
    metric = {"description": "D", "metric_value": {"type": "boolean"}}
    tests = [
        {
            "id": _test(number),
            "name": f"Unit test {number}",
            "persona_id": "Ann",
            "scenario_id": "Refill",
            "success_criterions": [{"name": "Done", "metric_id": METRIC, "criterion": criterion}],
        }
        for number in range(unit_tests)
    ]
    together = [{"unit_test_id": test["id"], "run_count": RUN_COUNT} for test in tests]
    organization = {
        "id": "mock-org",
        "personas": [{"name": "Ann", "role": "patient", "versions": [{"background": "B"}]}],
        "scenarios": [{"name": "Refill", "versions": [plan]}],
        "metrics": [{"id": METRIC, "name": "Done", "versions": [metric]}],
        "unit_tests": tests,
        "unit_test_sets": [{"id": SET, "name": "Set", "unit_test_runs": together}],
        "unit_test_set_runs": [_run(number, runs, criterion) for number in range(runs)],
    }
    path = folder / f"runs-{unit_tests}-{runs}.json"
    path.write_text(json.dumps({"organizations": [organization]}))
    return str(path)


def _test(number: int) -> str:
    return f"{1000 + number:024x}"


def _run(number: int, of: int, criterion: dict[str, Any]) -> dict[str, Any]:
    second = number * 86_400 // of
    moment = f"2026-01-01T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
    somewhere = [METRIC, 1]
    spec = {
        "unit_test_id": _test(0),
        "run_count": RUN_COUNT,
        "service_hierarchical_state_machine_version_info": somewhere,
        "agent_version_info": somewhere,
        "scenario_version_info": somewhere,
        "persona_version_info": somewhere,
        "llm_model_preferences": {},
        "max_interactions": 10,
        "metrics_to_evaluate": [
            {"metric_id": METRIC, "success_criterion_name": "Done", "success_criterion": criterion}
        ],
        "metric_versions": [1],
        "outcomes": [],
    }
    return {
        "id": f"{FIRST + number:024x}",
        "simulation_unit_test_set_id": SET,
        "created_at": moment,
        "finishes_at": moment,
        "first_result_id": f"{FIRST + MANY + number * RUN_COUNT:024x}",
        "specs": [spec],
    }
