"""What is the personas' own: role, background, language, time zone, variables."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from tests.support.bodies import persona_version
from tests.support.kinds import PERSONA
from tests.support.verbs import places
from tests.support.worlds import put_organization

LANGUAGE, TIMEZONE = "preferred_language", "timezone"
OPTIONAL = ("user_models", "nonsensitive_user_variables", "sensitive_user_variables")


def only(body: dict[str, Any], *left_out: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in left_out}


def versions(client: httpx2.Client, id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(PERSONA.versions(id)).json()[PERSONA.versions_field]
    return found


def latest(client: httpx2.Client, id: str) -> dict[str, Any]:
    return versions(client, id)[-1]


def both_ways(client: httpx2.Client, content: Any) -> list[httpx2.Response]:
    """The answers to this content in a new persona and in a new version."""
    id = PERSONA.create(client, f"Persona {len(PERSONA.names(client))}")
    return [
        client.post(PERSONA.path, json=PERSONA.body("New", initial_version=content)),
        client.post(PERSONA.versions(id), json=content),
    ]


def refused(client: httpx2.Client, content: Any) -> tuple[str, list[str | int]]:
    """What both ways find wrong with this content, and where inside of it."""
    created, versioned = (places(answer) for answer in both_ways(client, content))
    ((kind, place),) = created
    assert place[:2] == ["body", "initial_version"]
    assert versioned == [(kind, ["body", *place[2:]])]
    assert "New" not in PERSONA.names(client)
    return kind, place[2:]


def stored(client: httpx2.Client, content: dict[str, Any]) -> dict[str, Any]:
    """What both ways make of this content."""
    created, versioned = both_ways(client, content)
    assert (created.status_code, versioned.status_code) == (201, 201)
    first = latest(client, created.json()["simulation_persona_id"])
    second = latest(client, PERSONA.page(client)[PERSONA.rows_field][0]["id"])
    own = persona_version().keys()
    assert {name: first[name] for name in own} == {name: second[name] for name in own}
    return {name: first[name] for name in own}


# Text


def test_a_role_is_stripped_and_kept(client: httpx2.Client) -> None:
    """Rule: white space around a role is cut off; upper and lower case stay. Source: published
    document.
    """
    id = PERSONA.create(client, role=" Care Giver\n")
    assert PERSONA.get(client, id)["role"] == "Care Giver"


@pytest.mark.parametrize(
    ("role", "finding"),
    [
        ("", "string_too_short"),
        (" \n", "string_too_short"),
        (None, "string_type"),
        (1, "string_type"),
    ],
)
def test_a_role_must_be_text(client: httpx2.Client, role: Any, finding: str) -> None:
    """Rule: a role is text that is not blank, else 422. Source: published document."""
    answer = client.post(PERSONA.path, json=PERSONA.body(role=role))
    assert places(answer) == [(finding, ["body", "role"])]


def test_a_background_is_stripped(client: httpx2.Client) -> None:
    """Rule: white space around a background is cut off, inside of it it stays. Source: published
    document.
    """
    assert stored(client, persona_version(background="\n A.\n\nB. \t"))["background"] == "A.\n\nB."


@pytest.mark.parametrize(
    ("background", "finding"),
    [
        ("", "string_too_short"),
        ("\t ", "string_too_short"),
        (None, "string_type"),
        ([], "string_type"),
    ],
)
def test_a_background_must_be_text(client: httpx2.Client, background: Any, finding: str) -> None:
    """Rule: a background is text that is not blank, else 422. Source: published document."""
    content = persona_version(background=background)
    assert refused(client, content) == (finding, ["background"])


def test_a_background_is_required(client: httpx2.Client) -> None:
    """Rule: without a background it is a 422. Source: published document."""
    content = only(persona_version(), "background")
    assert refused(client, content) == ("missing", ["background"])


def test_an_initial_version_is_an_object(client: httpx2.Client) -> None:
    """Rule: anything else is a 422. Source: published document."""
    answer = client.post(PERSONA.path, json=PERSONA.body(initial_version="x"))
    assert places(answer) == [("model_attributes_type", ["body", "initial_version"])]


# Language and time zone


@pytest.mark.parametrize("language", ["eng", "deu", "zul", "cmn", "tlh"])
def test_languages(client: httpx2.Client, language: str) -> None:
    """Rule: a language is an ISO 639-3 code. Source: published document."""
    assert stored(client, persona_version(preferred_language=language))[LANGUAGE] == language


@pytest.mark.parametrize(
    ("language", "finding"),
    [
        ("en", "string_too_short"),
        ("", "string_too_short"),
        ("engl", "string_too_long"),
        ("English", "string_too_long"),
        ("ENG", "ISO649_3"),
        ("Eng", "ISO649_3"),
        ("xxx", "ISO649_3"),
        ("ger", "ISO649_3"),
        ("en ", "ISO649_3"),
        (5, "string_type"),
        (["eng"], "string_type"),
    ],
)
def test_other_languages_are_refused(client: httpx2.Client, language: Any, finding: str) -> None:
    """Rule: a code of another standard, or in capitals, is a 422 that points at the field. Source:
    published document (the list of codes).
    """
    for answer in both_ways(client, persona_version(preferred_language=language)):
        found = dict(places(answer))
        assert finding in found
        assert all(LANGUAGE in place for place in found.values())


@pytest.mark.parametrize(
    "timezone", ["UTC", "Europe/Vienna", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "localtime"]
)
def test_timezones(client: httpx2.Client, timezone: str) -> None:
    """Rule: a time zone is a name of the IANA data base. Source: published document."""
    assert stored(client, persona_version(timezone=timezone))[TIMEZONE] == timezone


@pytest.mark.parametrize(
    ("timezone", "finding"),
    [
        ("", "string_too_short"),
        ("Europe/Atlantis", "TimeZoneName"),
        ("europe/vienna", "TimeZoneName"),
        ("+01:00", "TimeZoneName"),
        (" UTC", "TimeZoneName"),
        ("../../etc/passwd", "TimeZoneName"),
        (1, "string_type"),
    ],
)
def test_other_timezones_are_refused(client: httpx2.Client, timezone: Any, finding: str) -> None:
    """Rule: any other text is a 422 that points at the field. Source: published document (the list
    of names).
    """
    for answer in both_ways(client, persona_version(timezone=timezone)):
        found = dict(places(answer))
        assert finding in found
        assert all(TIMEZONE in place for place in found.values())


NOT_SET = pytest.mark.parametrize(
    "changes",
    [
        pytest.param({LANGUAGE: None, TIMEZONE: None, "absent": True}, id="absent"),
        pytest.param({LANGUAGE: {}, TIMEZONE: {}}, id="empty object"),
    ],
)


def not_set(changes: dict[str, Any]) -> dict[str, Any]:
    if "absent" in changes:
        return only(persona_version(), LANGUAGE, TIMEZONE)
    return persona_version(**changes)


@NOT_SET
def test_what_is_not_set_is_the_organizations(
    client: httpx2.Client, changes: dict[str, Any]
) -> None:
    """Rule: absent or `{}` means the organization's language and time zone. Source: reference."""
    put_organization(client, preferred_language="deu", timezone="Europe/Vienna")
    found = stored(client, not_set(changes))
    assert (found[LANGUAGE], found[TIMEZONE]) == ("deu", "Europe/Vienna")


