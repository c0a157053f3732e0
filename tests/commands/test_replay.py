"""Replay: a recorded run made again in a fresh process, and what differs from it."""

from __future__ import annotations

import base64
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amigo_mock import AmigoMock, Settings
from amigo_mock.clients.in_process import InProcessTransport
from amigo_mock.commands.cli import main
from amigo_mock.commands.replay.replay import Replay
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.races import Race
from amigo_mock.engine.recording.capsule import Asked, State
from amigo_mock.engine.recording.capsule_file import read, write
from amigo_mock.resources import CATALOG
from amigo_mock.resources.simulation.outcomes import OUTCOMES
from amigo_mock.server.gateway import Gateway
from amigo_mock.world.records import User
from tests.support.bodies import persona, persona_version, scenario, scenario_version
from tests.support.paths import PERSONAS, RUNS, SCENARIOS, SIGN_IN
from tests.support.suite import Suite

LIST = "get-simulation-personas"
CREATE = "create-simulation-persona"
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
    """What a replay says of each request."""
    return [f"{one.asked.number} {one.word}" for one in Replay(read(path)).run()]


def replayed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """The status that the command ends with, and its lines."""
    status = main(["replay", *arguments])
    output = capsys.readouterr()
    assert output.err == ""
    return status, output.out.splitlines()


def eventful() -> Run:
    """A run in which everything happens that can happen."""
    run = Run(
        signing_key=SECRETS[-2],
        control_token=SECRETS[-1],
        random_seed=5,
        token_lifetime=1800.0,
        seed={
            "organizations": [
                {
                    "id": "mock-org",
                    "users": [{"id": "mock-user", "grants": [{"permission_name": "*"}]}],
                    "api_keys": [{"id": "key-id", "key": KEYS[0]}],
                    "personas": [
                        {
                            "name": "Seeded",
                            "role": "patient",
                            "versions": [
                                {
                                    "background": "b",
                                    "sensitive_user_variables": {"ssn": VALUES[0]},
                                }
                            ],
                        }
                    ],
                },
                {"id": "other-org", "users": [{"id": "visitor"}]},
            ]
        },
    )
    fake, client = run.fake, run.client
    # Straight into the world, before and in between.
    fake.put_user("mock-org", User(id="reader"))
    secret = persona_version(sensitive_user_variables={"card": VALUES[1], "empty": ""})
    made = client.post(PERSONAS, json=persona("Ann", initial_version=secret)).json()
    client.post(PERSONAS, json=persona("Ann"))  # 409
    version = {**secret, "sensitive_user_variables": {"made": VALUES[5]}}
    document = {"name": "Made", "role": "r", "versions": [version]}
    fake.add_records("mock-org", "personas", [document])
    at = f"{PERSONAS}{made['simulation_persona_id']}/"
    client.get(f"{at}version/")
    client.get(PERSONAS, params={"limit": 1})
    client.get(f"{PERSONAS}search", params={"query": "ann"})
    # Wrong requests, with secrets in them.
    broken = persona_version(sensitive_user_variables={"n": 5, "s": [VALUES[4]]})
    client.post(PERSONAS, json=persona("Bea", initial_version=broken))
    misspelt = {**persona_version(), "sensitive_user_variables_": {"a": VALUES[2]}}
    client.post(PERSONAS, json=persona("Bea", initial_version=misspelt))
    inside = persona_version(background=json.dumps({"api_key": VALUES[3]}))
    client.post(PERSONAS, json=persona("Cid", initial_version=inside))
    client.post(PERSONAS, content=b'{"name": ', headers=JSON)  # not repeatable: no JSON
    client.post(SCENARIOS, content=b"\xff\xfe{", headers=JSON)
    client.post(SCENARIOS, content=b"[" * 2000, headers=JSON)
    client.post(SCENARIOS, json={"name": 3, "tags": None})
    client.post(SCENARIOS, content=b"objective=x", headers={"Content-Type": "text/plain"})
    # Nowhere.
    client.get("/v1/nowhere", params={"api_key": VALUES[0]})
    client.get("/v1/mock-org/caf%C3%A9//x?y=%ff")
    client.delete(PERSONAS)
    client.get(SCENARIOS.rstrip("/"), params={"key": VALUES[0], "a": 1})  # a redirect
    client.post("/v1/mock-org/conversation/", content=b"\x00\xff")
    client.get("/v1/no-org/simulation/persona/")
    client.options(PERSONAS, headers={"Origin": "http://localhost:3000"})
    # Who is calling.
    nobody = run.anyone()
    nobody.get(PERSONAS)
    for value in ("Bearer nonsense", "Digest abc", KEYS[1], "Basic ???", "Bearer " + "a.b.c"):
        nobody.get(PERSONAS, headers={"Authorization": value})
    token = fake.token("mock-org", "mock-user")
    foreign = Fake(CATALOG).token("mock-org", "mock-user")
    for name in ("mock-org_mock-user", "mock-org_somebody"):
        basic = base64.b64encode(f"{name}:{token}".encode()).decode()
        nobody.get(PERSONAS, headers={"Authorization": f"Basic {basic}"})
    nobody.get(PERSONAS, headers={"Authorization": f"Bearer {foreign}"})
    visitor = {"Authorization": f"Bearer {fake.token('other-org', 'visitor')}"}
    nobody.get(PERSONAS, headers=visitor)
    nobody.get(PERSONAS, headers={**visitor, "X-ORG-ID": "other-org"})
    run.as_user("reader").post(SCENARIOS, json=scenario())  # 403
    for key in KEYS:
        keys = {"X-API-Key": key, "X-API-Key-Id": "key-id", "X-User-Id": "mock-user"}
        nobody.post(SIGN_IN, headers=keys)
    nobody.post(SIGN_IN)
    # Faults.
    fake.faults.add(LIST, status=503, headers={"Retry-After": "3"})
    fake.faults.add(CREATE, status=500, when="after", body={"key": VALUES[1]})
    fake.faults.add("*", drop=True, when="after")
    client.get(PERSONAS)
    client.post(PERSONAS, json=persona("Lost"))
    with pytest.raises(httpx2.RemoteProtocolError):
        client.post(SCENARIOS, json=scenario("Cut"))
    fake.faults.add(LIST, delay=0.001)
    client.get(PERSONAS)
    # Limits, and the clock.
    fake.limits.set(LIST, 2)
    for _ in range(3):
        client.get(PERSONAS)
    fake.clock.advance(61)
    client.get(PERSONAS)
    fake.limits.reset()
    client.get(PERSONAS)
    fake.limits.enabled = False
    client.get(PERSONAS)
    fake.limits.enabled = True
    # Another user, a maintenance, an older world.
    kept = fake.snapshot()
    fake.races.arm(
        Race(
            before="get-simulation-scenarios",
            after=None,
            operation="create-simulation-scenario",
            body={"name": "Theirs", "tags": {}, "initial_version": scenario_version()},
        )
    )
    fake.faults.clear()
    client.get(SCENARIOS)
    with fake.maintenance():
        client.get(SCENARIOS)
    client.get(SCENARIOS)
    fake.restore(kept)
    client.get(SCENARIOS)
    client.post(SCENARIOS, json=scenario("Again"))
    fake.clock.advance(hours=1)
    client.get(SCENARIOS)  # the token has expired
    fake.reset()
    run.as_user("mock-user").post(SCENARIOS, json=scenario("Anew"))
    fake.configure(fake.settings.model_copy(update={"strict": True, "max_body_size": 40}))
    client = run.as_user("mock-user")
    client.post(SCENARIOS, json=scenario("Long"))  # 413
    client.get(SCENARIOS)
    fake.faults.add("get-simulation-scenarios", status=418)
    return run


