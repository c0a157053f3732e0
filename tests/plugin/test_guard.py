"""The guard: names of the real service are refused before anybody resolves them."""

from __future__ import annotations

import _socket
import asyncio
import pickle
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from threading import Thread
from typing import Any

import anyio
import httpx
import httpx2
import pytest
import trio
import uvloop

from amigo_mock import AmigoMock
from pytest_amigo.safety.guard import AmigoGuardError, Guard

REAL = "api.amigo.ai"
PLACES: list[tuple[Any, str]] = [
    (socket, "getaddrinfo"),
    (_socket, "getaddrinfo"),
    (socket, "gethostbyname"),
    (socket, "gethostbyname_ex"),
    (socket, "gethostbyaddr"),
    (socket.socket, "connect"),
    (socket.socket, "connect_ex"),
    (uvloop.Loop, "getaddrinfo"),
    (uvloop.Loop, "create_connection"),
    (uvloop.Loop, "create_datagram_endpoint"),
]
held_getaddrinfo = socket.getaddrinfo


def whats_there() -> list[object]:
    return [vars(owner).get(name) for owner, name in PLACES]


@pytest.fixture
def guard() -> Iterator[Guard]:
    with Guard() as guard:
        yield guard


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


def connect(address: tuple[str, int]) -> None:
    with socket.socket() as plain:
        plain.connect(address)


def connect_with_tls(address: tuple[str, int]) -> None:
    with ssl.create_default_context().wrap_socket(socket.socket(), server_hostname="x") as wrapped:
        wrapped.connect(address)


def connect_for_a_number(address: tuple[str, int]) -> None:
    with socket.socket() as plain:
        plain.connect_ex(address)


BLOCKING: dict[str, Callable[[str], object]] = {
    "getaddrinfo": lambda host: socket.getaddrinfo(host, 443),
    "getaddrinfo, held": lambda host: held_getaddrinfo(host, 443),
    "getaddrinfo, by keyword": lambda host: socket.getaddrinfo(host=host, port=443),
    "gethostbyname": lambda host: socket.gethostbyname(host),
    "gethostbyname_ex": lambda host: socket.gethostbyname_ex(host),
    "gethostbyaddr": lambda host: socket.gethostbyaddr(host),
    "create_connection": lambda host: socket.create_connection((host, 443)),
    "connect": lambda host: connect((host, 443)),
    "connect with TLS": lambda host: connect_with_tls((host, 443)),
    "connect_ex": lambda host: connect_for_a_number((host, 443)),
    "httpx": lambda host: httpx.get(f"https://{host}/v1/", trust_env=False),
    "httpx2": lambda host: httpx2.get(f"https://{host}/v1/", trust_env=False),
}


@pytest.mark.parametrize("way", BLOCKING.values(), ids=BLOCKING)
def test_every_way_to_the_real_service_is_refused(
    guard: Guard, way: Callable[[str], object]
) -> None:
    """Rule: whoever resolves or connects by name is told, and no client wraps or retries it.

    Source: the guard. Nothing leaves: it raises before the name is resolved.
    """
    with pytest.raises(AmigoGuardError):
        way(REAL)
    assert guard.attempts == [REAL]


async def ask_the_loop(host: str) -> None:
    await asyncio.get_running_loop().getaddrinfo(host, 443)


async def connect_by_the_loop(host: str) -> None:
    await asyncio.open_connection(host, 443)


async def connect_a_socket_by_the_loop(host: str) -> None:
    with socket.socket() as plain:
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, (host, 443))


async def send_datagrams_by_the_loop(host: str) -> None:
    await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=(host, 443)
    )


async def ask_httpx(host: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(f"https://{host}/v1/")


async def ask_httpx2(host: str) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        await client.get(f"https://{host}/v1/")


async def connect_by_anyio(host: str) -> None:
    await anyio.connect_tcp(host, 443)


async def ask_anyio(host: str) -> None:
    await anyio.getaddrinfo(host, 443)


async def connect_by_trio(host: str) -> None:
    await trio.open_tcp_stream(host, 443)


async def ask_trio(host: str) -> None:
    await trio.socket.getaddrinfo(host, 443)


async def connect_a_socket_by_trio(host: str) -> None:
    with trio.socket.socket() as plain:
        await plain.connect((host, 443))


Way = Callable[[str], Awaitable[None]]
SHARED: list[Way] = [ask_httpx, ask_httpx2, connect_by_anyio, ask_anyio]
LOOPS: list[Way] = [
    ask_the_loop,
    connect_by_the_loop,
    connect_a_socket_by_the_loop,
    send_datagrams_by_the_loop,
    *SHARED,
]
TRIO: list[Way] = [connect_by_trio, ask_trio, connect_a_socket_by_trio, *SHARED]


@pytest.mark.parametrize("way", LOOPS)
@pytest.mark.parametrize("uv", [False, True], ids=["asyncio", "uvloop"])
def test_both_event_loops_are_refused(guard: Guard, way: Way, uv: bool) -> None:
    """Rule: asyncio resolves in threads and uvloop in C, and both are guarded.

    Source: the guard.
    """
    with pytest.raises(AmigoGuardError):
        anyio.run(way, REAL, backend_options={"use_uvloop": uv})
    assert guard.attempts == [REAL]


@pytest.mark.parametrize("way", TRIO)
def test_trio_is_refused(guard: Guard, way: Way) -> None:
    """Rule: trio is guarded too. Source: the guard."""
    with pytest.raises(AmigoGuardError):
        trio.run(way, REAL)
    assert guard.attempts == [REAL]


@pytest.mark.parametrize(
    "host",
    [
        "api.amigo.ai",
        "API.Amigo.AI.",
        b"api.amigo.ai",
        bytearray(b"api.amigo.ai"),
        "internal-api.amigo.ai",
        "api-eu-central-1.amigo.ai",
        "api-eu-central-1.internal.amigo.ai",
        "api.staging.amigo.ai",
        "ａｐｉ.amigo.ai",  # noqa: RUF001 - full-width letters, as IDNA reads them
        "api。amigo．ai",  # noqa: RUF001 - full stops of other scripts
        ("api.amigo.ai", 443),
    ],
)
def test_these_are_real(guard: Guard, host: object) -> None:
    """Rule: `api`, `api-*` and `*-api` anywhere under amigo.ai are real, however written.

    Source: the service's own addresses, of which there is one a region.
    """
    with pytest.raises(AmigoGuardError):
        guard.check(host)


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "localhost",
        "127.0.0.1",
        "::1",
        "amigo.ai",
        "docs.amigo.ai",
        "apis.amigo.ai",
        "myapi.amigo.ai",
        "api.amigo.ai.example.com",
        "api.notamigo.ai",
        "api-amigo.ai",
        b"\xff",
        (),
        443,
    ],
)
def test_these_are_not(guard: Guard, host: object) -> None:
    """Rule: nothing else is the guard's business. Source: the guard."""
    guard.check(host)
    assert guard.attempts == []


