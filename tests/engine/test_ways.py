"""One way for a request: whoever brings it, the same comes back.

Rule of all of it: status, headers (but for those that frame a message) and body are the same over
uvicorn with the fast path and without it, over another server, and in process, sync and async.
Source: the way of a request, which is one function.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from amigo_mock import Settings
from amigo_mock.contract.catalogue import PUBLISHED
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.races import Race
from amigo_mock.resources import CATALOG
from amigo_mock.server.gateway import Gateway
from amigo_mock.state.access import Access
from amigo_mock.state.clock import LocalClock
from tests.support import made_up
from tests.support.bodies import persona, persona_version, scenario
from tests.support.paths import NOBODY, PERSONAS, SCENARIOS, SIGN_IN
from tests.support.ways import HOST, Case, Way, all_ways

ANN = "65f1a0000000000000000001"
WORLD: dict[str, Any] = {
    "organizations": [
        {
            "id": "mock-org",
            "users": [
                {"id": "mock-user", "grants": [{"permission_name": "*"}]},
                {"id": "nobody", "grants": []},
            ],
            "api_keys": [{"id": "mock-key-id", "key": "mock-api-key"}],
            "personas": [
                {
                    "id": ANN,
                    "name": "Ann",
                    "role": "patient",
                    "tags": {"team": "a b"},
                    "versions": [{"background": "Calls."}, {"background": "Calls again."}],
                },
                {"name": "Ben", "role": "nurse", "versions": [{"background": "Waits."}]},
            ],
        },
        {"id": "other-org", "users": [{"id": "visitor"}]},
    ]
}
MINE = {**WORLD["organizations"][0], "personas": []}
SETTINGS = Settings.of(clock="2026-01-01T00:00:00Z", max_body_size=5000, seed=WORLD)
STRICT = SETTINGS.model_copy(update={"strict": True})
MOMENT = LocalClock(SETTINGS.clock.timestamp() if SETTINGS.clock else None).now()
KEYS = {"x-api-key": "mock-api-key", "x-api-key-id": "mock-key-id", "x-user-id": "mock-user"}
LIST, CREATE = "get-simulation-personas", "create-simulation-persona"
WORDS = json.dumps({"pieces": ["one", "two"]}).encode()


def made() -> Fake:
    return Fake(made_up.catalog(), SETTINGS)


def token(organization: str = "mock-org", user: str = "mock-user", **given: Any) -> str:
    access = Access(given.get("key", "amigo-mock"))
    return access.issue(organization, user, MOMENT, given.get("lifetime", 3600))


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def bearer(value: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}


def basic(name: str, password: str) -> dict[str, str]:
    text = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


def faulty(operation: str, **fault: Any) -> Any:
    return lambda gateway: gateway.tenants.landlord.faults.add(operation, **fault)


def limited(gateway: Gateway) -> None:
    gateway.tenants.landlord.limits.set(LIST, 0)


def down(gateway: Gateway) -> None:
    gateway.tenants.landlord.maintenance.enabled = True


def faulty_and_down(gateway: Gateway) -> None:
    gateway.tenants.landlord.faults.add("*", status=418)
    down(gateway)


def strictly(gateway: Gateway) -> None:
    gateway.tenants.landlord.configure(STRICT)


def interrupted(gateway: Gateway) -> None:
    race = Race(
        before="update-simulation-persona",
        after=None,
        operation="delete-simulation-persona",
        body=None,
    )
    gateway.tenants.landlord.races.arm(race)


def tenant(gateway: Gateway) -> None:
    given = {"clock": "2026-01-01T00:00:00Z", "strict": True, "seed": {"organizations": [MINE]}}
    gateway.tenants.open("tenant", given)


def successes() -> Iterator[Case]:
    one = f"{PERSONAS}{ANN}/"
    version = encoded(persona_version())
    yield Case("create", "POST", PERSONAS, 201, encoded(persona("Cid")))
    yield Case("create a scenario", "POST", SCENARIOS, 201, encoded(scenario()))
    yield Case("update", "POST", one, 204, b'{"tags": {}}')
    yield Case("delete", "DELETE", one, 204)
    yield Case("a new version", "POST", f"{one}version/", 201, version)
    yield Case("the expected version", "POST", f"{one}version/?version=3", 201, version)
    yield Case("versions", "GET", f"{one}version/?version=1-latest", 200)
    yield Case("sign-in", "POST", SIGN_IN, 200, headers={**KEYS, "Authorization": ""})
    queries = ["", "limit=1", "limit=1&continuation_token=1", "role=nurse&role=patient"]
    queries += ["tag=team:*", "tag=team%3Aa+b", "tag=team%3Aa%20b", "is_deleted=true", f"id={ANN}"]
    queries += ["sort_by=%2Bupdated_at", "sort_by=-updated_at", "continuation_token=-1", "x=y", "&"]
    for query in queries:
        yield Case(f"list {query}", "GET", f"{PERSONAS}?{query}", 200)
    for word in ("ann", "calls%20again", "%C3%BC", "%00"):
        yield Case(f"search {word}", "GET", f"{PERSONAS}search?query={word}", 200)
    for encoded_path in (
        "/v1/mock%2Dorg/simulation/persona/",
        "/v1/mock-org/simulation%2Fpersona/",
    ):
        yield Case(f"escaped {encoded_path}", "GET", encoded_path, 200)
    kinds = ["application/json; charset=utf-8", "APPLICATION/JSON", "application/a+json"]
    for kind in kinds:
        sent = {"Content-Type": kind}
        yield Case(f"sent as {kind}", "POST", PERSONAS, 201, encoded(persona("Cid")), sent)
    lenient = persona("Cid", initial_version={"background": "b"})
    yield Case("a leniency", "POST", PERSONAS, 201, encoded(lenient))
    yield Case("a lenient sort", "GET", f"{PERSONAS}?sort_by=%2Bname", 200)
    yield Case("strict", "POST", PERSONAS, 422, encoded(lenient), arrange=strictly)
    yield Case("a strict sort", "GET", f"{PERSONAS}?sort_by=%2Bname", 422, arrange=strictly)
    yield Case("a tenant", "GET", "/v1/tenant/simulation/persona/", 401, arrange=tenant)
    own = bearer(token("tenant"))
    yield Case("in a tenant", "GET", "/v1/tenant/simulation/persona/", 200, None, own, tenant)
    path = "/v1/tenant/simulation/persona"
    yield Case("no slash in a tenant", "GET", path, 307, None, own, tenant)
    yield Case("the document", "GET", "/v1/openapi.json", 200)
    yield Case("the strict document", "GET", "/v1/openapi.json", 200, arrange=strictly)
    yield Case("interrupted", "POST", one, 404, b'{"tags": {}}', arrange=interrupted)


def unreadable() -> Iterator[Case]:
    bodies = {
        "too large": (b" " * 5001, 413),
        "just not too large": (b" " * 5000, 422),
        "no UTF-8": (b'{"name": "\xff"}', 400),
        "UTF-16": ('{"name": "Ann"}'.encode("utf-16"), 400),
        "too deep": (b"[" * 201, 400),
        "deep": (b"[" * 200, 422),
        "broken": (b"{", 422),
        "two": (b"{}{}", 422),
        "single quotes": (b"{'name': 1}", 422),
        "half a character": (b'{"name": "\\ud800"}', 422),
        "a long number": (b"9" * 4990, 422),
        "spaces": (b"  ", 422),
        "a null": (b"null", 422),
        "a list": (b"[]", 422),
        "text": (b'"x"', 422),
        "NaN": (b'{"name": NaN}', 422),
        "nothing in it": (b"{}", 422),
        "wrong types": (b'{"name": 1, "role": [], "tags": 0, "initial_version": null}', 422),
    }
    for name, (body, status) in bodies.items():
        yield Case(f"{name}, signed in", "POST", PERSONAS, status, body)
        before = status if name in UNREADABLE else 401
        yield Case(f"{name}, by nobody", "POST", PERSONAS, before, body, {"Authorization": ""})
    yield Case("no body", "POST", PERSONAS, 422)
    yield Case("a body that is not JSON", "POST", PERSONAS, 422, b"{", {"Content-Type": "text/x"})
    yield Case("a body without a type", "POST", PERSONAS, 422, b"{}", {"Content-Type": ""})
    yield Case("a broken body where none belongs", "GET", PERSONAS, 200, b"{")
    yield Case("too large where none belongs", "GET", PERSONAS, 413, b" " * 5001)
    yield Case("too large for nothing", "POST", "/v1/nothing", 404, b" " * 5001)


UNREADABLE = {
    *("too large", "no UTF-8", "UTF-16", "too deep", "deep", "broken", "two", "single quotes"),
    *("half a character", "a long number", "spaces", "just not too large"),
}


def unauthenticated() -> Iterator[Case]:
    valid = token()
    head, payload, signature = valid.split(".")
    wrong: dict[str, dict[str, str]] = {
        "nothing": {"Authorization": ""},
        "no token": {"Authorization": "Bearer"},
        "no JWT": bearer("abc"),
        "two parts": bearer("a.b"),
        "not signed": bearer(f"{head}.{payload}."),
        "tampered": bearer(f"{head}.{payload}.{signature[:-2]}AA"),
        "of another key": bearer(token(key="other")),
        "expired": bearer(token(lifetime=-1)),
        "expired just now": bearer(token(lifetime=0)),
        "of another organization": bearer(token("other-org", "visitor")),
        "of nobody": bearer(token(user="missing")),
        "another scheme": {"Authorization": f"Digest {valid}"},
        "a wrong issuer": {"X-ORG-ID": "other-org"},
        "an unknown issuer": {"X-ORG-ID": "no-org"},
        "Basic that is none": {"Authorization": "Basic ?"},
        "Basic without a name": basic("", valid),
        "Basic of another": basic("mock-org_other", valid),
        "Basic without a token": basic("mock-org_mock-user", ""),
    }
    for name, headers in wrong.items():
        yield Case(f"401: {name}", "GET", PERSONAS, 401, None, headers)
    right = {
        "Basic": basic("mock-org_mock-user", valid),
        "an issuer": {"X-ORG-ID": "mock-org"},
        "small letters": {"Authorization": f"bearer {valid}"},
    }
    for name, headers in right.items():
        yield Case(f"200: {name}", "GET", PERSONAS, 200, None, headers)
    visitor = {**bearer(token("other-org", "visitor")), "X-ORG-ID": "other-org"}
    yield Case("another's issuer", "GET", PERSONAS, 403, None, visitor)
    for key in KEYS:
        sent = {**KEYS, key: "wrong", "Authorization": ""}
        yield Case(f"sign-in: {key}", "POST", SIGN_IN, 401, None, sent)
        sent = {name: value for name, value in KEYS.items() if name != key}
        yield Case(f"sign-in without {key}", "POST", SIGN_IN, 422, None, sent)


def elsewhere() -> Iterator[Case]:
    for path in ("/", "/v1", "/v1/", "/v1/nothing", "/favicon.ico", "/v1//simulation/persona/"):
        yield Case(f"404 {path}", "GET", path, 404)
    yield Case("two slashes at the end", "GET", f"{PERSONAS}/", 404)
    yield Case("an odd path", "GET", "/v1/mock-org/%00%0A%F0%9F%99%82", 404)
    yield Case("no organization", "GET", "/v1/no-org/simulation/persona/", 404)
    for method in ("PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND"):
        yield Case(f"405 {method}", method, PERSONAS, 405)
    yield Case("405 with a body", "PUT", PERSONAS, 405, encoded(persona()))
    yield Case("405 of the document", "POST", "/v1/openapi.json", 405, b"{}")
    yield Case("the head of the document", "HEAD", "/v1/openapi.json", 200)
    redirected = [PERSONAS[:-1], f"{SIGN_IN}//", f"{SIGN_IN}/", "/v1/openapi.json/"]
    redirected += [f"{PERSONAS[:-1]}?limit=1&tag=a%3Ab", "/v1/m%C3%BC/simulation/persona"]
    redirected += ["/v1/a%3Fb/simulation/persona", "/v1/a%23b/simulation/persona?x=%20"]
    for path in redirected:
        yield Case(f"307 {path}", "GET", path, 307)
    yield Case("307 with a body", "POST", PERSONAS[:-1], 307, encoded(persona()))
    yield Case("the head of a redirect", "HEAD", PERSONAS[:-1], 307)
    for name, method, template in ((row.id, row.method, row.path) for row in PUBLISHED):
        if name not in CATALOG.operations:
            path = "/".join("x" if part[:1] == "{" else part for part in template.split("/"))
            yield Case(f"501 {name}", method, path, 501)


def refused() -> Iterator[Case]:
    one, none = f"{PERSONAS}{ANN}/", f"{PERSONAS}{NOBODY}/"
    yield Case("429", "GET", PERSONAS, 429, arrange=limited)
    yield Case("429 before 422", "GET", f"{PERSONAS}?limit=x", 429, arrange=limited)
    yield Case("404 before 429", "GET", "/v1/no-org/simulation/persona/", 404, arrange=limited)
    yield Case("409", "POST", PERSONAS, 409, encoded(persona("Ann")))
    yield Case("400", "POST", f"{one}version/?version=7", 400, encoded(persona_version()))
    yield Case("404", "DELETE", none, 404)
    yield Case("404 of versions", "GET", f"{none}version/", 404)
    powerless = bearer(token(user="nobody"))
    yield Case("403", "POST", PERSONAS, 403, encoded(persona("Cid")), powerless)
    yield Case("403 of one", "DELETE", one, 403, None, powerless)
    yield Case("422 before 403", "POST", PERSONAS, 422, b"{}", powerless)
    yield Case("403 of a list", "GET", PERSONAS, 403, None, powerless)
    yield Case("search for nothing", "GET", f"{PERSONAS}search?query=", 422)
    queries = ["limit=51", "limit=x", "limit=-1", "sort_by=name", "tag=nocolon", "id=x", "id="]
    queries += ["creator=x", "is_deleted=perhaps", "continuation_token=x", "limit=1&limit=x"]
    for query in queries:
        yield Case(f"422 {query}", "GET", f"{PERSONAS}?{query}", 422)
    yield Case("422 everywhere", "POST", f"{PERSONAS}x/version/?version=1", 422, b"{}")


def faults() -> Iterator[Case]:
    body = encoded(persona("Cid"))
    armed: dict[str, dict[str, Any]] = {
        "before": {"status": 503},
        "after": {"status": 500, "when": "after"},
        "with a body": {"status": 418, "body": {"a": [1]}},
        "with headers": {"status": 429, "headers": {"Retry-After": "7", "X-Y": "z"}},
        "without a body": {"status": 204},
        "late": {"delay": 0.01},
        "late and refused": {"delay": 0.01, "status": 502},
    }
    for name, fault in armed.items():
        status = fault.get("status", 201)
        yield Case(f"fault {name}", "POST", PERSONAS, status, body, arrange=faulty(CREATE, **fault))
        nobody = {"Authorization": ""}
        status = fault.get("status", 401)
        yield Case(
            f"fault {name}, by nobody", "POST", PERSONAS, status, body, nobody, faulty("*", **fault)
        )
    yield Case("drop", "GET", PERSONAS, 0, arrange=faulty(LIST, drop=True))
    after = faulty(CREATE, drop=True, when="after")
    yield Case("drop after", "POST", PERSONAS, 0, body, arrange=after)
    yield Case("a fault for another", "GET", PERSONAS, 200, arrange=faulty(CREATE, status=500))
    other = faulty("*", status=500)
    yield Case("a fault and nothing there", "GET", "/v1/nothing", 404, arrange=other)
    yield Case("a fault before a body", "POST", PERSONAS, 500, b" " * 5001, arrange=other)
    yield Case("maintenance", "GET", PERSONAS, 503, arrange=down)
    yield Case("maintenance before a body", "POST", PERSONAS, 503, b" " * 5001, arrange=down)
    yield Case("maintenance of nothing", "GET", "/v1/nothing", 404, arrange=down)
    yield Case("a fault before maintenance", "GET", PERSONAS, 418, arrange=faulty_and_down)


def from_a_page() -> Iterator[Case]:
    origin, elsewhere = {"Origin": "http://localhost:3000"}, {"Origin": "https://evil.example"}
    asked = {"Access-Control-Request-Method": "POST"}
    more = {"Access-Control-Request-Headers": "authorization,x-org-id"}
    yield Case("of a page", "GET", PERSONAS, 200, None, origin)
    yield Case("of a page elsewhere", "GET", PERSONAS, 200, None, elsewhere)
    yield Case("refused to a page", "GET", PERSONAS, 401, None, {**origin, "Authorization": ""})
    yield Case("a page that is lost", "GET", "/v1/nothing", 404, None, origin)
    yield Case("a page asks", "OPTIONS", PERSONAS, 200, None, {**origin, **asked, **more})
    yield Case("a page elsewhere asks", "OPTIONS", PERSONAS, 400, None, {**elsewhere, **asked})
    odd = {"Access-Control-Request-Method": "BREW"}
    yield Case("a page asks for more", "OPTIONS", PERSONAS, 400, None, {**origin, **odd})
    yield Case("a page and a fault", "GET", PERSONAS, 503, None, origin, faulty(LIST, status=503))
    yield Case("a page and the control API", "GET", "/_mock/health", 200, None, origin)
    yield Case("elsewhere and the control API", "GET", "/_mock/health", 403, None, elsewhere)
    yield Case("a page asks the control API", "OPTIONS", "/_mock/health", 200, None, origin | asked)


def controls() -> Iterator[Case]:
    yield Case("health", "GET", "/_mock/health", 200)
    yield Case("the head of health", "HEAD", "/_mock/health", 405)
    yield Case("health with a slash", "GET", "/_mock/health/", 307)
    yield Case("no control operation", "GET", "/_mock/nothing", 404)
    yield Case("the control API itself", "GET", "/_mock/", 404)
    yield Case("nearly the control API", "GET", "/_mock", 404)
    yield Case("the clock", "GET", "/_mock/clock", 200)
    yield Case("the clock, broken", "POST", "/_mock/clock", 422, b"{")
    yield Case("maintenance on", "PUT", "/_mock/maintenance", 200, b'{"enabled": true}')
    yield Case("a large world", "PUT", "/_mock/state", 422, encoded({"a": "x" * 100_000}))
    missing = {"X-Amigo-Mock-Organization": "missing"}
    yield Case("no tenant", "GET", "/_mock/clock", 404, None, missing)
    yield Case("of another host", "GET", "/_mock/health", 403, None, {"Host": "evil.example"})


def bodies() -> Iterator[Case]:
    base = made_up.BASE
    sent = {"Content-Type": "multipart/form-data; boundary=x"}
    head = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    form = head % (b"kind", b"text") + head % (b"recorded_message", b"hello") + b"--x--\r\n"
    yield Case("a form", "POST", f"{base}/record", 200, form, sent)
    yield Case("a broken form", "POST", f"{base}/record", 400, form[:-9], sent)
    yield Case("half a form", "POST", f"{base}/record", 422, head % (b"a", b"b") + b"--x--", sent)
    yield Case("audio", "POST", f"{base}/hear", 200, b"\x00\xff", {"Content-Type": "audio/wav"})
    yield Case("no audio", "POST", f"{base}/hear", 415, b"\x00", {"Content-Type": "text/x"})
    yield Case("an archive", "GET", f"{base}/download", 200)
    yield Case("nothing", "DELETE", f"{base}/forget", 204)
    talk = f"{base}/talk"
    yield Case("a stream", "POST", talk, 201, WORDS)
    origin = {"Origin": "http://localhost:3000"}
    yield Case("a stream for a page", "POST", talk, 201, WORDS, origin)
    yield Case("no stream", "POST", talk, 404, b'{"pieces": ["nobody"]}')
    yield Case("a wrong stream", "POST", talk, 422, b'{"pieces": []}')
    late = {"pieces": ["a", "b"], "wait": 0.01}
    yield Case("a slow stream", "POST", talk, 201, encoded(late))
    slow = faulty("talk", delay=0.01, after_events=1)
    yield Case("a stream that is delayed", "POST", talk, 201, WORDS, arrange=slow)
    cut = faulty("talk", drop=True, after_events=2)
    yield Case("a stream that is cut", "POST", talk, 201, WORDS, arrange=cut)
    instead = faulty("talk", status=503)
    yield Case("a fault in place of a stream", "POST", talk, 503, WORDS, arrange=instead)
    lost = faulty("talk", status=500, when="after")
    yield Case("a fault after a stream", "POST", talk, 500, WORDS, arrange=lost)
    yield Case("a dropped stream", "POST", talk, 0, WORDS, arrange=faulty("talk", drop=True))


CASES = [
    case
    for cases in (
        *(successes, unreadable, unauthenticated, elsewhere, refused, faults, from_a_page),
        *(controls, bodies),
    )
    for case in cases()
]


@pytest.fixture(scope="module")
def ways() -> Iterator[dict[str, Way]]:
    with all_ways(made) as found:
        yield found


def ready(way: Way, case: Case) -> None:
    """Make a fake as new, and arrange what the case wants."""
    for organization in tuple(way.gateway.tenants.fakes):
        way.gateway.tenants.close(organization)
    way.fake.configure(SETTINGS)
    made_up.STAGE.made.clear()
    case.arrange(way.gateway)


def test_there_are_enough_of_them() -> None:
    """Rule: every rule of the way of a request has cases, each with a name of its own."""
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)
    statuses = {case.status for case in CASES}
    assert statuses >= {0, 200, 201, 204, 307, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429}
    assert statuses >= {500, 501, 503}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_way_answers_the_same(ways: dict[str, Way], case: Case) -> None:
    """Rule: the same status, headers and body. Source: the way of a request."""
    default = {"Host": HOST, "Content-Type": "application/json", **bearer(token())}
    headers = {name: value for name, value in {**default, **case.headers}.items() if value}
    found = {}
    for name, way in ways.items():
        ready(way, case)
        found[name] = way.ask(case, headers)
    first = found["in process"]
    assert first.status == case.status
    if first.cut and not first.status:
        # Only our own server can cut a connection before anything was sent.
        assert found.pop("hypercorn").cut
    assert found == dict.fromkeys(found, first)
    entries = [
        [{**entry.json(), "duration_ms": 0} for entry in way.fake.journal] for way in ways.values()
    ]
    assert entries == [entries[0]] * len(entries)
