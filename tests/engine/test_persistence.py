"""The state file: there soon after every change, and readable whatever happens."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from amigo_mock import AmigoMock, MockError
from amigo_mock.testing.samples import world
from tests.commands.support import Served, complaint
from tests.support.bodies import persona, persona_version
from tests.support.paths import PERSONAS
from tests.support.verbs import create_persona_in

Json: TypeAlias = dict[str, Any]


def content(path: Path) -> Json:
    """The world in a file."""
    found: Json = json.loads(path.read_bytes())
    return found


def personas(path: Path) -> list[Json]:
    """The personas in a file, over all organizations."""
    found = content(path)["organizations"]
    return [item for organization in found for item in organization["personas"]]


def names(path: Path) -> list[str]:
    return [item["name"] for item in personas(path)]


def ids(path: Path) -> list[str]:
    """Every id in a file: those of records and of versions."""
    found = personas(path)
    return [id for item in found for id in (item["id"], *(v["_id"] for v in item["versions"]))]


def within_a_second(condition: Callable[[], bool]) -> None:
    """It is so a second after now, by the wall clock."""
    end = time.monotonic() + 1
    while not condition():
        assert time.monotonic() < end, "it was not so after a second"
        time.sleep(0.01)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the state goes: alone in its folder."""
    folder = tmp_path / "state"
    folder.mkdir()
    return folder / "world.json"


def test_the_file_is_there_from_the_start(path: Path) -> None:
    """Rule: a state file that does not exist is created. Source: the setting `state`."""
    with AmigoMock(state=path):
        assert [item["id"] for item in content(path)["organizations"]] == ["mock-org"]


def test_the_file_is_loaded_at_the_start(path: Path) -> None:
    """Rule: an existing state file is where it starts from. Source: the setting `state`."""
    path.write_text(json.dumps(world(2, 1, 0)))
    with AmigoMock(state=path) as mock, mock.client() as client:
        found = client.get(PERSONAS).json()["simulation_personas"]
    assert [item["name"] for item in found] == names(path)
    assert len(found) == 2


def test_the_file_wins_over_the_seed(path: Path) -> None:
    """Rule: the seed is where the first run starts, the state where the others do. Source: both."""
    with AmigoMock(state=path, seed=world(2, 0, 0)) as mock:
        create_persona_in(mock, "Ann")
    with AmigoMock(state=path, seed=world(2, 0, 1)):
        assert len(personas(path)) == 3


def test_what_nobody_has_looked_at_is_in_the_file(path: Path) -> None:
    """Rule: what an organization has by default is kept as everything else is, and still there for
    whoever starts from the file. Source: no lost work.
    """
    for _ in range(2):
        with AmigoMock(state=path) as mock:
            (organization,) = content(path)["organizations"]
            assert [service["name"] for service in organization["services"]] == ["Service"]
            assert len(organization["metrics"]) == 3
            mock.reset()
            assert len(mock.services) == 1


def test_a_change_is_in_the_file_within_a_second(path: Path) -> None:
    """Rule: each kind of change reaches the file within a second. Source: no lost work."""
    with AmigoMock(state=path) as mock, mock.client() as client:
        base = f"{PERSONAS}{create_persona_in(mock, 'Ann')}/"
        within_a_second(lambda: names(path) == ["Ann"])
        client.post(base, json={"tags": {"a": "b"}})
        within_a_second(lambda: personas(path)[0]["tags"] == {"a": "b"})
        client.post(f"{base}version/", json=persona_version())
        within_a_second(lambda: len(personas(path)[0]["versions"]) == 2)
        client.delete(base)
        within_a_second(lambda: bool(personas(path)[0]["is_deleted"]))
        mock.reset()
        within_a_second(lambda: personas(path) == [])
        assert client.post("/_mock/organizations", json={"id": "there"}).status_code == 201
        within_a_second(lambda: len(content(path)["organizations"]) == 2)


def test_another_world_is_in_the_file_within_a_second(path: Path) -> None:
    """Rule: a world that is put in the place of another is a change. Source: no lost work."""
    with AmigoMock(state=path) as mock, mock.client() as client:
        create_persona_in(mock, "Ann")
        within_a_second(lambda: names(path) == ["Ann"])
        # As many organizations and records as before, so that nothing but the content differs.
        other = json.loads(path.read_bytes())
        other["organizations"][0]["personas"][0]["name"] = "Bob"
        assert client.put("/_mock/state", json=other).status_code == 204
        within_a_second(lambda: names(path) == ["Bob"])


def test_the_last_change_is_in_the_file_at_the_end(path: Path) -> None:
    """Rule: what was answered before the end is kept. Source: no lost work."""
    with AmigoMock(state=path) as mock:
        create_persona_in(mock, "Ann")
    assert names(path) == ["Ann"]


def test_a_restart_keeps_everything_and_ids_increase(path: Path) -> None:
    """Rule: a restart loses nothing, and its new ids are above the old. Source: ids, state."""
    seen: list[str] = []
    for name in ("Ann", "Bob", "Cy"):
        with AmigoMock(state=path, random_seed=3) as mock, mock.client() as client:
            id = create_persona_in(mock, name)
            client.post(f"{PERSONAS}{id}/version/", json=persona_version())
        assert all(id > max(seen, default="") for id in ids(path) if id not in seen)
        assert seen == ids(path)[: len(seen)]
        seen = ids(path)
        assert len(set(seen)) == len(seen)
    assert names(path) == ["Ann", "Bob", "Cy"]


