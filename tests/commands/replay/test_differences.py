"""Differences between a recorded answer and the one that there is now."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.commands.cli import main
from amigo_mock.commands.replay.replay import Replay
from amigo_mock.engine.recording.capsule_file import read
from tests.commands.replay.support import replayed, simple, tampered
from tests.support.paths import SCENARIOS


def answer(capsule: Any, number: int) -> Any:
    return capsule["timeline"][number]["answer"]


def test_a_difference_is_shown_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rule: path, what was recorded and what there is now; status 1. Source: the command line."""

    def change(capsule: Any) -> None:
        body = answer(capsule, 2)["body"]["value"]
        body["simulation_scenarios"][0]["name"] = "Two"
        body["simulation_scenarios"][0]["extra"] = [1]
        body["has_more"] = 0
        answer(capsule, 2)["headers"][-2][1] = "199999"
        answer(capsule, 3)["status"] = 418

    path = tampered(simple(tmp_path), change)
    assert replayed(capsys, str(path)) == (
        1,
        [
            "tests/test_x.py::test_y, random seed 7",
            "   1 create-simulation-scenario          201   same",
            "   2 get-simulation-scenarios            200   differs",
            '       header x-ratelimit-remaining: recorded "199999", now "199"',
            '       body.simulation_scenarios.0.name: recorded "Two", now "One"',
            "       body.simulation_scenarios.0.extra: recorded [1], now nothing",
            "       body.has_more: recorded 0, now false",
            "   3 GET /v1/nowhere                     418   differs",
            "       status: recorded 418, now 404",
            "3 requests: 1 same, 2 differs",
        ],
    )


def test_deadlines_are_told_by_the_clock_of_then(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rule: a client's clock is what it was when the capsule was made. Source: deadlines."""

    def later(capsule: Any) -> None:
        capsule["timeline"][2]["behind"] += 1000

    path = simple(tmp_path)
    told = dict(answer(json.loads(path.read_bytes()), 2)["headers"])
    reset = int(told["x-ratelimit-reset"])
    status, lines = replayed(capsys, str(tampered(path, later)))
    assert status == 1
    found = f'       header x-ratelimit-reset: recorded "{reset}", now "{reset + 1000}"'
    assert [line for line in lines if "recorded" in line] == [found]


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"body": {"text": "not JSON"}}, 'body: recorded "not JSON", now {"detail": "Not Found"}'),
        ({"body": {"base64": "/w=="}}, r'body: recorded "\\xff", now {"detail": "Not Found"}'),
        ({"body": None}, 'body: recorded null, now {"detail": "Not Found"}'),
        (
            {"body": {"text": '{"detail": "Not Found"}'}},
            r'body: recorded "{\"detail\": \"Not Found\"}", now "{\"detail\":\"Not Found\"}"',
        ),
        (
            {"headers": [["a", "1"], ["a", "2"], ["content-type", "application/json"]]},
            'header a: recorded "1", "2", now nothing',
        ),
        ({"headers": []}, 'header content-type: recorded nothing, now "application/json"'),
    ],
    ids=["text", "bytes", "no body", "spaces", "header", "no header"],
)
def test_whatever_differs_is_shown(tmp_path: Path, change: Any, difference: str) -> None:
    """Rule: nothing of an answer is passed over. Source: the command line."""
    path = tampered(simple(tmp_path), lambda capsule: answer(capsule, 3).update(change))
    (*_, last) = Replay(read(path)).run()
    place, recorded, now = last.differences[0]
    assert f"{place}: recorded {recorded}, now {now}" == difference
    assert len(last.differences) == 1


def test_a_connection_that_was_dropped_and_is_not(tmp_path: Path) -> None:
    """Rule: no answer is an answer as well. Source: the command line."""

    def change(capsule: Any) -> None:
        del capsule["timeline"][1]["answer"]
        capsule["timeline"][1]["dropped"] = True

    first, *_ = Replay(read(tampered(simple(tmp_path), change))).run()
    assert first.differences == (("connection", "dropped", "answered 201"),)


def test_a_request_that_was_not_answered_is_not_made(tmp_path: Path) -> None:
    """Rule: what nobody knows the answer to proves nothing. Source: the command line."""

    def change(capsule: Any) -> None:
        del capsule["timeline"][1]["answer"]

    first, *_ = Replay(read(tampered(simple(tmp_path), change))).run()
    assert first.word == "skipped: it was not answered"


def test_a_fault_that_cannot_be_armed_is_passed_over(tmp_path: Path) -> None:
    """Rule: one request that cannot be made is no end of the others. Source: the command line."""

    def change(capsule: Any) -> None:
        capsule["timeline"][3]["fault"] = {"operation": "get-simulation-scenarioz", "status": 500}

    *_, last = Replay(read(tampered(simple(tmp_path), change))).run()
    assert last.word.startswith("skipped: there is no operation 'get-simulation-scenarioz' (did")


def test_many_differences_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rule: one request does not fill the screen. Source: the command line."""

    def change(capsule: Any) -> None:
        answer(capsule, 3)["body"]["value"] |= {f"field{number}": 1 for number in range(25)}

    _, told = replayed(capsys, str(tampered(simple(tmp_path), change)))
    assert told[-2] == "       and 5 more"


def test_it_can_stop_early(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rule: `--until N` makes the first N requests. Source: the command line."""
    path = str(simple(tmp_path))
    assert replayed(capsys, path, "--until", "2")[1][-1] == "2 requests: 2 same"
    assert replayed(capsys, path, "--until", "0")[1][1:] == ["no requests"]


def test_the_world_can_be_served_afterwards(tmp_path: Path) -> None:
    """Rule: `--serve` goes on with the world as it was left. Source: the command line."""
    path = simple(tmp_path)
    command = [sys.executable, "-W", "error", "-m", "amigo_mock", "replay", str(path)]
    process = subprocess.Popen(
        [*command, "--serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(7)]
        url = told[5].split()[4]
        token = told[6].removeprefix("token of mock-org/mock-user: ").strip()
        with httpx2.Client(base_url=url, trust_env=False) as client:
            client.headers["Authorization"] = f"Bearer {token}"
            assert client.get("/_mock/clock").json()["now"] == "2026-01-31T12:00:00Z"
            names = [one["name"] for one in client.get(SCENARIOS).json()["simulation_scenarios"]]
        assert names == ["One"]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        _, complaints = process.communicate()
    assert complaints == ""


def test_an_address_that_is_taken_is_said_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rule: nothing is half done. Source: the command line."""
    with AmigoMock() as mock:
        port = mock.url.rpartition(":")[2]
        assert main(["replay", str(simple(tmp_path)), "--serve", "--port", port]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert f"cannot listen on 127.0.0.1:{port}" in output.err
