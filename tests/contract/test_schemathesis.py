"""The running server against its own documents, as examined by Schemathesis in a process apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amigo_mock import AmigoMock
from amigo_mock.contract import permissions
from amigo_mock.contract.permissions import names_any
from amigo_mock.control.routes import control_operations
from amigo_mock.resources import CATALOG
from tests.support.worlds import BUSY_SET, FREE_METRIC, FREE_TEST, GOING, PARTS

CONTROL_OPERATIONS = control_operations(CATALOG.scripts)

HERE = Path(__file__).parent

PHASES = ("examples", "coverage", "fuzzing", "stateful")
CHECKS = {
    "allow_header_conformance",
    "content_type_conformance",
    "ensure_resource_availability",
    "ignored_auth",
    "missing_required_header",
    "negative_data_rejection",
    "not_a_server_error",
    "object_level_authorization",
    "positive_data_acceptance",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "unsupported_method",
    "use_after_free",
}

BEYOND_A_SCHEMA = {"add-fault", "add-race", "add-outcomes", "put-organization", "put-state"}
"""Control operations whose body has to name what exists, or to be a world."""


UNKEPT = {"creator.user_id": {"type": "NotEquals", "value": "keeper"}}
SPARE = {FREE_METRIC, FREE_TEST, BUSY_SET, GOING}


def kept(item: dict[str, Any]) -> dict[str, Any]:
    """An item of a world that nobody may delete, unless there is another one to spare."""
    creator = {"org_id": "mock-org", "user_id": "mock-user" if item["id"] in SPARE else "keeper"}
    return {**item, "creator": creator}


PERMISSIONS = ("Create", "Modify", "Update", "Get", "Cancel")
WORLD = {
    "organizations": [
        {
            "id": "mock-org",
            "users": [
                {
                    "id": "mock-user",
                    "grants": [
                        *(
                            {"permission_name": f"{group}:{verb}*"}
                            for group in ("Simulation", "Metric", "Service", "Organization")
                            for verb in PERMISSIONS
                            if names_any(f"{group}:{verb}*", permissions.PERMISSIONS)
                        ),
                        *(
                            {"permission_name": f"{group}:Delete*", "conditions": UNKEPT}
                            for group in ("Simulation", "Metric")
                        ),
                        {"permission_name": "Service:DeleteVersionSet"},
                    ],
                }
            ],
            **{name: [kept(item) for item in items] for name, items in PARTS.items()},
        }
    ]
}


class Report:
    """The report of Schemathesis, event by event."""

    def __init__(self, path: Path) -> None:
        events = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        self.ended = [one["EngineFinished"] for one in events if "EngineFinished" in one]
        self.phases = {
            one["PhaseFinished"]["phase"]["name"]: one["PhaseFinished"]["status"]
            for one in events
            if "PhaseFinished" in one
        }
        self.errors = [one for one in events if "NonFatalError" in one or "FatalError" in one]
        self.cases: Counter[str] = Counter()
        self.checks: dict[str, Counter[str]] = {}
        self.statuses: dict[str, set[int]] = {}
        self.links = 0
        for one in events:
            if "ScenarioFinished" in one:
                self._add(one["ScenarioFinished"])

    def _add(self, scenario: dict[str, Any]) -> None:
        phase, recorder = scenario["phase"], scenario["recorder"]
        self.cases[phase] += len(recorder.get("cases", {}))
        checks = self.checks.setdefault(phase, Counter())
        for made in recorder.get("checks", {}).values():
            checks.update(check["name"] for check in made)
        for id, interaction in recorder.get("interactions", {}).items():
            case, answer = recorder["cases"][id], interaction.get("response")
            self.links += bool(case.get("is_transition_applied"))
            if answer:
                label = f"{case['value']['method']} {case['value']['path']}"
                self.statuses.setdefault(label, set()).add(answer["status_code"])


def examine(
    mock: AmigoMock, document: str, place: Path, *options: str, config: str = "schemathesis.toml"
) -> Report:
    """Run Schemathesis. Fails with all that it says unless it found nothing to say."""
    report = place / "report.ndjson"
    command = [sys.executable, "-m", "schemathesis.cli", "--no-color"]
    command += ["--config-file", str(HERE / config), "run", f"{mock.url}{document}"]
    command += ["--report-ndjson-path", str(report), *options]
    made = subprocess.run(
        command,
        cwd=place,
        env={
            **os.environ,
            "AMIGO_TOKEN": mock.token(),
            "NO_PROXY": "*",
            **({"AMIGO_STRICT": "1"} if mock.settings.strict else {}),
            "SCHEMATHESIS_HOOKS": str(HERE / "schemathesis_hooks.py"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=600,
        check=False,
    )
    text = made.stdout.decode(errors="replace")
    assert made.returncode == 0, text
    return Report(report)


@pytest.fixture(params=["lenient", "strict"])
def served(request: pytest.FixtureRequest) -> Iterator[AmigoMock]:
    with AmigoMock(
        seed=WORLD,
        strict=request.param == "strict",
        rate_limits=False,
        clock="2026-01-31T12:00:00Z",
    ) as made:
        yield made


def test_the_server_is_what_its_document_says(served: AmigoMock, tmp_path: Path) -> None:
    """Rule: whatever the document calls valid is accepted, whatever it calls invalid is refused,
    and every answer is as documented, in both modes. Source: published document.
    """
    report = examine(served, "/v1/openapi.json", tmp_path, "--max-examples", "25")
    assert [end["stop_reason"] for end in report.ended] == ["completed"]
    assert report.errors == []
    assert {phase: report.phases.get(phase) for phase in PHASES} == dict.fromkeys(PHASES, "success")
    for phase, least in zip(PHASES, (50, 1200, 300, 100), strict=True):
        assert report.cases[phase] >= least, phase
        assert set(report.checks[phase]) == CHECKS, phase
    assert report.links >= 20
    reached = {f"{one.method} {one.path}": one.status for one in CATALOG.all()}
    for label, status in reached.items():
        assert {status, 422} <= report.statuses[label], label


def test_the_control_api_is_what_its_document_says(tmp_path: Path) -> None:
    """Rule: no control operation breaks, and each answers as documented, whatever it is told.

    Source: assumption: the control API is our own.
    """
    with AmigoMock(seed=WORLD) as made:  # of its own: the control API turns its world upside down
        report = examine(
            made,
            "/_mock/openapi.json",
            tmp_path,
            *("--max-examples", "15"),
            config="schemathesis-control.toml",
        )
    assert [end["stop_reason"] for end in report.ended] == ["completed"]
    assert report.errors == []
    for phase, least in (("examples", 10), ("coverage", 200), ("fuzzing", 100)):
        assert report.phases[phase] == "success", phase
        assert report.cases[phase] >= least, phase
        assert set(report.checks[phase]) == CHECKS - {"negative_data_rejection"}, phase
    asked = [
        operation for operation in CONTROL_OPERATIONS if operation.id != "get-document"
    ]  # that is where it began
    never = [
        operation.id
        for operation in asked
        if (422 if operation.id in BEYOND_A_SCHEMA else operation.status)
        not in report.statuses[f"{operation.method} {operation.path}"]
    ]
    assert not never, never
