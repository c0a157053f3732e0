"""What the versions of personas and of scenarios share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock import AmigoMock
from tests.support.kinds import PERSONA, SCENARIO, Resource, of_both
from tests.support.paths import NOBODY
from tests.support.verbs import places
from tests.support.worlds import put_organization

ANN = f"{1:024x}"


def grown(client: httpx2.Client, resource: Resource, count: int) -> str:
    """The id of a record with so many versions."""
    seed = resource.seed("Ann", id=ANN, versions=[resource.content] * count)
    put_organization(client, **{f"{resource.name}s": [seed]})
    return ANN


# Creating


@of_both
def test_versions_count_up_from_1(client: httpx2.Client, resource: Resource) -> None:
    """Rule: the first version is 1 and each new one the next; the answer is its number. Source:
    guide, published document.
    """
    id = resource.create(client)
    for number in (2, 3, 4):
        answer = client.post(resource.versions(id), json=resource.version())
        assert (answer.status_code, answer.json()) == (201, {"version": number})
    assert resource.numbers(client, id) == [1, 2, 3, 4]


@of_both
def test_each_record_counts_its_own_versions(client: httpx2.Client, resource: Resource) -> None:
    """Rule: a version's number is its record's next. Source: published document."""
    ann, bob = resource.create(client, "Ann"), resource.create(client, "Bob")
    assert [resource.add_version(client, id) for id in (ann, bob, ann)] == [2, 2, 3]
    assert resource.numbers(client, bob) == [1, 2]


@of_both
def test_an_expected_number_that_is_next(client: httpx2.Client, resource: Resource) -> None:
    """Rule: with `version` the next number, the version is created. Source: guide."""
    id = resource.create(client)
    for number in (2, 3):
        url = f"{resource.versions(id)}?version={number}"
        answer = client.post(url, json=resource.version())
        assert (answer.status_code, answer.json()) == (201, {"version": number})


@of_both
@pytest.mark.parametrize("expected", [2, 3, 5, 100, 10**30])
def test_an_expected_number_that_is_not_next(
    client: httpx2.Client, resource: Resource, expected: int
) -> None:
    """Rule: with `version` any other number it is a 400 with a text, and nothing is created.
    Source: published document.
    """
    id = grown(client, resource, 3)
    url = f"{resource.versions(id)}?version={expected}"
    answer = client.post(url, json=resource.version())
    assert (answer.status_code, type(answer.json()["detail"])) == (400, str)
    assert resource.numbers(client, id) == [1, 2, 3]


@of_both
@pytest.mark.parametrize(
    ("expected", "finding"),
    [
        ("1", "greater_than"),
        ("0", "greater_than"),
        ("-2", "greater_than"),
        ("latest", "int_parsing"),
        ("2.5", "int_parsing"),
        ("", "int_parsing"),
    ],
)
def test_a_number_that_cannot_be_expected(
    client: httpx2.Client, resource: Resource, expected: str, finding: str
) -> None:
    """Rule: `version` is an integer greater than 1, else 422. Source: published document."""
    id = resource.create(client)
    url = f"{resource.versions(id)}?version={expected}"
    answer = client.post(url, json=resource.version())
    assert places(answer) == [(finding, ["query", "version"])]
    assert resource.numbers(client, id) == [1]


@of_both
def test_a_broken_body_comes_before_the_expected_number(
    client: httpx2.Client, resource: Resource
) -> None:
    """Rule: a request is looked at whole before anything is decided: 422, with all findings.
    Source: assumption (the service's framework does so).
    """
    id = resource.create(client)
    answer = client.post(f"{resource.versions(id)}?version=1", json=[])
    assert [place for _, place in places(answer)] == [["query", "version"], ["body"]]
    answer = client.post(f"{resource.versions(id)}?version=9", json=[])
    assert [place for _, place in places(answer)] == [["body"]]


@of_both
def test_of_clients_racing_for_a_number_one_wins(mock: AmigoMock, resource: Resource) -> None:
    """Rule: of those who expect the same next number, one creates it and the others are told that
    it is not the next. Source: guide (optimistic concurrency).
    """
    racers = 8
    barrier = Barrier(racers)
    with mock.client() as client:
        id = resource.create(client)

        def race(_: int) -> int:
            with mock.client() as racer:
                barrier.wait()
                url = f"{resource.versions(id)}?version=2"
                return racer.post(url, json=resource.version()).status_code

        with ThreadPoolExecutor(racers) as pool:
            statuses = sorted(pool.map(race, range(racers)))
        assert statuses == [201] + [400] * (racers - 1)
        assert resource.numbers(client, id) == [1, 2]


@of_both
def test_racing_without_an_expectation_loses_nothing(mock: AmigoMock, resource: Resource) -> None:
    """Rule: versions created at the same time get a number each. Source: published document."""
    racers = 8
    barrier = Barrier(racers)
    with mock.client() as client:
        id = resource.create(client)

        def race(_: int) -> int:
            with mock.client() as racer:
                barrier.wait()
                return resource.add_version(racer, id)

        with ThreadPoolExecutor(racers) as pool:
            numbers = sorted(pool.map(race, range(racers)))
        assert numbers == [2, 3, 4, 5, 6, 7, 8, 9]
        assert resource.numbers(client, id) == [1, 2, 3, 4, 5, 6, 7, 8, 9]


@of_both
def test_a_version_is_the_content_sent(client: httpx2.Client, resource: Resource) -> None:
    """Rule: nothing is taken over from the version before. Source: guide."""
    id = resource.create(client)
    field = next(iter(resource.content))
    resource.add_version(client, id, **{field: "Something else."})
    first, second = client.get(resource.versions(id)).json()[resource.versions_field]
    assert {name: first[name] for name in resource.content} == resource.content
    expected = {**resource.content, field: "Something else."}
    assert {name: second[name] for name in expected} == expected
    assert (second[resource.id_field], second["org_id"]) == (id, "mock-org")


# Reading


@of_both
@pytest.mark.parametrize(
    ("selector", "numbers"),
    [
        ("1", [1]),
        ("4", [4]),
        ("6", [6]),
        ("7", []),
        ("0", []),
        ("999999999", []),
        ("12345678901", []),
        ("5-12345678901", [5, 6]),
        ("latest", [6]),
        ("1-1", [1]),
        ("2-5", [2, 3, 4, 5]),
        ("1-6", [1, 2, 3, 4, 5, 6]),
        ("5-9", [5, 6]),
        ("7-9", []),
        ("0-2", [1, 2]),
        ("0-0", []),
        ("1-latest", [1, 2, 3, 4, 5, 6]),
        ("5-latest", [5, 6]),
        ("6-latest", [6]),
        ("7-latest", []),
        ("0-latest", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_selectors(
    client: httpx2.Client, resource: Resource, selector: str, numbers: list[int]
) -> None:
    """Rule: a number, `latest`, or an inclusive range of numbers that may end in `latest`; what is
    beyond the versions that there are is not an error. Source: guide; assumption for no match.
    """
    id = grown(client, resource, 6)
    page = client.get(f"{resource.versions(id)}?version={selector}").json()
    assert [version["version"] for version in page[resource.versions_field]] == numbers
    assert (page["has_more"], page["continuation_token"]) == (False, None)


@of_both
@pytest.mark.parametrize(
    "selector",
    [
        *["", "x", "newest", "Latest", "-1", "1-", "-", "--", "1--2", "1-2-3", "1.0", "1,2", "*"],
        *[
            "latest-1",
            "latest-latest",
            "-latest",
            "1 - 2",
            "%201",
            "1%0A",
            "1-x",
            "0x1",
            "²",
            "\u0661",
        ],
    ],
)
def test_other_selectors_are_refused(
    client: httpx2.Client, resource: Resource, selector: str
) -> None:
    """Rule: any other text is a 422. Source: published document for the forms and the status."""
    id = resource.create(client)
    answer = client.get(f"{resource.versions(id)}?version={selector}")
    assert places(answer) == [("string_pattern_mismatch", ["query", "version"])]


@of_both
@pytest.mark.parametrize("selector", ["5-2", "2-1", "1-0", "10-9"])
def test_a_range_must_not_run_backwards(
    client: httpx2.Client, resource: Resource, selector: str
) -> None:
    """Rule: a lower bound above the upper one is a 422, whatever versions there are. Source:
    assumption (a lower and an upper bound).
    """
    id = resource.create(client)
    answer = client.get(f"{resource.versions(id)}?version={selector}")
    assert [place for _, place in places(answer)] == [["query", "version"]]


@of_both
@pytest.mark.parametrize("limit", [1, 3, 4, 10])
def test_tokens_lead_through_the_versions(
    client: httpx2.Client, resource: Resource, limit: int
) -> None:
    """Rule: following the tokens meets every version once, in order. Source: published document."""
    id = grown(client, resource, 12)
    met: list[int] = []
    token: int | None = 0
    while token is not None:
        url = f"{resource.versions(id)}?limit={limit}&continuation_token={token}"
        page = client.get(url).json()
        assert list(page) == [resource.versions_field, "has_more", "continuation_token"]
        assert page["has_more"] == (page["continuation_token"] is not None)
        assert len(page[resource.versions_field]) <= limit
        met += [version["version"] for version in page[resource.versions_field]]
        token = page["continuation_token"]
    assert met == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]


@of_both
def test_a_page_has_10_versions_unless_told_otherwise(
    client: httpx2.Client, resource: Resource
) -> None:
    """Rule: the default limit is 10. Source: published document."""
    id = grown(client, resource, 12)
    page = client.get(resource.versions(id)).json()
    assert [version["version"] for version in page[resource.versions_field]] == list(range(1, 11))
    assert (page["has_more"], page["continuation_token"]) == (True, 10)


@of_both
@pytest.mark.parametrize(
    ("limit", "finding"),
    [
        ("0", "greater_than"),
        ("-1", "greater_than"),
        ("11", "less_than_equal"),
        ("x", "int_parsing"),
        ("", "int_parsing"),
    ],
)
def test_a_limit_is_from_1_to_10(
    client: httpx2.Client, resource: Resource, limit: str, finding: str
) -> None:
    """Rule: any other limit is a 422. Source: published document."""
    id = resource.create(client)
    answer = client.get(f"{resource.versions(id)}?limit={limit}")
    assert places(answer) == [(finding, ["query", "limit"])]


@of_both
@pytest.mark.parametrize(
    ("token", "numbers"),
    [(-1, [1, 2]), (-(10**30), [1, 2]), (1, [2, 3]), (2, [3]), (3, []), (99, []), (10**30, [])],
)
def test_any_integer_is_a_token(
    client: httpx2.Client, resource: Resource, token: int, numbers: list[int]
) -> None:
    """Rule: below zero is the beginning, past the end is nothing. Source: published document for
    the type; assumption for the meaning.
    """
    id = grown(client, resource, 3)
    assert resource.numbers(client, id, f"limit=2&continuation_token={token}") == numbers


@of_both
@pytest.mark.parametrize("token", ["x", "", "1.5"])
def test_other_tokens_are_refused(client: httpx2.Client, resource: Resource, token: str) -> None:
    """Rule: a token that is no integer is a 422. Source: published document."""
    id = resource.create(client)
    answer = client.get(f"{resource.versions(id)}?continuation_token={token}")
    assert places(answer) == [("int_parsing", ["query", "continuation_token"])]


@of_both
@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3, 4]),
        ("sort_by=%2Bversion", [1, 2, 3, 4]),
        ("sort_by=+version", [1, 2, 3, 4]),
        ("sort_by=-version", [4, 3, 2, 1]),
        ("sort_by=-version&sort_by=%2Bversion", [4, 3, 2, 1]),
        ("sort_by=%2Bversion&sort_by=-version", [1, 2, 3, 4]),
        ("sort_by=-version&limit=3", [4, 3, 2]),
        ("sort_by=-version&limit=3&continuation_token=3", [1]),
        ("sort_by=-version&version=2-latest", [4, 3, 2]),
        ("sort_by=-version&version=1-3&limit=2", [3, 2]),
        ("sort_by=-version&version=1-3&limit=2&continuation_token=2", [1]),
        ("version=2-latest&limit=1&continuation_token=1", [3]),
    ],
)
def test_orders(client: httpx2.Client, resource: Resource, query: str, numbers: list[int]) -> None:
    """Rule: versions ascend unless `-version` is asked for; a page is cut from what was selected
    and ordered. Source: published document; ascending without `sort_by` by assumption.
    """
    id = grown(client, resource, 4)
    assert resource.numbers(client, id, query) == numbers


@of_both
@pytest.mark.parametrize("sort", ["version", "+updated_at", "-created_at", "+name", "", "-", "+"])
def test_other_orders_are_refused(client: httpx2.Client, resource: Resource, sort: str) -> None:
    """Rule: versions are sorted by `version` alone, with a sign; else 422. Source: published
    document.
    """
    id = resource.create(client)
    answer = client.get(resource.versions(id), params={"sort_by": sort})
    assert places(answer) == [("sort_by", ["query", "sort_by", 0])]


@of_both
def test_reading_versions_needs_no_leniency(
    strict_client: httpx2.Client, resource: Resource
) -> None:
    """Rule: all of the above holds in strict mode, without a warning. Source: published
    document.
    """
    id = resource.create(strict_client)
    url = f"{resource.versions(id)}?version=1-latest&sort_by=-version&limit=10"
    answer = strict_client.get(url)
    assert (answer.status_code, "X-Amigo-Mock-Warning" in answer.headers) == (200, False)


@of_both
def test_versions_of_nothing_are_not_found(client: httpx2.Client, resource: Resource) -> None:
    """Rule: an unknown id is a 404, a malformed one a 422. Source: published document."""
    assert client.get(resource.versions(NOBODY)).status_code == 404
    other = SCENARIO if resource is PERSONA else PERSONA
    assert client.get(resource.versions(other.create(client))).status_code == 404
    answer = client.get(resource.versions("abc"))
    assert places(answer) == [("string_pattern_mismatch", ["path", resource.id_field])]


@of_both
def test_no_query_is_ever_an_error_of_the_server(running: AmigoMock, resource: Resource) -> None:
    """Rule: whatever the query, versions are answered or refused with a 422. Source: published
    document.
    """
    running.reset()
    running.rate_limits.enabled = False
    part = st.sampled_from(["0", "1", "2", "9", "-", "latest", "+", "version", " "])
    value = (
        st.text(st.characters(codec="utf-8"), max_size=6)
        | st.integers().map(str)
        | st.lists(part, max_size=4).map("".join)
    )
    field = st.sampled_from(["version", "limit", "continuation_token", "sort_by"])
    with running.client() as client:
        id = grown(client, resource, 3)

        @settings(max_examples=30, deadline=None)
        @given(st.lists(st.tuples(field, value), max_size=4))
        def check(query: list[tuple[str, str]]) -> None:
            answer = client.get(resource.versions(id), params=tuple(query))
            if answer.status_code == 200:
                found: list[dict[str, Any]] = answer.json()[resource.versions_field]
                assert {version["version"] for version in found} <= {1, 2, 3}
            else:
                places(answer)

        check()
