"""What personas and scenarios share when they are listed: pages, filters, orders."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock import AmigoMock
from tests.support.kinds import PERSONA, SCENARIO, Resource, of_both
from tests.support.paths import NOBODY
from tests.support.verbs import places
from tests.support.worlds import FROZEN, grant, put_organization, user

ME = {"org_id": "mock-org", "user_id": "mock-user"}
BEA = {"org_id": "mock-org", "user_id": "bea"}


def fill(client: httpx2.Client, resource: Resource, count: int) -> list[str]:
    """Put so many records into the organization; their names, in order of creation."""
    names = [f"Record {number:03}" for number in range(count)]
    put_organization(client, **{f"{resource.name}s": [resource.seed(name) for name in names]})
    return names


def outline(page: dict[str, Any], resource: Resource) -> tuple[int, bool, int | None, bool]:
    """Length, `has_more`, token, and whether there are filter values."""
    return (
        len(page[resource.rows_field]),
        page["has_more"],
        page["continuation_token"],
        page["filter_values"] is not None,
    )


# Pages


@of_both
def test_an_empty_list(client: httpx2.Client, resource: Resource) -> None:
    """Rule: without records there is an empty first page. Source: published document."""
    assert resource.page(client) == {
        resource.rows_field: [],
        "has_more": False,
        "continuation_token": None,
        "filter_values": {
            "creators": [],
            "tags": [],
            **({"roles": []} if resource is PERSONA else {}),
        },
    }


@of_both
def test_a_limit_of_0(client: httpx2.Client, resource: Resource) -> None:
    """Rule: 0 is a limit: an empty page that says whether there is anything. Source: published
    document for the bound; assumption for the token, which stays where it is.
    """
    assert outline(resource.page(client, "limit=0"), resource) == (0, False, None, True)
    fill(client, resource, 3)
    assert outline(resource.page(client, "limit=0"), resource) == (0, True, 0, True)
    page = resource.page(client, "limit=0&continuation_token=2")
    assert outline(page, resource) == (0, True, 2, False)
    page = resource.page(client, "limit=0&continuation_token=3")
    assert outline(page, resource) == (0, False, None, False)


@of_both
def test_a_page_that_fits_exactly_is_the_last(client: httpx2.Client, resource: Resource) -> None:
    """Rule: `has_more` is about records, not about pages. Source: published document."""
    fill(client, resource, 4)
    assert outline(resource.page(client, "limit=4"), resource) == (4, False, None, True)
    page = resource.page(client, "limit=2&continuation_token=2")
    assert outline(page, resource) == (2, False, None, False)


@of_both
@pytest.mark.parametrize("token", [3, 1000, 2**63 - 1, 10**30])
@pytest.mark.parametrize(
    "filters",
    [
        "",
        "sort_by=-updated_at",
        "is_deleted=false",
        "is_deleted=false&creator=mock-org,mock-user",
        "is_deleted=false&creator=mock-org,mock-user&sort_by=-updated_at",
    ],
)
def test_a_token_past_the_end_is_an_empty_page(
    client: httpx2.Client, resource: Resource, token: int, filters: str
) -> None:
    """Rule: past the end there is nothing, however far past and whatever the filters. Source:
    assumption.
    """
    fill(client, resource, 3)
    page = resource.page(client, f"continuation_token={token}&{filters}")
    assert outline(page, resource) == (0, False, None, False)


@of_both
def test_a_limited_caller_may_go_past_the_end_too(
    mock: AmigoMock, client: httpx2.Client, resource: Resource
) -> None:
    """Rule: the same for a caller who sees a part of the list. Source: assumption."""
    id = resource.create(client)
    name = {"type": "Equals", "value": "Ann"}
    put_organization(
        client,
        user("bea", grant(resource.permission("Get"), name=name)),
        **{f"{resource.name}s": [resource.seed("Ann", id=id), resource.seed("Bob")]},
    )
    with mock.client(user="bea") as bea:
        assert resource.names(bea) == ["Ann"]
        for token in (1, 2, 2**63, 10**30):
            page = resource.page(bea, f"continuation_token={token}")
            assert outline(page, resource) == (0, False, None, False)


@of_both
@pytest.mark.parametrize("token", ["x", "", "1.5", "null"])
def test_a_token_is_an_integer(client: httpx2.Client, resource: Resource, token: str) -> None:
    """Rule: anything else is a 422. Source: published document."""
    answer = client.get(resource.path, params={"continuation_token": token})
    assert places(answer) == [("int_parsing", ["query", "continuation_token"])]


@of_both
def test_a_parameter_given_twice_has_its_last_value(
    client: httpx2.Client, resource: Resource
) -> None:
    """Rule: where there is one value, the last one counts. Source: assumption (the service's
    framework does so).
    """
    fill(client, resource, 3)
    assert len(resource.names(client, "limit=1&limit=2")) == 2


@of_both
def test_unknown_parameters_are_passed_over(client: httpx2.Client, resource: Resource) -> None:
    """Rule: a parameter that no document names changes nothing. Source: assumption (the service's
    framework does so).
    """
    names = fill(client, resource, 3)
    assert resource.names(client, "name=Nobody&offset=2&page=7&Limit=1") == names


# Filter values


@of_both
def test_filter_values_are_taken_over_everything(
    mock: AmigoMock, client: httpx2.Client, resource: Resource
) -> None:
    """Rule: the first page says what the filters can be set to, each value once, over all records
    whatever the filters and whatever the caller may see; of tags, the keys. Source: published
    document; sorted, and deleted records included, by assumption.
    """
    put_organization(
        client,
        user("bea", grant("*", name={"type": "Equals", "value": "Nobody"})),
        **{
            f"{resource.name}s": [
                resource.seed("Ann", tags={"team": "blue", "level": None}),
                resource.seed("Bob", tags={"team": "red"}, creator=BEA),
                resource.seed("Cid", tags={"gone": "yes"}, is_deleted=True),
            ]
        },
    )
    expected = {"creators": [BEA, ME], "tags": ["gone", "level", "team"]}
    queries = ["", "is_deleted=true", "tag=team:red", f"id={NOBODY}", "limit=1", "limit=0"]
    for query in queries:
        found = resource.page(client, query)["filter_values"]
        assert {name: found[name] for name in expected} == expected
    with mock.client(user="bea") as bea:
        page = resource.page(bea)
        assert page[resource.rows_field] == []
        assert {name: page["filter_values"][name] for name in expected} == expected


@of_both
def test_filter_values_follow_what_is_written(client: httpx2.Client, resource: Resource) -> None:
    """Rule: a tag that no record has any more is not a value any more. Source: published
    document.
    """
    ann = resource.create(client, "Ann", tags={"team": "blue", "level": "low"})
    resource.create(client, "Bob", tags={"team": "red"})
    assert resource.page(client)["filter_values"]["tags"] == ["level", "team"]
    client.post(resource.item(ann), json={"tags": {"new": None}})
    assert resource.page(client)["filter_values"]["tags"] == ["new", "team"]


# Filters


@pytest.fixture
def three(client: httpx2.Client) -> None:
    """Ann, Bob and the deleted Cid, of both kinds."""
    lists = {
        f"{resource.name}s": [
            resource.seed("Ann", id=f"{1:024x}", tags={"team": "blue", "level": None}),
            resource.seed("Bob", id=f"{2:024x}", tags={"team": "red", "level": "1"}, creator=BEA),
            resource.seed("Cid", id=f"{3:024x}", tags={"team": None}, is_deleted=True),
        ]
        for resource in (PERSONA, SCENARIO)
    }
    put_organization(client, user("bea"), **lists)


ANN, BOB, CID = (f"{number:024x}" for number in (1, 2, 3))


@of_both
@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Ann", "Bob", "Cid"]),
        # id: any of them, in order of creation
        (f"id={BOB}", ["Bob"]),
        (f"id={CID}&id={ANN}", ["Ann", "Cid"]),
        (f"id={NOBODY}", []),
        (f"id={NOBODY}&id={BOB}", ["Bob"]),
        # is_deleted: absent means both
        ("is_deleted=true", ["Cid"]),
        ("is_deleted=false", ["Ann", "Bob"]),
        # creator: any of them
        ("creator=mock-org,mock-user", ["Ann", "Cid"]),
        ("creator=mock-org%2Cbea", ["Bob"]),
        ("creator=mock-org,bea&creator=mock-org,mock-user", ["Ann", "Bob", "Cid"]),
        ("creator=mock-org,nobody", []),
        ("creator=other-org,bea", []),
        ("creator=mock-org,nobody&creator=mock-org,bea", ["Bob"]),
        # tag: all of them
        ("tag=team:blue", ["Ann"]),
        ("tag=team:*", ["Ann", "Bob", "Cid"]),
        ("tag=team:", ["Cid"]),
        ("tag=level:", ["Ann"]),
        ("tag=level:*", ["Ann", "Bob"]),
        ("tag=level:1", ["Bob"]),
        ("tag=team:*&tag=level:*", ["Ann", "Bob"]),
        ("tag=team:blue&tag=level:", ["Ann"]),
        ("tag=team:blue&tag=level:1", []),
        ("tag=team:blue&tag=team:red", []),
        ("tag=team:blue&tag=team:blue", ["Ann"]),
        ("tag=absent:*", []),
        ("tag=absent:", []),
        ("tag=team:Blue", []),
        ("tag=Team:blue", []),
        ("tag=team:blu", []),
        ("tag=team:blue:", []),
        ("tag=team:**", []),
        # several filters: all of them
        (f"id={ANN}&id={BOB}&tag=level:*&is_deleted=false&creator=mock-org,bea", ["Bob"]),
        (f"id={ANN}&is_deleted=true", []),
        ("is_deleted=true&tag=team:", ["Cid"]),
        ("tag=team:blue&creator=mock-org,bea", []),
    ],
)
def test_filters(client: httpx2.Client, resource: Resource, query: str, names: list[str]) -> None:
    """Rule: `id` and `creator` are any of the given, `tag` all of them (`*` any value, nothing a
    null value), and all filters hold together. Source: published document; that ids and creators
    are alternatives and tags are not, by assumption.
    """
    assert resource.names(client, query) == names


@of_both
@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("limit", [1, 2])
def test_pages_are_pages_of_what_the_filters_leave(
    client: httpx2.Client, resource: Resource, limit: int
) -> None:
    """Rule: tokens count the records that match. Source: published document."""
    query = f"creator=mock-org,mock-user&tag=team:*&limit={limit}"
    page = resource.page(client, query)
    more = limit == 1
    assert (page["has_more"], page["continuation_token"]) == (more, 1 if more else None)
    assert resource.names(client, f"{query}&continuation_token=1") == ["Cid"]


@of_both
@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("value", ["true", "True", "1"])
def test_a_boolean_has_more_than_one_spelling(
    client: httpx2.Client, resource: Resource, value: str
) -> None:
    """Rule: what the service's framework takes for true is true. Source: assumption."""
    assert resource.names(client, f"is_deleted={value}") == ["Cid"]


