"""Names in a request that nobody declares: they change nothing, and a warning says so."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.operations.operation import Operation
from amigo_mock.resources import CATALOG
from tests.support.bodies import persona, persona_version
from tests.support.paths import NOBODY, PERSONAS, SIGN_IN
from tests.support.verbs import create_persona
from tests.support.worlds import LATEST

WARNING = "X-Amigo-Mock-Warning"


def warnings(answer: httpx2.Response) -> list[str]:
    """The warnings of an answer, about unknown names."""
    prefix = "unknown-fields: "
    found = answer.headers.get_list(WARNING)
    return [text.removeprefix(prefix) for text in found if text.startswith(prefix)]


@pytest.mark.parametrize("strict", [False, True])
def test_a_misspelt_parameter_is_warned_of(strict: bool) -> None:
    """Rule: a parameter that the operation does not have changes nothing, and a warning in the
    header and the journal names the nearest; strict mode accepts it too. Source: published
    document, which does not forbid it; assumption.
    """
    with AmigoMock(strict=strict) as mock, mock.client() as client:
        mock.personas.create(role="patient")
        answer = client.get(f"{PERSONAS}?rol=nurse&limt=5&rol=x&zzz=")
        assert answer.status_code == 200
        assert len(answer.json()["simulation_personas"]) == 1
        assert warnings(answer) == [
            "the query has no parameter 'rol' (did you mean 'role'?); it changes nothing",
            "the query has no parameter 'limt' (did you mean 'limit'?); it changes nothing",
            "the query has no parameter 'zzz'; it changes nothing",
        ]
        assert mock.requests.last.warnings == answer.headers.get_list(WARNING)


@pytest.mark.parametrize("strict", [False, True])
def test_a_misspelt_field_is_warned_of(strict: bool) -> None:
    """Rule: a field that the body does not have changes nothing, and a warning says where it
    stands and names the nearest. Source: published document, which does not forbid it; assumption.
    """
    version = persona_version(background="x", backgroud="y")
    with AmigoMock(strict=strict) as mock, mock.client() as client:
        answer = client.post(PERSONAS, json=persona(roll="nurse", initial_version=version))
        assert answer.status_code == 201
        assert warnings(answer) == [
            "the body has no field 'roll' (did you mean 'role'?); it changes nothing",
            "'initial_version' has no field 'backgroud' (did you mean 'background'?); "
            "it changes nothing",
        ]


def test_a_refusal_warns_too(client: httpx2.Client) -> None:
    """Rule: what was passed over may be why a request is refused. Source: the fake's contract."""
    create_persona(client)
    version = persona_version() | {"versoin": 3}
    answer = client.post(f"{PERSONAS}{NOBODY}/version/?versoin=3", json=version)
    assert answer.status_code == 404
    assert len(warnings(answer)) == 2


def test_what_is_inside_an_unknown_field_says_no_more(client: httpx2.Client) -> None:
    """Rule: a field is named once, by its outermost name. Source: the fake's contract."""
    answer = client.post(PERSONAS, json=persona(more={"a": {"b": [{"c": 1}]}}))
    assert warnings(answer) == ["the body has no field 'more'; it changes nothing"]


def test_the_names_in_a_map_are_the_clients_own(client: httpx2.Client) -> None:
    """Rule: keys of tags and variables are not unknown fields. Source: published document."""
    version = persona_version(nonsensitive_user_variables={"any_name": "x"})
    body = persona(initial_version=version, tags={"any": None})
    assert warnings(client.post(PERSONAS, json=body)) == []


@pytest.mark.parametrize("content", [b'{"role": "nurse"}', b"role=nurse"])
def test_a_body_where_there_is_none_is_warned_of(client: httpx2.Client, content: bytes) -> None:
    """Rule: a filter in the body of a GET filters nothing. Source: published document, which has
    no body there.
    """
    create_persona(client, role="patient")
    answer = client.request("GET", PERSONAS, content=content)
    assert len(answer.json()["simulation_personas"]) == 1
    assert warnings(answer) == ["the operation takes no body; what was sent changes nothing"]


@pytest.mark.parametrize("content", [b"", b"{}", b"null"])
def test_a_body_that_says_nothing_is_not(client: httpx2.Client, content: bytes) -> None:
    """Rule: some clients send an empty body always. Source: the fake's contract."""
    answer = client.post(SIGN_IN, headers={"x-api-key": "k"}, content=content)
    assert warnings(answer) == []
    assert warnings(client.request("GET", PERSONAS, content=content)) == []


def test_names_are_shown_as_far_as_a_header_can_carry_them(client: httpx2.Client) -> None:
    """Rule: ten names at most, the beginning of long ones, and no character that could end the
    header. Source: the fake's contract; no 500s.
    """
    wild = {"a\r\nx: y": 1, "b" * 1000: 1, "ñ\U0001f600": 1}
    many = {f"n{number}": 1 for number in range(1000)}
    answer = client.post(PERSONAS, json={**persona(), **wild, **many})
    assert answer.status_code == 201
    found = warnings(answer)
    assert len(found) == 10
    assert found[:3] == [
        r"the body has no field 'a\r\nx: y'; it changes nothing",
        f"the body has no field '{'b' * 80}...'; it changes nothing",
        r"the body has no field '\xf1\U0001f600'; it changes nothing",
    ]
    assert len(warnings(client.get(PERSONAS, params=many))) == 10


def test_a_wild_name_of_a_map_does_not_end_the_header(client: httpx2.Client) -> None:
    """Rule: the place of a field is shown as its name is. Source: no 500s."""
    config = {"llm_name": "openai_gpt-5.2-2025-12-11", "params": {}, "more": 1}
    body = {"version_set": {**LATEST, "llm_model_preferences": {"a\r\nx: y": config}}}
    answer = client.put(f"/v1/mock-org/service/{NOBODY}/version_sets/beta/", json=body)
    assert answer.status_code == 404
    (found,) = warnings(answer)
    inside = r"'version_set.llm_model_preferences.a\r\nx: y'"
    assert found == f"{inside} has no field 'more'; it changes nothing"


EXAMPLES = [
    pytest.param(operation, body, id=f"{operation.id}: {title}")
    for operation in CATALOG.all()
    for title, body in operation.examples.items()
]


@pytest.mark.parametrize(("operation", "body"), EXAMPLES)
def test_no_example_has_unknown_names(
    client: httpx2.Client, operation: Operation, body: dict[str, Any]
) -> None:
    """Rule: a published body is never warned of, whatever its fields become. Source: the examples
    of every operation.
    """
    values = dict.fromkeys(operation.slots, NOBODY) | {"organization": "mock-org"}
    path = operation.path.format(**values)
    headers = {"Content-Type": "application/json"}
    content = json.dumps(body).encode()
    answer = client.request(operation.method, path, content=content, headers=headers)
    assert answer.status_code != 422
    assert warnings(answer) == []
