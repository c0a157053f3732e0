"""World documents: one YAML or JSON file that a world starts from, or is written to.

A broken document is refused whole, with the file, the path inside it and what was expected.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SecretStr,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic_core import CoreSchema, core_schema, to_json

from amigo_mock.errors import MockError, compact, unknown
from amigo_mock.names import nearest
from amigo_mock.world.documents.json_reader import JsonList, read_json
from amigo_mock.world.documents.lines import Lines
from amigo_mock.world.documents.mistakes import Mistake, Place, mistakes_of
from amigo_mock.world.documents.seeds import Seed, given_ids
from amigo_mock.world.fields import Language, TimeZone
from amigo_mock.world.identity import EVERYTHING, ORGANIZATIONS, STATED
from amigo_mock.world.kind import Kind
from amigo_mock.world.records import ApiKey, Grant, User
from amigo_mock.world.world import Kinds, Organization, Records, World

ORGANIZATION, USER, KEY_ID, KEY = "mock-org", "mock-user", "mock-key-id", "mock-api-key"

EMPTY: Kinds = {}

LEVELS = 3  # the document, its organizations, and one of them: what is in that are lists of records

ANY_ITEMS: TypeAdapter[Any] = TypeAdapter(list[Any])


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
    """A world document that knows what to call itself when it is refused, and its lines."""

    def __init__(
        self, content: Mapping[str, Any], where: str = "world", lines: Lines | None = None
    ) -> None:
        super().__init__(content)
        self.where = where
        self.lines = lines

    def line(self, place: Place) -> int | None:
        """The line of the file that has what is at a place; none, if it is of no file."""
        return self.lines.of(place) if self.lines else None


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
    form = "JSON" if path.suffix == ".json" else "YAML"
    document = _parse(text, form, path)
    if not isinstance(document, dict):
        raise MockError(f"world {path}: expected a mapping with the key 'organizations'")
    return Document(document, f"world {path}", Lines(text, form))


def _parse(text: str, form: str, path: Path) -> Any:
    parse = _parse_json if form == "JSON" else _parse_yaml
    try:
        return parse(text)
    except RecursionError:
        raise MockError(f"world {path}: is nested too deeply") from None
    except ValueError as error:
        raise MockError(f"world {path}: is not {form}: {error}") from None


def _parse_json(text: str) -> Any:
    with suppress(ValueError):  # what this reader refuses, the other one explains
        return read_json(text, LEVELS, given_ids)
    return json.loads(text)


def _parse_yaml(text: str) -> Any:
    import yaml

    try:
        # The safe loader in C, where it was built: ten times as fast.
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None


def records(
    world: World, organization: str, kind: str, id: str | None = None
) -> list[dict[str, Any]]:
    """The records of an organization, deleted ones too, each as a world has it; or just one.

    Raises `MockError` if there is no such organization or list.
    """
    _, collection = find_collection(world, organization, kind)
    if id is None:
        return [json.loads(row) for row in whole_records(collection.kind, collection.rows())]
    found = collection.get(id)
    if found is None:
        return []
    whole = found.model_dump(mode="json")
    if collection.kind.versioned:
        whole["versions"] = [json.loads(version) for version in collection.versions(id)]
    return [whole]


def find_collection(world: World, organization: str, kind: str) -> tuple[Organization, Records]:
    """Return an organization and its records of a kind. Raises `MockError` if one is unknown."""
    owner = world.organization(organization)
    if owner is None:
        raise unknown("organization", organization, (known.id for known in world))
    if kind not in world.kinds:
        raise MockError(f"there are no records of the kind {kind!r}{nearest(kind, world.kinds)}")
    return owner, owner.named(kind)


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
    }
    lists = b""
    for collection in organization.collections():
        if collection.kind is ORGANIZATIONS:
            continue
        items = whole_records(collection.kind, collection.rows())
        lists += b',"%s":[%s]' % (collection.kind.name.encode(), b",".join(items))
    return compact(head)[:-1] + lists + b"}"


def whole_records(
    kind: Kind[Any, Any], rows: Iterable[tuple[bytes, tuple[bytes, ...]]]
) -> Iterator[bytes]:
    """Join the JSON of each record with that of its versions."""
    for row, versions in rows:
        if kind.versioned:
            row = row[:-1] + b',"versions":[' + b",".join(versions) + b"]}"
        yield row


# Checking


@cache
def organization_model(kinds: tuple[str, ...]) -> type[OrganizationSeed]:
    """Return the model of an organization with a list of each kind."""
    lists: dict[str, Any] = {
        kind: (Annotated[list[Any] | None, Items(kind)], None)
        for kind in kinds
        if kind not in STATED
    }
    return create_model("OrganizationSeed", __base__=OrganizationSeed, **lists)


class Items:
    """The list of a kind. Its items are checked if kinds are given as context."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._items)

    def _items(self, value: Any, info: core_schema.ValidationInfo) -> Any:
        kinds: Kinds = info.context or EMPTY
        if not kinds and isinstance(value, JsonList):
            return value
        adapter = items_adapter(kinds[self.kind]) if kinds else ANY_ITEMS
        return adapter.validate_python(value)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "array"}


@cache
def items_adapter(kind: Kind[Any, Any]) -> TypeAdapter[Any]:
    """Return the validator of a kind's list."""
    return TypeAdapter(list[kind.seed])  # type: ignore[name-defined]


@cache
def list_model(kind: Kind[Any, Any]) -> type[Seed]:
    """Return the model of a mapping with one kind's list."""
    fields: dict[str, Any] = {kind.name: (list[kind.seed], ...)}  # type: ignore[name-defined]
    return create_model("ListSeed", __base__=Seed, **fields)


@cache
def world_model(kinds: tuple[str, ...]) -> type[Seed]:
    """Return the model of a world document."""
    model: Any = organization_model(kinds)
    organizations: Any = (Annotated[list[model], AfterValidator(_some)], ...)
    scripts: Any = (dict[str, Any] | None, None)  # read by whoever knows what can be scripted
    return create_model("WorldSeed", __base__=Seed, organizations=organizations, scripts=scripts)


def _some(organizations: list[OrganizationSeed]) -> list[OrganizationSeed]:
    if not organizations:
        raise ValueError("a world has at least one organization")
    return organizations


def checked(
    model: type[BaseModel], content: Mapping[str, Any], where: str, kinds: Kinds = EMPTY
) -> Any:
    """Validate a document. Raises `MockError` with the path of a mistake and what was expected."""
    found = mistakes_in(model, content, kinds)
    if isinstance(found, list):
        raise MockError(f"{where}: {found[0]}")
    return found


def mistakes_in(
    model: type[BaseModel], content: Mapping[str, Any], kinds: Kinds = EMPTY
) -> BaseModel | list[Mistake]:
    """Validate a document; what it is, or else its mistakes."""
    try:
        return model.model_validate(content, context=kinds)
    except ValidationError as error:
        return mistakes_of(error, content, lambda place: _fields(model, place, kinds))


def _fields(model: type[BaseModel], path: Sequence[str | int], kinds: Kinds = EMPTY) -> list[str]:
    for kind in (name for name in kinds if name not in STATED):
        if kind in path:
            return _fields(kinds[kind].seed, path[path.index(kind) + 2 :])
    schema = model.model_json_schema()
    node = schema
    for part in path:
        node = node.get("items" if isinstance(part, int) else "properties", {})
        node = node if isinstance(part, int) else node.get(part, {})
        node = next((one for one in node.get("anyOf", ()) if "$ref" in one), node)
        while "$ref" in node:
            node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    return list(node.get("properties", {}))
