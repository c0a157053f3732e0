"""Models of parameters, and those that operations share: filters, paging, sorting, versions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidationInfo,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from amigo_mock.contract.assumptions import REPEATED_VALUE, SORT_FIELD, UNENCODED_PLUS
from amigo_mock.contract.fidelity import Strictness
from amigo_mock.world.fields import ObjectId
from amigo_mock.world.records.base import RedactedRepr
from amigo_mock.world.storage.table import Sort, Where

T = TypeVar("T")

Place = Literal["path", "query", "header"]


class Header:
    """Marks a parameter that is sent as a header; dashes stand for its underscores."""


class Published:
    """Says how the published contract has a parameter, where this server accepts more.

    `schema` is merged into the parameter's JSON schema in the strict document.
    """

    def __init__(self, **schema: Any) -> None:
        self.schema = schema


class Parameters(RedactedRepr):
    """Path, query and header parameters of an operation: in the path if the path names them."""

    model_config = ConfigDict(frozen=True, defer_build=True)


@dataclass(frozen=True, eq=False)
class Parameter:
    """One parameter as the wire has it."""

    name: str
    place: Place
    key: str  # the name that validation knows it by
    info: FieldInfo
    repeated: bool


def _distinct(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, list) and len(set(value)) < len(value):
        Strictness.of(info).allow(REPEATED_VALUE)
    return value


Distinct = Annotated[frozenset[T], BeforeValidator(_distinct), Published(uniqueItems=True)]
"""A repeatable parameter whose values are to differ."""

NEGATIVE = "negative-token: the service may refuse a continuation_token below 0; here it is 0"
EMPTY = "empty-page: the service may have no page of 0 records; here it is an empty one"


def _not_negative(value: int, info: ValidationInfo) -> int:
    if value < 0:
        Strictness.of(info).warn(NEGATIVE)
    return value


def _not_empty(value: int, info: ValidationInfo) -> int:
    if value == 0:
        Strictness.of(info).warn(EMPTY)
    return value


Token = Annotated[int, AfterValidator(_not_negative)]
"""Where to go on in a list."""

NOT_EMPTY = AfterValidator(_not_empty)
"""Marks a limit that may be 0, and is warned of then."""

CREATOR = r"^[^,]+,[^,]+$"
TAG = r"^[^:]+:"
VERSIONS = r"^(latest|[0-9]{1,100}(-([0-9]{1,100}|latest))?)$"

Creator = Annotated[str, StringConstraints(pattern=CREATOR)]
TagFilter = Annotated[str, StringConstraints(pattern=TAG)]


class InOrganization(Parameters):
    """The parameters of every operation: the organization, and two headers that change nothing."""

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
    """The filters of a list and a search."""

    creator: Distinct[Creator] = Field(frozenset(), description="Any of these: `org_id,user_id`.")
    tag: tuple[TagFilter, ...] = Field(
        (), description="All of these: `key:value`, `key:*` for any value, `key:` for null."
    )

    def where(self) -> Where:
        """The filters, for a collection."""
        return self.groups

    @cached_property
    def groups(self) -> Where:
        """The same, made once: equal questions share their parameters."""
        return list(self._groups())

    def _groups(self) -> Iterator[tuple[str, Iterable[Any]]]:
        if self.creator:
            yield "creator", self.creator
        yield from tagged(self.tag)


class ListFilters(Filters):
    """The filters and the paging of a list."""

    id: Distinct[ObjectId] = Field(frozenset(), description="Any of these.")
    is_deleted: bool | None = Field(None, description="Only deleted ones, or none of them.")
    continuation_token: Token = Field(0, description="Where to go on: as the page before said.")

    @property
    def offset(self) -> int:
        """The number of records before the page."""
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
        self._form = re.compile(rf"[+ -]({'|'.join(self._fields)})")
        super().__init__(items=_pattern("+-", published))

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        item = core_schema.str_schema()
        checked = core_schema.with_info_after_validator_function(self._check, item)
        return core_schema.tuple_variable_schema(checked)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "array", "items": _pattern("+ -", self._fields)}

    def _check(self, value: str, info: ValidationInfo) -> str:
        found = self._form.fullmatch(value)
        if not found:
            fields = " or ".join(self._fields)
            raise PydanticCustomError(
                "sort_by", "Input should be + or - and {fields}", {"fields": fields}
            )
        if found[1] in self._lenient:
            Strictness.of(info).allow(SORT_FIELD)
        if value[0] == " ":
            Strictness.of(info).allow(UNENCODED_PLUS)
        return value


def _pattern(signs: str, fields: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "pattern": rf"^[{signs}]({'|'.join(fields)})$"}


def order(sort: Iterable[str]) -> Sort:
    """Sort parameters, for a collection."""
    return [(item[1:], item[0] == "-") for item in sort]


def _forward(value: str | None) -> str | None:
    first, _, last = (value or "").partition("-")
    if last.isdigit() and int(first) > int(last):
        raise PydanticCustomError("version_range", "The range of versions runs backwards")
    return value


VersionSelector = Annotated[
    Annotated[str, StringConstraints(pattern=VERSIONS)] | None, AfterValidator(_forward)
]


UpdatedSort = Annotated[tuple[str, ...], SortBy("updated_at")]
ListSort = Annotated[tuple[str, ...], SortBy("updated_at", lenient=("created_at", "name"))]


class VersionFilters(InOrganization):
    """A selection of versions."""

    version: VersionSelector = Field(
        None,
        description="A number, `latest`, or an inclusive range of these; all of them if left out.",
        examples=["1", "1-latest", "2-5", "latest"],
    )
    limit: Annotated[int, Field(gt=0, le=10)] = Field(10, description="Versions in a page.")
    continuation_token: Token = Field(0, description="Where to go on: as the page before said.")
    sort_by: Annotated[tuple[str, ...], SortBy("version")] = Field(
        (), description="`+version` or `-version`."
    )


class NewVersion(InOrganization):
    """The number that a caller expects a new version to get."""

    version: Annotated[int, Field(gt=1)] | None = Field(
        None, description="The number the new version must get, or nothing is created."
    )
