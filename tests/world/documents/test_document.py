"""World documents: what may be left out, what comes back, and what is refused, and how."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock import AmigoMock, MockError, Settings
from amigo_mock.engine.fake import Fake
from amigo_mock.resources import CATALOG
from amigo_mock.testing.samples import world as made_up
from amigo_mock.world.documents.document import default, dump, read
from amigo_mock.world.documents.mistakes import BrokenWorld
from amigo_mock.world.documents.seeding import fill, put_organization
from amigo_mock.world.world import World
from tests.support.paths import PERSONAS, SCENARIOS

Json: TypeAlias = dict[str, Any]

FIXTURES = Path(__file__).parents[3] / "fixtures"
PAYLOADS = FIXTURES / "payloads"
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)

PERSONA: Json = {"name": "Ann", "role": "patient", "versions": [{"background": "New."}]}
PLAN: Json = {"objective": "O", "instructions": "I", "initial_message_type": "skip"}
SCENARIO: Json = {"name": "Refill", "versions": [PLAN]}


def filled(document: Any, random_seed: int = 0) -> World:
    """An empty world with a document put into it."""
    world = World(CATALOG.kinds, random_seed)
    fill(world, read(document), NOW)
    return world


def whole(document: Any) -> Json:
    """The document of a world that was filled from a document."""
    found: Json = json.loads(dump(filled(document)))
    return found


def organization(**content: Any) -> Json:
    return {"organizations": [{"id": "here", **content}]}


def refused(document: Any) -> str:
    """What is said of a document that is no world."""
    with pytest.raises(MockError) as caught:
        filled(document)
    return str(caught.value)


# What may be left out


def test_a_world_without_more_than_a_name_is_the_default_one() -> None:
    """Rule: users and keys may be left out and are then the default ones. Source: the format."""
    (found,) = whole({"organizations": [{"id": "mock-org"}]})["organizations"]
    (expected,) = whole(default())["organizations"]
    assert found == {**expected, "name": "mock-org"}


def test_ids_times_and_people_are_made() -> None:
    """Rule: what is left out is made: id, times, creator, version. Source: the world format."""
    (found,) = whole(organization(personas=[PERSONA]))["organizations"]
    (persona,) = found["personas"]
    (version,) = persona["versions"]
    creator = {"org_id": "here", "user_id": "mock-user"}
    now = "2026-01-31T12:00:00Z"
    assert {**persona, "id": "", "versions": []} == {
        "id": "",
        "name": "Ann",
        "tags": {},
        "is_deleted": False,
        "created_at": now,
        "creator": creator,
        "updated_at": now,
        "updated_by": creator,
        "role": "patient",
        "versions": [],
    }
    assert {**version, "_id": ""} == {
        "_id": "",
        "org_id": "here",
        "created_at": now,
        "updated_at": now,
        "version": 1,
        "creator": creator,
        "simulation_persona_id": persona["id"],
        "background": "New.",
        "preferred_language": None,
        "timezone": "UTC",
        "user_models": [],
        "nonsensitive_user_variables": {},
        "sensitive_user_variables": {},
    }


def test_what_is_made_follows_what_is_said() -> None:
    """Rule: updates and versions take time and person of their record. Source: the format."""
    who, when = {"org_id": "x", "user_id": "y"}, "2020-01-01T00:00:00Z"
    persona = {**PERSONA, "creator": who, "created_at": when}
    (found,) = whole(organization(personas=[persona]))["organizations"][0]["personas"]
    assert (found["updated_by"], found["updated_at"]) == (who, when)
    (version,) = found["versions"]
    assert (version["creator"], version["created_at"], version["updated_at"]) == (who, when, when)


@pytest.mark.parametrize(
    ("defaults", "said", "stored"),
    [
        ({}, {}, (None, "UTC")),
        ({"preferred_language": "deu", "timezone": "Asia/Tokyo"}, {}, ("deu", "Asia/Tokyo")),
        (
            {"preferred_language": "deu", "timezone": "Asia/Tokyo"},
            {"preferred_language": {}, "timezone": {}},
            ("deu", "Asia/Tokyo"),
        ),
        (
            {"preferred_language": "deu", "timezone": "Asia/Tokyo"},
            {"preferred_language": None, "timezone": None},
            (None, None),
        ),
        (
            {"preferred_language": "deu", "timezone": "Asia/Tokyo"},
            {"preferred_language": "fra", "timezone": "Europe/Paris"},
            ("fra", "Europe/Paris"),
        ),
    ],
)
def test_languages_and_time_zones_default_to_the_organization_s(
    defaults: Json, said: Json, stored: tuple[str | None, str | None]
) -> None:
    """Rule: absent or `{}` is the organization's, then UTC; null stays null.

    Source: the published contract, preferred_language and timezone of a persona version.
    """
    persona = {**PERSONA, "versions": [{"background": "New.", **said}]}
    (found,) = whole(organization(**defaults, personas=[persona]))["organizations"][0]["personas"]
    version = found["versions"][0]
    assert (version["preferred_language"], version["timezone"]) == stored


def test_text_is_stripped_as_in_a_request() -> None:
    """Rule: required text is stripped. Source: the published contract, stripped strings."""
    persona = {**PERSONA, "name": " Ann ", "tags": {" a ": " b "}}
    (found,) = whole(organization(personas=[persona]))["organizations"][0]["personas"]
    assert (found["name"], found["tags"]) == ("Ann", {"a": "b"})


def test_versions_are_numbered_as_they_stand() -> None:
    """Rule: versions stand first to last, from 1. Source: the world format."""
    persona = {**PERSONA, "versions": [{"background": str(number)} for number in range(1, 4)]}
    (found,) = whole(organization(personas=[persona]))["organizations"][0]["personas"]
    assert [(item["version"], item["background"]) for item in found["versions"]] == [
        (1, "1"),
        (2, "2"),
        (3, "3"),
    ]


# Ids


@given(
    st.lists(st.sampled_from(["given", "near", "made"]), min_size=1, max_size=8),
    st.integers(0, 3),
    st.data(),
)
def test_ids_given_and_ids_made_never_collide(
    kinds: list[str], random_seed: int, data: st.DataObject
) -> None:
    """Rule: whatever ids a world gives, those that are made differ. Source: the world format."""
    series = World(CATALOG.kinds, random_seed).ids
    first = int(series.of("here", "scenarios").make(), 16)
    given: set[str] = set()
    scenarios = []
    for number, kind in enumerate(kinds):
        item: Json = {"name": str(number), "versions": [dict(PLAN)]}
        for holder, key in ((item, "id"), (item["versions"][0], "_id")):
            offset = data.draw(st.integers(0, 20))
            id = data.draw(HEX) if kind == "given" else f"{first + offset:024x}"
            if kind != "made" and id not in given:
                given.add(id)
                holder[key] = id
        scenarios.append(item)
    world = filled(organization(scenarios=scenarios), random_seed)
    found = json.loads(dump(world))["organizations"][0]["scenarios"]
    ids = [id for item in found for id in (item["id"], item["versions"][0]["_id"])]
    assert len(set(ids)) == 2 * len(kinds)
    assert given <= set(ids)
    assert world.ids.of("here", "scenarios").make() not in ids


HEX = st.text("0123456789abcdef", min_size=24, max_size=24)

# Round trip

TEXT = st.text(max_size=20).map(lambda text: f"x{text}")
WORD = st.text(string.ascii_letters + string.digits + "_ äß漢", max_size=8).map("w{}".format)
VARIABLE = st.text(string.ascii_lowercase + string.digits + "_", min_size=1, max_size=8).map(
    "v{}".format
)
TIME = st.datetimes(datetime(2, 1, 1), timezones=st.just(UTC)).map(datetime.isoformat)
PERSON = st.fixed_dictionaries({"org_id": TEXT, "user_id": TEXT})
# PyYAML writes floats with an exponent that it reads back as text: plain ones only.
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from([0.5, -2.25]) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
CONDITION = st.one_of(
    st.fixed_dictionaries({"type": st.sampled_from(["Equals", "NotEquals"]), "value": VALUE}),
    st.fixed_dictionaries({"type": st.just("In"), "values": st.lists(VALUE, max_size=3)}),
)
GRANT = st.fixed_dictionaries(
    {"permission_name": TEXT},
    optional={"conditions": st.dictionaries(TEXT, CONDITION, max_size=2)},
)
ID = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="/?#"),
    min_size=1,
    max_size=8,
)
TAGS = st.dictionaries(WORD, WORD | st.none(), max_size=5)
RECORD = {
    "tags": TAGS,
    "is_deleted": st.booleans(),
    "created_at": TIME,
    "creator": PERSON,
    "updated_at": TIME,
    "updated_by": PERSON,
}
VERSION = {"created_at": TIME, "updated_at": TIME, "creator": PERSON}
PERSONA_VERSION = st.fixed_dictionaries(
    {"background": TEXT},
    optional={
        **VERSION,
        "preferred_language": st.sampled_from(["eng", "deu", "zho", None, {}]),
        "timezone": st.sampled_from(["UTC", "Europe/Vienna", "America/New_York", None, {}]),
        "user_models": st.lists(TEXT, max_size=2),
        "nonsensitive_user_variables": st.dictionaries(VARIABLE, TEXT | st.just(""), max_size=2),
        "sensitive_user_variables": st.dictionaries(VARIABLE, TEXT, max_size=2),
    },
)
SCENARIO_VERSION = st.fixed_dictionaries(
    {
        "objective": TEXT,
        "instructions": TEXT,
        "initial_message_type": st.sampled_from(["user-message", "external-event", "skip"]),
    },
    optional={**VERSION, "conversation_starts_at": TIME | st.none()},
)


def unique_names(items: list[Json]) -> list[Json]:
    return [{**item, "name": f"{number} {item['name']}"} for number, item in enumerate(items)]


def records(version: st.SearchStrategy[Json], **own: st.SearchStrategy[Any]) -> Any:
    versions = st.lists(version, min_size=1, max_size=3)
    item = st.fixed_dictionaries({"name": TEXT, "versions": versions, **own}, optional=RECORD)
    return st.lists(item, max_size=3).map(unique_names)


ORGANIZATION = st.fixed_dictionaries(
    {"id": ID},
    optional={
        "name": TEXT,
        "preferred_language": st.sampled_from(["eng", "deu", None]),
        "timezone": st.sampled_from(["UTC", "Asia/Tokyo", None]),
        "users": st.lists(
            st.fixed_dictionaries({"id": TEXT}, optional={"grants": st.lists(GRANT, max_size=2)}),
            max_size=2,
            unique_by=lambda user: str(user["id"]),
        ),
        "api_keys": st.lists(
            st.fixed_dictionaries({"id": TEXT, "key": TEXT}),
            max_size=2,
            unique_by=lambda key: str(key["id"]),
        ),
        "personas": records(PERSONA_VERSION, role=TEXT),
        "scenarios": records(SCENARIO_VERSION),
    },
)
WORLDS = st.fixed_dictionaries(
    {
        "organizations": st.lists(
            ORGANIZATION, min_size=1, max_size=2, unique_by=lambda item: str(item["id"])
        )
    }
)


@settings(deadline=None, max_examples=50)
@given(WORLDS)
def test_what_is_written_out_is_taken_back_as_it_is(document: Json) -> None:
    """Rule: dump, fill, dump: the same bytes. Source: the world format, in and out."""
    world = filled(document)
    written = dump(world)
    again = World(CATALOG.kinds, 99)
    fill(again, json.loads(written), datetime(2000, 1, 1, tzinfo=UTC))
    assert dump(again) == written
    assert dump(world.copy()) == written


@settings(deadline=None, max_examples=20)
@given(WORLDS)
def test_yaml_and_json_are_the_same_world(
    tmp_path_factory: pytest.TempPathFactory, document: Json
) -> None:
    """Rule: a world is one YAML or JSON document. Source: the world format."""
    folder = tmp_path_factory.mktemp("world")
    as_json, as_yaml = folder / "world.json", folder / "world.yaml"
    as_json.write_text(json.dumps(document), encoding="utf-8")
    as_yaml.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    assert dump(filled(as_json)) == dump(filled(as_yaml)) == dump(filled(document))


def test_times_in_yaml_may_be_times() -> None:
    """Rule: a YAML timestamp is a time like the text of it. Source: the world format."""
    text = (
        "organizations: [{id: here, scenarios: [{name: R, created_at: 2026-01-02T03:04:05Z, "
        "versions: [{objective: O, instructions: I, initial_message_type: skip}]}]}]"
    )
    (found,) = whole(yaml.safe_load(text))["organizations"][0]["scenarios"]
    assert found["created_at"] == "2026-01-02T03:04:05Z"


# What is refused


def changed(change: Callable[[Json], object]) -> Json:
    """A sound world with one thing changed in its organization."""
    persona, scenario = {**deepcopy(PERSONA), "tags": {}}, deepcopy(SCENARIO)
    users = [{"id": "u", "grants": [{"permission_name": "*", "conditions": {}}]}]
    keys = [{"id": "k", "key": "secret"}]
    document = organization(users=users, api_keys=keys, personas=[persona], scenarios=[scenario])
    change(document["organizations"][0])
    return document


def grant(conditions: Json) -> Json:
    return changed(lambda it: it["users"][0]["grants"][0].update(conditions=conditions))


def persona(**content: Any) -> Json:
    return changed(lambda it: it["personas"][0].update(content))


def version(**content: Any) -> Json:
    return changed(lambda it: it["personas"][0]["versions"][0].update(content))


WHO = {"org_id": "o", "user_id": "u"}

MISTAKES: dict[str, tuple[Any, str, str]] = {
    "nothing": ({}, "organizations", "Field required"),
    "no list": ({"organizations": "x"}, "organizations", "valid list"),
    "no mapping": ({"organizations": ["x"]}, "organizations.0", ""),
    "another field": (
        {"organizations": [{"id": "x"}], "organisations": []},
        "organisations",
        "did you mean 'organizations'?",
    ),
    "no id": ({"organizations": [{}]}, "organizations.0.id", "Field required"),
    "an id that no path can hold": (
        changed(lambda it: it.update(id="a/b")),
        "organizations.0.id",
        "",
    ),
    "two of one id": (
        {"organizations": [{"id": "here"}, {"id": "here"}]},
        "organizations.1.id",
        "'here'",
    ),
    "language": (
        changed(lambda it: it.update(preferred_language="xx")),
        "organizations.0.preferred_language",
        "",
    ),
    "no such language": (
        changed(lambda it: it.update(preferred_language="xxx")),
        "organizations.0.preferred_language",
        "ISO 639-3",
    ),
    "time zone": (
        changed(lambda it: it.update(timezone="Mars")),
        "organizations.0.timezone",
        "timezone",
    ),
    "unknown field": (
        changed(lambda it: it.update(persona=[])),
        "organizations.0.persona",
        "did you mean 'personas'?",
    ),
    "unknown field of a user": (
        changed(lambda it: it["users"][0].update(grant=[])),
        "organizations.0.users.0.grant",
        "did you mean 'grants'?",
    ),
    "unknown field of a key": (
        changed(lambda it: it["api_keys"][0].update(keys="x")),
        "organizations.0.api_keys.0.keys",
        "did you mean 'key'?",
    ),
    "unknown field of a grant": (
        changed(lambda it: it["users"][0]["grants"][0].update(condition={})),
        "organizations.0.users.0.grants.0.condition",
        "did you mean 'conditions'?",
    ),
    "unknown field of a condition": (
        grant({"role": {"type": "Equals", "value": 1, "values": []}}),
        "organizations.0.users.0.grants.0.conditions.role.values",
        "",
    ),
    "unknown field of a creator": (
        persona(creator={**WHO, "user": "u"}),
        "organizations.0.personas.0.creator.user",
        "",
    ),
    "unknown condition": (
        grant({"role": {"type": "Like", "value": "x"}}),
        "organizations.0.users.0.grants.0.conditions.role",
        "'Equals', 'NotEquals', 'In'",
    ),
    "a condition without its value": (
        grant({"role": {"type": "Equals"}}),
        "organizations.0.users.0.grants.0.conditions.role.value",
        "Field required",
    ),
    "two users of one id": (
        changed(lambda it: it["users"].append({"id": "u"})),
        "organizations.0.users.1.id",
        "'u'",
    ),
    "two keys of one id": (
        changed(lambda it: it["api_keys"].append({"id": "k", "key": "x"})),
        "organizations.0.api_keys.1.id",
        "'k'",
    ),
    "an empty key": (
        changed(lambda it: it["api_keys"][0].update(key="")),
        "organizations.0.api_keys.0.key",
        "",
    ),
    "unknown field of a persona": (
        persona(tag={}),
        "organizations.0.personas.0.tag",
        "did you mean 'tags'?",
    ),
    "a persona without versions": (
        persona(versions=[]),
        "organizations.0.personas.0.versions",
        "at least 1",
    ),
    "no role": (
        changed(lambda it: it["personas"][0].pop("role")),
        "organizations.0.personas.0.role",
        "Field required",
    ),
    "an empty name": (persona(name=" "), "organizations.0.personas.0.name", "at least 1"),
    "a name of another type": (persona(name=1), "organizations.0.personas.0.name", "string"),
    "too many tags": (
        persona(tags={f"t{number}": None for number in range(21)}),
        "organizations.0.personas.0.tags",
        "20",
    ),
    "a tag with other signs": (persona(tags={"a": "b!"}), "organizations.0.personas.0.tags.a", ""),
    "an id that is none": (persona(id="x"), "organizations.0.personas.0.id", ""),
    "a time without offset": (
        persona(created_at="2026-01-31T12:00:00"),
        "organizations.0.personas.0.created_at",
        "offset",
    ),
    "two of one name": (
        changed(lambda it: it["personas"].append({**PERSONA, "name": " Ann "})),
        "organizations.0.personas.1.name",
        "'Ann'",
    ),
    "two records of one id": (
        changed(
            lambda it: it.update(
                personas=[{**PERSONA, "id": "a" * 24}, {**PERSONA, "name": "B", "id": "a" * 24}]
            )
        ),
        "organizations.0.personas.1.id",
        "a" * 24,
    ),
    "two versions of one id": (
        persona(versions=[{"background": "x", "_id": "a" * 24}] * 2),
        "organizations.0.personas.0.versions.1._id",
        "a" * 24,
    ),
    "unknown field of a version": (
        version(user_model=[]),
        "organizations.0.personas.0.versions.0.user_model",
        "did you mean 'user_models'?",
    ),
    "a required field misspelt": (
        changed(lambda it: it["personas"][0].update(versions=[{"backgroud": "x"}])),
        "organizations.0.personas.0.versions.0.backgroud",
        "did you mean 'background'?",
    ),
    "a version's language": (
        version(preferred_language="xx"),
        "organizations.0.personas.0.versions.0.preferred_language",
        "",
    ),
    "a version's time zone": (
        version(timezone="Mars"),
        "organizations.0.personas.0.versions.0.timezone",
        "timezone",
    ),
    "a variable with other signs": (
        version(nonsensitive_user_variables={"A": "x"}),
        "organizations.0.personas.0.versions.0.nonsensitive_user_variables.A",
        "",
    ),
    "the number of another version": (
        version(version=2),
        "organizations.0.personas.0.versions.0.version",
        "1",
    ),
    "the version of another record": (
        version(simulation_persona_id="a" * 24),
        "organizations.0.personas.0.versions.0.simulation_persona_id",
        "",
    ),
    "the version of another organization": (
        version(org_id="there"),
        "organizations.0.personas.0.versions.0.org_id",
        "'here'",
    ),
    "an opening that there is not": (
        changed(lambda it: it["scenarios"][0]["versions"][0].update(initial_message_type="x")),
        "organizations.0.scenarios.0.versions.0.initial_message_type",
        "'user-message'",
    ),
    "a scenario with a role": (
        changed(lambda it: it["scenarios"][0].update(role="patient")),
        "organizations.0.scenarios.0.role",
        "no such field",
    ),
    "a key of another kind": ({"organizations": [{"id": "x"}], "": "x"}, "", ""),
}


@pytest.mark.parametrize(
    ("document", "path", "text"),
    MISTAKES.values(),
    ids=[name.replace(" ", "-") for name in MISTAKES],
)
def test_a_mistake_is_refused_with_its_path(document: Any, path: str, text: str) -> None:
    """Rule: one sentence says what was expected, or the nearest field; its place is known.

    Source: the world format.
    """
    with pytest.raises(BrokenWorld) as caught:
        filled(document)
    (mistake,) = caught.value.mistakes
    assert ".".join(map(str, mistake.place)) == path
    assert text in mistake.text
    assert mistake.text in str(caught.value)
    assert "\n" not in str(caught.value)


def nested(levels: int) -> dict[str, Any]:
    """A world with a condition whose value has so many levels."""
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    conditions = {"role": {"type": "Equals", "value": value}}
    grants = [{"permission_name": "*", "conditions": conditions}]
    return organization(roles=[{"name": "Deep", "permission_grants": grants}])


def test_a_file_holds_all_that_a_mapping_can(tmp_path: Path) -> None:
    """Rule: a file is as deep as a mapping may be. Source: the world format."""
    document = nested(100)
    path = tmp_path / "world.json"
    path.write_text(json.dumps(document))
    assert dump(filled(path)) == dump(filled(document))


def test_what_is_too_deep_in_a_file_is_told_as_in_a_mapping(tmp_path: Path) -> None:
    """Rule: what one parser of JSON refuses for its depth, the other one reads, so that the
    sentence names the place. Source: RFC 8259, which knows no limit.
    """
    path = tmp_path / "world.json"
    for levels in (101, 220):
        document = nested(levels)
        path.write_text(json.dumps(document))
        assert "role.value: Input should be JSON of at most 100 levels" in refused(document)
        said = f"world {path}" + refused(document).removeprefix("world")
        assert refused(path).replace(" (line 1)", "") == said


@pytest.mark.parametrize("name", [*MISTAKES, "half of a surrogate pair"])
def test_a_mistake_in_a_file_is_told_as_one_in_a_mapping(tmp_path: Path, name: str) -> None:
    """Rule: the sentence is the same, after the name of the file. Source: the world format."""
    half = persona(name="\ud800")
    document, *_ = MISTAKES.get(name, (half, "", ""))
    path = tmp_path / "world.json"
    path.write_text(json.dumps(document))
    said = f"world {path}" + refused(document).removeprefix("world")
    assert refused(path).replace(" (line 1)", "") == said


def test_a_mistake_of_form_is_told_before_others() -> None:
    """Rule: wherever it stands, a field that is not known or not valid is named before a name or
    a reference that cannot be. Source: the world format.
    """
    twice = {"id": "first", "personas": [PERSONA, PERSONA]}
    misspelt = {"id": "second", "scenarios": [{**SCENARIO, "tag": {}}]}
    said = refused({"organizations": [twice, misspelt]})
    assert said.startswith("world: scenario 'Refill' of organization 'second': tag: there is no")
    assert refused({"organizations": [twice]}).startswith("world: persona 'Ann': name: 'Ann' is")


def test_an_id_that_comes_later_is_not_made_before_it() -> None:
    """Rule: whatever ids a world gives, those that are made in the same list differ, though they
    are made first. Source: the world format.
    """
    (made,) = whole(organization(personas=[PERSONA]))["organizations"][0]["personas"]
    version = {**PERSONA["versions"][0], "_id": made["versions"][0]["_id"]}
    later = {**PERSONA, "name": "Bob", "id": made["id"], "versions": [version]}
    found = whole(organization(personas=[PERSONA, later]))["organizations"][0]["personas"]
    ids = [id for item in found for id in (item["id"], item["versions"][0]["_id"])]
    assert len(set(ids)) == 4


BROKEN_FILES = {
    "x.yaml": (b"organizations: [", "is not YAML"),
    "tab.yaml": (b"organizations:\n\t- id: x", "is not YAML"),
    "date.yaml": (b"organizations: 2026-99-99", "is not YAML"),
    "x.json": (b'{"organizations": [}', "is not JSON"),
    "list.yaml": (b"- a", "'organizations'"),
    "empty.yaml": (b"", "'organizations'"),
    "text.json": (b'"a"', "'organizations'"),
    "latin.yaml": (b"organizations: [{id: \xff}]", "cannot be read"),
    "deep.json": (b"[" * 200_000, "nested too deeply"),
    "field.yaml": (b"organizations: [{id: x, personen: []}]", "'x' (line 1): personen: "),
    "object.yaml": (b"organizations: !!python/object/apply:os.getcwd []", "is not YAML"),
}


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_broken_file_is_named(tmp_path: Path, name: str) -> None:
    """Rule: a broken world names its file, in one line. Source: the world format."""
    content, text = BROKEN_FILES[name]
    path = tmp_path / name
    path.write_bytes(content)
    said = refused(path)
    assert said.startswith(f"world {path}: ")
    assert text in said
    assert "\n" not in said


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Rule: a world that cannot be read names its file. Source: the world format."""
    assert refused(tmp_path / "x.yaml") == f"world {tmp_path / 'x.yaml'}: there is no such file"
    assert str(tmp_path) in refused(tmp_path)


