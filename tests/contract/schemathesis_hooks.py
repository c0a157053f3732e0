"""Loaded by Schemathesis, in a process of its own: what it is to leave out, and to know.

Every hook narrows what is generated; each says why. Nothing here changes what is checked.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import Any
from zlib import crc32

import schemathesis
from schemathesis.generation.meta import CoveragePhaseData, TestPhase
from schemathesis.generation.modes import GenerationMode

sys.path.append(str(Path(__file__).parents[2]))

from tests.support import worlds

KEPT = {
    "agent_id": worlds.AGENT,
    "service_hierarchical_state_machine_id": worlds.GRAPH,
    "service_id": worlds.SERVICE,
    "service_version_set_name": "release",
    "metric_id": worlds.METRIC,
    "persona_id": worlds.ANN,
    "simulation_persona_id": worlds.ANN,
    "scenario_id": worlds.REFILL,
    "simulation_scenario_id": worlds.REFILL,
    "unit_test_id": worlds.TEST,
    "simulation_unit_test_id": worlds.TEST,
    "simulation_unit_test_set_id": worlds.SET,
    "simulation_unit_test_set_run_id": worlds.RUN,
}
"""What the world under test has that nobody may delete, by the fields that name it."""

UNMADE = ("agent_id", "service_hierarchical_state_machine_id")

METRICS = {
    "boolean": worlds.METRIC,
    "numerical": worlds.NUMBER_METRIC,
    "categorical": worlds.WORD_METRIC,
}

SPARE = {
    "metric_id": worlds.FREE_METRIC,
    "simulation_unit_test_id": worlds.FREE_TEST,
    "simulation_unit_test_set_id": worlds.BUSY_SET,
    "simulation_unit_test_set_run_id": worlds.GOING,
    "service_id": worlds.SERVICE,
    "version_set_name": "beta",
}
"""What may be deleted, or cancelled, once."""

CREDENTIALS = {
    "x-api-key": "mock-api-key",
    "x-api-key-id": "mock-key-id",
    "x-user-id": "mock-user",
}
STRICT = "AMIGO_STRICT" in os.environ  # how the server was started

SPELT = {
    *("is_active", "expected_value", "lower_bound", "upper_bound", "threshold", "run_count"),
    *("agent_version_number", "service_hierarchical_state_machine_version_number"),
    *("min_interactions", "max_interactions", "max_interaction_count"),
}
"""The fields that are numbers or booleans."""

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
        # What spells a number or a boolean is accepted with a warning by a server that is lenient.
        # Its document does not say so; that nothing else is accepted is a test of its own.
        return STRICT or not _spelt(case.body)
    # The coverage phase tries each value of an enumeration: 7,910 languages and 600 time zones,
    # twice. One in a hundred will do; that every one of them is accepted is a test of its own.
    data = case.meta.phase.data if case.meta else None
    if isinstance(data, CoveragePhaseData) and data.description.endswith(LONG):
        return crc32(repr(case.body).encode()) % ONE_OF == 0
    # No schema can say that a range of versions must not run backwards.
    backwards = re.fullmatch(r"(\d+)-(\d+)", str((case.query or {}).get("version")), re.ASCII)
    if backwards and int(backwards[1]) > int(backwards[2]):
        return False
    # The document says of this time that it is in UTC, which no format can.
    if isinstance(case.body, dict) and _elsewhere(case.body.get("conversation_starts_at")):
        return False
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
    if not (_positive(case) and case.meta):
        return case
    # No operation makes agents, state machines, or a metric that suits a criterion; the ids of new
    # services and metrics have no name of their own that would link them to others.
    case.body = _existing(case.body, {name: KEPT[name] for name in UNMADE})
    for name, id in _unlinked(case).items() if case.method != "DELETE" else ():
        case.path_parameters[name] = id
    if not isinstance(case.meta.phase.data, CoveragePhaseData):
        return case
    if isinstance(case.body, dict) and isinstance(case.body.get("name"), str):
        case.body = {**case.body, "name": f"{case.body['name']} {next(numbers)}"}
    case.body = _existing(case.body, KEPT)
    ids = SPARE if case.method == "DELETE" else KEPT | _unlinked(case)
    for name in ids.keys() & case.path_parameters.keys():
        case.path_parameters[name] = ids[name]
    if case.method == "POST" and case.meta.phase.data.parameter != "version":
        case.query.pop("version", None)
    for name in CREDENTIALS.keys() & case.headers.keys():
        case.headers[name] = CREDENTIALS[name]
    return case


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
) -> None:
    """Name an agent and a state machine that exist in examples too, which nothing else maps."""
    if _positive(case) and case.meta and case.meta.phase.name is TestPhase.EXAMPLES:
        case.body = _existing(case.body, {name: KEPT[name] for name in UNMADE})
        for name, id in _unlinked(case).items() if case.method != "DELETE" else ():
            case.path_parameters[name] = id


def _existing(value: Any, kept: dict[str, str]) -> Any:
    """A body that names what exists, and a metric of the type of its criterion."""
    if isinstance(value, list):
        return [_existing(item, kept) for item in value]
    if not isinstance(value, dict):
        return value
    found = {
        name: kept[name] if name in kept and isinstance(item, str) else _existing(item, kept)
        for name, item in value.items()
    }
    criterion = found.get("criterion")
    if isinstance(criterion, dict) and criterion.get("type") in METRICS:
        found["metric_id"] = METRICS[criterion["type"]]
    return found


def _unlinked(case: schemathesis.Case[Any]) -> dict[str, str]:
    """A service that can be deactivated, and a metric whose type the body has."""
    value = case.body.get("metric_value") if isinstance(case.body, dict) else None
    type = value.get("type") if isinstance(value, dict) else None
    found = {"service_id": worlds.OTHER_SERVICE, "metric_id": METRICS.get(str(type), worlds.METRIC)}
    return {name: id for name, id in found.items() if name in case.path_parameters}


def _spelt(value: Any) -> bool:
    """Whether a number or a boolean may be given as something that reads like one."""
    if isinstance(value, list):
        return any(map(_spelt, value))
    if not isinstance(value, dict):
        return False
    return any(
        (name in SPELT and isinstance(item, str | bool | int | float)) or _spelt(item)
        for name, item in value.items()
    )


def _elsewhere(time: Any) -> bool:
    """Whether a time is told in a zone other than UTC."""
    return isinstance(time, str) and not time.upper().endswith(("Z", "+00:00", "-00:00"))


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
