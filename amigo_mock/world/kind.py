"""Kind: what a world has to know of a resource in order to hold its records."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import NoneType
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel

from amigo_mock.world.records import Stored, Version

R = TypeVar("R", bound=Stored)
V = TypeVar("V", bound=Version | None)

Label = tuple[str, Hashable]  # a field, and a value that a record has in it


@dataclass(frozen=True, eq=False)
class Kind(Generic[R, V]):
    """The description of a resource that a world can hold.

    `name` is its list in a world document, `seed` what an item of that list looks like, `parent`
    the field by which a version names its record; a kind without versions has `NoneType` for
    them. `content` makes the fields of a version from a body, for an organization; `own` makes
    fields of a record from its seed, where they are others than the seed's. `default` is the list
    of an organization that says nothing of this kind.

    `labels` are filterable values beyond those that all records have; `sortable` are the fields
    that a list can be ordered by; `text` is what search reads, the heading and the rest;
    `references` are the ids of what may not be deleted while this record lives, by the name of
    their kind; `passed` makes of a record that is not settled what it is at a later time.
    """

    name: str
    record: type[R]
    version: type[V]
    parent: str = ""
    seed: type[BaseModel] = BaseModel
    content: Callable[[Any, Any], dict[str, Any]] = lambda *_: {}
    own: Callable[[Any, Any], dict[str, Any]] = lambda *_: {}
    default: Sequence[Mapping[str, Any]] = ()
    labels: Callable[[R], Iterable[Label]] = lambda _: ()
    sortable: tuple[str, ...] = ("name", "created_at", "updated_at")
    text: Callable[[R, V], tuple[str, str]] = lambda record, _: (record.unique or "", "")
    references: Mapping[str, Callable[[R, V], Iterable[str]]] = field(default_factory=dict)
    passed: Callable[[R, datetime], R] = lambda record, _: record

    @cached_property
    def make_record(self) -> Callable[[dict[str, Any]], R]:
        """Make a record of the values of its fields."""
        return self.record.__pydantic_validator__.validate_python

    @cached_property
    def make_version(self) -> Callable[[dict[str, Any]], V]:
        """Make a version of the values of its fields."""
        return cast("Any", self.version).__pydantic_validator__.validate_python  # type: ignore[no-any-return]

    def labels_of(self, record: R, latest: V | None) -> list[Label]:
        """Return every label that a record has, with its latest version."""
        found = record.labels()
        if not record.settled:
            found.append(("settled", False))
        found += self.labels(record)
        for kind, ids in self.references.items():
            found += [(kind, id) for id in set(ids(record, cast("V", latest)))]
        return found

    @property
    def versioned(self) -> bool:
        """True if its records have versions."""
        return self.version is not NoneType


def serialize(record: Any) -> bytes:
    """Return the JSON of a record or a version."""
    row: bytes = record.__pydantic_serializer__.to_json(record, by_alias=True)
    return row
