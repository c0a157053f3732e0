"""Sockets: a port that is bound before anybody is told of it, and waiting for a client."""

from __future__ import annotations

import fcntl
import resource
import socket

from amigo_mock.server.sockets import readable


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
