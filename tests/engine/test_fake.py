"""One fake with other settings from here on; and what is there before a server is."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError, Settings
from amigo_mock.engine.fake import Fake
from amigo_mock.resources import CATALOG
from tests.support.bodies import persona
from tests.support.paths import PERSONAS
from tests.support.verbs import persona_names_of


def world(*personas: str) -> dict[str, object]:
    versions = [{"background": "B"}]
    records = [{"name": name, "role": "r", "tags": {}, "versions": versions} for name in personas]
    return {"organizations": [{"id": "mock-org", "personas": records}]}


IDS = {
    "agents": ["660e3699855c1fd486000001"],
    "service_hierarchical_state_machines": ["660df5e53a39c80405000001"],
    "services": ["660b9cd2f46939de4f000001"],
    "metrics": [
        *("66078301b47ea9b4be000001", "66078301b47ea9b4be000002", "66078301b47ea9b4be000003"),
        *("66078301b47ea9b4be000004", "66078301b47ea9b4be000005", "66078301b47ea9b4be000006"),
    ],
}


def test_the_ids_of_the_default_world_are_what_they_were() -> None:
    """Rule: no kind that is added, and no organization, moves an id that a seed gives; records and
    their versions count on from each other. Source: written down here.
    """
    (organization,) = json.loads(Fake(CATALOG).state())["organizations"]
    for kind, ids in IDS.items():
        found = organization[kind]
        assert ids == [
            id
            for record in found
            for id in (record["id"], *(version["_id"] for version in record.get("versions", ())))
        ]


def test_other_settings_hold_from_here_on() -> None:
    """Rule: strictness, limits, clock, journal and world are those of the settings. Source:
    configure()."""
    with AmigoMock() as mock, mock.client() as client:
        lenient = persona()
        del lenient["initial_version"]["user_models"]
        assert client.post(PERSONAS, json=lenient).status_code == 201
        mock.configure(
            Settings.of(
                strict=True,
                seed=world("Ann"),
                clock="2026-01-01T00:00:00Z",
                rate_limits={"get-simulation-personas": 1},
                journal_size=1,
            )
        )
        client.headers["Authorization"] = f"Bearer {mock.token()}"
        assert client.post(PERSONAS, json=lenient).status_code == 422
        assert persona_names_of(mock, in_process=True) == ["Ann"]
        assert client.get(PERSONAS).status_code == 429
        assert (mock.clock.frozen, len(mock.requests)) == (True, 1)
        mock.configure(Settings())
        assert persona_names_of(mock, in_process=True) == []
        assert not mock.clock.frozen


def test_the_same_settings_are_a_new_start() -> None:
    """Rule: whatever was done since, a seed of its own included. Source: configure()."""
    settings = Settings.of(seed=world("Ann"))
    with AmigoMock(settings) as mock:
        mock.seed(world("Ben"))
        mock.maintenance = True
        mock.faults.add("get-simulation-personas", status=503)
        mock.configure(settings)
        assert persona_names_of(mock, in_process=True) == ["Ann"]


def test_a_world_is_made_once_for_its_settings() -> None:
    """Rule: coming back to settings brings back their world as it began. Source: configure()."""
    with AmigoMock() as mock:
        seeds = [Settings.of(seed=world(name)) for name in ("Ann", "Ben")]
        ids = []
        for settings in (*seeds, *seeds):
            mock.configure(settings)
            with mock.client(in_process=True) as client:
                ids.append(client.get(PERSONAS).json()["simulation_personas"][0]["id"])
                client.post(PERSONAS, json=persona("Cid"))
        assert ids[:2] == ids[2:]


@pytest.mark.parametrize(
    "given",
    [{"port": 1}, {"host": "::1"}, {"state": "x.json"}, {"control_token": "x"}],
)
def test_what_belongs_to_the_server_cannot_change(given: dict[str, object]) -> None:
    """Rule: refused by name, and nothing has changed. Source: configure()."""
    with AmigoMock() as mock:
        mock.seed(world("Ann"))
        (name,) = given
        with pytest.raises(MockError, match=f"'{name}'"):
            mock.configure(Settings.of(strict=True, **given))
        assert persona_names_of(mock, in_process=True) == ["Ann"]
        assert not mock.settings.strict


def test_a_broken_world_changes_nothing(tmp_path: Path) -> None:
    """Rule: as it was, settings included. Source: nothing is half done."""
    broken = tmp_path / "world.yaml"
    broken.write_text("organizations: 7")
    with AmigoMock() as mock:
        mock.seed(world("Ann"))
        with pytest.raises(MockError, match=r"world\.yaml: organizations"):
            mock.configure(Settings.of(seed=broken, clock="2026-01-01T00:00:00Z"))
        assert persona_names_of(mock, in_process=True) == ["Ann"]
        assert not mock.clock.frozen


def test_nothing_is_served_until_somebody_connects() -> None:
    """Rule: an address that is shown can be connected to, and costs no server before that.

    Source: the README's fixtures.
    """
    code = (
        "import sys, urllib.request; from amigo_mock import AmigoMock\n"
        "with AmigoMock() as mock, mock.client(in_process=True) as client:\n"
        "    assert client.get('/_mock/health').status_code == 200\n"
        "    assert 'uvicorn' not in sys.modules\n"
        "    with urllib.request.urlopen(mock.url + '/_mock/health') as answer:\n"
        "        assert answer.status == 200\n"
        "    assert 'uvicorn' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_stopping_while_the_server_is_starting_leaves_nothing_behind() -> None:
    """Rule: no thread and no port. Source: stop()."""
    before = threading.active_count()
    for _ in range(5):
        mock = AmigoMock().start()
        host, _, port = mock.url.removeprefix("http://").partition(":")
        connection = socket.create_connection((host, int(port)))
        mock.stop()
        connection.close()
        assert threading.active_count() == before
        with pytest.raises(OSError, match=r"refused|Connection"):
            socket.create_connection((host, int(port)), timeout=1)


def test_headroom_is_what_is_left_of_the_open_window(
    mock: AmigoMock, client: httpx2.Client
) -> None:
    """Rule: of the busiest caller; the whole of it once the window is closed. Source: the README's
    control."""
    listing = "get-simulation-personas"
    assert mock.rate_limits.headroom(listing) == 50
    for _ in range(3):
        client.get(PERSONAS)
    with mock.as_user(grants=["*"]).client() as another:
        another.get(PERSONAS)
    assert mock.rate_limits.headroom(listing) == 47
    mock.rate_limits.set(listing, 2)
    assert mock.rate_limits.headroom(listing) == -1
    mock.clock.advance(60)
    assert mock.rate_limits.headroom(listing) == 2
    with pytest.raises(MockError, match="get-simulation-personas"):
        mock.rate_limits.headroom("get-simulation-persona")


def test_maintenance_lasts_for_a_block(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: on inside, and afterwards as it was, errors or not. Source: the README's races."""
    with suppress(ZeroDivisionError), mock.maintenance():
        assert client.get(PERSONAS).status_code == 503
        raise ZeroDivisionError
    assert client.get(PERSONAS).status_code == 200
    mock.maintenance = True
    with mock.maintenance():
        pass
    assert mock.maintenance