@NOT_SET
def test_what_is_not_set_anywhere(client: httpx2.Client, changes: dict[str, Any]) -> None:
    """Rule: if the organization has none either, the language is left to the agent and the time
    zone is UTC. Source: reference; that the former is stored as null, by assumption.
    """
    found = stored(client, not_set(changes))
    assert (found[LANGUAGE], found[TIMEZONE]) == (None, "UTC")


def test_null_is_set(client: httpx2.Client) -> None:
    """Rule: null is stored as null, whatever the organization has. Source: published document
    (null beside not set).
    """
    put_organization(client, preferred_language="deu", timezone="Europe/Vienna")
    found = stored(client, persona_version(preferred_language=None, timezone=None))
    assert (found[LANGUAGE], found[TIMEZONE]) == (None, None)


def test_one_may_be_set_without_the_other(client: httpx2.Client) -> None:
    """Rule: language and time zone do not depend on each other. Source: published document."""
    put_organization(client, preferred_language="deu", timezone="Europe/Vienna")
    found = stored(client, persona_version(preferred_language="eng", timezone={}))
    assert (found[LANGUAGE], found[TIMEZONE]) == ("eng", "Europe/Vienna")


def test_an_object_with_something_in_it_is_not_set_too(client: httpx2.Client) -> None:
    """Rule: what "not set" has in it is passed over, like any unknown field. Source: published
    document (an object without properties, not closed).
    """
    assert stored(client, persona_version(timezone={"x": 1}))[TIMEZONE] == "UTC"


