"""Bodies of JSON have a bound for their depth and for their values."""

from __future__ import annotations

import httpx2
import pytest

from amigo_mock.engine.validation.body import MOST
from tests.support.paths import PERSONAS

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"name": [' + b"1," * (MOST - 3) + b"1]}", 422),
        (b'{"name": [' + b"1," * (MOST - 1) + b"1]}", 413),
        (b"[" + b"{}," * (MOST // 2) + b"{}]", 413),
        (b"[" + b"[],{}," * MOST + b"{}]", 413),
        (b"[" + b'"",' * 10 * MOST + b'""]', 413),
        (b'{"name": "' + b"[1,{]}," * MOST + b'"}', 422),
        (b'{"name": "\\"' + b"," * 2 * MOST + b'"}', 422),
        (b'["' + b"," * 2 * MOST, 422),
    ],
    ids=["most", "more", "objects", "both", "texts", "in a text", "after a quote", "unended"],
)
def test_more_values_than_are_read_are_413(client: httpx2.Client, body: bytes, status: int) -> None:
    """Rule: 50,000 values are read, more are 413; signs in text are none. Source: body-values."""
    assert client.post(PERSONAS, content=body, headers=JSON).status_code == status


def test_what_is_too_deep_is_400_however_much_there_is(client: httpx2.Client) -> None:
    """Rule: too deep goes before too much. Source: bodies are read in one order."""
    body = b"[" * 300 + b"1," * (2 * MOST) + b"1"
    assert client.post(PERSONAS, content=body, headers=JSON).status_code == 400