@pytest.mark.parametrize("source", [5, b"organizations: []", [], None])
def test_a_world_is_a_file_or_a_mapping(source: object) -> None:
    """Rule: anything else is refused by its type. Source: the world format."""
    assert type(source).__name__ in refused(source)


@pytest.mark.parametrize("name", ["two of one name", "unknown field", "a persona without versions"])
def test_nothing_is_half_loaded(name: str) -> None:
    """Rule: of a broken world nothing is loaded. Source: the world format."""
    fake = Fake(CATALOG, Settings.of(seed=made_up(3, 3, 0)))
    before = fake.state()
    broken = deepcopy(MISTAKES[name][0])
    broken["organizations"].insert(0, {"id": "first", "personas": [PERSONA]})
    with pytest.raises(MockError):
        fake.seed(broken)
    with pytest.raises(MockError):
        put_organization(fake.world, broken["organizations"][1], NOW)
    assert fake.state() == before
    fake.reset()
    assert fake.state() == before


def test_a_world_without_an_organization_is_refused_everywhere() -> None:
    """Rule: a world in which nobody could sign in is refused alike, whichever way it comes. Source:
    every mistake in setting up has a sentence of its own.
    """
    empty: Json = {"organizations": []}
    sentence = "world: organizations: a world has at least one organization"
    assert refused(empty) == sentence
    with pytest.raises(MockError, match=sentence):
        AmigoMock(seed=empty)
    with AmigoMock() as mock, mock.client() as client:
        with pytest.raises(MockError, match=sentence):
            mock.seed(empty)
        for path in ("seed", "state"):
            answer = client.put(f"/_mock/{path}", json=empty)
            assert (answer.status_code, answer.json()) == (422, {"detail": sentence})
        answer = client.post("/_mock/tenants", json={"world": empty})
        assert (answer.status_code, answer.json()) == (422, {"detail": sentence})
        assert client.get(PERSONAS).status_code == 200


