"""Behaviour that no document settles, and that no other rule is about."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.support.listed import Listed, of_all
from tests.support.paths import METRICS, PERSONAS, RUNS, SETS
from tests.support.suite import Suite
from tests.support.verbs import create_persona
from tests.support.worlds import (
    ANN,
    BUSY_SET,
    GOING,
    METRIC,
    NUMBER_METRIC,
    PARTS,
    REFILL,
    SERVICE,
    WORD_METRIC,
    Json,
    grant,
    put_organization,
    user,
)
from tests.support.writer import Writer


def furnished(client: httpx2.Client, **parts: Any) -> Suite:
    """An organization that has all that the examples name, but for these parts."""
    put_organization(client, **{**PARTS, **parts})
    suite = Suite(client)
    suite.service, suite.persona, suite.scenario = SERVICE, ANN, REFILL
    return suite


@pytest.mark.parametrize("value", ["Größe", "日本 語", "٣"])
def test_tags_have_letters_of_any_script(client: httpx2.Client, value: str) -> None:
    """Rule: letters and digits of any script are letters and digits. Source: assumption
    tag-letters.
    """
    create_persona(client, tags={value: value})
    found = client.get(PERSONAS, params={"tag": f"{value}:{value}"}).json()["simulation_personas"]
    assert [persona["tags"] for persona in found] == [{value: value}]


def test_bounds_of_a_metric_are_not_compared(client: httpx2.Client) -> None:
    """Rule: a lower bound above the upper one is accepted. Source: assumption metric-bounds."""
    value = {"type": "numerical", "lower_bound": 2, "upper_bound": 1}
    body: Json = {
        "name": "Reversed",
        "applied_to_services": [],
        "additional_notes": None,
        "tags": {},
        "initial_version_metric_value": {"description": "D", "metric_value": value},
    }
    assert client.post(METRICS, json=body).status_code == 201


def test_criteria_are_not_held_against_the_values_of_a_metric(client: httpx2.Client) -> None:
    """Rule: a word that is no category, a threshold beyond the bounds and two criteria of one name
    are accepted. Source: assumption criterion-values.
    """
    suite = furnished(client)
    word = {"type": "categorical", "expected_values": ["no category"]}
    number = {"type": "numerical", "verb": ">", "threshold": 1000}
    criterions = [
        {"name": "Same", "metric_id": WORD_METRIC, "criterion": word},
        {"name": "Same", "metric_id": NUMBER_METRIC, "criterion": number},
    ]
    id = suite.unit_test(success_criterions=criterions)
    assert suite.unit_tests(id=id)[0]["success_criterions"] == criterions


def test_what_is_named_twice_in_a_body_is_there_once(client: httpx2.Client) -> None:
    """Rule: two criteria on one metric, a unit test twice in a set and a service twice on a metric
    are kept as sent; what has them is listed once, as a value of the filters too, and deleting it
    frees all. Source: published document (filters); no document forbids the repetition.
    """
    suite = furnished(client, unit_test_sets=[], unit_test_set_runs=[])
    yes = {"type": "boolean", "expected_value": True}
    twice = [{"name": name, "metric_id": METRIC, "criterion": yes} for name in ("One", "Two")]
    test = suite.unit_test("Twice", success_criterions=twice)
    tests = suite.unit_test_set(test, test)
    assert [each["id"] for each in suite.unit_tests(metric_id=METRIC, id=test)] == [test]
    assert suite.get("/v1/mock-org/simulation/unit_test/", id=test)["filter_values"][
        "metric_ids"
    ] == [METRIC]
    page = suite.get(SETS, unit_test_id=test)
    assert [each["id"] for each in page["simulation_unit_test_sets"]] == [tests]
    assert page["filter_values"]["unit_test_ids"] == [test]
    run = suite.run(suite.start(tests))
    assert [spec["unit_test_id"] for spec in run["unit_test_run_specs"]] == [test, test]
    assert suite.status("DELETE", f"{SETS}{tests}") == 204
    assert suite.status("DELETE", f"/v1/mock-org/simulation/unit_test/{test}/") == 204
    changes = {"applied_to_services": [SERVICE, SERVICE]}
    suite.post(f"{METRICS}{METRIC}/", changes, 200)
    page = suite.get(METRICS, applied_to_service=SERVICE)
    assert [each["id"] for each in page["metrics"]] == [METRIC]
    assert page["metrics"][0]["applied_to_services"] == [SERVICE, SERVICE]
    assert page["filter_values"]["applied_to_services_ids"] == [SERVICE]
    suite.post(f"{METRICS}{METRIC}/", {"applied_to_services": []}, 200)
    assert suite.get(METRICS, applied_to_service=SERVICE)["metrics"] == []


def test_the_run_of_another_user_can_be_cancelled(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the permission is enough, whoever started the run. Source: assumption
    cancelling-for-others.
    """
    cancel = grant("Simulation:CancelSimulationUnitTestSetRun")
    put_organization(client, user("bea", cancel), **PARTS)
    with mock.client(user="bea") as bea:
        assert bea.delete(f"{RUNS}{GOING}/").status_code == 204
    assert Suite(client).run(GOING)["is_completed"] is True


def test_a_set_can_be_deleted_while_it_runs(client: httpx2.Client) -> None:
    """Rule: the set goes, its run stays and can be cancelled. Source: assumption
    deletion-during-a-run.
    """
    suite = furnished(client)
    assert suite.status("DELETE", f"{SETS}{BUSY_SET}") == 204
    assert suite.run(GOING)["is_completed"] is False
    assert suite.status("DELETE", f"{RUNS}{GOING}/") == 204


@of_all(lambda listed: listed.find("create-{}-version"))
def test_a_version_leaves_its_record_as_it_was(
    mock: AmigoMock, writer: Writer, listed: Listed
) -> None:
    """Rule: a new version moves neither updated_at nor updated_by of its record. Source: assumption
    parent-of-a-version.
    """
    id = PARTS[listed.kind][0]["id"]
    before = writer.row(id)
    mock.clock.advance(60)
    assert writer.send(listed.operation("create-{}-version"), id).status_code == 201
    assert writer.row(id) == before
