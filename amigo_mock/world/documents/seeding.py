"""Seeding: fill a world from a checked document, and add records to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from pydantic import BaseModel, ValidationError

from amigo_mock.errors import MockError
from amigo_mock.names import there_is_no
from amigo_mock.world.documents.document import (
    Document,
    OrganizationSeed,
    checked,
    find_collection,
    list_model,
    mistakes_in,
    organization_model,
    whole_records,
    world_model,
)
from amigo_mock.world.documents.grower import Grower, repeated_ids
from amigo_mock.world.documents.json_reader import JsonList
from amigo_mock.world.documents.mistakes import Mistake, Place, broken_world
from amigo_mock.world.documents.references import kinds_referred_to
from amigo_mock.world.documents.seeds import given_ids
from amigo_mock.world.identity import STATED, Identity
from amigo_mock.world.ids import DEFAULTS, nth
from amigo_mock.world.kind import Kind
from amigo_mock.world.world import Kinds, Organization, Records, World


def fill(world: World, document: Mapping[str, Any], now: datetime) -> None:
    """Put what a document describes into an empty world; what it leaves out is made, as of `now`.

    Raises `MockError` with all mistakes of a document; the world is then to be thrown away.
    """
    where = document.where if isinstance(document, Document) else "world"
    model = world_model(tuple(world.kinds))
    found: list[Mistake] = []
    try:
        _fill(world, model.model_validate(document), now, found)
    except ValidationError:  # of an item: they are looked at one by one
        found = _of_form(model, document, world.kinds)
        if not found:
            raise
    if found:
        # Where the form is wrong, the other mistakes may follow from that.
        raise broken_world(document, where, _of_form(model, document, world.kinds) or found)


def _of_form(model: type[BaseModel], document: Mapping[str, Any], kinds: Kinds) -> list[Mistake]:
    found = mistakes_in(model, document, kinds)
    return found if isinstance(found, list) else []


def _fill(world: World, document: Any, now: datetime, found: list[Mistake]) -> None:
    """Fill a world; what is wrong is added to the mistakes that were found."""
    for seed in document.organizations:
        _pass_ids(world, seed)
    for number, seed in enumerate(document.organizations):
        place = "organizations", number
        if seed.id in world:
            text = f"{seed.id!r} is the id of an organization before it"
            found.append(Mistake(text, *place, "id"))
        else:
            world.put(_grown(world, seed, now, place, found))


def put_organization(
    world: World,
    document: Mapping[str, Any],
    now: datetime,
    check: Callable[[Organization], None] | None = None,
) -> Organization:
    """Add the organization that a document describes, or replace the one with its id.

    `check` sees it before, and may raise.
    """
    model = organization_model(tuple(world.kinds))
    checked(model, document, "organization", world.kinds)
    seed = model.model_validate(document)
    _pass_ids(world, seed)
    found: list[Mistake] = []
    organization = _grown(world, seed, now, (), found)
    if found:
        raise MockError(f"organization: {found[0]}")
    if check is not None:
        check(organization)
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
    check: Callable[[Any, str], None] | None = None,
) -> list[dict[str, Any]]:
    """Add records to an organization, each as a world has it; what they leave out is made.

    Answers them with everything filled in. `numbered` gives a name that is taken a number instead
    of refusing it. `needed` are records of other kinds, by kind, that are added before. `check`
    sees each record, with what it is, and may raise. Raises `MockError`, and adds nothing, if one
    of them all cannot be added.
    """
    ids = world.ids.snapshot()
    before = [
        (held, held.snapshot())
        for held in (find_collection(world, organization, name)[1] for name in needed or ())
    ]
    try:
        for name, others in (needed or {}).items():
            _add(world, organization, name, others, now)
        return _add(world, organization, kind, documents, now, numbered, check)
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
    check: Callable[[Any, str], None] | None = None,
) -> list[dict[str, Any]]:
    owner, collection = find_collection(world, organization, kind)
    where = f"organization {organization!r}"
    lists = checked(list_model(collection.kind), {kind: documents}, where)
    seeds: list[Any] = getattr(lists, kind)
    _pass_given(world, organization, kind, documents)
    grower = Grower(world, owner, collection.kind, now, collection)
    made = []
    for number, seed in enumerate(seeds):
        if numbered:
            _give_number(seed, grower)
        try:
            made.append(grower.grow(seed, (kind, number)))
        except Mistake as mistake:
            raise MockError(f"{where}: {mistake}") from None
        if check is not None:
            check(made[-1][0], f"{where}: {kind}")
    for record, versions in made:
        collection.add(record, *versions)
    return [json.loads(row) for row in whole_records(collection.kind, grower.builder.stored())]


def _give_number(seed: Any, grower: Grower) -> None:
    wanted, number = getattr(seed, "name", None), 1
    live = getattr(seed, "is_active", not getattr(seed, "is_deleted", False))
    while wanted and live and grower.has_name(seed.name):
        number += 1
        seed.name = f"{wanted} {number}"


def _pass_ids(world: World, seed: OrganizationSeed) -> None:
    for kind in _listed(world):
        _pass_given(world, seed.id, kind, getattr(seed, kind) or ())


def _pass_given(world: World, organization: str, kind: str, items: Iterable[Any]) -> None:
    """Never make the ids that items of a document give, as far as they are ids."""
    pass_by = world.ids.of(organization, kind).pass_by
    noted = (
        items.notes if isinstance(items, JsonList) else chain.from_iterable(map(given_ids, items))
    )
    for id in noted:
        pass_by(id)


def _grown(
    world: World, seed: OrganizationSeed, now: datetime, place: Place, found: list[Mistake]
) -> Organization:
    found += repeated_ids(seed.users, (*place, "users"))
    found += repeated_ids(seed.api_keys, (*place, "api_keys"))
    identity = Identity(
        seed.id,
        seed.name or seed.id,
        seed.preferred_language,
        seed.timezone,
        {user.id: user for user in seed.users},
        {key.id: key for key in seed.api_keys},
    )
    said = {kind for kind in _listed(world) if getattr(seed, kind) is not None}

    def begin_unsaid(collection: Records) -> None:
        if collection.kind.name not in said:
            begin(world, organization, collection, now)

    organization = Organization(identity, world.kinds, begin_unsaid)
    broken: set[str] = set()  # what refers to these may be wrong for that alone
    for kind in world.kinds:
        if kind not in said:
            continue
        if broken & kinds_referred_to(world.kinds[kind].seed):
            broken.add(kind)
            continue
        grower, before = Grower(world, organization, world.kinds[kind], now), len(found)
        for number, item in enumerate(_checked(grower.builder.kind, getattr(seed, kind))):
            try:
                grower.grow(item, (*place, kind, number))
            except Mistake as mistake:
                found.append(mistake)
        if len(found) > before:
            broken.add(kind)
        organization.named(kind).load(grower.builder.fill)
    if "roles" not in broken:
        found += _unknown_roles(organization, seed, place)
    return organization


def begin(world: World, organization: Organization, collection: Records, now: datetime) -> None:
    """Give an organization what it has of a kind by default, when somebody looks at it."""
    kind = collection.kind
    if kind.name not in STATED and kind.default:
        # Most tests never look at what they did not ask for; it has its ids all the same.
        seeds = _with_ids(kind.default, world.ids.of(organization.id, kind.name).first)
        collection.later(partial(_grow_default, world, organization, collection, seeds, now))


def _listed(world: World) -> Iterator[str]:
    """The kinds whose records a document lists like those of any other."""
    return (kind for kind in world.kinds if kind not in STATED)


def _unknown_roles(
    organization: Organization, seed: OrganizationSeed, place: Place
) -> Iterator[Mistake]:
    for number, user in enumerate(seed.users):
        if user.role is not None and organization.role(user.role) is None:
            text = there_is_no("role", user.role, organization.named("roles").names())
            yield Mistake(text, *place, "users", number, "role")


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
) -> None:
    grower = Grower(world, organization, collection.kind, now)
    with suppress(Mistake):  # what it would refer to may be what the document has none of
        for seed in _checked(collection.kind, seeds):
            grower.grow(seed, ())
    collection.load(grower.builder.fill)


def _checked(kind: Kind[Any, Any], items: Iterable[Any]) -> Iterator[Any]:
    """Check the items of a kind's list one by one, and make a seed of each."""
    kind.seed.model_rebuild()
    validator = kind.seed.__pydantic_validator__
    validate, validate_json = validator.validate_python, validator.validate_json
    if not isinstance(items, JsonList):
        yield from map(validate, items)
        return
    for number, text in enumerate(items.texts()):
        try:
            seed = validate_json(text)
        except ValidationError:  # what this parser refuses may be JSON for the other one
            seed = validate(items[number])
        yield seed
