"""Drift: each change of a contract is one difference."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock.contract.difference import ABSENT, Difference
from amigo_mock.contract.document import ContractError
from amigo_mock.contract.drift import drift
from tests.contract.drift.changes import CHANGES, POST, QUERY
from tests.contract.drift.support import CONTRACT, PUBLISHED, REMOVED, Json, Way, changed, leaves


@pytest.mark.parametrize("change", CHANGES)
def test_one_change_is_one_difference(change: str) -> None:
    """Whoever keeps the contract must see each deviation once, where it is, with both values."""
    way, value, place, theirs, ours = CHANGES[change]
    found = drift(CONTRACT, changed(CONTRACT, way, value))
    operation, _, where = place.partition(" ")
    assert found == [Difference(operation, where, theirs, ours)]


@pytest.mark.parametrize("change", CHANGES)
def test_a_difference_seen_from_the_other_side_is_mirrored(change: str) -> None:
    """Neither side is privileged: what one adds, the other lacks, in the same place."""
    way, value, *_ = CHANGES[change]
    twin = changed(CONTRACT, way, value)
    there, back = drift(CONTRACT, twin, extra=True), drift(twin, CONTRACT, extra=True)
    turned = [Difference(each.operation, each.where, each.ours, each.published) for each in back]
    assert turned == there


def test_a_contract_does_not_drift_from_itself() -> None:
    """No difference where there is none, on a contract of 116 operations."""
    assert drift(PUBLISHED, copy.deepcopy(PUBLISHED), extra=True) == []


def another(facts: Json, way: Way) -> Any:
    """A value of the same kind as the one in this place, and not equal to it."""
    value: Any = facts
    for step in way:
        value = value[step]
    if isinstance(value, dict):
        return {"type": "another"}
    if isinstance(value, list):
        return [{"another": []}]
    return value + 1 if type(value) is int else "another"


# How long an example takes depends on what else the machine does.
ANY_PACE = settings(deadline=None)

OPERATIONS = st.sampled_from(sorted(PUBLISHED["operations"]))


@ANY_PACE
@given(st.data())
def test_no_fact_of_the_published_contract_can_change_unseen(data: st.DataObject) -> None:
    """A check that misses a fact is no check: any single one, changed or gone, is reported."""
    name = data.draw(OPERATIONS)
    facts = PUBLISHED["operations"][name]
    way = data.draw(st.sampled_from(list(leaves(facts))))
    value = data.draw(st.sampled_from([REMOVED, another(facts, way)]))
    twin = {**PUBLISHED, "operations": {name: changed(facts, way, value)}}
    found = drift(PUBLISHED, twin, [name])
    assert {each.operation for each in found} == {name}


def test_the_order_of_differences_is_stable() -> None:
    """Reports are diffed too: the document first, then by operation, whatever the order given."""
    twin = copy.deepcopy(CONTRACT)
    twin["openapi"] = "3.0.3"
    for operation in twin["operations"].values():
        operation["path"] = "/other"
    found = drift(CONTRACT, twin, ["get-things", "create-thing"])
    assert [each.operation for each in found] == ["document", "create-thing", "get-things"]
    assert drift(CONTRACT, twin, ["create-thing", "get-things"]) == found


def test_only_the_operations_asked_for_are_compared() -> None:
    """A fake that emulates a part is held to that part."""
    twin = changed(CONTRACT, POST, REMOVED)
    assert drift(CONTRACT, twin, ["get-things"]) == []
    assert [each.where for each in drift(CONTRACT, twin, ["create-thing"])] == ["operation"]


def test_operations_that_only_we_have_are_told_if_asked_for() -> None:
    """A fake may serve more than the contract, as an interim step; asking tells what."""
    smaller = changed(CONTRACT, POST, REMOVED)
    extra = Difference("create-thing", "operation", ABSENT, "POST /thing")
    assert drift(smaller, CONTRACT) == []
    assert drift(smaller, CONTRACT, extra=True) == [extra]
    assert drift(smaller, CONTRACT, ["create-thing"]) == [extra]


def test_an_operation_of_neither_side_is_refused() -> None:
    """A misspelled operation would be compared with nothing, and the check could never fail."""
    with pytest.raises(ContractError, match="neither side has an operation 'get-thing'"):
        drift(CONTRACT, CONTRACT, ["get-thing"])


@pytest.mark.parametrize("sides", [({}, CONTRACT), (CONTRACT, {"openapi": "3.1.0", "digest": 0})])
def test_only_digests_are_compared(sides: tuple[Json, Json]) -> None:
    """An OpenAPI document has the same keys as a digest in part, and would compare as nonsense."""
    with pytest.raises(ContractError, match=r"side is no digest of format 1; digest it anew"):
        drift(*sides)


def test_alternatives_of_one_kind_are_told_apart_by_number() -> None:
    """Two alternatives of one type that both changed are still two differences."""
    schema = (*QUERY, "limit", "schema")
    before = changed(CONTRACT, schema, {"oneOf": [{"minimum": 1}, {"minimum": 2}, {"minimum": 3}]})
    after = changed(CONTRACT, schema, {"oneOf": [{"minimum": 1}, {"minimum": 4}, {"minimum": 5}]})
    assert [str(each) for each in drift(before, after)] == [
        "get-things query.limit.oneOf(any).minimum: published 2, ours 4",
        "get-things query.limit.oneOf(any 2).minimum: published 3, ours 5",
    ]


def test_alternatives_that_cannot_be_met_or_come_round_have_names_too() -> None:
    """Every alternative a digest can hold has a label, so that none makes the report fail."""
    schema = (*QUERY, "limit", "schema")
    before = changed(CONTRACT, schema, {"oneOf": [{"recursive": "items"}]})
    after = changed(CONTRACT, schema, {"oneOf": [False]})
    assert [each.where for each in drift(before, after)] == [
        "query.limit.oneOf(nothing)",
        "query.limit.oneOf(recursive)",
    ]


def test_a_parameter_may_change_from_schema_to_content() -> None:
    """OpenAPI 3.1: a parameter has a schema or content; a change of one into the other shows."""
    twin = changed(
        CONTRACT, (*QUERY, "limit"), {"required": False, "content": {"application/json": {}}}
    )
    assert [each.where for each in drift(CONTRACT, twin)] == ["query.limit.body", "query.limit"]
