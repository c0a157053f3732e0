"""Operations and checks that the tests of the control API share."""

from __future__ import annotations

import httpx2

from amigo_mock.control.routes import control_operations
from amigo_mock.resources import CATALOG

CONTROL_OPERATIONS = control_operations(CATALOG.scripts)

START = 1_700_000_000.0

LIST = "get-simulation-personas"

SECRET = "wx7Qk-49211"


def refused(answer: httpx2.Response, *words: str) -> None:
    """The control API's refusal: 422, with words that say what is wrong."""
    assert answer.status_code == 422
    for word in words:
        assert word in answer.text


RECORD = {"name": "A", "role": "r", "versions": [{"background": "b"}]}
