"""Tenants, and the control API that a client from elsewhere needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.engine import tenants as module
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.tenants import Tenants, renamed
from amigo_mock.resources import CATALOG
from amigo_mock.settings import Settings
from amigo_mock.state.journal import LocalJournal
from amigo_mock.world.documents.document import read
from tests.support.bodies import persona, persona_version
from tests.support.paths import PERSONAS, RUNS
from tests.support.suite import Suite
from tests.support.verbs import persona_names

START = 1_700_000_000.0
LIST = "get-simulation-personas"
CREATE = "create-simulation-persona"
SECRET = "wx7Qk-49211"

Open = Callable[..., httpx2.Client]


@pytest.fixture
def control(mock: AmigoMock) -> Iterator[httpx2.Client]:
    """The control API of the fake itself; tenants that a test leaves are deleted."""
    with mock.client(base_url=f"{mock.url}/_mock/") as found:
        del found.headers["Authorization"]
        yield found
        for tenant in found.get("tenants").json()["tenants"]:
            found.delete(f"tenants/{tenant['organization']}")


@pytest.fixture
def tenant(control: httpx2.Client) -> Iterator[Open]:
    """Opens tenants; the client is signed in and uses the tenant's own control API."""
    clients: list[httpx2.Client] = []

    def open(organization: str, **order: Any) -> httpx2.Client:
        answer = control.post("tenants", json={"organization": organization, **order})
        assert answer.status_code == 201, answer.text
        base = str(control.base_url).removesuffix("_mock/")
        client = httpx2.Client(
            base_url=base, trust_env=False, headers={"X-Amigo-Mock-Organization": organization}
        )
        clients.append(client)
        user = client.get("/_mock/organizations").json()["organizations"][0]["users"][0]["id"]
        token = client.post("/_mock/tokens", json={"user": user}).json()["id_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    yield open
    for client in clients:
        client.close()


def refused(answer: httpx2.Response, *words: str, status: int = 422) -> None:
    """The control API's refusal, with words that say what is wrong."""
    assert answer.status_code == status, answer.text
    for word in words:
        assert word in answer.text


def of(organization: str) -> str:
    """Where the personas of an organization are."""
    return f"/v1/{organization}/simulation/persona/"


# Opening and deleting


def test_a_tenant_is_a_fake_of_its_own(control: httpx2.Client, tenant: Open) -> None:
    """Rule: an organization with the default user, served under its id. Source: tenants."""
    client = tenant("one")
    assert client.post(of("one"), json=persona("Ann")).status_code == 201
    assert persona_names(client, of("one")) == ["Ann"]
    assert client.get("/_mock/health").json()["organizations"] == ["one"]
    assert control.get("health").json()["organizations"] == ["mock-org"]
    keys = {"x-api-key": "mock-api-key", "x-api-key-id": "mock-key-id", "x-user-id": "mock-user"}
    signed = client.post("/v1/one/user/signin_with_api_key", headers=keys)
    assert signed.status_code == 200
    listed = control.get("tenants").json()["tenants"]
    assert [found["organization"] for found in listed] == ["one"]


def test_an_id_that_is_not_given_is_made(control: httpx2.Client) -> None:
    """Rule: never the same one twice. Source: tenants."""
    made = [control.post("tenants", json={}).json()["organization"] for _ in range(20)]
    assert len(set(made)) == 20
    assert all(id.startswith("tenant-") for id in made)


def test_a_deleted_tenant_is_gone(control: httpx2.Client, tenant: Open) -> None:
    """Rule: its control API is a 404 that says why, its paths are nobody's. Source: tenants."""
    client = tenant("one")
    assert control.delete("tenants/one").status_code == 204
    refused(control.delete("tenants/one"), "there is no tenant 'one'", "deleted", status=422)
    refused(client.get("/_mock/clock"), "there is no tenant 'one'", "deleted", status=404)
    assert client.get(of("one")).status_code == 401
    assert control.get("tenants").json() == {"tenants": []}
    assert persona_names(tenant("one"), of("one")) == []


def test_opening_tells_all_that_a_client_needs(control: httpx2.Client) -> None:
    """Rule: the organization with its users and keys, and a token for its first user; nothing in
    a world without them. Source: tenants.
    """
    users = [{"id": "ann", "grants": [{"permission_name": "*"}]}, {"id": "bob"}]
    world = {"organizations": [{"id": "a", "users": users}]}
    made = control.post("tenants", json={"organization": "one", "world": world}).json()
    own = {"X-Amigo-Mock-Organization": "one"}
    (listed,) = control.get("organizations", headers=own).json()["organizations"]
    assert made["identity"] == listed
    assert [user["id"] for user in listed["users"]] == ["ann", "bob"]
    token = {"Authorization": f"Bearer {made['token']['id_token']}"}
    url = str(control.base_url).removesuffix("/_mock/") + of("one")
    assert control.get(url, headers=token).status_code == 200
    (entry,) = control.get("requests", headers=own).json()["requests"]
    assert entry["caller"] == "one/ann"
    nobody = {"organizations": [{"id": "b", "users": []}]}
    empty = control.post("tenants", json={"organization": "two", "world": nobody}).json()
    assert (empty["identity"]["users"], empty["token"]) == ([], None)


def test_a_tenant_can_take_the_place_of_another(control: httpx2.Client, tenant: Open) -> None:
    """Rule: the old one goes when the new one comes, also with the same id; one that is refused
    replaces nothing, and one that is not there need not go. Source: tenants.
    """
    tenant("one")

    def names() -> list[str]:
        return [one["organization"] for one in control.get("tenants").json()["tenants"]]

    wrong = {"organization": "two", "replaces": "one", "settings": {"strict": "perhaps"}}
    refused(control.post("tenants", json=wrong), "'strict'")
    assert names() == ["one"]
    for order, there in (
        ({"organization": "two", "replaces": "one"}, ["two"]),
        ({"organization": "two", "replaces": "two"}, ["two"]),
        ({"organization": "three", "replaces": "nobody"}, ["two", "three"]),
    ):
        assert control.post("tenants", json=order).status_code == 201
        assert names() == there
    refused(control.post("tenants", json={"organization": "two", "replaces": "three"}), "already")


def test_a_tenant_can_be_recorded_from_the_start(control: httpx2.Client) -> None:
    """Rule: a capsule can be had if that was said. Source: tenants."""
    for record, status in ((True, 200), (False, 422)):
        order = {"organization": "one", "replaces": "one", "record": record}
        assert control.post("tenants", json=order).status_code == 201
        answer = control.get("capsule", headers={"X-Amigo-Mock-Organization": "one"})
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"organization": "mock-org"}, ("'mock-org' already",)),
        ({"organization": "taken"}, ("there is a tenant 'taken' already",)),
        ({"organization": "a/b"}, ("'a/b'", "letters, digits")),
        ({"organization": ""}, ("letters, digits",)),
        ({"organization": "ä"}, ("letters, digits",)),
        ({"organization": "x" * 101}, ("up to 100",)),
        ({"organisation": "a"}, ("organisation", "did you mean", "'organization'")),
        ({"settings": {"strct": True}}, ("'strct'", "did you mean 'strict'?")),
        ({"settings": {"strict": "perhaps"}}, ("'strict'",)),
        ({"settings": {"cls": 1}}, ("unknown setting 'cls'",)),
        ({"settings": {"rate_limits": {"list": 3}}}, ("no limit on 'list'",)),
        ({"settings": {"port": 1}}, ("'port' cannot change",)),
        ({"settings": {"control_token": SECRET}}, ("'control_token' cannot change",)),
        ({"settings": {"seed": "world.yaml"}}, ("'seed'", "not the name of a file")),
        ({"settings": {"seed": {}}, "world": {}}, ("once",)),
        ({"world": {"organisations": []}}, ("organisations", "did you mean")),
        (
            {"organization": "x", "world": {"organizations": [{"id": "a"}, {"id": "b"}]}},
            ("organizations: there are 2, and a tenant has just one",),
        ),
        ({"world": {"organizations": [{"id": "a", "users": 1}]}}, (": users: ",)),
        ({"world": {"organizations": [{}]}}, ("organization 1: id: ",)),
        ({"world": {"organizations": "a"}}, ("organizations",)),
        ({"world": {"organizations": ["a"]}}, ("organization 1: ",)),
        ({"world": {"organizations": []}}, ("a world has at least one organization",)),
        ({"world": {"organizations": [{"id": "a", "personas": 1}]}}, (": personas: ",)),
        ({"world": {"organizations": [{"id": "a", "personas": [1]}]}}, ("persona 1: ",)),
    ],
)
def test_a_wrong_tenant_is_refused(
    control: httpx2.Client, tenant: Open, order: dict[str, Any], words: tuple[str, ...]
) -> None:
    """Rule: what is wrong, where, and the nearest; nothing is opened. Source: tenants."""
    tenant("taken")
    answer = control.post("tenants", json=order)
    refused(answer, *words)
    assert SECRET not in answer.text
    assert [one["organization"] for one in control.get("tenants").json()["tenants"]] == ["taken"]


