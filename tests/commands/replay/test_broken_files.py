"""Capsules that are broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amigo_mock.commands.cli import main
from tests.commands.replay.support import simple, tampered


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["is not JSON"]),
        ("\xff\xfe", ["is not JSON"]),
        ("[" * 100_000, ["is not JSON"]),
        ("[]", ["is no capsule", "'format': 'amigo-mock capsule'"]),
        ('{"organizations": []}', ["is no capsule"]),
    ],
    ids=["empty", "binary", "deep", "list", "world"],
)
def test_a_file_that_is_no_capsule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, words: list[str]
) -> None:
    """Rule: one sentence with the file and what it is; status 2. Source: the command line."""
    path = tmp_path / "x.json"
    path.write_bytes(content.encode("latin-1"))
    assert main(["replay", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    for word in (f"capsule {path}: ", *words):
        assert word in line


def put(place: str, value: Any) -> Callable[[Any], None]:
    """Change one value of a document."""

    def change(found: Any) -> None:
        *above, last = [int(part) if part.isdigit() else part for part in place.split(".")]
        for part in above:
            found = found[part]
        found[last] = value

    return change


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("version", 2, "has version 2 of the format, and 1 is the newest"),
        ("version", "x", "version: "),
        ("test", 1, "test: "),
        ("timeline", [], None),
        ("timeline.0.kind", "other", "timeline.0: "),
        ("timeline.0.world", 1, "timeline.0.world: there is no world 1"),
        ("timeline.0.world", None, "timeline.0: expected a state with everything in it"),
        ("timeline.0.ids", {"a": {"b": "x"}}, "timeline.0.ids.a.b: "),
        ("timeline.0.scripts", None, "timeline.0: expected a state with everything in it"),
        ("timeline.0.scripts.outcomes", [{"unit_test": "x"}], "timeline.0.scripts.outcomes.0: "),
        (
            "timeline.0.scripts.outcomes",
            [{"unit_test": "x", "eror": "y"}],
            "timeline.0.scripts.outcomes.0.eror: there is no such field (did you mean 'error'?)",
        ),
        (
            "timeline.0.settings.strictt",
            True,
            "timeline.0.settings: unknown setting 'strictt' (did",
        ),
        (
            "timeline.0.settings.seed",
            "/etc/passwd",
            "timeline.0.settings: a capsule has no setting 'seed'",
        ),
        (
            "timeline.0.settings.state",
            "here.json",
            "timeline.0.settings: a capsule has no setting 'state'",
        ),
        ("timeline.1.time", "noon", "timeline.1.time: "),
        ("timeline.1.tiime", 1, "timeline.1.tiime: there is no such field (did you mean 'time'?)"),
        ("timeline.1.target", "/a b", "timeline.1.target: "),
        ("timeline.1.body", {"base64": "?"}, "timeline.1.body.base64: "),
        ("timeline.1.fault", {"operation": "*"}, "timeline.1.fault: "),
        (
            "worlds.0.organizations.0.idd",
            1,
            "worlds.0: organization 'mock-org': idd: there is no such field",
        ),
    ],
)
def test_a_broken_capsule_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, value: Any, words: str | None
) -> None:
    """Rule: the place in the file and what is wrong, before anything is made. Source: capsules."""
    path = tampered(simple(tmp_path), put(place, value))
    status = main(["replay", str(path)])
    output = capsys.readouterr()
    if words is None:
        assert (status, output.out.splitlines()[1:]) == (0, ["no requests"])
        return
    assert (status, output.out) == (2, "")
    assert f"amigo-mock: capsule {path}: {words}" in output.err
    assert len(output.err.splitlines()) == 1


def test_a_capsule_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rule: a file that cannot be read is named. Source: the command line."""
    assert main(["replay", str(tmp_path / "x.json")]) == 2
    assert (
        capsys.readouterr().err == f"amigo-mock: capsule {tmp_path}/x.json: there is no such file\n"
    )
    assert main(["replay", str(tmp_path)]) == 2
    assert "cannot be read: Is a directory" in capsys.readouterr().err
