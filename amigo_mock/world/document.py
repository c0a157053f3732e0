"""World documents: one YAML or JSON file that a world starts from, or is written to.

A broken document is refused whole, with the file, the path inside it and what was expected.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import (
    BaseModel,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SecretStr,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic_core import CoreSchema, PydanticSerializationError, core_schema, to_json

from amigo_mock.errors import MockError, nearest
from amigo_mock.world.collection import Collection, Kind, NameTaken
from amigo_mock.world.fields import Language, TimeZone
from amigo_mock.world.records import ApiKey, Grant, User, UserInfo, Version
from amigo_mock.world.seeds import Reference, Seed, StoredSeed, VersionSeed
from amigo_mock.world.world import Identity, Kinds, Organization, Records, World, nth

Named = TypeVar("Named", User, ApiKey, Version)

ORGANIZATION, USER, KEY_ID, KEY = "mock-org", "mock-user", "mock-key-id", "mock-api-key"

EVERYTHING = (Grant(permission_name="*"),)

DEFAULTS = 16  # ids that are set aside for what an organization has of a kind by default

EMPTY: Kinds = {}


class OrganizationSeed(Seed):
    """An organization in a world. Without `users` or `api_keys` it has the default ones."""

    id: str = Field(pattern=r"^[^/?#\s]+$")
    name: str | None = None
    preferred_language: Language | None = None
    timezone: TimeZone | None = None
    users: tuple[User, ...] = Field(default_factory=lambda: (User(id=USER, grants=EVERYTHING),))
    api_keys: tuple[ApiKey, ...] = Field(
        default_factory=lambda: (ApiKey(id=KEY_ID, key=SecretStr(KEY)),)
    )


class Document(dict[str, Any]):
    """A world document that knows what to call itself when it is refused."""

    def __init__(self, content: Mapping[str, Any], where: str = "world") -> None:
        super().__init__(content)
        self.where = where


def default(grants: tuple[Grant, ...] | None = None) -> dict[str, Any]:
    """The world of a fake that was given none; `grants` are what its user may do."""
    user = User(id=USER, grants=EVERYTHING if grants is None else grants)
    return {
        "organizations": [
            {
                "id": ORGANIZATION,
                "name": "Mock Organization",
                "users": [user.model_dump()],
                "api_keys": [{"id": KEY_ID, "key": KEY}],
            }
        ]
    }


def read(source: Any) -> Document:
    """The document that `source` is or names. Raises `MockError` if it cannot be read."""
    if isinstance(source, Mapping):
        return Document(source)
    if not isinstance(source, str | Path):
        raise MockError(f"a world is a file or a mapping, not {type(source).__name__}")
    path = Path(source)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MockError(f"world {path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise MockError(f"world {path}: cannot be read: {error}") from None
    document = _parse(text, path)
    if not isinstance(document, dict):
        raise MockError(f"world {path}: expected a mapping with the key 'organizations'")
    return Document(document, f"world {path}")


def _parse(text: str, path: Path) -> Any:
    try:
        if path.suffix == ".json":
            return json.loads(text)
        import yaml

        # The safe loader in C, where it was built: ten times as fast.
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except RecursionError:
        raise MockError(f"world {path}: is nested too deeply") from None
    except ValueError as error:
        raise MockError(f"world {path}: is not JSON: {error}") from None
    except Exception as error:
        if type(error).__module__.startswith("yaml"):
            raise MockError(f"world {path}: is not YAML: {' '.join(str(error).split())}") from None
        raise


def fill(world: World, document: Mapping[str, Any], now: datetime) -> None:
    """Put what a document describes into an empty world; what it leaves out is made, as of `now`.

    Raises `MockError` for a document that is not one; the world is then to be thrown away.
    """
    where = document.where if isinstance(document, Document) else "world"
    seeds = _checked(_world_model(tuple(world.kinds)), document, where, world.kinds).organizations
    _reserve(world, seeds, world.kinds)
    for number, seed in enumerate(seeds):
        place = f"{where}: organizations.{number}"
        if seed.id in world:
            raise MockError(f"{place}.id: {seed.id!r} is the id of an organization before it")
        world.put(_grown(world, seed, now, place))


def put_organization(world: World, document: Mapping[str, Any], now: datetime) -> Organization:
    """Add the organization that a document describes, or replace the one with its id."""
    model = _organization_model(tuple(world.kinds))
    seed = _checked(model, document, "organization", world.kinds)
    _reserve(world, [seed], world.kinds)
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
    last = world.ids.last
    before = [
        (held, held.snapshot())
        for held in (_list(world, organization, name)[1] for name in needed or ())
    ]
    try:
        for name, others in (needed or {}).items():
            _add(world, organization, name, others, now)
        return _add(world, organization, kind, documents, now, numbered)
    except MockError:
        world.ids.last = last
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
    owner, collection = _list(world, organization, kind)
    where = f"organization {organization!r}"
    lists = _checked(_list_model(collection.kind), {kind: documents}, where)
    seeds: list[Any] = getattr(lists, kind)
    _reserve(world, [lists], [kind])
    # They are put beside the others first, where a broken one can be left behind.
    batch = Collection(collection.kind)
    made = []
    for number, seed in enumerate(seeds):
        if numbered:
            _give_number(seed, batch, collection)
        place = f"{where}: {kind}.{number}"
        whole = _resolved(seed, owner, place)
        made.append(_grow(world, batch, owner.identity, whole, now, place, collection))
    for record, versions in made:
        collection.add(record, *versions)
    return [json.loads(row) for row in _rows(batch)]


def records(
    world: World, organization: str, kind: str, id: str | None = None
) -> list[dict[str, Any]]:
    """The records of an organization, deleted ones too, each as a world has it; or just one.

    Raises `MockError` if there is no such organization or list.
    """
    _, collection = _list(world, organization, kind)
    if id is None:
        return [json.loads(row) for row in _rows(collection)]
    found = collection.get(id)
    if found is None:
        return []
    whole = found.model_dump(mode="json")
    return [whole | {"versions": _versions(collection, id)} if collection.kind.versioned else whole]


def _versions(collection: Records, id: str) -> list[dict[str, Any]]:
    return [json.loads(version) for version in collection.versions(id)]


def _list(world: World, organization: str, kind: str) -> tuple[Organization, Records]:
    owner = world.organization(organization)
    if owner is None:
        hint = nearest(organization, (known.id for known in world))
        raise MockError(f"there is no organization {organization!r}{hint}")
    if kind not in world.kinds:
        raise MockError(f"there are no records of the kind {kind!r}{nearest(kind, world.kinds)}")
    return owner, owner.named(kind)


def _give_number(seed: Any, *collections: Records) -> None:
    wanted, number = getattr(seed, "name", None), 1
    live = getattr(seed, "is_active", not getattr(seed, "is_deleted", False))
    while wanted and live and any(one.named(seed.name) for one in collections):
        number += 1
        seed.name = f"{wanted} {number}"


def dump(world: World, scripts: Mapping[str, Any] | None = None) -> bytes:
    """The whole world as one JSON document, which `fill` takes back as it is."""
    organizations = b",".join(_dumped(organization) for organization in world)
    if not scripts:
        return b'{"organizations":[%s]}' % organizations
    return b'{"organizations":[%s],"scripts":%s}' % (organizations, to_json(scripts))


def _dumped(organization: Organization) -> bytes:
    identity = organization.identity
    head = {
        "id": identity.id,
        "name": identity.name,
        "preferred_language": identity.preferred_language,
        "timezone": identity.timezone,
        "users": [user.model_dump(mode="json") for user in identity.users.values()],
        "api_keys": [
            {"id": key.id, "key": key.key.get_secret_value()} for key in identity.api_keys.values()
        ],
    }
    lists = b"".join(
        b',"%s":[%s]' % (collection.kind.name.encode(), b",".join(_rows(collection)))
        for collection in organization.collections()
    )
    return json.dumps(head, separators=(",", ":")).encode()[:-1] + lists + b"}"


def _rows(collection: Records) -> Iterable[bytes]:
    for row, versions in collection.rows():
        if collection.kind.versioned:
            row = row[:-1] + b',"versions":[' + b",".join(versions) + b"]}"
        yield row


# Reading


@cache
def _organization_model(kinds: tuple[str, ...]) -> type[OrganizationSeed]:
    lists: dict[str, Any] = {
        kind: (Annotated[list[Any] | None, Items(kind)], None) for kind in kinds
    }
    return create_model("OrganizationSeed", __base__=OrganizationSeed, **lists)


class Items:
    """The list of a kind. What an item looks like is found out, in the context, if there is one."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._items)

    def _items(self, value: Any, info: core_schema.ValidationInfo) -> Any:
        kinds: Kinds = info.context or EMPTY
        return _adapter(kinds[self.kind]).validate_python(value)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "array"}


