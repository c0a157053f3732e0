"""Values that nobody expects, in the places of a schema or anywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from amigo_mock.engine.fake import Fake
from amigo_mock.engine.http.messages import Answer, Request
from amigo_mock.server.gateway import CONTROL, Gateway

Schema = Mapping[str, Any]


def nested(levels: int) -> list[Any]:
    """Lists in lists."""
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value


NUMBERS = (0, -1, 1, 2, 20, 2**31, 2**63, 10**30, -(10**30), 1e30, -1e308, 0.5, 1e-320)
NO_NUMBERS = (float("nan"), float("inf"), float("-inf"))
TEXTS = (
    *("", " ", "\0", "\ud800", "\x85", "\u202e", "{", "}", "{0}", "%", "%00", "../..", "x" * 5000),
    *("null", "true", "1", "1e999", "-0", "660b9cd2f46939de4f000001", "f" * 24, "mock-org"),
    *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2026-02-30T00:00:00Z", "1970-01-01"),
)
PLAIN = (None, True, False, *NUMBERS, *NO_NUMBERS, *TEXTS)

anything = st.one_of(
    st.sampled_from([*PLAIN, [], {}, [[]], {"": {}}, {"id": []}, [{}] * 200]),
    st.sampled_from([nested(90), nested(102), nested(198)]),
    st.recursive(
        st.sampled_from(PLAIN) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=6,
    ),
)


def like(schema: Schema, whole: Schema, words: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Values much as the schema has them, most of the time. `words` are texts that may fit."""
    fitting = _fitting(schema, whole, words)
    return st.integers(0, 7).flatmap(lambda chance: anything if chance == 0 else fitting)


def _fitting(schema: Schema, whole: Schema, words: st.SearchStrategy[str]) -> Any:
    if "$ref" in schema:
        return st.deferred(lambda: _fitting(_resolved(schema["$ref"], whole), whole, words))
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return st.one_of([_fitting(one, whole, words) for one in schema[name]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _of_type(schema, whole, words)


def _of_type(schema: Schema, whole: Schema, words: st.SearchStrategy[str]) -> Any:
    kind = schema.get("type")
    if kind == "object":
        return _object(schema, whole, words)
    if kind == "array":
        return st.lists(like(schema.get("items", {}), whole, words), max_size=3)
    if kind == "string":
        return words
    if kind == "integer":
        return st.sampled_from([number for number in NUMBERS if isinstance(number, int)])
    if kind == "number":
        return st.sampled_from(NUMBERS)
    simple = {"boolean": st.booleans(), "null": st.none()}
    return simple.get(str(kind), anything)


def _object(schema: Schema, whole: Schema, words: st.SearchStrategy[str]) -> Any:
    known = {
        name: like(inner, whole, words) for name, inner in schema.get("properties", {}).items()
    }
    required = {name: known[name] for name in schema.get("required", ()) if name in known}
    optional = {name: value for name, value in known.items() if name not in required}
    fixed = st.fixed_dictionaries(required, optional=optional)
    more = schema.get("additionalProperties")
    if not isinstance(more, dict | bool) or not more:
        return fixed
    inner = like(more, whole, words) if isinstance(more, dict) else anything
    return st.builds(lambda a, b: {**b, **a}, fixed, st.dictionaries(words, inner, max_size=3))


def _resolved(reference: str, whole: Schema) -> Schema:
    found: Any = whole
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    assert isinstance(found, dict)
    return found


def ask(gateway: Gateway, method: str, path: str, body: Any = None, **more: Any) -> Answer:
    """The answer to a request, in this thread: what goes wrong on its way is raised here."""
    headers = {b"host": b"localhost", b"content-type": b"application/json"}
    if not path.startswith(CONTROL):
        fake = gateway.tenants.landlord
        headers[b"authorization"] = b"Bearer " + fake.token("mock-org", "mock-user").encode()
    content = b"" if body is None else json.dumps(body).encode()
    headers |= more.pop("headers", {})
    request = Request(method, path, headers=headers, body=content, client="127.0.0.1", **more)
    answer: Answer | None = None
    for step in gateway.answer(request):
        answer = step if isinstance(step, Answer) else answer
    assert answer is not None
    return answer


def condition(fake: Fake) -> Any:
    """All that a refused request must leave as it was."""
    return (
        fake.state(),
        fake.settings,
        fake.maintenance.enabled,
        (fake.limits.enabled, dict(fake.limits.limits)),
        [armed.fault for armed in fake.faults],
        [armed.race for armed in fake.races],
        fake.scripts.document(checked=False),
        (fake.clock.frozen, fake.clock.now() if fake.clock.frozen else None, fake.clock.start),
        fake.recorder,
    )
