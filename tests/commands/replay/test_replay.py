"""The command `replay`: the requests of a capsule made again."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from amigo_mock import AmigoMock, Settings
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.races import Race
from amigo_mock.engine.recording.capsule import RecordedRequest
from amigo_mock.engine.recording.capsule_file import read, write
from amigo_mock.resources import CATALOG
from amigo_mock.world.records import User
from tests.commands.replay.support import JSON, KEYS, LIST, SECRETS, VALUES, Run, outcomes
from tests.support.bodies import persona, persona_version, scenario, scenario_version
from tests.support.paths import PERSONAS, SCENARIOS, SIGN_IN

CREATE = "create-simulation-persona"


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
    requests = [
        one for one in read(eventful().write(tmp_path)).timeline if isinstance(one, RecordedRequest)
    ]
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
