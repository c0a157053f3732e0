"""Access to the control API, and the rules that all of its operations share."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import pytest
from starlette.types import Message, Scope

from amigo_mock import AmigoMock, Settings, create_app
from tests.control.support import CONTROL_OPERATIONS, SECRET
from tests.support.paths import PERSONAS


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "maintenance"),
        ("PUT", "rate-limits"),
        ("PUT", "state"),
        ("POST", "clock"),
        ("POST", "faults"),
        ("POST", "organizations"),
        ("POST", "tokens"),
    ],
)
def test_a_control_operation_refuses_what_is_no_body(
    control: httpx2.Client, method: str, path: str
) -> None:
    """Rule: broken JSON, no body, unknown fields: 422 in the errors' shape; 400 for no text.

    Source: the control API.
    """
    kind = {"Content-Type": "application/json"}
    contents = {b"\xff": 400, b"[" * 100_000: 400}
    contents |= dict.fromkeys((b"", b"{", b"[]", b"null", b'{"no-such-field": 1}'), 422)
    for content, status in contents.items():
        answer = control.request(method, path, content=content, headers=kind)
        assert answer.status_code == status
        assert answer.json().keys() == {"detail"}
    assert control.request(method, path, content=b"{}").status_code == 422


@pytest.mark.parametrize("path", ["nothing", "", "faults/1", "state/x"])
def test_an_unknown_control_operation_is_404(control: httpx2.Client, path: str) -> None:
    """Rule: the shape of every error. Source: the shape of errors."""
    answer = control.get(path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


def test_control_operations_are_not_limited_nor_counted(
    mock: AmigoMock, control: httpx2.Client
) -> None:
    """Rule: control operations have neither limits nor journal. Source: the control API."""
    mock.faults.add("*", status=500, times=None)
    answers = [control.get("health") for _ in range(200)]
    assert {answer.status_code for answer in answers} == {200}
    assert not [name for name in answers[-1].headers if name.startswith("x-ratelimit")]
    assert len(mock.requests) == 0


def ask(
    settings: Settings,
    path: str = "/_mock/health",
    client: tuple[str, int] | None = ("127.0.0.1", 50000),
    method: str = "GET",
    **headers: str,
) -> int:
    """The status of a request, made by hand, from an address, with these headers."""
    named = {"host": "localhost:8484", **headers}
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in named.items() if value],
        "client": client,
        "server": ("127.0.0.1", 8484),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(create_app(settings)(scope, receive, send))
    start, *rest = sent
    body = b"".join(message.get("body", b"") for message in rest)
    if start["status"] in (401, 403):
        assert json.loads(body).keys() == {"detail"}
    status: int = start["status"]
    return status


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:1",
        "127.0.0.1:8484",
        "[::1]:8484",
        "[::1]",
        "fake.localhost",
        "127.1.2.3",
    ],
)
def test_this_machine_may_use_the_control_api(host: str) -> None:
    """Rule: from this machine, under a name of it. Source: the access to the control API."""
    assert ask(Settings(), host=host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8484",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "notlocalhost",
        "192.168.1.2",
        "0.0.0.0",
        "[::",
        "[::1",
        "[fe80::1]",
        "2130706433",
    ],
)
def test_a_host_that_only_pretends_is_403(host: str) -> None:
    """Rule: a name that someone pointed at this machine is not this machine. Source: the
    access to the control API."""
    assert ask(Settings(), host=host) == 403


@pytest.mark.parametrize(
    "address", ["192.168.1.2", "10.0.0.1", "8.8.8.8", "::2", "fe80::1", "testclient", ""]
)
def test_another_machine_is_403(address: str) -> None:
    """Rule: the control API answers to the machine it runs on.

    Source: the access to the control API.
    """
    assert ask(Settings(), client=(address, 50000)) == 403


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_every_loopback_address_is_this_machine(address: str) -> None:
    """Rule: loopback addresses are this machine. Source: the access to the control API."""
    assert ask(Settings(), client=(address, 50000)) == 200


def test_without_an_address_it_is_this_process() -> None:
    """Rule: no address means a pipe or this very process. Source: the access to the control API."""
    assert ask(Settings(), client=None) == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:3000", 200),
        ("https://127.0.0.1", 200),
        ("http://[::1]:3000", 200),
        ("https://evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("null", 403),
        ("http://[", 403),
        ("file://", 403),
    ],
)
def test_a_page_from_elsewhere_is_403(origin: str, status: int) -> None:
    """Rule: a page in a browser on this machine is where it came from. Source: the access
    to the control API."""
    assert ask(Settings(), origin=origin) == status


@pytest.mark.parametrize("operation", CONTROL_OPERATIONS, ids=lambda operation: str(operation.id))
def test_no_control_operation_is_left_open(operation: Any) -> None:
    """Rule: access is the same for all of them. Source: the access to the control API."""
    assert ask(Settings(), operation.path, method=operation.method, host="evil.example") == 403
    assert ask(Settings(), operation.path, method=operation.method, client=("8.8.8.8", 1)) == 403
    token = Settings.of(control_token=SECRET)
    assert ask(token, operation.path, method=operation.method, client=("8.8.8.8", 1)) == 401
    if operation.id != "health":
        assert ask(token, operation.path, method=operation.method) == 401


def test_the_api_answers_to_everyone() -> None:
    """Rule: access is limited for the control API only. Source: the access to the control API."""
    path = "/v1/openapi.json"
    assert ask(Settings(), path, client=("8.8.8.8", 1), host="evil.example") == 200


@pytest.mark.parametrize(
    "given",
    [
        "Bearer",
        f"Bearer {SECRET}x",
        f"Bearer {SECRET[:-1]}",
        f"Basic {SECRET}",
        "Bearer \u00e9",
    ],
)
def test_a_control_token_is_asked_of_everyone(given: str) -> None:
    """Rule: with a token set, this machine needs it too. Source: the access to the control API."""
    assert ask(Settings.of(control_token=SECRET), authorization=given) == 401


def test_this_machine_may_ask_for_health_without_the_token() -> None:
    """Rule: who calls from this machine, and as it, is told the health, in which there is no
    secret; with a token set nobody else is, nor whoever sends another token. Source: assumption:
    the health check of a container should not need the secret.
    """
    settings = Settings.of(control_token=SECRET)
    assert ask(settings) == 200
    assert ask(settings, client=("8.8.8.8", 1)) == 401
    assert ask(settings, host="fake.example") == 401
    assert ask(settings, origin="https://evil.example") == 401
    assert ask(settings, authorization="Bearer x") == 401
    assert ask(settings, "/_mock/settings") == 401


@pytest.mark.parametrize("address", ["127.0.0.1", "8.8.8.8"])
@pytest.mark.parametrize("host", ["localhost", "fake.example"])
def test_a_control_token_opens_from_everywhere(address: str, host: str) -> None:
    """Rule: whoever has the token is let in, from wherever.

    Source: the access to the control API.
    """
    settings = Settings.of(control_token=SECRET)
    header = f"Bearer {SECRET}"
    assert ask(settings, client=(address, 1), host=host, authorization=header) == 200


def test_a_control_token_is_no_api_token() -> None:
    """Rule: control API and API have their own keys. Source: the access to the control API."""
    with AmigoMock(control_token=SECRET) as mock, mock.client() as client:
        assert client.get(PERSONAS).status_code == 200
        refused_ = client.get("/_mock/health")
        assert refused_.status_code == 401
        assert refused_.headers["www-authenticate"] == "Bearer"
        header = {"Authorization": f"Bearer {SECRET}"}
        assert client.get("/_mock/health", headers=header).status_code == 200
        assert client.get(PERSONAS, headers=header).status_code == 401
        assert SECRET not in client.get("/_mock/requests", headers=header).text