@of_both
@pytest.mark.parametrize(
    ("query", "finding"),
    [
        ("id=abc", ("string_pattern_mismatch", ["query", "id", 0])),
        (f"id={ANN}&id={ANN[:-1]}G", ("string_pattern_mismatch", ["query", "id", 1])),
        ("id=", ("string_pattern_mismatch", ["query", "id", 0])),
        ("is_deleted=maybe", ("bool_parsing", ["query", "is_deleted"])),
        ("is_deleted=", ("bool_parsing", ["query", "is_deleted"])),
        ("creator=mock-user", ("string_pattern_mismatch", ["query", "creator", 0])),
        ("creator=", ("string_pattern_mismatch", ["query", "creator", 0])),
        ("creator=,mock-user", ("string_pattern_mismatch", ["query", "creator", 0])),
        ("creator=mock-org,", ("string_pattern_mismatch", ["query", "creator", 0])),
        ("creator=a,b,c", ("string_pattern_mismatch", ["query", "creator", 0])),
        ("creator=mock-org,bea&creator=x", ("string_pattern_mismatch", ["query", "creator", 1])),
        ("tag=team", ("string_pattern_mismatch", ["query", "tag", 0])),
        ("tag=", ("string_pattern_mismatch", ["query", "tag", 0])),
        ("tag=:blue", ("string_pattern_mismatch", ["query", "tag", 0])),
        ("tag=team:blue&tag=*", ("string_pattern_mismatch", ["query", "tag", 1])),
    ],
)
def test_malformed_filters_are_refused(
    client: httpx2.Client, resource: Resource, query: str, finding: tuple[str, list[Any]]
) -> None:
    """Rule: a filter that is not of its form is a 422 that points at the value. Source: published
    document for the forms and the status; the place is the framework's. (The place in a set is
    the framework's too: the order of the values is not kept, so only the field is looked at.)
    """
    (found,) = places(client.get(f"{resource.path}?{query}"))
    assert (found[0], found[1][:2]) == (finding[0], finding[1][:2])


