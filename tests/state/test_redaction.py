"""Secrets are known by the names of their fields, however these are spelled."""

from __future__ import annotations

import httpx2
import pytest

from amigo_mock import AmigoMock
from amigo_mock.state.redaction import SecretNames, redact, redact_query
from tests.support.paths import PERSONAS, SIGN_IN

TOLD = "wx7Qk-49211"

SPELLINGS = [
    *("api_key", "apiKey", "API-Key", "x-api-key", "X_API_KEY", "ApiKey", "api key", "api.key"),
    *("sensitiveUserVariables", "sensitive-user-variables", "mySensitive_UserVariables"),
    *("idToken", "ID_TOKEN", "id-token", "password", "Secret", "presignedUrl"),
]


@pytest.mark.parametrize("path", [PERSONAS, SIGN_IN])
@pytest.mark.parametrize("name", SPELLINGS)
def test_a_secret_in_a_body_is_known_by_any_spelling(
    mock: AmigoMock, client: httpx2.Client, path: str, name: str
) -> None:
    """Rule: case, and what stands between the words of a name, do not matter. Source: secrets
    reach no journal, also those of fields that an operation passes over.
    """
    for body in ({name: TOLD}, {name: {"a": TOLD}}, {"inside": [{name: TOLD}]}):
        client.post(path, json=body)
        entry = mock.requests.last
        assert TOLD not in str(entry.json())
        assert name in entry.request_body.decode()


@pytest.mark.parametrize(
    "name",
    [
        *("api_key", "apiKey", "x-api-key", "api%5Fkey", "%61pi_key", "API_KEY", "id_token"),
        *("idToken", "access_token", "refreshToken", "token", "Authorization", "signature"),
        *("password", "secret"),
    ],
)
def test_a_secret_in_a_query_is_known_by_any_spelling(
    mock: AmigoMock, client: httpx2.Client, name: str
) -> None:
    """Rule: the same holds for queries, also where a name is escaped. Source: the same."""
    client.get(f"{PERSONAS}?limit=5&{name}={TOLD}&continuation_token=0")
    query = mock.requests.last.query
    assert TOLD not in query
    assert "limit=5" in query
    assert query.endswith("continuation_token=0")


def test_names_without_a_secret_stay(mock: AmigoMock, client: httpx2.Client) -> None:
    """Rule: what only resembles a secret is shown. Source: a journal is there to be read."""
    body = {"nonsensitive_user_variables": {"a": TOLD}, "nonsensitiveUserVariables": TOLD}
    client.post(PERSONAS, json=body)
    assert mock.requests.last.request_json == body
    client.get(PERSONAS, params={"continuation_token": "7", "monkey": "8", "author": "9"})
    assert mock.requests.last.query == "continuation_token=7&monkey=8&author=9"


NAMES = SecretNames(("api_key", "secret", "sensitive_user_variables"), ("api_key_id",))


@pytest.mark.parametrize(
    "part",
    [b'"secret', b'"secret"', b'"secret\\', b'"', b"\\", b"api_key ", b'"api_key":""', b"=", b"a&"],
    ids=repr,
)
def test_a_long_body_is_looked_at_once(part: bytes) -> None:
    """Rule: a body of a megabyte is redacted, or left out, whatever it repeats. Source: the time
    that it takes grows with the body, else this one took hours.
    """
    body = part * (1_000_000 // len(part))
    for content in (body, b'{"secret": "' + body.replace(b'"', b"'").replace(b"\\", b"/") + b'"}'):
        redact(content, NAMES, sound=False)
        NAMES.told(content.decode())
        redact_query(content.decode(), NAMES)