@cache
def _adapter(kind: Kind[Any, Any]) -> TypeAdapter[Any]:
    return TypeAdapter(list[kind.seed])  # type: ignore[name-defined]


@cache
def _list_model(kind: Kind[Any, Any]) -> type[Seed]:
    fields: dict[str, Any] = {kind.name: (list[kind.seed], ...)}  # type: ignore[name-defined]
    return create_model("ListSeed", __base__=Seed, **fields)


@cache
def _world_model(kinds: tuple[str, ...]) -> type[Seed]:
    organizations: Any = (list[_organization_model(kinds)], ...)  # type: ignore[misc]
    scripts: Any = (dict[str, Any] | None, None)  # read by whoever knows what can be scripted
    return create_model("WorldSeed", __base__=Seed, organizations=organizations, scripts=scripts)


def _checked(
    model: type[BaseModel], content: Mapping[str, Any], where: str, kinds: Kinds = EMPTY
) -> Any:
    try:
        return model.model_validate(content, context=kinds)
    except ValidationError as error:
        findings = error.errors(include_url=False, include_input=False)
        # A name that is not known says more than the one that is missing because of it.
        first = next((one for one in findings if one["type"] == "extra_forbidden"), findings[0])
        path = ".".join(str(part) for part in first["loc"] if not _internal(str(part)))
        text = first["msg"]
        if first["type"] == "extra_forbidden":
            known = _fields(model, first["loc"][:-1], kinds)
            text = f"there is no such field{nearest(str(first['loc'][-1]), known)}"
        raise MockError(f"{where}: {path}: {text}") from None


