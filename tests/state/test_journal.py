"""The journal: what was asked and answered, bounded, and never a secret."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from amigo_mock import AmigoMock, Settings
from amigo_mock.resources import CATALOG
from amigo_mock.state.access_log import json_line, text_line
from amigo_mock.state.journal import LocalJournal
from amigo_mock.state.redaction import HIDDEN, WORDS, SecretNames
from amigo_mock.state.requests import Entry
from amigo_mock.world.records import ApiKey
from amigo_mock.world.records.simulation.personas import PersonaVersion
from tests.support.bodies import persona, persona_version, scenario
from tests.support.paths import METRICS, NOBODY, PERSONAS, SCENARIOS, SIGN_IN

JSON = {"Content-Type": "application/json"}
KEYS = {"x-api-key": "mock-api-key", "x-api-key-id": "mock-key-id", "x-user-id": "mock-user"}
SECRET = "wx7Qk-49211"
SECRET_NAMES = CATALOG.secrets.names


def redacted(body: bytes) -> bytes:
    """What the journal shows of a body that may hold any secret, however much longer that is."""
    return LocalJournal(1, 100 * len(body), (), lambda: CATALOG.secrets).keep(body)


def seen(mock: AmigoMock) -> str:
    """Everything that the journal and the log say, in every form they have."""
    parts: list[str] = []
    for entry in mock.requests:
        parts += [json.dumps(entry.json()), json.dumps(entry.json(), ensure_ascii=False)]
        parts += [text_line(entry, colours=False), text_line(entry, colours=True)]
        parts += [json_line(entry), repr(entry), str(entry)]
    return "\n".join([*parts, repr(mock.requests), repr(mock)])


def told(mock: AmigoMock, secret: str) -> bool:
    """Whether a secret is there: as text, escaped, or with nothing but zeros between its signs."""
    everything = seen(mock)
    bare = everything.replace("\\x00", "").replace("\\u0000", "").replace("\0", "")
    forms = {secret, json.dumps(secret)[1:-1], secret.encode("unicode_escape").decode()}
    return any(form in text for form in forms for text in (everything, bare))


def with_secret(secret: Any = SECRET, **changes: Any) -> dict[str, Any]:
    version = persona_version(sensitive_user_variables={"pin": secret})
    return persona(initial_version=version, **changes)


# What an entry holds


def test_an_entry_says_what_was_asked_and_answered(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: who asked what, when, and what came of it. Source: the journal."""
    mock.clock.freeze(1_700_000_000.5)
    answer = client.post(f"{PERSONAS}?a=%C3%BC&b=1", json=persona("Zoë"))
    (entry,) = mock.requests
    found = entry.json()
    assert isinstance(found.pop("duration_ms"), float)
    assert found == {
        "number": 1,
        "time": "2023-11-14T22:13:20.500000Z",
        "method": "POST",
        "path": PERSONAS,
        "query": "a=%C3%BC&b=1",
        "operation": "create-simulation-persona",
        "caller": "mock-org/mock-user",
        "status": 201,
        "warnings": [
            "unknown-fields: the query has no parameter 'a'; it changes nothing",
            "unknown-fields: the query has no parameter 'b'; it changes nothing",
        ],
        "fault": False,
        "handled": True,
        "dropped": False,
        "race": False,
        "headers": (),
        "limit": 100,
        "used": 1,
        "retry_after": None,
        "pending": False,
        "permissions": ["Simulation:CreateSimulationPersona", "Simulation:ModifySimulationPersona"],
        "reason": "",
        "hint": "",
        "request_body": json.dumps(persona("Zoë"), ensure_ascii=False, separators=(",", ":")),
        "response_body": answer.text,
    }