@of_both
@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    "query", [f"id={ANN}&id={ANN}", "creator=mock-org,mock-user&creator=mock-org,mock-user"]
)
def test_a_value_given_twice_is_a_stated_leniency(
    client: httpx2.Client, strict_client: httpx2.Client, resource: Resource, query: str
) -> None:
    """Rule: equal values in `id` or `creator` count once, with a warning; in strict mode they are
    a 422. Source: published document (values must differ); leniency repeated-value.
    """
    answer = client.get(f"{resource.path}?{query}")
    assert answer.json()[resource.rows_field][0]["name"] == "Ann"
    (warning,) = answer.headers.get_list("X-Amigo-Mock-Warning")
    assert warning.startswith("repeated-value: ")
    refused = strict_client.get(f"{resource.path}?{query}")
    assert [kind for kind, _ in places(refused)] == ["not_published"]


@of_both
@pytest.mark.usefixtures("three")
def test_different_values_need_no_leniency(
    strict_client: httpx2.Client, resource: Resource
) -> None:
    """Rule: a repeated key is a list, also in strict mode; a tag may even be given twice. Source:
    published document.
    """
    query = f"id={ANN}&id={BOB}&creator=a,b&creator=a,c&tag=a:b&tag=a:b"
    answer = strict_client.get(f"{resource.path}?{query}")
    assert (answer.status_code, "X-Amigo-Mock-Warning" in answer.headers) == (200, False)