def _internal(part: str) -> bool:
    """Whether a part of a place is pydantic's, not the document's: which of several types."""
    return "[" in part or part in {"NotSet", "Equals", "NotEquals", "In"}


def _fields(model: type[BaseModel], path: Sequence[str | int], kinds: Kinds = EMPTY) -> list[str]:
    for kind in kinds:
        if kind in path:
            return _fields(kinds[kind].seed, path[path.index(kind) + 2 :])
    schema = model.model_json_schema()
    node = schema
    for part in path:
        node = node.get("items" if isinstance(part, int) else "properties", {})
        node = node if isinstance(part, int) else node.get(part, {})
        while "$ref" in node:
            node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    return list(node.get("properties", {}))


def _reserve(world: World, seeds: Iterable[Any], kinds: Iterable[str]) -> None:
    for seed in seeds:
        for kind in kinds:
            for item in getattr(seed, kind) or ():
                for given in (item, *getattr(item, "versions", ())):
                    if given.id:
                        world.ids.pass_by(given.id)


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
    # Most tests never look at what they did not ask for; it has its ids all the same.
    first = world.ids.reserve(DEFAULTS * len(world.kinds))
    said = {kind for kind in world.kinds if getattr(seed, kind) is not None}

    def begin(collection: Records) -> None:
        kind = collection.kind
        if kind.name not in said and kind.default:
            own = nth(first, DEFAULTS * list(world.kinds).index(kind.name))
            seeds = _with_ids(kind.default, own)
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
    items = _adapter(collection.kind).validate_python(seeds)
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
        seed = _resolved(item, organization, place)
        _grow(world, collection, organization.identity, seed, now, place)


def _resolved(seed: BaseModel, organization: Organization, where: str) -> Any:
    """The seed with ids instead of the names that it calls other records by."""
    found: dict[str, Any] = {}
    for name, kind in _references(type(seed)):
        value, place = getattr(seed, name), f"{where}.{name}"
        if kind is not None:
            found[name] = _referred(organization.named(kind), value, place)
        else:
            items = enumerate(value)
            found[name] = [_resolved(item, organization, f"{place}.{at}") for at, item in items]
    return seed.model_copy(update=found) if found else seed


@cache
def _references(model: type[BaseModel]) -> tuple[tuple[str, str | None], ...]:
    """The fields of a seed that refer to records, each with their kind, or are lists of such."""
    found: list[tuple[str, str | None]] = []
    for name, info in model.model_fields.items():
        kinds = [item.kind for item in info.metadata if isinstance(item, Reference)]
        parts = get_args(info.annotation)
        if kinds:
            found.append((name, kinds[0]))
        elif parts and isinstance(parts[0], type) and issubclass(parts[0], Seed):
            found += [(name, None)] if _references(parts[0]) else []
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
            "id": seed.id or world.ids.make(),
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
            "id": seed.id or world.ids.make(),
            "created_at": created,
            "updated_at": seed.updated_at or created,
            "creator": seed.creator or record.creator,
        }
    )
