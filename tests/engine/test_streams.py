"""Streamed answers, on every way: one event after the other, each sent as soon as it is made."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any

import httpx2
import pytest

from amigo_mock.clients.in_process import AsyncInProcessTransport, InProcessTransport
from amigo_mock.commands.replay.replay import Replay
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.http.messages import Answer, Request
from amigo_mock.engine.pipeline import answer
from amigo_mock.engine.races import Race
from amigo_mock.engine.recording.capsule import Capsule, RecordedRequest
from amigo_mock.engine.tenants import Tenants
from amigo_mock.errors import MockError
from amigo_mock.operations.responses import Wait
from amigo_mock.server.gateway import Gateway
from tests.support.made_up import (
    BASE,
    STAGE,
    client_of,
    headers,
    made_up_fake,
    served,
)

TALK = f"{BASE}/talk"
WORDS = {"pieces": ["one", "two", "three"]}
WHOLE = [
    {"type": "begun", "caller": "mock-user"},
    {"type": "piece", "text": "one", "made": 1},
    {"type": "piece", "text": "two", "made": 2},
    {"type": "piece", "text": "three", "made": 3},
    {"type": "ended"},
]


@pytest.fixture
def fake() -> Fake:
    return made_up_fake()


@pytest.fixture(params=["in process", "over a socket"])
def client(request: pytest.FixtureRequest, fake: Fake) -> Iterator[httpx2.Client]:
    """A client that is signed in, on either way."""
    if request.param == "over a socket":
        with client_of(fake) as found:
            yield found
        return
    transport = InProcessTransport(Gateway(fake))
    with httpx2.Client(
        transport=transport, base_url="http://mock", headers=headers(fake), trust_env=False
    ) as found:
        yield found


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def asked(fake: Fake, body: Any = WORDS) -> Request:
    """A request for a talk, as it comes in."""
    sent = {name.lower().encode(): value.encode() for name, value in headers(fake).items()}
    sent[b"content-type"] = b"application/json"
    return Request("POST", TALK, "", sent, json.dumps(body).encode())


def test_events_are_sent_one_a_line(client: httpx2.Client) -> None:
    """Rule: the declared status, NDJSON, and each event as its model says. Source: the operation's
    declaration.
    """
    found = client.post(TALK, json=WORDS)
    assert found.status_code == 201
    assert found.headers["content-type"] == "application/x-ndjson"
    assert "content-length" not in found.headers
    assert found.headers["x-ratelimit-remaining"] == "999"
    assert lines(found.text) == WHOLE


def test_an_event_arrives_before_the_next_is_made(client: httpx2.Client) -> None:
    """Rule: nothing is gathered on the way. Source: streams are read as they are made."""
    body = {**WORDS, "wait": 0.05}
    with client.stream("POST", TALK, json=body) as found:
        made = []
        for line in found.iter_lines():
            made.append(len(STAGE.made))
            if json.loads(line)["type"] == "piece":
                assert json.loads(line)["made"] == len(STAGE.made)
    assert made == [0, 1, 2, 3, 3]


def test_an_async_client_reads_events_as_they_are_made(fake: Fake) -> None:
    """Rule: the same on an event loop. Source: streams are read as they are made."""

    async def read() -> list[int]:
        async with (
            httpx2.AsyncClient(
                transport=AsyncInProcessTransport(Gateway(fake)),
                base_url="http://mock",
                headers=headers(fake),
            ) as client,
            client.stream("POST", TALK, json={**WORDS, "wait": 0.001}) as found,
        ):
            events: AsyncIterator[str] = found.aiter_lines()
            return [len(STAGE.made) async for _ in events]

    assert asyncio.run(read()) == [0, 1, 2, 3, 3]


def test_others_are_answered_while_a_stream_goes_on(client: httpx2.Client, fake: Fake) -> None:
    """Rule: the fake is held for an event, never for a stream. Source: the way of a request."""
    with client.stream("POST", TALK, json=WORDS) as found:
        events = found.iter_lines()
        next(events)
        thread = threading.Thread(target=fake.records, args=("mock-org", "personas"))
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
        assert len(list(events)) == 4


@pytest.mark.parametrize(
    ("body", "status"), [({"pieces": ["nobody"]}, 404), ({"pieces": []}, 422), (None, 422)]
)
def test_a_stream_that_has_not_begun_is_refused(
    client: httpx2.Client, body: Any, status: int
) -> None:
    """Rule: until its first event a stream is refused like anything else. Source: the status goes
    out before the first event.
    """
    found = client.post(TALK, json=body)
    assert found.status_code == status
    assert found.headers["content-type"] == "application/json"
    assert found.headers["content-length"] == str(len(found.content))


def test_a_stream_that_nobody_waits_for_ends(client: httpx2.Client, fake: Fake) -> None:
    """Rule: whoever goes away ends the handler, and the journal has what was sent. Source: the
    journal has every request.
    """
    heard = threading.Event()
    fake.journal.subscribe(lambda _: heard.set())
    with client.stream("POST", TALK, json={"pieces": ["x"] * 10_000, "wait": 0.001}) as found:
        next(found.iter_lines())
    assert heard.wait(10)
    assert STAGE.closed == 1
    assert len(STAGE.made) < 10_000
    (entry,) = fake.journal
    assert (entry.status, entry.dropped) == (201, False)
    assert entry.response_body.startswith(b'{"type":"begun"')


def test_a_stream_of_which_nothing_was_taken_ends(fake: Fake) -> None:
    """Rule: whoever goes away before the first piece ends the handler as well, in its turn. Source:
    what a handler still does when it ends is a change of the world.
    """
    steps = answer(Tenants(fake), asked(fake))
    found = next(steps)
    closing_it = threading.Thread(target=steps.close)
    with fake.lock:
        closing_it.start()
        closing_it.join(0.05)
        assert STAGE.closed == 0
    closing_it.join(10)
    assert isinstance(found, Answer)
    assert STAGE.closed == 1
    assert fake.journal.last.status == 201


def test_the_journal_keeps_what_was_sent(client: httpx2.Client, fake: Fake) -> None:
    """Rule: the events, cut to the size of bodies. Source: the settings."""
    client.post(TALK, json=WORDS)
    assert lines(fake.journal.last.response_body.decode()) == WHOLE
    assert fake.journal.last.duration > 0
    fake.journal.resize(10, 20)
    client.post(TALK, json=WORDS)
    assert fake.journal.last.response_body == b'{"type":"begun","caller":"mock-user"}'[:20]


def test_a_handler_that_breaks_cuts_the_connection(fake: Fake) -> None:
    """Rule: a stream that cannot go on has no end that looks like one. Source: HTTP."""
    with client_of(fake) as client, pytest.raises(httpx2.RemoteProtocolError):
        client.post(TALK, json={**WORDS, "breaks_after": 1})
    (entry,) = fake.journal
    assert lines(entry.response_body.decode()) == WHOLE[:2]


# Faults


@pytest.mark.parametrize("after", [0, 1, 3, 5])
def test_a_fault_drops_in_the_middle(client: httpx2.Client, fake: Fake, after: int) -> None:
    """Rule: so many events come, then the connection is cut. Source: `after_events`."""
    fake.faults.add("talk", drop=True, after_events=after)
    found: list[str] = []

    def read() -> None:
        with client.stream("POST", TALK, json=WORDS) as answered:
            assert answered.status_code == 201
            found.extend(answered.iter_lines())

    with pytest.raises(httpx2.RemoteProtocolError, match="incomplete chunked read"):
        read()
    assert [json.loads(line) for line in found] == WHOLE[:after]
    (entry,) = fake.journal
    assert (entry.dropped, entry.fault, entry.status) == (True, True, 201)
    assert client.post(TALK, json=WORDS).status_code == 201


def test_a_fault_that_waits_for_more_events_than_there_are_hits_at_the_end(fake: Fake) -> None:
    """Rule: an armed fault hits the call that it is for. Source: `after_events`."""
    fake.faults.add("talk", drop=True, after_events=50)
    with client_of(fake) as client, pytest.raises(httpx2.RemoteProtocolError):
        client.post(TALK, json=WORDS)


@pytest.mark.parametrize("after", [None, 0, 2, 50])
def test_a_fault_delays_in_the_middle(fake: Fake, after: int | None) -> None:
    """Rule: the wait stands between the events that it was asked for. Source: `after_events`."""
    fake.faults.add("talk", delay=7.5, after_events=after)
    steps = list(answer(Tenants(fake), asked(fake)))
    shown = [
        "wait" if isinstance(step, Wait) else "answer" if isinstance(step, Answer) else "event"
        for step in steps
    ]
    events = ["event"] * 5
    place = {None: 0, 0: 1, 2: 3, 50: 6}[after]
    expected = ["answer", *events]
    assert shown == [*expected[:place], "wait", *expected[place:]]


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": True}])
def test_a_fault_after_the_handler_lets_it_run_to_its_end(
    client: httpx2.Client, fake: Fake, fault: dict[str, Any]
) -> None:
    """Rule: committed, and the answer is lost. Source: `when` of a fault."""
    fake.faults.add("talk", when="after", **fault)
    if "drop" in fault:
        with pytest.raises(httpx2.RemoteProtocolError, match="without sending a response"):
            client.post(TALK, json=WORDS)
    else:
        assert client.post(TALK, json=WORDS).status_code == 503
    assert STAGE.made == WORDS["pieces"]


def test_a_client_that_waits_less_than_a_delay_has_a_timeout(client: httpx2.Client) -> None:
    """Rule: the time between two pieces counts. Source: `httpx2.Timeout`."""
    with pytest.raises(httpx2.ReadTimeout):
        client.post(TALK, json={**WORDS, "wait": 1}, timeout=0.01)


def test_an_answer_has_no_events_to_wait_for_and_a_status(fake: Fake) -> None:
    """Rule: a fault with a status answers in place of the stream. Source: `Fault`."""
    with pytest.raises(MockError, match="leave out status or after_events"):
        fake.faults.add("talk", status=503, after_events=1)
    with pytest.raises(MockError, match="after_events"):
        fake.faults.add("talk", drop=True, after_events=-1)


# The capsule


def replayed(fake: Fake) -> list[str]:
    """What a replay says of each request of a capsule that was in a file."""
    capsule = Capsule.model_validate(json.loads(json.dumps(fake.capsule())))
    replay = Replay(capsule, fake=made_up_fake())
    return [outcome.word for outcome in replay.run()]


def recorded(fake: Fake) -> list[RecordedRequest]:
    return [
        one
        for one in Capsule.model_validate(fake.capsule()).timeline
        if isinstance(one, RecordedRequest)
    ]


def test_a_stream_is_replayed(fake: Fake, client: httpx2.Client) -> None:
    """Rule: the whole of what was sent is compared. Source: capsules."""
    fake.record()
    client.post(TALK, json=WORDS)
    client.post(TALK, json={"pieces": ["nobody"]})
    first, second = recorded(fake)
    assert first.answer is not None
    assert first.answer.body is not None
    assert lines(first.answer.body.decoded().decode()) == WHOLE
    assert second.answer is not None
    assert second.answer.status == 404
    assert replayed(fake) == ["same", "same"]


def test_a_stream_that_was_cut_is_replayed(fake: Fake, client: httpx2.Client) -> None:
    """Rule: where it was cut is part of what happened. Source: capsules."""
    fake.record()
    fake.faults.add("talk", drop=True, after_events=2)
    with pytest.raises(httpx2.RemoteProtocolError):
        client.post(TALK, json=WORDS)
    (one,) = recorded(fake)
    assert one.answer is not None
    assert one.answer.body is not None
    assert (one.dropped, one.answer.cut, one.answer.status) == (False, True, 201)
    assert lines(one.answer.body.decoded().decode()) == WHOLE[:2]
    assert replayed(fake) == ["same"]


def test_a_stream_that_nobody_waited_for_is_replayed_as_far_as_it_came(fake: Fake) -> None:
    """Rule: what was not made is not asked for. Source: capsules."""
    fake.record()
    with closing(answer(Tenants(fake), asked(fake))) as steps:
        assert isinstance(next(steps), Answer)
        assert json.loads(next(steps)) == WHOLE[0]  # type: ignore[arg-type]
        next(steps)
    (one,) = recorded(fake)
    assert one.answer is not None
    assert one.answer.cut
    assert replayed(fake) == ["same"]
    assert STAGE.made == ["one"]


# The wire


def test_each_event_is_a_chunk(fake: Fake) -> None:
    """Rule: a chunk goes out with each event. Source: HTTP/1.1."""
    token = fake.token("mock-org", "mock-user")
    body = json.dumps(WORDS).encode()
    head = f"POST {TALK} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with served(fake) as address:
        host, _, port = address.removeprefix("http://").partition(":")
        with closing(socket.create_connection((host, int(port)), timeout=10)) as connection:
            connection.sendall(head.encode() + body)
            found = b""
            while not found.endswith(b"0\r\n\r\n"):
                found += connection.recv(65536)
    assert b"transfer-encoding: chunked" in found
    *chunks, end, _, _ = found.partition(b"\r\n\r\n")[2].split(b"\r\n")
    assert end == b"0"
    assert [json.loads(chunk) for chunk in chunks[1::2]] == WHOLE


def test_a_stream_can_be_asked_for_in_a_race() -> None:
    """Rule: another user may call what streams; it has ended when the other call is handled.

    Source: `between`.
    """
    fake = made_up_fake()
    with client_of(fake) as client:
        armed = fake.races.arm(Race(before="forget", after=None, operation="talk", body=WORDS))
        assert client.delete(f"{BASE}/forget").status_code == 204
    assert armed.status == 201
    assert STAGE.made == WORDS["pieces"]
    assert [entry.race for entry in fake.journal] == [True, False]
