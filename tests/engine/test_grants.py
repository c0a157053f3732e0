"""Grants of permissions that there are not: refused wherever they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from amigo_mock import AmigoMock, MockError
from amigo_mock.contract.permissions import PERMISSIONS
from amigo_mock.resources import CATALOG
from tests.contract.digest.support import published

RIGHT = "Simulation:GetSimulationPersona"
WRONG = "Simulation:GetSimulationPersonas"


@pytest.fixture
def mock() -> Iterator[AmigoMock]:
    """A fake of its own: what it starts from is changed."""
    with AmigoMock() as found:
        yield found


def users(name: str) -> dict[str, Any]:
    user = {"id": "mock-user", "grants": [{"permission_name": name}]}
    return {"id": "mock-org", "users": [user]}


def roles(name: str) -> dict[str, Any]:
    role = {"name": "reader", "permission_grants": [{"permission_name": name}]}
    return {"id": "mock-org", "roles": [role]}


def posted(mock: AmigoMock, path: str, body: Any) -> None:
    """Send it to the control API. Raises `MockError` with the answer if it is refused."""
    with mock.client() as client:
        method = "PUT" if path in ("seed", "state", "settings") else "POST"
        answer = client.request(method, f"/_mock/{path}", json=body)
    if answer.status_code == 422:
        raise MockError(answer.text)
    assert answer.status_code < 300, answer.text


WAYS: dict[str, Callable[[AmigoMock, str], object]] = {
    "as_user": lambda mock, name: mock.as_user(grants=["Metric:GetMetric", name]),
    "POST users": lambda mock, name: posted(mock, "users", {"id": "a", **users(name)["users"][0]}),
    "users of an organization": lambda mock, name: posted(mock, "organizations", users(name)),
    "roles of an organization": lambda mock, name: posted(mock, "organizations", roles(name)),
    "users of a world": lambda mock, name: posted(mock, "seed", {"organizations": [users(name)]}),
    "roles of a world": lambda mock, name: posted(mock, "state", {"organizations": [roles(name)]}),
    "records": lambda mock, name: posted(
        mock, "records", {"kind": "roles", "records": roles(name)["roles"]}
    ),
    "settings": lambda mock, name: posted(
        mock, "settings", {"permissions": [{"permission_name": name}]}
    ),
}


@pytest.mark.parametrize("give", WAYS.values(), ids=WAYS)
def test_an_unknown_permission_is_refused_wherever_it_is_given(
    mock: AmigoMock, give: Callable[[AmigoMock, str], object]
) -> None:
    """Rule: the nearest is named and nothing changes, so that no test of a 403 passes because of a
    misspelt name. Source: the fake's own contract.
    """
    with mock.client() as client:
        before = client.get("/_mock/state").content
        with pytest.raises(MockError, match=f"no permission '{WRONG}' .did you mean '{RIGHT}'"):
            give(mock, WRONG)
        assert client.get("/_mock/state").content == before
    give(mock, RIGHT)


@pytest.mark.parametrize(
    "name",
    ["*", "Simulation:*", "Simulation:Get*", "Sim*", "User:InviteUser"],
)
def test_the_beginning_of_a_permission_will_do(mock: AmigoMock, name: str) -> None:
    """Rule: a trailing `*` stands for any ending; what is not emulated can be granted too. Source:
    grants.
    """
    mock.as_user(grants=[name])


def test_a_beginning_that_nothing_has_is_refused(mock: AmigoMock) -> None:
    """Rule: the nearest group is named. Source: the fake's own contract."""
    with pytest.raises(
        MockError, match=r"no permission begins as 'Simulatoin:\*' does .*'Simulation:\*'"
    ):
        mock.as_user(grants=["Simulatoin:*"])


@pytest.mark.parametrize(
    "name",
    [
        "Simulation:GetSimulation",
        "Simulation:",
        "simulation:*",
        "Simulation:get*",
        "*:GetSimulation*",
        "Simulation:*Persona",
        "Nonsense",
    ],
)
def test_names_are_compared_as_they_are(mock: AmigoMock, name: str) -> None:
    """Rule: a `*` elsewhere than at the end, other capitals and half a name cover nothing, and are
    refused. Source: grants.
    """
    with pytest.raises(MockError, match="no permission"):
        mock.as_user(grants=[name])


def test_every_published_permission_is_known() -> None:
    """Rule: the list has all that the published document and the operations here name. Source:
    published document.
    """
    named = {
        name
        for operation in published()["operations"].values()
        for name in operation.get("permissions", ())
    }
    assert named | CATALOG.permissions == PERMISSIONS | CATALOG.permissions
    assert named <= PERMISSIONS
    assert CATALOG.permissions == PERMISSIONS


def test_a_world_is_told_all_of_them_with_their_lines(tmp_path: Path) -> None:
    """Rule: every unknown permission of a world is told at once, with the user or role that has
    it and its line. Source: the world format.
    """
    path = tmp_path / "world.yaml"
    path.write_text(
        "organizations:\n"
        "  - id: mock-org\n"
        "    users:\n"
        "      - {id: boss, grants: ['*']}\n"
        "      - id: clerk\n"
        f"        grants: ['{RIGHT}', '{WRONG}']\n"
        "    roles:\n"
        "      - name: reader\n"
        "        permission_grants:\n"
        "          - permission_name: Nonsense\n"
    )
    with pytest.raises(MockError) as caught:
        AmigoMock(seed=path)
    assert str(caught.value).split("\n  ") == [
        f"world {path}: 2 mistakes",
        f"user 'clerk' (line 6): grants.1: there is no permission '{WRONG}' (did you mean "
        f"'{RIGHT}'?)",
        "role 'reader' (line 10): permission_grants.0: there is no permission 'Nonsense'",
    ]
