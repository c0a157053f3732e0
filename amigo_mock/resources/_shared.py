"""What resources share: text, tags, ids, paging, sorting, filters, versions.

Personas and scenarios are the same kind of thing: named, tagged, versioned, deleted without going
away. The mechanism is here, once; each resource says what is its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidationInfo,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema, to_json

from amigo_mock.collection import Collection, Kind, NameTaken, Sort, Where
from amigo_mock.fidelity import Leeway
from amigo_mock.operation import Body, Call, Header, Joined, Parameters, Published, Raw, joined
from amigo_mock.records import Named, Record, Stored, UserInfo, Version, tags_by_key

R = TypeVar("R", bound=Named)
S = TypeVar("S", bound=Stored)
V = TypeVar("V", bound=Version | None)
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

FOUND = 50  # results of a search, at most

# Text

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""Required text: stripped, then not empty."""

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[\w\s]+$")]
"""A tag's key or value."""

Tags = Annotated[dict[Word, Word | None], Field(max_length=20)]

AnyTags = dict[str, str | None]
"""Labels of whatever form."""

Variable = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[a-z_][a-z0-9_]+$")
]
Variables = Annotated[dict[Variable, str], Field(max_length=20)]

ObjectId = Annotated[str, StringConstraints(pattern=r"^[a-f0-9]{24}$")]


class NotSet(BaseModel):
    """`{}`: the field is not set."""

    model_config = ConfigDict(title="_NotSet", frozen=True)


NOT_SET = NotSet()


class Language(str):
    """An ISO 639-3 code. The table of codes is read when the first one is looked up."""

    @classmethod
    def _validate(cls, value: str, _: ValidationInfo) -> Language:
        if value not in languages():
            raise PydanticCustomError("ISO649_3", "Invalid ISO 639-3 language code.")
        return cls(value)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(min_length=3, max_length=3)
        return core_schema.with_info_after_validator_function(cls._validate, text)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        from pydantic_extra_types.language_code import ISO639_3

        return {**handler(schema), "enum": ISO639_3.allowed_values_list}


class TimeZone(str):
    """An IANA time zone. The names come from the tzdata package, the same on every machine."""

    @classmethod
    def _validate(cls, value: str, _: ValidationInfo) -> TimeZone:
        if value not in timezones():
            raise PydanticCustomError("TimeZoneName", "Invalid timezone name.")
        return cls(value)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(min_length=1)
        return core_schema.with_info_after_validator_function(cls._validate, text)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "enum": sorted(timezones())}


@cache
def languages() -> frozenset[str]:
    """The accepted languages: the codes of ISO 639-3."""
    from pydantic_extra_types.language_code import ISO639_3

    return frozenset(ISO639_3.allowed_values)


@cache
def timezones() -> frozenset[str]:
    """The accepted time zones: those of tzdata, and the `localtime` that Debian adds to them."""
    from importlib.resources import files

    return frozenset(files("tzdata").joinpath("zones").read_text().split()) | {"localtime"}


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _rfc_3339(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC_3339.fullmatch(value)):
        return value
    raise PydanticCustomError(
        "datetime_type", "Input should be a date and time with its offset, as RFC 3339 has it"
    )


def _milliseconds(value: datetime) -> datetime:
    try:
        value = value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("datetime_type", "Input is out of range in UTC") from None
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


Timestamp = Annotated[AwareDatetime, BeforeValidator(_rfc_3339), AfterValidator(_milliseconds)]
"""A time with an offset; kept in UTC, to the millisecond."""

# Parameters


def _distinct(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, list) and len(set(value)) < len(value):
        _leeway(info).allow("repeated-value")
    return value


def _leeway(info: ValidationInfo) -> Leeway:
    return info.context if isinstance(info.context, Leeway) else Leeway(strict=True)


Distinct = Annotated[frozenset[T], BeforeValidator(_distinct), Published(uniqueItems=True)]
"""A repeatable parameter whose values are to differ."""

CREATOR = r"^[^,]+,[^,]+$"
TAG = r"^[^:]+:"
VERSIONS = r"^(latest|[0-9]{1,100}(-([0-9]{1,100}|latest))?)$"

Creator = Annotated[str, StringConstraints(pattern=CREATOR)]
TagFilter = Annotated[str, StringConstraints(pattern=TAG)]


