"""Types of fields: text, ids, tags, languages, time zones, times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from annotated_types import MaxLen
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FiniteFloat,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from amigo_mock.contract.assumptions import SPELT_VALUE
from amigo_mock.contract.fidelity import Strictness
from amigo_mock.world.records.base import tags_by_key

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""Required text: stripped, then not empty."""

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[\w\s]+$")]
"""A tag's key or value."""

# Not `Field(max_length=20)`: before pydantic 2.12, a default that one field of such a type has is
# everyone's.
Tags = Annotated[dict[Word, Word | None], MaxLen(20)]

AnyTags = dict[str, str | None]
"""Labels of whatever form."""

Variable = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[a-z_][a-z0-9_]+$")
]
Variables = Annotated[dict[Variable, str], MaxLen(20)]

ObjectId = Annotated[str, StringConstraints(pattern=r"^[a-f0-9]{24}$")]


class NotSet(BaseModel):
    """`{}`: the field is not set."""

    model_config = ConfigDict(title="_NotSet", frozen=True)


NOT_SET = NotSet()


class Language(str):
    """An ISO 639-3 code. The list of codes is read when the first one is looked up."""

    @classmethod
    def _validate(cls, value: str) -> str:
        if value not in languages():
            raise PydanticCustomError("ISO649_3", "Invalid ISO 639-3 language code.")
        return value

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(min_length=3, max_length=3)
        return core_schema.no_info_after_validator_function(cls._validate, text)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "enum": sorted(languages())}


class TimeZone(str):
    """The name of an IANA time zone, out of a list that is the same on every machine."""

    @classmethod
    def _validate(cls, value: str) -> str:
        if value not in timezones():
            raise PydanticCustomError("TimeZoneName", "Invalid timezone name.")
        return value

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(min_length=1)
        return core_schema.no_info_after_validator_function(cls._validate, text)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "enum": sorted(timezones())}


@cache
def languages() -> frozenset[str]:
    """The accepted languages: the published codes of ISO 639-3."""
    return _listed("languages.txt")


@cache
def timezones() -> frozenset[str]:
    """The accepted time zones: the published names, those of IANA and `localtime`."""
    return _listed("time_zones.txt")


def _listed(file: str) -> frozenset[str]:
    return frozenset(Path(__file__).with_name(file).read_text(encoding="ascii").split())


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


def _in_utc(value: datetime) -> datetime:
    if value.utcoffset():
        raise PydanticCustomError("timezone_offset", "Input should be in UTC: with Z or +00:00")
    return value


Timestamp = Annotated[AwareDatetime, BeforeValidator(_rfc_3339), AfterValidator(_milliseconds)]
"""A time with an offset; kept in UTC, to the millisecond."""

UtcTimestamp = Annotated[
    AwareDatetime,
    BeforeValidator(_rfc_3339),
    AfterValidator(_in_utc),
    AfterValidator(_milliseconds),
]
"""The same, which has to be given in UTC."""


TagsOrList = Annotated[Tags, BeforeValidator(tags_by_key)]
"""Labels as a world may have them: a mapping, or the list that goes over the wire."""

AnyTagsOrList = Annotated[AnyTags, BeforeValidator(tags_by_key)]


def _as_in_json(value: Any, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    found = read(value)
    if isinstance(value, str) or isinstance(value, bool) is not isinstance(found, bool):
        Strictness.of(info).allow(SPELT_VALUE)
    return found


AS_IN_JSON = WrapValidator(_as_in_json)
"""Marks a number or a boolean that should be one in JSON; after the bounds of it."""

Number = Annotated[FiniteFloat, AS_IN_JSON]

Boolean = Annotated[bool, AS_IN_JSON]
