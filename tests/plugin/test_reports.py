"""Reports on the whole suite, from one process and from several."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.plugin.inner import Inner, Result

pytest_plugins = ["pytester"]

COVERAGE = "amigo: coverage of the contract"
RATE_LIMITS = "amigo: rate limits"
GRANTS = "amigo: grants that the tests needed"

SUITE = """
    import pytest
    from bodies import persona, scenario
    from paths import PERSONAS, SCENARIOS

    pytestmark = pytest.mark.amigo(clock="2026-01-31T12:00:00Z")

    def test_creates(amigo_client):
        assert amigo_client.post(PERSONAS, json=persona()).status_code == 201
        assert amigo_client.post(PERSONAS, json=persona()).status_code == 409

    @pytest.mark.parametrize("role", ["patient", "nurse"])
    def test_lists(amigo, amigo_client, role):
        amigo.personas.create(role="patient")
        assert amigo_client.get(PERSONAS, params={"role": role}).status_code == 200

    def test_a_fault_covers_nothing(amigo, amigo_client):
        amigo.faults.add("create-simulation-scenario", status=503)
        assert amigo_client.post(SCENARIOS, json=scenario()).status_code == 503

    def test_too_early(amigo, amigo_client):
        amigo.rate_limits.set("get-simulation-scenarios", 1)
        statuses = [amigo_client.get(SCENARIOS).status_code for _ in range(3)]
        assert statuses == [200, 429, 429]

    def test_deletes(amigo, amigo_client):
        ann = amigo.personas.create()
        with amigo.maintenance():
            amigo_client.get(PERSONAS)
        assert amigo_client.delete(f"{PERSONAS}{ann.id}/").status_code == 204

    def test_fails(amigo_client):
        amigo_client.get(f"{PERSONAS}search", params={"query": "x"})
        raise AssertionError("counted all the same")

    def test_elsewhere():
        pass
