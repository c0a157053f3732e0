"""Recorded runs, and their replays."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from amigo_mock import Settings
from amigo_mock.clients.in_process import InProcessTransport
from amigo_mock.commands.cli import main
from amigo_mock.commands.replay.replay import Replay
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.recording.capsule_file import read, write
from amigo_mock.resources import CATALOG
from amigo_mock.server.gateway import Gateway
from tests.support.bodies import scenario
from tests.support.paths import SCENARIOS

LIST = "get-simulation-personas"

JSON = {"Content-Type": "application/json"}

VALUES = ["Kx81-ssn", "Zy07-card", "Qw55-misspelt", "Pp31-nested", "Lm90-refused", "Vv12-factory"]

KEYS = ["real-key-9f31", "wrong-key-77aa"]

SECRETS = [*VALUES, *KEYS, "signing-3c41", "control-8d52"]


class Run:
    """A fake that records, and a client that is signed in."""

    def __init__(self, **given: Any) -> None:
        self.fake = Fake(CATALOG, Settings.of(**given))
        self.gateway = Gateway(self.fake)
        self.fake.record()
        self.client = self.as_user("mock-user")

    def as_user(self, user: str) -> httpx2.Client:
        token = self.fake.token("mock-org", user)
        client = self.anyone()
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    def anyone(self) -> httpx2.Client:
        return httpx2.Client(
            transport=InProcessTransport(self.gateway), base_url="http://mock", trust_env=False
        )

    def write(self, folder: Path, test: str = "tests/test_x.py::test_y") -> Path:
        return write(folder, self.fake.capsule(test, random_seed=7))


def outcomes(path: Path) -> list[str]:
    """The verdict of a replay on each request."""
    return [f"{one.asked.number} {one.word}" for one in Replay(read(path)).run()]


def replayed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """The status that the command ends with, and its lines."""
    status = main(["replay", *arguments])
    output = capsys.readouterr()
    assert output.err == ""
    return status, output.out.splitlines()


def tampered(path: Path, change: Callable[[Any], None], name: str = "tampered.json") -> Path:
    """The capsule with something in it changed."""
    found = json.loads(path.read_bytes())
    change(found)
    other = path.with_name(name)
    other.write_text(json.dumps(found))
    return other


def simple(tmp_path: Path) -> Path:
    """A capsule of three requests, behind one state."""
    run = Run(clock="2026-01-31T12:00:00Z")
    run.client.post(SCENARIOS, json=scenario("One"))
    run.client.get(SCENARIOS)
    run.client.get("/v1/nowhere")
    return run.write(tmp_path)
