"""A resource is three files of one noun and the lines that list it: everything else knows it.

The plants of `tests/support/plants` are no part of the package; a catalog has them, and nothing
else was changed for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError, Settings
from amigo_mock.commands.replay.replay import Replay
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.recording.capsule import Capsule
from amigo_mock.local import LocalBackend
from amigo_mock.resources import CATALOG
from amigo_mock.testing.factories.host import LazyFactory
from amigo_mock.testing.reports.coverage import Coverage
from amigo_mock.testing.reports.permissions import PermissionUse
from tests.support.plants import WITH_PLANTS
from tests.support.plants.factory import Plants, WholePlant
from tests.support.plants.operations import GROWTHS

Json = dict[str, Any]

PLANTS = "/v1/mock-org/plant/"
CODE = "4711-gate"
WORLD: Json = {
    "organizations": [
        {
            "id": "mock-org",
            "users": [{"id": "mock-user", "grants": [{"permission_name": "*"}]}],
            "personas": [{"name": "Ann", "role": "owner", "versions": [{"background": "Digs."}]}],
            "plants": [
                {
                    "name": "Fern",
                    "garden": "Kew",
                    "owner_id": "Ann",
                    "versions": [{"care": "Shade and water.", "gate_code": CODE}],
                }
            ],
        }
    ],
    "scripts": {"growths": [{"plant": "Fern", "centimetres": 7}]},
}


class Gardener(AmigoMock):
    """A fake with the factory of plants."""

    plants: LazyFactory[Plants] = LazyFactory("tests.support.plants.factory:Plants")


def gardener(**given: Any) -> Gardener:
    return Gardener(LocalBackend(Settings.of(**given), WITH_PLANTS))


@pytest.fixture
def mock() -> Iterator[Gardener]:
    with gardener(clock="2026-01-31T12:00:00Z") as found:
        yield found


@pytest.fixture
def client(mock: Gardener) -> Iterator[httpx2.Client]:
    with mock.client(in_process=True) as found:
        yield found


@pytest.fixture
def control(mock: Gardener) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"{mock.url}/_mock/", trust_env=False) as found:
        yield found


def body(mock: Gardener, name: str = "Fern", **changes: Any) -> Json:
    owner = mock.personas.create()
    made = {
        "name": name,
        "tags": {"light": "low"},
        "garden": "Kew",
        "owner_id": owner.id,
        "initial_version": {"care": "Shade and water.", "gate_code": CODE},
    }
    return made | changes


def plant_names(answer: httpx2.Response) -> list[str]:
    return [plant["name"] for plant in answer.json()["plants"]]


# Over HTTP


def test_it_has_its_routes(mock: Gardener, client: httpx2.Client) -> None:
    """Rule: operations are served where their rows in the catalogue say, with the statuses that
    they declare. Source: the measure of the house, like all rules here.
    """
    id = client.post(PLANTS, json=body(mock)).json()["plant_id"]
    assert client.post(PLANTS, json=body(mock)).status_code == 409
    version = {"care": "Sun.", "gate_code": CODE}
    again = client.post(f"{PLANTS}{id}/version/", json=version)
    assert (again.status_code, again.json()) == (201, {"version": 2})
    page = client.get(PLANTS, params={"garden": "Kew", "tag": "light:low"})
    assert plant_names(page) == ["Fern"]
    assert page.json()["filter_values"]["gardens"] == ["Kew"]
    assert plant_names(client.get(f"{PLANTS}search", params={"query": "sun"})) == ["Fern"]
    assert plant_names(client.get(f"{PLANTS}search", params={"query": "shade"})) == []
    versions = client.get(f"{PLANTS}{id}/version/").json()["plant_versions"]
    assert [each["gate_code"] for each in versions] == [CODE, CODE]
    assert client.delete(f"{PLANTS}{id}/").status_code == 204
    assert client.delete(f"{PLANTS}{id}/").status_code == 404
    assert client.put(PLANTS).status_code == 405


def test_others_do_not_have_them() -> None:
    """Rule: a catalog without it has none of this. Source: state lives in objects."""
    with AmigoMock() as mock, mock.client(in_process=True) as client:
        assert client.get(PLANTS).status_code == 404
        assert "plants" not in CATALOG.kinds


def test_it_is_validated(mock: Gardener, client: httpx2.Client) -> None:
    """Rule: bodies and parameters are those of its models."""
    answer = client.post(PLANTS, json=body(mock, initial_version={"care": ""}))
    places = {tuple(found["loc"]) for found in answer.json()["detail"]}
    assert answer.status_code == 422
    inner = ("body", "initial_version")
    assert places == {(*inner, "care"), (*inner, "gate_code")}
    assert client.get(PLANTS, params={"limit": 51}).status_code == 422


def test_it_is_in_the_document(client: httpx2.Client) -> None:
    """Rule: the OpenAPI document of a fake has what its catalog has."""
    paths = client.get("/v1/openapi.json").json()["paths"]
    create = paths["/v1/{organization}/plant/"]["post"]
    assert create["operationId"] == "create-plant"
    assert set(create["responses"]) >= {"201", "409", "422"}
    assert "/v1/{organization}/plant/{plant_id}/water" in paths


def test_it_is_limited(mock: Gardener, client: httpx2.Client) -> None:
    """Rule: the declared limit holds, is counted, and can be changed."""
    path = f"{PLANTS}{mock.plants.create().id}/water"
    first, _, third = [client.post(path) for _ in range(3)]
    assert first.headers["X-RateLimit-Limit"] == "2"
    assert (third.status_code, "Retry-After" in third.headers) == (429, True)
    assert mock.rate_limits.used()["water-plant"] == 3
    mock.rate_limits.set("water-plant", 5)
    assert client.post(path).status_code == 200


def test_its_permissions_hold(mock: Gardener, client: httpx2.Client) -> None:
    """Rule: an operation asks for what it declares, lists filter, and conditions see fields."""
    kew, ryde = (mock.plants.create(garden=garden) for garden in ("Kew", "Ryde"))
    in_kew = {"garden": {"type": "Equals", "value": "Kew"}}
    grants = [{"permission_name": "Plant:GetPlant", "conditions": in_kew}]
    with mock.as_user("visitor", grants=grants).client() as visitor:
        assert plant_names(visitor.get(PLANTS)) == [kew.name]
        assert visitor.post(PLANTS, json=body(mock)).status_code == 403
        assert visitor.get(f"{PLANTS}{ryde.id}/version/").status_code == 403
    assert plant_names(client.get(PLANTS)) == [kew.name, ryde.name]


def test_what_it_refers_to_stays(mock: Gardener, client: httpx2.Client) -> None:
    """Rule: what a living record refers to cannot be deleted."""
    plant = mock.plants.create()
    owner = f"/v1/mock-org/simulation/persona/{plant.owner_id}/"
    assert client.delete(owner).status_code == 400
    client.delete(f"{PLANTS}{plant.id}/")
    assert client.delete(owner).status_code == 204


# Around it


def test_the_journal_hides_its_secret(mock: Gardener, client: httpx2.Client) -> None:
    """Rule: a field that is declared secret is in no entry, whatever it is called."""
    id = client.post(PLANTS, json=body(mock)).json()["plant_id"]
    client.get(f"{PLANTS}{id}/version/")
    client.post(PLANTS, json=body(mock, initial_version={"gate_code": CODE}))
    assert [entry.operation for entry in mock.requests] == [
        "create-plant",
        "get-plant-versions",
        "create-plant",
    ]
    assert CODE not in json.dumps([entry.json() for entry in mock.requests])
    assert CODE not in repr(mock.plants.get(id))


def test_its_requests_are_counted(mock: Gardener, client: httpx2.Client) -> None:
    """Rule: coverage and grants of a catalog have its operations, and an expectation finds them."""
    client.post(PLANTS, json=body(mock))
    coverage, grants = Coverage(WITH_PLANTS.all()), PermissionUse(WITH_PLANTS.all())
    for entry in mock.requests:
        coverage.add(entry)
        grants.add("test", entry)
    assert coverage.operations["create-plant"].calls == 1
    assert "water-plant" in coverage.never_called
    assert "Plant:CreatePlant" in grants.text(tests=True)
    mock.assert_called("create-plant", json={"garden": "Kew"}, times=1)


def test_faults_and_races_know_it(mock: Gardener, client: httpx2.Client) -> None:
    """Rule: operations have their names for whoever arms a fault or lets another user act."""
    plant = mock.plants.create()
    with mock.faulty("get-plants", status=503):
        assert client.get(PLANTS).status_code == 503
    with mock.between("get-plants", "create-plant-version").deletes():
        client.get(PLANTS)
        version = {"care": "Sun.", "gate_code": CODE}
        assert client.post(f"{PLANTS}{plant.id}/version/", json=version).status_code == 404
    with pytest.raises(MockError, match="'water-plant'"):
        mock.faults.add("water-plants", status=503)


def test_its_script_is_scripted(
    mock: Gardener, client: httpx2.Client, control: httpx2.Client
) -> None:
    """Rule: what a resource lets a test decide is there in Python and over the control API."""
    path = f"{PLANTS}{mock.plants.create(name='Fern').id}/water"
    growths = mock.scripted(GROWTHS)
    growths.add("Fern", centimetres=3)
    assert control.post("scripts/growths", json={"plant": "Fern", "centimetres": 4}).is_success
    assert [client.post(path).json()["centimetres"] for _ in range(2)] == [3, 4]
    assert len(growths) == 0
    with pytest.raises(MockError, match="'Fern'"):
        growths.add("Ferm")


# Its records


def test_a_world_has_it_in_and_out(mock: Gardener, client: httpx2.Client) -> None:
    """Rule: a world document brings it in, secrets, references and scripts included; the state
    takes it out again; a broken one is refused with its place.
    """
    mock.seed(WORLD)
    fern = mock.plants.find("Fern")
    assert fern.owner_id == mock.personas.find("Ann").id
    state = client.get("/_mock/state").json()
    mock.reset()
    assert client.post(f"{PLANTS}{fern.id}/water").json() == {"centimetres": 7}
    with gardener(seed=state) as twin:
        assert twin.plants.find("Fern") == fern
        assert [one.centimetres for one in twin.scripted(GROWTHS)] == [7]
    (organization,) = WORLD["organizations"]
    broken = {"organizations": [{**organization, "plants": [{"name": "Fern"}]}]}
    with pytest.raises(MockError, match=r"plant 'Fern': garden"):
        mock.seed(broken)


def test_a_state_file_keeps_it(tmp_path: Any) -> None:
    """Rule: what is kept over a restart has it."""
    with gardener(state=tmp_path / "state") as mock:
        made = mock.plants.create(versions=2)
    with gardener(state=tmp_path / "state") as mock:
        assert mock.plants.get(made.id) == made


def test_a_snapshot_has_it(mock: Gardener) -> None:
    """Rule: a snapshot brings back what there was, a reset what there was at the start."""
    first = mock.plants.create()
    snapshot = mock.snapshot()
    mock.plants.create()
    mock.restore(snapshot)
    assert mock.plants.all() == [first]
    mock.reset()
    assert mock.plants.all() == []


def test_a_tenant_has_its_own(mock: Gardener, control: httpx2.Client) -> None:
    """Rule: a tenant's world may have it, under the tenant's id, and nobody else's has."""
    answer = control.post("tenants", json={"organization": "t-1", "world": WORLD})
    assert answer.is_success, answer.text
    of_tenant = {"X-Amigo-Mock-Organization": "t-1"}
    (organization,) = control.get("state", headers=of_tenant).json()["organizations"]
    assert [plant["name"] for plant in organization["plants"]] == ["Fern"]
    assert organization["plants"][0]["versions"][0]["org_id"] == "t-1"
    assert mock.plants.all() == []


