"""References: fields of a seed that name other records."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from amigo_mock.errors import MockError, nearest
from amigo_mock.world.documents.seeds import Reference, Seed
from amigo_mock.world.world import Organization, Records


def resolve_references(seed: BaseModel, organization: Organization, where: str) -> Any:
    """Return the seed with ids in place of the names of other records."""
    found: dict[str, Any] = {}
    for name, reference in references(type(seed)):
        value, place = getattr(seed, name), f"{where}.{name}"
        if reference is not None:
            if value is not None or not reference.optional:
                found[name] = _referred(organization.named(reference.kind), value, place)
        else:
            items = enumerate(value)
            found[name] = [
                resolve_references(item, organization, f"{place}.{at}") for at, item in items
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


def _referred(collection: Records, value: str | None, where: str) -> str:
    if value is None:
        record = collection.first()
    else:
        record = collection.get(value) or collection.named(value)
    if record is None:
        what = f"there is no {value!r} in" if value else "none is named, and there are none in"
        hint = nearest(value or "", collection.names())
        raise MockError(f"{where}: {what} {collection.kind.name}{hint}")
    return str(record.id)
