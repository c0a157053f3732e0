"""Drafts: records that are to be, and what they refer to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from amigo_mock.errors import MockError
from amigo_mock.names import nearest
from amigo_mock.testing.factories.host import Json, RecordStore
from amigo_mock.world.records import Named, Record

T = TypeVar("T", bound=Named)

_ID = re.compile("[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class Draft(Generic[T]):
    """A record that is to be, as a world has it.

    `numbered` says that its name was made up, and may get a number; `refers` are the fields that
    depend on other records.
    """

    record: Json
    organization: str | None
    numbered: bool
    refers: Callable[[Needs], Mapping[str, Any]] = lambda _: {}


class Drafter(Protocol):
    """A factory, as far as other factories use it."""

    @property
    def kind(self) -> str:
        """The list that its records have in a world document."""
        raise NotImplementedError

    @property
    def draft(self) -> Callable[..., Draft[Any]]:
        """Describes a record that is to be, with the keywords of `create`."""
        raise NotImplementedError

    def lives(self, record: Json) -> bool:
        """Tell whether a record is in use."""
        raise NotImplementedError


class Needs:
    """The records that those of one call refer to: there already, or made along with them."""

    def __init__(self, store: RecordStore, organization: str) -> None:
        self.made: dict[str, list[Json]] = {}
        self._store = store
        self._organization = organization
        self._known: dict[tuple[str, str | None], list[Json]] = {}

    def settle(self, draft: Draft[Any]) -> Json:
        """The record of a draft, complete."""
        return {**draft.record, **draft.refers(self)}

    def find(self, factory: Drafter, given: object, where: str, *, live: bool = True) -> Json:
        """The record that is given as one, by its id or by its name.

        Raises `MockError`, which says `where`, if there is none, or if it has to be `live` and is
        not.
        """
        text = given.id if isinstance(given, Named) else given
        if not isinstance(text, str):
            raise MockError(
                f"{where}: say one of the {factory.kind}, its id or its name, "
                f"not {type(given).__name__}"
            )
        there = self._records(factory.kind, text) if _ID.fullmatch(text) else []
        if not there:
            names = [one for one in self._records(factory.kind) if factory.lives(one)]
            there = [one for one in names if one["name"] == text.strip()]
            if not there:
                hint = nearest(text, [one["name"] for one in names])
                raise MockError(f"{where}: there is no {text!r} in {factory.kind}{hint}")
        if live and not factory.lives(there[0]):
            raise MockError(f"{where}: {there[0]['name']!r} of the {factory.kind} is out of use")
        return there[0]

    def some(
        self, factory: Drafter, fits: Callable[[Json], bool] | None = None, **said: Any
    ) -> Json:
        """The first live record that `fits`; if there is none, one is made of what is `said`."""
        there = [one for one in self._records(factory.kind) if factory.lives(one)]
        for one in there:
            if fits is None or fits(one):
                return one
        draft = factory.draft(organization=self._organization, **said)
        # It is referred to by its name: ids are the world's to make.
        record = {**self.settle(draft), "name": _free(draft.record["name"], there)}
        self._records(factory.kind).append(record)
        self.made.setdefault(factory.kind, []).append(record)
        return record

    def given_or_some(
        self, factory: Drafter, given: object, where: str, *, live: bool = True
    ) -> Json:
        """The result of `find`, or of `some` if nothing is given."""
        return self.some(factory) if given is None else self.find(factory, given, where, live=live)

    def _records(self, kind: str, id: str | None = None) -> list[Json]:
        if (kind, id) not in self._known:
            self._known[kind, id] = self._store.records(self._organization, kind, id)
        return self._known[kind, id]


def _free(name: str, others: Sequence[Json]) -> str:
    taken, wanted, number = {one["name"] for one in others}, name, 1
    while name in taken:
        number += 1
        name = f"{wanted} {number}"
    return name


def reference(record: Json) -> str:
    """The name or id by which another record refers to one."""
    return str(record.get("id") or record["name"])


def without(absent: object, /, **values: Any) -> Json:
    """The values that were given, of those that are `absent` if they were not."""
    return {name: value for name, value in values.items() if value is not absent}


def versions_of(
    versions: Any,
    latest: Mapping[str, Any],
    make: Callable[[], Json],
) -> list[Any]:
    """The versions of a record, the last of them with the fields of `latest`.

    Raises `MockError` for versions that are none.
    """
    if isinstance(versions, int):
        if versions < 1:
            raise MockError(f"versions: {versions} is too few: there is at least one")
        versions = [{}] * versions
    elif not isinstance(versions, Sequence) or isinstance(versions, str) or not versions:
        raise MockError("versions: say how many, or a list of them with at least one")
    *_, last = versions
    for name in latest:
        if isinstance(last, Mapping) and name in last:
            raise MockError(f"versions: the last one has {name!r}, which is also given beside it")
    # What is no mapping is left to the world, which says where it stands.
    made: list[Any] = [{**make(), **one} if isinstance(one, Mapping) else one for one in versions]
    if isinstance(last, Mapping):
        made[-1] |= latest
    return made


def several(given: object, where: str) -> Sequence[Any]:
    """A list that was given. Raises `MockError`, which says `where`, if not."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise MockError(f"{where}: say a list, not {type(given).__name__}")
    return given


def plain(value: object, kind: str) -> Any:
    """A value as it would come over the wire, sharing nothing with what was given."""
    try:
        return json.loads(json.dumps(value, default=_json))
    except (TypeError, ValueError, RecursionError) as error:
        raise MockError(f"{kind}: {error}") from None


def _json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Record):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no place in JSON")
