"""Factories: records made in Python, with made-up values for what was not said.

What a resource's records are made of stands beside the resource; here is what all factories
share. They write to the world itself: no request, no token, no limit, no entry in the journal.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Concatenate,
    Generic,
    ParamSpec,
    Protocol,
    TypeVar,
    cast,
)

from amigo_mock.errors import MockError, nearest
from amigo_mock.world.records import Named, Record

if TYPE_CHECKING:
    from faker import Faker

T = TypeVar("T", bound=Named)
P = ParamSpec("P")
F = TypeVar("F", bound="Factory[Any]")

Json = dict[str, Any]

_ID = re.compile("[0-9a-f]{24}")


class Store(Protocol):
    """Where factories put records and find them: plain JSON, as a world document has it."""

    def add_records(
        self,
        organization: str,
        kind: str,
        records: Sequence[Mapping[str, Any]],
        *,
        numbered: bool = False,
        needed: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> list[Json]:
        """Add all of them or, on `MockError`, none; answers them with everything filled in.

        `numbered` gives a name that is taken a number instead of refusing it. `needed` are records
        of other kinds, by kind, that are added before.
        """
        raise NotImplementedError

    def records(self, organization: str, kind: str, id: str | None = None) -> list[Json]:
        """All of a kind, deleted ones too; or the one with this id, if there is one."""
        raise NotImplementedError


class Home:
    """What has factories: the store they write to, and the chance they draw from."""

    def __init__(self, store: Store, seed: int = 0) -> None:
        self._store = store
        self._seed = seed
        self._faker: Faker | None = None
        self._seeded = False

    @property
    def organization(self) -> str:
        """The id of the organization that is meant where none is named."""
        raise NotImplementedError

    @property
    def faker_seed(self) -> int:
        """Decides what is made up. Setting it starts the sequence over, even with the same one."""
        return self._seed

    @faker_seed.setter
    def faker_seed(self, seed: int) -> None:
        self._seed = seed
        self._start_over()

    def _start_over(self) -> None:
        self._seeded = False

    @property
    def faker(self) -> Faker:
        """The Faker that makes values up; what is drawn from it moves the sequence on."""
        if self._faker is None:
            from faker import Faker

            # Weights make a name ten times as dear, and nobody counts how often one comes up.
            self._faker = Faker("en_US", use_weighting=False)
        if not self._seeded:
            self._faker.seed_instance(self._seed)
            self._faker.unique.clear()
            self._seeded = True
        return self._faker


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


class Needs:
    """What the records of one call refer to: what there is, or what is made along with them."""

    def __init__(self, store: Store, organization: str) -> None:
        self.made: dict[str, list[Json]] = {}
        self._store = store
        self._organization = organization
        self._known: dict[tuple[str, str | None], list[Json]] = {}

    def settle(self, draft: Draft[Any]) -> Json:
        """The record of a draft, complete."""
        return {**draft.record, **draft.refers(self)}

    def find(self, factory: Factory[Any], given: object, where: str, *, live: bool = True) -> Json:
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
            names = [one for one in self._records(factory.kind) if factory._lives(one)]
            there = [one for one in names if one["name"] == text.strip()]
            if not there:
                hint = nearest(text, [one["name"] for one in names])
                raise MockError(f"{where}: there is no {text!r} in {factory.kind}{hint}")
        if live and not factory._lives(there[0]):
            raise MockError(f"{where}: {there[0]['name']!r} of the {factory.kind} is out of use")
        return there[0]

    def some(
        self, factory: Factory[Any], fits: Callable[[Json], bool] | None = None, **said: Any
    ) -> Json:
        """The first live record that `fits`; if there is none, one is made of what is `said`."""
        there = [one for one in self._records(factory.kind) if factory._lives(one)]
        for one in there:
            if fits is None or fits(one):
                return one
        draft = factory._drafted(organization=self._organization, **said)
        # It is referred to by its name: ids are the world's to make.
        record = {**self.settle(draft), "name": _free(draft.record["name"], there)}
        self._records(factory.kind).append(record)
        self.made.setdefault(factory.kind, []).append(record)
        return record

    def given_or_some(
        self, factory: Factory[Any], given: object, where: str, *, live: bool = True
    ) -> Json:
        """What `find` finds, or `some` if nothing is given."""
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
    """What another record calls it by."""
    return str(record.get("id") or record["name"])


class Factory(Generic[T]):
    """Makes records of one kind and finds them again.

    A subclass says which `kind` (the list in a world document) and `model`, and how to `create`.
    """

    kind: ClassVar[str]
    model: ClassVar[type[Named]]

    def __init__(self, home: Home, store: Store) -> None:
        self._home = home
        self._store = store

    # Finding

    def get(self, id: str, *, organization: str | None = None) -> T:
        """The record with this id as it is now, deleted or not. Raises `LookupError`."""
        where = self._organization(organization)
        for found in self._store.records(where, self.kind, id):
            return self._typed(found)
        raise LookupError(f"{where!r} has nothing with the id {id!r} among its {self.kind}")

    def find(self, name: str, *, organization: str | None = None) -> T:
        """The record that has this name and is not deleted. Raises `LookupError`."""
        where = self._organization(organization)
        names = {}
        for found in self._live(where):
            if found["name"] == name:
                return self._typed(found)
            names[found["name"]] = found
        hint = nearest(name, names)
        raise LookupError(f"{where!r} has nothing of the name {name!r} among its {self.kind}{hint}")

    def all(self, *, organization: str | None = None) -> list[T]:
        """Everything that is not deleted, in order of creation."""
        return [self._typed(found) for found in self._live(self._organization(organization))]

    def __iter__(self) -> Iterator[T]:
        return iter(self.all())

    def __len__(self) -> int:
        return sum(1 for _ in self._live(self._organization(None)))

    def __bool__(self) -> bool:
        return True  # a factory is there, whatever it has made

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._home!r}>"

    # For other factories

    def _lives(self, record: Json) -> bool:
        """Whether a record is not deleted."""
        return not record["is_deleted"]

    def _drafted(self, **said: Any) -> Draft[T]:
        """What `create` would create, with these keywords."""
        return cast("Draft[T]", vars(type(self))["create"].__wrapped__(self, **said))

    def _add(self, count: int, make: Callable[[], Draft[T]]) -> list[T]:
        """Add so many records, with what they need, or none."""
        if not count:
            return []
        first = make()
        where = self._organization(first.organization)
        needs = Needs(self._store, where)
        # One after the other, so that chance is drawn from as if each came alone.
        records = [needs.settle(first), *(needs.settle(make()) for _ in range(count - 1))]
        made = self._store.add_records(
            where,
            self.kind,
            [plain(record, self.kind) for record in records],
            numbered=first.numbered,
            needed={kind: [plain(one, kind) for one in ones] for kind, ones in needs.made.items()},
        )
        return [self._typed(record) for record in made]

    # For subclasses

    @property
    def _faker(self) -> Faker:
        """Where made-up values come from."""
        return self._home.faker

    def _sibling(self, kind: str) -> Any:
        """The factory of another resource, for what a record of this one needs to be there."""
        return getattr(self._home, kind)

    def _draft(
        self,
        own: Mapping[str, Any],
        latest: Mapping[str, Any] | None = None,
        versions: int | Sequence[Mapping[str, Any]] = 1,
        *,
        name: Callable[[], str],
        version: Callable[[], Json] | None = None,
        creator: str | None,
        organization: str | None,
        refers: Callable[[Needs], Mapping[str, Any]] = lambda _: {},
    ) -> Draft[T]:
        """A record with its `own` fields and `versions`, the last of them with those of `latest`.

        `name` makes up a name if `own` has none, `version` the fields of a version that were not
        given; without it there are no versions. `creator` is the id of a user, `refers` makes the
        fields that depend on other records. Raises `MockError` for versions that are none.
        """
        record: Json = dict(own)
        if "name" not in own:
            record["name"] = name()
        if creator is not None:
            where = self._organization(organization)
            record["creator"] = {"org_id": where, "user_id": creator}
        if version is not None:
            record["versions"] = _versions(versions, latest or {}, version)
        return Draft(record, organization, "name" not in own, refers)

    # Inside

    def _organization(self, given: str | None) -> str:
        return self._home.organization if given is None else given

    def _live(self, organization: str) -> Iterator[Json]:
        found = self._store.records(organization, self.kind)
        return (record for record in found if self._lives(record))

    def _typed(self, record: Json) -> T:
        return cast("T", self.model.model_validate(record))


# Declaring


def creates(
    draft: Callable[Concatenate[F, P], Draft[T]],
) -> Callable[Concatenate[F, P], T]:
    """Make a method that describes a record one that creates it."""
    signature = inspect.signature(draft)

    @wraps(draft)
    def create(self: F, /, *args: P.args, **kwargs: P.kwargs) -> T:
        _spelt(kwargs, signature)
        made: list[T] = self._add(1, lambda: draft(self, *args, **kwargs))
        return made[0]

    made = str(signature.return_annotation).removeprefix("Draft[").removesuffix("]")
    vars(create)["__signature__"] = signature.replace(return_annotation=made)
    return create


def many(
    create: Callable[Concatenate[F, P], T],
) -> Callable[Concatenate[F, int, P], list[T]]:
    """The method that creates several at once, all of them or none."""
    signature = inspect.signature(create)
    draft: Callable[Concatenate[F, P], Draft[T]] = vars(create)["__wrapped__"]

    def create_many(self: F, count: int, /, *args: P.args, **kwargs: P.kwargs) -> list[T]:
        """Create so many, all of them or none, with the keywords of `create` for each."""
        _spelt(kwargs, signature)
        if count < 0:
            raise MockError(f"{self.kind}: cannot create {count} of them: say 0 or more")
        made: list[T] = self._add(count, lambda: draft(self, *args, **kwargs))
        return made

    first, *rest = signature.parameters.values()
    count = inspect.Parameter("count", inspect.Parameter.POSITIONAL_ONLY, annotation="int")
    vars(create_many)["__signature__"] = signature.replace(
        parameters=[first.replace(kind=inspect.Parameter.POSITIONAL_ONLY), count, *rest],
        return_annotation=f"list[{signature.return_annotation}]",
    )
    return create_many


def without(absent: object, /, **values: Any) -> Json:
    """The values that were given, of those that are `absent` if they were not."""
    return {name: value for name, value in values.items() if value is not absent}


def _spelt(given: Mapping[str, object], signature: inspect.Signature) -> None:
    for name in given:
        if name not in signature.parameters:
            hint = nearest(name, list(signature.parameters)[1:])
            raise TypeError(f"there is no keyword {name!r}{hint}")


def _versions(
    versions: Any,
    latest: Mapping[str, Any],
    make: Callable[[], Json],
) -> list[Any]:
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
    """What is given, if it is several. Raises `MockError`, which says `where`, if not."""
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
