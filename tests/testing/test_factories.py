"""Factories: what they make up, what they refuse, and that the API has it too."""

from __future__ import annotations

import inspect
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from amigo_mock import AmigoMock, MockError, Settings
from amigo_mock.resources import CATALOG
from amigo_mock.testing.factories import Factories
from amigo_mock.world.ids import IdSeries
from amigo_mock.world.records.metrics import Metric
from amigo_mock.world.records.services import Service
from amigo_mock.world.records.simulation.unit_tests import NumericalMetricSuccessCriterion
from amigo_mock.world.world import WorldSnapshot
from tests.support.bodies import persona, scenario
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
from tests.support.suite import Suite

PATHS = {
    "personas": PERSONAS,
    "scenarios": SCENARIOS,
    "services": SERVICES,
    "metrics": METRICS,
    "unit_tests": UNIT_TESTS,
    "unit_test_sets": SETS,
}
FACTORIES = [name for name in vars(Factories) if not name.startswith("_")]

each_factory = pytest.mark.parametrize("kind", FACTORIES)
each_kind = pytest.mark.parametrize("kind", ["personas", "scenarios"])
each_path = pytest.mark.parametrize("kind", PATHS)


@pytest.fixture
def local() -> AmigoMock:
    """A fake that nobody serves: factories need no server."""
    return AmigoMock()


def last_ids(mock: AmigoMock) -> object:
    """The ids that were made last."""
    content = mock.snapshot().content
    assert isinstance(content, WorldSnapshot)
    return content.ids


def state(mock: AmigoMock) -> bytes:
    return mock._fake.state()


def made(mock: AmigoMock) -> list[Any]:
    """Some of everything."""
    return [
        mock.personas.create(),
        mock.personas.create(versions=3, role="nurse"),
        *mock.scenarios.create_many(3, versions=2),
        mock.scenarios.create(deleted=True),
    ]


def contents(mock: AmigoMock) -> list[Any]:
    """The same without the times."""
    return [
        (one.id, one.name, one.tags, [version.id for version in one.versions], about(one))
        for one in made(mock)
    ]


def about(one: Any) -> list[str]:
    fields = ("background", "objective", "instructions", "description")
    return [getattr(getattr(one, "latest", one), name, "") for name in fields]


def furnished() -> AmigoMock:
    """A fake that has one of everything, and has drawn nothing yet."""
    mock = AmigoMock()
    mock.unit_test_sets.create(name="Kept")
    mock.faker_seed = 0
    return mock


# What is made up


def test_the_same_seed_and_calls_give_the_same(local: AmigoMock) -> None:
    """Rule: one seed for everything random. Source: the seed."""
    assert contents(local) == contents(AmigoMock())


def test_setting_the_seed_starts_over(local: AmigoMock) -> None:
    """Rule: the sequence starts over whenever its seed is set. Source: the factories."""
    local.faker_seed = 7
    first = [local.faker.name(), local.faker.unique.first_name(), local.faker.city()]
    for _ in range(3):
        local.faker_seed = 7
        assert [
            local.faker.name(), local.faker.unique.first_name(), local.faker.city()
        ] == first  # fmt: skip
    local.faker_seed = 8
    assert local.faker.name() != first[0]


def test_the_seed_is_that_of_the_settings() -> None:
    """Rule: `random_seed` decides, unless another seed is set. Source: the settings."""
    mock, other = AmigoMock(random_seed=5), AmigoMock(random_seed=6)
    assert (mock.faker_seed, other.faker_seed) == (5, 6)
    assert about(mock.personas.create()) != about(other.personas.create())
    mock.configure(Settings(random_seed=6))
    assert mock.faker_seed == 6
    assert mock.personas.create().name == AmigoMock(random_seed=6).personas.create().name


@pytest.mark.parametrize(
    "again", [AmigoMock.reset, lambda mock: mock.seed({"organizations": [{"id": "mock-org"}]})]
)
def test_a_new_start_starts_over(local: AmigoMock, again: Callable[[AmigoMock], None]) -> None:
    """Rule: after a reset or a new world the same calls give the same. Source: resets."""
    local.faker_seed = 3
    first = [about(one) for one in made(local)]
    again(local)
    assert local.faker_seed == 3
    assert [about(one) for one in made(local)] == first


def test_chance_elsewhere_is_left_alone(local: AmigoMock) -> None:
    """Rule: the process's own chance is neither read nor moved. Source: the seed."""
    before = random.getstate()
    first = local.personas.create().name
    assert random.getstate() == before
    random.seed(99)
    assert AmigoMock().personas.create().name == first


