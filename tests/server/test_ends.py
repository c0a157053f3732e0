"""Beginnings and ends: first requests from many threads at once, and stopping in a storm.

Each in a fresh process, in which nothing is imported yet and a warning is an error.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

FIRST = """
import sys, threading
from tests.server.first import {name}

found = []
threads = 32
barrier = threading.Barrier(threads)
sys.setswitchinterval(1e-5)

def run(number):
    barrier.wait()
    try:
        found.append({name}(number))
    except BaseException as error:
        found.append(repr(error))

all_of_them = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
for thread in all_of_them:
    thread.start()
for thread in all_of_them:
    thread.join()
assert len(found) == threads
wrong = [one for one in found if one != "as it should be"]
assert not wrong, wrong
"""

STOP = """
import gc, socket, sys, threading
{before}
from amigo_mock import AmigoMock

def connect(address, opened):
    for _ in range(200):
        opened.append(socket.socket())
        opened[-1].setblocking(False)
        opened[-1].connect_ex(address)

for _ in range(3):
    mock = AmigoMock().start()
    host, port = mock.url.removeprefix("http://").split(":")
    with mock.client() as client:
        client.get("/_mock/health").raise_for_status()
    opened = []
    storm = threading.Thread(target=connect, args=((host, int(port)), opened))
    connect((host, int(port)), opened)
    storm.start()
    stopping = threading.Thread(target=mock.stop, daemon=True)
    stopping.start()
    stopping.join(20)
    assert not stopping.is_alive(), "it never stops"
    storm.join()
    for connection in opened:
        connection.close()
    gc.collect()
"""


def run(code: str) -> None:
    """Run code in a process of its own, which has nothing to say against it."""
    command = [sys.executable, "-W", "error", "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("name", ["in_process", "over_a_socket", "through_the_application"])
def test_the_first_requests_may_come_from_many_threads(name: str) -> None:
    """Rule: whatever is imported or made when it is first needed is whole for everybody who needs
    it then. Source: clients that work in threads from the start.
    """
    run(FIRST.format(name=name))


@pytest.mark.parametrize("before", ["", "sys.modules['uvloop'] = None"], ids=["uvloop", "asyncio"])
def test_stopping_ends_in_a_storm_of_connections(before: str) -> None:
    """Rule: a fake stops at once, whoever connects, and leaves no connection behind. Source:
    `AmigoMock.stop`: connections are cut, the thread has ended.
    """
    run(STOP.format(before=before))
