"""References: fields of a seed that name other records."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from amigo_mock.names import nearest
from amigo_mock.world.documents.mistakes import Mistake, Place
from amigo_mock.world.documents.seeds import Reference, Seed
from amigo_mock.world.world import Organization, Records


def resolve_references(seed: BaseModel, organization: Organization, place: Place) -> Any:
    """Return the seed with ids in place of the names of other records."""
    found: dict[str, Any] = {}
    for name, reference in references(type(seed)):
        value, inside = getattr(seed, name), (*place, name)
        if reference is not None:
            if value is not None or not reference.optional:
                found[name] = _referred(organization.named(reference.kind), value, inside)
        else:
            items = enumerate(value)
            found[name] = [
                resolve_references(item, organization, (*inside, at)) for at, item in items
            ]
    return seed.model_copy(update=found) if found else seed


@cache
def references(model: type[BaseModel]) -> tuple[tuple[str, Reference | None], ...]:
    """Return the fields of a seed that refer to records, or are lists of such."""
    found: list[tuple[str, Reference | None]] = []
    for name, info in model.model_fields.items():
        kinds = [item for item in info.metadata if isinstance(item, Reference)]
        parts = get_args(info.annotation)
        if kinds:
            found.append((name, kinds[0]))
        elif parts and isinstance(parts[0], type) and issubclass(parts[0], Seed):
            found += [(name, None)] if references(parts[0]) else []
    return tuple(found)


def kinds_referred_to(model: type[BaseModel]) -> set[str]:
    """Return the kinds of all that a seed refers to."""
    found = {reference.kind for _, reference in references(model) if reference}
    for name, reference in references(model):
        if reference is None:
            (inner, *_) = get_args(model.model_fields[name].annotation)
            found |= kinds_referred_to(inner)
    return found


def _referred(collection: Records, value: str | None, place: Place) -> str:
    if value is None:
        record = collection.first()
    else:
        record = collection.get(value) or collection.named(value)
    if record is None:
        what = f"there is no {value!r} in" if value else "none is named, and there are none in"
        hint = nearest(value or "", collection.names())
        raise Mistake(f"{what} {collection.kind.name}{hint}", *place)
    return str(record.id)