def test_settings_are_those_of_the_server_but_for_those_given() -> None:
    """Rule: what is left out is as the server was made with. Source: tenants."""
    pull = {"Authorization": f"Bearer {SECRET}"}
    order = {"organization": "one", "settings": {"token_lifetime": 5, "journal_size": 3}}
    with (
        AmigoMock(strict=True, token_lifetime=60, control_token=SECRET) as mock,
        mock.client(headers=pull) as client,
    ):
        made = client.post("/_mock/tenants", json=order)
        settings = made.json()["settings"]
        own = {"X-Amigo-Mock-Organization": "one"}
        assert client.get("/_mock/settings", headers=own).json() == settings
        theirs = client.get("/_mock/settings").json()
    assert [settings[name] for name in ("strict", "token_lifetime", "journal_size")] == [True, 5, 3]
    assert [theirs[name] for name in ("strict", "token_lifetime", "journal_size")] == [
        True, 60, 1000
    ]  # fmt: skip
    assert SECRET not in made.text
    assert theirs["control_token"] == theirs["signing_key"] == "**********"


def test_a_tenant_comes_back_to_the_settings_of_the_server(tenant: Open) -> None:
    """Rule: what is said no longer is as the server was made with. Source: tenants."""
    one = tenant("one", settings={"strict": True})
    assert one.put("/_mock/settings", json={"journal_size": 5}).json()["strict"] is False
    assert one.put("/_mock/settings", json={}).json()["journal_size"] == 1000


