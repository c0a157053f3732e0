"""Servers under test: started as processes of their own, and always ended."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.benchmarks.anchors import PERSONAS
from tests.benchmarks.generator import Unmeasured

ROOT = Path(__file__).parents[2]
PROCESSORS = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
TOKEN = {"organization": "mock-org", "user": "mock-user", "expires_in": 86400}


def pin(process: int, last: bool = False) -> None:
    """Keep a process on the first CPU, or the last, so that server and load never share one."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process, {PROCESSORS[-1 if last else 0]})


class Server:
    """One server on a free port of the loopback interface."""

    def __init__(self, name: str, command: Sequence[str], folder: Path, root: Path = ROOT) -> None:
        self.name = name
        self.token = ""
        self.age = 0.0
        self.sent = 0
        self.port = _free_port()
        self._output = folder / f"{name}-{self.port}.log"
        arguments = [each.replace("PORT", str(self.port)) for each in command]
        self.started = time.perf_counter()
        with self._output.open("w") as output:
            self._process = subprocess.Popen(
                arguments,
                cwd=root,
                env=environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        pin(self._process.pid)

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Ask once, on a connection of its own; the status and the decoded answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        with contextlib.closing(connection):
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            content = answer.read()
        return answer.status, json.loads(content) if content else None

    def expect(self, status: int, method: str, path: str, body: object = None) -> Any:
        """Ask once, and insist on a status."""
        answered, content = self.ask(method, path, body)
        if answered != status:
            raise Unmeasured(f"{self.name}: {method} {path}: {answered} {str(content)[:600]}")
        return content

    def wait(self, path: str, seconds: float = 60) -> None:
        """Ask until there is an answer; `age` is how long that took from the process's start."""
        while time.perf_counter() < self.started + seconds:
            if self._process.poll() is not None:
                break
            try:
                if self.ask("GET", path)[0] < 500:
                    self.age = time.perf_counter() - self.started
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.0005)
        raise Unmeasured(f"{self.name} does not answer: {self._output.read_text()[-1500:]}")

    def resident(self) -> float:
        """Resident memory in KiB, of the process that serves and not of a launcher above it."""
        if not Path("/proc/self/status").exists():
            raise Unmeasured("resident memory is read from /proc, which is not there")
        process = str(self._process.pid)
        while children := Path(f"/proc/{process}/task/{process}/children").read_text().split():
            process = children[0]
        status = Path(f"/proc/{process}/status").read_text()
        return float(status.partition("VmRSS:")[2].split()[0])

    def peak(self) -> float:
        """The most resident memory that there was, in KiB."""
        status = Path(f"/proc/{self._process.pid}/status")
        if not status.exists():
            raise Unmeasured("memory is read from /proc, which is not there")
        return float(status.read_text().partition("VmHWM:")[2].split()[0])

    @property
    def pid(self) -> int:
        return self._process.pid

    def killed(self) -> None:
        """Wait for the end of a process that was killed."""
        self._process.wait(60)

    def worked(self) -> float:
        """Seconds of processor time so far, over all threads; 0 where that cannot be read."""
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def environment(folder: Path) -> dict[str, str]:
    """The environment of every process: no settings of the user's, compiled modules kept."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AMIGO_")}
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):
        kept.pop(name, None)
    return kept | {"PYTHONPYCACHEPREFIX": str(folder / "compiled")}


@contextlib.contextmanager
def running(
    name: str, command: Sequence[str], folder: Path, path: str, root: Path = ROOT
) -> Iterator[Server]:
    """A server that answers on a path, ended whatever happens."""
    server = Server(name, command, folder, root)
    try:
        server.wait(path)
        yield server
    finally:
        server.stop()


def anchor(name: str, folder: Path) -> AbstractContextManager[Server]:
    """One of the servers to compare with."""
    command = [sys.executable, "-m", "tests.benchmarks.anchors", name, "PORT"]
    return running(name, command, folder, PERSONAS)


@contextlib.contextmanager
def amigo(folder: Path, *options: str, name: str = "amigo", root: Path = ROOT) -> Iterator[Server]:
    """The fake without rate limits and without a line a request, and with a token.

    `root` is the checkout that it is served from.
    """
    command = [sys.executable, "-m", "amigo_mock", "serve", "--port", "PORT"]
    command += ["--no-rate-limits", "--log-format", "none"]
    with running(name, [*command, *options], folder, "/_mock/health", root) as server:
        server.token = server.expect(201, "POST", "/_mock/tokens", TOKEN)["id_token"]
        yield server


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