def test_an_eventful_run_is_the_same_in_a_fresh_process(tmp_path: Path) -> None:
    """Rule: a capsule has all that it takes to see a run again. Source: capsules."""
    path = eventful().write(tmp_path)
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-m", "amigo_mock", "replay", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    told = ended.stdout.splitlines()
    assert (ended.returncode, ended.stderr) == (0, ""), told
    assert told[0] == "tests/test_x.py::test_y, random seed 7"
    assert told[-2:] == [
        "still armed: a fault for get-simulation-scenarios, 0 of 1 hits",
        f"{len(told) - 3} requests: {len(told) - 4} same, 1 skipped",
    ]
    (skipped,) = [line for line in told if "skipped:" in line]
    assert "its body is not here (9 bytes that are not JSON may hold a secret)" in skipped
    assert any(line.endswith("drop  armed fault  same") for line in told)
    assert any("201   by another user  same" in line for line in told)


def test_an_eventful_run_meets_every_answer(tmp_path: Path) -> None:
    """Rule: what the run before proves, it proves for all of these. Source: capsules."""
    requests = [one for one in read(eventful().write(tmp_path)).timeline if isinstance(one, Asked)]
    statuses = {one.answer.status if one.answer else None for one in requests}
    answered = {200, 201, 307, 400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 501, 503, None}
    assert statuses == answered
    unlike = {one.credentials for one in requests if one.credentials}
    assert {(one.kind, one.token is None) for one in unlike} == {
        *(("bearer", False), ("bearer", True), ("basic", False)),
        *(("malformed", True), ("other", True)),
    }
    assert any(one.token.forged for one in unlike if one.token)


def test_no_secret_is_in_the_file(tmp_path: Path) -> None:
    """Rule: values of sensitive variables, keys and tokens never reach a capsule. Source: secrets.

    Nor do they when they come in a refused body, a text, a query, an error's echo or a fault.
    """
    run = eventful()
    path = run.write(tmp_path)
    content = path.read_bytes()
    world = Fake(CATALOG, Settings(seed=read(path).worlds[0])).state()
    for secret in SECRETS:
        for form in (secret.encode(), base64.b64encode(secret.encode()).rstrip(b"=")):
            assert form not in content
            assert form not in world
    assert b"eyJ" not in content  # a token begins so
    assert b'"ssn": "***"' in content  # names may be there
    assert run.fake.recorder is not None
    shown = [repr(run.fake.recorder), *map(repr, run.fake.recorder)]
    assert len(shown) > 50
    assert not any(secret in text for secret in SECRETS for text in shown)


