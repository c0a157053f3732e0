"""Scripts: what a test decides about a resource ahead of time, as the resource declares it.

A `Script` is the declaration, `Scripts` holds the values of all of them for one fake, and
`ScriptedValues` is the part of it that belongs to one script, for tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from amigo_mock.attributes import KnownAttributes
from amigo_mock.errors import MockError, first, unknown
from amigo_mock.names import there_is_no
from amigo_mock.world.world import Organization, World

MOST = 10_000  # values of one script that are added one by one

S = TypeVar("S", bound=BaseModel)

Check = Callable[[S, Sequence[Organization]], None]


@dataclass(frozen=True, eq=False)
class Script(Generic[S]):
    """A declaration: the name of a list of values, and the model of a value.

    `noun` names one value in errors; the three summaries describe the operations of the control
    API. `check` raises `MockError` for a value that refers to nothing in any of the
    given organizations. A field `organization` of the model limits a value to that organization.
    With `once` a value is used up by the first request that takes it. `values` is the class that
    tests see, for the sake of typed keywords.
    """

    name: str
    model: type[S]
    noun: str
    check: Check[S] = lambda *_: None
    once: bool = False
    values: type[ScriptedValues[S]] | None = None
    add_summary: str = "Script one more value."
    list_summary: str = "List the scripted values."
    clear_summary: str = "Forget all scripted values."

    def make(self, fields: Mapping[str, Any]) -> S:
        """A value from its fields. Raises `MockError` for fields that are wrong."""
        for name in fields:
            if name not in self.model.model_fields:
                raise unknown("field", name, self.model.model_fields)
        try:
            return self.model(**fields)
        except ValidationError as error:
            found = first(error)
            place = f" {found.place!r}" if found.loc else ""
            raise MockError(f"{self.noun}{place}: {found.text}") from None


class ScriptStore(Protocol):
    """A store of scripted values: in this process or elsewhere."""

    def values(self, script: Script[S]) -> list[S]:
        """The values of a script, oldest first."""
        raise NotImplementedError

    def put(self, script: Script[S], value: S) -> S:
        """Append a value. Raises `MockError` if it refers to nothing."""
        raise NotImplementedError

    def replace(self, script: Script[S], values: Iterable[S]) -> None:
        """Keep these values of a script and no others. Raises `MockError` as `put` does."""
        raise NotImplementedError


class ScriptedValues(KnownAttributes, Generic[S]):
    """The values of one script, oldest first."""

    def __init__(self, script: Script[S], store: ScriptStore) -> None:
        self._script = script
        self._store = store

    def add(self, *values: Any, **fields: Any) -> S:
        """Append a value; positional arguments are its first fields.

        Raises `MockError` for a field or a record that does not exist, naming the nearest.
        """
        named = zip(self._script.model.model_fields, values, strict=False)
        return self._store.put(self._script, self._script.make({**dict(named), **fields}))

    def remove(self, value: S) -> None:
        """Remove a value. Raises `MockError` if it is not there."""
        values = self._store.values(self._script)
        if value not in values:
            raise MockError(f"there is no such {self._script.noun}")
        values.remove(value)
        self._store.replace(self._script, values)

    def clear(self) -> None:
        """Remove all values."""
        self._store.replace(self._script, ())

    def __iter__(self) -> Iterator[S]:
        return iter(self._store.values(self._script))

    def __len__(self) -> int:
        return len(self._store.values(self._script))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {list(self)}>"


class Scripts:
    """The scripted values of one fake, by the name of their script.

    `declared` are the scripts that its resources declare; `changes` counts what was changed, and
    `changed` is called when a test did it.
    """

    def __init__(self, declared: Mapping[str, Script[Any]], world: Callable[[], World]) -> None:
        self.declared = declared
        self.changes = 0
        self.changed: Callable[[], None] = lambda: None
        self._world = world
        self._values: dict[str, tuple[Any, ...]] = {}

    # For tests

    def of(self, script: Script[S]) -> ScriptedValues[S]:
        """The values of one script, for tests."""
        return (script.values or ScriptedValues)(script, self)

    def values(self, script: Script[S]) -> list[S]:
        """The values of a script, oldest first."""
        return list(self._values.get(script.name, ()))

    def put(self, script: Script[S], value: S) -> S:
        """Append a value. Raises `MockError` if it refers to nothing, or there are too many."""
        _check(script, value, self._world())
        values = self.values(script)
        if len(values) >= MOST:
            raise MockError(f"{MOST} values are scripted as {script.name!r}: clear them first")
        self._set(script, [*values, value])
        self.changed()
        return value

    def replace(self, script: Script[S], values: Iterable[S]) -> None:
        """Keep these values of a script and no others. Raises `MockError` as `put` does."""
        kept = list(values)
        for value in kept:
            _check(script, value, self._world())
        self._set(script, kept)
        self.changed()

    # For handlers

    def about(self, script: Script[S], organization: str) -> list[S]:
        """The values of a script that hold for an organization, oldest first."""
        return [value for value in self.values(script) if _holds_in(value, organization)]

    def take(self, script: Script[S], organization: str, fits: Callable[[S], bool]) -> S | None:
        """The first value that fits, if one does; it is used up if the script says `once`."""
        values = self.values(script)
        for place, value in enumerate(values):
            if _holds_in(value, organization) and fits(value):
                if script.once:
                    self._set(script, values[:place] + values[place + 1 :])
                return value
        return None

    # As a whole

    def snapshot(self) -> dict[str, tuple[Any, ...]]:
        """The values by the name of their script, for `restore`."""
        return dict(self._values)

    def restore(self, values: Mapping[str, Iterable[Any]]) -> None:
        """Keep these values, which were checked before, and no others."""
        self._values = {name: tuple(found) for name, found in values.items() if found}
        self.changes += 1

    def read(
        self, document: Mapping[str, Any], where: str, world: World | None = None
    ) -> dict[str, tuple[Any, ...]]:
        """The values that a document describes, for `restore`; checked against a world, if given.

        Raises `MockError`, naming the place, for a document that is wrong.
        """
        found: dict[str, tuple[Any, ...]] = {}
        for name, items in document.items():
            script = self.declared.get(name)
            if script is None:
                raise MockError(f"{where}: {there_is_no('script', name, self.declared)}")
            if not isinstance(items, list):
                raise MockError(f"{where}.{name}: expected a list")
            found[name] = tuple(
                _read(script, item, f"{where}.{name}.{number}", world)
                for number, item in enumerate(items)
            )
        return found

    def document(self, *, checked: bool = True) -> dict[str, list[dict[str, Any]]]:
        """The values as a world document has them.

        With `checked` those that refer to nothing any more are left out, so that the document can
        be read again.
        """
        world = self._world()
        return {
            name: [
                value.model_dump(mode="json", exclude_defaults=True)
                for value in values
                if not checked or _refers(self.declared[name], value, world)
            ]
            for name, values in self._values.items()
        }

    def _set(self, script: Script[Any], values: Sequence[Any]) -> None:
        self.changes += 1
        self._values.pop(script.name, None)
        if values:
            self._values[script.name] = tuple(values)


def _read(script: Script[Any], item: Any, where: str, world: World | None) -> Any:
    try:
        value = script.model.model_validate(item)
    except ValidationError as error:
        found = first(error)
        place = f"{where}.{found.place}" if found.loc else where
        raise MockError(f"{place}: {found.sentence(script.model.model_fields)}") from None
    if world is not None:
        try:
            _check(script, value, world)
        except MockError as error:
            raise MockError(f"{where}: {error}") from None
    return value


def _holds_in(value: BaseModel, organization: str) -> bool:
    return getattr(value, "organization", None) in (None, organization)


def _refers(script: Script[S], value: S, world: World) -> bool:
    try:
        _check(script, value, world)
    except MockError:
        return False
    return True


def _check(script: Script[S], value: S, world: World) -> None:
    limited = getattr(value, "organization", None)
    if limited is not None and limited not in world:
        known = (organization.id for organization in world)
        raise unknown("organization", limited, known)
    script.check(value, [found for found in world if _holds_in(value, found.id)])
