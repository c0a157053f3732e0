"""The command `state`: world documents out of state files, and into them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from amigo_mock import AmigoMock
from tests.commands.support import Served, complaint, run
from tests.support.bodies import persona
from tests.support.paths import PERSONAS
from tests.support.verbs import create_persona_in, persona_names_of

SMALL = Path(__file__).parents[2] / "fixtures" / "small.yaml"


def state(mock: AmigoMock) -> bytes:
    with mock.client() as client:
        return client.get("/_mock/state").content


@pytest.mark.parametrize("suffix", ["json", "yaml", "yml"])
def test_what_is_exported_can_be_imported(tmp_path: Path, suffix: str) -> None:
    """Rule: a state file becomes a world document and that a state file, and nothing changes, what
    YAML cannot say as it is included. Source: a world is what one starts from and writes.
    """
    old, document, new = (tmp_path / name for name in ("old.db", f"world.{suffix}", "new.db"))
    with AmigoMock(state=old, seed=SMALL) as mock, mock.client() as client:
        for text in "\u007f\u0085\u0090\ufffe\u2028\U0001f600":
            assert client.post(PERSONAS, json=persona(f"a{text}b")).status_code == 201
        mock.outcomes.add(mock.unit_tests.create().name, error="Broken")
        before = state(mock)
    ended = run("state", "export", str(old), "--output", str(document))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    with AmigoMock(seed=document) as mock:
        assert state(mock) == before
    ended = run("state", "import", str(document), str(new))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    with AmigoMock(state=new) as mock:
        assert state(mock) == before


def test_an_export_is_written_to_standard_output(tmp_path: Path) -> None:
    """Rule: without a file to write it is JSON on standard output. Source: the option `output`."""
    path = tmp_path / "world.db"
    with AmigoMock(state=path) as mock:
        create_persona_in(mock, "Ann")
    found = json.loads(run("state", "export", str(path)).stdout)
    assert [each["name"] for each in found["organizations"][0]["personas"]] == ["Ann"]


def test_a_file_that_is_in_use_is_not_read(tmp_path: Path) -> None:
    """Rule: the world of a running server comes from that server. Source: the state file."""
    path = tmp_path / "world.db"
    with Served("--state", str(path)) as found:
        assert f"in use by process {found.process.pid}" in complaint("state", "export", str(path))


def test_nothing_is_made_or_overwritten_by_mistake(tmp_path: Path) -> None:
    """Rule: an export needs a state file, and an import a new one. Source: no lost work."""
    path = tmp_path / "world.db"
    assert "there is nothing in it" in complaint("state", "export", str(path))
    assert not path.exists()
    assert "amigo-mock state import" in complaint("state", "export", str(SMALL))
    with AmigoMock(state=path) as mock:
        create_persona_in(mock, "Ann")
    assert "is there already" in complaint("state", "import", str(SMALL), str(path))
    with AmigoMock(state=path) as mock:
        assert persona_names_of(mock) == ["Ann"]
    broken = tmp_path / "broken.json"
    broken.write_text('{"organizations": [{"idd": "x"}]}')
    assert "(did you mean 'id'?)" in complaint(
        "state", "import", str(broken), str(tmp_path / "new.db")
    )
    assert not (tmp_path / "new.db").exists()


def test_mistakes_are_said_by_the_action(tmp_path: Path) -> None:
    """Rule: one sentence with the nearest option of that action. Source: the command line."""
    said = complaint("state", "export", "world.db", "--outputs", "-")
    assert "'--output'" in said
    assert "amigo-mock state export --help" in said
    assert "ACTION" in complaint("state")