class InOrganization(Parameters):
    """What every operation takes: the organization, and two headers that change nothing."""

    organization: str = Field(description="The organization's id.")
    x_mongo_cluster_name: Annotated[str | None, Header] = Field(
        None, description="Declared by the contract; has no effect here."
    )
    sec_websocket_protocol: Annotated[tuple[str, ...], Header] = Field(
        (), alias="Sec-WebSocket-Protocol", description="Declared by the contract; has no effect."
    )


def tagged(tags: Iterable[str]) -> Iterator[tuple[str, Iterable[Any]]]:
    """Tag filters, for a collection."""
    for tag in tags:
        key, _, value = tag.partition(":")
        yield ("tag", (key,)) if value == "*" else ("tag=", ((key, value or None),))


class Filters(InOrganization):
    """What a list and a search can be narrowed by."""

    creator: Distinct[Creator] = Field(frozenset(), description="Any of these: `org_id,user_id`.")
    tag: tuple[TagFilter, ...] = Field(
        (), description="All of these: `key:value`, `key:*` for any value, `key:` for null."
    )

    def where(self) -> Where:
        """The filters, for a collection."""
        return list(self._groups())

    def _groups(self) -> Iterator[tuple[str, Iterable[Any]]]:
        if self.creator:
            yield "creator", self.creator
        yield from tagged(self.tag)


class ListFilters(Filters):
    """What a list can be narrowed by in addition, and which part of it to answer."""

    id: Distinct[ObjectId] = Field(frozenset(), description="Any of these.")
    is_deleted: bool | None = Field(None, description="Only deleted ones, or none of them.")
    continuation_token: int = Field(0, description="Where to go on: as the page before said.")

    @property
    def offset(self) -> int:
        """How many records come before the page."""
        return max(0, self.continuation_token)

    def _groups(self) -> Iterator[tuple[str, Iterable[Any]]]:
        if self.id:
            yield "id", self.id
        if self.is_deleted is not None:
            yield "is_deleted", (self.is_deleted,)
        yield from super()._groups()


class SortBy(Published):
    """The type of a `sort_by` parameter: its fields, and those allowed with a warning."""

    def __init__(self, *published: str, lenient: tuple[str, ...] = ()) -> None:
        self._fields = (*published, *lenient)
        self._lenient = lenient
        # '+' arrives as a space from clients that do not encode it.
        self._form = re.compile(rf"[+ -]({'|'.join(self._fields)})")
        super().__init__(kinder=bool(lenient), items=_pattern(published))

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        item = core_schema.str_schema()
        checked = core_schema.with_info_after_validator_function(self._check, item)
        return core_schema.tuple_variable_schema(checked)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "array", "items": _pattern(self._fields)}

    def _check(self, value: str, info: ValidationInfo) -> str:
        found = self._form.fullmatch(value)
        if not found:
            fields = " or ".join(self._fields)
            raise PydanticCustomError(
                "sort_by", "Input should be + or - and {fields}", {"fields": fields}
            )
        if found[1] in self._lenient:
            _leeway(info).allow("sort-field")
        return value


def _pattern(fields: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "pattern": rf"^[+ -]({'|'.join(fields)})$"}


def order(sort: Iterable[str]) -> Sort:
    """Sort parameters, for a collection."""
    return [(item[1:], item[0] == "-") for item in sort]


# Lists and searches


Shown = Callable[[bytes], bytes]  # what is answered of a record's JSON


def document(row: bytes) -> bytes:
    """A record as a search shows it: its id is `_id` there."""
    return b'{"_id"' + row.removeprefix(b'{"id"')


def page(
    call: Call[Any, Any],
    kind: Kind[S, V],
    model: type[M],
    name: str,
    *permissions: str,
    shown: Shown | None = None,
    **values: str,
) -> Joined[M]:
    """A page of what the caller may see, in the published shape.

    `name` is the field that the records are in, `permissions` what it takes to see one, `values`
    are the fields of `filter_values` with the label each lists; these are taken over everything
    in the organization, whatever the caller may see.
    """
    filters, records = call.parameters, call.records(kind)
    offset, sort, visible = filters.offset, order(filters.sort_by), call.visible(*permissions)
    rows, more = records.page(filters.where(), sort, offset, filters.limit, visible)

    def filter_values() -> Raw:
        found = {field: records.values(label) for field, label in values.items()}
        if "creators" in found:
            found["creators"] = [person(creator) for creator in found["creators"]]
        return Raw(to_json(found))

    parts: dict[str, Any] = {
        "has_more": more,
        "continuation_token": offset + len(rows) if more else None,
        "filter_values": records.remember("filter_values", filter_values) if offset == 0 else None,
    }
    return joined(model, **{name: _shown(rows, shown), **parts})


