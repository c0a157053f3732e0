"""Bodies in the journal: secrets are looked for when an entry is read, and not before."""

from __future__ import annotations

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from threading import Event

import pytest

from amigo_mock import AmigoMock
from amigo_mock.state.journal import Line, LocalJournal
from amigo_mock.state.redaction import HIDDEN, SecretNames
from amigo_mock.state.requests import Entry
from tests.support.bodies import persona, persona_version
from tests.support.paths import PERSONAS

SECRET = "wx7Qk-49211"
BODY = json.dumps({"password": SECRET}).encode()
SHOWN = json.dumps({"password": HIDDEN}, separators=(",", ":")).encode()


class Journal(LocalJournal):
    """A journal of bodies of 100 bytes, which counts how often secrets were looked for."""

    looked: int

    def __init__(self, size: int = 10) -> None:
        self.looked = 0
        super().__init__(size, 100, (), self._names)

    def _names(self) -> SecretNames:
        self.looked += 1
        return SecretNames(("password",))

    def note(self, asked: bytes = BODY, told: bytes = BODY) -> Line:
        line = self.open(0.0, "POST", "/", "")
        self.asked(line, asked, None, True)
        self.told(line, told)
        self.close(line)
        return line


def test_secrets_are_looked_for_once_and_by_whoever_reads() -> None:
    """Rule: an entry that nobody reads costs no search, one that is read again none either.

    Source: the cost of a request.
    """
    journal = Journal()
    journal.note()
    journal.note()
    assert len(journal) == 2
    assert journal.looked == 0
    for _ in range(2):
        assert [entry.request_body for entry in journal] == [SHOWN] * 2
        assert journal.last.response_body == SHOWN
    assert journal.looked == 4


def test_what_waits_for_a_reader_is_in_no_form_of_it() -> None:
    """Rule: a body as it was sent is in no repr and in no copy of an entry. Source: secrets."""
    journal = Journal()
    line = journal.note()
    entry = line.entry
    told = repr([journal, line, entry]) + str(asdict(entry)) + json.dumps(entry.json())
    assert SECRET not in told
    assert SECRET.encode() not in pickle.dumps(entry)
    assert entry.request_body == entry.response_body == b""


@pytest.mark.parametrize("longer", [0, 1])
def test_a_long_body_is_cut_when_it_is_sent(longer: int) -> None:
    """Rule: of what is longer than an entry may show, nothing more than that is kept.

    Source: the memory of a server that runs all day.
    """
    journal = Journal()
    body = b"x" * (100 + longer)
    line = journal.note(body, body)
    assert (line.asked is None, line.told is None) == (longer == 1, longer == 1)
    assert (journal.last.request_body, journal.last.response_body) == (body[:100], body[:100])


def test_what_is_forgotten_was_not_read() -> None:
    """Rule: a bounded journal keeps the newest, read or not; a cleared one nothing.

    Source: settings.
    """
    journal = Journal(2)
    for number in range(4):
        journal.note(b"%d" % number)
    assert [entry.request_body for entry in journal] == [b"2", b"3"]
    journal.note()
    journal.clear()
    assert list(journal) == []


def test_a_listener_gets_entries_whole() -> None:
    """Rule: what a listener is told is what a reader sees. Source: the journal."""
    journal, heard = Journal(), list[tuple[bytes, bytes]]()
    journal.note()

    def listen(entry: Entry) -> None:
        heard.append((entry.request_body, entry.response_body))

    journal.subscribe(listen, past=True)
    journal.note()
    assert heard == [(SHOWN, SHOWN)] * 2


def test_readers_meet_only_whole_entries(mock: AmigoMock) -> None:
    """Rule: whoever reads while requests come in, beside other readers, sees of each what there is
    to see, and no secret. Source: threads.
    """
    secret = persona_version(sensitive_user_variables={"pin": SECRET})
    ended = Event()

    def send() -> None:
        try:
            with mock.client(in_process=True) as client:
                for number in range(100):
                    body = persona(f"P{number}", initial_version=secret)
                    assert client.post(PERSONAS, json=body).status_code == 201
        finally:
            ended.set()

    def read() -> None:
        more = True
        while more:
            more = not ended.is_set()
            for entry in mock.requests:
                assert HIDDEN.encode() in entry.request_body
                assert entry.response_body.startswith(b"{")
                assert SECRET.encode() not in entry.request_body

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(send), pool.submit(read), pool.submit(read)]:
            done.result()
    assert len(mock.requests) == 100
