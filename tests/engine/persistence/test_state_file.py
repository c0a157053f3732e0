"""The state file: what was answered is in it, and whoever starts from it goes on."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import threading
from pathlib import Path

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError, Settings, create_app
from amigo_mock.testing.samples import world
from tests.engine.persistence.support import (
    content,
    ids,
    if_killed,
    names,
    personas,
    world_of,
)
from tests.support.bodies import persona, persona_version
from tests.support.paths import PERSONAS
from tests.support.verbs import create_persona_in


def test_the_file_is_there_from_the_start(path: Path) -> None:
    """Rule: a state file that does not exist is created, for its owner alone, as it holds API keys.

    Source: the setting `state`.
    """
    with AmigoMock(state=path):
        assert [item["id"] for item in if_killed(path)["organizations"]] == ["mock-org"]
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_user_that_a_test_makes_is_kept_at_once(path: Path) -> None:
    """Rule: a change from Python is in the file before the call returns. Source: no lost work."""
    with AmigoMock(state=path) as mock:
        mock.as_user("bob", grants=[])
        (found,) = if_killed(path)["organizations"]
        assert "bob" in [user["id"] for user in found["users"]]


def test_an_empty_file_is_a_new_state(path: Path) -> None:
    """Rule: what `mktemp` and `touch` make is filled. Source: the setting `state`."""
    path.touch()
    with AmigoMock(state=path, seed=world(2, 0, 0)):
        pass
    assert len(personas(content(path))) == 2


def test_the_file_wins_over_the_seed(path: Path) -> None:
    """Rule: the seed is where the first run starts, the state where the others do. Source: both."""
    with AmigoMock(state=path, seed=world(2, 0, 0)) as mock:
        create_persona_in(mock, "Ann")
    with AmigoMock(state=path, seed=world(2, 0, 1)) as mock:
        assert len(mock.personas) == 3


def test_what_nobody_has_looked_at_is_in_the_file(path: Path) -> None:
    """Rule: what an organization has by default is kept as everything else is, and still there for
    whoever starts from the file. Source: no lost work.
    """
    for _ in range(2):
        with AmigoMock(state=path) as mock:
            (organization,) = if_killed(path)["organizations"]
            assert [service["name"] for service in organization["services"]] == ["Service"]
            assert len(organization["metrics"]) == 3
            mock.reset()
            assert len(mock.services) == 1


def test_a_kind_that_the_file_does_not_know_begins_as_ever(path: Path) -> None:
    """Rule: a file that was written before there was a kind gets what organizations have of it.

    Source: a state is kept over releases.
    """
    with AmigoMock(state=path) as mock:
        create_persona_in(mock, "Ann")
    drop = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute(\"DELETE FROM collections WHERE kind = 'services'\")"
    )
    subprocess.run(["python", "-c", drop, str(path)], check=True)
    for _ in range(2):
        with AmigoMock(state=path) as mock:
            assert [service.name for service in mock.services] == ["Service"]
            assert [found.name for found in mock.personas] == ["Ann"]


def test_a_change_is_in_the_file_before_its_answer(path: Path) -> None:
    """Rule: each kind of change is kept when it is answered. Source: no lost work."""
    with AmigoMock(state=path) as mock, mock.client() as client:
        base = f"{PERSONAS}{create_persona_in(mock, 'Ann')}/"
        assert names(if_killed(path)) == ["Ann"]
        client.post(base, json={"tags": {"a": "b"}})
        assert personas(if_killed(path))[0]["tags"] == {"a": "b"}
        client.post(f"{base}version/", json=persona_version())
        assert len(personas(if_killed(path))[0]["versions"]) == 2
        client.delete(base)
        assert personas(if_killed(path))[0]["is_deleted"]
        mock.personas.create(name="Bob")
        assert names(if_killed(path)) == ["Ann", "Bob"]
        mock.reset()
        assert personas(if_killed(path)) == []
        assert client.post("/_mock/organizations", json={"id": "there"}).status_code == 201
        assert len(if_killed(path)["organizations"]) == 2
        user = {"id": "new", "grants": []}
        assert client.post("/_mock/users", json=user).status_code == 201
        assert "new" in [each["id"] for each in if_killed(path)["organizations"][0]["users"]]


def test_another_world_is_in_the_file_before_its_answer(path: Path) -> None:
    """Rule: a world that is put in the place of another is a change, and so is one that comes back.

    Source: no lost work.
    """
    with AmigoMock(state=path) as mock, mock.client() as client:
        create_persona_in(mock, "Ann")
        number = client.post("/_mock/snapshots").json()["id"]
        other = json.loads(world_of(mock))
        other["organizations"][0]["personas"][0]["name"] = "Bob"
        assert client.put("/_mock/state", json=other).status_code == 204
        assert names(if_killed(path)) == ["Bob"]
        assert client.post("/_mock/restore", json={"id": number}).status_code == 204
        assert names(if_killed(path)) == ["Ann"]
        assert client.put("/_mock/seed", json=other).status_code == 204
        assert names(if_killed(path)) == ["Bob"]


def test_what_a_refusal_took_back_is_not_in_the_file(path: Path) -> None:
    """Rule: of several records that are added, one that is broken takes all others with it.

    Source: `POST /_mock/records`.
    """
    with AmigoMock(state=path) as mock, mock.client() as client:
        mock.personas.create(name="Ann")
        bob = {"name": "Bob", "role": "r", "versions": [{"background": "B"}]}
        broken = [
            {"kind": "personas", "records": [bob, {"name": "Cy"}]},
            {"kind": "unit_tests", "records": [{"name": "T"}], "needed": {"personas": [bob]}},
        ]
        for some in broken:
            assert client.post("/_mock/records", json=some).status_code == 422
        mock.scenarios.create()
        assert names(if_killed(path)) == ["Ann"]
        mock.personas.create(name="Cy")
        assert names(if_killed(path)) == ["Ann", "Cy"]


def test_a_part_that_is_written_anew_leaves_the_others(path: Path) -> None:
    """Rule: where records of one organization are taken back, those of another, which are beside
    them in the file, stay. Source: the state file.
    """
    zoe = {"name": "Zoe", "role": "r", "versions": [{"background": "B"}]}
    seed = {"organizations": [{"id": "here"}, {"id": "other", "personas": [zoe]}]}
    bob = {"name": "Bob", "role": "r", "versions": [{"background": "B"}]}
    with AmigoMock(state=path, seed=seed) as mock, mock.client() as client:
        mock.personas.create(name="Ann")
        broken = {"kind": "unit_tests", "records": [{"name": "T"}], "needed": {"personas": [bob]}}
        assert client.post("/_mock/records", json=broken).status_code == 422
        mock.personas.create(name="Eve")
        assert names(if_killed(path)) == ["Ann", "Eve", "Zoe"]


def test_a_restart_keeps_everything_and_ids_increase(path: Path) -> None:
    """Rule: a restart loses nothing, and its new ids are above the old. Source: ids, state."""
    seen: list[str] = []
    for name in ("Ann", "Bob", "Cy"):
        with AmigoMock(state=path, random_seed=3) as mock, mock.client() as client:
            id = create_persona_in(mock, name)
            client.post(f"{PERSONAS}{id}/version/", json=persona_version())
            now = ids(personas(json.loads(world_of(mock))))
        assert all(id > max(seen, default="") for id in now if id not in seen)
        assert seen == now[: len(seen)]
        seen = now
        assert len(set(seen)) == len(seen)
    assert names(content(path)) == ["Ann", "Bob", "Cy"]


def test_a_start_that_changes_nothing_changes_nothing(path: Path) -> None:
    """Rule: what is read is what was written, to the byte. Source: the state file."""
    with AmigoMock(state=path, seed=world(3, 3, 0)) as mock:
        before = world_of(mock)
    with AmigoMock(state=path) as mock:
        assert world_of(mock) == before


def test_the_clock_goes_on_where_it_was(path: Path) -> None:
    """Rule: a clock that was moved or stopped is kept, so that time never runs back; another
    setting than before begins anew. Source: no lost work; one clock for everything.
    """
    with AmigoMock(state=path) as mock:
        mock.clock.advance(days=2)
        moved = mock.clock.now()
    with AmigoMock(state=path) as mock:
        assert mock.clock.now() >= moved
        mock.clock.freeze(1_800_000_000)
    with AmigoMock(state=path) as mock:
        assert (mock.clock.now(), mock.clock.frozen) == (1_800_000_000, True)
    with AmigoMock(state=path, clock="2031-01-01T00:00:00Z") as mock:
        assert mock.clock.datetime().year == 2031


def test_scripts_are_kept(path: Path) -> None:
    """Rule: what tests decide ahead of time is kept with the world that it is about.

    Source: a world may carry scripts.
    """
    with AmigoMock(state=path) as mock:
        test = mock.unit_tests.create()
        mock.outcomes.add(test.name, error="Broken")
        assert if_killed(path)["scripts"]["outcomes"][0]["error"] == "Broken"
        mock.outcomes.clear()
        assert "scripts" not in if_killed(path)


def test_a_tenant_is_not_kept(path: Path) -> None:
    """Rule: a tenant belongs to whoever opened it, and ends with the server. Source: tenants."""
    with AmigoMock(state=path) as mock, mock.client() as client:
        assert client.post("/_mock/tenants", json={"organization": "mine"}).status_code == 201
        headers = {"X-Amigo-Mock-Organization": "mine"}
        some = {"kind": "personas", "records": [{"name": "Bob", "role": "r", "versions": []}]}
        client.post("/_mock/records", json=some, headers=headers)
        assert [item["id"] for item in if_killed(path)["organizations"]] == ["mock-org"]


def test_nothing_but_the_file_is_left(path: Path) -> None:
    """Rule: the log that is beside the file while it is served goes with the server.

    Source: the state file.
    """
    with AmigoMock(state=path) as mock:
        create_persona_in(mock, "Ann")
        assert {each.name for each in path.parent.iterdir()} == {"world.db", "world.db-wal"}
    assert list(path.parent.iterdir()) == [path]


def test_a_link_and_the_mode_of_the_file_stay(path: Path, tmp_path: Path) -> None:
    """Rule: the file is written in place; a link stays a link, and the mode what it was.

    Source: a file that is shared with a group, or mounted alone into a container.
    """
    target = tmp_path / "target.db"
    target.touch()
    target.chmod(0o664)
    number = target.stat().st_ino
    path.symlink_to(target)
    for name in ("Ann", "Bob"):
        with AmigoMock(state=path) as mock:
            create_persona_in(mock, name)
    assert path.is_symlink()
    found = target.stat()
    assert (found.st_mode & 0o777, found.st_ino) == (0o664, number)
    assert names(content(target)) == ["Ann", "Bob"]


def test_a_stop_leaves_no_thread(path: Path) -> None:
    """Rule: nothing is left behind, and nothing runs beside the server. Source: stop()."""
    before = set(threading.enumerate())
    with AmigoMock(state=path):
        assert len(set(threading.enumerate()) - before) == 1
    assert set(threading.enumerate()) <= before


def test_several_clients_at_once(path: Path) -> None:
    """Rule: what is written from several threads is all kept, each once. Source: no lost work."""
    with AmigoMock(state=path, rate_limits=False) as mock:

        def write(number: int) -> None:
            with mock.client(in_process=bool(number % 2)) as client:
                for turn in range(20):
                    client.post(PERSONAS, json=persona(f"{number} {turn}")).raise_for_status()

        writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        found = names(if_killed(path))
    assert sorted(found) == sorted(f"{number} {turn}" for number in range(4) for turn in range(20))


def test_any_text_comes_back_as_it_was(path: Path) -> None:
    """Rule: what a request may say is kept as it said it. Source: the state file."""
    texts = "\u007f\u0085\u0090\ufffe\U0001f600\u2028"
    with AmigoMock(state=path) as mock, mock.client() as client:
        for text in texts:
            body = persona(f"a{text}b", initial_version=persona_version(background=f"c{text}d"))
            assert client.post(PERSONAS, json=body).status_code == 201
        before = world_of(mock)
    with AmigoMock(state=path) as mock:
        assert world_of(mock) == before
        assert [found.name for found in mock.personas] == [f"a{text}b" for text in texts]


def test_an_application_keeps_its_state(path: Path) -> None:
    """Rule: under another server it is kept as well, and the file is free when that ends.

    Source: `create_app`.
    """

    async def served() -> None:
        app = create_app(Settings.of(state=path))
        async with app.router.lifespan_context(app):
            transport = httpx2.ASGITransport(app, client=("127.0.0.1", 1))
            async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as one:
                kept = {"id": "kept"}
                assert (await one.post("/_mock/organizations", json=kept)).status_code == 201
            with pytest.raises(MockError, match=f"in use by process {os.getpid()}"):
                AmigoMock(state=path).start()

    asyncio.run(served())
    assert [each["id"] for each in content(path)["organizations"]] == ["mock-org", "kept"]


def test_the_application_of_a_fake_that_is_not_started_keeps_its_state(path: Path) -> None:
    """Rule: what is written through `app` alone is kept, each time it is served, and the file is
    free when its server ends; without a server that says so, it is when the fake is stopped.

    Source: a write that was answered is not lost.
    """
    mock = AmigoMock(state=path)

    async def write(name: str) -> None:
        transport = httpx2.ASGITransport(app)
        headers = {"Authorization": f"Bearer {mock.token()}"}
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://localhost", headers=headers
        ) as one:
            assert (await one.post(PERSONAS, json=persona(name))).status_code == 201

    async def serve(name: str) -> None:
        async with app.router.lifespan_context(app):
            await write(name)

    app = mock.app
    with pytest.raises(MockError, match=f"in use by process {os.getpid()} at an ASGI server"):
        AmigoMock(state=path).start()
    for name in ("Ann", "Bob"):
        asyncio.run(serve(name))
    assert names(content(path)) == ["Ann", "Bob"]
    assert mock.app is app
    asyncio.run(write("Eve"))
    mock.stop()
    assert names(content(path)) == ["Ann", "Bob", "Eve"]
    with mock:
        asyncio.run(serve("Kim"))
        create_persona_in(mock, "Lou")
    assert names(content(path)) == ["Ann", "Bob", "Eve", "Kim", "Lou"]


def test_a_relative_name_is_kept_where_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Rule: a file stays where it was when the process goes to another folder. Source: state."""
    monkeypatch.chdir(path.parent)
    with AmigoMock(state=path.name) as mock:
        monkeypatch.chdir(tmp_path)
        create_persona_in(mock, "Ann")
    assert names(content(path)) == ["Ann"]
    assert list(path.parent.iterdir()) == [path]