def test_faker_is_imported_when_it_makes_something_up() -> None:
    """Rule: a fake that makes nothing up does not pay for Faker. Source: the cost of a test."""
    code = (
        "import sys; from amigo_mock import AmigoMock; mock = AmigoMock(); mock.faker_seed = 3;"
        "mock.personas.all(), len(mock.scenarios), mock.reset(); print('faker' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout == "False\n"


@each_factory
def test_made_up_names_do_not_collide(kind: str) -> None:
    """Rule: what is made up always finds room in the world. Source: names are unique."""
    first, second = furnished(), furnished()
    names = [one.name for one in getattr(first, kind).create_many(20)]
    factory = getattr(second, kind)
    for name in names[1:]:
        factory.create(name=name)
    factory.create(name=f"{names[1]} 2")
    second.faker_seed = 0
    again = [factory.create().name for _ in range(10)] + [
        one.name for one in factory.create_many(10)
    ]
    assert again == [names[0], f"{names[1]} 3", *(f"{name} 2" for name in names[2:])]


def test_the_name_of_a_deleted_one_is_free(local: AmigoMock) -> None:
    """Rule: a deleted name is free, for given and for made-up names. Source: the guide."""
    name = local.personas.create(deleted=True).name
    local.faker_seed = 0
    assert local.personas.create().name == name
    local.scenarios.create(name="Refill", deleted=True)
    assert local.scenarios.create(name="Refill").name == "Refill"
    assert local.scenarios.create(name="Refill", deleted=True).is_deleted
    local.faker_seed = 0
    assert local.personas.create(deleted=True).name == name


# What is said


def test_what_is_said_is_kept(local: AmigoMock) -> None:
    """Rule: a given value is stored as the API would store it. Source: the factories."""
    found = local.personas.create(
        name="  Ann ",
        role="nurse",
        tags={" mood ": " calm ", "level": None},
        background=" New. ",
        preferred_language="deu",
        timezone=None,
        user_models=("Likes tea.",),
        nonsensitive_user_variables={"plan": "basic"},
        sensitive_user_variables={"pin": "77123"},
        id=NOBODY,
        creator="reader",
        created_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
    )
    assert (found.id, found.name, found.role) == (NOBODY, "Ann", "nurse")
    assert found.tags == {"mood": "calm", "level": None}
    assert found.latest.model_dump(exclude={"id", "org_id", "creator"}) == {
        "simulation_persona_id": NOBODY,
        "background": "New.",
        "preferred_language": "deu",
        "timezone": None,
        "user_models": ["Likes tea."],
        "nonsensitive_user_variables": {"plan": "basic"},
        "sensitive_user_variables": {"pin": "77123"},
        "version": 1,
        "created_at": datetime(2026, 1, 31, 12, tzinfo=UTC),
        "updated_at": datetime(2026, 1, 31, 12, tzinfo=UTC),
    }
    assert found.creator.user_id == found.updated_by.user_id == "reader"
    assert found.creator.org_id == "mock-org"
    assert "77123" not in repr(found)


def test_a_time_is_kept_as_over_the_wire(local: AmigoMock) -> None:
    """Rule: kept in UTC, to the millisecond. Source: the assumption on timestamps."""
    there = timezone(timedelta(hours=2))
    for at in (datetime(2026, 1, 31, 12, 0, 0, 1999, there), "2026-01-31T12:00:00.001999+02:00"):
        found = local.scenarios.create(conversation_starts_at=at)
        expected = datetime(2026, 1, 31, 10, 0, 0, 1000, UTC)
        assert found.latest.conversation_starts_at == expected


def test_what_is_not_set_is_the_organizations() -> None:
    """Rule: not set is the organization's, null is null. Source: the guide."""
    place = {"id": "here", "preferred_language": "deu", "timezone": "Europe/Vienna"}
    mock = AmigoMock(seed={"organizations": [place]})
    unset = mock.personas.create().latest
    assert (unset.preferred_language, unset.timezone) == ("deu", "Europe/Vienna")
    null = mock.personas.create(preferred_language=None, timezone=None).latest
    assert (null.preferred_language, null.timezone) == (None, None)


def test_several_versions(local: AmigoMock) -> None:
    """Rule: so many, the last one the latest, which gets what was given. Source: the factories."""
    found = local.personas.create(versions=3, background="Now.", timezone="Asia/Tokyo")
    assert [version.version for version in found.versions] == [1, 2, 3]
    assert found.latest is found.versions[2]
    assert found.latest.background == "Now."
    assert [version.timezone for version in found.versions] == ["UTC", "UTC", "Asia/Tokyo"]
    assert len({version.background for version in found.versions}) == 3


def test_versions_one_by_one(local: AmigoMock) -> None:
    """Rule: what a version does not say is made up; order is kept. Source: the factories."""
    first, second, third = local.scenarios.create(
        versions=[{"objective": "A"}, {}, {"objective": "C", "initial_message_type": "skip"}],
        instructions="Be brief.",
    ).versions
    assert (first.objective, third.objective) == ("A", "C")
    assert second.objective not in {"", "A", "C"}
    assert third.instructions == "Be brief." != first.instructions
    assert third.initial_message_type == "skip"


@each_factory
def test_many_are_made_in_order(local: AmigoMock, kind: str) -> None:
    """Rule: as many calls of `create` in a row would make. Source: the factories."""
    many = getattr(local, kind).create_many(30, tags={"a": "b"})
    other = AmigoMock()
    single = [getattr(other, kind).create(tags={"a": "b"}) for _ in range(30)]
    assert [(one.id, one.name, about(one)) for one in many] == [
        (one.id, one.name, about(one)) for one in single
    ]
    assert getattr(local, kind).create_many(0) == []


def test_they_go_where_they_are_said_to() -> None:
    """Rule: the first organization, or the one that is named. Source: the factories."""
    mock = AmigoMock(seed={"organizations": [{"id": "one"}, {"id": "two"}]})
    here = mock.personas.create(name="Ann")
    there = mock.personas.create(name="Ann", organization="two", creator="u")
    assert (here.latest.org_id, there.latest.org_id) == ("one", "two")
    assert there.creator.org_id == "two"
    assert mock.personas.all() == [here]
    assert mock.personas.all(organization="two") == [there]
    assert mock.personas.find("Ann", organization="two") == there
    with pytest.raises(LookupError):
        mock.personas.get(there.id)


def test_what_is_made_is_frozen(local: AmigoMock) -> None:
    """Rule: records are values; a change goes through the API. Source: records."""
    found = local.personas.create()
    for one in (found, found.latest):
        with pytest.raises(ValidationError):
            one.id = "x"


@each_factory
def test_the_signature_is_a_real_one(local: AmigoMock, kind: str) -> None:
    """Rule: an editor can complete every keyword. Source: the factories."""
    factory = getattr(local, kind)
    one, several = inspect.signature(factory.create), inspect.signature(factory.create_many)
    assert {"name", "tags", "id", "creator", "organization"} <= one.parameters.keys()
    assert all(one.kind is one.KEYWORD_ONLY for one in one.parameters.values())
    assert list(several.parameters) == ["count", *one.parameters]
    assert one.return_annotation == type(factory).model.__name__
    assert several.return_annotation == f"list[{one.return_annotation}]"
    assert factory.create.__doc__
    assert factory.create_many.__doc__


def test_a_record_can_need_another(local: AmigoMock) -> None:
    """Rule: a factory reaches those of the other resources. Source: the factories."""
    assert local.scenarios._sibling("personas") is local.personas


# What is refused

NAIVE = datetime(2026, 1, 1)

WRONG: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "a taken name": ({"name": "Taken"}, ("'mock-org'", "personas.0.name", "'Taken'")),
    "an empty name": ({"name": " "}, ("personas.0.name",)),
    "an empty role": ({"role": ""}, ("personas.0.role",)),
    "a name that is none": ({"name": 5}, ("personas.0.name",)),
    "bytes": ({"name": b"x"}, ("personas", "bytes")),
    "a tag with a dash": ({"tags": {"a-b": "c"}}, ("personas.0.tags",)),
    "too many tags": ({"tags": {f"t{n}": None for n in range(21)}}, ("personas.0.tags",)),
    "tags that are none": ({"tags": ["a"]}, ("personas.0.tags",)),
    "a language that is none": (
        {"preferred_language": "xxx"}, ("personas.0.versions.0.preferred_language",)
    ),
    "an empty background": (
        {"background": "", "versions": 3}, ("personas.0.versions.2.background",)
    ),
    "a broken variable": (
        {"sensitive_user_variables": {"A": "77123"}}, ("versions.0.sensitive_user_variables",)
    ),
    "half a character": ({"nonsensitive_user_variables": {"ab": "\ud800"}}, ("surrogate",)),
    "no version": ({"versions": 0}, ("versions", "0")),
    "fewer than none": ({"versions": -1}, ("versions", "-1")),
    "an empty list of versions": ({"versions": []}, ("versions",)),
    "versions that are none": ({"versions": "abc"}, ("versions",)),
    "half a version": ({"versions": 1.5}, ("versions",)),
    "a version that is none": ({"versions": [{}, "x"]}, ("personas.0.versions.1",)),
    "a misspelt field of a version": (
        {"versions": [{"backgrund": "x"}]},
        ("personas.0.versions.0.backgrund", "did you mean 'background'"),
    ),
    "a background given twice": (
        {"background": "x", "versions": [{"background": "y"}]}, ("versions", "'background'")
    ),
    "a number of a version": ({"versions": [{"version": 2}]}, ("versions.0.version", "1")),
    "an id that is none": ({"id": "x"}, ("personas.0.id",)),
    "a taken id": ({"id": NOBODY}, ("personas.0.id", NOBODY)),
    "a time without a zone": ({"created_at": NAIVE}, ("personas.0.created_at",)),
    "no organization": (
        {"organization": "mock-og"}, ("'mock-og'", "did you mean 'mock-org'")
    ),
}  # fmt: skip


