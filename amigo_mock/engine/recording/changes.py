"""The state before a request, which a replay has to put in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amigo_mock.engine.recording.capsule import Limits, State
from amigo_mock.engine.recording.protocols import RecordedFake
from amigo_mock.state.redaction import blank, redact_value
from amigo_mock.world.documents.document import dump
from amigo_mock.world.world import World

SETTINGS = (
    *("strict", "rate_limits", "rate_limit_scope", "clock", "random_seed", "token_lifetime"),
    *("run_duration", "cancellation_delay", "max_body_size"),
)


@dataclass(frozen=True)
class Fingerprint:
    """The state of a fake, to be compared. `revision` differs after every change of the world."""

    revision: tuple[int, ...]
    ids: Mapping[tuple[str, str], int]
    settings: Any
    maintenance: bool
    enabled: bool
    limits: tuple[tuple[str, int], ...]
    scripts: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, eq=False)
class Change:
    """The difference to the state after the last request. `world` is the one that is there now."""

    state: State
    world: World | None


def fingerprint(fake: RecordedFake) -> Fingerprint:
    """The state of a fake now."""
    return Fingerprint(
        fake.revision,
        fake.world.ids.last(),
        fake.settings,
        bool(fake.maintenance),
        fake.limits.enabled,
        tuple(fake.limits.limits.items()),
        fake.scripts.snapshot(),
    )


def change(fake: RecordedFake, known: Fingerprint | None, now: Fingerprint) -> Change:
    """The difference of two states; everything, if the first is not known."""
    given: dict[str, Any] = {}
    if known is None or known.settings is not now.settings:
        given["settings"] = fake.settings.model_dump(mode="json", include=set(SETTINGS))
        known = None  # settings set everything else, too
    if known is None or known.ids != now.ids or known.revision != now.revision:
        given["ids"] = _nested(now.ids)
    if known is None or known.maintenance != now.maintenance:
        given["maintenance"] = now.maintenance
    if known is None or (known.enabled, known.limits) != (now.enabled, now.limits):
        given["rate_limits"] = Limits(enabled=now.enabled, limits=dict(now.limits))
    if known is None or known.scripts != now.scripts:
        given["scripts"] = redact_value(
            fake.scripts.document(checked=False), fake.catalog.secrets, blank
        )
    other = known is None or known.revision != now.revision
    return Change(State(**given), fake.world.copy() if other else None)


def state(change: Change, worlds: dict[bytes, int]) -> State:
    """A change as a capsule has it; its world is put among the others."""
    if change.world is None:
        return change.state
    place = worlds.setdefault(dump(change.world), len(worlds))
    return change.state.model_copy(update={"world": place})


def _nested(last: Mapping[tuple[str, str], int]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for (organization, kind), number in last.items():
        found.setdefault(organization, {})[kind] = f"{number:024x}"
    return found
