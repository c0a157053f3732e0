"""What personas and scenarios share when they are searched."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock import AmigoMock
from tests.support.kinds import PERSONA, SCENARIO, Resource, of_both
from tests.support.verbs import places
from tests.support.worlds import grant, put_organization, user

BEA = {"org_id": "mock-org", "user_id": "bea"}


@pytest.fixture
def library(client: httpx2.Client) -> None:
    """Some records of both kinds."""
    items: list[dict[str, Any]] = [
        {"name": "Confused New User", "tags": {"team": "blue", "level": None}},
        {"name": "confused and angry user", "tags": {"team": "red"}, "creator": BEA},
        {"name": "Angry Customer", "tags": {}},
        {"name": "ÉCOLE Straße", "tags": {}},
        {"name": "Confused Former User", "tags": {"team": "blue"}, "is_deleted": True},
    ]
    lists = {
        f"{resource.name}s": [resource.seed(**item) for item in items]
        for resource in (PERSONA, SCENARIO)
    }
    put_organization(client, user("bea"), **lists)


@of_both
@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("confused", ["Confused New User", "confused and angry user"]),
        ("user confused", ["Confused New User", "confused and angry user"]),
        ("angry user", ["confused and angry user"]),
        ("angry", ["confused and angry user", "Angry Customer"]),
        ("confused customer", []),
        ("nobody", []),
        ("confused nobody", []),
        # upper and lower case are one, in every script that has them
        ("CONFUSED uSER", ["Confused New User", "confused and angry user"]),
        ("école", ["ÉCOLE Straße"]),
        ("STRASSE", ["ÉCOLE Straße"]),
        # what is between the terms does not matter
        ("  new   user ", ["Confused New User"]),
        ("new, user!", ["Confused New User"]),
        ('"new" +user -', ["Confused New User"]),
        ("new\tuser\n", ["Confused New User"]),
        ("user user user new", ["Confused New User"]),
    ],
)
def test_all_terms_must_be_there(
    client: httpx2.Client, resource: Resource, query: str, names: list[str]
) -> None:
    """Rule: a record that has every term of the query is found, whatever the order and the case;
    a deleted one is not. Source: guide and reference for the terms; all of them, and without the
    deleted ones, by assumption.
    """
    assert resource.found(client, query) == names


@of_both
@pytest.mark.usefixtures("library")
def test_a_search_answers_with_records_alone(client: httpx2.Client, resource: Resource) -> None:
    """Rule: the answer has the records as the list shows them, and nothing else. Source: published
    document.
    """
    answer = client.get(resource.search, params={"query": "new"})
    listed = resource.page(client, "tag=level:")[resource.rows_field]
    assert answer.json() == {resource.rows_field: listed}
    assert "X-Amigo-Mock-Warning" not in answer.headers


@of_both
@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("creator=mock-org,bea", ["confused and angry user"]),
        ("creator=mock-org,mock-user", ["Confused New User"]),
        (
            "creator=mock-org,mock-user&creator=mock-org,bea",
            ["Confused New User", "confused and angry user"],
        ),
        ("creator=mock-org,nobody", []),
        ("tag=team:blue", ["Confused New User"]),
        ("tag=team:*", ["Confused New User", "confused and angry user"]),
        ("tag=level:", ["Confused New User"]),
        ("tag=team:*&tag=level:*", ["Confused New User"]),
        ("tag=team:red&tag=level:*", []),
        ("tag=team:red&creator=mock-org,bea", ["confused and angry user"]),
        ("tag=team:blue&creator=mock-org,bea", []),
    ],
)
def test_a_search_can_be_narrowed(
    client: httpx2.Client, resource: Resource, query: str, names: list[str]
) -> None:
    """Rule: `creator` and `tag` filter a search as they do a list. Source: published document."""
    answer = client.get(f"{resource.search}?query=confused&{query}")
    assert [row["name"] for row in answer.json()[resource.rows_field]] == names


@of_both
@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("query", ["is_deleted=true", "id=" + "0" * 24, "limit=1", "sort_by=-name"])
def test_a_search_has_no_other_filters(
    client: httpx2.Client, resource: Resource, query: str
) -> None:
    """Rule: what narrows a list but is not named for the search is passed over. Source: published
    document for the names; assumption for passing over.
    """
    answer = client.get(f"{resource.search}?query=confused&{query}")
    assert [row["name"] for row in answer.json()[resource.rows_field]] == [
        "Confused New User",
        "confused and angry user",
    ]


@of_both
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("creator=mock-user", "creator"),
        ("creator=a,b,c", "creator"),
        ("tag=team", "tag"),
        ("tag=:x", "tag"),
    ],
)
def test_malformed_filters_are_refused(
    client: httpx2.Client, resource: Resource, query: str, field: str
) -> None:
    """Rule: a filter that is not of its form is a 422. Source: published document."""
    answer = client.get(f"{resource.search}?query=x&{query}")
    assert places(answer) == [("string_pattern_mismatch", ["query", field, 0])]


@of_both
@pytest.mark.usefixtures("library")
def test_a_value_given_twice_is_a_stated_leniency(
    client: httpx2.Client, strict_client: httpx2.Client, resource: Resource
) -> None:
    """Rule: as in a list. Source: published document; leniency repeated-value."""
    query = "query=new&creator=mock-org,mock-user&creator=mock-org,mock-user"
    answer = client.get(f"{resource.search}?{query}")
    assert [row["name"] for row in answer.json()[resource.rows_field]] == ["Confused New User"]
    (warning,) = answer.headers.get_list("X-Amigo-Mock-Warning")
    assert warning.startswith("repeated-value: ")
    refused = strict_client.get(f"{resource.search}?{query}")
    assert places(refused) == [("not_published", ["query", "creator"])]


# The query itself


@of_both
@pytest.mark.parametrize("query", ["", " ", "\t\n", "\u2003"])
def test_a_query_must_not_be_empty(client: httpx2.Client, resource: Resource, query: str) -> None:
    """Rule: a query that is empty once stripped is a 422. Source: published document."""
    answer = client.get(resource.search, params={"query": query})
    assert places(answer) == [("string_too_short", ["query", "query"])]


@of_both
def test_a_query_is_required(client: httpx2.Client, resource: Resource) -> None:
    """Rule: no query is a 422. Source: published document."""
    assert places(client.get(resource.search)) == [("missing", ["query", "query"])]


@of_both
@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "query",
    [
        pytest.param(".*(", id="regular expression"),
        pytest.param("[a-z", id="broken regular expression"),
        pytest.param("\\", id="backslash"),
        pytest.param("%", id="wildcard of SQL"),
        pytest.param("'; DROP TABLE personas; --", id="SQL"),
        pytest.param('"unbalanced', id="quote"),
        pytest.param("AND OR NOT NEAR(", id="operators"),
        pytest.param("name:confused*", id="field and wildcard"),
        pytest.param("🎉", id="emoji"),
        pytest.param("王小明", id="Chinese"),
        pytest.param("العربية", id="Arabic"),
        pytest.param("e\u0301cole", id="combining accent"),
        pytest.param("a\u0000b", id="null"),
        pytest.param("\u202econfused", id="right to left"),
        pytest.param("+-!?", id="punctuation"),
        pytest.param("word " * 4000, id="very many words"),
        pytest.param("x" * 20000, id="very long word"),
    ],
)
def test_any_text_is_a_query(client: httpx2.Client, resource: Resource, query: str) -> None:
    """Rule: any text that is not blank is a query, if only one that finds nothing; nothing in it
    is an operator. Source: published document (a non-empty string, no more).
    """
    answer = client.get(resource.search, params={"query": query})
    assert (answer.status_code, list(answer.json())) == (200, [resource.rows_field])


@of_both
@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("query", [".*", "confus*", "c.nfused", "%", "*", "confus", "onfused"])
def test_a_term_stands_for_itself(client: httpx2.Client, resource: Resource, query: str) -> None:
    """Rule: no character stands for others, and a part of a word is not the word. Source:
    assumption (the documents speak of terms).
    """
    assert resource.found(client, query) == []


@of_both
def test_no_query_is_ever_an_error_of_the_server(running: AmigoMock, resource: Resource) -> None:
    """Rule: whatever the text, the search answers 200, or 422 if it is blank. Source: published
    document.
    """
    running.reset()
    running.rate_limits.enabled = False
    with running.client() as client:
        resource.create(client, "Confused New User")

        @settings(max_examples=30, deadline=None)
        @given(st.text(st.characters(codec="utf-8")))
        def check(query: str) -> None:
            status = client.get(resource.search, params={"query": query}).status_code
            assert status in (200, 422)
            if query.strip():
                assert status == 200
            if not query:
                assert status == 422

        check()


@of_both
def test_every_record_is_found_by_its_own_name(running: AmigoMock, resource: Resource) -> None:
    """Rule: a name that has a letter or a digit finds its record, in any case of its letters.
    Source: guide (a search matches the name).
    """
    running.reset()
    running.rate_limits.enabled = False
    word = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=6)
    with running.client() as client:

        @settings(max_examples=30, deadline=None)
        @given(st.lists(word, min_size=1, max_size=4).map(" ".join))
        def check(name: str) -> None:
            put_organization(client, **{f"{resource.name}s": [resource.seed(name)]})
            assert resource.found(client, name) == [name]
            assert resource.found(client, name.casefold()) == [name]

        check()


# Ranks


@of_both
def test_equal_matches_come_in_order_of_creation(client: httpx2.Client, resource: Resource) -> None:
    """Rule: the best match is first, equal ones are oldest first. Source: reference for the rank;
    assumption for what is equal.
    """
    names = ["user of old", "a user", "the user and the user", "no one", "user"]
    put_organization(client, **{f"{resource.name}s": [resource.seed(name) for name in names]})
    assert resource.found(client, "user") == [
        "the user and the user",
        "user of old",
        "a user",
        "user",
    ]


@of_both
def test_a_search_finds_50_at_most(client: httpx2.Client, resource: Resource) -> None:
    """Rule: the best 50 are answered, and there is no page after them. Source: guide."""
    names = [f"user {number}" for number in range(60)]
    seeds = [resource.seed(name) for name in [*names, "user user"]]
    put_organization(client, **{f"{resource.name}s": seeds})
    assert resource.found(client, "user") == ["user user", *names[:49]]
    answer = client.get(f"{resource.search}?query=user&continuation_token=50&limit=200")
    assert len(answer.json()[resource.rows_field]) == 50


@of_both
def test_the_50_are_those_that_the_caller_may_see(
    mock: AmigoMock, client: httpx2.Client, resource: Resource
) -> None:
    """Rule: what the caller may not see, what was deleted and what the filters leave out takes no
    place among the 50. Source: assumption.
    """
    hidden = [resource.seed(f"user user {number}") for number in range(30)]
    deleted = [resource.seed(f"user user user {n}", is_deleted=True) for n in range(30)]
    seen = [resource.seed(f"user {number}", tags={"team": "blue"}) for number in range(52)]
    team = {"tags.team": {"type": "Equals", "value": "blue"}}
    put_organization(
        client,
        user("bea", grant(resource.permission("Get"), **team)),
        **{f"{resource.name}s": [*hidden, *deleted, *seen]},
    )
    expected = [f"user {number}" for number in range(50)]
    with mock.client(user="bea") as bea:
        assert resource.found(bea, "user") == expected
    assert resource.found(client, "user", tag="team:*") == expected


# What is written


@of_both
def test_a_search_follows_what_is_written(
    mock: AmigoMock, client: httpx2.Client, resource: Resource
) -> None:
    """Rule: a record is found as soon as it is there, not after it was deleted, and again under
    the same name; a reset forgets it. Source: published document.
    """
    assert resource.found(client, "ann") == []
    ids = [resource.create(client, f"Ann {number}") for number in range(3)]
    assert resource.found(client, "ann") == ["Ann 0", "Ann 1", "Ann 2"]
    resource.delete(client, ids[1])
    assert resource.found(client, "ann") == ["Ann 0", "Ann 2"]
    client.post(resource.item(ids[2]), json={"tags": {"team": "blue"}})
    resource.add_version(client, ids[0])
    assert resource.found(client, "ann") == ["Ann 0", "Ann 2"]
    assert resource.found(client, "ann", tag="team:blue") == ["Ann 2"]
    resource.create(client, "Ann 1")
    assert resource.found(client, "ann") == ["Ann 0", "Ann 2", "Ann 1"]
    mock.reset()
    assert resource.found(client, "ann") == []


@of_both
def test_tags_are_not_searched(client: httpx2.Client, resource: Resource) -> None:
    """Rule: only what the documents name is searched. Source: guide and reference."""
    resource.create(client, "Ann", tags={"confused": "user"})
    assert resource.found(client, "confused") == []
    assert resource.found(client, "user") == []