@of_both
def test_a_deletion_moves_a_record_from_one_list_to_the_other(
    client: httpx2.Client, resource: Resource
) -> None:
    """Rule: `is_deleted` follows the deletion. Source: published document."""
    ann, _ = resource.create(client, "Ann"), resource.create(client, "Bob")
    assert resource.names(client, "is_deleted=false") == ["Ann", "Bob"]
    resource.delete(client, ann)
    assert resource.names(client, "is_deleted=false") == ["Bob"]
    assert resource.names(client, "is_deleted=true") == ["Ann"]
    assert resource.names(client) == ["Ann", "Bob"]


@of_both
def test_tag_filters_follow_an_update(client: httpx2.Client, resource: Resource) -> None:
    """Rule: a record is found by the tags that it has now. Source: published document."""
    ann = resource.create(client, "Ann", tags={"team": "blue"})
    client.post(resource.item(ann), json={"tags": {"team": None}})
    assert resource.names(client, "tag=team:blue") == []
    assert resource.names(client, "tag=team:") == ["Ann"]
    client.post(resource.item(ann), json={"tags": {}})
    assert resource.names(client, "tag=team:*") == []


# Orders


@pytest.fixture
def four(client: httpx2.Client) -> None:
    """Four records of both kinds, with ties in both times."""
    minutes = {"Bob": (1, 4), "Dan": (1, 3), "Ann": (2, 3), "Cid": (3, 3)}
    lists = {
        f"{resource.name}s": [
            resource.seed(
                name,
                created_at=f"2026-01-01T00:0{created}:00Z",
                updated_at=f"2026-01-01T00:0{updated}:00Z",
            )
            for name, (created, updated) in minutes.items()
        ]
        for resource in (PERSONA, SCENARIO)
    }
    put_organization(client, **lists)


