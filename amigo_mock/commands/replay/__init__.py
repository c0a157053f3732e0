"""The command `replay`."""

from __future__ import annotations

import signal
import sys
from argparse import Namespace
from socket import socket
from threading import Event
from typing import TextIO

from amigo_mock.commands import DAY
from amigo_mock.commands.replay.replay import Replay
from amigo_mock.commands.replay.text import lines, still_armed, summary, title, write
from amigo_mock.engine.recording.capsule_file import read
from amigo_mock.server.sockets import bind, url
from amigo_mock.server.thread import Background
from amigo_mock.state.access_log import visible


def run(given: Namespace) -> int:
    """Replay a capsule's file, tell what differs, and say the status to end with.

    With `serve` the world is then served on `port`, until interrupted.
    """
    replay = Replay(read(given.capsule), f"capsule {given.capsule}")
    if not given.serve:
        return _tell(replay, given.until, sys.stdout)
    with bind("127.0.0.1", given.port) as listener:
        status = _tell(replay, given.until, sys.stdout)
        _serve(replay, listener, sys.stdout)
    return status


def _tell(replay: Replay, until: int | None, output: TextIO) -> int:
    write(output, title(replay.capsule))
    words: list[str] = []
    for outcome in replay.run(until):
        words.append(outcome.word.partition(":")[0])
        for line in lines(outcome):
            write(output, line)
    for line in still_armed(replay.capsule):
        write(output, line)
    write(output, summary(words))
    return int("differs" in words)


def _serve(replay: Replay, listener: socket, output: TextIO) -> None:
    done = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    replay.settle()
    background = Background(replay.gateway, listener)
    try:
        write(output, f"serving that world at {url(listener)} (Ctrl+C ends it)")
        for organization in replay.fake.world:
            for user in organization.identity.users:
                token = replay.fake.token(organization.id, user, DAY)
                write(output, f"token of {visible(f'{organization.id}/{user}')}: {token}")
        output.flush()
        while not done.wait(3600):
            pass
    finally:
        background.stop()
