"""What may not be in this house, read off its imports and names."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "amigo_mock").rglob("*.py")) + sorted(
    (ROOT / "pytest_amigo").rglob("*.py")
)
LIGHT = ("fixtures", "options", "plugin")  # of the plugin, in every run of pytest
RESOURCES = [path for path in SOURCES if "resources" in path.relative_to(ROOT).parts]
PARTS = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in RESOURCES
    if path.stem != "__init__" and not re.search(r"^(OPERATIONS|KIND)\b", path.read_text(), re.M)
]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, with the names taken from packages."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = path.parent
            for _ in range(node.level - 1):
                package = package.parent
            base = ".".join(package.relative_to(ROOT).parts) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def imports_of(path: Path, package: str) -> list[str]:
    return [name for name in imports(path) if name == package or name.startswith(f"{package}.")]


@pytest.mark.parametrize("path", RESOURCES, ids=name_of)
def test_resources_know_no_web_framework(path: Path) -> None:
    """Rule: handlers are functions of values. Source: the house's own rules."""
    assert not [*imports_of(path, "starlette"), *imports_of(path, "uvicorn")]


@pytest.mark.parametrize(
    "path", [path for path in RESOURCES if path.stem != "__init__"], ids=name_of
)
def test_resources_know_nothing_of_each_other(path: Path) -> None:
    """Rule: what resources share is below them, in `operations` and `world`; a file that declares
    neither operations nor a kind is a part of one.

    Source: the house's own rules.
    """
    assert not [
        name
        for name in imports_of(path, "amigo_mock.resources")
        if not any(name == part or name.startswith(f"{part}.") for part in PARTS)
    ]


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name != "clock.py"], ids=name_of)
def test_only_the_clock_reads_the_time(path: Path) -> None:
    """Rule: one clock for everything, so that advancing it is enough.

    A duration may be measured and waited for: `perf_counter` and `sleep` know no time of day.
    Source: the house's own rules.
    """
    times = set(imports_of(path, "time"))
    assert times <= {"time", "time.perf_counter", "time.sleep"}
    calls = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert times != {"time"}
    assert not calls & {"utcnow", "today", "time_ns", "monotonic"}
    assert "datetime.now(" not in path.read_text()


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name != "world.py"], ids=name_of)
def test_only_the_world_makes_ids(path: Path) -> None:
    """Rule: ids come from one seeded source. Source: the house's own rules."""
    assert not any(imports_of(path, name) for name in ("uuid", "secrets", "random"))


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if "amigo_mock" in name_of(path)], ids=name_of
)
def test_the_fake_does_not_know_pytest(path: Path) -> None:
    """Rule: `amigo_mock` never imports pytest or the plugin. Source: the house's own rules."""
    assert not [*imports_of(path, "pytest"), *imports_of(path, "pytest_amigo")]


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if path.stem not in {"server", "uvicorn_protocol"}],
    ids=name_of,
)
def test_few_know_the_server(path: Path) -> None:
    """Rule: uvicorn is known where the fake is served and nowhere else. Source: the house."""
    assert not imports_of(path, "uvicorn")


def test_the_core_names_no_resource() -> None:
    """Rule: adding a resource edits no module outside `resources/`.

    Source: the measure of this house. Records and made-up people are about resources by their
    nature; the command line shows one example of a request.
    """
    allowed = {
        *("samples.py", "cli.py", "fidelity.py", "catalogue.py"),
    }
    core = [
        path
        for path in SOURCES
        if path not in RESOURCES
        and "records" not in path.relative_to(ROOT).parts
        and path.name not in allowed
    ]
    found = {
        name_of(path): word
        for path in core
        for word in ("persona", "scenario")
        if word in _without_docstrings(path).lower()
    }
    assert found == {}


def _without_docstrings(path: Path) -> str:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant("")
    return ast.unparse(tree)


def test_importing_the_plugin_imports_nothing_heavy() -> None:
    """Rule: the plugin loads in every run of pytest and costs nothing until it is used.

    Source: the cost that users accept of a plugin they may not need.
    """
    code = (
        "import sys, pytest; before = set(sys.modules); import pytest_amigo.plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    light = {"pytest_amigo", *(f"pytest_amigo.{name}" for name in LIGHT)}
    assert {name for name in found if name.startswith(("pytest_amigo", "amigo_mock"))} == light
    heavy = {"amigo_mock", "faker", "httpx2", "pydantic", "starlette", "uvicorn", "uvloop", "yaml"}
    assert heavy.isdisjoint(name.partition(".")[0] for name in found)
    assert {
        name for name in found if name.partition(".")[0] not in sys.stdlib_module_names
    } == light


def test_a_resource_is_loaded_when_it_is_asked_for() -> None:
    """Rule: a fake that is asked for one resource loads that one, and for what it does at once no
    event loop either. Source: the time from start to the first answer.
    """
    code = (
        "import sys; from amigo_mock import AmigoMock\n"
        "with AmigoMock() as mock, mock.client(in_process=True) as client:\n"
        "    client.get(mock.path('get-simulation-personas')).raise_for_status()\n"
        "    print(*sorted(name for name in sys.modules if name.startswith('amigo_mock.res')))\n"
        "    late = {'amigo_mock.world.records.services', 'asyncio', 'starlette', 'uvicorn'}\n"
        "    print(*(late & {*sys.modules}))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    resources = ("", ".simulation", ".simulation.personas")
    assert found == [" ".join(f"amigo_mock.resources{name}" for name in resources), ""]


def test_starting_a_server_imports_no_library_that_it_may_not_need() -> None:
    """Rule: Faker, pycountry and schemathesis are imported when they are used, httpx2 too.

    Source: the time from start to the first answer.
    """
    code = (
        "import sys; from amigo_mock import AmigoMock\n"
        "with AmigoMock(): print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    heavy = {"faker", "pycountry", "pydantic_extra_types", "schemathesis", "httpx2", "yaml", "jwt"}
    assert heavy.isdisjoint(found)
