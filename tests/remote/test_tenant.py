"""The tenant that `AmigoMock.at` has for its own on a server."""

from __future__ import annotations

import gc
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError, Settings
from tests.remote.support import CREATE, START, names, personas, tenants
from tests.support.bodies import persona


def test_two_at_once_share_nothing(server: AmigoMock) -> None:
    """Rule: the same names, another clock, nobody else's requests. Source: tenants."""
    together = threading.Barrier(2)

    def run(frozen: bool) -> tuple[list[str], int, int]:
        with AmigoMock.at(server.url) as mock, mock.client() as client:
            together.wait(10)
            if frozen:
                mock.clock.freeze(START)
                mock.faults.add(CREATE, status=503)
            met = [
                client.post(personas(mock), json=persona(f"Persona {turn}")).status_code
                for turn in range(10)
            ]
            together.wait(10)
            assert mock.clock.frozen is frozen
            assert (mock.clock.now() == START) is frozen
            return names(mock, client), met.count(201), len(mock.requests)

    before = len(server.requests)
    with ThreadPoolExecutor(2) as pool:
        frozen, running = pool.map(run, [True, False])
    assert frozen == ([f"Persona {turn}" for turn in range(1, 10)], 9, 11)
    assert running == ([f"Persona {turn}" for turn in range(10)], 10, 11)
    assert len(server.requests) == before
    assert not server.clock.frozen


def test_a_tenant_lives_as_long_as_its_mock(server: AmigoMock) -> None:
    """Rule: made at the start, deleted at the end, another one next time. Source: `at`."""
    assert tenants(server) == []
    mock = AmigoMock.at(server.url)
    assert tenants(server) == []
    seen = set()
    for _ in range(2):
        with mock:
            assert tenants(server) == [mock.organization]
            seen.add(mock.organization)
        assert tenants(server) == []
    assert len(seen) == 2
    with AmigoMock.at(server.url, organization="mine") as mock:
        assert (mock.organization, tenants(server)) == ("mine", ["mine"])
        with pytest.raises(MockError, match="there is a tenant 'mine' already"):
            AmigoMock.at(server.url, organization="mine").start()
    with pytest.raises(ZeroDivisionError), AmigoMock.at(server.url):
        _ = 1 / 0
    assert tenants(server) == []


def test_settings_that_are_refused_open_nothing(server: AmigoMock) -> None:
    """Rule: the server's sentence, and no tenant. Source: `at`."""
    two = {"organizations": [{"id": "a"}, {"id": "b"}]}
    for given, words in (
        ({"seed": two}, "organizations: there are 2, and a tenant has just one"),
        ({"seed": "nothing.yaml"}, "there is no such file"),
        ({"rate_limits": {"x": 1}}, "no limit on 'x'"),
        ({"seed": {"organizations": [{"id": object()}]}}, "object is not JSON"),
    ):
        with pytest.raises(MockError, match=words):
            AmigoMock.at(server.url, settings=Settings.of(**given)).start()
    assert tenants(server) == []


def test_what_the_opening_told_holds_until_something_changes(
    remote: AmigoMock, server: AmigoMock
) -> None:
    """Rule: a token of the first user and the organization are asked for when they may have
    changed, and not before. Source: the cost of a test against a server.
    """
    first = remote.token()
    assert remote.token() == first
    assert remote.token("mock-user") == first
    assert remote.token(expires_in=60) != first
    remote.clock.freeze(START)
    with remote.client() as client:
        assert client.get(personas(remote)).status_code == 200
    users = [{"id": "eve", "grants": [{"permission_name": "*"}]}]
    remote.seed({"organizations": [{"id": remote.organization, "users": users}]})
    assert remote.env["AMIGO_USER_ID"] == "eve"
    with remote.client() as client:
        assert client.get(personas(remote)).status_code == 200
    assert remote.requests.last.user == "eve"
    nowhere = Settings.of(seed={"organizations": []})
    with pytest.raises(MockError, match="a world has at least one organization"):
        AmigoMock.at(server.url, settings=nowhere).start()


def test_what_is_not_said_is_the_servers() -> None:
    """Rule: a strict server is strict for everyone who does not say otherwise. Source: `at`."""
    lenient = {"sort_by": "+name"}
    with AmigoMock(strict=True) as server:
        for given, status in (({}, 422), ({"strict": False}, 200)):
            settings = Settings.of(**given)
            with AmigoMock.at(server.url, settings=settings) as mock, mock.client() as client:
                for _ in range(2):
                    assert mock.settings.strict is (status == 422)
                    assert client.get(personas(mock), params=lenient).status_code == status
                    mock.configure(mock.settings)
                    mock.configure(settings)


def test_where_it_is_served_is_not_for_a_client_to_say(server: AmigoMock) -> None:
    """Rule: host, port, state and log are the server's own affair. Source: `at`."""
    settings = Settings.of(host="10.1.1.1", port=1, state="nothing.json", log_format="json")
    with AmigoMock.at(server.url, settings=settings) as mock:
        assert mock.settings.port == 1
        mock.configure(settings)
        assert mock.url == server.url


def test_a_snapshot_is_good_for_its_own_fake(remote: AmigoMock, server: AmigoMock) -> None:
    """Rule: one of another fake is a mistake, and changes nothing. Source: `restore`."""
    with AmigoMock.at(server.url) as other:
        for snapshot in (other.snapshot(), server.snapshot()):
            with pytest.raises(MockError, match="taken of another fake"):
                remote.restore(snapshot)
    snapshot = remote.snapshot()
    with pytest.raises(MockError, match="by the AmigoMock that took it"):
        server.restore(snapshot)
    assert server.organization == "mock-org"
    assert snapshot != remote.snapshot()
    assert remote.organization in repr(snapshot)


def test_there_is_no_application_to_have(remote: AmigoMock) -> None:
    """Rule: what is served elsewhere is not here. Source: `app`."""
    with pytest.raises(RuntimeError, match="served elsewhere"):
        _ = remote.app
    assert not remote.in_server_thread


def test_nothing_is_left_behind(server: AmigoMock) -> None:
    """Rule: no descriptor, no warning, after threads too. Source: stop()."""

    def open_files() -> int:
        return len(list(Path("/dev/fd").iterdir()))

    def use() -> None:
        with AmigoMock.at(server.url) as mock, ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda _: mock.clock.now(), range(20)))

    use()
    gc.collect()
    files = open_files()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        use()
        gc.collect()
    assert [str(warning.message) for warning in caught] == []
    # The server may not have noticed yet that its end is closed: those are in this process too.
    assert open_files() <= files + 3


def test_a_tenant_that_is_gone_is_named(server: AmigoMock) -> None:
    """Rule: a control operation of a tenant that is no longer there says why. Source: tenants."""
    with AmigoMock.at(server.url) as mock:
        with httpx2.Client(base_url=server.url, trust_env=False) as client:
            client.delete(f"/_mock/tenants/{mock.organization}")
        with pytest.raises(MockError, match=r"there is no tenant 'tenant-.*': it was deleted, or"):
            mock.clock.advance(1)
