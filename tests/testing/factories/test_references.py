"""Records that need other records."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2

from amigo_mock import AmigoMock
from amigo_mock.resources import CATALOG
from amigo_mock.world.records.metrics import Metric
from amigo_mock.world.records.services import Service
from amigo_mock.world.records.simulation.unit_tests import NumericalMetricSuccessCriterion
from tests.support.paths import (
    PERSONAS,
    RUNS,
    SETS,
    UNIT_TESTS,
)
from tests.support.suite import Suite
from tests.testing.factories.support import (
    FACTORIES,
    PATHS,
    each_factory,
    each_path,
    state,
)

BARE: dict[str, Any] = {"id": "mock-org", **{kind: [] for kind in CATALOG.kinds}}


def test_every_kind_has_a_factory(local: AmigoMock) -> None:
    """Rule: all but runs, which come of being started. Source: the README."""
    kinds = {getattr(local, name).kind for name in FACTORIES}
    assert kinds == set(CATALOG.kinds) - {"unit_test_set_runs"}


def test_what_is_there_from_the_start(local: AmigoMock) -> None:
    """Rule: one service with `release`, one metric of each kind. Source: the default world."""
    (service,) = local.services.all()
    assert isinstance(service, Service)
    assert service.version_sets.keys() == {"edge", "release"}
    assert service.agent_id == local.agents.all()[0].id
    assert service.service_hierarchical_state_machine_id == local.context_graphs.all()[0].id
    kinds = [metric.metric_value_type for metric in local.metrics]
    assert sorted(kinds) == ["boolean", "categorical", "numerical"]


def test_a_unit_test_takes_what_there_is(local: AmigoMock) -> None:
    """Rule: the first live one of each, and nothing more is made. Source: the factories."""
    local.personas.create(deleted=True)
    ann, refill = local.personas.create(), local.scenarios.create()
    local.personas.create()
    found = local.unit_tests.create()
    assert (found.persona_id, found.scenario_id) == (ann.id, refill.id)
    assert (found.service_id, found.service_version_set_name) == (
        local.services.all()[0].id, "release"
    )  # fmt: skip
    assert [one.metric_id for one in found.success_criterions] == [local.metrics.all()[0].id]
    assert (len(local.personas), len(local.scenarios), len(local.metrics)) == (2, 1, 3)


def test_what_is_not_there_is_made() -> None:
    """Rule: whatever it needs, down to the agent, once for many. Source: the factories."""
    mock = AmigoMock(seed={"organizations": [BARE]})
    many = mock.unit_test_sets.create_many(3)
    assert [len(getattr(mock, name)) for name in FACTORIES if name != "unit_test_sets"] == [1] * 7
    (test,) = mock.unit_tests.all()
    assert {run.unit_test_id for one in many for run in one.unit_test_runs} == {test.id}
    assert test.persona_id == mock.personas.all()[0].id
    other = AmigoMock(seed={"organizations": [BARE]})
    assert [other.unit_test_sets.create().name for _ in range(3)] == [one.name for one in many]
    assert json.loads(state(other))["organizations"][0]["personas"][0]["name"] == (
        mock.personas.all()[0].name
    )


def test_it_goes_where_what_it_needs_is() -> None:
    """Rule: everything in the organization that is named. Source: the factories."""
    mock = AmigoMock(seed={"organizations": [{"id": "one"}, {**BARE, "id": "two"}]})
    found = mock.unit_tests.create(organization="two")
    assert found.org_id == "two"
    assert len(mock.personas) == 0
    assert mock.personas.get(found.persona_id, organization="two")


def test_things_are_given_as_records_ids_or_names(local: AmigoMock) -> None:
    """Rule: what other factories return, an id, or a name. Source: the factories."""
    ann, refill = local.personas.create(), local.scenarios.create()
    desk, tone = local.services.create(), local.metrics.create(kind="categorical")
    local.personas.create(name=ann.id[::-1])  # a name may look like an id
    ways: list[Callable[[Any], Any]] = [
        lambda one: one,
        lambda one: one.id,
        lambda one: one.name,
    ]
    for give in ways:
        found = local.unit_tests.create(
            persona=give(ann),
            scenario=give(refill),
            service=give(desk),
            success_criterions=[give(tone), {"name": "Tone", "metric_id": give(tone)}],
        )
        assert (found.persona_id, found.scenario_id, found.service_id) == (
            ann.id, refill.id, desk.id
        )  # fmt: skip
        first, second = found.success_criterions
        assert (first.name, first.metric_id) == (tone.name, tone.id)
        assert (second.name, second.metric_id) == ("Tone", tone.id)
        made = local.unit_test_sets.create(
            unit_tests=[give(found), {"unit_test_id": give(found), "run_count": 3}], run_count=20
        )
        assert [(run.unit_test_id, run.run_count) for run in made.unit_test_runs] == [
            (found.id, 20), (found.id, 3)
        ]  # fmt: skip
        rated = local.metrics.create(applied_to_services=[give(desk)])
        assert rated.applied_to_services == [desk.id]
    found = local.unit_tests.create(persona=ann.id[::-1])
    assert local.personas.get(found.persona_id).name == ann.id[::-1]


def test_criterions_fit_their_metrics(local: AmigoMock) -> None:
    """Rule: of the metric's kind, and such that its values can pass. Source: the factories."""
    metrics = [
        local.metrics.create(kind="boolean"),
        local.metrics.create(lower_bound=10, upper_bound=20),
        local.metrics.create(categories=["good", "bad"]),
    ]
    found = local.unit_tests.create(success_criterions=metrics)
    assert [one.criterion.model_dump() for one in found.success_criterions] == [
        {"type": "boolean", "expected_value": True},
        {"type": "numerical", "verb": ">=", "threshold": 15},
        {"type": "categorical", "expected_values": ["good"]},
    ]
    criterion = NumericalMetricSuccessCriterion(type="numerical", verb="<", threshold=3)
    (one,) = local.unit_tests.create(
        success_criterions=[{"name": "Low", "criterion": criterion}]
    ).success_criterions
    assert (one.name, one.criterion) == ("Low", criterion)
    assert local.metrics.get(one.metric_id).metric_value_type == "numerical"
    again = local.unit_tests.create(success_criterions=found.success_criterions)
    assert again.success_criterions == found.success_criterions


