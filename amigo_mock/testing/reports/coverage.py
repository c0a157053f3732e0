"""Coverage: how much of the contract the callers of a fake made use of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from types import UnionType
from typing import Annotated, Any, Literal, Self, Union, get_args, get_origin
from urllib.parse import parse_qsl

from pydantic import BaseModel
from pydantic_core import from_json

from amigo_mock.errors import MockError, nearest
from amigo_mock.operations.operation import Operation
from amigo_mock.state.requests import Entry
from amigo_mock.testing.reports.layout import (
    WIDTH,
    Column,
    by_handler,
    marked,
    paragraph,
    percent,
    reading,
    table,
)

KIND = "contract-coverage"
EVERYWHERE = "everywhere"
BY_FAULT = "* a fault answered so, which shows only that the caller can take it"

Facet = Literal["statuses", "parameters", "fields"]
Tree = dict[str, "Tree"]

FACETS: tuple[Facet, ...] = ("statuses", "parameters", "fields")

_COLUMNS: tuple[Column, ...] = (
    *(("operation", "<"), ("calls", ">")),
    *((facet, ">") for facet in FACETS),
    ("covered", ">"),
)


class Exercise:
    """What one operation was asked and answered.

    `statuses` counts the answers of the service itself, `faults` those of armed faults. The
    `parameters` and `fields` are those that were sent in a request which the service looked at.
    """

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.calls = 0
        self.dropped = 0
        self.statuses: Counter[int] = Counter()
        self.faults: Counter[int] = Counter()
        self.parameters: set[str] = set()
        self.fields: set[str] = set()

    @cached_property
    def declared(self) -> dict[Facet, tuple[str, ...]]:
        """All that there is to cover: documented statuses, parameters, fields by dotted path."""
        return {
            "statuses": tuple(map(str, self.operation.statuses)),
            "parameters": tuple(item.name for item in self.operation.parameters),
            "fields": tuple(_paths(self._tree)),
        }

    @cached_property
    def _tree(self) -> Tree:
        model = self.operation.body()
        return {} if model is None else _tree(model)

    def covered(self, facet: Facet) -> list[str]:
        """What of it was covered, in the order of declaration."""
        found = {str(status) for status in self.statuses}
        met = {"statuses": found, "parameters": self.parameters, "fields": self.fields}[facet]
        return [name for name in self.declared[facet] if name in met]

    def missing(self, facet: Facet) -> list[str]:
        """What of it was not, in the order of declaration."""
        covered = set(self.covered(facet))
        return [name for name in self.declared[facet] if name not in covered]

    @property
    def undocumented(self) -> dict[int, int]:
        """How often the service gave answers that no document has, by status."""
        known = self.operation.statuses
        return {
            status: self.statuses[status] for status in sorted(self.statuses) if status not in known
        }

    @property
    def score(self) -> tuple[int, int]:
        """How much was covered, and of how much."""
        covered = sum(len(self.covered(facet)) for facet in FACETS)
        return covered, sum(len(names) for names in self.declared.values())

    def add(self, entry: Entry) -> None:
        """Count a request to this operation."""
        self.calls += 1
        if entry.status is None:
            self.dropped += entry.fault
        elif entry.fault:
            self.faults[entry.status] += 1
        else:
            self.statuses[entry.status] += 1
        refused = entry.status == 422 and entry.handled and not entry.fault
        if refused or by_handler(self.operation, entry):
            self._look(entry)

    def _look(self, entry: Entry) -> None:
        if len(self.parameters) < len(self.declared["parameters"]):
            query = {name for name, _ in parse_qsl(entry.query, keep_blank_values=True)}
            sent = query & self.operation.query.keys() | set(entry.headers)
            self.parameters |= sent & set(self.declared["parameters"])
            self.parameters |= {
                item.name for item in self.operation.parameters if item.place == "path"
            }
        if len(self.fields) < len(self.declared["fields"]):
            self.fields |= set(_sent(self._tree, _content(entry)))

    def merge(self, other: Exercise) -> None:
        """Add what another one saw of the same operation."""
        self.calls += other.calls
        self.dropped += other.dropped
        self.statuses += other.statuses
        self.faults += other.faults
        self.parameters |= other.parameters
        self.fields |= other.fields

    def json(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        covered, total = self.score
        content: dict[str, Any] = {
            "calls": self.calls,
            "percent": _percent(covered, total),
            "covered": covered,
            "total": total,
            "statuses": {str(status): self.statuses[status] for status in self.operation.statuses},
            "undocumented": {str(status): count for status, count in self.undocumented.items()},
            "faults": {str(status): self.faults[status] for status in sorted(self.faults)},
            "dropped": self.dropped,
        }
        for facet in FACETS[1:]:
            content[facet] = {"sent": self.covered(facet), "never_sent": self.missing(facet)}
        return content

    def read(self, content: Mapping[str, Any]) -> None:
        """Take over what `json` wrote."""
        counted = {**content["statuses"], **content["undocumented"]}
        self.calls, self.dropped = int(content["calls"]), int(content["dropped"])
        self.statuses = _counter(counted)
        self.faults = _counter(content["faults"])
        self.parameters = set(content["parameters"]["sent"])
        self.fields = set(content["fields"]["sent"])


class Coverage:
    """Which statuses, parameters and body fields of the operations were exercised.

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
        """Add what another one saw. Raises `MockError` if it is about an operation unknown here."""
        for name in other.operations:
            self._known(name)
        for name, exercise in other.operations.items():
            self.operations[name].merge(exercise)

    def json(self) -> dict[str, Any]:
        """All of it as plain JSON, which `of` reads back."""
        covered, total = self.score
        return marked(
            KIND,
            percent=_percent(covered, total),
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
        """What `json` wrote. Raises `MockError` if it is something else or about others."""
        coverage = cls(operations)
        with reading(KIND, document):
            for name, content in document["operations"].items():
                coverage._known(name).read(content)
        return coverage

    @property
    def score(self) -> tuple[int, int]:
        """How much was covered, and of how much."""
        pairs = self.totals.values()
        return sum(covered for covered, _ in pairs), sum(total for _, total in pairs)

    @property
    def totals(self) -> dict[Facet, tuple[int, int]]:
        """How much was covered, and of how much, by what it is."""
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
        """How much was covered, in percent; 100.0 if there is nothing to cover."""
        return _percent(*self.score)

    @property
    def never_called(self) -> list[str]:
        """The operations that nobody called."""
        return [name for name, exercise in self.operations.items() if not exercise.calls]

    def text(self, width: int = WIDTH) -> str:
        """For a terminal: what was least covered first, then what is missing of it."""
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
        """For the summary of a CI run."""
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
        """What is missing of the operations that were called, and first of all of them alike."""
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
        return sorted(called, key=lambda exercise: _percent(*exercise.score))

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


def _percent(covered: int, total: int) -> float:
    return 100 * covered / total if total else 100.0


def _counter(content: Mapping[str, Any]) -> Counter[int]:
    return Counter({int(status): int(count) for status, count in content.items() if count})


def _tree(model: type[BaseModel], above: tuple[type[BaseModel], ...] = ()) -> Tree:
    """The fields of a model, each with those below it; a model inside of itself is a leaf."""
    if model in above:
        return {}
    return {
        info.alias or name: _below(info.annotation, (*above, model))
        for name, info in model.model_fields.items()
    }


def _below(annotation: Any, above: tuple[type[BaseModel], ...]) -> Tree:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _below(get_args(annotation)[0], above)
    if origin in (Union, UnionType):
        trees = [_below(choice, above) for choice in get_args(annotation)]
        return {name: below for tree in trees for name, below in tree.items()}
    if origin is None and isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _tree(annotation, above)
    return {}


def _paths(tree: Tree, before: str = "") -> Iterable[str]:
    for name, below in tree.items():
        yield before + name
        yield from _paths(below, f"{before}{name}.")


def _sent(tree: Tree, content: Any, before: str = "") -> Iterable[str]:
    if isinstance(content, dict):
        for name in tree.keys() & content.keys():
            yield before + name
            yield from _sent(tree[name], content[name], f"{before}{name}.")


def _content(entry: Entry) -> Any:
    """What was sent; as far as the journal kept it, unless it may have been broken from the start.

    Whatever else cannot be read was not JSON, or hid a secret that could not be told apart.
    """
    broken = entry.status == 422
    try:
        return from_json(entry.request_body, allow_partial="off" if broken else "trailing-strings")
    except ValueError:
        return None
