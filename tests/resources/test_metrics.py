"""Metrics: their types, their versions, and who keeps them from being deleted."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError
from tests.support.paths import METRICS, NOBODY
from tests.support.suite import Json, Suite
from tests.support.verbs import names, places
from tests.support.worlds import grant, put_organization, user

SERVICE = f"{7:024x}"
BOOLEAN: Json = {"type": "boolean"}
NUMBER: Json = {"type": "numerical", "lower_bound": 0.5, "upper_bound": 10}
WORDS: Json = {"type": "categorical", "categories": ["good", "bad"]}


@pytest.fixture
def suite(client: httpx2.Client) -> Suite:
    return Suite(client)


def body(name: str = "Patience", value: Json = NUMBER, **changes: Any) -> Json:
    return {
        "name": name,
        "applied_to_services": [SERVICE],
        "additional_notes": "For calls.",
        "tags": {"area": "manners"},
        "initial_version_metric_value": {"description": "How patient.", "metric_value": value},
        **changes,
    }


def create(suite: Suite, name: str = "Patience", **changes: Any) -> str:
    return str(suite.post(METRICS, body(name, **changes))["id"])


def listed(suite: Suite, **query: Any) -> list[Json]:
    found: list[Json] = suite.get(METRICS, **query)["metrics"]
    return found


def versions(suite: Suite, id: str, **query: Any) -> list[Json]:
    found: list[Json] = suite.get(f"{METRICS}{id}/version", **query)["metric_versions"]
    return found


def test_an_organization_has_a_metric_of_each_type(suite: Suite) -> None:
    """Rule: whoever says nothing of metrics has one of each type. Source: the README."""
    found = {metric["name"]: metric["metric_value_type"] for metric in listed(suite)}
    assert found == {
        "Goal Reached": "boolean",
        "Satisfaction": "numerical",
        "Tone": "categorical",
    }


@pytest.mark.parametrize("value", [BOOLEAN, NUMBER, WORDS])
def test_a_metric_is_created(suite: Suite, value: Json) -> None:
    """Rule: it is shown as it was sent, tags as a list, with the type of its first version.
    Source: published document.
    """
    id = create(suite, initial_version_metric_value={"description": "", "metric_value": value})
    (found,) = listed(suite, id=id)
    who = {"org_id": "mock-org", "user_id": "mock-user"}
    assert found.pop("created_at") == found.pop("updated_at")
    assert found == {
        "id": id,
        "org_id": "mock-org",
        "name": "Patience",
        "applied_to_services": [SERVICE],
        "additional_notes": "For calls.",
        "tags": [{"key": "area", "value": "manners"}],
        "creator": who,
        "updated_by": who,
        "metric_value_type": value["type"],
        "is_deleted": False,
    }
    (version,) = versions(suite, id)
    assert version.pop("created_at")
    expected = {"metric_id": id, "version": 1, "description": "", "metric_value": value}
    assert version == {**expected, "creator": who}


def test_values_are_checked(suite: Suite) -> None:
    """Rule: 1 to 50 categories, numbers that are numbers, one of three types. Source: published
    document.
    """
    for value in (
        {"type": "categorical", "categories": []},
        {"type": "text"},
        {"type": "numerical"},
    ):
        answer = suite.client.post(METRICS, json=body(value=value))
        assert answer.status_code == 422
    huge = b'{"type":"numerical","lower_bound":0,"upper_bound":1e999}'
    sent = suite.client.build_request("POST", METRICS, json=body()).content
    content = sent.replace(b'{"type":"numerical","lower_bound":0.5,"upper_bound":10}', huge)
    assert content != sent
    answer = suite.client.post(
        METRICS, content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422


def test_names_are_unique(suite: Suite) -> None:
    """Rule: 409 for the name of a metric that is not deleted. Source: published document."""
    id = create(suite)
    assert suite.status("POST", METRICS, json=body()) == 409
    answer = suite.client.delete(f"{METRICS}{id}/")
    assert (answer.status_code, answer.json()) == (200, None)
    assert create(suite) != id


def test_filters(suite: Suite) -> None:
    """Rule: by service, type, tag and creator, in lists and searches. Source: published
    document.
    """
    create(suite)
    create(suite, "Patience of users", value=WORDS, applied_to_services=[], tags={})
    assert names(listed(suite, applied_to_service=SERVICE)) == ["Patience"]
    assert names(listed(suite, type=["numerical"])) == ["Satisfaction", "Patience"]
    assert names(listed(suite, tag="area:*")) == ["Patience"]
    assert names(listed(suite, creator="mock-org,nobody")) == []
    assert suite.status("GET", METRICS, params={"type": "text"}) == 422
    where = f"{METRICS}search/"
    found = suite.get(where, query="patience", type="categorical")["metrics"]
    assert names(found) == ["Patience of users"]
    assert "id" not in found[0]
    assert found[0]["_id"] == listed(suite, type="categorical")[1]["id"]
    assert names(suite.get(where, query="patience", applied_to_service=SERVICE)["metrics"]) == [
        "Patience"
    ]


def test_filter_values(suite: Suite) -> None:
    """Rule: with the first page, over what the filters let through, so without the deleted ones
    unless they are asked for. Source: published document.
    """
    me = {"org_id": "mock-org", "user_id": "mock-user"}
    none: Json = {"applied_to_services_ids": [], "creators": [], "tags": [], "types": []}
    id = create(suite)

    def values(**query: Any) -> Json:
        found: Json = suite.get(METRICS, **query)["filter_values"]
        return found

    patience = {
        "applied_to_services_ids": [SERVICE],
        "creators": [me],
        "tags": ["area"],
        "types": ["numerical"],
    }
    everything = {**patience, "types": ["boolean", "categorical", "numerical"]}
    assert values() == everything
    assert values(limit=0) == everything
    assert values(tag="area:*") == values(id=id) == patience
    assert values(type="boolean") == {**none, "creators": [me], "types": ["boolean"]}
    assert values(id=NOBODY) == values(is_deleted=True) == none
    assert suite.status("DELETE", f"{METRICS}{id}/") == 200
    assert values(is_deleted=True) == values(id=id) == patience
    assert values() == {**everything, "applied_to_services_ids": [], "tags": []}


def test_deleted_metrics_are_listed_when_asked_for(suite: Suite) -> None:
    """Rule: `is_deleted` is false unless said otherwise; beside an id it has to be said, as a
    deleted metric can still be retrieved by its id. Versions can still be read. Source: published
    document; assumption metric-deletion-filter.
    """
    id = create(suite)
    suite.client.delete(f"{METRICS}{id}/")
    assert "Patience" not in names(listed(suite))
    assert names(listed(suite, is_deleted=True)) == ["Patience"]
    assert names(listed(suite, id=id)) == ["Patience"]
    assert names(listed(suite, id=id, is_deleted=True)) == ["Patience"]
    assert names(listed(suite, id=id, is_deleted=False)) == []
    assert len(versions(suite, id)) == 1
    for method, path in (("POST", ""), ("DELETE", ""), ("POST", "version/")):
        sent = {"description": "D", "metric_value": NUMBER} if path else {}
        options = {"json": sent} if method == "POST" else {}
        assert suite.status(method, f"{METRICS}{id}/{path}", **options) == 404


def test_a_metric_is_changed(suite: Suite) -> None:
    """Rule: notes are changed unless `{}` or left out, null takes them away. Source: published
    document.
    """
    id = create(suite)
    path = f"{METRICS}{id}/"
    answer = suite.client.post(path, json={"additional_notes": {}, "tags": None})
    assert (answer.status_code, answer.json()) == (200, None)
    (found,) = listed(suite, id=id)
    assert (found["additional_notes"], len(found["tags"])) == ("For calls.", 1)
    suite.post(path, {"additional_notes": None, "tags": {}, "applied_to_services": []}, 200)
    (found,) = listed(suite, id=id)
    assert (found["additional_notes"], found["tags"]) == (None, [])
    assert found["applied_to_services"] == []


def test_versions(suite: Suite) -> None:
    """Rule: numbered from 1; an expected number that is not the next is a 409, another type a 400.
    Source: published document.
    """
    id = create(suite)
    path = f"{METRICS}{id}/version/"
    new = {"description": "Anew.", "metric_value": {**NUMBER, "upper_bound": 5}}
    assert suite.post(path, new) == {"version": 2}
    assert suite.post(f"{path}?version=3", new) == {"version": 3}
    assert suite.status("POST", f"{path}?version=3", json=new) == 409
    assert suite.status("POST", f"{path}?version=0", json=new) == 422
    assert suite.status("POST", path, json={**new, "metric_value": BOOLEAN}) == 400
    assert suite.status("POST", path, json={**new, "description": " "}) == 422
    assert [found["version"] for found in versions(suite, id, version="2-latest")] == [2, 3]
    assert [found["version"] for found in versions(suite, id, sort_by="-version", limit=2)] == [
        3,
        2,
    ]
    assert suite.status("GET", f"{METRICS}{NOBODY}/version") == 404


def test_a_metric_in_use_is_not_deleted(suite: Suite) -> None:
    """Rule: 400 while a unit test that is not deleted uses it. Source: published document."""
    test = suite.unit_test()
    path = f"{METRICS}{suite.metrics['boolean']}/"
    assert suite.status("DELETE", path) == 400
    assert suite.status("DELETE", f"/v1/mock-org/simulation/unit_test/{test}/") == 204
    assert suite.status("DELETE", path) == 200


def test_permissions(mock: AmigoMock) -> None:
    """Rule: what the grants do not cover is a 403, or not listed. Source: published document."""
    numbers = {"metric_value_type": {"type": "Equals", "value": "numerical"}}
    reader = user("bea", grant("Metric:GetMetric", **numbers))
    with mock.client() as client:
        put_organization(client, reader)
        ids = [metric["id"] for metric in listed(Suite(client))]
    with mock.client(user="bea") as bea:
        assert names(listed(Suite(bea))) == ["Satisfaction"]
        found = [bea.get(f"{METRICS}{id}/version").status_code for id in ids]
        assert found == [403, 200, 403]
        assert bea.post(METRICS, json=body()).status_code == 403
        assert bea.delete(f"{METRICS}{ids[0]}/").status_code == 403


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"metric_value_type": "boolean"}, "metric_value_type: can only be 'numerical' here"),
        ({"org_id": "other"}, "org_id: can only be 'mock-org' here"),
    ],
)
def test_worlds_do_not_contradict_themselves(mock: AmigoMock, changes: Json, text: str) -> None:
    """Rule: what follows from the rest can only be left out, or be that. Source: the README."""
    versions = [{"description": "D", "metric_value": NUMBER}]
    seed = {"name": "Speed", "versions": versions, **changes}
    with pytest.raises(MockError, match=text):
        mock.seed({"organizations": [{"id": "mock-org", "metrics": [seed]}]})


def test_worlds_have_metrics(client: httpx2.Client) -> None:
    """Rule: a world's metric has a type only, unless it says more. Source: the README."""
    seed = {"name": "Speed", "versions": [{"description": "D", "metric_value": NUMBER}]}
    put_organization(client, metrics=[seed])
    (found,) = listed(Suite(client))
    assert (found["metric_value_type"], found["additional_notes"]) == ("numerical", None)
    assert places(client.post(METRICS, json={}))[0] == ("missing", ["body", "name"])