@pytest.mark.parametrize(("said", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_a_world_cannot_hold_is_refused(
    local: AmigoMock, said: dict[str, Any], words: tuple[str, ...]
) -> None:
    """Rule: refused as the world format refuses it, and nothing is done. Source: worlds."""
    local.personas.create(name="Taken", id=NOBODY)
    before, following = state(local), last_ids(local)
    with pytest.raises(MockError) as caught:
        local.personas.create(**said)
    for word in words:
        assert word in str(caught.value)
    assert "77123" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (state(local), last_ids(local)) == (before, following)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (3, {"name": "Ann"}),
        (3, {"id": NOBODY}),
        (-1, {}),
        (2, {"tags": {"-": None}}),
        (2, {"nonsensitive_user_variables": {"ab": "\ud800"}}),
    ],
)
def test_many_are_made_or_none(local: AmigoMock, count: int, said: dict[str, Any]) -> None:
    """Rule: nothing is half done. Source: worlds."""
    before, following = state(local), last_ids(local)
    with pytest.raises(MockError):
        local.personas.create_many(count, **said)
    assert (state(local), last_ids(local)) == (before, following)


@each_factory
def test_an_unknown_keyword_is_refused(local: AmigoMock, kind: str) -> None:
    """Rule: a misspelt keyword names the nearest. Source: the factories."""
    before = state(local)
    factory: Any = getattr(local, kind)
    calls: list[Callable[[], object]] = [
        lambda: factory.create(tag={}),
        lambda: factory.create_many(2, tag={}),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"'tag' .did you mean 'tags'"):
            call()
    with pytest.raises(TypeError, match="'selfie'"):
        factory.create(selfie=1)
    assert state(local) == before


