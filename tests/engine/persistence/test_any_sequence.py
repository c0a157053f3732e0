"""Any sequence of writes: a new fake from the file is the old one."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amigo_mock import AmigoMock, MockError
from tests.engine.persistence.support import if_killed, world_of
from tests.support.bodies import persona_version

Step = tuple[str, int, str]

SETTINGS: dict[str, Any] = {"clock": "2026-01-01T00:00:00Z", "run_duration": 60.0}
ODD = "\u007f\u0085\u0090\ufffe\u2028\U0001f600'\"\\ \t"
TEXTS = st.text(st.sampled_from(f"ab{ODD}"), min_size=1, max_size=4).map(lambda text: f"x{text}y")


class Writer:
    """Does to a fake what a step says, over the API where that has it."""

    def __init__(self, mock: AmigoMock) -> None:
        self.mock = mock
        self.client = mock.client(in_process=True)
        self.snapshots = [mock.snapshot()]
        self.deep = 0

    def do(self, step: Step) -> None:
        name, number, text = step
        action: Callable[[int, str], object] = getattr(self, name)
        with suppress(MockError):  # a name that is taken, a record that is not there
            action(number, text)

    def _one(self, records: Any, number: int) -> Any:
        found = list(records)
        if not found:
            raise MockError("there is none yet")
        return found[number % len(found)]

    def create(self, number: int, text: str) -> None:
        self.mock.personas.create(name=text, background=text, versions=number % 3 + 1)

    def create_scenario(self, number: int, text: str) -> None:
        self.mock.scenarios.create(name=text, deleted=number % 4 == 0)

    def add_version(self, number: int, text: str) -> None:
        path = self._path(number)
        self.client.post(f"{path}version/", json=persona_version(background=text))

    def change(self, number: int, text: str) -> None:
        self.client.post(self._path(number), json={"name": text, "tags": {"a": None}})

    def delete(self, number: int, text: str) -> None:
        self.client.delete(self._path(number))

    def _path(self, number: int) -> str:
        found = self._one(self.mock.personas, number)
        return self.mock.path("get-simulation-personas") + f"{found.id}/"

    def start_run(self, number: int, text: str) -> None:
        tests = self.mock.unit_test_sets.create(name=text, run_count=number + 1)
        runs = self.mock.path("create-simulation-unit-test-set-run")
        body = {"simulation_unit_test_set_id": tests.id}
        self.client.post(runs, json=body)

    def script(self, number: int, text: str) -> None:
        self.mock.outcomes.add(self._one(self.mock.unit_tests, number).id, error=text)

    def clear_scripts(self, number: int, text: str) -> None:
        self.mock.outcomes.clear()

    def move_clock(self, number: int, text: str) -> None:
        self.mock.clock.advance(number * 37)

    def put_organization(self, number: int, text: str) -> None:
        document = {"id": f"other-{number % 2}", "name": text}
        self.client.post("/_mock/organizations", json=document)

    def add_elsewhere(self, number: int, text: str) -> None:
        plan = {"background": text}
        record = {"name": text, "role": "r", "versions": [plan] * (number % 2 + 1)}
        records = {"organization": f"other-{number % 2}", "kind": "personas", "records": [record]}
        self.client.post("/_mock/records", json=records)

    def put_user(self, number: int, text: str) -> None:
        value: Any = text
        for _ in range(number * 8):
            value = [value]
        condition = {"type": "Equals", "value": value}
        grant = {"permission_name": "*", "conditions": {"name": condition}}
        self.client.post("/_mock/users", json={"id": f"user {number}", "grants": [grant]})

    def take_snapshot(self, number: int, text: str) -> None:
        self.snapshots.append(self.mock.snapshot())

    def restore(self, number: int, text: str) -> None:
        self.mock.restore(self._one(self.snapshots, number))

    def put_state(self, number: int, text: str) -> None:
        self.client.put("/_mock/state", content=world_of(self.mock))

    def reset(self, number: int, text: str) -> None:
        self.mock.reset()


STEPS = [name for name in vars(Writer) if not name.startswith("_") and name != "do"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5), TEXTS), max_size=12))
def test_a_new_fake_from_the_file_is_the_old_one(steps: list[Step]) -> None:
    """Rule: after any writes the file has the world, to the byte, whether the process is killed or
    ends; ids go on from there, and time does. Source: no lost work.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "world.db"
        with AmigoMock(state=path, **SETTINGS) as mock:
            writer = Writer(mock)
            for step in steps:
                writer.do(step)
            before, now = world_of(mock), mock.clock.now()
            assert if_killed(path, **SETTINGS) == json.loads(before)
        with AmigoMock(state=path, **SETTINGS) as mock:
            assert world_of(mock) == before
            assert mock.clock.now() == now
            known = {each.id for each in mock.personas}
            assert mock.personas.create(name="The next one").id not in known
