"""How to run a regression suite: unit tests from a YAML file, a run, a report.

The functions are the script, and know nothing of the fake: `client` is any client of the API with
a `base_url` and a token. What the fake adds stands in the tests: how the run ends, and a clock, so
that nobody waits.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from amigo_mock import AmigoMock

SUITE = Path(__file__).parent / "regression_suite.yaml"
ORGANIZATION = "/v1/mock-org"
SIMULATION = f"{ORGANIZATION}/simulation"
MINUTE = 60.0

Json = dict[str, Any]

# The script


def build(client: httpx2.Client, path: Path) -> tuple[str, dict[str, str]]:
    """Create what the file describes; the id of the set, and the names of unit tests by id."""
    suite = yaml.safe_load(path.read_text())
    personas = {item["name"]: create_persona(client, **item) for item in suite["personas"]}
    scenarios = {item["name"]: create_scenario(client, **item) for item in suite["scenarios"]}
    (service,) = get(client, f"{ORGANIZATION}/service/")["services"]
    metrics = {
        item["name"]: item["id"] for item in get(client, f"{ORGANIZATION}/metric/")["metrics"]
    }
    names: dict[str, str] = {}
    for item in suite["unit_tests"]:
        body = {
            "name": item["name"],
            "description": f"{item['persona']}: {item['scenario']}.",
            "service_id": service["id"],
            "service_version_set_name": "release",
            "persona_id": personas[item["persona"]],
            "scenario_id": scenarios[item["scenario"]],
            "max_interactions": 10,
            "success_criterions": [
                {
                    "name": name,
                    "metric_id": metrics[wanted["metric"]],
                    "criterion": wanted["criterion"],
                }
                for name, wanted in item["criterions"].items()
            ],
            "tags": {},
        }
        made = post(client, f"{SIMULATION}/unit_test/", body)
        names[made["simulation_unit_test_id"]] = item["name"]
    runs = [{"unit_test_id": id, "run_count": suite["runs"]} for id in names]
    body = {"name": "Regression", "description": None, "unit_test_runs": runs, "tags": {}}
    made = post(client, f"{SIMULATION}/unit_test_set/", body)
    return made["simulation_unit_test_set_id"], names


def create_persona(client: httpx2.Client, name: str, role: str, background: str) -> str:
    version = {
        "background": background,
        "user_models": [],
        "nonsensitive_user_variables": {},
        "sensitive_user_variables": {},
    }
    body = {"name": name, "role": role, "tags": {}, "initial_version": version}
    made = post(client, f"{SIMULATION}/persona/", body)
    return str(made["simulation_persona_id"])


def create_scenario(client: httpx2.Client, name: str, **version: str) -> str:
    initial = {**version, "conversation_starts_at": None}
    body = {"name": name, "tags": {}, "initial_version": initial}
    made = post(client, f"{SIMULATION}/scenario/", body)
    return str(made["simulation_scenario_id"])


def run(client: httpx2.Client, unit_test_set: str, wait: Callable[[], None]) -> Json:
    """Start a run and look at it until it is completed; `wait` is what happens between looks."""
    body = {"simulation_unit_test_set_id": unit_test_set}
    made = post(client, f"{SIMULATION}/unit_test_set_run/", body)
    while True:
        path = f"{SIMULATION}/unit_test_set_run/?id={made['simulation_unit_test_set_run_id']}"
        found: Json = get(client, path)["simulation_unit_test_set_runs"][0]
        if found["is_completed"]:
            return found
        wait()


def artifacts(client: httpx2.Client, run: Json) -> Json:
    """What was said, and what every metric came to. The link needs no token."""
    link = get(client, f"{SIMULATION}/unit_test_set_run/{run['id']}/artifacts/")
    with httpx2.Client(trust_env=False) as anyone:
        return get(anyone, link["presigned_url"])


def report(run: Json, names: dict[str, str], artifacts: Json) -> str:
    """A line for each unit test; for one that did not pass, the reasons and the last word."""
    lines: list[str] = []
    good = 0
    for result in run["unit_test_run_results"]:
        test = result["unit_test_id"]
        errors = [error for error in result["run_errors"] if error]
        verdicts = [
            passed
            for metric in result["metric_evaluation_results"]
            for _, passed in metric["results"]
        ]
        good += not errors and all(verdicts)
        if not errors and all(verdicts):
            lines.append(f"passed   {names[test]}")
            continue
        lines.append(f"{'errored' if errors else 'failed '}  {names[test]}")
        lines += [f"           {error}" for error in errors]
        for each in artifacts["runs"]:
            if each["unit_test_id"] == test:
                lines += [
                    f"           run {each['run']}: {found['success_criterion_name']} was "
                    f"{found['value']!r}; last word: {each['transcript'][-1]['text']}"
                    for found in each["evaluations"]
                    if not found["passed"]
                ]
    return "\n".join([*lines, f"{good} of {len(names)} passed"])


def post(client: httpx2.Client, path: str, body: Json) -> Json:
    answer = client.post(path, json=body)
    answer.raise_for_status()
    found: Json = answer.json()
    return found


def get(client: httpx2.Client, path: str) -> Json:
    answer = client.get(path)
    answer.raise_for_status()
    found: Json = answer.json()
    return found


# The script at work


def test_a_regression_suite(capsys: pytest.CaptureFixture[str]) -> None:
    """Rule: a suite of 20 unit tests is built, run, waited for and reported on, with the outcome
    that was scripted. Source: the README, runs.
    """
    with AmigoMock(run_duration=MINUTE) as mock, mock.client() as client:
        unit_test_set, names = build(client, SUITE)
        assert len(names) == 20
        said = [
            {"sender": "user", "text": "Thursday, then?"},
            {"sender": "agent", "text": "No, never."},
        ]
        mock.outcomes.add("Appointment by Night Nurse", criterion="Content", transcript=said, run=2)
        mock.outcomes.add("Billing by Hurried Parent", error="The agent fell silent.", run=1)
        looks = 0

        def wait() -> None:
            nonlocal looks
            looks += 1
            mock.clock.advance(15)

        found = run(client, unit_test_set, wait)
        print(report(found, names, artifacts(client, found)))
    assert looks == MINUTE / 15
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in printed if not line.startswith("passed ")] == [
        "failed   Appointment by Night Nurse",
        "           run 2: Content was 3.0; last word: No, never.",
        "errored  Billing by Hurried Parent",
        "           The agent fell silent.",
        "18 of 20 passed",
    ]