# The API has it too


@each_kind
@pytest.mark.parametrize("said", [{}, {"versions": 3}, {"deleted": True, "tags": {"a": None}}])
def test_the_api_has_it(
    mock: AmigoMock, client: httpx2.Client, kind: str, said: dict[str, Any]
) -> None:
    """Rule: list and versions say what the factory says. Source: one world."""
    found = getattr(mock, kind).create(**said)
    path, name = PATHS[kind], kind.removesuffix("s")
    expected = found.model_dump(mode="json", by_alias=True)
    versions = expected.pop("versions")
    assert client.get(path).json()[f"simulation_{kind}"] == [expected]
    page = client.get(f"{path}{found.id}/version/").json()
    assert page[f"simulation_{name}_versions"] == versions
    assert found.is_deleted is said.get("deleted", False)


def test_the_api_can_search_and_change_it(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: what was made is like what a client made. Source: one world."""
    found = mock.personas.create(name="Zoë", background="Fears needles.", tags={"a": "b"})
    for query in ("zoë", "needles"):
        page = client.get(f"{PERSONAS}search", params={"query": query}).json()
        assert [one["id"] for one in page["simulation_personas"]] == [found.id]
    page = client.get(PERSONAS, params={"tag": "a:b", "role": found.role}).json()
    assert page["filter_values"]["tags"] == ["a"]
    assert client.post(PERSONAS, json=persona("Zoë")).status_code == 409
    path = f"{PERSONAS}{found.id}/"
    assert client.post(path, json={"tags": {"c": None}}).status_code == 204
    assert mock.personas.get(found.id).tags == {"c": None}
    body = persona()["initial_version"]
    assert client.post(f"{path}version/", json=body).status_code == 201
    assert mock.personas.get(found.id).latest.background == body["background"]
    assert client.delete(path).status_code == 204
    assert mock.personas.get(found.id).is_deleted
    assert len(mock.personas) == 0
    created = client.post(PERSONAS, json=persona("Zoë")).json()["simulation_persona_id"]
    assert created > found.latest.id


def test_no_request_is_made(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: no journal, no limit, no fault, no maintenance. Source: the factories."""
    mock.rate_limits.set("create-simulation-persona", 0)
    mock.faults.add("*", status=500, times=None)
    mock.maintenance = True
    mock.personas.create_many(200)
    assert len(mock.personas) == 200
    assert len(mock.requests) == 0


@each_kind
def test_a_state_has_it(local: AmigoMock, kind: str) -> None:
    """Rule: a world that is written out and read holds it as it was. Source: worlds."""
    found = getattr(local, kind).create_many(2, versions=2)
    gone = getattr(local, kind).create(deleted=True)
    other = AmigoMock(seed=json.loads(state(local)))
    factory = getattr(other, kind)
    assert factory.all() == found
    assert factory.get(gone.id) == gone
    assert state(other) == state(local)
    assert factory.create().id > gone.latest.id


def test_a_reset_takes_it_away(local: AmigoMock) -> None:
    """Rule: everything as at the start; a snapshot brings it back. Source: resets."""
    start = state(local)
    made(local)
    full, kept = state(local), local.snapshot()
    local.personas.create()
    local.reset()
    assert state(local) == start
    assert (len(local.personas), len(local.scenarios)) == (0, 0)
    local.restore(kept)
    assert state(local) == full


def test_a_kept_world_is_written_with_it(tmp_path: Path) -> None:
    """Rule: what a factory made is a change of the world. Source: the state file."""
    path = tmp_path / "world.json"
    with AmigoMock(state=path) as mock:
        found = mock.personas.create()
    assert json.loads(path.read_bytes())["organizations"][0]["personas"][0]["id"] == found.id


# What needs other things

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


NEEDY: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "a misspelt persona": ("unit_tests", {"persona": "An"}, ("persona", "did you mean 'Ann'")),
    "a persona by number": ("unit_tests", {"persona": 5}, ("persona", "int")),
    "a deleted persona": ("unit_tests", {"persona": NOBODY}, ("persona", "'Gone'", "out of use")),
    "no scenario": ("unit_tests", {"scenario": "f" * 24}, ("scenario", "ffff")),
    "a service out of use": ("unit_tests", {"service": "Old"}, ("service", "'Old'")),
    "a misspelt version set": (
        "unit_tests", {"service_version_set_name": "relase"}, ("did you mean 'release'",)
    ),
    "another kind": (
        "unit_tests",
        {"success_criterions": [{"metric_id": "Tone", "criterion": {"type": "boolean"}}]},
        ("'Tone'", "categorical", "boolean"),
    ),
    "no kind": (
        "unit_tests",
        {"success_criterions": [{"metric_id": "Tone", "criterion": {"type": "x"}}]},
        ("'Tone'", "categorical"),
    ),
    "a kind of nothing": (
        "unit_tests", {"success_criterions": [{"criterion": {"type": "bolean"}}]}, ("'bolean'",)
    ),
    "a criterion without a value": (
        "unit_tests", {"success_criterions": [{"criterion": {"type": "boolean"}}]}, ("criterion",)
    ),
    "a misspelt field": (
        "unit_tests", {"success_criterions": [{"metric_ids": "x"}]}, ("did you mean 'metric_id'",)
    ),
    "a metric alone": ("unit_tests", {"success_criterions": "Tone"}, ("success_criterions",)),
    "no criterion": ("unit_tests", {"success_criterions": []}, ("success_criterions",)),
    "too long": ("unit_tests", {"max_interactions": 101}, ("max_interactions",)),
    "an empty name": ("unit_tests", {"name": " "}, ("unit_tests.0.name",)),
    "no unit test": ("unit_test_sets", {"unit_tests": ["x"]}, ("unit_tests", "'x'")),
    "no unit tests": ("unit_test_sets", {"unit_tests": []}, ("unit_test_runs",)),
    "no runs": ("unit_test_sets", {"run_count": 0}, ("run_count",)),
    "a misspelt kind": ("metrics", {"kind": "numeric"}, ("did you mean 'numerical'",)),
    "bounds of words": ("metrics", {"kind": "boolean", "upper_bound": 1}, ("upper_bound",)),
    "bounds and words": ("metrics", {"upper_bound": 1, "categories": ["a"]}, ("categories",)),
    "bounds the wrong way": ("metrics", {"lower_bound": 2, "upper_bound": 1}, ("lower_bound",)),
    "no words": ("metrics", {"categories": []}, ("categories",)),
    "two kinds": (
        "metrics",
        {"kind": "numerical", "versions": [{"metric_value": {"type": "boolean"}}, {}]},
        ("versions.0.metric_value.type", "'boolean'"),
    ),
    "a service that is none": ("metrics", {"applied_to_services": ["x"]}, ("'x'",)),
    "no agent": ("services", {"agent": "Agnt"}, ("agent", "did you mean 'Agent'")),
    "a version that is none": (
        "services", {"version_sets": {"a": {"agent_version_number": 2}}}, ("'a'", "2")
    ),
    "another edge": ("services", {"version_sets": {"edge": {}}}, ("'edge'",)),
    "a version set that is none": ("services", {"version_sets": {"a": 5}}, ("version_sets.a",)),
    "version sets that are none": ("services", {"version_sets": 5}, ("version_sets",)),
    "a word": ("services", {"keyterms": ["A B"]}, ("keyterms",)),
    "no version": ("agents", {"latest_version": 0}, ("latest_version",)),
}  # fmt: skip


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize(("kind", "said", "words"), NEEDY.values(), ids=NEEDY.keys())
def test_nothing_is_made_for_what_is_refused(
    mock: AmigoMock,
    control: httpx2.Client,
    kind: str,
    said: dict[str, Any],
    words: tuple[str, ...],
    elsewhere: bool,
) -> None:
    """Rule: what it would need is not made either; here and there alike. Source: the factories."""
    mock.personas.create(name="Gone", id=NOBODY, deleted=True)
    if said.get("persona") == "An":
        mock.personas.create(name="Ann")
    mock.services.create(name="Old", is_active=False)
    home: Factories = Elsewhere(Remote(control)) if elsewhere else mock
    before, following = state(mock), last_ids(mock)
    for call in (
        getattr(home, kind).create,
        lambda **said: getattr(home, kind).create_many(2, **said),
    ):
        with pytest.raises(MockError) as caught:
            call(**said)
        for word in words:
            assert word in str(caught.value)
        assert "\n" not in str(caught.value)
        assert (state(mock), last_ids(mock)) == (before, following)


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


