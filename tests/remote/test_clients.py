"""Clients, environment and users, over a fake here or elsewhere."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import warnings
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
import trio

from amigo_mock import AmigoMock, MockError
from tests.remote.support import LIST, Make, names, personas
from tests.support.bodies import persona
from tests.support.paths import RUNS
from tests.support.suite import Suite

VARIABLES = {
    "AMIGO_BASE_URL",
    "AMIGO_ORGANIZATION_ID",
    "AMIGO_API_KEY_ID",
    "AMIGO_API_KEY",
    "AMIGO_USER_ID",
}


def test_the_environment_is_that_of_a_sign_in(mock: AmigoMock) -> None:
    """Rule: what the official SDK reads, and the sign-in works. Source: the SDK."""
    env = mock.env
    headers = {
        "x-api-key": env["AMIGO_API_KEY"],
        "x-api-key-id": env["AMIGO_API_KEY_ID"],
        "x-user-id": env["AMIGO_USER_ID"],
    }
    url = f"{env['AMIGO_BASE_URL']}/v1/{env['AMIGO_ORGANIZATION_ID']}/user/signin_with_api_key"
    assert httpx2.post(url, headers=headers, trust_env=False).status_code == 200
    assert set(env) == VARIABLES
    assert env["AMIGO_ORGANIZATION_ID"] == mock.organization
    assert mock.url in repr(mock)


def test_a_mock_that_does_not_run_says_so(make: Make) -> None:
    """Rule: its address before and after is an error that names the way out. Source: `url`."""
    mock = make()
    for _ in range(2):
        for ask in (lambda: mock.url, mock.client):
            with pytest.raises(RuntimeError, match=r"not running.*start\(\)"):
                ask()
        assert mock.start() is mock.start()
        mock.stop()
        mock.stop()


@pytest.mark.parametrize("in_process", [False, True])
def test_clients_work(mock: AmigoMock, in_process: bool) -> None:
    """Rule: signed in, blocking or not, in process or as near to it as can be. Source: `client`."""

    async def ask() -> int:
        async with mock.async_client(in_process=in_process) as client:
            return (await client.get(personas(mock))).status_code

    with mock.client(in_process=in_process) as client:
        assert names(mock, client) == []
    assert asyncio.run(ask()) == 200
    assert [entry.caller for entry in mock.requests] == [f"{mock.organization}/mock-user"] * 2


def test_a_client_in_process_need_not_be_closed(make: Make) -> None:
    """Rule: as the plugin's fixtures have it: nothing is left open. Source: `client`."""

    async def ask(mock: AmigoMock) -> int:
        client = mock.async_client(in_process=True)
        return (await client.post(personas(mock), json=persona("Bob"))).status_code

    def use(mock: AmigoMock) -> list[str]:
        client = mock.client(in_process=True)
        assert client.post(personas(mock), json=persona("Ann")).status_code == 201
        with mock.faulty(LIST, drop=True), pytest.raises(httpx2.TransportError):
            client.get(personas(mock))
        with mock.faulty(LIST, delay=0.2), pytest.raises(httpx2.ReadTimeout):
            client.get(personas(mock), timeout=0.05)
        return names(mock, client)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with make() as mock:
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(use, mock).result() == ["Ann"]
            assert asyncio.run(ask(mock)) == 201
            mock.reset()
            assert trio.run(ask, mock) == 201
            mock.client(in_process=True).close()
            assert names(mock, mock.client(in_process=True)) == ["Bob"]
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


@pytest.mark.parametrize("in_process", [False, True])
def test_artifacts_are_where_the_link_says(mock: AmigoMock, in_process: bool) -> None:
    """Rule: a link leads to the address that was asked, and needs no token; a client in process
    can follow it, too. Its signature is not in the journal. Source: the README.
    """
    with mock.client(in_process=in_process) as client:
        suite = Suite(client, mock.organization)
        run = suite.start(suite.unit_test_set(suite.unit_test()))
        mock.clock.advance(10)
        link = suite.get(f"{RUNS}{run}/artifacts/")["presigned_url"]
        assert link.startswith(f"{mock.url}/download/{mock.organization}/")
        del client.headers["Authorization"]
        answer = client.get(link)
    assert answer.json()["simulation_unit_test_set_run_id"] == run
    assert mock.requests.last.operation == "download-simulation-unit-test-set-run-artifacts"
    signature = link.rpartition("signature=")[2]
    assert not any(signature in json.dumps(entry.json()) for entry in mock.requests)


def test_a_user_with_grants(mock: AmigoMock) -> None:
    """Rule: may do just what the test says; the SDK's variables are theirs. Source: `as_user`."""
    reader = mock.as_user("ann", grants=["Simulation:GetSimulationPersona"])
    with reader.client() as client, reader:
        assert client.get(personas(mock)).status_code == 200
        assert client.post(personas(mock), json=persona()).status_code == 403
        assert os.environ["AMIGO_USER_ID"] == "ann"
        assert os.environ["AMIGO_ORGANIZATION_ID"] == mock.organization
    mock.as_user("ann", grants=["*"])
    with mock.client("ann") as client:
        assert client.post(personas(mock), json=persona()).status_code == 201
    with pytest.raises(MockError, match="there is no user 'bob'"):
        mock.token("bob")
    with pytest.raises(MockError, match="'nowhere'"):
        mock.token(organization="nowhere")
