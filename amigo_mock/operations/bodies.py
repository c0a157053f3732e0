"""Models of bodies, JSON and forms, and the parser of multipart messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from amigo_mock.world.records.base import RedactedRepr

MULTIPART = "multipart/form-data"
MOST_PARTS = 1000  # of one form


class Body(RedactedRepr):
    """A request body. Immutable; unknown fields are passed over, as the service does."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class Empty(BaseModel):
    """No body at all."""


class Form(BaseModel):
    """The fields of a form, sent as `multipart/form-data`. Immutable; unknown ones are ignored."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class Upload(BaseModel):
    """A field of a form that is a file. A plain field counts as a file without a name."""

    model_config = ConfigDict(frozen=True)

    content: bytes
    file_name: str | None = None
    media_type: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, value: Any) -> Any:
        return {"content": value.encode()} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "format": "binary"}


Value = str | Upload


class BrokenForm(ValueError):
    """A body that is no multipart message, or one with too many parts."""


def parse(body: bytes, content_type: bytes) -> list[tuple[str, Value]]:
    """The fields of a multipart body, in order. Raises `BrokenForm`."""
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise BrokenForm("the content type names no boundary")
    parts = _Parts(parse_options_header)
    try:
        parser = MultipartParser(boundary, parts.callbacks)
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise BrokenForm(str(error)) from None
    if not parts.ended:
        raise BrokenForm("the last boundary is missing")
    return parts.fields


class _Parts:
    """Gathers what the parser reports of a message."""

    def __init__(self, options: Any) -> None:
        self.fields: list[tuple[str, Value]] = []
        self.ended = False
        self._options = options
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._chunks: list[bytes] = []

    @property
    def callbacks(self) -> Any:
        """The methods that the parser calls, by the names that it knows them by."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._part_data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        if len(self.fields) == MOST_PARTS:
            raise BrokenForm(f"it has more than {MOST_PARTS} parts")
        self._headers, self._chunks = {}, []

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._chunks.append(data[start:end])

    def _end(self) -> None:
        kind, options = self._options(self._headers.get(b"content-disposition"))
        name = options.get(b"name")
        if kind != b"form-data" or name is None:
            raise BrokenForm("a part has no name")
        self.fields.append((_text(name), self._field(options)))

    def _field(self, options: Mapping[bytes, bytes]) -> Value:
        content = b"".join(self._chunks)
        file_name = options.get(b"filename")
        if file_name is None:
            return _text(content)
        media_type = self._headers.get(b"content-type")
        return Upload(
            content=content,
            file_name=_text(file_name),
            media_type=None if media_type is None else _text(media_type),
        )

    def _finish(self) -> None:
        self.ended = True


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BrokenForm("text in it is not UTF-8") from None