# The fixtures


def test_the_small_world_is_served_with_its_grants() -> None:
    """Rule: the second user sees patients only, and may create nothing. Source: grants."""
    with (
        AmigoMock(seed=FIXTURES / "small.yaml") as mock,
        mock.client() as client,
        mock.client("mock-reader") as reader,
    ):
        everyone = client.get(PERSONAS).json()["simulation_personas"]
        patients = reader.get(PERSONAS).json()["simulation_personas"]
        scenarios = reader.get(SCENARIOS).json()["simulation_scenarios"]
        refusal = reader.post(PERSONAS, json=payload("create-simulation-persona"))
    assert [item["role"] for item in everyone] == ["patient", "nurse"]
    assert [item["name"] for item in patients] == ["Confused New User"]
    assert len(scenarios) == 2
    assert refusal.status_code == 403


def test_the_small_world_comes_back_as_it_is() -> None:
    """Rule: dump, fill, dump: the same bytes. Source: the world format, in and out."""
    written = dump(filled(FIXTURES / "small.yaml"))
    assert dump(filled(json.loads(written))) == written


def test_the_large_world_can_be_served() -> None:
    """Rule: a thousand personas and three hundred scenarios are a world. Source: the format."""
    (found,) = whole(FIXTURES / "large.yaml")["organizations"]
    assert (len(found["personas"]), len(found["scenarios"])) == (1000, 300)