"""
FILES = ("--amigo-coverage-json=out/coverage.json", "--amigo-coverage-markdown=out/coverage.md")
ALL = ("--amigo-coverage", "--amigo-rate-limits-report", "--amigo-permissions-report", *FILES)


def written(inner: Inner) -> tuple[dict[str, Any], str]:
    coverage = json.loads((inner.folder / "out" / "coverage.json").read_text())
    return coverage, (inner.folder / "out" / "coverage.md").read_text()


def sections(result: Result) -> dict[str, str]:
    return {title: result.section(title) for title in (COVERAGE, RATE_LIMITS, GRANTS)}


def words(text: str) -> list[str]:
    """All there is but which test comes first, of several that did the same."""
    return sorted(re.sub(r"test_suite\.py::[^\s,]+", "test", text).split())


@pytest.fixture
def suite(inner: Inner) -> Inner:
    inner.write("test_suite.py", SUITE)
    return inner


def test_every_report(suite: Inner) -> None:
    """Rule: coverage, rate limits and permissions at the end of the run, also of failed tests; the
    answers of faults cover nothing. Source: the wanted reports.
    """
    result = suite.run(*ALL)
    assert result.status == pytest.ExitCode.TESTS_FAILED
    found = sections(result)

    assert "contract coverage" in found[COVERAGE]
    coverage, markdown = written(suite)
    operations = coverage["operations"]
    assert (
        operations["create-simulation-persona"]["statuses"].items() >= {"201": 1, "409": 1}.items()
    )
    assert operations["get-simulation-personas"]["calls"] == 3
    assert "role" in operations["get-simulation-personas"]["parameters"]["sent"]
    assert "limit" in operations["get-simulation-personas"]["parameters"]["never_sent"]
    faulty = operations["create-simulation-scenario"]
    assert (faulty["covered"], faulty["faults"]) == (0, {"503": 1})
    assert operations["search-simulation-personas"]["calls"] == 1
    assert "update-simulation-persona" in coverage["never_called"]
    assert markdown.startswith("### Contract coverage")

    assert "get-simulation-scenarios" in found[RATE_LIMITS]
    assert "test_suite.py::test_too_early" in found[RATE_LIMITS]
    assert "1 call before Retry-After was over" in found[RATE_LIMITS]

    for permission in (
        "CreateSimulationPersona",
        "GetSimulationPersona",
        "DeleteSimulationPersona",
    ):
        assert f"Simulation:{permission}" in found[GRANTS]
    assert "Simulation:UpdateSimulationPersona" not in found[GRANTS]
    assert "test_suite.py::test_creates" in found[GRANTS]


def test_several_processes_report_the_same(suite: Inner) -> None:
    """Rule: under xdist the numbers are those of one process; tests are named as they come.

    Source: the wanted reports.
    """
    alone = suite.run(*ALL)
    before = written(suite)
    together = suite.run_apart(*ALL, "-n", "2")
    assert together.outcomes == alone.outcomes
    assert together.status == alone.status
    assert written(suite) == before
    assert {title: words(text) for title, text in sections(together).items()} == {
        title: words(text) for title, text in sections(alone).items()
    }


@pytest.mark.parametrize(("least", "status"), [("0.5", 0), ("99", 1)])
@pytest.mark.parametrize("where", ["flag", "file"])
def test_too_little_coverage_fails_the_run(
    suite: Inner, least: str, status: int, where: str
) -> None:
    """Rule: `--amigo-coverage-fail-under` decides the exit code, and says so; without the report
    being asked for too. Source: the wanted reports.
    """
    suite.configure(f"amigo_coverage_fail_under = {least}" if where == "file" else "")
    flags = [f"--amigo-coverage-fail-under={least}"] if where == "flag" else []
    result = suite.run("-k", "not fails", *flags)
    assert result.status == status, result.text
    assert ("amigo: coverage of the contract is " in result.text) == bool(status)
    assert (f"below {least} %" in result.text) == bool(status)
    assert COVERAGE not in [line.strip("= ") for line in result.lines]


def test_exactly_the_least_coverage_is_enough(inner: Inner) -> None:
    """Rule: the run fails below the percent that is set, and not at it. Source: the wanted
    reports.
    """
    inner.write("test_it.py", "def test_it(): pass")
    assert inner.run("--amigo-coverage-fail-under=0").status == 0
    assert inner.run("--amigo-coverage-fail-under=0.01").status == pytest.ExitCode.TESTS_FAILED


def test_a_run_that_failed_stays_failed(suite: Inner) -> None:
    """Rule: coverage changes no other exit code. Source: the wanted reports."""
    assert suite.run("--amigo-coverage-fail-under=0").status == pytest.ExitCode.TESTS_FAILED
    result = suite.run("--amigo-coverage-fail-under=99", "-k", "nothing_at_all")
    assert result.status == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize("option", ["coverage", "rate-limits-report", "permissions-report"])
def test_each_report_by_itself(suite: Inner, option: str) -> None:
    """Rule: what was not asked for is not printed. Source: the wanted reports."""
    result = suite.run(f"--amigo-{option}", "-k", "creates")
    titles = {
        "coverage": COVERAGE,
        "rate-limits-report": RATE_LIMITS,
        "permissions-report": GRANTS,
    }
    printed = {line.strip("= ") for line in result.lines}
    assert [name for name, title in titles.items() if title in printed] == [option]
    assert not (suite.folder / "out").exists()


def test_reports_of_nothing(inner: Inner) -> None:
    """Rule: a suite that never uses the fake has its reports, which say so. Source: the wanted
    reports.
    """
    inner.write("test_it.py", "def test_it(): pass")
    result = inner.run(*ALL)
    result.passed(1)
    assert sections(result)
    assert written(inner)[0]["percent"] == 0


def test_in_the_ini_file(suite: Inner) -> None:
    """Rule: the reports can be asked for there, and refused on the command line. Source: one
    vocabulary.
    """
    suite.configure("amigo_coverage = true\namigo_rate_limits_report = true")
    printed = {line.strip("= ") for line in suite.run("-k", "creates").lines}
    assert {COVERAGE, RATE_LIMITS} <= printed
    flags = ("--no-amigo-coverage", "--no-amigo-rate-limits-report")
    printed = {line.strip("= ") for line in suite.run("-k", "creates", *flags).lines}
    assert {COVERAGE, RATE_LIMITS}.isdisjoint(printed)
