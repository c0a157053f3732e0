"""The host of factories: their store, and their source of made-up values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar, overload

if TYPE_CHECKING:
    from faker import Faker

from amigo_mock.attributes import KnownAttributes

F = TypeVar("F")

Json = dict[str, Any]


class RecordStore(Protocol):
    """The records of a fake, as factories add and find them: as a world document has them."""

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


class FactoryHost(KnownAttributes):
    """The base of objects that have factories as attributes, each declared with `LazyFactory`."""

    def __init__(self, store: RecordStore, random_seed: int = 0) -> None:
        self._store = store
        self._faker_seed = random_seed
        self._faker: Faker | None = None
        self._seeded = False

    @property
    def organization(self) -> str:
        """The id of the organization of records that name none."""
        raise NotImplementedError

    def check_writable(self) -> None:
        """Raise `MockError` where records could not be added."""

    @property
    def faker_seed(self) -> int:
        """The number that decides the made-up values. Setting it starts their sequence over."""
        return self._faker_seed

    @faker_seed.setter
    def faker_seed(self, seed: int) -> None:
        self._faker_seed = seed
        self._start_over()

    def _start_over(self) -> None:
        self._seeded = False

    @property
    def faker(self) -> Faker:
        """The Faker that makes values up; each value moves its sequence on."""
        if self._faker is None:
            from faker import Faker

            # With weights a name takes ten times as long, and no test depends on their frequencies.
            self._faker = Faker("en_US", use_weighting=False)
        if not self._seeded:
            self._faker.seed_instance(self._faker_seed)
            self._faker.unique.clear()
            self._seeded = True
        return self._faker


class LazyFactory(Generic[F]):
    """A factory as an attribute of its host: `module:class`, imported at first use.

    A run that uses one factory does not import the others, and a server imports none.
    """

    def __init__(self, place: str) -> None:
        self._module, _, self._class = place.partition(":")
        self._name = ""

    def __set_name__(self, host: type[FactoryHost], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, host: None, owner: type[FactoryHost]) -> Self: ...
    @overload
    def __get__(self, host: FactoryHost, owner: type[FactoryHost]) -> F: ...
    def __get__(self, host: FactoryHost | None, owner: type[FactoryHost]) -> Self | F:
        if host is None:
            return self
        factory: type[F] = getattr(import_module(self._module), self._class)
        made: F = factory(host, host._store)  # type: ignore[call-arg]
        vars(host)[self._name] = made  # from now on found before this descriptor
        return made
