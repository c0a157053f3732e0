"""A state file that cannot be used is refused at the start, in one sentence, and left as it is."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from amigo_mock import AmigoMock, MockError
from amigo_mock.engine.persistence.reasons import reason
from tests.commands.support import COMMAND, Served, complaint, environment
from tests.engine.persistence.support import content, names
from tests.support.bodies import persona
from tests.support.paths import PERSONAS
from tests.support.verbs import create_persona_in


def refusal(path: Path) -> str:
    """The sentence with which a start from a file is refused."""
    mock = AmigoMock(state=path)
    with pytest.raises(MockError) as refused:
        mock.start()
    with pytest.raises(RuntimeError, match="not running"):
        _ = mock.url
    assert "\n" not in str(refused.value)
    assert str(path) in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("document", ["{", "[]", '{"organizations": []}', "organizations: []\n"])
def test_a_world_document_is_taken_over_by_a_command(path: Path, document: str) -> None:
    """Rule: a world document, which an earlier release kept the state in, is no state file; the
    refusal says the one command that makes one of it. Source: the setting `state`.
    """
    path.write_text(document)
    assert f"'amigo-mock state import {path} {path}.db'" in refusal(path)
    assert path.read_text() == document
    assert list(path.parent.iterdir()) == [path]


def test_a_file_of_another_program_is_left_alone(path: Path) -> None:
    """Rule: only files that amigo-mock made are written to. Source: the setting `state`."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE mine(value)")
        other.commit()
    before = path.read_bytes()
    assert "is no state file" in refusal(path)
    assert path.read_bytes() == before
    path.write_bytes(b"\xff\x00" * 1000)
    assert "is no state file" in refusal(path)


def test_a_file_of_a_newer_format_is_left_alone(path: Path) -> None:
    """Rule: a format that is not known is not guessed at. Source: the setting `state`."""
    with AmigoMock(state=path):
        pass
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    assert "newer amigo-mock, in format 99" in refusal(path)
    assert path.read_bytes() == before


def test_a_kind_that_is_not_known_is_not_dropped(path: Path) -> None:
    """Rule: records that this release does not know are not lost with it. Source: no lost work."""
    with AmigoMock(state=path):
        pass
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("UPDATE collections SET kind = 'dreams' WHERE kind = 'services'")
        newer.commit()
    assert "the kind 'dreams'" in refusal(path)


def test_a_damaged_file_is_named(path: Path) -> None:
    """Rule: a file that was cut or written over is said to be damaged. Source: no lost work."""
    with AmigoMock(state=path) as mock:
        mock.personas.create_many(50)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "is damaged" in refusal(path)
    path.write_bytes(whole.replace(b'{"id":"', b'{"id";"'))
    assert "is damaged" in refusal(path)
    path.write_bytes(whole)
    assert len(content(path)["organizations"][0]["personas"]) == 50


@pytest.mark.parametrize("where", ["missing/world.db", "file/world.db", "folder"])
def test_a_place_that_takes_no_file_is_named(tmp_path: Path, where: str) -> None:
    """Rule: a place that takes no file is named at the start. Source: the setting `state`."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    before = set(threading.enumerate())
    assert "cannot be opened" in refusal(tmp_path / where)
    assert set(threading.enumerate()) <= before
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_file_that_may_not_be_written_is_named() -> None:
    """Rule: a file that this user may only read is named at the start. Source: the setting."""
    code = (
        "import os, sqlite3, sys; from pathlib import Path\n"
        "from amigo_mock.engine.persistence.database import Database\n"
        "from amigo_mock import MockError\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "try: Database(Path(sys.argv[1]))\n"
        "except MockError as error: print(error)"
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "world.db"
        with AmigoMock(state=path):
            pass
        before = path.read_bytes()
        path.chmod(0o444)
        path.parent.chmod(0o755)
        command = [sys.executable, "-c", code, str(path)]
        ended = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "is read-only" in ended.stdout
        assert path.read_bytes() == before


def test_a_refusal_ends_the_process_with_a_sentence(path: Path) -> None:
    """Rule: one sentence, status 2, the file as it was. Source: the setting `state`."""
    path.write_bytes(b'{"organizations": ')
    assert str(path) in complaint("serve", "--port", "0", "--state", str(path))
    assert path.read_bytes() == b'{"organizations": '


def test_a_port_in_use_does_not_touch_the_file(path: Path) -> None:
    """Rule: a fake that cannot serve changes nothing. Source: the setting `state`."""
    with AmigoMock() as other:
        port = int(other.url.rpartition(":")[2])
        with pytest.raises(MockError, match="cannot listen"):
            AmigoMock(state=path, port=port).start()
    assert not path.exists()


def test_every_problem_has_words() -> None:
    """Rule: what SQLite says of a full disk is said with what to do. Source: no lost work."""
    with closing(sqlite3.connect(":memory:")) as full:
        full.execute("CREATE TABLE some(value)")
        full.execute("PRAGMA max_page_count = 3")
        with pytest.raises(sqlite3.Error) as refused:
            full.execute("INSERT INTO some VALUES (zeroblob(100000))")
    assert reason(Path("file"), refused.value) == "there is no room left on the disk: make some"


# In use


def test_a_second_fake_in_this_process_is_refused(path: Path) -> None:
    """Rule: one fake keeps its state in a file; another one is told who does. Source: two servers
    on one file lose each other's writes.
    """
    with AmigoMock(state=path) as mock:
        create_persona_in(mock, "Ann")
        said = refusal(path)
        assert f"in use by process {os.getpid()} at {mock.url}, since 20" in said
        assert "in use" in complaint("serve", "--port", "0", "--state", str(path))
        create_persona_in(mock, "Bob")
    assert names(content(path)) == ["Ann", "Bob"]


def test_a_second_server_is_refused_until_the_first_has_ended(path: Path) -> None:
    """Rule: the file is free when the process has ended, however that was. Source: as before."""
    with Served("--state", str(path)) as first:
        link = path.with_name("link.db")
        link.symlink_to(path)
        for name in (path, link):
            said = complaint("serve", "--port", "0", "--state", str(name))
            assert f"in use by process {first.process.pid} at {first.url}" in said
        assert first.ask("POST", PERSONAS, persona("Ann"))[0] == 201
        first.end(signal.SIGKILL)
    with Served("--state", str(path)) as second:
        assert second.ask("POST", PERSONAS, persona("Bob"))[0] == 201
        assert second.end() == 0
    assert names(content(path)) == ["Ann", "Bob"]


def test_a_program_that_reads_the_file_keeps_a_server_out(path: Path) -> None:
    """Rule: a database tool is not overrun in the middle of its transaction. Source: SQLite."""
    with AmigoMock(state=path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as tool:
        tool.execute("BEGIN IMMEDIATE")
        assert "is in use" in refusal(path)
        tool.execute("ROLLBACK")
    assert names(content(path)) == []


def test_servers_that_start_at_once_do_not_share_a_file(path: Path) -> None:
    """Rule: of several servers that start together, one has the file. Source: as before."""
    command = [*COMMAND, "serve", "--port", "0", "--state", str(path)]
    started = [
        subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    try:
        first_lines = [each.stdout.readline() for each in started if each.stdout]
        assert sum(b"is serving" in line for line in first_lines) == 1
    finally:
        for each in started:
            each.terminate()
            each.communicate()
    assert names(content(path)) == []
