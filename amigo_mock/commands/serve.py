"""The command `serve`."""

from __future__ import annotations

import gc
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from threading import Event
from typing import TextIO

from amigo_mock.commands import DEFAULT_PORT
from amigo_mock.commands.banner import banner
from amigo_mock.commands.running import base_url
from amigo_mock.engine.fake import Fake
from amigo_mock.errors import MockError
from amigo_mock.local import LocalBackend
from amigo_mock.mock import AmigoMock
from amigo_mock.remote.control_client import ControlClient
from amigo_mock.server.log_writer import LogWriter
from amigo_mock.server.sockets import AddressInUse
from amigo_mock.settings import Settings, parse
from amigo_mock.state.access_log import left_out, writer

PATIENCE = 2.0  # seconds that whoever listens on our port has to say who it is


def run(given: Namespace) -> int:
    """Serve a fake until interrupted."""
    settings = _settings(given)
    backend = _made(settings)
    mock = AmigoMock(backend)
    stream = sys.stderr if settings.log_format == "json" else sys.stdout
    done = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with logged(backend.fake, sys.stdout), _started(mock, settings):
        print(banner(mock, settings), file=stream, flush=True)
        import amigo_mock.server.server  # noqa: F401 - somebody will connect, and it is to be there then

        # This process does nothing but serve, and what is there by now stays: the collector need
        # not look at it again.
        gc.freeze()
        # And what a request leaves behind is mostly answered by counting references.
        gc.set_threshold(10_000)
        while not done.wait(3600):
            pass
    if stream.isatty():
        print(file=stream)  # a terminal has shown ^C, and the prompt is to be on a line of its own
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


def _started(mock: AmigoMock, settings: Settings) -> AmigoMock:
    """The fake, serving. Raises `MockError`, which says so if another one has its port."""
    try:
        return mock.start()
    except AddressInUse:
        url = base_url(settings)
        if not _is_fake(url):
            raise
        raise MockError(
            f"another amigo-mock serves at {url} already: stop it, or choose another --port, "
            "0 for a free one"
        ) from None


def _is_fake(url: str) -> bool:
    with closing(ControlClient(url, timeout=PATIENCE)) as client:
        try:
            client.greet()
        except MockError:
            return False
        return True
