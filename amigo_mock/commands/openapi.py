"""The command `openapi`."""

from __future__ import annotations

import json
from argparse import Namespace

from amigo_mock.operations.openapi import document
from amigo_mock.resources import CATALOG


def run(given: Namespace) -> int:
    """Print the OpenAPI document of what is emulated."""
    print(json.dumps(document(CATALOG.all(), "amigo-mock", strict=given.strict), indent=2))
    return 0
