"""The way of a request, traced, against the list of its stops in CONTRIBUTING."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import amigo_mock
from amigo_mock import AmigoMock
from tests.support.bodies import persona
from tests.support.paths import PERSONAS

ROOT = Path(amigo_mock.__file__).parent
FIRST, PIPELINE = "server/uvicorn_protocol.py:on_message_complete", "engine/pipeline.py:answer"
LAST = "world/collection.py:add"


def stop(frame: FrameType) -> str | None:
    """The function that a frame is of, if it is one of ours: `file:function`."""
    path = Path(frame.f_code.co_filename)
    if not path.is_relative_to(ROOT):
        return None
    return f"{path.relative_to(ROOT).as_posix()}:{frame.f_code.co_name}"


def handed_on(frame: FrameType) -> list[str]:
    """The functions that have called each other, from the socket to this one."""
    found: list[str] = []
    while True:
        name = stop(frame)
        if name is not None:
            found.insert(0, name)
        if name == FIRST or frame.f_back is None:
            return found
        frame = frame.f_back


class Tracer:
    """Notes where one request goes.

    A stop is a function that hands the request on, from the socket to the collection, or one of
    another file that the pipeline itself asks on the way there.
    """

    def __init__(self) -> None:
        self.stops: list[str] = []
        self._asked: list[str] = []

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or self.stops:
            return
        name = stop(frame)
        if name is None:
            return
        if name == LAST:
            way = handed_on(frame)
            place = way.index(PIPELINE) + 1
            self.stops = [*way[:place], *self._asked, *way[place:]]
        elif frame.f_back is not None and stop(frame.f_back) == PIPELINE:
            file, _, function = name.partition(":")
            if file != PIPELINE.partition(":")[0] and not function.startswith("__"):
                self._asked.append(name)


def traced(ask: Callable[[], object]) -> list[str]:
    """The stops of the one request that creates something in a block, in the server's thread."""
    tracer = Tracer()
    before = sys.getprofile()
    threading.setprofile(tracer)
    try:
        ask()
    finally:
        threading.setprofile(before)
    return tracer.stops


def create() -> None:
    with AmigoMock() as mock, mock.client() as client:
        assert client.post(PERSONAS, json=persona()).status_code == 201


def told() -> list[str]:
    """The stops that CONTRIBUTING lists."""
    text = (ROOT.parent / "CONTRIBUTING.md").read_text()
    section = text.partition("## The way of a request\n")[2].partition("\n## ")[0]
    return re.findall(r"^\d+\. `([\w/]+\.py:\w+)`", section, re.MULTILINE)


def test_a_request_stops_where_contributing_says() -> None:
    """Rule: the list of stops is kept true, and short: whoever reads along opens few files.

    Source: the way of a request.
    """
    stops = traced(create)
    assert stops == told()
    assert stops[0] == FIRST
    assert len(stops) <= 14
    assert len({name.partition(":")[0] for name in stops}) <= 11