def test_a_default_is_settled_when_the_version_is_made(client: httpx2.Client) -> None:
    """Rule: a version never changes: it keeps the default of its day. Source: guide (versions
    preserve history).
    """
    content = only(persona_version(), LANGUAGE, TIMEZONE)
    body = PERSONA.body(initial_version=content)
    id = client.post(PERSONA.path, json=body).json()["simulation_persona_id"]
    first = latest(client, id)
    seed = PERSONA.seed("Ann", id=id, versions=[content])
    put_organization(client, preferred_language="deu", timezone="Europe/Vienna", personas=[seed])
    client.post(PERSONA.versions(id), json=content)
    assert (first[LANGUAGE], first[TIMEZONE]) == (None, "UTC")
    assert (latest(client, id)[LANGUAGE], latest(client, id)[TIMEZONE]) == ("deu", "Europe/Vienna")


# Models and variables


def test_models_and_variables_are_stored(client: httpx2.Client) -> None:
    """Rule: user models are text, stripped; variables are text as it is, sensitive or not. Source:
    published document.
    """
    content = persona_version(
        user_models=[" Prefers short answers. ", "x", "x"],
        nonsensitive_user_variables={"plan": " basic ", "_x1": ""},
        sensitive_user_variables={" pin ": "1234"},
    )
    found = stored(client, content)
    assert found["user_models"] == ["Prefers short answers.", "x", "x"]
    assert found["nonsensitive_user_variables"] == {"plan": " basic ", "_x1": ""}
    assert found["sensitive_user_variables"] == {"pin": "1234"}


@pytest.mark.parametrize(
    ("models", "finding", "place"),
    [
        ([""], "string_too_short", [0]),
        (["x", " "], "string_too_short", [1]),
        (["x", None], "string_type", [1]),
        ([1], "string_type", [0]),
        ("x", "list_type", []),
        (None, "list_type", []),
        ({}, "list_type", []),
    ],
)
def test_broken_models_are_refused(
    client: httpx2.Client, models: Any, finding: str, place: list[int]
) -> None:
    """Rule: a user model is text that is not blank, else 422. Source: published document."""
    content = persona_version(user_models=models)
    assert refused(client, content) == (finding, ["user_models", *place])


@pytest.mark.parametrize("field", ["nonsensitive_user_variables", "sensitive_user_variables"])
@pytest.mark.parametrize(
    ("variables", "finding", "place"),
    [
        ({f"key_{number}": "" for number in range(21)}, "too_long", []),
        ({"Plan": "x"}, "string_pattern_mismatch", ["Plan", "[key]"]),
        ({"1x": "x"}, "string_pattern_mismatch", ["1x", "[key]"]),
        ({"a-b": "x"}, "string_pattern_mismatch", ["a-b", "[key]"]),
        ({"a b": "x"}, "string_pattern_mismatch", ["a b", "[key]"]),
        ({"a": "x"}, "string_pattern_mismatch", ["a", "[key]"]),
        ({"": "x"}, "string_too_short", ["", "[key]"]),
        ({"plan": None}, "string_type", ["plan"]),
        ({"plan": 1}, "string_type", ["plan"]),
        ([], "dict_type", []),
        (None, "dict_type", []),
    ],
    ids=lambda value: str(value)[:30],
)
def test_broken_variables_are_refused(
    client: httpx2.Client, field: str, variables: Any, finding: str, place: list[str]
) -> None:
    """Rule: up to 20 variables; a key is lower-case letters, digits and underscores, two at least,
    no digit first; a value is text. Else 422. Source: published document.
    """
    content = persona_version(**{field: variables})
    assert refused(client, content) == (finding, [field, *place])


@pytest.mark.parametrize("field", ["nonsensitive_user_variables", "sensitive_user_variables"])
def test_twenty_variables(client: httpx2.Client, field: str) -> None:
    """Rule: 20 are not too many. Source: published document."""
    variables = {f"key_{number}": str(number) for number in range(20)}
    assert stored(client, persona_version(**{field: variables}))[field] == variables


