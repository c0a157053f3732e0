"""The use that callers of a fake made of one operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from urllib.parse import parse_qsl

from pydantic import BaseModel
from pydantic_core import from_json

from amigo_mock.operations.operation import Operation
from amigo_mock.state.requests import Entry
from amigo_mock.testing.reports.layout import by_handler

Facet = Literal["statuses", "parameters", "fields"]
Tree = dict[str, "Tree"]

FACETS: tuple[Facet, ...] = ("statuses", "parameters", "fields")


class Exercise:
    """The requests to one operation, and the answers to them.

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
        """Everything there is to cover: documented statuses, parameters, fields by dotted path."""
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
        """The covered names of a facet, in the order of declaration."""
        found = {str(status) for status in self.statuses}
        met = {"statuses": found, "parameters": self.parameters, "fields": self.fields}[facet]
        return [name for name in self.declared[facet] if name in met]

    def missing(self, facet: Facet) -> list[str]:
        """The names of a facet that were not covered, in the order of declaration."""
        covered = set(self.covered(facet))
        return [name for name in self.declared[facet] if name not in covered]

    @property
    def undocumented(self) -> dict[int, int]:
        """The number of answers by the service with a status that no document has, by status."""
        known = self.operation.statuses
        return {
            status: self.statuses[status] for status in sorted(self.statuses) if status not in known
        }

    @property
    def score(self) -> tuple[int, int]:
        """The number of covered names, and of all."""
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
        """Add the counts of another one of the same operation."""
        self.calls += other.calls
        self.dropped += other.dropped
        self.statuses += other.statuses
        self.faults += other.faults
        self.parameters |= other.parameters
        self.fields |= other.fields

    def json(self) -> dict[str, Any]:
        """The counts as plain JSON."""
        covered, total = self.score
        content: dict[str, Any] = {
            "calls": self.calls,
            "percent": share(covered, total),
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
        """Read the counts that `json` wrote."""
        counted = {**content["statuses"], **content["undocumented"]}
        self.calls, self.dropped = int(content["calls"]), int(content["dropped"])
        self.statuses = _counter(counted)
        self.faults = _counter(content["faults"])
        self.parameters = set(content["parameters"]["sent"])
        self.fields = set(content["fields"]["sent"])


def share(covered: int, total: int) -> float:
    """A share in percent; 100.0 of nothing."""
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
    """The body of a request as far as the journal has kept it; None if it cannot be read.

    A body that was refused is read only if it is whole: it may have been broken when it was sent.
    """
    broken = entry.status == 422
    try:
        return from_json(entry.request_body, allow_partial="off" if broken else "trailing-strings")
    except ValueError:
        return None