def search(
    call: Call[Any, Any], kind: Kind[S, V], model: type[M], name: str, shown: Shown | None = None
) -> Joined[M]:
    """The best matches among what the caller may see, in the published shape."""
    filters = call.parameters
    rows = call.records(kind).search(filters.query, filters.where(), FOUND, call.visible())
    return joined(model, **{name: _shown(rows, shown)})


def _shown(rows: list[bytes], shown: Shown | None) -> list[bytes]:
    return rows if shown is None else [shown(row) for row in rows]


def person(creator: str) -> dict[str, str]:
    """`org_id,user_id` taken apart."""
    organization, _, user = creator.partition(",")
    return {"org_id": organization, "user_id": user}


# Writing


def stamp(call: Call[Any, Any]) -> dict[str, Any]:
    """What a new record carries besides its own: id, life, who and when."""
    now, user = call.now, call.user
    return {
        "id": call.id(),
        "is_deleted": False,
        "created_at": now,
        "creator": user,
        "updated_at": now,
        "updated_by": user,
    }


def new_version(
    call: Call[Any, Any],
    kind: Kind[S, V],
    id: str,
    number: int,
    body: Body,
    now: datetime,
    user: UserInfo,
) -> V:
    """A version of a record, made of a body."""
    made = kind.content(body, call.organization.identity)
    made |= {
        "id": call.id(),
        "org_id": call.organization.id,
        "created_at": now,
        "updated_at": now,
        kind.parent: id,
        "version": number,
        "creator": user,
    }
    return kind.make_version(made)


def create(call: Call[Any, Any], kind: Kind[R, V], body: Body | None, **own: Any) -> R:
    """Create a record of `kind` from its own fields, with a first version made of `body`."""
    record = kind.make_record({**stamp(call), **own})
    call.require(record)
    versions: list[V] = []
    if body is not None:
        created, creator = record.created_at, record.creator
        versions.append(new_version(call, kind, record.id, 1, body, created, creator))
    try:
        call.records(kind).add(record, *versions)
    except NameTaken:
        raise call.error(409) from None
    return record


def find(
    call: Call[Any, Any], kind: Kind[S, V], id: str, *permissions: str, deleted: bool = False
) -> S:
    """The record that the call is about, if the caller has the permissions for it.

    403 to a caller who has them for no record at all, then 404 if there is no such record (or it
    was deleted, unless `deleted`), then 403 if the grants do not cover this one. The permissions
    are all of the operation's, unless some are named.
    """
    call.require(None, *permissions)
    record = call.records(kind).get(id)
    if record is None or not (record.live or deleted):
        raise call.error(404)
    call.require(record, *permissions)
    return record


def referred(call: Call[Any, Any], kind: str, id: str) -> Any:
    """The live record of another resource's kind that a body names, or a 404."""
    record = call.others(kind).get(id)
    if record is None or not record.live:
        raise call.error(404)
    return record


def update(call: Call[Any, Any], kind: Kind[R, V], record: R, **changes: Any) -> None:
    """Change a record, by the caller, now; 409 if its new name is another one's."""
    changes |= {"updated_at": call.now, "updated_by": call.user}
    try:
        call.records(kind).replace(record.model_copy(update=changes))
    except NameTaken:
        raise call.error(409) from None


def given(body: Body, *fields: str) -> dict[str, Any]:
    """Those of the fields that a body sets to something else than null."""
    return {field: value for field in fields if (value := getattr(body, field)) is not None}


def delete(call: Call[Any, Any], kind: Kind[R, V], id: str) -> None:
    """Delete a record, unless another one that lives refers to it: 400."""
    record = find(call, kind, id)
    if call.organization.refers(kind.name, id):
        raise call.error(400)
    update(call, kind, record, is_deleted=True)


