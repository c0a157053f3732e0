"""Leniencies and assumptions: deviations from the published contract, and gaps that were filled.

Both are declared beside the operations that they are about, and a catalog collects them: nothing
else may be lenient, and no behaviour that a document leaves open goes unnamed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Field, ValidationInfo, create_model
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError


@dataclass(frozen=True)
class Leniency:
    """Something that is accepted, with a warning, although the published contract forbids it."""

    id: str
    where: str
    published: str
    ours: str


@dataclass(frozen=True)
class Assumption:
    """Behaviour that no document settles, why it is as it is, and the test that pins it."""

    id: str
    where: str
    behaviour: str
    reason: str
    test: str


@dataclass(frozen=True)
class Lenient:
    """Marks a required field of a body that may be left out; `default` makes what is stored."""

    leniency: Leniency
    default: Callable[[], Any]


class Strictness:
    """The warnings that one request deserves. In strict mode nothing is lenient."""

    __slots__ = ("strict", "warnings")

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.warnings: list[str] = []

    @classmethod
    def of(cls, info: ValidationInfo) -> Strictness:
        """That of the request which is validated; what is no request is held to every rule."""
        return info.context if isinstance(info.context, cls) else cls(strict=True)

    def allow(self, leniency: Leniency) -> None:
        """Note that the request needed this leniency.

        Raises `PydanticCustomError`, and so a 422, in strict mode.
        """
        text = f"{leniency.id}: {leniency.published}"
        if self.strict:
            raise PydanticCustomError("not_published", "{text}", {"text": text})
        self.warn(text)

    def warn(self, text: str) -> None:
        """Note what is answered as published, and what to know about it, in strict mode too."""
        if text not in self.warnings:
            self.warnings.append(text)


@cache
def relaxed(model: type[BaseModel]) -> type[BaseModel]:
    """The model with its `Lenient` fields optional, at any depth; the same one if it has none."""
    changed: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        marker = _marker(field)
        inner = _inner(field)
        if marker:
            info = Field(default_factory=marker.default, description=field.description)
            changed[name] = (Annotated[field.annotation, *field.metadata], info)
        elif inner and relaxed(inner) is not inner:
            changed[name] = (relaxed(inner), Field(description=field.description))
    if not changed:
        return model
    return create_model(model.__name__, __base__=model, __module__=model.__module__, **changed)


def note_absent(body: BaseModel, strictness: Strictness) -> None:
    """Tell `strictness` of every `Lenient` field that a validated body left out."""
    leniencies, inner = _lenient_fields(type(body))
    for name in inner:
        note_absent(getattr(body, name), strictness)
    if not leniencies or leniencies.keys() <= body.model_fields_set:
        return
    for name, leniency in leniencies.items():
        if name not in body.model_fields_set:
            strictness.allow(leniency)


@cache
def _lenient_fields(model: type[BaseModel]) -> tuple[dict[str, Leniency], tuple[str, ...]]:
    """The leniency of each `Lenient` field, and the fields that are models with such fields."""
    leniencies: dict[str, Leniency] = {}
    nested: list[str] = []
    for name, field in model.model_fields.items():
        marker, inner = _marker(field), _inner(field)
        if marker:
            leniencies[name] = marker.leniency
        elif inner and any(_lenient_fields(inner)):
            nested.append(name)
    return leniencies, tuple(nested)


def _marker(field: FieldInfo) -> Lenient | None:
    return next((item for item in field.metadata if isinstance(item, Lenient)), None)


def _inner(field: FieldInfo) -> type[BaseModel] | None:
    annotation = field.annotation
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return None
