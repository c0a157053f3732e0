"""Seeding: fill a world from a checked document, and add records to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from pydantic_core import PydanticSerializationError

from amigo_mock.errors import MockError
from amigo_mock.world.collection import Collection, NameTaken
from amigo_mock.world.document import (
    USER,
    Document,
    OrganizationSeed,
    checked,
    find_collection,
    items_adapter,
    list_model,
    organization_model,
    whole_records,
    world_model,
)
from amigo_mock.world.ids import DEFAULTS, nth
from amigo_mock.world.kind import Kind
from amigo_mock.world.records import ApiKey, User, UserInfo, Version
from amigo_mock.world.references import resolve_references
from amigo_mock.world.seeds import StoredSeed, VersionSeed
from amigo_mock.world.world import Identity, Organization, Records, World

Named = TypeVar("Named", User, ApiKey, Version)


def fill(world: World, document: Mapping[str, Any], now: datetime) -> None:
    """Put what a document describes into an empty world; what it leaves out is made, as of `now`.

    Raises `MockError` for a document that is not one; the world is then to be thrown away.
    """
    where = document.where if isinstance(document, Document) else "world"
    seeds = checked(world_model(tuple(world.kinds)), document, where, world.kinds).organizations
    for seed in seeds:
        _pass_by(world, seed.id, seed, world.kinds)
    for number, seed in enumerate(seeds):
        place = f"{where}: organizations.{number}"
        if seed.id in world:
            raise MockError(f"{place}.id: {seed.id!r} is the id of an organization before it")
        world.put(_grown(world, seed, now, place))


def put_organization(world: World, document: Mapping[str, Any], now: datetime) -> Organization:
    """Add the organization that a document describes, or replace the one with its id."""
    model = organization_model(tuple(world.kinds))
    seed = checked(model, document, "organization", world.kinds)
    _pass_by(world, seed.id, seed, world.kinds)
    organization = _grown(world, seed, now, "organization")
    world.put(organization)
    return organization


def add_records(
    world: World,
    organization: str,
    kind: str,
    documents: Sequence[Mapping[str, Any]],
    now: datetime,
    *,
    numbered: bool = False,
    needed: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> list[dict[str, Any]]:
    """Add records to an organization, each as a world has it; what they leave out is made.

    Answers them with everything filled in. `numbered` gives a name that is taken a number instead
    of refusing it. `needed` are records of other kinds, by kind, that are added before. Raises
    `MockError`, and adds nothing, if one of them all cannot be added.
    """
    ids = world.ids.snapshot()
    before = [
        (held, held.snapshot())
        for held in (find_collection(world, organization, name)[1] for name in needed or ())
    ]
    try:
        for name, others in (needed or {}).items():
            _add(world, organization, name, others, now)
        return _add(world, organization, kind, documents, now, numbered)
    except MockError:
        world.ids.restore(ids)
        for held, table in before:
            held.restore(table)
        raise


def _add(
    world: World,
    organization: str,
    kind: str,
    documents: Sequence[Mapping[str, Any]],
    now: datetime,
    numbered: bool = False,
) -> list[dict[str, Any]]:
    owner, collection = find_collection(world, organization, kind)
    where = f"organization {organization!r}"
    lists = checked(list_model(collection.kind), {kind: documents}, where)
    seeds: list[Any] = getattr(lists, kind)
    _pass_by(world, organization, lists, [kind])
    # They are put beside the others first, where a broken one can be left behind.
    batch = Collection(collection.kind)
    made = []
    for number, seed in enumerate(seeds):
        if numbered:
            _give_number(seed, batch, collection)
        place = f"{where}: {kind}.{number}"
        whole = resolve_references(seed, owner, place)
        made.append(_grow(world, batch, owner.identity, whole, now, place, collection))
    for record, versions in made:
        collection.add(record, *versions)
    return [json.loads(row) for row in whole_records(batch)]


def _give_number(seed: Any, *collections: Records) -> None:
    wanted, number = getattr(seed, "name", None), 1
    live = getattr(seed, "is_active", not getattr(seed, "is_deleted", False))
    while wanted and live and any(one.named(seed.name) for one in collections):
        number += 1
        seed.name = f"{wanted} {number}"


def _pass_by(world: World, organization: str, lists: Any, kinds: Iterable[str]) -> None:
    """Make none of the ids that a document gives."""
    for kind in kinds:
        items = getattr(lists, kind)
        if not items:
            continue
        ids = world.ids.of(organization, kind)
        for item in items:
            for given in (item, *getattr(item, "versions", ())):
                if given.id:
                    ids.pass_by(given.id)


def _by_id(items: Iterable[Named], where: str, field: str = "id") -> dict[str, Named]:
    found: dict[str, Named] = {}
    for number, item in enumerate(items):
        if item.id in found:
            raise MockError(
                f"{where}.{number}.{field}: {item.id!r} is the id of another one before it"
            )
        found[item.id] = item
    return found


def _grown(world: World, seed: OrganizationSeed, now: datetime, where: str) -> Organization:
    identity = Identity(
        seed.id,
        seed.name or seed.id,
        seed.preferred_language,
        seed.timezone,
        _by_id(seed.users, f"{where}.users"),
        _by_id(seed.api_keys, f"{where}.api_keys"),
    )
    said = {kind for kind in world.kinds if getattr(seed, kind) is not None}

    def begin(collection: Records) -> None:
        kind = collection.kind
        if kind.name not in said and kind.default:
            # Most tests never look at what they did not ask for; it has its ids all the same.
            seeds = _with_ids(kind.default, world.ids.of(seed.id, kind.name).first)
            place = f"{where}.{kind.name}"
            collection.later(
                partial(_grow_default, world, organization, collection, seeds, now, place)
            )

    organization = Organization(identity, world.kinds, begin)
    for kind in world.kinds:
        if kind in said:
            items, place = getattr(seed, kind), f"{where}.{kind}"
            _grow_all(world, organization, organization.named(kind), items, now, place)
    return organization


def _with_ids(seeds: Iterable[Mapping[str, Any]], first: str) -> list[dict[str, Any]]:
    """Seeds with ids from the first one on."""
    ids = (nth(first, number) for number in range(DEFAULTS))
    return [
        {
            **seed,
            "id": next(ids),
            **(
                {"versions": [{**each, "_id": next(ids)} for each in seed["versions"]]}
                if "versions" in seed
                else {}
            ),
        }
        for seed in seeds
    ]


def _grow_default(
    world: World,
    organization: Organization,
    collection: Records,
    seeds: list[dict[str, Any]],
    now: datetime,
    where: str,
) -> None:
    items = items_adapter(collection.kind).validate_python(seeds)
    with suppress(MockError):  # what it would refer to may be what the document has none of
        _grow_all(world, organization, collection, items, now, where)


def _grow_all(
    world: World,
    organization: Organization,
    collection: Records,
    items: Iterable[Any],
    now: datetime,
    where: str,
) -> None:
    for number, item in enumerate(items):
        place = f"{where}.{number}"
        seed = resolve_references(item, organization, place)
        _grow(world, collection, organization.identity, seed, now, place)


def _grow(
    world: World,
    collection: Records,
    owner: Identity,
    seed: StoredSeed,
    now: datetime,
    where: str,
    *others: Records,
) -> tuple[Any, list[Any]]:
    """Make a record and add it to a collection, if it could be added to the others too."""
    kind = collection.kind
    creator = seed.creator or UserInfo(org_id=owner.id, user_id=next(iter(owner.users), USER))
    created = seed.created_at or now
    own = {name: getattr(seed, name) for name in kind.record.model_fields if hasattr(seed, name)}
    made = kind.own(seed, owner)
    for name, value in made.items():
        if isinstance(value, str) and own.get(name) not in (None, value):
            raise MockError(f"{where}.{name}: can only be {value!r} here, or left out")
    record = kind.record(
        **{
            **own,
            **made,
            "id": seed.id or world.ids.of(owner.id, kind.name).make(),
            "created_at": created,
            "creator": creator,
            "updated_at": getattr(seed, "updated_at", None) or created,
            "updated_by": getattr(seed, "updated_by", None) or creator,
        }
    )
    if any(one.get(record.id) is not None for one in (collection, *others)):
        raise MockError(f"{where}.id: {record.id!r} is the id of another one before it")
    versions = [
        _version(world, kind, owner, record, item, number, f"{where}.versions.{number - 1}")
        for number, item in enumerate(getattr(seed, "versions", ()), 1)
    ]
    _by_id(versions, f"{where}.versions", "_id")
    try:
        taken = record.unique and any(one.named(record.unique) for one in others)
        if record.live and taken:
            raise NameTaken(record.unique)
        collection.add(record, *versions)
    except NameTaken:
        raise MockError(f"{where}.name: {record.unique!r} is the name of another one") from None
    except PydanticSerializationError:
        raise MockError(f"{where}: has half of a surrogate pair, which is no text") from None
    return record, versions


def _version(
    world: World,
    kind: Kind[Any, Any],
    owner: Identity,
    record: Any,
    seed: VersionSeed,
    number: int,
    where: str,
) -> Any:
    settled = {"version": number, "org_id": owner.id, kind.parent: record.id}
    for name, value in settled.items():
        if getattr(seed, name) not in (None, value):
            raise MockError(f"{where}.{name}: can only be {value!r} here, or left out")
    created = seed.created_at or record.created_at
    return kind.version(
        **{
            **kind.content(seed, owner),
            **settled,
            "id": seed.id or world.ids.of(owner.id, kind.name).make(),
            "created_at": created,
            "updated_at": seed.updated_at or created,
            "creator": seed.creator or record.creator,
        }
    )
