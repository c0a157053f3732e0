"""Permission use by test and by caller."""

from __future__ import annotations

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.errors import MockError
from amigo_mock.resources import CATALOG
from amigo_mock.testing.reports.permissions import PermissionUse
from tests.testing.reports.permissions.support import DELETE, ME, READ, YOU, Fed, only_missing, some

CREATE, MODIFY = "Simulation:CreateSimulationPersona", "Simulation:ModifySimulationPersona"


def test_needs_are_told_by_test_and_by_caller(
    client: httpx2.Client, you: httpx2.Client, fed: Fed
) -> None:
    """Rule: a role for each, and for all. Source: permissions."""
    some(client, you, fed)
    grants = fed.grants
    assert (grants.tests, grants.callers) == (["a", "b", "c"], [ME, YOU])
    assert grants.permissions() == grants.permissions(ME) == [CREATE, DELETE, READ, MODIFY]
    assert grants.permissions(YOU) == []
    assert grants.permissions(test="a") == [CREATE, MODIFY]
    assert grants.permissions(ME, "b") == [DELETE, READ]
    assert grants.role(test="c") == []
    assert grants.role(test="b") == [
        {"permission_name": DELETE, "conditions": {}},
        {"permission_name": READ, "conditions": {}},
    ]
    assert grants.json()["roles"] == {ME: grants.role(ME), YOU: []}


def test_a_refusal_that_the_role_undoes_is_told() -> None:
    """Rule: a test that is refused and a test that is not cannot share a role. Source: 403."""
    grants = PermissionUse(CATALOG.all())
    for test, permissions in (("granted", None), ("refused", [])):
        with AmigoMock(permissions=permissions) as mock, mock.client() as client:
            only_missing(client)
            grants.add(test, mock.requests.last)
    assert grants.undone() == {"refused": ["delete-simulation-persona"]}
    assert grants.undone(test="refused") == {}
    lines = grants.text().splitlines()
    assert any(line.startswith("careful: 1 test met a 403") for line in lines)
    assert "delete-simulation-persona  refused" in lines


def test_races_are_passed_over(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: what the harness does needs no permission of the suite's. Source: permissions."""
    only_missing(client)
    entry = mock.requests.last
    entry.race = True
    grants = PermissionUse(CATALOG.all())
    grants.add("a", entry)
    assert (grants.tests, grants.callers, grants.role()) == ([], [], [])
    assert grants.text() == "permissions: nobody who has any called"


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ({"caller": "mock-org/mock-usr"}, "no caller 'mock-org/mock-usr' .did you mean"),
        ({"test": "test_c"}, "no test 'test_c' .did you mean 'test_a'"),
    ],
)
def test_whoever_did_nothing_is_no_question(
    client: httpx2.Client, fed: Fed, question: dict[str, str], told: str
) -> None:
    """Rule: a misspelt name is refused with the nearest. Source: the house's own rules."""
    fed.test = "test_a"
    only_missing(client)
    with pytest.raises(MockError, match=told):
        fed.grants.role(**question)
