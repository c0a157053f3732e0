"""The generated parts of the READMEs: `python -m tests.tables` writes them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from amigo_mock.contract.catalogue import PUBLISHED
from amigo_mock.control.routes import control_operations
from amigo_mock.resources import CATALOG
from amigo_mock.settings import ENVIRONMENT_PREFIX, Settings
from pytest_amigo import plugin
from pytest_amigo.options import REPORTS, RUN, SETTINGS
from pytest_amigo.settings import FIXED, SuiteSettings
from tests.architecture.test_folders import FOLDERS

ROOT = Path(__file__).parent.parent
CONTROL = control_operations(CATALOG.scripts)


def emulated() -> str:
    return f"It emulates {len(CATALOG.all())} of the {len(PUBLISHED)} published operations."


def folders() -> str:
    """The two packages as a tree, with the first line of each docstring."""
    lines = [line for package in ("amigo_mock", "pytest_amigo") for line in _tree(ROOT / package)]
    return "\n".join(("```text", *lines, "```"))


def _tree(package: Path) -> Iterator[str]:
    yield f"{package.name}/"
    for path in sorted(package.iterdir(), key=_place):
        if path.suffix == ".py" and not path.name.startswith("__"):
            yield f"  {path.name:<19}{_purpose(path)}"
        elif (path / "__init__.py").exists():
            yield f"  {path.name + '/':<19}{_purpose(path / '__init__.py')}"


def _place(path: Path) -> tuple[int, str]:
    """In the order of `FOLDERS`; what is not in it comes last, by name."""
    known = path.parent.name == "amigo_mock" and path.stem in FOLDERS
    return FOLDERS.index(path.stem) if known else len(FOLDERS), path.name


def _purpose(module: Path) -> str:
    return (ast.get_docstring(ast.parse(module.read_text())) or "").splitlines()[0]


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
            for operation in CATALOG.all()
        ),
    )


def control() -> str:
    return table(
        ("about", "call", "does"),
        (
            (operation.tag.lower(), f"`{operation.method} {operation.path}`", operation.summary)
            for operation in CONTROL
        ),
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
                " ".join(str(inspect.getdoc(fixture)).partition("\n\n")[0].split()),
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
        ((f"`{one.id}`", one.where, one.published, one.ours) for one in CATALOG.leniencies()),
    )


def assumptions() -> str:
    return table(
        ("id", "where", "what happens", "why"),
        ((f"`{one.id}`", one.where, one.behaviour, one.reason) for one in CATALOG.assumptions()),
    )


DOCUMENTS: Mapping[str, tuple[Callable[[], str], ...]] = {
    "README.md": (emulated,),
    "CONTRIBUTING.md": (folders,),
    "pytest_amigo/README.md": (fixtures, options, reports),
    "amigo_mock/README.md": (settings,),
    "amigo_mock/control/README.md": (control,),
    "amigo_mock/contract/README.md": (emulated, operations, leniencies, assumptions),
}
"""What is generated in each document, between the marks of that name."""


def rendered(document: str, text: str) -> str:
    """The text of a document with each generated part made anew."""
    for make in DOCUMENTS[document]:
        start, end = f"<!-- {make.__name__} -->\n", "<!-- end -->"
        before, found, rest = text.partition(start)
        assert found, f"{document} has no place for {make.__name__}"
        text = f"{before}{start}\n{make()}\n\n{end}{rest.partition(end)[2]}"
    return text


if __name__ == "__main__":
    for document in DOCUMENTS:
        path = ROOT / document
        path.write_text(rendered(document, path.read_text()))
