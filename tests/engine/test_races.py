"""Another user who comes between a read and a write."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError
from tests.support.bodies import persona, persona_version
from tests.support.paths import PERSONAS, SETS
from tests.support.suite import Suite

READ, UPDATE = "get-simulation-personas", "update-simulation-persona"
VERSION = "create-simulation-persona-version"


@pytest.fixture
def ann(client: httpx2.Client) -> str:
    found: str = client.post(PERSONAS, json=persona("Ann")).json()["simulation_persona_id"]
    return found


def test_another_user_edits_in_between(mock: AmigoMock, client: httpx2.Client, ann: str) -> None:
    """Rule: between the read and the write, and by somebody else. Source: the README's races."""
    with mock.between(READ, UPDATE).edits(tags={"by": "another"}) as race:
        page = client.get(PERSONAS).json()["simulation_personas"]
        assert page[0]["tags"] == persona()["tags"]
        assert race.status is None
        assert client.post(f"{PERSONAS}{ann}/", json={}).status_code == 204
        assert race.status == 204
    (found,) = client.get(PERSONAS).json()["simulation_personas"]
    assert found["tags"] == {"by": "another"}
    assert found["updated_by"]["user_id"] == "mock-user"  # whose write came last
    assert [entry.user for entry in mock.requests.to(UPDATE)] == ["another-user", "mock-user"]
    assert [entry.race for entry in mock.requests.to(UPDATE)] == [True, False]


METRIC, VERSION_SET = "update-metric", "upsert-service-version-set"
TEST, SET = "update-simulation-unit-test", "update-simulation-unit-test-set"
ARTIFACTS = "get-simulation-unit-test-set-run-artifacts"
CANCEL = "cancel-simulation-unit-test-set-run"


@pytest.mark.parametrize(
    ("write", "deed", "operation"),
    [
        (METRIC, "edits", METRIC),
        (METRIC, "deletes", "delete-metric"),
        (METRIC, "adds_version", "create-metric-version"),
        ("create-metric-version", "deletes", "delete-metric"),
        (TEST, "edits", TEST),
        (TEST, "deletes", "delete-simulation-unit-test"),
        (SET, "edits", SET),
        (SET, "deletes", "delete-simulation-unit-test-set"),
        ("update-service", "edits", "update-service"),
        (VERSION_SET, "edits", "update-service"),
        (ARTIFACTS, "deletes", CANCEL),
        (CANCEL, "deletes", CANCEL),
        ("update-service", "deletes", None),
        (VERSION_SET, "deletes", None),
        (ARTIFACTS, "edits", None),
        (TEST, "adds_version", None),
    ],
)
def test_what_is_done_is_found_by_the_path(
    mock: AmigoMock, write: str, deed: str, operation: str | None
) -> None:
    """Rule: it is done to the record in the path, by the operation that does so to records of its
    kind; where there is none, `does` is named instead. Source: the README's races.
    """
    do = getattr(mock.between(None, write), deed)
    if operation is None:
        with pytest.raises(MockError, match=r"names no record .* say does"):
            do()
        assert len(mock.races) == 0
    else:
        assert do().race.operation == operation


def test_a_unit_test_is_deleted_while_its_set_is_changed(
    mock: AmigoMock, client: httpx2.Client
) -> None:
    """Rule: another resource's records can be changed in between, too. Source: the README."""
    suite = Suite(client)
    tests, spare = suite.unit_test_set(suite.unit_test("Kept")), suite.unit_test("Gone")
    delete = "delete-simulation-unit-test"
    between = mock.between("get-simulation-unit-test-sets", SET)
    with between.does(delete, simulation_unit_test_id=spare) as race:
        assert len(suite.sets()) == 1
        runs = [{"unit_test_id": spare, "run_count": 1}]
        assert client.post(f"{SETS}{tests}", json={"unit_test_runs": runs}).status_code == 404
    assert race.status == 204


def test_another_user_deletes_in_between(mock: AmigoMock, client: httpx2.Client, ann: str) -> None:
    """Rule: the write then meets what the service has for it. Source: the guide: 404."""
    with mock.between(READ, UPDATE).deletes():
        client.get(PERSONAS)
        assert client.post(f"{PERSONAS}{ann}/", json={}).status_code == 404


