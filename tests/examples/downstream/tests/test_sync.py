"""From a file to the service."""

from __future__ import annotations

from pathlib import Path

import pytest
from amigo_mock import AmigoMock

from persona_sync import Service, read, sync
from persona_sync.__main__ import main

LIST = "get-simulation-personas"
CREATE = "create-simulation-persona"
TAG = "update-simulation-persona"
READ = "get-simulation-persona-versions"
WRITE = "create-simulation-persona-version"
DELETE = "delete-simulation-persona"


def test_what_is_missing_is_created(amigo: AmigoMock, service: Service, file: Path) -> None:
    changes = sync(service, read(file))
    assert str(changes) == "3 created, 0 tagged, 0 rewritten, 0 deleted"
    nurse = amigo.personas.find("Night Nurse")
    assert nurse.tags == {"category": "staff", "shift": "night"}
    assert nurse.latest.background == "Writes between two rounds."
    amigo.assert_called(CREATE, times=3, status=201)


def test_a_second_run_changes_nothing(amigo: AmigoMock, service: Service, file: Path) -> None:
    sync(service, read(file))
    assert not sync(service, read(file))
    amigo.assert_called(CREATE, times=3)
    amigo.assert_not_called(TAG)
    amigo.assert_not_called(WRITE)


def test_what_differs_is_changed(amigo: AmigoMock, service: Service, file: Path) -> None:
    old = amigo.personas.create(name="Night Nurse", background="Old.", tags={"shift": "day"})
    changes = sync(service, read(file))
    assert (changes.tagged, changes.rewritten) == (["Night Nurse"], ["Night Nurse"])
    nurse = amigo.personas.get(old.id)
    assert nurse.tags == {"category": "staff", "shift": "night"}
    assert [version.background for version in nurse.versions] == [
        "Old.",
        "Writes between two rounds.",
    ]


def test_a_deleted_persona_is_made_anew(amigo: AmigoMock, service: Service, file: Path) -> None:
    gone = amigo.personas.create(name="Night Nurse", deleted=True)
    sync(service, read(file))
    assert amigo.personas.find("Night Nurse").id != gone.id


def test_others_are_deleted_on_request(amigo: AmigoMock, service: Service, file: Path) -> None:
    amigo.personas.create_many(3, role="member")
    assert sync(service, read(file)).deleted == []
    assert len(sync(service, read(file), prune=True).deleted) == 3
    assert len(amigo.personas) == 3


def test_somebody_else_deletes_it_first(amigo: AmigoMock, service: Service, file: Path) -> None:
    other = amigo.personas.create(name="Other")
    amigo.between(LIST, DELETE).deletes()
    sync(service, read(file), prune=True)
    assert amigo.personas.get(other.id).is_deleted
    amigo.assert_called(DELETE, times=1, status=404)


def test_somebody_else_rewrites_it(amigo: AmigoMock, service: Service, file: Path) -> None:
    nurse = amigo.personas.create(name="Night Nurse", background="Old.", tags={})
    amigo.between(READ, WRITE).adds_version(
        background="Theirs.",
        user_models=[],
        nonsensitive_user_variables={},
        sensitive_user_variables={},
    )
    sync(service, read(file))
    assert [version.background for version in amigo.personas.get(nurse.id).versions] == [
        "Old.",
        "Theirs.",
        "Writes between two rounds.",
    ]
    amigo.assert_called(WRITE, times=1, query={"version": 2}, status=400)
    amigo.assert_called(WRITE, times=1, query={"version": 3}, status=201)


def test_an_answer_is_lost(amigo: AmigoMock, service: Service, file: Path) -> None:
    with amigo.faulty(CREATE, drop=True, when="after"):
        changes = sync(service, read(file))
    assert len(changes.created) == 2  # of the third one it cannot know that it was us
    assert len(amigo.personas) == 3
    amigo.assert_called(CREATE, times=1, status=409)


def test_an_outage_in_the_middle(amigo: AmigoMock, service: Service, file: Path) -> None:
    with amigo.faulty(CREATE, status=503, times=4):
        assert len(sync(service, read(file)).created) == 3


def test_the_command(amigo: AmigoMock, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file)]) == 0
    assert capsys.readouterr().out == "3 created, 0 tagged, 0 rewritten, 0 deleted\n"
    assert len(amigo.personas) == 3


@pytest.mark.amigo(permissions=[{"permission_name": "Simulation:Get*"}])
def test_the_command_says_what_it_may_not_do(
    amigo: AmigoMock, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(file)]) == 1
    assert "403" in capsys.readouterr().err
    assert len(amigo.personas) == 0
