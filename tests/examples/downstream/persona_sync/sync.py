"""From what there is to what should be."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from amigo_sdk import BadRequestError, ConflictError, ValidationError
from amigo_sdk.errors import NotFoundError

from persona_sync.service import Json, Service
from persona_sync.wanted import Wanted

ATTEMPTS = 5


@dataclass
class Changes:
    """Names of what was changed."""

    created: list[str] = field(default_factory=list)
    tagged: list[str] = field(default_factory=list)
    rewritten: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.created or self.tagged or self.rewritten or self.deleted)

    def __str__(self) -> str:
        counts = {name: len(names) for name, names in vars(self).items()}
        return ", ".join(f"{count} {name}" for name, count in counts.items())


def sync(service: Service, wanted: Sequence[Wanted], *, prune: bool = False) -> Changes:
    """Create, tag and rewrite personas until they are as wanted; `prune` deletes all others.

    Can be run again after it broke off, and while others do the same.
    """
    changes = Changes()
    found = {persona["name"]: persona for persona in service.personas()}
    for one in wanted:
        known = found.get(one.name) or _created(service, one, changes)
        if known is not None:
            _settle(service, known, one, changes)
    if prune:
        for name in found.keys() - {one.name for one in wanted}:
            with suppress(NotFoundError):  # somebody else was quicker, or our answer got lost
                service.delete(found[name]["id"])
            changes.deleted.append(name)
    return changes


def _created(service: Service, one: Wanted, changes: Changes) -> Json | None:
    """Nothing more to do; or the persona that was there first."""
    try:
        service.create(one.name, one.role, one.tags, one.background)
    except ConflictError:
        return next(persona for persona in service.personas() if persona["name"] == one.name)
    changes.created.append(one.name)
    return None


def _settle(service: Service, known: Json, one: Wanted, changes: Changes) -> None:
    if known["tags"] != one.tags:
        service.tag(known["id"], one.tags)
        changes.tagged.append(one.name)
    if _rewrote(service, known["id"], one.background):
        changes.rewritten.append(one.name)


def _rewrote(service: Service, id: str, background: str) -> bool:
    """Whether a version had to be added; never on top of one that was not looked at."""
    for _ in range(ATTEMPTS):
        latest = service.latest(id)
        if latest["background"] == background:
            return False
        try:
            service.add_version(id, latest["version"] + 1, background)
        except ValidationError:
            raise  # it is a `BadRequestError` too, and no other number would mend it
        except BadRequestError:
            continue
        return True
    raise RuntimeError(f"others keep rewriting the persona {id}")