def test_a_world_gets_the_id_of_its_tenant(tenant: Open, client: httpx2.Client) -> None:
    """Rule: wherever the world names its organization, it is the tenant's. Source: tenants."""
    made = client.post(PERSONAS, json=persona("Ann")).json()["simulation_persona_id"]
    client.post(f"{PERSONAS}{made}/version/", json=persona_version())
    world = client.get("/_mock/state").json()
    one = tenant("one", world=world)
    (found,) = one.get(of("one")).json()["simulation_personas"]
    assert found["creator"] == found["updated_by"] == {"org_id": "one", "user_id": "mock-user"}
    versions = one.get(f"{of('one')}{made}/version/").json()["simulation_persona_versions"]
    assert [(version["org_id"], version["creator"]["org_id"]) for version in versions] == [
        ("one", "one"), ("one", "one")
    ]  # fmt: skip
    assert one.get("/_mock/state").json()["organizations"][0]["id"] == "one"


def test_what_only_looks_like_the_id_is_left_alone() -> None:
    """Rule: tags and people from elsewhere are not renamed. Source: tenants."""
    elsewhere = {"org_id": "b", "user_id": "u"}
    record = {"name": "a", "tags": {"org_id": "a"}, "creator": elsewhere, "versions": []}
    world = {"organizations": [{"id": "a", "name": "a", "personas": [record]}]}
    (found,) = renamed(world, "c", CATALOG.kinds)["organizations"]
    assert found == {"id": "c", "name": "a", "personas": [record]}
    assert world["organizations"][0]["id"] == "a"


def test_the_world_of_a_file_gets_the_id_of_its_tenant(tmp_path: Path) -> None:
    """Rule: whatever form the document has, nobody of it is left in the organization that it was
    written of. Source: tenants.
    """
    version = {"objective": "O", "org_id": "a"}
    file = tmp_path / "world.json"
    scenario = {"name": "S", "versions": [version], "creator": {"org_id": "a", "user_id": "u"}}
    file.write_text(json.dumps({"organizations": [{"id": "a", "scenarios": [scenario]}]}))
    (found,) = renamed(read(file), "c", CATALOG.kinds)["organizations"]
    moved = {**scenario, "versions": [{**version, "org_id": "c"}]}
    assert found == {
        "id": "c",
        "scenarios": [{**moved, "creator": {"org_id": "c", "user_id": "u"}}],
    }


