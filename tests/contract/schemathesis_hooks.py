"""Loaded by Schemathesis, in a process of its own: what it is to leave out, and to know.

Every hook narrows what is generated; each says why. Nothing here changes what is checked.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from itertools import count
from typing import Any
from zlib import crc32

import schemathesis
from schemathesis.generation.meta import CoveragePhaseData
from schemathesis.generation.modes import GenerationMode

KEPT = {
    "simulation_persona_id": os.environ["AMIGO_PERSONA"],
    "simulation_scenario_id": os.environ["AMIGO_SCENARIO"],
}
"""A persona and a scenario of the world under test that nobody may delete."""

CREDENTIALS = {
    "x-api-key": "mock-api-key",
    "x-api-key-id": "mock-key-id",
    "x-user-id": "mock-user",
}
LONG = ("'preferred_language' value: Enum value", "'timezone' value: Enum value")
ONE_OF = 100

numbers = count(1)


def loopback_only(event: str, arguments: tuple[Any, ...]) -> None:
    """Whatever Schemathesis reports, it reports to this machine."""
    address = arguments[1] if event == "socket.connect" else None
    if isinstance(address, tuple) and not ip_address(address[0]).is_loopback:
        raise PermissionError(f"a connection to {address[0]}")


sys.addaudithook(loopback_only)


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Leave out what proves nothing, or what the published schema cannot say."""
    if not _positive(case):
        return True
    # The coverage phase tries each value of an enumeration: 7,910 languages and 600 time zones,
    # twice. One in a hundred will do; that every one of them is accepted is a test of its own.
    data = case.meta.phase.data if case.meta else None
    if isinstance(data, CoveragePhaseData) and data.description.endswith(LONG):
        return crc32(repr(case.body).encode()) % ONE_OF == 0
    # Required text is stripped and must then not be empty. The published schema says `minLength`
    # only, so it takes text of white space for valid.
    return not any(text.isspace() for text in _texts([case.body, case.query]))


@schemathesis.hook
def map_case(
    context: schemathesis.HookContext, case: schemathesis.Case[Any]
) -> schemathesis.Case[Any]:
    """Give valid cases of the coverage phase what only this world's state can tell.

    It repeats one body with one difference at a time: without a name of its own each would be a
    409, without the id of something that exists a 404, with an expected version a 400, without
    the right key a 401, and nothing of what is behind would be reached.
    """
    if not (_positive(case) and case.meta and isinstance(case.meta.phase.data, CoveragePhaseData)):
        return case
    if isinstance(case.body, dict) and isinstance(case.body.get("name"), str):
        case.body = {**case.body, "name": f"{case.body['name']} {next(numbers)}"}
    if case.operation.path.endswith("/version/"):
        for name in KEPT.keys() & case.path_parameters.keys():
            case.path_parameters[name] = KEPT[name]
        if case.method == "POST" and case.meta.phase.data.parameter != "version":
            case.query.pop("version", None)
    for name in CREDENTIALS.keys() & case.headers.keys():
        case.headers[name] = CREDENTIALS[name]
    return case


def _positive(case: schemathesis.Case[Any]) -> bool:
    return case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