@pytest.mark.parametrize("socket", [False, True], ids=["in process", "socket"])
def test_what_came_over_a_socket_is_repeated_as_well(tmp_path: Path, socket: bool) -> None:
    """Rule: how a request came in makes no difference. Source: capsules."""
    with AmigoMock() as mock, mock.client(in_process=not socket) as client:
        client.put("/_mock/recording", json={"enabled": True})
        made = client.post(PERSONAS, json=persona("Ann")).json()
        client.get(SCENARIOS[:-1])  # a redirect says where it was asked
        client.get("/v1/caf%C3%A9", params={"q": "é"})
        client.post(SCENARIOS, content=b"\xff", headers=JSON)
        client.post(SCENARIOS, content=iter([b'{"name":', b"1}"]), headers=JSON)
        client.get(f"{PERSONAS}?id={made['simulation_persona_id']}")
        path = write(tmp_path, client.get("/_mock/capsule").json())
    assert outcomes(path) == [f"{number} same" for number in range(1, 7)]


# What differs


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


# Long runs, large bodies


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


# Runs of unit test sets


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
    assert all(outcome.endswith("same") for outcome in outcomes(path))


# Any run


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


# Broken files


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["is not JSON"]),
        ("\xff\xfe", ["is not JSON"]),
        ("[" * 100_000, ["is not JSON"]),
        ("[]", ["is no capsule", "'format': 'amigo-mock capsule'"]),
        ('{"organizations": []}', ["is no capsule"]),
    ],
    ids=["empty", "binary", "deep", "list", "world"],
)
def test_a_file_that_is_no_capsule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, words: list[str]
) -> None:
    """Rule: one sentence with the file and what it is; status 2. Source: the command line."""
    path = tmp_path / "x.json"
    path.write_bytes(content.encode("latin-1"))
    assert main(["replay", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    for word in (f"capsule {path}: ", *words):
        assert word in line


def put(place: str, value: Any) -> Callable[[Any], None]:
    """Change one value of a document."""

    def change(found: Any) -> None:
        *above, last = [int(part) if part.isdigit() else part for part in place.split(".")]
        for part in above:
            found = found[part]
        found[last] = value

    return change


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("version", 2, "has version 2 of the format, and 1 is the newest"),
        ("version", "x", "version: "),
        ("test", 1, "test: "),
        ("timeline", [], None),
        ("timeline.0.kind", "other", "timeline.0: "),
        ("timeline.0.world", 1, "timeline.0.world: there is no world 1"),
        ("timeline.0.world", None, "timeline.0: expected a state with everything in it"),
        ("timeline.0.ids", {"a": {"b": "x"}}, "timeline.0.ids.a.b: "),
        ("timeline.0.scripts", None, "timeline.0: expected a state with everything in it"),
        ("timeline.0.scripts.outcomes", [{"unit_test": "x"}], "timeline.0.scripts.outcomes.0: "),
        (
            "timeline.0.scripts.outcomes",
            [{"unit_test": "x", "eror": "y"}],
            "timeline.0.scripts.outcomes.0.eror: there is no such field (did you mean 'error'?)",
        ),
        (
            "timeline.0.settings.strictt",
            True,
            "timeline.0.settings: unknown setting 'strictt' (did",
        ),
        ("timeline.1.time", "noon", "timeline.1.time: "),
        ("timeline.1.tiime", 1, "timeline.1.tiime: there is no such field (did you mean 'time'?)"),
        ("timeline.1.target", "/a b", "timeline.1.target: "),
        ("timeline.1.body", {"base64": "?"}, "timeline.1.body.base64: "),
        ("timeline.1.fault", {"operation": "*"}, "timeline.1.fault: "),
        (
            "worlds.0.organizations.0.idd",
            1,
            "worlds.0: organizations.0.idd: there is no such field",
        ),
    ],
)
def test_a_broken_capsule_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, value: Any, words: str | None
) -> None:
    """Rule: the place in the file and what is wrong, before anything is made. Source: capsules."""
    path = tampered(simple(tmp_path), put(place, value))
    status = main(["replay", str(path)])
    output = capsys.readouterr()
    if words is None:
        assert (status, output.out.splitlines()[1:]) == (0, ["no requests"])
        return
    assert (status, output.out) == (2, "")
    assert f"amigo-mock: capsule {path}: {words}" in output.err
    assert len(output.err.splitlines()) == 1


def test_a_capsule_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rule: a file that cannot be read is named. Source: the command line."""
    assert main(["replay", str(tmp_path / "x.json")]) == 2
    assert (
        capsys.readouterr().err == f"amigo-mock: capsule {tmp_path}/x.json: there is no such file\n"
    )
    assert main(["replay", str(tmp_path)]) == 2
    assert "cannot be read: Is a directory" in capsys.readouterr().err