def create_version(
    call: Call[Any, Any], kind: Kind[R, V], id: str, expected: int | None, unexpected: int = 400
) -> int:
    """Add a version made of the call's body; `unexpected` is for another number than expected."""
    find(call, kind, id)
    records: Collection[R, V] = call.records(kind)
    number = len(records.versions(id)) + 1
    if expected not in (None, number):
        raise call.error(unexpected)
    records.add_version(id, new_version(call, kind, id, number, call.body, call.now, call.user))
    return number


# Versions


def _forward(value: str | None) -> str | None:
    first, _, last = (value or "").partition("-")
    if last.isdigit() and int(first) > int(last):
        raise PydanticCustomError("version_range", "The range of versions runs backwards")
    return value


VersionSelector = Annotated[
    Annotated[str, StringConstraints(pattern=VERSIONS)] | None, AfterValidator(_forward)
]


ListSort = Annotated[tuple[str, ...], SortBy("updated_at", lenient=("created_at", "name"))]


class VersionFilters(InOrganization):
    """Which versions to answer."""

    version: VersionSelector = Field(
        None,
        description="A number, `latest`, or an inclusive range of these; all of them if left out.",
        examples=["1", "1-latest", "2-5", "latest"],
    )
    limit: Annotated[int, Field(gt=0, le=10)] = Field(10, description="Versions in a page.")
    continuation_token: int = Field(0, description="Where to go on: as the page before said.")
    sort_by: Annotated[tuple[str, ...], SortBy("version")] = Field(
        (), description="`+version` or `-version`."
    )


class NewVersion(InOrganization):
    """The number that a caller expects a new version to get."""

    version: Annotated[int, Field(gt=1)] | None = Field(
        None, description="The number the new version must get, or nothing is created."
    )


class VersionCreated(Record):
    """The new version's number."""

    version: int


def versions(
    call: Call[Any, Any],
    kind: Kind[R, V],
    id: str,
    model: type[M],
    name: str,
    shown: Shown | None = None,
) -> Joined[M]:
    """A page of a record's versions; a deleted record's can still be read."""
    find(call, kind, id, deleted=True)
    filters: VersionFilters = call.parameters
    found = call.records(kind).versions(id)
    first, last = _bounds(filters.version, len(found))
    selected = found[max(0, first - 1) : max(0, last)]
    if filters.sort_by and filters.sort_by[0][0] == "-":
        selected = selected[::-1]
    start = max(0, filters.continuation_token)
    rows = list(selected[start : start + filters.limit])
    more = start + len(rows) < len(selected)
    token = start + len(rows) if more else None
    parts: dict[str, Any] = {"has_more": more, "continuation_token": token}
    return joined(model, **{name: _shown(rows, shown), **parts})


def _bounds(selector: str | None, latest: int) -> tuple[int, int]:
    if selector is None:
        return 1, latest
    first, dash, last = selector.partition("-")
    start = latest if first == "latest" else int(first)
    if not dash:
        return (start, start) if start else (1, 0)
    return start, latest if last == "latest" else int(last)


# Worlds


class Seed(BaseModel):
    """A part of a world document: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, defer_build=True)


class Doer(UserInfo):
    """Who did it, in a world."""

    model_config = ConfigDict(extra="forbid")


class Reference:
    """Marks a field of a seed that names a record of a kind, by id or name; null: the first."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


TagsOrList = Annotated[Tags, BeforeValidator(tags_by_key)]
"""Labels as a world may have them: a mapping, or the list that goes over the wire."""

AnyTagsOrList = Annotated[AnyTags, BeforeValidator(tags_by_key)]


class StoredSeed(Seed):
    """What a world holds: what is left out is made."""

    id: ObjectId | None = None
    created_at: Timestamp | None = None
    creator: Doer | None = None


class NamedSeed(StoredSeed):
    """A named record in a world."""

    name: Text
    tags: Tags = {}
    updated_at: Timestamp | None = None
    updated_by: Doer | None = None


class RecordSeed(NamedSeed):
    """A record in a world that may have been deleted."""

    is_deleted: bool = False


class VersionSeed(Seed):
    """A version in a world: what is left out is made."""

    id: ObjectId | None = Field(None, alias="_id")
    org_id: str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    version: int | None = None
    creator: Doer | None = None
