"""A first request, on each way; imported by processes that have made none."""

from __future__ import annotations

import asyncio
import re

import httpx2

from amigo_mock import AmigoMock, create_app
from amigo_mock.resources import CATALOG

FACTORIES = ("personas", "scenarios", "services", "metrics", "unit_tests", "unit_test_sets")

MOCK = AmigoMock().start()
APP = create_app()
TOKEN = MOCK.token()  # the other one signs with the same key
REQUESTS = [
    *(
        (method, re.sub(r"\{\w+\}", "0" * 24, path.replace("{organization}", "mock-org")))
        for (method, path), id in CATALOG.paths.items()
        if id in CATALOG.operations
    ),
    *(("GET", f"/_mock/{name}") for name in ("health", "state", "openapi.json", "settings")),
    ("GET", "/v1/openapi.json"),
]


def wanted(number: int) -> list[tuple[str, str]]:
    """Some of the requests, others for each number."""
    return [REQUESTS[(number + step * 13) % len(REQUESTS)] for step in range(3)]


def judged(answers: list[httpx2.Response]) -> str:
    broken = [answer.text for answer in answers if answer.status_code >= 500]
    return broken[0] if broken else "as it should be"


def asked(client: httpx2.Client, number: int) -> str:
    if number % 4 == 0:
        getattr(MOCK, FACTORIES[number // 4 % len(FACTORIES)]).create()
    with client:
        return judged([client.request(*one) for one in wanted(number)])


def in_process(number: int) -> str:
    return asked(MOCK.client(in_process=True), number)


def over_a_socket(number: int) -> str:
    return asked(MOCK.client(), number)


def through_the_application(number: int) -> str:
    async def ask() -> str:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        transport = httpx2.ASGITransport(app=APP)
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://localhost", headers=headers
        ) as client:
            return judged([await client.request(*one) for one in wanted(number)])

    return asyncio.run(ask())