# The wire decides

texts = st.text(max_size=6) | st.sampled_from([" ", "", "\u00a0", "a-b", "\ud800", "a\n", "ß_1"])
tags = st.dictionaries(texts, texts | st.none(), max_size=3) | st.integers(19, 22).map(
    lambda count: {f"t{number}": None for number in range(count)}
)


@pytest.fixture(scope="module")
def unlimited() -> Iterator[tuple[AmigoMock, httpx2.Client]]:
    with (
        AmigoMock(strict=True, rate_limits=False) as mock,
        mock.client(in_process=True) as client,
    ):
        yield mock, client


def new_metric(name: str, tags: Mapping[str, str | None]) -> dict[str, Any]:
    value = {"description": "", "metric_value": {"type": "boolean"}}
    own: dict[str, Any] = {"applied_to_services": [], "additional_notes": None}
    return {**own, "name": name, "tags": tags, "initial_version_metric_value": value}


def new_service(suite: Suite, name: str, tags: Mapping[str, str | None]) -> dict[str, Any]:
    one, *_ = suite.get(SERVICES)["services"]
    return {**one, "name": name, "tags": tags}


def new_set(suite: Suite, name: str, tags: Mapping[str, str | None]) -> dict[str, Any]:
    runs = [{"unit_test_id": suite.unit_test(), "run_count": 1}]
    return {"name": name, "description": None, "unit_test_runs": runs, "tags": tags}


