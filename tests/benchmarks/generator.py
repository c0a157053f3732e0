"""The load generator: one process, a few keep-alive connections, requests built beforehand."""

from __future__ import annotations

import gc
import json
import selectors
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path

NUMBER = "<<<NUMBER>>>"
"""Replaced in each request by a number of twelve digits that is never used twice."""
_BUFFER = bytearray(1 << 18)


class Unmeasured(Exception):
    """A measurement that could not be made; its text says why."""


@dataclass(frozen=True)
class Request:
    """One request as it goes over the wire, and the status it must be answered with."""

    text: str
    status: int


@dataclass(frozen=True)
class Load:
    """Requests sent in turn for some seconds, or until `count` of them were answered."""

    port: int
    requests: tuple[Request, ...]
    seconds: float
    count: int = 0
    first: int = 0
    connections: int = 8
    warm: float = 0.05


@dataclass(frozen=True)
class Outcome:
    """Requests per second, latencies in milliseconds, how busy the generator itself was.

    `cost` is the server's processor time per request, in microseconds.
    """

    sent: int = 0
    rate: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    busy: float = 0.0
    cost: float = 0.0
    error: str = ""


def request(method: str, path: str, status: int, token: str = "", body: str = "") -> Request:
    """Build the text of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += ["Content-Type: application/json"] if body else []
    return Request("\r\n".join((*lines, "", body)), status)


class Generator:
    """The handle on the generator's process, which ends when its standard input does."""

    def __init__(self, folder: Path) -> None:
        command, pipe = [sys.executable, "-m", "tests.benchmarks.generator"], subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=folder)

    def drive(self, load: Load, name: str) -> Outcome:
        """Send a load; an answer that was not expected is an error, never a count."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asdict(load)), file=self._process.stdin, flush=True)
        outcome = Outcome(**json.loads(self._process.stdout.readline() or '{"error": "ended"}'))
        if outcome.error:
            raise Unmeasured(f"{name}: {outcome.error}")
        return outcome

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


class _Connection:
    """One socket with at most one request under way."""

    __slots__ = ("expected", "head", "missing", "sent_at", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.sent_at = self.missing = 0
        self.expected = self.head = b""

    def send(self, data: bytes, expected: bytes) -> None:
        self.expected, self.head, self.missing = expected, b"", 0
        self.sent_at = time.perf_counter_ns()
        self.socket.sendall(data)

    def receive(self) -> bool:
        """Read what there is; true once the answer is complete. Raises if it is a wrong one."""
        size = self.socket.recv_into(_BUFFER)
        if not size:
            raise Unmeasured("the server closed the connection")
        if not self.missing:
            self._start(size)
        elif self.missing > 0:
            self.missing -= size
        if self.missing < 0:
            return _BUFFER.endswith(b"0\r\n\r\n", 0, size)
        return not self.missing

    def _start(self, size: int) -> None:
        """Read the head: the status, and how much of the body is still to come (-1: chunks)."""
        if not _BUFFER.startswith(self.expected, 9, size):
            raise Unmeasured(
                f"expected {self.expected!r}, got {bytes(_BUFFER[: min(size, 800)])!r}"
            )
        end = _BUFFER.find(b"\r\n\r\n", 0, size) + 4
        head = _BUFFER[:end].lower()
        start = head.find(b"content-length:")
        if start >= 0:
            length = int(head[start + 15 : head.find(b"\r", start)])
            self.missing = end + length - size
        elif b"transfer-encoding: chunked" in head:
            self.missing = -1


def _drive(load: Load) -> Outcome:
    """Keep every connection busy until the time is up, with one answer at least, or all is sent."""
    templates = cycle(
        [(each.text.encode().split(NUMBER.encode()), b"%d" % each.status) for each in load.requests]
    )
    connections = [_Connection(load.port) for _ in range(load.connections)]
    clock, sent, waiting = time.perf_counter_ns, 0, 0
    latencies: list[int] = []

    def send(connection: _Connection) -> None:
        nonlocal sent, waiting
        parts, status = next(templates)
        data = parts[0] if len(parts) == 1 else (b"%012d" % (load.first + sent)).join(parts)
        sent, waiting = sent + 1, waiting + 1
        connection.send(data, status)

    worked, began = time.process_time(), clock()
    start = began + (0 if load.count else int(load.warm * 1e9))
    until, last = start + int(load.seconds * 1e9), start
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            send(connection)
        while waiting:
            ready = selector.select(10)
            if not ready:
                raise Unmeasured("no answer within 10 seconds")
            for key, _ in ready:
                connection = key.data
                if connection.receive():
                    now = clock()
                    waiting -= 1
                    if start <= connection.sent_at and (now < until or not latencies):
                        latencies.append(now - connection.sent_at)
                        last = now
                    if (now < until or not latencies) and not 0 < load.count <= sent:
                        send(connection)
    for connection in connections:
        connection.socket.close()
    elapsed = clock() - began
    latencies.sort()
    p50, p99 = (latencies[int(len(latencies) * part)] / 1e6 for part in (0.5, 0.99))
    rate = len(latencies) * 1e9 / ((last if load.count else max(last, until)) - start)
    return Outcome(sent, rate, p50, p99, (time.process_time() - worked) * 1e9 / elapsed)


def _serve() -> None:
    """Run each load that comes as a line, and answer with a line."""
    gc.disable()
    for line in sys.stdin:
        values = json.loads(line)
        requests = tuple(Request(**each) for each in values.pop("requests"))
        try:
            outcome = _drive(Load(requests=requests, **values))
        except (Unmeasured, OSError) as error:
            outcome = Outcome(error=str(error) or repr(error))
        print(json.dumps(asdict(outcome)), flush=True)


if __name__ == "__main__":
    _serve()
