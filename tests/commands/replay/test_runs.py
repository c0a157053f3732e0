"""Replays of long runs, and of runs of unit test sets."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amigo_mock import AmigoMock
from amigo_mock.commands.replay.replay import Replay
from amigo_mock.engine.recording.capsule import State
from amigo_mock.engine.recording.capsule_file import read, write
from amigo_mock.resources.simulation.outcomes import OUTCOMES
from tests.commands.replay.support import JSON, LIST, SECRETS, VALUES, Run, outcomes, replayed
from tests.support.bodies import persona, persona_version, scenario, scenario_version
from tests.support.paths import PERSONAS, RUNS, SCENARIOS
from tests.support.suite import Suite


def test_of_a_long_run_the_end_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rule: a recording is bounded, and what is left still replays. Source: capsules."""
    monkeypatch.setattr("amigo_mock.engine.recording.recorder.STRETCH", 10)
    run = Run()
    for number in range(35):
        run.client.post(SCENARIOS, json=scenario(f"Number {number}"))
    status, told = replayed(capsys, str(run.write(tmp_path)))
    kept = len(told) - 2
    assert status == 0
    assert 10 <= kept < 25
    assert (
        told[0] == f"tests/test_x.py::test_y, random seed 7, without its first {35 - kept} requests"
    )
    assert told[1].split()[0] == str(36 - kept)


def test_a_body_that_is_too_large_is_told_and_what_it_did_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule: the rest of a run does not suffer from what could not be kept. Source: capsules."""
    monkeypatch.setattr("amigo_mock.engine.recording.notes.LARGEST", 2000)
    run = Run()
    large = scenario_version(objective="o" * 2000)
    run.client.post(SCENARIOS, json=scenario("Large", initial_version=large))
    run.client.post(SCENARIOS, json=scenario("Large"))  # 409
    path = run.write(tmp_path)
    first, second = outcomes(path)
    assert first.startswith("1 skipped: its body is not here (2")
    assert second == "2 same"


def test_recording_can_begin_in_the_middle(tmp_path: Path) -> None:
    """Rule: windows, ids and world are as they were by then. Source: capsules."""
    run = Run(clock="2026-01-31T12:00:00Z")
    run.fake.limits.set(LIST, 3)
    run.client.post(PERSONAS, json=persona("Ann"))
    run.client.get(PERSONAS)
    run.fake.clock.advance(20)
    run.fake.record()
    for _ in range(3):
        run.client.get(PERSONAS)  # the last one is one too many
    run.client.post(PERSONAS, json=persona("Bea"))
    path = run.write(tmp_path)
    assert outcomes(path) == [f"{number} same" for number in range(1, 5)]


def test_a_tenant_is_recorded_for_itself(tmp_path: Path) -> None:
    """Rule: a tenant's capsule has its requests, and replays without it. Source: tenants."""
    with AmigoMock() as mock, mock.client() as client:
        client.post("/_mock/tenants", json={"organization": "lodger"})
        client.headers["X-Amigo-Mock-Organization"] = "lodger"
        client.put("/_mock/recording", json={"enabled": True})
        token = client.post("/_mock/tokens", json={}).json()["id_token"]
        path = SCENARIOS.replace("mock-org", "lodger")
        own = {"Authorization": f"Bearer {token}"}
        assert client.post(path, json=scenario("One"), headers=own).status_code == 201
        assert client.get(PERSONAS).status_code == 200
        found = write(tmp_path, client.get("/_mock/capsule").json())
    assert outcomes(found) == ["1 same"]


def suite_run() -> tuple[Run, list[str]]:
    """A run of the fake in which runs of a set fail, break off and are downloaded; the links."""
    run = Run(run_duration=60.0, signing_key=SECRETS[-2])
    fake, suite = run.fake, Suite(run.client)
    tests = suite.unit_test_set(suite.unit_test("One"), suite.unit_test("Two"), runs=2)
    fake.scripts.of(OUTCOMES).add("One", criterion="Done", run=2)
    fake.scripts.of(OUTCOMES).add("Two", error="It fell silent.")
    fake.scripts.of(OUTCOMES).add("Two", transcript=[{"sender": "user", "text": "Hello?"}])
    links = []
    for _ in range(2):
        started = suite.start(tests)
        fake.clock.advance(30)
        suite.run(started)
        fake.clock.advance(30)
        suite.run(started)
        link = suite.get(f"{RUNS}{started}/artifacts/")["presigned_url"]
        assert run.anyone().get(link).status_code == 200
        links.append(link)
        fake.scripts.of(OUTCOMES).clear()
    assert run.anyone().get(f"{links[0]}x").status_code == 403
    fake.clock.advance(hours=2)
    assert run.anyone().get(links[0]).status_code == 403
    return run, links


