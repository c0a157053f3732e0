"""The thread that writes the access log: nobody waits for whoever reads it."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TextIO

import pytest

from amigo_mock import AmigoMock
from amigo_mock.commands.serve import logged
from amigo_mock.local import LocalBackend
from amigo_mock.server.log_writer import LogWriter
from amigo_mock.settings import Settings
from amigo_mock.state.access_log import left_out

LINES = [f"line {number} {'x' * 80}\n" for number in range(5000)]
told = partial(left_out, "text")


@contextmanager
def pipe() -> Iterator[tuple[TextIO, TextIO]]:
    """The two ends of a pipe, which holds 64 KiB."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as reader, os.fdopen(writing, "w") as writer:
        yield reader, writer


def test_every_line_is_written_in_order() -> None:
    """Rule: what was taken is written by the time it is closed. Source: the access log."""
    stream = io.StringIO()
    log = LogWriter(stream, told)
    for line in LINES:
        log.write(line)
    log.close(10)
    assert stream.getvalue() == "".join(LINES)


def test_a_pipe_that_nobody_reads_holds_up_nobody() -> None:
    """Rule: lines are taken whether or not they can be written, and closing ends. What is read
    after all is whole, and says how many lines are missing. Source: the access log.
    """
    with pipe() as (reader, stream):
        log = LogWriter(stream, told, most=100_000)
        for line in LINES:
            log.write(line)
        log.close(0.01)
        found: list[str] = []
        reading = threading.Thread(target=lambda: found.extend(reader))
        reading.start()
        log.close(10)
        stream.close()
        reading.join(10)
    missing = [line for line in found if line not in LINES]
    written = [line for line in found if line in LINES]
    counted = sum(int(line.split()[0].strip("(")) for line in missing)
    assert counted > 0
    assert len(written) + counted == len(LINES)
    assert written == LINES[: len(written)]
    assert missing == [f"({counted} lines are left out: nobody has read them in time)\n"]


def test_a_reader_that_went_away_is_no_trouble() -> None:
    """Rule: as if nobody had asked for a log. Source: `amigo-mock serve | head`."""
    failed: list[str] = []
    with pipe() as (reader, stream):
        log = LogWriter(stream, told, failed.append)
        reader.close()
        for line in LINES:
            log.write(line)
        log.close(10)
    assert failed == []


class Broken(io.StringIO):
    """A stream that fails as none should."""

    def write(self, text: str) -> int:
        raise RuntimeError("broken")


def test_a_log_that_ends_takes_the_health_along(caplog: pytest.LogCaptureFixture) -> None:
    """Rule: a thread that ends before its time is said in the log of Python, and by a 503 of
    `/_mock/health`, which tells the reason. Source: the control API's table.
    """
    backend = LocalBackend(Settings())
    mock = AmigoMock(backend)
    with mock, logged(backend.fake, Broken()), mock.client() as client:
        assert client.get("/_mock/health").status_code == 200
        client.get("/nowhere")
        for thread in threading.enumerate():
            if thread.name == "amigo-mock-log":
                thread.join(10)
        answer = client.get("/_mock/health")
        assert answer.status_code == 503
        assert answer.json() == {"detail": "the access log has ended: RuntimeError('broken')"}
    assert "the access log has ended" in caplog.messages
