"""Capsules: what is recorded and when, what is left out, and the file it is written to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amigo_mock import AmigoMock, Settings
from amigo_mock.clients.in_process import InProcessTransport
from amigo_mock.commands.replay.replay import Replay
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.recording.capsule import Capsule, RecordedRequest, State, content
from amigo_mock.engine.recording.capsule_file import file_name, read, write
from amigo_mock.errors import MockError
from amigo_mock.resources import CATALOG
from amigo_mock.resources.simulation.outcomes import OUTCOMES
from amigo_mock.server.gateway import Gateway
from amigo_mock.state.redaction import HIDDEN, blank, redact, redact_query, redact_value
from tests.support.bodies import persona, persona_version, scenario, scenario_version
from tests.support.paths import PERSONAS, SCENARIOS
from tests.support.suite import Suite

TEST = "tests/test_x.py::TestY::test_z[a/b:c-Ä]"
SECRET = "Rt55-secret"


@pytest.fixture
def fake() -> Fake:
    """A fake that records, at a time that is known."""
    made = Fake(CATALOG, Settings.of(clock="2026-01-31T12:00:00Z"))
    made.record()
    return made


@pytest.fixture
def caller(fake: Fake) -> Iterator[httpx2.Client]:
    """A client of it that is signed in."""
    headers = {"Authorization": f"Bearer {fake.token('mock-org', 'mock-user')}"}
    with httpx2.Client(
        transport=InProcessTransport(Gateway(fake)), base_url="http://mock", headers=headers
    ) as client:
        yield client


@pytest.fixture
def control(mock: AmigoMock) -> Iterator[httpx2.Client]:
    """A client that is signed in; whatever records stops in the end."""
    with mock.client() as client:
        yield client
        client.put("/_mock/recording", json={"enabled": False})


def taken(fake: Fake) -> Capsule:
    """The capsule, as it comes out of a file."""
    return Capsule.model_validate(json.loads(json.dumps(fake.capsule(TEST))))


def kinds(fake: Fake) -> list[str]:
    """What is in the timeline, and which parts a state has."""
    return [
        "request"
        if isinstance(event, RecordedRequest)
        else " ".join(sorted(event.model_fields_set))
        for event in taken(fake).timeline
    ]


def changes(fake: Fake) -> list[str]:
    """The states after the first one."""
    first, *others = [kind for kind in kinds(fake) if kind != "request"]
    assert first == "ids kind maintenance rate_limits scripts settings world"
    return others


# What is recorded


def test_nothing_is_recorded_unless_asked_for() -> None:
    """Rule: off by default, and a capsule of nothing is refused. Source: capsules."""
    fake = Fake(CATALOG)
    assert fake.recorder is None
    with pytest.raises(MockError, match="nothing is recorded: turn recording on first"):
        fake.capsule()


def test_recording_begins_anew_and_ends(fake: Fake, caller: httpx2.Client) -> None:
    """Rule: `record()` forgets what was, `record(False)` ends it. Source: capsules."""
    caller.get(PERSONAS)
    assert kinds(fake)[1:] == ["request"]
    fake.record()
    assert fake.capsule()["timeline"] == []
    caller.get(PERSONAS)
    assert kinds(fake)[1:] == ["request"]
    fake.record(False)
    caller.get(PERSONAS)
    assert fake.recorder is None


def test_a_capsule_says_whose_it_is(fake: Fake, caller: httpx2.Client) -> None:
    """Rule: format, test, random seed, clock, faults and settings are in it. Source: capsules."""
    fake.faults.add("get-simulation-personas", status=500, times=2, headers={"Set-Cookie": SECRET})
    caller.get(PERSONAS)
    found = fake.capsule(TEST, random_seed={"randomly": 7})
    assert list(found)[:4] == ["format", "version", "test", "random_seed"]
    assert (found["format"], found["version"]) == ("amigo-mock capsule", 1)
    assert (found["test"], found["random_seed"]) == (TEST, {"randomly": 7})
    assert found["clock"] == {"now": 1769860800.0, "frozen": True}
    fault = {"operation": "get-simulation-personas", "status": 500, "times": 2}
    assert found["faults"] == [{"fault": fault, "hits": 1}]
    assert found["timeline"][0]["settings"]["clock"] == "2026-01-31T12:00:00Z"
    assert SECRET not in json.dumps(found)


def test_settings_that_are_secret_or_of_a_machine_stay_behind(fake: Fake) -> None:
    """Rule: keys, tokens and paths are not in a capsule. Source: secrets."""
    with httpx2.Client(
        transport=InProcessTransport(Gateway(fake)), base_url="http://mock"
    ) as client:
        client.get(PERSONAS)
    state = taken(fake).timeline[0]
    assert isinstance(state, State)
    assert set(state.settings or {}) == {
        *("strict", "rate_limits", "rate_limit_scope", "clock", "random_seed"),
        *("token_lifetime", "run_duration", "cancellation_delay", "max_body_size"),
    }


def test_requests_change_nothing_that_need_be_told(fake: Fake, caller: httpx2.Client) -> None:
    """Rule: what requests do, they do again; only the rest is noted. Source: capsules."""
    for _ in range(2):
        caller.get("/v1/nowhere")
        caller.post(PERSONAS, json=persona())
    caller.post(SCENARIOS, json=scenario())
    assert changes(fake) == []


def test_recording_changes_nothing(fake: Fake, caller: httpx2.Client) -> None:
    """Rule: what nobody had looked at is there afterwards, and after a reset. Source: capsules."""
    caller.get(PERSONAS)
    (world,) = fake.capsule(TEST)["worlds"]
    (organization,) = world["organizations"]
    for _ in range(2):
        assert len(organization["services"]) == len(fake.records("mock-org", "services")) == 1
        assert len(organization["metrics"]) == len(fake.records("mock-org", "metrics")) == 3
        fake.reset()


def test_what_else_changes_is_told(fake: Fake, caller: httpx2.Client) -> None:
    """Rule: world, ids, maintenance, limits, outcomes, settings, each when it changed.

    Source: capsules.
    """
    kept = fake.snapshot()
    caller.post(SCENARIOS, json=scenario())
    fake.maintenance.enabled = True
    caller.get(SCENARIOS)
    fake.maintenance.enabled = False
    fake.limits.enabled = False
    caller.get(SCENARIOS)
    fake.restore(kept)
    caller.get(SCENARIOS)
    fake.world.ids.of("mock-org", "scenarios").make()
    caller.get(SCENARIOS)
    fake.scripts.of(OUTCOMES).add(Suite(caller).unit_test(), error="x")
    caller.get(SCENARIOS)
    fake.scripts.of(OUTCOMES).clear()
    caller.get(SCENARIOS)
    fake.configure(fake.settings.model_copy(update={"strict": True}))
    caller.get(SCENARIOS)
    assert changes(fake) == [
        "kind maintenance",
        "kind maintenance rate_limits",
        "ids kind world",
        "ids kind",
        "kind scripts",
        "kind scripts",
        "ids kind maintenance rate_limits scripts settings world",
    ]


def test_one_world_is_in_it_once(fake: Fake, caller: httpx2.Client) -> None:
    """Rule: coming back to a world costs no second copy of it. Source: capsules."""
    kept = fake.snapshot()
    for _ in range(3):
        caller.post(SCENARIOS, json=scenario())
        fake.restore(kept)
    caller.get(SCENARIOS)
    found = taken(fake)
    assert len(found.worlds) == 1
    assert [event.world for event in found.timeline if isinstance(event, State)] == [0, 0, 0, 0]


def test_a_capsule_changes_nothing(fake: Fake, caller: httpx2.Client) -> None:
    """Rule: looking is free: world, ids and revision stay. Source: capsules."""
    kept = fake.snapshot()
    caller.post(SCENARIOS, json=scenario("One"))
    fake.restore(kept)
    caller.post(SCENARIOS, json=scenario("Two"))
    before = fake.state(), fake.revision, fake.world.ids.last()
    assert fake.capsule(TEST) == fake.capsule(TEST)
    assert (fake.state(), fake.revision, fake.world.ids.last()) == before
    caller.get(SCENARIOS)
    assert len(changes(fake)) == 1


def test_time_stands_still_for_a_request(tmp_path: Path) -> None:
    """Rule: with the clock running as well, a request goes by one moment. Source: capsules."""
    fake = Fake(CATALOG)
    fake.record()
    headers = {"Authorization": f"Bearer {fake.token('mock-org', 'mock-user')}"}
    with httpx2.Client(
        transport=InProcessTransport(Gateway(fake)), base_url="http://mock", headers=headers
    ) as client:
        for number in range(30):
            client.post(PERSONAS, json=persona(f"Number {number}"))
        client.get(PERSONAS, params={"limit": 30})
    path = write(tmp_path, fake.capsule())
    assert {outcome.word for outcome in Replay(read(path)).run()} == {"same"}
    assert not fake.clock.frozen


def test_requests_at_once_are_recorded_in_the_order_of_their_effects(tmp_path: Path) -> None:
    """Rule: whoever was handled first is repeated first. Source: capsules."""
    with AmigoMock() as mock, mock.client() as client:
        client.put("/_mock/recording", json={"enabled": True})

        def create(number: int) -> None:
            with mock.client(in_process=number % 2 == 0) as own:
                for again in range(5):
                    own.post(SCENARIOS, json=scenario(f"{number} {again}"))
                    own.get(SCENARIOS)

        threads = [threading.Thread(target=create, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        path = write(tmp_path, client.get("/_mock/capsule").json())
    found = list(Replay(read(path)).run())
    assert [outcome.word for outcome in found] == ["same"] * 40


# Secrets


def redacted(body: bytes, *, sound: bool = True) -> bytes | None:
    """A body as a capsule has it."""
    return redact(body, CATALOG.secrets, blank, sound=sound)


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"sensitive_user_variables": {"a": "x", "b": "", "c": 5}}, {"a": HIDDEN, "b": "", "c": 0}),
        ({"sensitive_user_variables": "x"}, HIDDEN),
        ({"sensitive_user_variables": ["x", 1.5, True, None]}, [HIDDEN, 0.0, True, None]),
        ({"sensitive_user_variables": {}}, {}),
        ({"my_Sensitive_user_variables2": {"a": "x"}}, {"a": HIDDEN}),
        ({"nonsensitive_user_variables": {"a": "x"}}, {"a": "x"}),
        ({"key": "x"}, HIDDEN),
        ({"text": '{"api_key": "x"}'}, HIDDEN),
        ({"text": "I forgot my password"}, "I forgot my password"),
    ],
)
def test_the_shape_of_a_secret_stays(body: Any, left: Any) -> None:
    """Rule: what is left validates the way the whole did. Source: capsules."""
    found = redacted(json.dumps(body).encode())
    assert found is not None
    assert list(json.loads(found).values()) == [left]
    assert redacted(found) == found


def test_half_of_a_surrogate_pair_stays_one() -> None:
    """Rule: what was refused for its text is to be refused again. Source: capsules."""
    found = redacted(rb'{"sensitive_user_variables": {"a": "secret \udc12"}}')
    assert found == rb'{"sensitive_user_variables":{"a":"\ud800"}}'


@pytest.mark.parametrize(
    "body", [b'{"password": ', b'{"id_token": ', b"api_key=1", "password".encode("utf-16")]
)
def test_what_may_hold_a_secret_and_cannot_be_read_is_gone(body: bytes) -> None:
    """Rule: no body is better than one with a secret. Source: secrets."""
    assert redacted(body) is None


def test_a_body_that_is_not_known_to_be_sound_has_to_be_json() -> None:
    """Rule: a broken body of an operation that asks for secrets is left out. Source: secrets."""
    assert redacted(b"{broken", sound=False) is None
    assert redacted(b"{broken") == b"{broken"
    assert redacted(b'{"a": 1}', sound=False) == b'{"a": 1}'
    assert redacted(b"", sound=False) == b""


def test_a_query_has_no_secrets() -> None:
    """Rule: a parameter with the name of a secret has no value left. Source: secrets."""
    for name in ("password", "presigned_url"):
        query = f"a=1&api_key=x&&key=&{name}=a=b&tag=key:value&id_token=x&signature=x"
        left = f"a=1&api_key={HIDDEN}&&key=&{name}={HIDDEN}&tag=key:value&id_token={HIDDEN}"
        left += f"&signature={HIDDEN}"
        assert redact_query(query, CATALOG.secrets) == left


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "key", "sensitive_user_variables"]), inner)
    ),
    max_leaves=8,
)


@given(JSONS)
def test_what_has_been_redacted_stays_as_it_is(value: Any) -> None:
    """Rule: two redacted answers can be compared. Source: capsules."""
    once = redact_value(value, CATALOG.secrets, blank)
    assert redact_value(once, CATALOG.secrets, blank) == once
    assert type(once) is type(value)


def test_no_header_but_a_few_is_kept(fake: Fake, caller: httpx2.Client) -> None:
    """Rule: a header that nobody knows may be a secret. Source: secrets."""
    cookies = {"Cookie": SECRET, "X-Secret": SECRET, "Sec-WebSocket-Protocol": SECRET}
    caller.get(PERSONAS, headers={**cookies, "X-Mongo-Cluster-Name": "c"})
    asked = taken(fake).timeline[1]
    assert isinstance(asked, RecordedRequest)
    assert asked.headers == {"host": "mock", "x-mongo-cluster-name": "c"}
    assert SECRET not in json.dumps(fake.capsule())


def test_a_world_without_its_secrets_is_still_one(fake: Fake, caller: httpx2.Client) -> None:
    """Rule: the worlds of a capsule can be served. Source: capsules."""
    version = persona_version(sensitive_user_variables={"ssn": SECRET})
    caller.post(PERSONAS, json=persona(initial_version=version))
    fake.record()
    caller.get(PERSONAS)
    (world,) = taken(fake).worlds
    (organization,) = world["organizations"]
    assert organization["api_keys"] == [{"id": "mock-key-id", "key": HIDDEN}]
    (made,) = organization["personas"]
    assert made["versions"][0]["sensitive_user_variables"] == {"ssn": HIDDEN}
    assert b"ssn" in Fake(CATALOG, Settings(seed=world)).state()


# Bodies


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b'{"a":[1,2.5,null,true,"\xc3\xa4"]}', "value"),
        (b"0", "value"),
        (b"null", "text"),
        (b'{"a": 1}', "text"),
        (b'{"a":1,"a":2}', "text"),
        (b'{"a":NaN}', "text"),
        (b"1e999", "text"),
        (rb'"\ud800"', "text"),
        (b"[" * 100 + b"]" * 100, "value"),
        (b"[" * 101 + b"]" * 101, "text"),
        (b"[" * 300 + b"]" * 300, "text"),
        (b"[" * 3000 + b"]" * 3000, "text"),
        (b"\xff\x00", "base64"),
    ],
)
def test_a_body_is_kept_exactly(body: bytes, form: str) -> None:
    """Rule: a value if that is exact, else text, else Base64. Source: capsules."""
    found = content(body)
    assert found is not None
    assert found.model_fields_set == {form}
    assert type(found).model_validate_json(found.model_dump_json()).decoded() == body


@given(st.binary() | st.text().map(lambda text: json.dumps(text).encode()))
def test_any_body_comes_back(body: bytes) -> None:
    """Rule: byte for byte, whatever it is. Source: capsules."""
    found = content(body)
    assert (found.decoded() if found else b"") == body


# Files


def test_a_capsule_is_written_and_read(fake: Fake, caller: httpx2.Client, tmp_path: Path) -> None:
    """Rule: the folder is made; the same test has the same file. Source: capsules."""
    caller.post(SCENARIOS, json=scenario(initial_version=scenario_version(objective="Ä\u2028")))
    folder = tmp_path / "a" / "b"
    path = write(folder, fake.capsule(TEST, random_seed=1))
    assert path == folder / file_name(TEST)
    assert read(path) == Capsule.model_validate(fake.capsule(TEST, random_seed=1))
    assert write(str(folder), fake.capsule(TEST, random_seed=2)) == path
    assert read(path).random_seed == 2
    assert [*folder.iterdir()] == [path]


def test_a_line_is_one_event(fake: Fake, caller: httpx2.Client, tmp_path: Path) -> None:
    """Rule: a capsule can be looked at and compared by lines. Source: capsules."""
    for _ in range(3):
        caller.get(SCENARIOS)
    text = write(tmp_path, fake.capsule(TEST)).read_text(encoding="ascii")
    assert sum('"kind": "request"' in line for line in text.splitlines()) == 3


@pytest.mark.parametrize(
    ("test", "begins"),
    [
        (TEST, "tests-test_x-py-TestY-test_z-a-b-c-"),
        ("", "test-"),
        ("../../etc/passwd", "etc-passwd-"),
        ("\ud800/\0", "test-"),
        ("x" * 500, "x" * 80 + "-"),
    ],
)
def test_a_file_name_is_good_everywhere(test: str, begins: str) -> None:
    """Rule: letters, digits, `_`, `-`, and no longer than any system takes. Source: capsules."""
    name = file_name(test)
    assert name.startswith(begins)
    assert len(name) <= 100
    assert name.removesuffix(".json").replace("-", "").replace("_", "").isalnum()
    assert name.isascii()


@given(st.lists(st.text(), min_size=2, max_size=2, unique=True))
def test_two_tests_have_two_files(tests: list[str]) -> None:
    """Rule: also where names that differ in case are one. Source: capsules."""
    one, other = map(file_name, tests)
    assert one.lower() != other.lower()
    assert file_name(tests[0]) == one


def test_a_folder_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    """Rule: one sentence with the file and the reason. Source: capsules."""
    fake = Fake(CATALOG)
    fake.record()
    (tmp_path / "file").touch()
    with pytest.raises(MockError, match=r"^capsule .*file.*: cannot be written: "):
        write(tmp_path / "file", fake.capsule(TEST))


# the control API


def test_a_capsule_can_be_had_over_http(control: httpx2.Client, tmp_path: Path) -> None:
    """Rule: recording is turned on and off, and read, by the control API.

    Source: the control API's table.
    """
    answer = control.put("/_mock/recording", json={"enabled": True})
    assert (answer.status_code, answer.json()) == (200, {"enabled": True})
    control.post(SCENARIOS, json=scenario())
    control.get("/_mock/state")  # a control operation is no request
    answer = control.get("/_mock/capsule", params={"test": TEST, "random_seed": "7"})
    assert answer.status_code == 200
    assert (answer.json()["test"], answer.json()["random_seed"]) == (TEST, "7")
    (outcome,) = Replay(read(write(tmp_path, answer.json()))).run()
    assert outcome.word == "same"
    control.put("/_mock/recording", json={"enabled": True})
    assert control.get("/_mock/capsule").json()["timeline"] == []


@pytest.mark.parametrize("depth", [101, 150, 199, 260, 300, 400, 950, 3000])
def test_a_deep_body_is_in_a_capsule(control: httpx2.Client, tmp_path: Path, depth: int) -> None:
    """Rule: a body of any depth can be written out, and sent again. Source: capsules."""
    control.put("/_mock/recording", json={"enabled": True})
    deep = "[" * depth + "]" * depth
    sent = control.post(
        SCENARIOS, content=f'{{"name":{deep}}}', headers={"Content-Type": "application/json"}
    )
    answer = control.get("/_mock/capsule", params={"test": TEST})
    assert answer.status_code == 200
    (outcome,) = Replay(read(write(tmp_path, answer.json()))).run()
    assert (sent.status_code in (400, 422), outcome.word) == (True, "same")


def test_a_reset_is_part_of_a_recording(control: httpx2.Client, tmp_path: Path) -> None:
    """Rule: what a reset does is told like any other change. Source: capsules."""
    control.put("/_mock/recording", json={"enabled": True})
    control.post(SCENARIOS, json=scenario())
    control.post("/_mock/reset")
    assert control.post(SCENARIOS, json=scenario()).status_code == 201
    path = write(tmp_path, control.get("/_mock/capsule").json())
    assert [outcome.word for outcome in Replay(read(path)).run()] == ["same", "same"]


def test_a_capsule_of_nothing_is_refused(control: httpx2.Client) -> None:
    """Rule: 422, and what to do first. Source: the control API's table."""
    for _ in range(2):
        answer = control.get("/_mock/capsule")
        assert answer.status_code == 422
        assert "turn recording on first" in answer.json()["detail"]
        control.put("/_mock/recording", json={"enabled": False})


@pytest.mark.parametrize("order", [{}, {"enabled": "perhaps"}, {"enable": True}, [], None])
def test_a_wrong_order_records_nothing(control: httpx2.Client, order: Any) -> None:
    """Rule: unknown and missing fields are refused. Source: the control API's table."""
    assert control.put("/_mock/recording", json=order).status_code == 422
    assert control.get("/_mock/capsule").status_code == 422
