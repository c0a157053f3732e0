"""Differences: their texts, and those that are accepted."""

from __future__ import annotations

import pytest

from amigo_mock.contract.difference import ABSENT, Accepted, Difference, unexplained
from amigo_mock.contract.document import ContractError


def test_a_difference_is_one_line() -> None:
    """A report is read line by line: the place, what is published, what we say."""
    found = Difference("get-things", "query.limit.maximum", 50, ABSENT)
    assert str(found) == "get-things query.limit.maximum: published 50, ours absent"


def test_a_long_value_is_cut_to_fit_the_line() -> None:
    """A whole schema would bury the place; the digest has it in full."""
    found = str(Difference("get-things", "query.limit", {"a": "b" * 100}, "c\nd"))
    cut = '{"a":"' + "b" * 61 + "..."
    assert found == f'get-things query.limit: published {cut}, ours "c\\nd"'


LIMIT = Difference("get-things", "query.limit.maximum", 50, 20)

NAME = Difference("create-thing", "request.body.required.name", "name", ABSENT)


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("get-things query.limit.maximum", [NAME]),
        ("get-things *", [NAME]),
        ("* request.body.required.*", [LIMIT]),
        ("create-* *.name", [LIMIT]),
        ("*", []),
    ],
)
def test_an_accepted_difference_is_not_reported(pattern: str, left: list[Difference]) -> None:
    """A rule covers what its pattern matches in whole, over the operation and the place."""
    rule = Accepted(pattern, "The guide's example leaves it out.")
    assert unexplained([LIMIT, NAME], [rule]) == (left, [])


@pytest.mark.parametrize(
    "pattern", ["query.limit.maximum", "GET-THINGS *", "get-things", "*.limit"]
)
def test_a_rule_that_explains_nothing_is_reported(pattern: str) -> None:
    """A stale rule would hide the day its difference comes back, so it has to go."""
    rule = Accepted(pattern, "It was once so.")
    assert unexplained([LIMIT], [rule]) == ([LIMIT], [rule])


def test_rules_may_overlap() -> None:
    """Two rules that cover one difference both explain it; neither is stale."""
    rules = [Accepted("get-things *", "One."), Accepted("*.maximum", "Two.")]
    assert unexplained([LIMIT], rules) == ([], [])


def test_no_differences_and_no_rules_leave_nothing() -> None:
    """The contract is kept when both lists are empty."""
    assert unexplained([], []) == ([], [])


def test_accepting_needs_a_reason() -> None:
    """A deviation nobody can explain is a mistake, not a decision."""
    with pytest.raises(ContractError, match=r"'\*' needs a reason"):
        Accepted("*", " ")