def test_every_world_of_a_tenant_gets_its_id(tenant: Open) -> None:
    """Rule: state, seed and setting as well; an organization of another id has no place.

    Source: tenants.
    """
    one = tenant("one")
    world = {"organizations": [{"id": "elsewhere", "users": [{"id": "ann"}]}]}
    for operation, content in (("state", world), ("seed", world), ("settings", {"seed": world})):
        assert one.put("/_mock/settings", json={}).status_code == 200
        assert one.put(f"/_mock/{operation}", json=content).is_success
        (found,) = one.get("/_mock/organizations").json()["organizations"]
        assert (found["id"], found["users"][0]["id"]) == ("one", "ann")
    two = {"organizations": [{"id": "a"}, {"id": "b"}]}
    refused(one.put("/_mock/state", json=two), "there are 2")
    refused(one.post("/_mock/organizations", json={"id": "b"}), "a tenant has no organization but")
    refused(one.post("/_mock/organizations", json={}), "id")
    assert one.post("/_mock/organizations", json={"id": "one"}).status_code == 201


def test_an_organization_cannot_stand_behind_a_tenant(control: httpx2.Client, tenant: Open) -> None:
    """Rule: an id is one tenant's or the fake's own. Source: tenants."""
    tenant("one")
    refused(control.post("organizations", json={"id": "one"}), "organization of a tenant")


# Apart


def test_tenants_share_nothing(mock: AmigoMock, client: httpx2.Client, tenant: Open) -> None:
    """Rule: world, clock, limits, faults, maintenance, journal, strictness. Source: tenants."""
    one, two = tenant("one"), tenant("two", settings={"strict": True})
    assert one.post(of("one"), json=persona("Ann")).status_code == 201
    one.post("/_mock/clock", json={"at": START})
    one.put("/_mock/maintenance", json={"enabled": True})
    one.put("/_mock/rate-limits", json={"limits": {LIST: 1}})
    one.post("/_mock/faults", json={"operation": LIST, "status": 500, "times": None})
    assert one.get(of("one")).status_code == 500
    for client_, organization in ((two, "two"), (client, "mock-org")):
        assert persona_names(client_, of(organization)) == []
        assert client_.get("/_mock/clock").json()["frozen"] is False
        assert client_.get("/_mock/maintenance").json() == {"enabled": False}
        assert client_.get("/_mock/rate-limits").json()["limits"] == {}
        assert client_.get("/_mock/faults").json() == {"faults": []}
        (entry,) = client_.get("/_mock/requests").json()["requests"]
        assert entry["path"] == of(organization)
    assert [entry["number"] for entry in one.get("/_mock/requests").json()["requests"]] == [1, 2]
    lenient = {"sort_by": "+name"}
    assert two.get(of("two"), params=lenient).status_code == 422
    assert client.get(PERSONAS, params=lenient).status_code == 200
    mock.reset()
    assert one.get("/_mock/clock").json()["frozen"] is True


def test_outcomes_and_downloads_are_a_tenant_s_own(
    mock: AmigoMock, client: httpx2.Client, tenant: Open
) -> None:
    """Rule: what is scripted for one tenant happens there alone, and its links lead to it, at the
    address that its caller used; no signature is in its journal. Source: tenants.
    """
    scripted = {"unit_test": "Refill works", "criterion": "Done"}
    found: dict[str, tuple[bool, int]] = {}
    for name in ("one", "two"):
        caller = tenant(name)
        suite = Suite(caller, name)
        tests = suite.unit_test_set(suite.unit_test())
        if name == "one":
            assert caller.post("/_mock/scripts/outcomes", json=scripted).status_code == 201
        run = suite.run(suite.start(tests))
        link = suite.get(f"{RUNS}{run['id']}/artifacts/")["presigned_url"]
        assert link.startswith(f"{mock.url}/download/{name}/")
        found[name] = run["failed_metrics"], httpx2.get(link, trust_env=False).status_code
        (last,) = caller.get("/_mock/requests").json()["requests"][-1:]
        assert last["path"].startswith(f"/download/{name}/")
        signature = link.rpartition("signature=")[2]
        assert signature not in caller.get("/_mock/requests").text
    assert found == {"one": (True, 200), "two": (False, 200)}
    for name, count in (("one", 1), ("two", 0)):
        own = {"X-Amigo-Mock-Organization": name}
        answer = client.get("/_mock/scripts/outcomes", headers=own)
        assert len(answer.json()["outcomes"]) == count
    own = {"X-Amigo-Mock-Organization": "one"}
    assert client.delete("/_mock/scripts/outcomes", headers=own).status_code == 204
    assert client.get("/_mock/scripts/outcomes", headers=own).json() == {"outcomes": []}
    assert len(mock.outcomes) == len(mock.requests) == 0