ORDERS = [
    ("", "Bob Dan Ann Cid"),
    ("sort_by=%2Bname", "Ann Bob Cid Dan"),
    ("sort_by=+name", "Ann Bob Cid Dan"),
    ("sort_by=%20name", "Ann Bob Cid Dan"),
    ("sort_by=-name", "Dan Cid Bob Ann"),
    ("sort_by=%2Bcreated_at", "Bob Dan Ann Cid"),
    ("sort_by=-created_at", "Cid Ann Dan Bob"),
    ("sort_by=%2Bupdated_at", "Dan Ann Cid Bob"),
    ("sort_by=+updated_at", "Dan Ann Cid Bob"),
    ("sort_by=-updated_at", "Bob Cid Ann Dan"),
    # several fields: the later ones break ties of the earlier ones
    ("sort_by=%2Bcreated_at&sort_by=%2Bname", "Bob Dan Ann Cid"),
    ("sort_by=%2Bcreated_at&sort_by=-name", "Dan Bob Ann Cid"),
    ("sort_by=-created_at&sort_by=%2Bname", "Cid Ann Bob Dan"),
    ("sort_by=+updated_at&sort_by=-created_at", "Cid Ann Dan Bob"),
    ("sort_by=+updated_at&sort_by=-name", "Dan Cid Ann Bob"),
    ("sort_by=-updated_at&sort_by=+created_at&sort_by=+name", "Bob Dan Ann Cid"),
    ("sort_by=+name&sort_by=-name", "Ann Bob Cid Dan"),
    # what is tied in all of them
    ("sort_by=+updated_at&sort_by=-updated_at", "Cid Ann Dan Bob"),
    ("sort_by=-updated_at&sort_by=+updated_at", "Bob Dan Ann Cid"),
]


@of_both
@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(("query", "names"), ORDERS)
def test_orders(client: httpx2.Client, resource: Resource, query: str, names: str) -> None:
    """Rule: without `sort_by` the order is that of creation; `+` ascends, `-` descends, later
    fields break ties, and a `+` may come in encoded or as the space that it decodes to. Source:
    guide, reference; order of creation, and what remains tied in it (backwards if the last field
    descends), by assumption.
    """
    assert resource.names(client, query) == names.split()


@of_both
@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(("query", "names"), ORDERS)
def test_orders_are_the_same_with_filters_and_in_pages(
    client: httpx2.Client, resource: Resource, query: str, names: str
) -> None:
    """Rule: filters and pages leave the order alone. Source: published document."""
    filtered = f"{query}&is_deleted=false&creator=mock-org,mock-user"
    assert resource.names(client, filtered) == names.split()
    paged = [
        name
        for token in range(0, 4, 3)
        for name in resource.names(client, f"{query}&limit=3&continuation_token={token}")
    ]
    assert paged == names.split()


@of_both
@pytest.mark.parametrize(
    "value",
    [
        "name",
        "updated_at",
        "*name",
        "+role",
        "+id",
        "+",
        "",
        "++name",
        "+Name",
        "+name ",
        "+name,-id",
    ],
)
def test_other_orders_are_refused(client: httpx2.Client, resource: Resource, value: str) -> None:
    """Rule: a field without a sign, or one that cannot be sorted by, is a 422 that points at it.
    Source: published document for the form and the status.
    """
    answer = client.get(resource.path, params={"sort_by": ["-updated_at", value]})
    assert places(answer) == [("sort_by", ["query", "sort_by", 1])]


@of_both
@pytest.mark.parametrize("field", ["name", "created_at"])
def test_fields_that_only_the_guide_names_are_a_stated_leniency(
    client: httpx2.Client, strict_client: httpx2.Client, resource: Resource, field: str
) -> None:
    """Rule: `name` and `created_at` are sorted by with a warning, once; in strict mode they are a
    422. Source: guide against published document; leniency sort-field.
    """
    query = f"sort_by=%2B{field}&sort_by=-{field}&sort_by=%2Bupdated_at"
    answer = client.get(f"{resource.path}?{query}")
    (warning,) = answer.headers.get_list("X-Amigo-Mock-Warning")
    assert warning.startswith("sort-field: ")
    refused = strict_client.get(f"{resource.path}?{query}")
    assert places(refused) == [
        ("not_published", ["query", "sort_by", 0]),
        ("not_published", ["query", "sort_by", 1]),
    ]