def test_scripted_outcomes_are_part_of_a_recording(tmp_path: Path) -> None:
    """Rule: a run fails, breaks off and is said again as it was, and passes again once nothing is
    scripted any more. Source: capsules.
    """
    run, _ = suite_run()
    found = read(run.write(tmp_path))
    told = [state.scripts for state in found.timeline if isinstance(state, State)]
    assert [None if each is None else len(each.get("outcomes", ())) for each in told] == [0, 3, 0]
    assert [one.word for one in Replay(found).run()] == ["same"] * len(list(run.fake.journal))


def test_a_link_is_signed_anew_and_never_kept(tmp_path: Path) -> None:
    """Rule: what opens a download is in no capsule, and the replay's own link opens it there; one
    that was wrong or had expired is so again. Source: secrets.
    """
    run, links = suite_run()
    path = run.write(tmp_path)
    for link in links:
        assert link.rpartition("signature=")[2] not in path.read_text("utf-8")
    downloads = [
        (one.asked.answer and one.asked.answer.status, one.asked.keys, one.word)
        for one in Replay(read(path)).run()
        if one.asked.target.startswith("/download/")
    ]
    right, wrong = {"signature": True}, {"signature": False}
    assert downloads == [
        *[(200, right, "same")] * 2,
        (403, wrong, "same"),
        (403, right, "same"),
    ]


def test_outcomes_hold_no_secrets(tmp_path: Path) -> None:
    """Rule: what is scripted is redacted as bodies are. Source: secrets."""
    run = Run()
    suite = Suite(run.client)
    tests = suite.unit_test_set(suite.unit_test("One"))
    run.fake.scripts.of(OUTCOMES).add("One", error=f'{{"api_key": "{VALUES[0]}"}}')
    suite.run(suite.start(tests))
    path = run.write(tmp_path)
    assert VALUES[0] not in path.read_text("utf-8")
    found = outcomes(path)
    assert found
    assert all(outcome.endswith("same") for outcome in found)


NAMES = st.sampled_from(["One", "Two", "password: x", "Ä\u2028", "{", "key"])

TEXTS = st.text(max_size=8)

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("create"), NAMES, st.dictionaries(TEXTS, st.text(max_size=5))),
        st.tuples(st.just("send"), st.binary(max_size=12)),
        st.tuples(st.just("get"), st.sampled_from([PERSONAS, SCENARIOS, f"{PERSONAS}search"])),
        st.tuples(st.just("advance"), st.floats(0, 1000)),
        st.tuples(st.just("fault"), st.sampled_from(["before", "after"]), st.booleans()),
        st.tuples(st.just("restore")),
        st.tuples(st.just("limit"), st.integers(0, 3)),
        st.tuples(st.just("maintenance"), st.booleans()),
    ),
    max_size=12,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_any_run_is_the_same_again(tmp_path: Path, steps: list[tuple[Any, ...]]) -> None:
    """Rule: whatever was done, a replay of it differs nowhere. Source: capsules."""
    run = Run()
    kept = run.fake.snapshot()
    for step in steps:
        take(run, step, kept)
    path = run.write(tmp_path)
    assert all("differs" not in outcome for outcome in outcomes(path))


def take(run: Run, step: tuple[Any, ...], kept: Any) -> None:
    fake, client = run.fake, run.client
    match step:
        case "create", name, variables:
            version = persona_version(sensitive_user_variables=variables)
            ask(client, "POST", PERSONAS, json=persona(name, initial_version=version))
        case "send", body:
            ask(client, "POST", SCENARIOS, content=body, headers=JSON)
        case "get", path:
            ask(client, "GET", path)
        case "advance", seconds:
            fake.clock.advance(seconds)
        case "fault", when, True:
            fake.faults.add("*", drop=True, when=when)
        case "fault", when, False:
            fake.faults.add("*", status=500, when=when)
        case ("restore",):
            fake.restore(kept)
        case "limit", limit:
            fake.limits.set(LIST, limit)
        case "maintenance", on:
            fake.maintenance.enabled = on


def ask(client: httpx2.Client, method: str, path: str, **said: Any) -> None:
    with contextlib.suppress(httpx2.RemoteProtocolError):  # a fault drops the connection
        client.request(method, path, **said)