def test_a_token_is_good_for_one_tenant(tenant: Open) -> None:
    """Rule: the same names are other people elsewhere. Source: access."""
    one, two = tenant("one"), tenant("two")
    assert one.get(of("two")).status_code == 401
    assert one.get(of("two"), headers={"X-ORG-ID": "one"}).status_code == 401
    assert one.get(PERSONAS).status_code == 401
    assert two.get(of("two")).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/one", "/v2/one/x", "/v1/one2/x", "/nothing"]
)
def test_what_names_no_tenant_is_the_fakes(mock: AmigoMock, tenant: Open, path: str) -> None:
    """Rule: only `/v1/{organization}` and links to downloads lead to a tenant. Source: tenants."""
    one = tenant("one")
    assert one.get(path).status_code in (404, 307)
    assert [entry.path for entry in mock.requests] == [path]
    assert one.get("/v1/one/nothing").status_code == 404
    assert [entry["path"] for entry in one.get("/_mock/requests").json()["requests"]] == [
        "/v1/one/nothing"
    ]


def test_whoever_listens_to_the_server_hears_of_tenants() -> None:
    """Rule: `serve` writes a line for every request of the server. Source: the log."""
    heard: list[str] = []
    with AmigoMock() as mock:
        with mock.client() as client:
            client.post("/_mock/tenants", json={"organization": "one"})
            mock.requests.subscribe(lambda entry: heard.append(entry.path))
            client.get(of("one"))
        assert heard == [of("one")]
        assert len(mock.requests) == 0