def new_unit_test(suite: Suite, name: str, tags: Mapping[str, str | None]) -> dict[str, Any]:
    known = {one["name"] for one in suite.get(PERSONAS)["simulation_personas"]}
    suite.persona = suite.new_persona(f"Ann {len(known)}")
    suite.scenario = suite.new_scenario(f"Refill {len(known)}")
    return suite.body(name, tags=tags)


BODIES: dict[str, Callable[[Suite, str, dict[str, str | None]], dict[str, Any]]] = {
    "personas": lambda _, name, tags: persona(name, tags=tags),
    "scenarios": lambda _, name, tags: scenario(name, tags=tags),
    "services": new_service,
    "metrics": lambda _, name, tags: new_metric(name, tags),
    "unit_tests": new_unit_test,
    "unit_test_sets": new_set,
}


def posted(client: httpx2.Client, path: str, body: object) -> int:
    kind = {"Content-Type": "application/json"}
    return client.post(path, content=json.dumps(body), headers=kind).status_code


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=texts, tags=tags)
@each_path
def test_names_and_tags_are_judged_as_over_the_wire(
    unlimited: tuple[AmigoMock, httpx2.Client],
    kind: str,
    name: str,
    tags: dict[str, str | None],
) -> None:
    """Rule: refused here if and only if there, and stored the same. Source: the one promise."""
    mock, client = unlimited
    mock.reset()
    body = BODIES[kind](Suite(client), name, tags)
    status = posted(client, PATHS[kind], body)
    factory = getattr(mock, kind)
    there = factory.all()
    mock.reset()
    before = len(factory)
    if status == 201:
        here = factory.create(name=name, tags=tags)
        assert [(one.name, one.tags) for one in there[before:]] == [(here.name, here.tags)]
        body = BODIES[kind](Suite(client), name, tags)
        with pytest.raises(MockError, match="is the name of another one"):
            factory.create(name=name)
        assert posted(client, PATHS[kind], body) == 409
    else:
        assert status == 422
        with pytest.raises(MockError):
            factory.create(name=name, tags=tags)
        assert len(factory) == before


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(-(2**70), 2**70), count=st.integers(1, 30))
@each_path
def test_whatever_is_made_up_the_wire_accepts(
    unlimited: tuple[AmigoMock, httpx2.Client], kind: str, seed: int, count: int
) -> None:
    """Rule: made-up values are ones that a client could have sent. Source: the one promise."""
    mock, client = unlimited
    mock.reset()
    mock.faker_seed = seed
    for one in getattr(mock, kind).create_many(count):
        body = {**one.model_dump(mode="json"), "name": f"{one.name} again", "tags": one.tags}
        if "versions" in body:
            name = "initial_version_metric_value" if kind == "metrics" else "initial_version"
            body[name] = one.latest.model_dump(mode="json")
        assert posted(client, PATHS[kind], body) == 201


