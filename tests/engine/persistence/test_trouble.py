"""A state file that fails while it is served: nothing is answered that is not kept."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from amigo_mock import AmigoMock, MockError
from tests.commands.support import Served
from tests.engine.persistence.support import content, names
from tests.support.bodies import persona
from tests.support.paths import PERSONAS
from tests.support.verbs import create_persona_in, persona_names_of


def test_a_write_that_cannot_be_kept_is_refused_and_undone(path: Path) -> None:
    """Rule: without its file, the fake answers a write 503 and says why; the record is not there,
    its name is free, and what was there can be read. When the file is back, so is all.

    Source: no answer is a lie.
    """
    away = path.with_name("away.db")
    with AmigoMock(state=path) as mock, mock.client() as client:
        create_persona_in(mock, "Ann")
        path.rename(away)
        for _ in range(2):
            refused = client.post(PERSONAS, json=persona("Bob"))
            assert refused.status_code == 503
            assert "was changed, replaced or deleted" in refused.json()["detail"]
            assert persona_names_of(mock) == ["Ann"]
        unhealthy = client.get("/_mock/health")
        assert (unhealthy.status_code, str(path) in unhealthy.json()["detail"]) == (503, True)
        assert client.post("/_mock/users", json={"id": "new", "grants": []}).status_code == 503
        assert client.post("/_mock/reset?confirm=true").status_code == 503
        with pytest.raises(MockError, match=str(path)):
            mock.personas.create(name="Bob")
        with pytest.raises(MockError, match=str(path)):
            mock.clock.advance(100)
        assert persona_names_of(mock) == ["Ann"]
        away.rename(path)
        assert client.get("/_mock/health").status_code == 200
        create_persona_in(mock, "Bob")
    assert names(content(path)) == ["Ann", "Bob"]


def test_what_was_taken_back_is_forgotten_everywhere(path: Path) -> None:
    """Rule: a version, a change and a deletion that are refused leave no trace either.

    Source: no answer is a lie.
    """
    away = path.with_name("away.db")
    with AmigoMock(state=path) as mock, mock.client() as client:
        base = f"{PERSONAS}{create_persona_in(mock, 'Ann')}/"
        before = client.get("/_mock/state").content
        path.rename(away)
        version = persona()["initial_version"]
        assert client.post(f"{base}version/", json=version).status_code == 503
        assert client.post(base, json={"name": "Eve"}).status_code == 503
        assert client.delete(base).status_code == 503
        assert client.get("/_mock/state").content == before
        away.rename(path)
        assert client.post(f"{base}version/", json=version).json() == {"version": 2}


@pytest.mark.parametrize("how", ["replaced", "cut", "appended", "log"])
def test_a_file_that_somebody_else_changes_is_noticed(path: Path, how: str) -> None:
    """Rule: a file that is not what this process left is not written to. Source: as before."""
    log = path.with_name(f"{path.name}-wal")
    mock = AmigoMock(state=path).start()
    try:
        create_persona_in(mock, "Ann")
        if how == "replaced":
            path.unlink()
            path.touch()
        elif how == "cut":
            os.truncate(path, 100)
        elif how == "appended":
            os.truncate(path, path.stat().st_size + 1)
        else:
            log.unlink()
        with mock.client() as client:
            assert client.post(PERSONAS, json=persona("Bob")).status_code == 503
            assert client.get("/_mock/health").status_code == 503
    finally:
        with pytest.raises(MockError, match="was changed, replaced or deleted"):
            mock.stop()


def test_a_stop_without_its_file_stops_it_all_the_same(path: Path) -> None:
    """Rule: whoever stops a fake whose file is gone is told, and it is stopped. Source: stop()."""
    mock = AmigoMock(state=path).start()
    create_persona_in(mock, "Ann")
    path.unlink()
    with pytest.raises(MockError, match=str(path)):
        mock.stop()
    with pytest.raises(RuntimeError, match="not running"):
        _ = mock.url


def test_a_disk_that_takes_no_more_is_said(path: Path) -> None:
    """Rule: a server that cannot write answers 503, says so in its log and its health, and goes on
    when there is room again; what it answered before is kept. Source: a full disk is no lost work.
    """
    with Served("--no-rate-limits", "--state", str(path)) as found:
        assert found.ask("POST", PERSONAS, persona("Ann"))[0] == 201
        resource.prlimit(found.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        for _ in range(2):
            status, said = found.ask("POST", PERSONAS, persona("Bob"))
            assert (status, str(path) in said["detail"]) == (503, True)
        assert found.ask("GET", "/_mock/health")[0] == 503
        page = found.ask("GET", PERSONAS)[1]
        assert [each["name"] for each in page["simulation_personas"]] == ["Ann"]
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(found.process.pid, resource.RLIMIT_FSIZE, unlimited)
        assert found.ask("POST", PERSONAS, persona("Bob"))[0] == 201
        assert found.ask("GET", "/_mock/health")[0] == 200
        assert found.end() == 0
        logged = [line for line in found.err if str(path) in line]
    assert ["nothing is changed" in line for line in logged] == [True, False]
    assert names(content(path)) == ["Ann", "Bob"]