@of_both
@pytest.mark.parametrize("sort", ["%2Bupdated_at", "-updated_at"])
def test_the_published_field_needs_no_leniency(
    strict_client: httpx2.Client, resource: Resource, sort: str
) -> None:
    """Rule: `updated_at` is sorted by in strict mode too, without a warning. Source: published
    document.
    """
    answer = strict_client.get(f"{resource.path}?sort_by={sort}")
    assert (answer.status_code, "X-Amigo-Mock-Warning" in answer.headers) == (200, False)


@of_both
def test_orders_follow_what_is_written(
    mock: AmigoMock, client: httpx2.Client, resource: Resource
) -> None:
    """Rule: an update or a deletion moves a record to the end of `+updated_at`, a new version does
    not; a new record comes in at its place. Source: published document.
    """
    mock.clock.freeze(FROZEN)
    ids = {}
    for name in ("Bob", "Ann", "Cid"):
        ids[name] = resource.create(client, name)
        mock.clock.advance(1)
    assert resource.names(client, "sort_by=+updated_at") == ["Bob", "Ann", "Cid"]
    assert resource.names(client, "sort_by=-name") == ["Cid", "Bob", "Ann"]
    client.post(resource.item(ids["Bob"]), json={})
    assert resource.names(client, "sort_by=+updated_at") == ["Ann", "Cid", "Bob"]
    mock.clock.advance(1)
    resource.delete(client, ids["Ann"])
    assert resource.names(client, "sort_by=+updated_at") == ["Cid", "Bob", "Ann"]
    mock.clock.advance(1)
    resource.add_version(client, ids["Cid"])
    assert resource.names(client, "sort_by=+updated_at") == ["Cid", "Bob", "Ann"]
    resource.create(client, "Abe")
    assert resource.names(client, "sort_by=-updated_at") == ["Abe", "Ann", "Bob", "Cid"]
    assert resource.names(client, "sort_by=+name") == ["Abe", "Ann", "Bob", "Cid"]


@of_both
def test_names_are_ordered_by_their_characters(client: httpx2.Client, resource: Resource) -> None:
    """Rule: names are compared character by character as they are, capitals first. Source:
    assumption.
    """
    for name in ("b", "Z", "a", "ä", "10", "9"):
        resource.create(client, name)
    assert resource.names(client, "sort_by=+name") == ["10", "9", "Z", "a", "b", "ä"]


def query_value() -> st.SearchStrategy[str]:
    parts = ["+", "-", "name", "updated_at", "latest", ":", "*", ",", "mock-org", "true", "0", "51"]
    return st.one_of(
        st.text(st.characters(codec="utf-8"), max_size=8),
        st.integers().map(str),
        st.lists(st.sampled_from(parts), max_size=3).map("".join),
        st.sampled_from([ANN, NOBODY, "mock-org,mock-user", "team:blue"]),
    )


@of_both
def test_no_query_is_ever_an_error_of_the_server(running: AmigoMock, resource: Resource) -> None:
    """Rule: whatever the query, the list answers with a page or with findings that name one of its
    parameters. Source: published document.
    """
    running.reset()
    running.rate_limits.enabled = False
    fields = [
        "id",
        "limit",
        "continuation_token",
        "is_deleted",
        "role",
        "creator",
        "tag",
        "sort_by",
    ]
    queries = st.lists(st.tuples(st.sampled_from(fields), query_value()), max_size=5)
    with running.client() as client:
        put_organization(
            client, **{f"{resource.name}s": [resource.seed("Ann", tags={"team": "blue"})]}
        )

        @settings(max_examples=30, deadline=None)
        @given(queries)
        def check(query: list[tuple[str, str]]) -> None:
            answer = client.get(resource.path, params=tuple(query))
            if answer.status_code == 200:
                assert len(answer.json()[resource.rows_field]) <= 1
            else:
                found = {tuple(place[:2]) for _, place in places(answer)}
                assert found <= {("query", name) for name, _ in query}

        check()
