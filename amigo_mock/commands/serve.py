"""The command `serve`."""

from __future__ import annotations

import gc
import json
import os
import shlex
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event
from typing import TextIO

from amigo_mock.commands import DAY, DEFAULT_PORT
from amigo_mock.commands.env import exports
from amigo_mock.engine.fake import Fake
from amigo_mock.local import LocalBackend
from amigo_mock.mock import AmigoMock
from amigo_mock.server.log_writer import LogWriter
from amigo_mock.settings import Settings, parse
from amigo_mock.state.access_log import left_out, writer

EXAMPLE = {
    "name": "Confused New User",
    "role": "patient",
    "tags": {"category": "onboarding", "difficulty": "low"},
    "initial_version": {
        "background": (
            "A 35-year-old first-time user who is unfamiliar with the platform and tends to ask "
            "basic questions."
        ),
        "preferred_language": "eng",
    },
}


def run(given: Namespace) -> int:
    """Serve a fake until interrupted."""
    settings = _settings(given)
    backend = _made(settings)
    mock = AmigoMock(backend)
    done = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with logged(backend.fake, sys.stdout), mock:
        _introduce(mock, sys.stderr if settings.log_format == "json" else sys.stdout)
        import amigo_mock.server.server  # noqa: F401 - somebody will connect, and it is to be there then

        # This process does nothing but serve, and what is there by now stays: the collector need
        # not look at it again.
        gc.freeze()
        # And what a request leaves behind is mostly answered by counting references.
        gc.set_threshold(10_000)
        while not done.wait(3600):
            pass
    return 0


@contextmanager
def logged(fake: Fake, stream: TextIO) -> Iterator[None]:
    """Write a line for each request of a fake, if its settings want that."""
    form = fake.settings.log_format
    if form == "none":
        yield
        return

    def failed(reason: str) -> None:
        fake.troubles["log"] = reason

    log = LogWriter(stream, partial(left_out, form), failed)
    fake.journal.subscribe(writer(log, form))
    try:
        yield
    finally:
        log.close()


def _made(settings: Settings) -> LocalBackend:
    gc.disable()  # nearly all that is made while a world is read stays
    try:
        return LocalBackend(settings)
    finally:
        gc.enable()


def _settings(given: Namespace) -> Settings:
    values = {
        name: parse(name, value) if isinstance(value, str) else value
        for name in Settings.model_fields
        if (value := getattr(given, name, None)) is not None
    }
    settings = Settings.from_environment(os.environ, **values)
    if settings.port is None:
        settings = settings.model_copy(update={"port": DEFAULT_PORT})
    return settings


def _introduce(mock: AmigoMock, stream: TextIO) -> None:
    organization = mock.env["AMIGO_ORGANIZATION_ID"]
    command = [
        *("curl", "--request", "POST"),
        f"{mock.url}/v1/{organization}/simulation/persona/",
        *("--header", f"Authorization: Bearer {mock.token(expires_in=DAY)}"),
        *("--header", "Content-Type: application/json"),
        *("--data", json.dumps(EXAMPLE)),
    ]
    print(f"amigo-mock is serving at {mock.url} (Ctrl+C ends it)\n", file=stream)
    print(f"For the official SDK:\n\n{exports(mock.env)}\n", file=stream)
    print(f"Your first persona:\n\n{shlex.join(command)}\n", file=stream, flush=True)