# Finding


def test_what_is_there(local: AmigoMock) -> None:
    """Rule: all and len are what lives; get also what was deleted. Source: the factories."""
    ann, ben = local.personas.create(name="Ann"), local.personas.create(name="Ben")
    gone = local.personas.create(name="Ann", deleted=True)
    assert local.personas.all() == list(local.personas) == [ann, ben]
    assert len(local.personas) == 2
    assert local.personas.get(gone.id) == gone
    assert local.personas.get(ben.id) == ben
    assert local.personas.find("Ann") == local.personas.find(name="Ann") == ann
    assert len(local.scenarios) == 0
    assert local.scenarios


def test_what_is_not_there(local: AmigoMock) -> None:
    """Rule: a `LookupError` that names what, where and the nearest. Source: the factories."""
    local.personas.create(name="Anna")
    local.personas.create(name="Berta", deleted=True)
    with pytest.raises(LookupError, match=f"'mock-org' .*'{NOBODY}'.* personas"):
        local.personas.get(NOBODY)
    with pytest.raises(LookupError, match=r"'mock-org' .*'Ana'.* personas .did you mean 'Anna'"):
        local.personas.find("Ana")
    with pytest.raises(LookupError, match="'Berta'"):
        local.personas.find("Berta")
    with pytest.raises(MockError, match="'nowhere'"):
        local.personas.all(organization="nowhere")


# Controls


@pytest.fixture
def control(mock: AmigoMock) -> Iterator[httpx2.Client]:
    """A client without a token, for the control API."""
    with mock.client(base_url=f"{mock.url}/_mock/") as found:
        del found.headers["Authorization"]
        yield found


RECORDS: dict[str, dict[str, Any]] = {
    "personas": {"name": "Ann", "role": "nurse", "versions": [{"background": "B"}]},
    "scenarios": {
        "name": "Refill",
        "versions": [{"objective": "O", "instructions": "I", "initial_message_type": "skip"}],
    },
}


@each_kind
def test_records_are_added_and_read(mock: AmigoMock, control: httpx2.Client, kind: str) -> None:
    """Rule: 201 with everything filled in, which GET and the state say too.

    Source: the control API.
    """
    order = {"kind": kind, "records": [RECORDS[kind], {**RECORDS[kind], "is_deleted": True}]}
    answer = control.post("records", json=order)
    assert answer.status_code == 201
    first, second = answer.json()["records"]
    assert (first["name"], second["is_deleted"]) == (RECORDS[kind]["name"], True)
    assert {"id", "created_at", "creator", "tags"} <= first.keys()
    assert {"_id", "version", "org_id"} <= first["versions"][0].keys()
    (organization,) = control.get("state").json()["organizations"]
    assert organization[kind] == [first, second]
    query = {"kind": kind, "organization": "mock-org"}
    assert control.get("records", params=query).json() == {"records": [first, second]}
    query = {"kind": kind, "id": second["id"]}
    assert control.get("records", params=query).json() == {"records": [second]}
    assert control.get("records", params={**query, "id": NOBODY}).json() == {"records": []}
    assert [one.id for one in getattr(mock, kind)] == [first["id"]]


def test_records_are_in_the_first_organization(control: httpx2.Client) -> None:
    """Rule: the first one, or the one that is named. Source: the control API."""
    assert control.post("organizations", json={"id": "other"}).status_code == 201
    order: dict[str, Any] = {"kind": "personas", "records": [RECORDS["personas"]]}
    places = []
    for named in ({}, {"organization": "other"}):
        answer = control.post("records", json={**order, **named})
        places.append(answer.json()["records"][0]["versions"][0]["org_id"])
        query = {"kind": "personas", **named}
        assert control.get("records", params=query).json() == answer.json()
    assert places == ["mock-org", "other"]


def test_an_id_is_not_made_twice(mock: AmigoMock, control: httpx2.Client) -> None:
    """Rule: an id that is given anywhere in an order is not made for another. Source: ids."""
    following = IdSeries().of("mock-org", "personas").make()
    records = [{**RECORDS["personas"], "name": "Ben"}, {**RECORDS["personas"], "id": following}]
    answer = control.post("records", json={"kind": "personas", "records": records})
    assert answer.status_code == 201
    first, second = answer.json()["records"]
    assert second["id"] == following < first["id"]