def test_a_criterion_can_need_a_metric() -> None:
    """Rule: one of its kind is made, under a name that is free. Source: the factories."""
    mock = AmigoMock(seed={"organizations": [BARE]})
    wanted: list[dict[str, Any]] = [
        {"criterion": {"type": "numerical", "verb": ">", "threshold": 1}},
        {"criterion": {"type": "categorical", "expected_values": ["settled"]}},
        {},
    ]
    found = mock.unit_tests.create(success_criterions=wanted)
    first, second = mock.metrics.all()
    assert (first.metric_value_type, second.metric_value_type) == ("numerical", "categorical")
    ids = [one.metric_id for one in found.success_criterions]
    assert ids == [first.id, second.id, first.id]


def test_what_is_needed_finds_a_free_name() -> None:
    """Rule: a name that another one has is left to it. Source: names are unique."""
    names: list[str] = []
    for taken in ((), (1,)):
        mock = AmigoMock(seed={"organizations": [BARE]})
        for _ in taken:
            mock.metrics.create(name=names[0], kind="boolean")
        mock.faker_seed = 0
        criterion = {"type": "numerical", "verb": ">", "threshold": 1}
        found = mock.unit_tests.create(success_criterions=[{"criterion": criterion}])
        metric = mock.metrics.get(found.success_criterions[0].metric_id)
        assert metric.metric_value_type == "numerical"
        names.append(metric.name)
    assert names[1] == f"{names[0]} 2"


