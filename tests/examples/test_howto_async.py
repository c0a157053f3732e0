"""How to test asynchronous code, on asyncio and on trio."""

from __future__ import annotations

import anyio
import httpx2
import pytest

from amigo_mock import AmigoMock

PERSONAS = "/v1/mock-org/simulation/persona/"
LIST = "get-simulation-personas"

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """The loops that the tests of this module run on."""
    return str(request.param)


async def test_an_asynchronous_client(
    amigo: AmigoMock, amigo_async_client: httpx2.AsyncClient
) -> None:
    """It is signed in and needs no socket. Source: the README."""
    ann = amigo.personas.create(name="Ann")
    page = (await amigo_async_client.get(PERSONAS)).json()
    assert [one["id"] for one in page["simulation_personas"]] == [ann.id]


async def test_many_at_the_same_time(
    amigo: AmigoMock, amigo_async_client: httpx2.AsyncClient
) -> None:
    """Of requests that race for what is left of a limit, just so many win. Source: the README."""
    amigo.rate_limits.set(LIST, 3)
    statuses = []

    async def ask() -> None:
        statuses.append((await amigo_async_client.get(PERSONAS)).status_code)

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(ask)
    assert sorted(statuses) == [200, 200, 200, 429, 429]


@pytest.mark.amigo(auto_advance=True, rate_limits={LIST: 1})
async def test_waiting_costs_nothing(
    amigo: AmigoMock, amigo_async_client: httpx2.AsyncClient
) -> None:
    """The sleep of the event loop passes on the fake's clock as well. Source: the README."""
    await amigo_async_client.get(PERSONAS)
    while (answer := await amigo_async_client.get(PERSONAS)).status_code == 429:
        await anyio.sleep(float(answer.headers["Retry-After"]))
    assert [entry.status for entry in amigo.requests] == [200, 429, 200]