def test_a_capsule_has_it_and_replays(mock: Gardener, client: httpx2.Client) -> None:
    """Rule: a recorded run is the same again, without its secrets in the file."""
    mock.seed(WORLD)
    mock.record()
    fern = mock.plants.find("Fern")
    assert client.post(f"{PLANTS}{fern.id}/water").json() == {"centimetres": 7}
    assert client.post(PLANTS, json=body(mock, "Moss")).status_code == 201
    assert plant_names(client.get(PLANTS)) == ["Fern", "Moss"]
    written = json.dumps(mock.capsule("test"))
    assert CODE not in written
    replay = Replay(Capsule.model_validate(json.loads(written)), fake=Fake(WITH_PLANTS))
    assert [outcome.word for outcome in replay.run()] == ["same"] * 3


# Its factory


def test_its_factory_makes_it(mock: Gardener) -> None:
    """Rule: a factory is declared in a line, makes what the record needs, and is typed."""
    plant: WholePlant = mock.plants.create(garden="Kew", care="Sun.", versions=2)
    assert (plant.latest.care, plant.latest.version) == ("Sun.", 2)
    assert mock.personas.get(plant.owner_id).name
    owner = mock.personas.create()
    several: list[WholePlant] = mock.plants.create_many(2, owner=owner)
    assert {each.owner_id for each in several} == {owner.id}
    with pytest.raises(TypeError, match="'garden'"):
        mock.plants.create(gardn="Kew")  # type: ignore[call-arg]