def test_entries_are_in_order_and_numbered(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: oldest first, from 1; as a sequence. Source: the journal."""
    for name in ("A", "B", "C"):
        client.post(PERSONAS, json=persona(name))
    assert [entry.number for entry in mock.requests] == [1, 2, 3]
    assert mock.requests[-1].number == 3
    assert [entry.number for entry in mock.requests[1:]] == [2, 3]
    assert len(mock.requests) == 3
    mock.requests.clear()
    client.get(PERSONAS)
    assert [entry.number for entry in mock.requests] == [1]


@pytest.mark.parametrize(
    ("headers", "caller"),
    [({}, "mock-org/mock-user"), ({"Authorization": "none"}, None)],
)
def test_an_entry_names_whoever_was_proven(
    mock: AmigoMock, client: httpx2.Client, headers: dict[str, str], caller: str | None
) -> None:
    """Rule: a caller is only whom a token proved. Source: the journal."""
    client.get(PERSONAS, headers=headers)
    assert mock.requests[0].caller == caller


def test_an_entry_has_the_warnings(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: what was let pass is noted as the answer said it. Source: strictness."""
    answer = client.get(PERSONAS, params={"sort_by": "+name"})
    assert mock.requests[0].warnings == answer.headers.get_list("x-amigo-mock-warning") != []


@pytest.mark.parametrize(
    ("method", "path", "status", "operation"),
    [
        ("GET", "/nothing", 404, None),
        ("PUT", PERSONAS, 405, None),
        ("GET", PERSONAS[:-1], 307, None),
        ("GET", "/v1/mock-org/organization/", 501, None),
        ("GET", f"{PERSONAS}?limit=x", 422, "get-simulation-personas"),
        ("DELETE", f"{PERSONAS}{NOBODY}/", 404, "delete-simulation-persona"),
    ],
)
def test_whatever_is_asked_is_journaled(
    mock: AmigoMock,
    client: httpx2.Client,
    method: str,
    path: str,
    status: int,
    operation: str | None,
) -> None:
    """Rule: known route or not, every request has its entry. Source: the journal."""
    answer = client.request(method, path)
    (entry,) = mock.requests
    assert (entry.status, answer.status_code) == (status, status)
    assert (entry.method, entry.operation) == (method, operation)
    assert entry.response_body == answer.content


def test_a_body_that_is_too_large_is_journaled() -> None:
    """Rule: a 413 has its entry, without the body. Source: the journal."""
    with AmigoMock(max_body_size=10) as mock, mock.client() as client:
        client.post(PERSONAS, json=with_secret())
        (entry,) = mock.requests
        assert (entry.status, entry.request_body) == (413, b"")


def test_the_control_operations_are_not_journaled(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the journal is of the API's clients, not of the fake's. Source: the control API."""
    client.get("/_mock/health")
    client.get("/_mock/nothing")
    client.put("/_mock/maintenance", json={})
    assert list(mock.requests) == []


def test_a_fault_is_marked(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: what a fault answered is told from what the service answered. Source: the journal."""
    mock.faults.add("get-simulation-personas", status=503, body={"a": 1})
    client.get(PERSONAS)
    client.get(PERSONAS)
    hit, spared = mock.requests
    assert (hit.fault, hit.status, hit.dropped) == (True, 503, False)
    assert hit.operation == "get-simulation-personas"
    assert json.loads(hit.response_body) == {"a": 1}
    assert (spared.fault, spared.status, spared.dropped) == (False, 200, False)
    assert "armed fault" in text_line(hit, colours=False)
    assert "armed fault" not in text_line(spared, colours=False)


def test_a_drop_is_marked(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a dropped request has an entry without a status. Source: the journal."""
    mock.faults.add("get-simulation-personas", drop=True)
    with pytest.raises(httpx2.TransportError):
        client.get(PERSONAS)
    client.get(PERSONAS)
    hit, spared = mock.requests
    assert (hit.fault, hit.status, hit.dropped) == (True, None, True)
    assert (spared.fault, spared.status, spared.dropped) == (False, 200, False)
    assert text_line(hit, colours=False).startswith("drop ")


def test_listeners_are_told_once_a_request(mock: AmigoMock) -> None:
    """Rule: whoever listens gets each finished entry. Source: the journal."""
    told: list[Entry] = []
    with AmigoMock() as own, own.client() as client:
        own.requests.subscribe(told.append)
        client.get(PERSONAS)
        client.get("/nothing")
        client.get("/_mock/health")
        assert told == list(own.requests)
        assert [entry.status for entry in told] == [200, 404]


def test_answers_are_counted() -> None:
    """Rule: by operation, status and whether a fault made them; clearing keeps it. Source: met."""
    with AmigoMock() as mock, mock.client() as client:
        mock.faults.add("get-simulation-personas", status=503)
        mock.faults.add("search-simulation-personas", drop=True)
        for _ in range(3):
            client.get(PERSONAS)
        client.get(f"{PERSONAS}?limit=x")
        client.get("/nothing")
        with pytest.raises(httpx2.TransportError):
            client.get(f"{PERSONAS}search?query=x")
        mock.requests.clear()
        name = "get-simulation-personas"
        assert mock.requests.met == {
            (name, 503, True): 1,
            (name, 200, False): 2,
            (name, 422, False): 1,
        }


# Bounds


@pytest.mark.parametrize("size", [0, 1, 3])
def test_the_journal_is_bounded(size: int) -> None:
    """Rule: it remembers the last `journal_size` requests. Source: settings."""
    with AmigoMock(journal_size=size) as mock, mock.client() as client:
        for _ in range(5):
            client.get(PERSONAS)
        assert [entry.number for entry in mock.requests] == list(range(6 - size, 6))


@pytest.mark.parametrize("size", [0, 1, 20])
def test_bodies_are_cut(size: int) -> None:
    """Rule: up to `journal_body_size` bytes of each body. Source: settings."""
    with AmigoMock(journal_body_size=size) as mock, mock.client() as client:
        body = json.dumps(persona("Zoë" * 50), ensure_ascii=False).encode()
        client.post(PERSONAS, content=body, headers=JSON)
        answer = client.get("/nothing-at-all")
        created, missing = mock.requests
        assert created.request_body == body[:size]
        assert missing.response_body == answer.content[:size]
        json.dumps(created.json())


def test_a_cut_does_not_uncover() -> None:
    """Rule: secrets are hidden first, and the rest is cut then. Source: secrets."""
    for size in range(0, 400, 7):
        found = LocalJournal(1, size, (), lambda: CATALOG.secrets).keep(
            json.dumps(with_secret()).encode()
        )
        assert SECRET.encode() not in found
        assert len(found) <= size


# Secrets


@pytest.mark.parametrize("between", ["", '"quoted"', "\\", 'a: "b\\"'])
def test_a_cut_text_is_hidden_for_what_it_says_further_on(between: str) -> None:
    """Rule: a text that mentions a secret is hidden whole, wherever it is cut. Source: secrets."""
    journal = LocalJournal(1, 60, (), lambda: SecretNames(("api_key",)))
    text = f"{SECRET} {'x' * 60} {between} is the api_key"
    found = journal.keep(json.dumps({"text": text, "more": "y" * 60}).encode())
    assert SECRET not in found.decode()


def test_what_is_cut_off_hides_nothing() -> None:
    """Rule: only the part of a body that is kept is looked at for secrets. Source: secrets."""
    journal = LocalJournal(1, 60, (), lambda: SecretNames(("api_key",)))
    body = json.dumps({"text": "x" * 60, "api_key": SECRET}).encode()
    assert journal.keep(body) == body[:60]


def test_a_sign_in_leaves_neither_key_nor_token(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: API key and token are in no entry and no line. Source: secrets."""
    token = client.post(SIGN_IN, headers=KEYS).json()["id_token"]
    client.post(SIGN_IN, headers={**KEYS, "x-api-key": SECRET})
    client.get(PERSONAS, headers={"Authorization": f"Bearer {token}"})
    client.get(PERSONAS, headers={"Authorization": f"Bearer {token}x"})
    assert len(mock.requests) == 4
    for secret in ("mock-api-key", token, token.rpartition(".")[2], SECRET):
        assert not told(mock, secret)
    assert json.loads(mock.requests[0].response_body)["id_token"] == HIDDEN


def test_sensitive_variables_are_hidden_where_they_come_and_go(
    mock: AmigoMock, client: httpx2.Client
) -> None:
    """Rule: in request and response, and only they. Source: secrets."""
    created = client.post(PERSONAS, json=with_secret()).json()["simulation_persona_id"]
    versions = client.get(f"{PERSONAS}{created}/version/")
    assert versions.json()["simulation_persona_versions"][0]["sensitive_user_variables"] == {
        "pin": SECRET
    }
    assert not told(mock, SECRET)
    sent, answered = mock.requests
    hidden = persona(initial_version=persona_version(sensitive_user_variables=HIDDEN))
    assert json.loads(sent.request_body) == hidden
    (version,) = json.loads(answered.response_body)["simulation_persona_versions"]
    assert version["sensitive_user_variables"] == HIDDEN
    assert version["background"] == persona_version()["background"]


def test_a_new_version_is_hidden_too(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: every body with sensitive variables. Source: secrets."""
    created = client.post(PERSONAS, json=persona()).json()["simulation_persona_id"]
    body = persona_version(sensitive_user_variables={"pin": SECRET})
    assert client.post(f"{PERSONAS}{created}/version/", json=body).status_code == 201
    assert not told(mock, SECRET)


WRONG: dict[str, Callable[[], Any]] = {
    "something else is missing": lambda: {**with_secret(), "initial_version": {
        "sensitive_user_variables": {"pin": SECRET}
    }},
    "something else is wrong": lambda: with_secret(name=""),
    "the value is a list": lambda: with_secret([SECRET]),
    "the value is an object": lambda: with_secret({"pin": SECRET}),
    "the value is half a character": lambda: with_secret(SECRET + "\ud800"),
    "the name is wrong": lambda: persona(
        initial_version=persona_version(sensitive_user_variables={"PIN": SECRET})
    ),
    "there are too many": lambda: persona(
        initial_version=persona_version(
            sensitive_user_variables={f"pin_{number}": SECRET for number in range(21)}
        )
    ),
    "they are text": lambda: persona(
        initial_version=persona_version(sensitive_user_variables=SECRET)
    ),
    "they are a list": lambda: persona(
        initial_version=persona_version(sensitive_user_variables=[{"pin": SECRET}])
    ),
    "they are in the wrong place": lambda: {**persona(), "name": {NAME: {"pin": SECRET}}},
    "the version is text": lambda: persona(initial_version=json.dumps(
        persona_version(sensitive_user_variables={"pin": SECRET})
    )),
    "the body is a list": lambda: [with_secret()],
    "the body is text": lambda: json.dumps(with_secret()),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_secret_is_not_told_by_what_was_wrong(
    mock: AmigoMock, client: httpx2.Client, wrong: Callable[[], Any]
) -> None:
    """Rule: the echoed input of a 422 is hidden as well. Source: secrets."""
    content = json.dumps(wrong()).encode()
    assert client.post(PERSONAS, content=content, headers=JSON).status_code == 422
    assert not told(mock, SECRET)


def test_a_number_can_be_a_secret(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: the echoed input of a 422 is hidden as well. Source: secrets."""
    assert client.post(PERSONAS, json=with_secret(471108154711)).status_code == 422
    assert not told(mock, "471108154711")


def test_an_escaped_name_hides_as_well(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: names are compared as they read, not as they are written. Source: secrets."""
    name = "sensitive_user_variables"
    for number, sign in enumerate(name):
        escaped = name[:number] + f"\\u{ord(sign):04x}" + name[number + 1 :]
        body = json.dumps(with_secret()).replace(name, escaped).encode()
        client.post(PERSONAS, content=body, headers=JSON)
        client.post(PERSONAS, content=body.replace(b'"Ann"', b"1"), headers=JSON)
    assert {entry.status for entry in mock.requests} == {201, 409, 422}
    assert not told(mock, SECRET)


BROKEN: dict[str, Callable[[str], bytes]] = {
    "its end is missing": lambda body: body[:-1].encode(),
    "a colon is missing": lambda body: body.replace('variables": ', 'variables" ').encode(),
    "a comma is missing": lambda body: body.replace(", ", " ").encode(),
    "single quotes": lambda body: body.replace('"', "'").encode(),
    "no quotes": lambda body: body.replace('"', "").encode(),
    "a byte that is no text": lambda body: body.replace("Ann", "\udcff").encode(
        "utf-8", "surrogateescape"
    ),
    "a byte order mark": lambda body: body.encode("utf-8-sig"),
    "UTF-16": lambda body: body.encode("utf-16"),
    "UTF-16, backwards": lambda body: body.encode("utf-16-be"),
    "UTF-32": lambda body: body.encode("utf-32"),
    "a comment": lambda body: body.replace('": ', '": /* here */ ').encode(),
    "Python": lambda body: repr(json.loads(body)).encode(),
    "a form": lambda body: f"sensitive_user_variables[pin]={SECRET}&name=Ann".encode(),
    "YAML": lambda body: f"name: Ann\nsensitive_user_variables:\n  pin: {SECRET}\n".encode(),
    "two of them": lambda body: (body + body).encode(),
    "twice encoded": lambda body: json.dumps(body).encode(),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/yaml"])
def test_a_broken_body_tells_no_secret(
    mock: AmigoMock, client: httpx2.Client, broken: Callable[[str], bytes], kind: str
) -> None:
    """Rule: a body that cannot be read may hold a secret anywhere. Source: secrets."""
    content = broken(json.dumps(with_secret()))
    answer = client.post(PERSONAS, content=content, headers={"Content-Type": kind})
    assert answer.status_code in (201, 400, 422)
    assert not told(mock, SECRET)


def test_what_is_broken_can_still_be_found(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: in place of a hidden body stands how long it was. Source: the journal."""
    body = json.dumps(with_secret())[:-1].encode()
    client.post(PERSONAS, content=body, headers=JSON)
    assert str(len(body)) in mock.requests[0].request_body.decode()


ALPHABET = string.ascii_letters + string.digits + "äß漢🙂-_ \"\\'"


NAME = "sensitive_user_variables"
ENCODINGS = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16-le"}


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, bytes]:
    """A secret, and a body that has it as the value of a sensitive variable, broken or not."""
    secret = draw(st.text(ALPHABET, min_size=1, max_size=8)) + "~Secret~"
    known: dict[str, Any] = {NAME: {"pin": secret}}
    if draw(st.booleans()):
        known[NAME]["ab"] = draw(st.sampled_from(["", 1, None]))
    version = persona_version(**known)
    choices: list[Any] = [
        persona(initial_version=version),
        persona(initial_version=known),
        {**persona(), **known},
        {**known, "name": 1},
        [known],
    ]
    indent, ascii = draw(st.sampled_from([None, 1])), draw(st.booleans())
    text = json.dumps(draw(st.sampled_from(choices)), ensure_ascii=ascii, indent=indent)
    if draw(st.booleans()):
        text = json.dumps(text)
    encoding = draw(st.sampled_from(list(ENCODINGS)))
    content = text.encode(encoding)
    if draw(st.booleans()):  # broken somewhere, though not in the name itself
        name = NAME.encode(ENCODINGS[encoding])
        place = draw(st.integers(0, len(content)))
        starts = [found.start() for found in re.finditer(re.escape(name), content)]
        assume(not any(start <= place <= start + len(name) for start in starts))
        junk = draw(st.sampled_from([b"", b"\xff", b"\0", b"{", b'"', b",", b"\\"]))
        content = content[:place] + junk + content[place + draw(st.integers(0, 1)) :]
    return secret, content


@settings(max_examples=150, deadline=None)
@given(
    sent=bodies(),
    kind=st.sampled_from(["application/json", "application/json", "text/plain", "a/b"]),
    method=st.sampled_from(["POST", "POST", "PUT", "DELETE"]),
)
def test_no_secret_is_ever_told(
    running: AmigoMock, sent: tuple[str, bytes], kind: str, method: str
) -> None:
    """Rule: in whatever body a sensitive variable comes, nothing tells it. Source: secrets."""
    running.reset()
    secret, content = sent
    with running.client() as client:
        client.request(method, PERSONAS, content=content, headers={"Content-Type": kind})
    assert len(running.requests) == 1
    assert not told(running, secret)
    assert not told(running, "~Secret~")


def metric() -> dict[str, Any]:
    return {
        "name": "Speed",
        "applied_to_services": [],
        "additional_notes": None,
        "tags": {},
        "initial_version_metric_value": {"description": "", "metric_value": {"type": "boolean"}},
    }


# Fields that no operation, or another one, declares


BODIES: dict[str, tuple[str, Callable[[], dict[str, Any]], tuple[str, ...]]] = {
    "a persona": (PERSONAS, persona, ()),
    "a persona's version": (PERSONAS, persona, ("initial_version",)),
    "a scenario": (SCENARIOS, scenario, ()),
    "a scenario's version": (SCENARIOS, scenario, ("initial_version",)),
    "a metric": (METRICS, metric, ()),
    "a metric's value": (METRICS, metric, ("initial_version_metric_value", "metric_value")),
}
"""Bodies, and the places in them where fields are passed over: path, body, place."""


@settings(max_examples=150, deadline=None)
@given(data=st.data(), what=st.sampled_from(sorted(BODIES)), valid=st.booleans())
def test_no_secret_of_another_operation_is_told(
    running: AmigoMock, data: st.DataObject, what: str, valid: bool
) -> None:
    """Rule: a body may have any secret, its own or another operation's, in fields that are passed
    over, at any depth, accepted or not; journal, log and capsule do not tell it. Source: secrets.
    """
    running.reset()
    running.record()
    path, make, parts = BODIES[what]
    body = place = make()
    for part in parts:
        place = place[part]
    name = data.draw(st.sampled_from(sorted(SECRET_NAMES | {"X-API-Key", "Id_Token"})))
    hiding: Any = {name: data.draw(st.sampled_from([SECRET, [SECRET], {"pin": SECRET}]))}
    for _ in range(data.draw(st.integers(0, 2))):
        hiding = {"more": data.draw(st.sampled_from([hiding, [hiding]]))}
    assume(not hiding.keys() & place.keys())
    place |= hiding
    if not valid:
        body["name"] = 1
    with running.client() as client:
        answer = client.post(path, json=body)
    assert answer.status_code == (201 if valid else 422)
    assert not told(running, SECRET)
    assert SECRET not in json.dumps(running.capsule("test"))


def test_the_secrets_that_are_published_are_declared() -> None:
    """Rule: the names that the rules above are run with have these among them. Source: published
    document; the password by the general words.
    """
    assert {
        *("api_key", "id_token", "key", "password"),
        *("presigned_url", "sensitive_user_variables"),
    } <= SECRET_NAMES


def test_general_words_are_secrets_in_every_body(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a password is hidden where a client chooses the names, in what it sends and in what it
    gets; what is no secret stays. Source: secrets.
    """
    version = persona_version(nonsensitive_user_variables={"password": SECRET, "plan": "gold"})
    assert client.post(PERSONAS, json=persona(initial_version=version)).status_code == 201
    client.get(PERSONAS)
    assert not told(mock, SECRET)
    assert "gold" in mock.requests[0].request_body.decode()


def test_general_words_are_secrets_in_every_query(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a parameter that nobody declares is hidden if its name says secret, and only its value.

    Source: secrets.
    """
    for name in ("password", "x-api-key", "my_api_key", "Secret", "signature"):
        client.get(f"{PERSONAS}?limit=5&{name}={SECRET}&api_key_ids=&sort_by=%2Bupdated_at")
        assert mock.requests[-1].query.startswith(f"limit=5&{name}={HIDDEN}&")
    assert not told(mock, SECRET)


# What is left


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.text(max_size=5) | st.sampled_from(sorted(SECRET_NAMES)), inner, max_size=3
    ),
    max_leaves=10,
)  # fmt: skip


def hidden(value: Any) -> Any:
    """The rule, said plainly."""
    if isinstance(value, list):
        return [hidden(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: HIDDEN if name.lower() in SECRET_NAMES and item else hidden(item)
        for name, item in value.items()
    }


@settings(max_examples=100, deadline=None)
@given(value=VALUES, escaped=st.booleans(), indent=st.sampled_from([None, 0, 2]))
def test_everything_else_stays_as_it_was(value: Any, escaped: bool, indent: int | None) -> None:
    """Rule: only the values of secret names are replaced. Source: secrets."""
    body = json.dumps(value, ensure_ascii=escaped, indent=indent).encode()
    assert json.loads(redacted(body)) == hidden(value)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(value=PLAIN)
def test_what_holds_no_secret_stays_to_the_byte(value: Any) -> None:
    """Rule: JSON without secret names and without escapes is not touched. Source: secrets."""
    body = json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    assume(not any(name.encode() in body.lower() for name in SECRET_NAMES))
    assume(b"\\u" not in body)
    assert redacted(body) == body


def test_hiding_twice_is_hiding_once() -> None:
    """Rule: what is hidden stays hidden. Source: secrets."""
    once = redacted(json.dumps(with_secret()).encode())
    assert redacted(once) == once


@pytest.mark.parametrize("name", sorted(SECRET_NAMES | {"KEY", "Id_Token"}))
def test_the_names_of_secrets(name: str) -> None:
    """Rule: whatever case they are in and wherever they stand. Source: secrets."""
    for value in (SECRET, [SECRET], {"a": {"b": SECRET}}, [[SECRET]]):
        for body in ({name: value}, {"a": [{name: value}]}):
            found = redacted(json.dumps(body).encode())
            assert SECRET.encode() not in found
            assert HIDDEN.encode() in found


def test_the_names_of_secrets_are_those_of_their_fields() -> None:
    """Rule: a field that is marked as a secret is one, and nothing else has to say so; general
    words are secrets everywhere; a header's name counts without its `x-`. Source: secrets.
    """
    assert {
        *("sensitive_user_variables", "id_token", "api_key", "key", "presigned_url", "signature"),
        *WORDS,
    } == SECRET_NAMES
    names = SecretNames.of(PersonaVersion)
    assert names.names == {"sensitive_user_variables", *WORDS}
    assert names.is_secret("my-Sensitive_User_Variables")
    assert not names.is_secret("nonsensitive_user_variables")
    assert not names.is_secret("key")


def test_what_has_no_secrets_is_not_looked_at() -> None:
    """Rule: names decide; without any, a body stays to the byte. Source: secrets."""
    body = json.dumps(with_secret()).encode()
    assert LocalJournal(1, len(body), ()).keep(body, SecretNames()) == body


@pytest.mark.parametrize("name", ["id_token", "password"])
@pytest.mark.parametrize("depth", [100, 900, 100_000])
def test_a_deep_body_is_hidden_or_left_out(depth: int, name: str) -> None:
    """Rule: what is nested too deeply to be read is not shown. Source: secrets."""
    deep = '{"a":' * depth + json.dumps({name: SECRET}) + "}" * depth
    assert SECRET.encode() not in redacted(deep.encode())


# What is printed


def test_no_repr_tells_a_secret() -> None:
    """Rule: neither repr nor str of anything that holds a secret. Source: secrets."""
    seed = {
        "organizations": [
            {
                "id": "o",
                "api_keys": [{"id": "k", "key": SECRET}],
                "personas": [{
                    "name": "A",
                    "role": "r",
                    "versions": [
                        {"background": "b", "sensitive_user_variables": {"pin": SECRET}}
                    ],
                }],
            }
        ]
    }  # fmt: skip
    for given_ in (
        Settings(control_token=SECRET),  # type: ignore[arg-type]
        Settings(signing_key=SECRET),  # type: ignore[arg-type]
        Settings(seed=seed),
        AmigoMock(control_token=SECRET, signing_key=SECRET),
        AmigoMock(seed=seed),
        ApiKey(id="k", key=SECRET),  # type: ignore[arg-type]
    ):
        assert SECRET not in repr(given_) + str(given_) + f"{given_}"


def test_no_repr_of_a_version_tells_a_secret(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: a version shows what it has but for sensitive values. Source: secrets."""
    created = client.post(PERSONAS, json=with_secret()).json()["simulation_persona_id"]
    (found,) = client.get(f"{PERSONAS}{created}/version/").json()["simulation_persona_versions"]
    version = PersonaVersion.model_validate(found)
    assert version.sensitive_user_variables == {"pin": SECRET}
    for text in (repr(version), str(version), f"{version!r}"):
        assert SECRET not in text
        assert version.background in text


@pytest.fixture
def entry() -> Entry:
    """An entry with a path that would take over a terminal."""
    return Entry(1, 0.0, "GET", "/\x1b[31m\n\r\x07é", "q=%0A")


def test_a_line_is_one_line(entry: Entry) -> None:
    """Rule: nothing that a client sends breaks a line or paints it. Source: the log."""
    plain = text_line(entry, colours=False)
    assert plain.isprintable()
    assert json_line(entry).isprintable()
    assert json.loads(json_line(entry))["path"] == entry.path
    assert "\n" not in text_line(entry, colours=True)
