"""The home of factories: the store they write to, and the chance they draw from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar, overload

if TYPE_CHECKING:
    from faker import Faker

F = TypeVar("F")

Json = dict[str, Any]


class Store(Protocol):
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


class Home:
    """An object that has factories as attributes, each declared with `Made`."""

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


class Made(Generic[F]):
    """Declares a factory as an attribute of its home: `module:class`, imported at first use.

    A run that uses one factory does not pay for the others, nor a server for any.
    """

    def __init__(self, place: str) -> None:
        self._module, _, self._class = place.partition(":")
        self._name = ""

    def __set_name__(self, home: type[Home], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, home: None, owner: type[Home]) -> Self: ...
    @overload
    def __get__(self, home: Home, owner: type[Home]) -> F: ...
    def __get__(self, home: Home | None, owner: type[Home]) -> Self | F:
        if home is None:
            return self
        factory: type[F] = getattr(import_module(self._module), self._class)
        made: F = factory(home, home._store)  # type: ignore[call-arg]
        vars(home)[self._name] = made  # found there from now on, without coming here
        return made
