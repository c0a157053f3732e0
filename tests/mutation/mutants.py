"""The mutants there could be, and a sample of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from cosmic_ray.mutating import mutate_code

from tests.mutation.operators import OPERATORS, Span, parse

# No test can tell them apart, or they are not code that runs.
NOT_RUN = ("annassign", "tfpdef", "import_from", "import_name", "assert_stmt", "decorator")


@dataclass(frozen=True)
class Mutant:
    """A file with one change: which operator, at which of its places, in which line."""

    path: Path  # below the root of the project
    operator: str
    occurrence: int
    line: int

    def code(self, source: str) -> str | None:
        """The changed code; None where the operator makes no change."""
        made = mutate_code(source, OPERATORS[self.operator], self.occurrence)
        return None if made == source else made

    def difference(self, source: str) -> str:
        """The change, as lines of a diff without its head."""
        lines = unified_diff(source.splitlines(), (self.code(source) or "").splitlines(), n=0)
        return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.operator}"


def files(root: Path, areas: Iterable[str]) -> list[Path]:
    """The Python files of these folders and files, in order."""
    found: set[Path] = set()
    for area in areas:
        place = root / area
        if not place.exists():
            raise SystemExit(
                f"there is no {area!r} to change; name a folder or file of the project"
            )
        found |= {place} if place.is_file() else set(place.rglob("*.py"))
    return sorted(path.relative_to(root) for path in found)


def mutants(root: Path, path: Path) -> Iterator[Mutant]:
    """Every mutant of one file."""
    tree = parse((root / path).read_text())
    for name, operator in OPERATORS.items():
        occurrence = 0
        for node in _nodes(tree):
            for span in operator.mutation_positions(node):
                if _runs(node):
                    yield Mutant(path, name, occurrence, _line(span))
                occurrence += 1


def sample(root: Path, areas: Iterable[str], size: int, seed: int) -> list[Mutant]:
    """So many mutants of these areas, drawn by a seed: each line is as likely as any other."""
    chance = random.Random(seed)
    lines: dict[tuple[Path, int], list[Mutant]] = {}
    for path in files(root, areas):
        for mutant in mutants(root, path):
            lines.setdefault((path, mutant.line), []).append(mutant)
    drawn = chance.sample(sorted(lines), min(size, len(lines)))
    return [chance.choice(lines[line]) for line in drawn]


def _line(span: Span) -> int:
    return span[0][0]


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in getattr(node, "children", ()):
        yield from _nodes(child)


def _runs(node: Any) -> bool:
    """Whether a node is code whose change some test could notice."""
    inner = node
    while inner.parent is not None:
        outer = inner.parent
        if outer.type in NOT_RUN or inner.type in NOT_RUN:
            return False
        if outer.type == "funcdef" and outer.children[-1] is not inner:
            return False  # its head: names, annotations and defaults
        if outer.type == "if_stmt" and "TYPE_CHECKING" in outer.children[1].get_code():
            return False
        if outer.type == "expr_stmt" and outer.children[0].get_code().strip().startswith("__"):
            return False  # __slots__, __all__
        if outer.type == "atom_expr" and outer.get_code().strip().startswith("TypeVar("):
            return False
        if outer.type == "trailer" and outer.children[0] == "[" and _is_type(outer):
            return False
        inner = outer
    return True


def _is_type(trailer: Any) -> bool:
    """Whether brackets belong to a type: `dict[str, int | None]`."""
    name = trailer.parent.children[0].get_code().strip()
    return name in {"dict", "list", "tuple", "set", "frozenset", "type"} or name[:1].isupper()