def payload(name: str) -> Json:
    found: Json = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("resource", ["persona", "scenario"])
def test_every_payload_is_accepted_in_strict_mode(strict: AmigoMock, resource: str) -> None:
    """Rule: the bodies under fixtures/payloads are complete ones. Source: the contract."""
    with strict.client() as client:
        base = f"/v1/mock-org/simulation/{resource}/"
        made = client.post(base, json=payload(f"create-simulation-{resource}"))
        id = made.json()[f"simulation_{resource}_id"]
        version = payload(f"create-simulation-{resource}-version")
        answers = [
            made,
            client.post(f"{base}{id}/", json=payload(f"update-simulation-{resource}")),
            client.post(f"{base}{id}/version/", json=version),
        ]
    assert [answer.status_code for answer in answers] == [201, 204, 201]


def test_every_payload_is_named_for_an_operation() -> None:
    """Rule: a payload is a body of the operation in its name. Source: fixtures/payloads."""
    found = sorted(path.stem for path in PAYLOADS.iterdir())
    resources, verbs = ["persona", "scenario"], ["create", "update"]
    expected = [f"{verb}-simulation-{resource}" for verb in verbs for resource in resources]
    expected += [f"create-simulation-{resource}-version" for resource in resources]
    assert found == sorted(expected)
