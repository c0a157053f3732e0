"""Factories: records made in Python, with made-up values for what was not said.

What a resource's records are made of stands beside the resource; here is what all factories
share. They write to the world itself: no request, no token, no limit, no entry in the journal.
"""

from __future__ import annotations

import inspect
import json
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
from amigo_mock.records import Tracked

if TYPE_CHECKING:
    from faker import Faker

T = TypeVar("T", bound=Tracked)
P = ParamSpec("P")
F = TypeVar("F", bound="Factory[Any]")

Json = dict[str, Any]


class Store(Protocol):
    """Where factories put records and find them: plain JSON, as a world document has it."""

    def add_records(
        self,
        organization: str,
        kind: str,
        records: Sequence[Mapping[str, Any]],
        *,
        numbered: bool = False,
    ) -> list[Json]:
        """Add all of them or, on `MockError`, none; answers them with everything filled in.

        `numbered` gives a name that is taken a number instead of refusing it.
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

    `numbered` says that its name was made up, and may get a number; `add` creates it with others.
    """

    record: Json
    organization: str | None
    numbered: bool
    add: Callable[[Sequence[Draft[T]]], list[T]]


class Factory(Generic[T]):
    """Makes records of one kind and finds them again.

    A subclass says which `kind` (the list in a world document) and `model`, and how to `create`.
    """

    kind: ClassVar[str]
    model: ClassVar[type[Tracked]]

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
        latest: Mapping[str, Any],
        versions: int | Sequence[Mapping[str, Any]],
        *,
        name: Callable[[], str],
        version: Callable[[], Json],
        creator: str | None,
        organization: str | None,
    ) -> Draft[T]:
        """A record with its `own` fields and `versions`, the last of them with those of `latest`.

        `name` makes up a name if `own` has none, `version` the fields of a version that were not
        given. `creator` is the id of a user. Raises `MockError` for versions that are none.
        """
        record: Json = dict(own)
        if "name" not in own:
            record["name"] = name()
        if creator is not None:
            where = self._organization(organization)
            record["creator"] = {"org_id": where, "user_id": creator}
        record["versions"] = _versions(versions, latest, version)
        return Draft(record, organization, "name" not in own, self._add)

    # Inside

    def _organization(self, given: str | None) -> str:
        return self._home.organization if given is None else given

    def _live(self, organization: str) -> Iterator[Json]:
        found = self._store.records(organization, self.kind)
        return (record for record in found if not record["is_deleted"])

    def _typed(self, record: Json) -> T:
        return cast("T", self.model.model_validate(record))

    def _add(self, drafts: Sequence[Draft[T]]) -> list[T]:
        first = drafts[0]
        made = self._store.add_records(
            self._organization(first.organization),
            self.kind,
            [_plain(draft.record, self.kind) for draft in drafts],
            numbered=first.numbered,
        )
        return [self._typed(record) for record in made]


# Declaring


def creates(
    draft: Callable[Concatenate[F, P], Draft[T]],
) -> Callable[Concatenate[F, P], T]:
    """Make a method that describes a record one that creates it."""
    signature = inspect.signature(draft)

    @wraps(draft)
    def create(self: F, /, *args: P.args, **kwargs: P.kwargs) -> T:
        _spelt(kwargs, signature)
        one = draft(self, *args, **kwargs)
        return one.add([one])[0]

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
        drafts = [draft(self, *args, **kwargs) for _ in range(count)]
        return drafts[0].add(drafts) if drafts else []

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


def _plain(record: Json, kind: str) -> Json:
    """The record as it would come over the wire, sharing nothing with what was given."""
    try:
        return cast("Json", json.loads(json.dumps(record, default=_json)))
    except (TypeError, ValueError, RecursionError) as error:
        raise MockError(f"{kind}: {error}") from None


def _json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