def test_another_user_adds_a_version(mock: AmigoMock, client: httpx2.Client, ann: str) -> None:
    """Rule: of two who create the same next version, one wins. Source: the guide."""
    versions = f"{PERSONAS}{ann}/version/"
    content = persona_version(background="Another.")
    with mock.between("get-simulation-persona-versions", VERSION).adds_version(**content):
        (latest,) = client.get(versions, params={"version": "latest"}).json()[
            "simulation_persona_versions"
        ]
        following = {"version": latest["version"] + 1}
        answer = client.post(versions, params=following, json=persona_version())
    assert answer.status_code == 400
    assert client.post(versions, json=persona_version()).json()["version"] == 3


def test_another_user_does_anything(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: also where the write names no record. Source: the README's races."""
    create = "create-simulation-persona"
    with mock.between(None, create).does(create, json=persona("Ann")):
        assert client.post(PERSONAS, json=persona("Ann")).status_code == 409


def test_it_happens_once(mock: AmigoMock, client: httpx2.Client, ann: str) -> None:
    """Rule: the next write is left alone. Source: the README's races."""
    with mock.between(None, UPDATE).edits(tags={"by": "another"}):
        client.post(f"{PERSONAS}{ann}/", json={"tags": {}})
    client.post(f"{PERSONAS}{ann}/", json={"tags": {}})
    assert client.get(PERSONAS).json()["simulation_personas"][0]["tags"] == {}


def test_it_waits_for_the_read(mock: AmigoMock, client: httpx2.Client, ann: str) -> None:
    """Rule: a write before the read is not met, nor one after a read that failed. Source: the
    README's races."""
    race = mock.between(READ, UPDATE).deletes()
    client.post(f"{PERSONAS}{ann}/", json={})
    client.get(PERSONAS, params={"limit": 1000})
    client.post(f"{PERSONAS}{ann}/", json={})
    assert race.status is None
    client.get(PERSONAS)
    client.post(f"{PERSONAS}{ann}/", json={})
    assert race.status == 204


def test_what_never_happened_is_said(mock: AmigoMock, client: httpx2.Client, ann: str) -> None:
    """Rule: a test that says it and does not meet it has proven nothing. Source: the README."""
    missing = "never happened: 'update-simulation-persona' was not"
    with pytest.raises(AssertionError, match=missing), mock.between(READ, UPDATE).deletes():
        client.get(PERSONAS)


def test_what_was_refused_is_said(mock: AmigoMock, client: httpx2.Client, ann: str) -> None:
    """Rule: an act that the service refuses changes nothing, and is a mistake. Source: as above."""
    wrong = mock.between(None, UPDATE).edits(tags=7)
    with pytest.raises(AssertionError, match="was refused with 422"), wrong:
        client.post(f"{PERSONAS}{ann}/", json={})


def test_an_error_inside_is_not_covered_up(mock: AmigoMock) -> None:
    """Rule: the test's own error is the one that is seen. Source: context managers."""
    with pytest.raises(ZeroDivisionError), mock.between(READ, UPDATE).deletes():
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (lambda mock: mock.between(READ, "update-persona").deletes(), "'update-persona'"),
        (lambda mock: mock.between("get-persona", UPDATE).deletes(), "did you mean"),
        (lambda mock: mock.between(READ, UPDATE).does("delete-it"), "no operation 'delete-it'"),
        (lambda mock: mock.between(None, "create-simulation-persona").deletes(), "names no record"),
        (lambda mock: mock.between(None, READ).does(UPDATE), "simulation_persona_id"),
    ],
)
def test_a_mistake_is_refused(mock: AmigoMock, said: Any, text: str) -> None:
    """Rule: when it is said, naming what is wrong. Source: bad input gets a clear error."""
    with pytest.raises(MockError, match=text):
        said(mock)
    assert len(mock.races) == 0


def test_a_reset_forgets_them(mock: AmigoMock, client: httpx2.Client, ann: str) -> None:
    """Rule: a reset is a new start. Source: reset()."""
    mock.between(None, READ).does("create-simulation-persona", json=persona())
    mock.reset()
    assert client.get(PERSONAS).json()["simulation_personas"] == []


def test_they_count_for_nobody(mock: AmigoMock, client: httpx2.Client, ann: str) -> None:
    """Rule: what another user did is no evidence of what was called. Source: the README."""
    with mock.between(None, UPDATE).edits(tags={}):
        client.post(f"{PERSONAS}{ann}/", json={})
    mock.assert_called(UPDATE, times=1)
    coverage = client.get("/_mock/coverage").json()["operations"]
    (update,) = [each for each in coverage if each["operation"] == UPDATE]
    assert update["statuses"]["204"] >= 1
    assert mock.rate_limits.headroom(UPDATE) == 99
