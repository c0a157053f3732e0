"""Mistakes in worlds: all of them in one message, each with whose it is and its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from amigo_mock import AmigoMock, MockError, Settings
from amigo_mock.engine.fake import Fake
from amigo_mock.resources import CATALOG
from amigo_mock.world.documents.mistakes import BrokenWorld
from tests.support.paths import PERSONAS
from tests.world.documents.test_document import PERSONA, SCENARIO, Json, filled, refused, whole

FORM = """\
organizations:
  - id: acme
    users:
      - id: boss
        rol: admin
    personas:
      - name: Ann
        rolle: patient
        versions:
          - background: New.
      - role: nurse
        versions:
          - background: Old.
          - backgroud: Older.
    scenarios: none
"""
FORM_TOLD = [
    "user 'boss' (line 5): rol: there is no such field (did you mean 'role'?)",
    "persona 'Ann' (line 8): rolle: there is no such field (did you mean 'role'?)",
    "persona 2 (line 11): name: Field required",
    "persona 2 (line 14): versions.1.backgroud: there is no such field "
    "(did you mean 'background'?)",
    "organization 'acme' (line 15): scenarios: Input should be a valid list",
]


def told(path: Path) -> list[str]:
    first, *rest = refused(path).split("\n  ")
    assert first == f"world {path}: {len(rest)} mistakes"
    return rest


def test_every_mistake_of_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    """Rule: all mistakes at once, each with the record by name, or its number, and the line; what
    is missing because it is misspelt is told once. Source: the world format.
    """
    path = tmp_path / "world.yaml"
    path.write_text(FORM)
    assert told(path) == FORM_TOLD


@pytest.mark.parametrize("indent", [0, 2])
def test_json_has_lines_as_well(tmp_path: Path, indent: int) -> None:
    """Rule: in JSON the line is that of the value, wherever lines end. Source: the world format."""
    path = tmp_path / "world.json"
    text = json.dumps(yaml.safe_load(FORM), indent=indent)
    path.write_text(text)
    found = told(path)
    for mark, sentence in (("admin", found[0]), ("patient", found[1]), ('"none"', found[4])):
        line = next(n for n, one in enumerate(text.splitlines(), 1) if mark in one)
        assert f" (line {line}): " in sentence
    assert [one.partition(" (")[0] for one in found] == [
        one.partition(" (")[0] for one in FORM_TOLD
    ]


def test_what_makes_no_world_is_told_all_at_once() -> None:
    """Rule: names, ids, references and roles that cannot be are told together, and where there are
    several organizations with the one that each is in. Source: the world format.
    """
    document: Json = {
        "organizations": [
            {
                "id": "acme",
                "users": [{"id": "a", "role": "Nobody"}, {"id": "a"}],
                "personas": [PERSONA, PERSONA],
                "scenarios": [
                    {**SCENARIO, "versions": [{**SCENARIO["versions"][0], "version": 2}]}
                ],
            },
            {"id": "acme"},
            {"id": "beta", "roles": [{"name": "A"}, {"name": "A"}]},
        ]
    }
    first, *rest = refused(document).split("\n  ")
    assert first == "world: 6 mistakes"
    assert rest == [
        "user 'a' of organization 'acme': id: 'a' is the id of another one before it",
        "persona 'Ann' of organization 'acme': name: 'Ann' is the name of another one",
        "scenario 'Refill' of organization 'acme': versions.0.version: can only be 1 here, or left "
        "out",
        "user 'a' of organization 'acme': role: there is no role 'Nobody'",
        "organization 'acme': id: 'acme' is the id of an organization before it",
        "role 'A' of organization 'beta': name: 'A' is the name of another one",
    ]


def test_what_only_follows_is_not_told() -> None:
    """Rule: what refers to a list with a mistake in it is not looked at, nor what refers to that:
    it may be sound. Source: assumption: a mistake is worth telling if it is one by itself.
    """
    criterion = {"type": "boolean", "expected_value": True}
    criteria = [{"name": "Done", "metric_id": "Goal Reached", "criterion": criterion}]
    test = {
        "name": "T",
        "persona_id": "Bob",
        "scenario_id": "Refill",
        "success_criterions": criteria,
    }
    broken = {**PERSONA, "name": "Bob", "versions": [{"background": "x", "version": 9}]}
    document = {
        "organizations": [
            {
                "id": "here",
                "personas": [broken],
                "scenarios": [SCENARIO],
                "unit_tests": [test],
                "unit_test_sets": [{"name": "S", "unit_test_runs": [{"unit_test_id": "T"}]}],
            }
        ]
    }
    assert refused(document).startswith("world: persona 'Bob': versions.0.version: ")
    assert "\n" not in refused(document)


def test_of_very_many_mistakes_twenty_are_told() -> None:
    """Rule: twenty, and how many more there are. Source: assumption: who has more mends some
    first.
    """
    personas = [{**PERSONA, "name": f"P{number}", "x": 1} for number in range(50)]
    with pytest.raises(BrokenWorld) as caught:
        filled({"organizations": [{"id": "here", "personas": personas}]})
    first, *rest = str(caught.value).split("\n  ")
    assert (first, len(rest), rest[-1]) == ("world: 50 mistakes", 21, "and 30 more")
    assert len(caught.value.mistakes) == 50


def test_of_several_mistakes_nothing_is_loaded() -> None:
    """Rule: of a world with mistakes nothing is loaded. Source: the world format."""
    fake = Fake(CATALOG, Settings())
    before = fake.state()
    with pytest.raises(MockError):
        fake.seed({"organizations": [{"id": "first", "personas": [PERSONA, PERSONA]}, {"id": "x"}]})
    assert fake.state() == before


@pytest.mark.parametrize("name", ["x\ny", "\x1b[31m", "n" * 500])
def test_no_name_disturbs_the_message(name: str) -> None:
    """Rule: a name is cut and escaped. Source: messages are for terminals."""
    said = refused(
        {"organizations": [{"id": "here", "personas": [{**PERSONA, "name": name, "x": 1}]}]}
    )
    assert said.isprintable()
    assert len(said) < 200


def test_no_key_is_in_a_message() -> None:
    """Rule: a secret is in no error. Source: secrets."""
    keys: list[Any] = [
        {"id": "k", "key": "wx7Qk-49211", "x": 1},
        {"id": "k", "key": ["wx7Qk-49211"]},
    ]
    said = refused({"organizations": [{"id": "here", "api_keys": keys}]})
    assert "api key 'k'" in said
    assert "wx7Qk" not in said


def test_anchors_and_merges_of_yaml_have_lines_too(tmp_path: Path) -> None:
    """Rule: what comes from elsewhere in the file is told where it is used, or where it is. Source:
    YAML.
    """
    path = tmp_path / "world.yaml"
    path.write_text(
        "organizations:\n"
        "  - id: here\n"
        "    personas:\n"
        "      - &ann {name: Ann, role: r, versions: [{background: b}]}\n"
        "      - {<<: *ann, name: Bob, x: 1}\n"
        "      - *ann\n"
    )
    assert refused(path).startswith(f"world {path}: persona 'Bob' (line 5): x: ")


# Grants and references


def test_a_grant_may_be_just_a_name() -> None:
    """Rule: the name of a permission stands for the grant of it, for a user and for a role, as in
    `as_user`. Source: the world format.
    """
    users = [{"id": "ann", "grants": ["Simulation:Get*"]}, {"id": "bob", "role": "Reader"}]
    roles = [{"name": "Reader", "permission_grants": ["Simulation:Get*"]}]
    world = {"organizations": [{"id": "mock-org", "users": users, "roles": roles}]}
    (found,) = whole(world)["organizations"]
    grant = {"permission_name": "Simulation:Get*", "conditions": {}}
    assert found["users"][0]["grants"] == found["roles"][0]["permission_grants"] == [grant]
    with AmigoMock(seed=world) as mock:
        for user in ("ann", "bob"):
            with mock.client(user) as client:
                assert client.get(PERSONAS).status_code == 200
                assert client.post(PERSONAS, json={}).status_code in (403, 422)


def test_an_id_wins_over_a_name() -> None:
    """Rule: a reference that is the id of one record and the name of another means the id. Source:
    the world format; ids are what the API refers by.
    """
    id = "a" * 24
    personas = [{**PERSONA, "name": id}, {**PERSONA, "name": "Bob", "id": id}]
    criterion = {"type": "boolean", "expected_value": True}
    criteria = [{"name": "Done", "metric_id": "Goal Reached", "criterion": criterion}]
    test = {"name": "T", "persona_id": id, "scenario_id": "Refill", "success_criterions": criteria}
    document = {"id": "here", "personas": personas, "scenarios": [SCENARIO], "unit_tests": [test]}
    (found,) = whole({"organizations": [document]})["organizations"]
    assert found["unit_tests"][0]["persona_id"] == found["personas"][1]["id"] == id