def test_everything_else_still_works(
    guard: Guard, mock: AmigoMock, client: httpx2.Client, listener: socket.socket
) -> None:
    """Rule: names that are not the service's resolve and connect as ever. Source: the guard."""
    address = listener.getsockname()

    async def open_one() -> None:
        _, writer = await asyncio.open_connection("localhost", address[1])
        writer.close()
        await writer.wait_closed()

    async def open_one_by_trio() -> None:
        await (await trio.open_tcp_stream("localhost", address[1])).aclose()

    assert client.get("/v1/mock-org/simulation/persona/").status_code == 200
    assert socket.gethostbyname("localhost") == "127.0.0.1"
    socket.create_connection(("localhost", address[1])).close()
    connect(address)
    asyncio.run(open_one())
    uvloop.run(open_one())
    trio.run(open_one_by_trio)
    assert guard.attempts == []


def test_the_error_says_what_to_do() -> None:
    """Rule: it names the host, the reason and each way out. Source: messages that help."""
    error = AmigoGuardError(REAL)
    for part in (REAL, "'amigo' fixture", "AMIGO_BASE_URL", "amigo.url", "amigo_client"):
        assert part in str(error)
    assert "amigo_guard = false" in str(error)
    assert not isinstance(error, OSError)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_attempts_are_known_although_the_application_swallowed_them() -> None:
    """Rule: each attempt since the outermost start is remembered. Source: the guard."""
    guard = Guard()
    with guard:
        for host in ("API.amigo.ai.", "internal-api.amigo.ai"):
            with pytest.raises(AmigoGuardError):
                socket.getaddrinfo(host, 443)
        with guard:
            pass
        assert guard.attempts == ["api.amigo.ai", "internal-api.amigo.ai"]
    assert guard.attempts == ["api.amigo.ai", "internal-api.amigo.ai"]
    with guard:
        assert guard.attempts == []


def test_a_thread_is_guarded_too(guard: Guard) -> None:
    """Rule: the guard is for the process and not for a thread. Source: the guard."""

    def ask() -> None:
        with pytest.raises(AmigoGuardError):
            socket.gethostbyname(REAL)

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert guard.attempts == [REAL] * 8


def test_everything_is_put_back() -> None:
    """Rule: after the last stop every place holds what it held, inherited or its own.

    Source: the guard.
    """
    before = whats_there()
    guard, other = Guard(), Guard()
    for _ in range(3):
        with guard, guard, other:
            assert all(
                ours is not theirs for ours, theirs in zip(whats_there(), before, strict=True)
            )
    assert whats_there() == before
    assert "connect" not in vars(socket.socket)
    guard.stop()
    assert whats_there() == before


def test_nesting_guards_until_the_outermost_end() -> None:
    """Rule: as many stops as starts. Source: the guard."""
    guard = Guard()
    with guard:
        with guard:
            pass
        with pytest.raises(AmigoGuardError):
            socket.gethostbyname(REAL)


def test_somebody_else_s_function_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule: what was put over the guard's function is theirs; the guard's is inert below it.

    And it is found again, and taken out, when they have put it back. Source: the guard.
    """
    before, guard = socket.gethostbyname, Guard()
    guard.start()
    below = socket.gethostbyname

    def theirs(name: str) -> str:
        return below(name)

    monkeypatch.setattr(socket, "gethostbyname", theirs)
    guard.stop()
    assert socket.gethostbyname is theirs
    assert socket.gethostbyname("localhost") == "127.0.0.1"
    with guard, pytest.raises(AmigoGuardError):
        socket.gethostbyname(REAL)
    assert socket.gethostbyname is theirs
    monkeypatch.undo()
    assert socket.gethostbyname is below
    assert socket.gethostbyname("localhost") == "127.0.0.1"
    with guard, pytest.raises(AmigoGuardError):
        socket.gethostbyname(REAL)
    assert socket.gethostbyname is before


def test_names_that_a_test_answers_itself_are_the_test_s(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule: a test that replaces the resolver resolves what it likes. Source: the guard."""
    monkeypatch.setattr(socket, "gethostbyname", lambda name: "127.0.0.1")
    assert socket.gethostbyname(REAL) == "127.0.0.1"
    assert guard.attempts == []
