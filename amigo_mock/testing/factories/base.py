"""Factories: records made in Python, with made-up values for what was not said.

They write to the world itself: no request, no token, no limit, no entry in the journal.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, Generic, ParamSpec, TypeVar, cast

from amigo_mock.attributes import KnownAttributes
from amigo_mock.errors import MockError
from amigo_mock.names import nearest, there_is_no
from amigo_mock.testing.factories.draft import Draft, Needs, plain, versions_of
from amigo_mock.testing.factories.host import FactoryHost, Json, RecordStore
from amigo_mock.world.records import Named, Record, Version

if TYPE_CHECKING:
    from faker import Faker

T = TypeVar("T", bound=Named)
V = TypeVar("V", bound=Version)
P = ParamSpec("P")
F = TypeVar("F", bound="Factory[Any]")


class Versioned(Record, Generic[V]):
    """A record with all of its versions."""

    versions: tuple[V, ...]

    @property
    def latest(self) -> V:
        """Its last version."""
        return self.versions[-1]


class Factory(KnownAttributes, Generic[T]):
    """Makes records of one kind and finds them again.

    A subclass says which `kind` (the list in a world document) and `model`, how to `draft` a
    record, and has `create` and `create_many` made from that with `creates` and `many`.
    """

    kind: ClassVar[str]
    model: ClassVar[type[Named]]
    draft: Callable[..., Draft[T]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        signature = inspect.signature(cls.draft)
        first, *rest = signature.parameters.values()
        count = inspect.Parameter("count", inspect.Parameter.POSITIONAL_ONLY, annotation="int")
        both = [first.replace(kind=inspect.Parameter.POSITIONAL_ONLY), count, *rest]
        made = cls.model.__name__
        methods = vars(cls)
        vars(methods["create"])["__signature__"] = signature.replace(return_annotation=made)
        vars(methods["create_many"])["__signature__"] = signature.replace(
            parameters=both, return_annotation=f"list[{made}]"
        )

    def __init__(self, host: FactoryHost, store: RecordStore) -> None:
        self._host = host
        self._store = store

    # Finding

    def get(self, id: str, *, organization: str | None = None) -> T:
        """The record with this id as it is now, deleted or not. Raises `LookupError`."""
        __tracebackhide__ = True
        where = self._organization(organization)
        for found in self._store.records(where, self.kind, id):
            return self._typed(found)
        raise LookupError(f"{where!r} has nothing with the id {id!r} among its {self.kind}")

    def find(self, name: str, *, organization: str | None = None) -> T:
        """The record that has this name and is not deleted. Raises `LookupError`."""
        __tracebackhide__ = True
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
        return f"<{type(self).__name__} of {self._host!r}>"

    # For other factories

    def lives(self, record: Json) -> bool:
        """Tell whether a record is in use: not deleted, for most kinds."""
        return not record["is_deleted"]

    def _add(self, count: int, make: Callable[[], Draft[T]]) -> list[T]:
        """Add so many records, with what they need, or none."""
        self._host.check_writable()
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

    def _about_keywords(self, error: MockError, given: Mapping[str, object]) -> MockError:
        """The same error, with the keyword in place of where that stands in a world."""
        called = f"{self.kind}.create: "
        text = re.sub(rf"\b{self.kind}\.\d+\.", called, str(error))
        if isinstance(given.get("versions", 1), int):
            text = re.sub(rf"{called}versions\.\d+\.", called, text)
        return MockError(text)

    # For subclasses

    @property
    def _faker(self) -> Faker:
        """The source of made-up values."""
        return self._host.faker

    def _sibling(self, kind: str) -> Any:
        """The factory of another resource, for what a record of this one needs to be there."""
        return getattr(self._host, kind)

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
            record["versions"] = versions_of(versions, latest or {}, version)
        return Draft(record, organization, "name" not in own, refers)

    # Inside

    def _organization(self, given: str | None) -> str:
        return self._host.organization if given is None else given

    def _live(self, organization: str) -> Iterator[Json]:
        found = self._store.records(organization, self.kind)
        return (record for record in found if self.lives(record))

    def _typed(self, record: Json) -> T:
        return cast("T", self.model.model_validate(record))


# Declaring


def creates(draft: Callable[Concatenate[F, P], Draft[T]]) -> Callable[Concatenate[F, P], T]:
    """The method that creates what a draft describes, with its keywords and its docstring."""
    names = list(inspect.signature(draft).parameters)[1:]

    def create(self: F, /, *args: P.args, **kwargs: P.kwargs) -> T:
        __tracebackhide__ = True  # a traceback ends at the line of the test
        _check_names(kwargs, names)
        try:
            made: list[T] = self._add(1, lambda: draft(self, *args, **kwargs))
        except MockError as error:
            raise self._about_keywords(error, kwargs) from None
        return made[0]

    create.__doc__ = draft.__doc__
    return create


def many(
    draft: Callable[Concatenate[F, P], Draft[T]],
) -> Callable[Concatenate[F, int, P], list[T]]:
    """The method that creates several at once, all of them or none."""
    names = list(inspect.signature(draft).parameters)[1:]

    def create_many(self: F, count: int, /, *args: P.args, **kwargs: P.kwargs) -> list[T]:
        """Create so many, all of them or none, with the keywords of `create` for each."""
        __tracebackhide__ = True
        _check_names(kwargs, names)
        if count < 0:
            raise MockError(f"{self.kind}: cannot create {count} of them: say 0 or more")
        try:
            made: list[T] = self._add(count, lambda: draft(self, *args, **kwargs))
        except MockError as error:
            raise self._about_keywords(error, kwargs) from None
        return made

    return create_many


def _check_names(given: Mapping[str, object], names: Sequence[str]) -> None:
    __tracebackhide__ = True
    for name in given:
        if name not in names:
            raise TypeError(there_is_no("keyword", name, names))
