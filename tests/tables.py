"""The tables of the README, made from the declarations: `python -m tests.tables` writes them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from amigo_mock.contract.fidelity import ASSUMPTIONS, LENIENCIES
from amigo_mock.control.routes import control_operations
from amigo_mock.resources import OPERATIONS, SCRIPTS
from amigo_mock.settings import ENVIRONMENT_PREFIX, Settings
from pytest_amigo import plugin
from pytest_amigo.options import REPORTS, RUN, SETTINGS
from pytest_amigo.settings import FIXED, SuiteSettings

README = Path(__file__).parent.parent / "README.md"
LEVERS = control_operations(SCRIPTS)


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


def fixtures() -> str:
    declared: dict[str, Any] = {name: getattr(plugin, name) for name in plugin.__all__}
    return table(
        ("fixture", "scope", "is"),
        (
            (
                f"`{name}`",
                fixture._fixture_function_marker.scope,
                " ".join(str(inspect.getdoc(fixture)).split()),
            )
            for name, fixture in declared.items()
        ),
    )


def options() -> str:
    return table(
        ("ini file", "command line", "marker", "default", "meaning"),
        (
            (
                f"`{option.ini}`",
                f"`{option.flag}`",
                "" if option.name in FIXED else f"`{option.name}`",
                default(SuiteSettings.model_fields[option.name].default),
                option.help,
            )
            for option in SETTINGS
        ),
    )


def default(value: object) -> str:
    """As the ini file has it."""
    text = str(value).lower() if isinstance(value, bool) else f"{value}"
    return "" if value is None else f"`{text}`"


def reports() -> str:
    options = (*RUN, *REPORTS)
    rows = [(f"`{option.flag}`", f"`{option.ini}`", option.help) for option in options]
    return table(("command line", "ini file", "meaning"), rows)


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


TABLES = (
    *(fixtures, options, reports),
    *(operations, levers, settings, leniencies, assumptions),
)


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
