"""The banner of `serve`: what is served, and a first request that can be pasted."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.commands.support import COMMAND, WAIT, Served, environment, words
from tests.commands.test_serve import follow
from tests.support.paths import PERSONAS

ACME = {
    "organizations": [
        {
            "id": "acme",
            "users": [{"id": "boss", "grants": [{"permission_name": "*"}]}],
            "api_keys": [{"id": "k1", "key": "open sesame"}],
        }
    ]
}


def row(found: Served, name: str) -> str:
    """What the banner says under a heading."""
    return next(line[15:] for line in found.banner if line.startswith(f"  {name:<12} "))


def test_the_first_request_is_one_of_the_published_contract() -> None:
    """Rule: the printed request needs no leniency. Source: the first thing that a user does is as
    the contract has it.
    """
    with Served("--strict") as found:
        assert follow(found.curl) == 201
        assert found.ask("GET", PERSONAS)[1]["simulation_personas"][0]["name"]
        assert found.ask("GET", "/_mock/requests")[1]["requests"][0]["warnings"] == []


def test_no_line_is_wrapped_by_a_terminal(served: Served) -> None:
    """Rule: 80 columns hold every line. Source: a line that was wrapped cannot always be copied."""
    assert max(map(len, served.banner)) <= 80
    _, *rest = words(served.curl)
    assert rest[0] == "curl"
    assert json.loads(rest[-1])["initial_version"]["user_models"] == []


def test_the_banner_says_what_is_served(served: Served, tmp_path: Path) -> None:
    """Rule: world, state, contract, limits, both documents; and until when the token is good.
    Source: `serve`.
    """
    assert row(served, "world") == "the default one, organization mock-org"
    assert "--state" in row(served, "state")
    assert "--strict" in row(served, "contract")
    assert "--no-rate-limits" in row(served, "rate limits")
    for name in ("operations", "control API"):
        path = row(served, name).removeprefix(served.url)
        assert served.ask("GET", path)[1]["openapi"].startswith("3.1")
    assert any("token until 20" in line for line in served.banner)
    world, state = tmp_path / "acme.yaml", tmp_path / "kept.json"
    world.write_text(yaml.safe_dump(ACME))
    options = ("--seed", str(world), "--state", str(state), "--strict", "--no-rate-limits")
    with Served(*options) as found:
        assert row(found, "world") == f"{world}, organization acme"
        assert row(found, "state") == f"kept in {state}"
        assert (row(found, "contract"), row(found, "rate limits")) == ("strict", "off")
        assert "answers only to this machine" not in "\n".join(found.banner)


def test_whoever_listens_everywhere_is_told_an_address_and_about_control() -> None:
    """Rule: the address is one that this machine can call, and the control API is said to be
    closed to others. Source: `--host 0.0.0.0`, which is no address to call.
    """
    with Served("--host", "0.0.0.0") as found:
        assert found.url.startswith("http://127.0.0.1:")
        assert "--control-token opens it" in "\n".join(found.banner)
        assert found.ask("GET", "/_mock/health")[0] == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_prompt_is_on_a_line_of_its_own(number: int) -> None:
    """Rule: on a terminal, which has shown ^C, the last thing is the end of a line. Source:
    `serve`.
    """
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"], env=environment(), stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        while b"}'\r\n\r\n" not in shown:
            shown += os.read(ours, 65536)
        process.send_signal(number)
        assert process.wait(WAIT) == 0
        rest = b""
        try:
            while more := os.read(ours, 65536):
                rest += more
        except OSError:  # how the end of a terminal is told
            pass
    os.close(ours)
    assert rest == b"\r\n"
