"""Types and requests that the tests of `AmigoMock.at` share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2

from amigo_mock import AmigoMock

LIST = "get-simulation-personas"
CREATE = "create-simulation-persona"
DELETE = "delete-simulation-persona"
START = 1_700_000_000.0
SECRET = "wx7Qk-49211"

Make = Callable[..., AmigoMock]


def personas(mock: AmigoMock) -> str:
    return f"/v1/{mock.organization}/simulation/persona/"


def names(mock: AmigoMock, client: httpx2.Client) -> list[str]:
    return [found["name"] for found in client.get(personas(mock)).json()["simulation_personas"]]


def tenants(server: AmigoMock) -> list[str]:
    with httpx2.Client(base_url=server.url, trust_env=False) as client:
        found = client.get("/_mock/tenants").json()["tenants"]
    return [tenant["organization"] for tenant in found]


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Something that is no fake, at a url."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