def test_what_is_needed_comes_before(mock: AmigoMock, control: httpx2.Client) -> None:
    """Rule: added in the order that is said, or none of it. Source: the control API."""
    order = {
        "kind": "unit_tests",
        "records": [
            {
                "name": "It works",
                "persona_id": "Ann",
                "scenario_id": "Refill",
                "success_criterions": [
                    {
                        "name": "Reached",
                        "metric_id": "Goal Reached",
                        "criterion": {"type": "boolean", "expected_value": True},
                    }
                ],
            }
        ],
        "needed": {kind: [record] for kind, record in RECORDS.items()},
    }
    before = state(mock)
    lists: list[dict[str, Any]] = [
        {"personas": [RECORDS["personas"]]},
        {"people": []},
        {"personas": {}},
    ]
    for needed in lists:
        wrong = {**order, "needed": needed}
        assert control.post("records", json=wrong).status_code == 422
        assert state(mock) == before
    answer = control.post("records", json={**order, "numbered": True})
    assert answer.status_code == 201
    (found,) = answer.json()["records"]
    assert found["persona_id"] == mock.personas.find("Ann").id


def test_a_taken_name_can_get_a_number(control: httpx2.Client) -> None:
    """Rule: numbered, or refused with the name. Source: the control API."""
    order: dict[str, Any] = {"kind": "personas", "records": [RECORDS["personas"]] * 2}
    found = control.post("records", json={**order, "numbered": True}).json()["records"]
    assert [one["name"] for one in found] == ["Ann", "Ann 2"]
    answer = control.post("records", json=order)
    assert answer.status_code == 422
    assert "'Ann'" in answer.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "persona"}, ("'persona'", "did you mean 'personas'")),
        ({"kind": ""}, ("kind",)),
        ({"kind": None}, ("kind",)),
        ({"organization": "mock"}, ("'mock'", "did you mean 'mock-org'")),
        ({"records": {}}, ("records",)),
        ({"records": [5]}, ("records",)),
        ({"records": [RECORDS["personas"], {"name": "B"}]}, ("personas.1",)),
        ({"records": [{**RECORDS["personas"], "rol": 1}]}, ("personas.0.rol", "'role'")),
        ({"records": [RECORDS["personas"]] * 2}, ("personas.1.name", "'Ann'")),
        ({"record": []}, ("record", "did you mean 'records'")),
    ],
)
def test_a_wrong_order_adds_nothing(
    mock: AmigoMock, control: httpx2.Client, change: dict[str, Any], words: tuple[str, ...]
) -> None:
    """Rule: what is wrong, the nearest, and nothing is half done. Source: the control API."""
    before = state(mock)
    order = {"kind": "personas", "records": [RECORDS["personas"]], **change}
    answer = control.post("records", json=order)
    assert answer.status_code == 422
    assert answer.json().keys() == {"detail"}
    for word in words:
        assert word in answer.text.replace('\\"', '"')
    assert state(mock) == before


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", ("kind",)),
        ("kind=scenario", ("did you mean 'scenarios'",)),
        ("kind=personas&organization=mock", ("did you mean 'mock-org'",)),
    ],
)
def test_a_wrong_question_is_refused(
    control: httpx2.Client, query: str, words: tuple[str, ...]
) -> None:
    """Rule: an unknown kind is an error, not an empty list. Source: the control API."""
    answer = control.get(f"records?{query}")
    assert answer.status_code == 422
    for word in words:
        assert word in answer.text


class Remote:
    """A store that reaches its fake over nothing but the control API."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def add_records(
        self,
        organization: str,
        kind: str,
        records: Sequence[Mapping[str, Any]],
        *,
        numbered: bool = False,
        needed: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> list[dict[str, Any]]:
        order = {"organization": organization, "kind": kind, "numbered": numbered}
        lists = {"records": list(records), "needed": needed or {}}
        return self._found(self._client.post("records", json={**order, **lists}))

    def records(self, organization: str, kind: str, id: str | None = None) -> list[dict[str, Any]]:
        query = {"organization": organization, "kind": kind} | ({} if id is None else {"id": id})
        return self._found(self._client.get("records", params=query))

    def _found(self, answer: httpx2.Response) -> list[dict[str, Any]]:
        if answer.is_error:
            raise MockError(answer.json()["detail"])
        found: list[dict[str, Any]] = answer.json()["records"]
        return found


class Elsewhere(Factories):
    @property
    def organization(self) -> str:
        return "mock-org"


def test_factories_work_over_the_control_api(mock: AmigoMock, control: httpx2.Client) -> None:
    """Rule: what the control API says is all that a factory needs. Source: the factories."""
    there = Elsewhere(Remote(control))
    found = there.personas.create(versions=2, sensitive_user_variables={"pin": "1"})
    many = there.personas.create_many(2, created_at=datetime(2026, 1, 31, tzinfo=UTC))
    assert there.personas.all() == mock.personas.all() == [found, *many]
    assert there.personas.get(found.id) == there.personas.find(found.name) == found
    with pytest.raises(MockError, match=r"'mock-org': personas\.0\.name"):
        there.personas.create(name=found.name)
    there.faker_seed = 0
    assert there.personas.create().name == f"{found.name} 2"
    assert there.unit_test_sets.create() == mock.unit_test_sets.all()[0]
    assert there.unit_tests.all() == mock.unit_tests.all()
    assert there.unit_tests.all()[0].persona_id == found.id
