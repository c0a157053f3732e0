"""Sockets: a port that is bound before anybody is told of it, and waiting for a client."""

from __future__ import annotations

import asyncio
import fcntl
import resource
import socket

import pytest

from amigo_mock import AmigoMock
from amigo_mock.server.sockets import bind, readable


def test_a_socket_of_any_number_will_do() -> None:
    """Rule: a process that has thousands of files open is served, too. Source: suites that leak."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    ours, theirs = socket.socketpair()
    high = socket.socket(fileno=fcntl.fcntl(ours, fcntl.F_DUPFD_CLOEXEC, 2000))
    try:
        with ours, theirs, high:
            assert high.fileno() >= 2000
            assert not readable(high, theirs, seconds=0)
            theirs.sendall(b"x")
            assert readable(theirs, high)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_fake_that_listens_everywhere_knows_its_own_machine(host: str) -> None:
    """Rule: the URL of a fake leads to it from its own machine, and so does every address of that;
    `::` is those of IPv4 too. The control API answers to each. Source: `serve --host`.
    """
    with AmigoMock(host=host) as mock, mock.client() as client:
        port = client.base_url.port
        found = [mock.url, f"http://127.0.0.1:{port}", f"http://localhost:{port}"]
        assert {client.get(f"{url}/_mock/health").status_code for url in found} == {200}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_answer_in_two_pieces_is_sent_without_a_pause(host: str) -> None:
    """Rule: the event loop does not have the second piece wait until the client has acknowledged
    the first. Source: an answer of the control API took 45 ms on a kept connection.
    """

    async def no_delay() -> int:
        found = asyncio.get_running_loop().create_future()

        def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            found.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listener = bind(host, 0)
        async with await asyncio.start_server(accepted, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
            value: int = await found
            writer.close()
            await writer.wait_closed()
        return value

    assert asyncio.run(no_delay())