def test_a_fault_lasts_for_a_block(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: armed inside, disarmed afterwards. Source: the README's races."""
    with mock.faulty("get-simulation-personas", status=503, times=2) as armed:
        assert client.get(PERSONAS).status_code == 503
    assert (armed.hits, client.get(PERSONAS).status_code) == (1, 200)


def test_requests_can_be_narrowed_down(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: by operation, status and user, in order. Source: the README's races."""
    client.post(PERSONAS, json=persona("Ann"))
    client.post(PERSONAS, json=persona("Ann"))
    client.get(PERSONAS)
    with mock.as_user("reader", grants=[]).client() as reader:
        reader.post(PERSONAS, json=persona("Ben"))
    created = mock.requests.to("create-simulation-persona")
    assert [entry.status for entry in created] == [201, 409, 403]
    assert [entry.status for entry in created.with_status("4xx")] == [409, 403]
    assert [entry.status for entry in created.with_status(201, 403)] == [201, 403]
    assert created.by("reader").last.status == 403
    assert created[0].request_json["name"] == "Ann"
    assert created.last.response_json["detail"]
    with pytest.raises(LookupError, match="no such request"):
        _ = created.with_status(500).last
    with pytest.raises(MockError, match="did you mean 'create-simulation-persona'"):
        mock.requests.to("create-simulation-person")
    with pytest.raises(MockError, match="'4x'"):
        mock.requests.with_status("4x")
