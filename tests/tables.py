"""The tables of the README, made from the declarations: `python -m tests.tables` writes them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from amigo_mock.control import LEVERS
from amigo_mock.fidelity import ASSUMPTIONS, LENIENCIES
from amigo_mock.resources import OPERATIONS
from amigo_mock.settings import ENVIRONMENT_PREFIX, Settings

README = Path(__file__).parent.parent / "README.md"


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [list(heads), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def operations() -> str:
    return table(
        ("operation", "method and path", "a minute", "permissions", "answers"),
        (
            (
                f"`{operation.id}`",
                f"`{operation.method} {operation.path}`",
                operation.rate_limit.requests if operation.rate_limit else "",
                " ".join(f"`{name}`" for name in operation.permissions),
                " ".join(map(str, operation.statuses)),
            )
            for operation in OPERATIONS
        ),
    )


def levers() -> str:
    return table(
        ("call", "does"),
        ((f"`{lever.method} {lever.path}`", lever.summary) for lever in LEVERS),
    )


def settings() -> str:
    return table(
        ("keyword", "variable", "default", "meaning"),
        (
            (
                f"`{name}`",
                f"`{ENVIRONMENT_PREFIX}{name.upper()}`",
                f"`{field.default}`",
                field.description,
            )
            for name, field in Settings.model_fields.items()
        ),
    )


def leniencies() -> str:
    return table(
        ("id", "where", "the published contract", "this fake, unless strict"),
        ((f"`{one.id}`", one.where, one.published, one.ours) for one in LENIENCIES),
    )


def assumptions() -> str:
    return table(
        ("id", "where", "what happens", "why"),
        ((f"`{one.id}`", one.where, one.behaviour, one.reason) for one in ASSUMPTIONS),
    )


TABLES = (operations, levers, settings, leniencies, assumptions)


def rendered(text: str) -> str:
    """The text with each table between its marks made anew."""
    for make in TABLES:
        start, end = f"<!-- {make.__name__} -->\n", "<!-- end -->"
        before, found, rest = text.partition(start)
        assert found, f"the README has no place for {make.__name__}"
        text = f"{before}{start}\n{make()}\n\n{end}{rest.partition(end)[2]}"
    return text


if __name__ == "__main__":
    README.write_text(rendered(README.read_text()))
