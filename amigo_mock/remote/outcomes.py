"""Scripted outcomes of a tenant elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from amigo_mock.remote.control_client import TenantClient
from amigo_mock.state.outcomes import Outcomes
from amigo_mock.world.records.simulation.unit_test_set_runs import Outcome


class RemoteOutcomes(Outcomes):
    """How simulation runs at the tenant end."""

    def __init__(self, control: TenantClient) -> None:
        self._control = control

    def script(self, outcome: Outcome) -> Outcome:
        """Take on an outcome that is made already. Raises `MockError` if it is about nothing."""
        self._control.call("POST", "outcomes", outcome.model_dump(mode="json", exclude_unset=True))
        return outcome

    def clear(self) -> None:
        """Let everything pass that starts from now on."""
        self._control.call("DELETE", "outcomes")

    def become(self, outcomes: Iterable[Outcome]) -> None:
        """Have these and no others. Raises `MockError` at the first one that is about nothing."""
        self.clear()
        for outcome in outcomes:
            self.script(outcome)

    def _list(self) -> list[Outcome]:
        return [Outcome.model_validate(each) for each in self._control.get("outcomes")["outcomes"]]

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self._list())

    def __len__(self) -> int:
        return len(self._list())