def test_metrics_of_each_kind(local: AmigoMock) -> None:
    """Rule: values by kind; the last version has what was given. Source: the factories."""
    assert local.metrics.create().metric_value_type == "boolean"
    low = local.metrics.create(lower_bound=50_000).latest.metric_value.model_dump()
    assert low == {"type": "numerical", "lower_bound": 50_000, "upper_bound": 50_010}
    high = local.metrics.create(upper_bound=-5).latest.metric_value.model_dump()
    assert high == {"type": "numerical", "lower_bound": -15, "upper_bound": -5}
    found = local.metrics.create(
        name="Sound", versions=[{"description": "First."}, {}], categories=("a", "b"),
        description="Last.", additional_notes="No chats.",
    )  # fmt: skip
    assert isinstance(found, Metric)
    assert found.metric_value_type == "categorical"
    assert [one.description for one in found.versions] == ["First.", "Last."]
    assert found.latest.metric_value.model_dump()["categories"] == ["a", "b"]
    assert found.versions[0].metric_value != found.latest.metric_value
    assert found.additional_notes == "No chats."


def test_services(local: AmigoMock) -> None:
    """Rule: with the agent and the context graph that are given. Source: the factories."""
    agent = local.agents.create(latest_version=4)
    graph = local.context_graphs.create(name="Triage")
    pinned = {"agent_version_number": 4}
    found = local.services.create(
        agent=agent, context_graph="Triage", version_sets={"next": pinned}, keyterms=["refill"]
    )
    assert (found.agent_id, found.service_hierarchical_state_machine_id) == (agent.id, graph.id)
    assert found.version_sets.keys() == {"edge", "release", "next"}
    assert found.version_sets["next"].agent_version_number == 4
    assert local.unit_tests.create(service=found, service_version_set_name="next")
    for _ in range(2):  # names of what is out of use are free
        local.services.create(name="Old", is_active=False)
    local.faker_seed = 1
    name = local.services.create(is_active=False).name
    local.faker_seed = 1
    assert local.services.create().name == name
    local.faker_seed = 1
    assert local.services.create().name == f"{name} 2"
    assert len(local.services) == 4


def test_what_is_deleted_may_need_what_is_deleted(local: AmigoMock) -> None:
    """Rule: only what lives holds on to what it uses. Source: the published document."""
    gone = local.personas.create(deleted=True)
    assert local.unit_tests.create(persona=gone, deleted=True).persona_id == gone.id


@each_path
def test_the_api_lists_it(mock: AmigoMock, client: httpx2.Client, kind: str) -> None:
    """Rule: the list says what the factory says. Source: one world."""
    found = getattr(mock, kind).create()
    page = client.get(PATHS[kind], params={"id": found.id}).json()
    (one,) = next(value for value in page.values() if isinstance(value, list))
    dumped = found.model_dump(mode="json")
    assert one == {name: dumped[name] for name in one}
    assert getattr(mock, kind).get(found.id) == found
    assert getattr(mock, kind).find(found.name) == found


@each_factory
def test_a_world_keeps_it(local: AmigoMock, kind: str) -> None:
    """Rule: a world that is written out and read holds it as it was. Source: worlds."""
    found = getattr(local, kind).create_many(2)
    other = AmigoMock(seed=json.loads(state(local)))
    assert getattr(other, kind).all()[-2:] == found
    assert state(other) == state(local)


def test_it_runs_and_passes(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: what was made is like what a client made. Source: the guide."""
    mock.metrics.create_many(2, kind="numerical")
    test = mock.unit_tests.create(success_criterions=mock.metrics.all())
    tests = mock.unit_test_sets.create(unit_tests=[test], run_count=3)
    suite = Suite(client)
    run = suite.start(tests.id)
    mock.clock.advance(minutes=10)
    done = suite.run(run)
    assert (done["is_completed"], done["failed_metrics"], done["errored"]) == (True, False, False)
    assert client.get(RUNS).status_code == 200
    path = f"{PERSONAS}{test.persona_id}/"
    assert client.delete(path).status_code == 400
    assert client.delete(f"{UNIT_TESTS}{test.id}/").status_code == 400
    assert client.delete(f"{SETS}{tests.id}").status_code == 204
    assert client.delete(f"{UNIT_TESTS}{test.id}/").status_code == 204
    assert client.delete(path).status_code == 204
    assert mock.unit_tests.get(test.id).is_deleted
