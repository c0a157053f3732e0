"""A reset of a fake that keeps its state: what is kept is not lost by mistake."""

from __future__ import annotations

from pathlib import Path

from amigo_mock import AmigoMock
from amigo_mock.testing.samples import world
from tests.engine.persistence.support import if_killed, names, personas
from tests.support.verbs import create_persona_in


def test_a_reset_does_not_empty_a_file_by_mistake(path: Path) -> None:
    """Rule: a reset over HTTP that would leave nothing of a kept world says so and asks.

    Source: no lost work.
    """
    with AmigoMock(state=path) as mock, mock.client() as client:
        create_persona_in(mock, "Ann")
        for method, url in (("POST", "/_mock/reset"), ("PUT", "/_mock/settings")):
            refused = client.request(method, url, json={} if method == "PUT" else None)
            assert refused.status_code == 422
            assert "?confirm=true" in refused.json()["detail"]
            assert str(path) in refused.json()["detail"]
        assert names(if_killed(path)) == ["Ann"]
        assert client.post("/_mock/reset?confirm=true").status_code == 204
        assert names(if_killed(path)) == []


def test_a_reset_to_a_seed_asks_nothing(path: Path) -> None:
    """Rule: a server with a seed has something to come back to. Source: the setting `seed`."""
    with AmigoMock(state=path, seed=world(2, 0, 0)) as mock, mock.client() as client:
        create_persona_in(mock, "Ann")
        assert client.post("/_mock/reset").status_code == 204
        assert len(personas(if_killed(path))) == 2