def test_tenants_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule: of too many, the one that was idle longest makes room. Source: tenants."""
    monkeypatch.setattr(module, "MOST", 3)
    tenants = Tenants(Fake(CATALOG))
    for id in ("a", "b", "c"):
        tenants.open(id, {})
    assert tenants.of("/v1/a/simulation/persona/") is tenants.fakes["a"]
    assert tenants.get("b") is tenants.fakes["b"]
    tenants.open("d", {})
    assert list(tenants.fakes) == ["a", "b", "d"]
    tenants.open("e", {})
    assert list(tenants.fakes) == ["b", "d", "e"]


def test_the_door_is_the_servers_for_all_of_them() -> None:
    """Rule: a tenant's control API asks for the server's control token.

    Source: the access to the control API.
    """
    with AmigoMock(control_token=SECRET) as mock, mock.client() as client:
        named = {"X-Amigo-Mock-Organization": "one"}
        assert client.post("/_mock/tenants", json={}).status_code == 401
        assert client.get("/_mock/clock", headers=named).status_code == 401
        pull = {**named, "Authorization": f"Bearer {SECRET}"}
        assert client.get("/_mock/clock", headers=pull).status_code == 404


# Other control operations


def test_settings_start_over(mock: AmigoMock, control: httpx2.Client) -> None:
    """Rule: as made with these; the next time without them, as before. Source: `configure`."""
    mock.clock.freeze(START)
    answer = control.put("settings", json={"strict": True, "rate_limits": {LIST: 2}})
    assert answer.json() == control.get("settings").json()
    assert (mock.settings.strict, mock.rate_limits.limits) == (True, {LIST: 2})
    assert not mock.clock.frozen
    refused(control.put("settings", json={"strct": True}), "did you mean 'strict'?")
    refused(control.put("settings", json={"state": "x"}), "'state' cannot change")
    refused(control.put("settings", json={"rate_limits": {"x": 2}}), "no limit on 'x'")
    assert mock.settings.strict
    assert control.put("settings", json={}).json()["strict"] is False
    assert mock.settings == Settings(run_duration=0)


def test_the_clock_can_stand_at_a_time(control: httpx2.Client) -> None:
    """Rule: a number of seconds or a time with its zone; frozen, unless it is to run.

    Source: the control API's table.
    """
    for at in (START, "2023-11-14T22:13:20Z", "2023-11-14T23:13:20+01:00"):
        answer = control.post("clock", json={"at": at}).json()
        assert answer == {"now": "2023-11-14T22:13:20Z", "frozen": True}
    answer = control.post("clock", json={"at": START + 0.123456, "advance": 1}).json()
    assert datetime.fromisoformat(answer["now"]) == datetime.fromtimestamp(START + 1.123456, UTC)
    answer = control.post("clock", json={"at": START, "frozen": False}).json()
    assert answer["frozen"] is False
    assert START <= datetime.fromisoformat(answer["now"]).timestamp() < START + 60
    control.post("clock", json={"reset": True})
    assert datetime.fromisoformat(control.get("clock").json()["now"]).timestamp() > START + 86400
    wrong: tuple[Any, ...] = (-1, 1e300, "2023-11-14T22:13:20", "soon", [])
    for at in wrong:
        refused(control.post("clock", json={"at": at}), "at")
    refused(control.post("clock", json={"reset": True, "advance": 1}), "order of its own")
    refused(control.post("clock", json={"at": START, "advance": 1e12}), "year 9000")
    assert control.get("clock").json()["frozen"] is False


def test_limits_can_be_read_and_taken_back(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: what is used of them; null is as published again; DELETE counts anew. Source: table."""
    client.put("/_mock/rate-limits", json={"limits": {LIST: 2, CREATE: 3}})
    client.get(PERSONAS)
    assert client.get("/_mock/rate-limits").json() == {
        "enabled": True, "limits": {LIST: 2, CREATE: 3}, "used": {LIST: 1}
    }  # fmt: skip
    client.put("/_mock/rate-limits", json={"limits": {LIST: None}})
    assert mock.rate_limits.limits == {CREATE: 3}
    refused(
        client.put("/_mock/rate-limits", json={"limits": {CREATE: None, "x": None}}), "limit on 'x'"
    )
    assert mock.rate_limits.limits == {CREATE: 3}
    assert client.delete("/_mock/rate-limits").status_code == 204
    assert client.get("/_mock/rate-limits").json()["used"] == {}


def test_one_fault_can_be_disarmed(client: httpx2.Client) -> None:
    """Rule: the one with this id; none with another. Source: the control API's table."""
    for status in (500, 502):
        client.post("/_mock/faults", json={"operation": LIST, "status": status})
    assert client.delete("/_mock/faults?id=3").status_code == 404
    assert client.delete("/_mock/faults?id=1").status_code == 204
    refused(client.delete("/_mock/faults?id=x"), "id")
    assert client.get(PERSONAS).status_code == 502
    (left,) = client.get("/_mock/faults").json()["faults"]
    assert (left["id"], left["hits"], left["spent"]) == (2, 1, True)


