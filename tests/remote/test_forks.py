"""A forked process that goes on to use a fake elsewhere."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from amigo_mock import AmigoMock, MockError
from amigo_mock.remote.control_client import ControlClient
from tests.remote.support import serving, tenants


def test_a_forked_process_has_connections_of_its_own() -> None:
    """Rule: two processes do not speak on one line. Source: the control client."""
    lines: list[object] = []

    class Counting(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            lines.append(self.request)
            super().setup()

        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with serving(Counting) as url:
        control = ControlClient(url)
        control.raw("GET", "clock")
        run_forked(lambda: [control.raw("GET", "clock") for _ in range(2)])
        control.raw("GET", "clock")
        control.close()
    assert len(lines) == 2


def run_forked(action: Callable[[], object]) -> None:
    """Do something in a process that is forked off, and wait for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # this process has threads
        child = os.fork()
    if not child:
        status = 1
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


def test_a_forked_process_leaves_the_tenant_alone(server: AmigoMock) -> None:
    """Rule: it belongs to the process that made it. Source: `at`."""
    with AmigoMock.at(server.url) as mock:
        where = mock.organization
        run_forked(mock.stop)
        assert tenants(server) == [where]
        assert mock.clock.now() > 0


def test_a_forked_process_cannot_change_a_fake_of_its_parent() -> None:
    """Rule: what a child would change nobody would see, so factories, users, worlds and resets are
    refused there; what it reads is as it was, and its requests reach the parent.

    Source: the rule for mistakes.
    """

    def act(mock: AmigoMock) -> None:
        for change in (
            mock.personas.create,
            mock.reset,
            lambda: mock.as_user(grants=[]),
            lambda: mock.seed({"organizations": []}),
        ):
            with pytest.raises(MockError, match="send requests to its url"):
                change()
        assert mock.env["AMIGO_BASE_URL"] == mock.url
        with AmigoMock.at(mock.url) as there:
            there.personas.create()

    with AmigoMock() as mock:
        run_forked(lambda: act(mock))
        assert len(mock.personas) == 0
