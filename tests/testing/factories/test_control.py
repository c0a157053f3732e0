"""Finding records, and factories over the control API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError
from amigo_mock.world.ids import IdSeries
from tests.support.paths import (
    NOBODY,
)
from tests.testing.factories.support import Elsewhere, Remote, each_kind, state


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


def test_factories_work_over_the_control_api(mock: AmigoMock, control: httpx2.Client) -> None:
    """Rule: what the control API says is all that a factory needs. Source: the factories."""
    there = Elsewhere(Remote(control))
    found = there.personas.create(versions=2, sensitive_user_variables={"pin": "1"})
    many = there.personas.create_many(2, created_at=datetime(2026, 1, 31, tzinfo=UTC))
    assert there.personas.all() == mock.personas.all() == [found, *many]
    assert there.personas.get(found.id) == there.personas.find(found.name) == found
    with pytest.raises(MockError, match=r"'mock-org': personas\.create: name"):
        there.personas.create(name=found.name)
    there.faker_seed = 0
    assert there.personas.create().name == f"{found.name} 2"
    assert there.unit_test_sets.create() == mock.unit_test_sets.all()[0]
    assert there.unit_tests.all() == mock.unit_tests.all()
    assert there.unit_tests.all()[0].persona_id == found.id