def test_a_user_can_be_put(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: made or replaced, in the first organization or the one named. Source: the table."""
    grants = [{"permission_name": "Simulation:Get*"}]
    answer = client.post("/_mock/users", json={"id": "ann", "grants": grants})
    assert (answer.status_code, answer.json()) == (201, {"organization": "mock-org", "id": "ann"})
    header = {"Authorization": f"Bearer {mock.token('ann')}"}
    assert client.get(PERSONAS, headers=header).status_code == 200
    assert client.post(PERSONAS, headers=header, json=persona()).status_code == 403
    everything = [{"permission_name": "*"}]
    order = {"id": "ann", "organization": "mock-org", "grants": everything}
    assert client.post("/_mock/users", json=order).status_code == 201
    assert client.post(PERSONAS, headers=header, json=persona()).status_code == 201
    refused(client.post("/_mock/users", json={"id": "a", "organization": "x"}), "'x'")
    refused(client.post("/_mock/users", json={"id": "a", "grant": []}), "did you mean 'grants'?")
    (found,) = client.get("/_mock/organizations").json()["organizations"]
    assert [user["id"] for user in found["users"]] == ["mock-user", "ann"]
    assert found["api_keys"] == [{"id": "mock-key-id", "key": "mock-api-key"}]


def test_races_can_be_said_listed_and_cleared(client: httpx2.Client) -> None:
    """Rule: what another user does in between, and what came of it. Source: `between`."""
    made = client.post(PERSONAS, json=persona("Ann")).json()["simulation_persona_id"]
    act = {"before": "update-simulation-persona", "operation": "delete-simulation-persona"}
    answer = client.post("/_mock/races", json=act)
    assert answer.status_code == 201
    assert (answer.json()["id"], answer.json()["status"]) == (1, None)
    assert "never happened" in answer.json()["trouble"]
    assert client.post(f"{PERSONAS}{made}/", json={}).status_code == 404
    (found,) = client.get("/_mock/races").json()["races"]
    assert (found["status"], found["trouble"]) == (204, None)
    refused(client.post("/_mock/races", json={**act, "before": "delete"}), "'delete'")
    refused(client.post("/_mock/races", json={**act, "befor": 1}), "did you mean 'before'?")
    assert client.delete("/_mock/races").status_code == 204
    assert client.get("/_mock/races").json() == {"races": []}


def test_evidence_is_the_journal_with_what_came_of_faults_and_races(
    mock: AmigoMock, client: httpx2.Client
) -> None:
    """Rule: what is new in the journal, and each armed fault and race, in one answer.

    Source: the control API's table.
    """
    mock.faults.add(LIST, status=503)
    mock.between(None, CREATE).does(LIST)
    client.get(PERSONAS)
    client.get("/nothing")
    found = client.get("/_mock/evidence").json()
    assert found["requests"] == client.get("/_mock/requests").json()["requests"]
    assert found["faults"] == client.get("/_mock/faults").json()["faults"]
    assert found["races"] == client.get("/_mock/races").json()["races"]
    assert [fault["hits"] for fault in found["faults"]] == [1]
    new = client.get("/_mock/evidence?after=1").json()["requests"]
    assert [entry["number"] for entry in new] == [2]


def test_a_snapshot_is_kept_under_a_number(
    client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule: restored as often as wanted, ids included; the last ones are kept. Source: table."""
    monkeypatch.setattr("amigo_mock.engine.snapshots.MOST", 2)
    first = client.post("/_mock/snapshots").json()["id"]
    made = [client.post(PERSONAS, json=persona("Ann")).json()]
    second = client.post("/_mock/snapshots").json()["id"]
    for _ in range(2):
        assert client.post("/_mock/restore", json={"id": first}).status_code == 204
        assert persona_names(client, of("mock-org")) == []
        made.append(client.post(PERSONAS, json=persona("Ann")).json())
    assert made == [made[0]] * 3
    client.post("/_mock/reset")
    client.post("/_mock/snapshots")
    refused(client.post("/_mock/restore", json={"id": second}), f"no snapshot {second}")
    assert client.post("/_mock/restore", json={"id": first}).status_code == 204


def test_a_seed_is_come_back_to(client: httpx2.Client) -> None:
    """Rule: as PUT /_mock/state, and a reset returns to it. Source: `seed`."""
    world = client.get("/_mock/state").json()
    client.post(PERSONAS, json=persona("Ann"))
    assert client.put("/_mock/seed", json=client.get("/_mock/state").json()).status_code == 204
    client.post(PERSONAS, json=persona("Bob"))
    client.post("/_mock/reset")
    assert persona_names(client, of("mock-org")) == ["Ann"]
    refused(client.put("/_mock/seed", json={"organisations": []}), "did you mean")
    client.put("/_mock/seed", json=world)


def test_the_journal_can_be_read_on(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: what ended after a request did, by place and not by number. Source: the table."""

    def after(number: int, more: str = "") -> list[int]:
        found = client.get(f"/_mock/requests?after={number}{more}").json()["requests"]
        return [entry["number"] for entry in found]

    mock.faults.add(LIST, delay=0.001, status=503)
    journal = mock.requests
    assert isinstance(journal, LocalJournal)
    slow = journal.open(mock.clock.now(), "GET", "/slow", "")
    for path in (PERSONAS, PERSONAS, "/nothing"):
        client.get(path)
    journal.close(slow)
    assert after(2) == [3, 4, 1]
    assert after(4) == [1]
    assert after(1) == []
    assert after(9) == [2, 3, 4, 1]
    assert after(2, f"&operation={LIST}") == [3]
    refused(client.get("/_mock/requests?after=x"), "after")
