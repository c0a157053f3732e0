"""The state of a fake, as a test reads and changes it, and assertions on its requests."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Never, TypeVar, Unpack

from pydantic import BaseModel

from amigo_mock.engine.backend import Controls
from amigo_mock.engine.races import RaceBuilder, Races
from amigo_mock.errors import MockError
from amigo_mock.names import nearest
from amigo_mock.settings import Settings
from amigo_mock.state.clock import Clock
from amigo_mock.state.faults import Armed, FaultKeywords, Faults
from amigo_mock.state.journal import Journal
from amigo_mock.state.limits import RateLimits
from amigo_mock.state.maintenance import Maintenance
from amigo_mock.state.requests import Requests
from amigo_mock.state.scripts import Script, ScriptedValues
from amigo_mock.testing.factories import Factories

if TYPE_CHECKING:
    from amigo_mock.resources.simulation.outcomes import Outcomes

S = TypeVar("S", bound=BaseModel)


class MockControls(Factories):
    """A fake in the hands of a test, wherever it runs."""

    missed: list[Armed]
    """Faults for a block that never met them."""

    def __init__(self, fake: Controls) -> None:
        super().__init__(fake, fake.settings.random_seed)
        self._fake = fake
        self._process = os.getpid()
        self.missed = []

    def check_writable(self) -> None:
        """Raise `MockError` in a process that was forked off: what it changes, nobody sees."""
        if os.getpid() != self._process and not self._fake.forks:
            raise MockError(
                "this fake belongs to the process that was forked, which does not see what a child "
                "changes: send requests to its url, or use AmigoMock.at(url)"
            )

    def _advice(self, name: str) -> str:
        if name not in type(self.settings).model_fields:
            return ""
        return (
            f": it is a setting. Give it to AmigoMock({name}=...) or to the marker of the test, "
            f"@pytest.mark.amigo({name}=...)"
        )

    @property
    def settings(self) -> Settings:
        """The settings that it was made or configured with."""
        return self._fake.settings

    @property
    def revision(self) -> tuple[int, ...]:
        """A value that differs after every change of the world; of a fake elsewhere, always ()."""
        return self._fake.revision

    @property
    def organization(self) -> str:
        """The id of the first organization, which is meant wherever none is named."""
        return self._fake.first().id

    @property
    def clock(self) -> Clock:
        """The clock that everything goes by."""
        return self._fake.clock

    @property
    def faults(self) -> Faults:
        """The armed faults."""
        return self._fake.faults

    def scripted(self, script: Script[S]) -> ScriptedValues[S]:
        """The values of a script: what a resource lets a test decide ahead of time."""
        return (script.values or ScriptedValues)(script, self._fake.scripts)

    @property
    def outcomes(self) -> Outcomes:
        """The scripted ends of simulation runs that start from now on."""
        from amigo_mock.resources.simulation.outcomes import OUTCOMES, Outcomes

        return Outcomes(OUTCOMES, self._fake.scripts)

    @property
    def requests(self) -> Journal:
        """The journal of requests and answers."""
        return self._fake.journal

    @property
    def rate_limits(self) -> RateLimits:
        """The rate limits, and their use."""
        return self._fake.limits

    @property
    def maintenance(self) -> Maintenance:
        """The switch under which every operation answers 503. Set it, or call it in a `with`."""
        return self._fake.maintenance

    @maintenance.setter
    def maintenance(self, enabled: bool) -> None:
        self._fake.maintenance.enabled = enabled

    @property
    def races(self) -> Races:
        """The calls of other users in between; see `between`."""
        return self._fake.races

    # What goes wrong

    @contextmanager
    def faulty(self, operation: str, **fault: Unpack[FaultKeywords]) -> Iterator[Armed]:
        """Arm a fault for a block; the keywords are those of `faults.add`.

        One that the block never meets is then among the `missed`.
        """
        armed = self.faults.add(operation, **fault)
        try:
            yield armed
        finally:
            if not armed.hits:
                self.missed.append(armed)
            self.faults.remove(armed)

    def between(self, read: str | None, write: str) -> RaceBuilder:
        """Another user comes in after `read` was answered and before the next `write` is.

        Say what they do with `edits`, `deletes`, `adds_version` or `does`. Without `read` they
        come before the next `write` at any rate.
        """
        return RaceBuilder(self._fake.races.arm, self._fake.catalog.operations, write, read)

    # What was asked

    def assert_called(
        self,
        operation: str,
        *,
        times: int | None = None,
        json: Any = None,
        query: Mapping[str, Any] | None = None,
        path: Mapping[str, Any] | None = None,
        status: int | str | None = None,
        user: Any = None,
        **others: Never,
    ) -> Requests:
        """The requests to an operation that are as expected: `times` of them, or at least one.

        `json` is a part of the body; `query` and `path` are parameters by name; `status` is a
        number or like `"4xx"`. Raises `AssertionError` that shows what came nearest, and
        `MockError` for an expectation that nothing can meet.
        """
        __tracebackhide__ = True
        _check_keywords(others)
        from amigo_mock.testing import assertions as evidence

        asked: dict[str, Any] = {"json": json, "query": query, "path": path, "user": user}
        journal = self.requests
        return evidence.assert_called(
            journal,
            operation,
            times=times,
            status=status,
            forgotten=journal.forgotten,
            catalog=self._fake.catalog,
            **asked,
        )

    def assert_not_called(
        self,
        operation: str,
        *,
        json: Any = None,
        query: Mapping[str, Any] | None = None,
        path: Mapping[str, Any] | None = None,
        status: int | str | None = None,
        user: Any = None,
        **others: Never,
    ) -> None:
        """See that no request to an operation is like that. Raises as `assert_called` does."""
        __tracebackhide__ = True
        _check_keywords(others)
        asked: dict[str, Any] = {"json": json, "query": query, "path": path, "user": user}
        self.assert_called(operation, times=0, status=status, **asked)

    def unused(self) -> list[str]:
        """A sentence for each fault that never hit and each race that did not go as planned."""
        missed = [armed.never_hit for armed in self.missed]
        return self._fake.unused() + missed

    def record(self, enabled: bool = True) -> None:
        """Note what a capsule needs, anew from here on; or no longer."""
        self._fake.record(enabled)

    def capsule(self, test: str = "", random_seed: Any = None) -> dict[str, Any]:
        """All that was recorded, for `amigo-mock replay`.

        `amigo_mock.engine.recording.capsule_file.write` writes it to a file. Has no secrets. Raises
        `MockError` if nothing records.
        """
        return self._fake.capsule(test, random_seed)

    # Starting over

    def seed(self, world: Any) -> None:
        """Start over from a world (a path or the document itself), which a reset comes back to."""
        self.check_writable()
        self._fake.seed(world)
        self._start_over()

    def _start_over(self) -> None:
        super()._start_over()
        self.missed.clear()

    def reset(self) -> None:
        """Everything as at the start: world, clock, limits, faults, scripts, journal and all."""
        self.check_writable()
        self._fake.reset()
        self._start_over()


OTHER_NAMES = {"body": "json", "data": "json", "params": "query", "count": "times"}
"""Of expectations, by the names that other libraries have for them."""

EXPECTATIONS = ("times", "json", "query", "path", "status", "user")


def _check_keywords(others: Mapping[str, object]) -> None:
    __tracebackhide__ = True
    for name in others:
        known = OTHER_NAMES.get(name)
        hint = f" (did you mean {known!r}?)" if known else nearest(name, EXPECTATIONS)
        raise TypeError(f"there is no expectation {name!r}{hint}")
