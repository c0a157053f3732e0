"""Coverage of the published contract by the callers of a fake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from amigo_mock.errors import MockError
from amigo_mock.names import nearest
from amigo_mock.operations.operation import Operation
from amigo_mock.state.requests import Entry
from amigo_mock.testing.reports.exercise import FACETS, Exercise, Facet, share
from amigo_mock.testing.reports.layout import (
    WIDTH,
    Column,
    marked,
    paragraph,
    percent,
    reading,
    table,
)

KIND = "contract-coverage"
EVERYWHERE = "everywhere"
BY_FAULT = "* a fault answered so, which shows only that the caller can take it"

_COLUMNS: tuple[Column, ...] = (
    *(("operation", "<"), ("calls", ">")),
    *((facet, ">") for facet in FACETS),
    ("covered", ">"),
)


class Coverage:
    """The statuses, parameters and body fields of the operations that were exercised.

    Covered is a documented status that the service itself answered, a parameter that was sent and
    a body field that was sent; `percent` is how much that is of all of them. What a fault answered
    covers nothing. Parameters and fields count where the service looked at them: in requests that
    the handler answered, whatever it said, and in those that validation refused (422); not in
    requests turned away before, by a 401, 429 or 503 or because the organization does not exist.
    Requests of another user in a race, or not to one of the operations, are passed over.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = {operation.id: Exercise(operation) for operation in operations}

    def add(self, entry: Entry) -> None:
        """Count a request of the journal."""
        exercise = self.operations.get(entry.operation or "")
        if exercise is not None and not entry.race:
            exercise.add(entry)

    def merge(self, other: Coverage) -> None:
        """Add the counts of another one. Raises `MockError` for an unknown operation."""
        for name in other.operations:
            self._known(name)
        for name, exercise in other.operations.items():
            self.operations[name].merge(exercise)

    def json(self) -> dict[str, Any]:
        """The counts as plain JSON, which `of` reads back."""
        covered, total = self.score
        return marked(
            KIND,
            percent=share(covered, total),
            covered=covered,
            total=total,
            totals={
                facet: dict(zip(("covered", "total"), pair, strict=True))
                for facet, pair in self.totals.items()
            },
            never_called=self.never_called,
            operations={name: exercise.json() for name, exercise in self.operations.items()},
        )

    @classmethod
    def of(cls, operations: Iterable[Operation], document: Mapping[str, Any]) -> Self:
        """Read the counts that `json` wrote. Raises `MockError` for another document."""
        coverage = cls(operations)
        with reading(KIND, document):
            for name, content in document["operations"].items():
                coverage._known(name).read(content)
        return coverage

    @property
    def score(self) -> tuple[int, int]:
        """The number of covered names, and of all."""
        pairs = self.totals.values()
        return sum(covered for covered, _ in pairs), sum(total for _, total in pairs)

    @property
    def totals(self) -> dict[Facet, tuple[int, int]]:
        """The number of covered names, and of all, by facet."""
        every = self.operations.values()
        return {
            facet: (
                sum(len(exercise.covered(facet)) for exercise in every),
                sum(len(exercise.declared[facet]) for exercise in every),
            )
            for facet in FACETS
        }

    @property
    def percent(self) -> float:
        """The covered share in percent; 100.0 if there is nothing to cover."""
        return share(*self.score)

    @property
    def never_called(self) -> list[str]:
        """The operations that were not called."""
        return [name for name, exercise in self.operations.items() if not exercise.calls]

    def text(self, width: int = WIDTH) -> str:
        """Format for a terminal: the operations with the lowest share first, then the gaps."""
        lines = paragraph("contract coverage ", self._headline(), width)
        if self._called():
            lines += ["", *table(_COLUMNS, [*map(_row, self._called()), self._total()], width)]
        gaps = self._gaps()
        if gaps:
            lines += ["", "not covered"]
        for name, missing in gaps.items():
            lines.append(f"  {name}")
            for facet, names in missing.items():
                lines += paragraph(f"{facet:12}", " ".join(names), width, indent=4)
        for exercise in self._called():
            if exercise.undocumented:
                text = " ".join(map(str, exercise.undocumented))
                lines += ["", f"undocumented: {exercise.operation.id} answered {text}"]
        if self.never_called:
            lines += ["", *paragraph("never called: ", ", ".join(self.never_called), width)]
        if "*" in str(gaps):
            lines += ["", BY_FAULT]
        return "\n".join(lines)

    def markdown(self) -> str:
        """Format for the summary of a CI run."""
        lines = [f"### Contract coverage {self._headline()}", ""]
        gaps = self._gaps()
        if self._called():
            marks = ("---" if side == "<" else "---:" for _, side in _COLUMNS)
            lines += [_piped(heading for heading, _ in _COLUMNS), _piped(marks)]
            lines += [_piped((_code(name), *rest)) for name, *rest in map(_row, self._called())]
            lines += [_piped(f"**{cell}**" for cell in self._total()), ""]
        if gaps:
            lines += ["<details><summary>Not covered</summary>", ""]
        for name, missing in gaps.items():
            lines.append(f"- {name if name == EVERYWHERE else _code(name)}")
            lines += [f"  - {facet}: {_code(*names)}" for facet, names in missing.items()]
        if gaps:
            note = ["", f"\\{BY_FAULT}"] if "*" in str(gaps) else []
            lines += [*note, "", "</details>", ""]
        if self.never_called:
            lines += [f"Never called: {_code(*self.never_called)}", ""]
        return "\n".join(lines)

    def _headline(self) -> str:
        parts = ", ".join(f"{done}/{all} {facet}" for facet, (done, all) in self.totals.items())
        return f"{percent(*self.score)}: {parts}"

    def _gaps(self) -> dict[str, dict[Facet, list[str]]]:
        """The gaps of the operations that were called; first those that all of them share."""
        gaps = {
            exercise.operation.id: {facet: _starred(exercise, facet) for facet in FACETS}
            for exercise in self._called()
        }
        common = {
            facet: [
                name
                for name in (next(iter(gaps.values()))[facet] if len(gaps) > 1 else ())
                if all(name in missing[facet] for missing in gaps.values())
            ]
            for facet in FACETS
        }
        for missing in gaps.values():
            for facet in FACETS:
                missing[facet] = [name for name in missing[facet] if name not in common[facet]]
        filled = {
            name: {facet: names for facet, names in missing.items() if names}
            for name, missing in {EVERYWHERE: common, **gaps}.items()
        }
        return {name: missing for name, missing in filled.items() if missing}

    def _called(self) -> list[Exercise]:
        called = [exercise for exercise in self.operations.values() if exercise.calls]
        return sorted(called, key=lambda exercise: share(*exercise.score))

    def _total(self) -> list[str]:
        calls = sum(exercise.calls for exercise in self.operations.values())
        shares = (f"{covered}/{total}" for covered, total in self.totals.values())
        return ["all operations", str(calls), *shares, percent(*self.score)]

    def _known(self, name: str) -> Exercise:
        if name not in self.operations:
            hint = nearest(name, self.operations)
            raise MockError(f"the coverage is about an unknown operation {name!r}{hint}")
        return self.operations[name]


def _row(exercise: Exercise) -> list[str]:
    shares = (
        f"{len(exercise.covered(facet))}/{len(exercise.declared[facet])}"
        if exercise.declared[facet]
        else "-"
        for facet in FACETS
    )
    return [exercise.operation.id, str(exercise.calls), *shares, percent(*exercise.score)]


def _starred(exercise: Exercise, facet: Facet) -> list[str]:
    missing = exercise.missing(facet)
    if facet != "statuses":
        return missing
    return [f"{name}*" if exercise.faults[int(name)] else name for name in missing]


def _piped(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(*names: str) -> str:
    return ", ".join(f"`{name}`" for name in names)