@pytest.mark.parametrize(
    "left_out", [OPTIONAL, *[(field,) for field in OPTIONAL]], ids=lambda fields: "+".join(fields)
)
def test_what_the_guide_leaves_out_is_a_stated_leniency(
    client: httpx2.Client, strict_client: httpx2.Client, left_out: tuple[str, ...]
) -> None:
    """Rule: user models and variables may be left out, and are then empty; the answer carries one
    warning. In strict mode they are missing. Source: guide against published document; leniency
    version-variables.
    """
    content = only(persona_version(), *left_out)
    for answer in both_ways(client, content):
        assert answer.status_code == 201
        (warning,) = answer.headers.get_list("X-Amigo-Mock-Warning")
        assert warning.startswith("version-variables: ")
    found = latest(client, PERSONA.page(client)[PERSONA.rows_field][0]["id"])
    empty: dict[str, Any] = {name: [] if name == "user_models" else {} for name in left_out}
    assert {name: found[name] for name in left_out} == empty
    for answer in both_ways(strict_client, content):
        assert [kind for kind, _ in places(answer)] == ["missing"] * len(left_out)
        assert sorted(str(place[-1]) for _, place in places(answer)) == sorted(left_out)


def test_a_complete_body_needs_no_leniency(
    client: httpx2.Client, strict_client: httpx2.Client
) -> None:
    """Rule: what the contract asks for is taken without a warning, in strict mode too. Source:
    published document.
    """
    for answer in both_ways(client, persona_version()) + both_ways(
        strict_client, persona_version()
    ):
        assert (answer.status_code, "X-Amigo-Mock-Warning" in answer.headers) == (201, False)


def test_a_refused_body_carries_no_warning(client: httpx2.Client) -> None:
    """Rule: only a lenient answer says so. Source: the table of leniencies."""
    answer = client.post(PERSONA.path, json=PERSONA.body(initial_version={}))
    assert places(answer) == [("missing", ["body", "initial_version", "background"])]
    assert "X-Amigo-Mock-Warning" not in answer.headers


# Roles in lists and searches


@pytest.fixture
def cast(client: httpx2.Client) -> None:
    """Three roles."""
    roles = {"Ann": "patient", "Bob": "doctor", "Cid": "patient", "Dan": "care giver"}
    seeds = [PERSONA.seed(name, role=role) for name, role in roles.items()]
    put_organization(client, personas=seeds)


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("role=patient", ["Ann", "Cid"]),
        ("role=doctor", ["Bob"]),
        ("role=care%20giver", ["Dan"]),
        ("role=care+giver", ["Dan"]),
        ("role=doctor&role=patient", ["Ann", "Bob", "Cid"]),
        ("role=doctor&role=nobody", ["Bob"]),
        ("role=nobody", []),
        ("role=Patient", []),
        ("role=pat", []),
        ("role=", []),
        ("role=patient&sort_by=-name", ["Cid", "Ann"]),
        ("role=patient&limit=1", ["Ann"]),
        ("role=patient&limit=1&continuation_token=1", ["Cid"]),
    ],
)
def test_roles_filter_a_list(client: httpx2.Client, query: str, names: list[str]) -> None:
    """Rule: `role` is any of the given, exactly. Source: guide, reference."""
    assert PERSONA.names(client, query) == names


@pytest.mark.usefixtures("cast")
def test_roles_filter_a_search(client: httpx2.Client) -> None:
    """Rule: the same for a search. Source: guide, reference."""
    query = f"{PERSONA.search}?query=calls"
    for roles, names in (
        ("", ["Ann", "Bob", "Cid", "Dan"]),
        ("&role=patient", ["Ann", "Cid"]),
        ("&role=doctor&role=care%20giver", ["Bob", "Dan"]),
        ("&role=nobody", []),
    ):
        rows = client.get(query + roles).json()[PERSONA.rows_field]
        assert [row["name"] for row in rows] == names


@pytest.mark.usefixtures("cast")
def test_roles_are_filter_values(client: httpx2.Client) -> None:
    """Rule: the first page names every role once. Source: published document; sorted by
    assumption.
    """
    page = PERSONA.page(client, "role=doctor&limit=1")
    assert page["filter_values"]["roles"] == ["care giver", "doctor", "patient"]
    assert sorted(page["filter_values"]) == ["creators", "roles", "tags"]


