"""Running commands, for the tests of the command line."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import IO, Any, Self
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

COMMAND = [sys.executable, "-W", "error", "-m", "amigo_mock"]

WAIT = 20.0  # seconds that anything may take at most


def environment(**variables: str) -> dict[str, str]:
    """The environment of a process: none of ours, and nothing about colours."""
    ours = ("AMIGO_", "NO_COLOR", "FORCE_COLOR")
    found = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**found, **variables}


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=WAIT,
        check=False,
    )


def sentence(text: str) -> str:
    """The one sentence that a mistake is said in."""
    (line,) = text.splitlines()
    assert line.startswith("amigo-mock: ")
    return line.removeprefix("amigo-mock: ")


def complaint(*arguments: str, **variables: str) -> str:
    """The one sentence of a process that ends with status 2."""
    ended = run(*arguments, **variables)
    assert (ended.returncode, ended.stdout) == (2, "")
    return sentence(ended.stderr)


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it is so."""
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


def words(commands: str) -> list[str]:
    """The words of commands as a shell has them: it joins lines that end with a backslash."""
    return shlex.split(commands.replace("\\\n", ""))


class Served:
    """A running `amigo-mock serve`, with the lines that it has written so far."""

    def __init__(self, *arguments: str, **variables: str) -> None:
        options = [] if "AMIGO_MOCK_PORT" in variables else ["--port", "0"]
        self.process = subprocess.Popen(
            [*COMMAND, "serve", *options, *arguments],
            env=environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.out: list[str] = []
        self.err: list[str] = []
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.out)),
            threading.Thread(target=self._read, args=(self.process.stderr, self.err)),
        ]

    @staticmethod
    def _read(stream: IO[str], lines: list[str]) -> None:
        with stream:
            lines.extend(iter(stream.readline, ""))

    def __enter__(self) -> Self:
        for reader in self._readers:
            reader.start()
        try:
            wait_for(lambda: bool(self.curl) or self.process.poll() is not None)
            assert self.curl, self.err
        except BaseException:
            self.end(signal.SIGKILL)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end(signal.SIGKILL)

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal, and say its status; everything that it wrote is read then."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            for reader in self._readers:
                reader.join(WAIT)

    @property
    def banner(self) -> list[str]:
        """Its first lines: for people, so on standard error if the log is for machines."""
        lines = [line.rstrip("\n") for line in (*self.err, *self.out)]
        begins = next((place for place, line in enumerate(lines) if line[:5] == "curl "), None)
        if begins is None or "" not in lines[begins:]:
            return []  # it is not complete
        return lines[: lines.index("", begins)]

    @property
    def log(self) -> list[str]:
        """The lines after the banner, and the empty one that ends it."""
        skipped = 0 if any(line.startswith("curl ") for line in self.err) else len(self.banner) + 1
        return [line.rstrip("\n") for line in self.out[skipped:]]

    @property
    def curl(self) -> str:
        """The commands of the first request, as they are pasted."""
        _, found, command = "\n".join(self.banner).partition("TOKEN=")
        return found + command

    @property
    def env(self) -> dict[str, str]:
        """The variables that the banner exports."""
        words = (shlex.split(line) for line in self.banner if line.startswith("export "))
        return dict(word.split("=", 1) for _, word in words)

    @property
    def url(self) -> str:
        return self.env["AMIGO_BASE_URL"]

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    @property
    def token(self) -> str:
        return words(self.curl)[0].removeprefix("TOKEN=")

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and content of an answer."""
        content = None if body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        return send(Request(self.url + path, content, {**given, **(headers or {})}, method=method))


def send(request: Request) -> tuple[int, Any]:
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=WAIT) as answer:
            status, content = answer.status, answer.read()
    except HTTPError as error:
        with error:
            status, content = error.code, error.read()
    return status, json.loads(content) if content else None