def test_a_start_that_changes_nothing_changes_no_byte(path: Path) -> None:
    """Rule: dump, fill, dump: the same bytes. Source: the world format, in and out."""
    with AmigoMock(state=path, seed=world(3, 3, 0)):
        pass
    before = path.read_bytes()
    with AmigoMock(state=path):
        pass
    assert path.read_bytes() == before


def test_nothing_but_the_file_is_left(path: Path) -> None:
    """Rule: the file is replaced whole, and nothing stays beside it. Source: the state file."""
    with AmigoMock(state=path) as mock:
        for number in range(5):
            create_persona_in(mock, f"Ann {number}")
            within_a_second(lambda count=number + 1: len(personas(path)) == count)  # type: ignore[misc]
    assert list(path.parent.iterdir()) == [path]


def test_whoever_reads_meanwhile_reads_a_whole_world(path: Path) -> None:
    """Rule: at no time is the file half written. Source: the state file."""
    with AmigoMock(state=path, seed=world(300, 0, 0), rate_limits=False) as mock:
        done = threading.Event()
        sizes: list[int] = []

        def read() -> None:
            while not done.is_set():
                sizes.append(len(personas(path)))

        reader = threading.Thread(target=read)
        reader.start()
        try:
            with mock.client() as client:
                end = time.monotonic() + 1.2
                while time.monotonic() < end:
                    client.post(PERSONAS, json=persona(f"Ann {len(mock.requests)}"))
        finally:
            done.set()
            reader.join()
        assert sizes == sorted(sizes)
        assert len(set(sizes)) > 1


def test_a_stop_leaves_no_thread(path: Path) -> None:
    """Rule: nothing is left behind. Source: stop()."""
    before = set(threading.enumerate())
    with AmigoMock(state=path):
        assert len(set(threading.enumerate()) - before) == 2
    assert set(threading.enumerate()) <= before


# Mistakes


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b'{"organizations": [{"idd": "x"}]}'])
def test_a_broken_file_is_left_as_it_is(path: Path, broken: bytes) -> None:
    """Rule: a broken state file is named and not touched. Source: the setting `state`."""
    path.write_bytes(broken)
    mock = AmigoMock(state=path)
    with pytest.raises(MockError, match=str(path)):
        mock.start()
    with pytest.raises(RuntimeError, match="not running"):
        _ = mock.url
    assert path.read_bytes() == broken
    assert list(path.parent.iterdir()) == [path]


def test_a_broken_file_ends_the_process_with_a_sentence(path: Path) -> None:
    """Rule: one sentence, status 2, the file as it was. Source: the setting `state`."""
    path.write_bytes(b'{"organizations": ')
    assert str(path) in complaint("serve", "--port", "0", "--state", str(path))
    assert path.read_bytes() == b'{"organizations": '


@pytest.mark.parametrize("where", ["missing/world.json", "file/world.json", "folder"])
def test_a_file_that_cannot_be_written_is_a_mistake(tmp_path: Path, where: str) -> None:
    """Rule: a place that takes no file is named at the start. Source: the setting `state`."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    before = set(threading.enumerate())
    mock = AmigoMock(state=tmp_path / where)
    with pytest.raises(MockError, match=str(tmp_path / where)):
        mock.start()
    mock.stop()
    assert set(threading.enumerate()) <= before
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_port_in_use_does_not_touch_the_file(path: Path) -> None:
    """Rule: a fake that cannot serve changes nothing. Source: the setting `state`."""
    with AmigoMock() as other:
        port = int(other.url.rpartition(":")[2])
        with pytest.raises(MockError, match="cannot listen"):
            AmigoMock(state=path, port=port).start()
    assert not path.exists()


def test_a_file_that_cannot_be_written_at_the_end_stops_it_all_the_same(path: Path) -> None:
    """Rule: the last words are said, and the server is stopped. Source: stop(), no lost work."""
    mock = AmigoMock(state=path).start()
    create_persona_in(mock, "Ann")
    within_a_second(lambda: names(path) == ["Ann"])
    path.unlink()
    path.parent.rmdir()
    create_persona_in(mock, "Bob")
    with pytest.raises(MockError, match=str(path)):
        mock.stop()
    with pytest.raises(RuntimeError, match="not running"):
        _ = mock.url
    path.parent.mkdir()
    with mock:
        create_persona_in(mock, "Cy")
    assert names(path) == ["Ann", "Bob", "Cy"]


# The power goes out


def test_a_kill_loses_at_most_the_last_second(path: Path) -> None:
    """Rule: whatever ends the process, the file is readable and has all but the last second.

    Source: a restart must not lose the morning's data.
    """
    answered: dict[str, float] = {}
    for turn in range(3):
        with Served("--no-rate-limits", "--log-format", "none", "--state", str(path)) as found:
            kept = set(names(path))
            # What a round before could lose was lost for good; the rest is still there.
            answered = {name: when for name, when in answered.items() if name in kept}
            end = time.monotonic() + 1.3 + turn / 10
            while time.monotonic() < end:
                name = f"{turn} {len(answered)}"
                status, _ = found.ask("POST", PERSONAS, persona(name))
                assert status == 201
                answered[name] = time.monotonic()
            os.kill(found.process.pid, signal.SIGKILL)
            killed = time.monotonic()
            assert found.process.wait(10) == -signal.SIGKILL
        written = names(path)
        assert len(set(written)) == len(written) > len(kept)
        assert {name for name, when in answered.items() if when < killed - 1} <= set(written)
        assert len(set(ids(path))) == len(ids(path))