@pytest.mark.parametrize("path", [f"{PERSONA.path}?", f"{PERSONA.search}?query=x&"])
def test_a_role_given_twice_is_a_stated_leniency(
    client: httpx2.Client, strict_client: httpx2.Client, path: str
) -> None:
    """Rule: as for the other filters. Source: published document; leniency repeated-value."""
    query = f"{path}role=patient&role=patient"
    (warning,) = client.get(query).headers.get_list("X-Amigo-Mock-Warning")
    assert warning.startswith("repeated-value: ")
    assert places(strict_client.get(query)) == [("not_published", ["query", "role"])]
    assert strict_client.get(f"{path}role=patient&role=doctor").status_code == 200


# Search


def described(client: httpx2.Client, **backgrounds: str | list[str]) -> None:
    """Put personas of these names, with the backgrounds of their versions, in their order."""
    seeds = [
        PERSONA.seed(
            name.replace("_", " "),
            versions=[
                persona_version(background=text)
                for text in ([texts] if isinstance(texts, str) else texts)
            ],
        )
        for name, texts in backgrounds.items()
    ]
    put_organization(client, personas=seeds)


def test_a_search_reads_name_and_background(client: httpx2.Client) -> None:
    """Rule: a term may be in the name or in the background, and each in another one. Source:
    guide.
    """
    described(client, Ann="Fears new apps.", Bob="Likes new apps.", Ann_Old="Has no phone.")
    assert PERSONA.found(client, "apps") == ["Ann", "Bob"]
    assert PERSONA.found(client, "ann") == ["Ann", "Ann Old"]
    assert PERSONA.found(client, "ANN APPS") == ["Ann"]
    assert PERSONA.found(client, "bob phone") == []


def test_the_name_weighs_more(client: httpx2.Client) -> None:
    """Rule: a match in the name comes before one in the background, and both together before
    either. Source: reference (sorted by relevance); assumption for what is relevant.
    """
    described(
        client,
        Ann="A confused user.",
        Bob="Confused, so confused.",
        Confused_Cid="Calm.",
        Confused_Dan="Confused.",
    )
    assert PERSONA.found(client, "confused") == ["Confused Dan", "Confused Cid", "Bob", "Ann"]


def test_only_the_latest_background_is_searched(client: httpx2.Client) -> None:
    """Rule: what an earlier version said does not count any more. Source: guide."""
    described(client, Ann=["Young.", "Old."], Bob="Young.")
    assert PERSONA.found(client, "young") == ["Bob"]
    assert PERSONA.found(client, "old") == ["Ann"]


def test_a_new_version_changes_what_is_found(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a search sees a new version at once, also one after another search. Source: guide."""
    id = PERSONA.create(client, initial_version=persona_version(background="Young."))
    assert PERSONA.found(client, "young") == ["Ann"]
    PERSONA.add_version(client, id, background="Middle-aged.")
    assert (PERSONA.found(client, "young"), PERSONA.found(client, "aged")) == ([], ["Ann"])
    PERSONA.add_version(client, id, background="Old.")
    assert (PERSONA.found(client, "middle"), PERSONA.found(client, "old")) == ([], ["Ann"])
    assert (PERSONA.found(client, "ann middle"), PERSONA.found(client, "old new")) == ([], [])
    client.post(PERSONA.item(id), json={"tags": {"team": "blue"}})
    assert PERSONA.found(client, "ann old", tag="team:blue") == ["Ann"]
    PERSONA.delete(client, id)
    assert PERSONA.found(client, "ann") == []


def test_nothing_else_is_searched(client: httpx2.Client) -> None:
    """Rule: neither role nor language nor models nor variables. Source: guide."""
    content = persona_version(
        user_models=["modelword"],
        nonsensitive_user_variables={"keyword": "valueword"},
        sensitive_user_variables={"secretkey": "secretword"},
    )
    PERSONA.create(client, role="roleword", initial_version=content)
    for word in ("roleword", "eng", "Vienna", "modelword", "valueword", "secretword", "mock"):
        assert PERSONA.found(client, word) == []
    assert PERSONA.found(client, "calls") == ["Ann"]
