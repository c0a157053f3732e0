"""The rules that every list follows, run over all kinds with the bounds that each declares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from amigo_mock import AmigoMock
from amigo_mock.resources import CATALOG
from tests.support.listed import LISTED, Listed, of_all
from tests.support.paths import NOBODY
from tests.support.shelf import DELETED, TEAMS, Reader, count, item, visible
from tests.support.verbs import places


def test_every_kind_is_described() -> None:
    """Rule: a kind whose list is published is held to the rules of all lists. Source: the
    catalog of what is emulated.
    """
    paged = {found.id for found in CATALOG.all() if {"limit", "sort_by"} <= set(found.query)}
    described = {found.list.id for found in LISTED}
    versions = {
        f"get-{found.singular}-versions" for found in LISTED if CATALOG.kinds[found.kind].versioned
    }
    assert described | versions == paged


# Pages


@of_all()
def test_the_usual_page(reader: Reader, listed: Listed) -> None:
    """Rule: a page has as many records as its limit says by default, oldest first, and filter
    values only if it is the first. Source: published document.
    """
    there = visible(listed)
    assert reader.numbers() == there[: listed.usual]
    more = len(there) > listed.usual
    assert reader.outline() == (listed.usual, more, listed.usual if more else None)


BOUNDS = {
    "personas": (50, 50),
    "scenarios": (50, 200),
    "services": (10, 20),
    "metrics": (50, 50),
    "unit_tests": (50, 500),
    "unit_test_sets": (20, 20),
    "unit_test_set_runs": (50, 50),
}
"""For each kind the usual and the largest limit of a page, as they are published."""


def test_the_bounds_are_the_published_ones() -> None:
    """Rule: the rules below are run with the published limits. Source: published document."""
    assert {listed.kind: (listed.usual, listed.most) for listed in LISTED} == BOUNDS


@of_all()
def test_the_largest_page(reader: Reader, listed: Listed) -> None:
    """Rule: the largest limit is the published one; one more is a 422. Source: published
    document.
    """
    assert reader.numbers(f"limit={listed.most}") == visible(listed)[: listed.most]
    answer = reader.get(f"limit={listed.most + 1}")
    assert places(answer) == [("less_than_equal", ["query", "limit"])]


@of_all(lambda listed: listed.bound("limit", "ge") == 0)
def test_a_limit_of_0(reader: Reader, listed: Listed) -> None:
    """Rule: where 0 is a limit, its page is empty and its token stays. Source: published document
    for the bound; assumption empty-page.
    """
    past = len(visible(listed))
    assert reader.outline("limit=0") == (0, True, 0)
    assert reader.outline("limit=0&continuation_token=2") == (0, True, 2)
    assert reader.outline(f"limit=0&continuation_token={past}") == (0, False, None)


@of_all()
@pytest.mark.parametrize(
    ("query", "warned"),
    [
        ("", ""),
        ("limit=1&continuation_token=0", ""),
        ("continuation_token=1", ""),
        ("limit=0", "empty-page"),
        ("continuation_token=-1", "negative-token"),
    ],
)
def test_pages_that_the_service_might_refuse_are_warned_of(
    reader: Reader, listed: Listed, query: str, warned: str
) -> None:
    """Rule: a page of 0 records and a token below 0 are answered with a warning, whenever they are
    asked for: a store like the service's has neither. Source: assumptions empty-page and
    negative-token.
    """
    if query == "limit=0" and listed.bound("limit", "ge") is None:
        return
    for _ in range(2):
        found = reader.get(query).headers.get_list("x-amigo-mock-warning")
        assert [text.partition(":")[0] for text in found] == [warned] * bool(warned)


@of_all(lambda listed: listed.bound("limit", "gt") == 0)
def test_a_limit_above_0(reader: Reader, listed: Listed) -> None:
    """Rule: where the limit must be above 0, 0 is a 422. Source: published document."""
    assert places(reader.get("limit=0")) == [("greater_than", ["query", "limit"])]


@of_all()
@pytest.mark.parametrize(
    ("value", "finding"),
    [
        ("ten", "int_parsing"),
        ("", "int_parsing"),
        ("1.5", "int_parsing"),
        ("9" * 30, "less_than_equal"),
    ],
)
def test_a_limit_is_an_integer(reader: Reader, listed: Listed, value: str, finding: str) -> None:
    """Rule: a limit that is no integer, or a huge one, is a 422. Source: published document."""
    assert places(reader.get(f"limit={value}")) == [(finding, ["query", "limit"])]


@of_all()
def test_a_limit_below_0(reader: Reader, listed: Listed) -> None:
    """Rule: a limit below 0 is a 422. Source: published document."""
    ((finding, place),) = places(reader.get("limit=-1"))
    assert (finding.startswith("greater_than"), place) == (True, ["query", "limit"])


@of_all()
@pytest.mark.parametrize("size", [3, 7])
def test_tokens_lead_through_the_list(reader: Reader, listed: Listed, size: int) -> None:
    """Rule: following the tokens meets every record once, in order, and ends without a token.
    Source: published document.
    """
    last = len(visible(listed)) - 2 * size
    met: list[int] = []
    token: int | None = last
    while token is not None:
        page = reader.page(f"limit={size}&continuation_token={token}")
        assert page["has_more"] == (page["continuation_token"] is not None)
        met += [int(row["id"], 16) - 1 for row in page[listed.rows]]
        token = page["continuation_token"]
    assert met == visible(listed)[last:]
    assert reader.all() == visible(listed)


@of_all()
@pytest.mark.parametrize("token", [-1, -50, -(10**30)])
def test_a_token_below_zero_is_zero(reader: Reader, listed: Listed, token: int) -> None:
    """Rule: a negative token begins at the beginning. Source: assumption negative-token."""
    query = f"limit=2&continuation_token={token}"
    assert reader.numbers(query) == visible(listed)[:2]
    assert reader.outline(query) == (2, True, 2)
    assert reader.page(query).get("filter_values") == reader.page("limit=2").get("filter_values")


@of_all()
@pytest.mark.parametrize("beyond", [0, 1, 2**63, 10**30])
def test_a_token_past_the_end_is_an_empty_page(reader: Reader, listed: Listed, beyond: int) -> None:
    """Rule: past the end there is nothing, however far. Source: assumption negative-token."""
    token = len(visible(listed)) + beyond
    assert reader.outline(f"continuation_token={token}") == (0, False, None)


@of_all()
@pytest.mark.parametrize("token", ["x", "1.5", ""])
def test_a_token_is_an_integer(reader: Reader, listed: Listed, token: str) -> None:
    """Rule: a token that is no integer is a 422. Source: published document."""
    answer = reader.get(f"continuation_token={token}")
    assert places(answer) == [("int_parsing", ["query", "continuation_token"])]


@of_all()
def test_filter_values_are_on_the_first_page(reader: Reader, listed: Listed) -> None:
    """Rule: where a list has filter values, only its first page has them. Source: published
    document.
    """
    first, second = reader.page("limit=1"), reader.page("limit=1&continuation_token=1")
    assert ("filter_values" in first) == ("filter_values" in second)
    if "filter_values" in first:
        assert first["filter_values"]
        assert second["filter_values"] is None


UNDER_FILTERS = {"metrics", "unit_tests", "unit_test_sets", "unit_test_set_runs"}
"""The kinds whose filter values are published as those under the current filters."""


@of_all(lambda listed: listed.has("creator"))
def test_filter_values_are_those_under_the_filters_where_that_is_published(
    reader: Reader, listed: Listed
) -> None:
    """Rule: creators and tags are those of the records that the filters let through, whatever the
    page shows of them; elsewhere those of all records. Source: published document; assumption
    filter-values.
    """

    def creators(query: str) -> list[str]:
        return [each["user_id"] for each in reader.page(query)["filter_values"]["creators"]]

    alone = listed.kind in UNDER_FILTERS
    assert creators("") == creators("limit=0") == ["bea", "mock-user"]
    assert creators("creator=mock-org,bea") == (["bea"] if alone else ["bea", "mock-user"])
    assert creators(f"id={3:024x}") == (["mock-user"] if alone else ["bea", "mock-user"])
    nothing = reader.page(f"id={NOBODY}")["filter_values"]
    assert any(nothing.values()) is not alone


# Filters


@of_all(lambda listed: listed.has("id"))
def test_ids_are_alternatives(reader: Reader, listed: Listed) -> None:
    """Rule: any of the given ids, in the order of the list; unknown ones are passed over. Source:
    published document; alternatives by assumption.
    """
    ids = [f"{number + 1:024x}" for number in (8, 6)]
    assert reader.numbers(f"id={ids[0]}&id={ids[1]}&id={NOBODY}") == [6, 8]
    assert reader.numbers(f"id={NOBODY}") == []
    assert places(reader.get("id=abc"))[0][1][:2] == ["query", "id"]


@of_all(lambda listed: listed.has("creator"))
def test_creators_are_alternatives(reader: Reader, listed: Listed) -> None:
    """Rule: any of the given creators. Source: published document; alternatives by assumption."""
    by_bea = [number for number in visible(listed) if number % 2]
    assert reader.all("creator=mock-org,bea") == by_bea
    assert reader.all("creator=mock-org,bea&creator=mock-org,mock-user") == visible(listed)
    assert reader.all("creator=other-org,bea") == []
    assert places(reader.get("creator=bea")) == [
        ("string_pattern_mismatch", ["query", "creator", 0])
    ]


@of_all(lambda listed: listed.name_of_tags)
def test_tags_hold_together(reader: Reader, listed: Listed) -> None:
    """Rule: all of the given tags; `*` is any value, nothing after the colon a null value. Source:
    published document; that all must hold by assumption.
    """
    name = listed.name_of_tags

    def having(value: str | None) -> list[int]:
        return [number for number in visible(listed) if TEAMS[number % 3] == value]

    assert reader.all(f"{name}=team:blue") == having("blue")
    assert reader.all(f"{name}=team:") == having(None)
    assert reader.all(f"{name}=team:*") == visible(listed)
    assert reader.all(f"{name}=team:red&{name}=number:7") == [7]
    assert reader.all(f"{name}=team:blue&{name}=number:7") == []
    assert reader.all(f"{name}=absent:*") == []
    assert places(reader.get(f"{name}=team")) == [
        ("string_pattern_mismatch", ["query", str(name), 0])
    ]


@of_all(lambda listed: listed.has("is_deleted") or listed.has("is_active"))
def test_deleted_and_inactive_ones(reader: Reader, listed: Listed) -> None:
    """Rule: what is deleted or inactive stays in the list and can be asked for. Source: published
    document.
    """
    name, gone, there = (
        ("is_deleted", "true", "false")
        if listed.has("is_deleted")
        else ("is_active", "false", "true")
    )
    others = [number for number in range(count(listed)) if number not in DELETED]
    assert reader.all(f"{name}={gone}") == list(DELETED)
    assert reader.all(f"{name}={there}") == others
    assert places(reader.get(f"{name}=maybe")) == [("bool_parsing", ["query", name])]


@of_all(lambda listed: listed.has("creator") and listed.name_of_tags)
def test_filters_hold_together(reader: Reader, listed: Listed) -> None:
    """Rule: several filters are all of them, and tokens count what matches. Source: published
    document.
    """
    expected = [number for number in visible(listed) if number % 2 and number % 3 == 0]
    query = f"creator=mock-org,bea&{listed.name_of_tags}=team:blue"
    assert reader.all(query) == expected
    assert reader.numbers(f"{query}&limit=1&continuation_token=1") == expected[1:2]


# Orders


def in_order(listed: Listed, field: str) -> list[int]:
    """The numbers of a list sorted by a field, ties in order of creation."""
    keys: dict[str, Callable[[int], Any]] = {
        "is_active": lambda number: number not in DELETED,
        "name": lambda number: number,
    }
    return sorted(visible(listed), key=keys.get(field) or (lambda n: item(listed, n)[field]))


ORDERS = [
    pytest.param(listed, field, id=f"{listed}-{field}")
    for listed in LISTED
    for field in listed.sortable
]


@pytest.mark.parametrize(("listed", "field"), ORDERS)
def test_orders(reader: Reader, listed: Listed, field: str) -> None:
    """Rule: `+` ascends, `-` descends; ties are in order of creation, backwards if descending.
    Source: published document; assumption sort-ties.
    """
    assert reader.all(f"sort_by=%2B{field}") == in_order(listed, field)
    assert reader.all(f"sort_by=-{field}") == in_order(listed, field)[::-1]


@of_all(lambda listed: listed.has("sort_by"))
@pytest.mark.parametrize("value", ["created_at", "%2Brole", "%2B", "", "%2Bid", "*name"])
def test_other_orders_are_refused(reader: Reader, listed: Listed, value: str) -> None:
    """Rule: a field without a sign, or one that cannot be sorted by, is a 422. Source: published
    document.
    """
    assert places(reader.get(f"sort_by={value}")) == [("sort_by", ["query", "sort_by", 0])]


# Permissions


@of_all()
def test_conditions_filter_a_list(shelf: AmigoMock, listed: Listed) -> None:
    """Rule: a caller sees what the conditions of a grant let through, in pages of just that.
    Source: published document; pages by assumption.
    """
    bea = Reader(shelf, listed, "bea")
    with bea.client:
        expected = [number for number in visible(listed) if number % 2]
        assert bea.all() == expected
        assert bea.numbers("limit=2&continuation_token=1") == expected[1:3]


@of_all()
def test_every_record_can_be_granted_by_its_organization(shelf: AmigoMock, listed: Listed) -> None:
    """Rule: a condition on `org_id` is about the organization that the record is in, also where the
    record does not show it. Source: the vendor's page on permissions, whose grants are of this
    form; assumption self-organization.
    """
    for name, expected in (("inside", visible(listed)), ("outside", [])):
        caller = Reader(shelf, listed, name)
        with caller.client:
            assert caller.all() == expected


@of_all()
def test_without_a_grant_lists_and_searches_are_refused(shelf: AmigoMock, listed: Listed) -> None:
    """Rule: who has no grant at all for a list or a search is refused with a text, and learns no
    filter values; a broken query is a 422 all the same. Source: published document (403);
    assumption permission-first.
    """
    nobody = Reader(shelf, listed, "nobody")
    with nobody.client:
        paths = [nobody.path]
        if listed.find("search-{}s"):
            found = listed.path("search-{}s", organization=listed.kind)
            paths.append(f"{found}?query=record")
        for path in paths:
            answer = nobody.client.get(path)
            assert (answer.status_code, answer.json().keys()) == (403, {"detail"})
            assert isinstance(answer.json()["detail"], str)
        assert nobody.get("limit=x").status_code == 422
