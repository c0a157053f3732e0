"""World and settings, over a fake here or elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError
from amigo_mock.testing.samples import world
from tests.remote.support import LIST, SECRET, START, Make, names, personas
from tests.support.bodies import persona


def test_a_fake_can_be_had_as_new(make: Make) -> None:
    """Rule: running and as made with these settings, whatever was before. Source: `renew`."""
    mock = make()
    settings = mock.settings.model_copy(update={"rate_limits": {LIST: 1}})
    try:
        for record in (False, True):
            mock.renew(settings, record=record)
            assert mock.rate_limits.limits == {LIST: 1}
            with mock.client() as client:
                client.post(personas(mock), json=persona("Ann"))
                assert names(mock, client) == ["Ann"]
            mock.faults.add(LIST, status=500)
            mock.clock.freeze(START)
        assert len(mock.capsule()["timeline"]) > 0
        mock.renew(mock.settings)
        assert (len(mock.requests), len(mock.faults), mock.clock.frozen) == (0, 0, False)
        with pytest.raises(MockError, match="nothing is recorded"):
            mock.capsule()
    finally:
        mock.stop()


def test_seed_reset_snapshot_restore(
    mock: AmigoMock, client: httpx2.Client, tmp_path: Path
) -> None:
    """Rule: another start and back to it; the world kept and put back. Source: the state."""
    start = mock.snapshot()
    first = client.post(personas(mock), json=persona("Ann")).json()
    with_ann = mock.snapshot()
    mock.restore(start)
    assert names(mock, client) == []
    assert client.post(personas(mock), json=persona("Bob")).json() == first
    mock.reset()
    mock.restore(with_ann)
    assert names(mock, client) == ["Ann"]
    content = {"organizations": [{**world(2, 0, 1)["organizations"][0], "id": mock.organization}]}
    for source in (content, tmp_path / "world.json"):
        (tmp_path / "world.json").write_text(json.dumps(content))
        mock.seed(source)
        seeded = names(mock, client)
        client.post(personas(mock), json=persona("Ann"))
        mock.clock.freeze(START)
        mock.reset()
        assert names(mock, client) == seeded
        assert not mock.clock.frozen
        assert len(seeded) == 2
    with pytest.raises(MockError, match="there is no such file"):
        mock.seed(tmp_path / "nothing.yaml")
    with pytest.raises(MockError, match=r"organisations.*did you mean"):
        mock.seed({"organisations": []})
    assert names(mock, client) == seeded


def test_records_can_be_made(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: factories write to the world itself. Source: factories."""
    made = mock.personas.create(name="Ann")
    assert names(mock, client) == ["Ann"]
    assert mock.personas.get(made.id) == mock.personas.find("Ann") == made
    assert made.creator.org_id == mock.organization
    with pytest.raises(MockError, match="'Ann'"):
        mock.personas.create(name="Ann")


def test_strictness_is_configured(make: Make) -> None:
    """Rule: as made with these settings, and back. Source: `configure`."""
    with make(token_lifetime=60) as mock, mock.client() as client:
        base = mock.settings
        lenient = {"sort_by": "+name"}
        mock.clock.freeze(START)
        armed = mock.faults.add(LIST, status=500)
        client.get(personas(mock))
        for strict, status in ((True, 422), (False, 200)):
            update = {"strict": strict, "rate_limits": {LIST: 1}}
            mock.configure(mock.settings.model_copy(update=update))
            assert (mock.settings.strict, mock.settings.token_lifetime) == (strict, 60)
            assert not mock.clock.frozen
            assert len(mock.faults) == len(mock.requests) == 0
            assert mock.rate_limits.limits == {LIST: 1}
            assert client.get(personas(mock), params=lenient).status_code == status
        assert armed.hits == 1
        with pytest.raises(MockError, match="'port' cannot change"):
            mock.configure(mock.settings.model_copy(update={"port": 1}))
        with pytest.raises(MockError, match="no limit on 'x'"):
            mock.configure(mock.settings.model_copy(update={"rate_limits": {"x": 1}}))
        assert len(mock.requests) == 1
        mock.configure(base)
        assert (mock.rate_limits.limits, mock.settings) == ({}, base)


def test_settings_begin_with_what_was_given(make: Make, tmp_path: Path) -> None:
    """Rule: seed, clock, grants, limits, keys: as for every fake. Source: the settings."""
    path = tmp_path / "world.yaml"
    path.write_text(
        "organizations: [{id: here, personas: [{name: Ann, role: r, "
        "created_at: 2026-01-31T12:00:00Z, versions: [{background: b}]}]}]"
    )
    clock = "2026-01-31T12:00:00Z"
    with (
        make(seed=path, clock=clock, signing_key=SECRET, rate_limits={LIST: 1}) as mock,
        mock.client() as client,
    ):
        assert (names(mock, client), mock.clock.frozen) == (["Ann"], True)
        assert client.get(personas(mock)).status_code == 429
        mock.configure(mock.settings.model_copy(update={"strict": True}))
        assert names(mock, client) == ["Ann"]
        assert mock.clock.datetime().isoformat() == "2026-01-31T12:00:00+00:00"
        assert mock.clock.start == mock.clock.now()
    grants = [{"permission_name": "Simulation:Get*"}]
    with make(permissions=grants) as mock, mock.client() as client:
        assert client.post(personas(mock), json=persona()).status_code == 403


def test_a_world_without_an_organization_is_refused(mock: AmigoMock) -> None:
    """Rule: a world in which nobody could be meant is refused, here or elsewhere, and changes
    nothing. Source: worlds.
    """
    before = mock.organization
    with pytest.raises(MockError, match="a world has at least one organization"):
        mock.seed({"organizations": []})
    assert mock.organization == before
