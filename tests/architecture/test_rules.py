"""What may not be in this house, read off its imports and names."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import (
    RESOURCES,
    ROOT,
    SOURCES,
    imports_of,
    name_of,
    tree_of,
)

CLOCK = "amigo_mock/state/clock.py"
LIGHT = ("fixtures", "options", "plugin")  # of the plugin, in every run of pytest
CHANCE = {
    "amigo_mock/engine/tenants.py": {"os.urandom"},
}

PARTS = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in RESOURCES
    if path.stem != "__init__" and not re.search(r"^(OPERATIONS|KIND)\b", path.read_text(), re.M)
]


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


@pytest.mark.parametrize("path", [path for path in SOURCES if name_of(path) != CLOCK], ids=name_of)
def test_only_the_clock_reads_the_time(path: Path) -> None:
    """Rule: one clock for everything, so that advancing it is enough.

    A duration may be measured and waited for: `perf_counter` and `sleep` know no time of day.
    Source: the house's own rules.
    """
    times = set(imports_of(path, "time"))
    assert times <= {"time", "time.perf_counter", "time.sleep"}
    calls = {
        node.func.attr
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert times != {"time"}
    assert not calls & {"utcnow", "today", "time_ns", "monotonic"}
    assert "datetime.now(" not in path.read_text()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_the_world_makes_ids(path: Path) -> None:
    """Rule: ids and chance come from one seeded source; nobody else asks the system for chance,
    but for the name of a tenant, which no seed may give twice. Source: the house's own rules.
    """
    chance = {"uuid", "secrets", "random", "os.urandom", "os.getrandom"}
    found = {name for name in chance if imports_of(path, name)}
    found |= {name for name in re.findall(r"\bos\.\w+", code(path)) if name in chance}
    assert found == CHANCE.get(name_of(path), set())


def code(path: Path) -> str:
    return ast.unparse(tree_of(path))


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if "amigo_mock" in name_of(path)], ids=name_of
)
def test_the_fake_does_not_know_pytest(path: Path) -> None:
    """Rule: `amigo_mock` never imports pytest or the plugin. Source: the house's own rules."""
    assert not [*imports_of(path, "pytest"), *imports_of(path, "pytest_amigo")]


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if path.stem not in {"server", "uvicorn_bounds", "uvicorn_protocol"}],
    ids=name_of,
)
def test_few_know_the_server(path: Path) -> None:
    """Rule: uvicorn is known where the fake is served and nowhere else. Source: the house."""
    assert not imports_of(path, "uvicorn")


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


def test_a_server_loads_no_factory() -> None:
    """Rule: factories are for tests; a fake that is only served imports none of them.

    Source: the time from start to the first answer.
    """
    code = (
        "import sys; from amigo_mock import AmigoMock\n"
        "with AmigoMock() as mock, mock.client(in_process=True) as client:\n"
        "    client.get(mock.path('get-services')).raise_for_status()\n"
        "    print(*(name for name in sys.modules if 'testing.factories.' in name))\n"
        "    mock.personas.create()\n"
        "    print('amigo_mock.testing.factories.simulation.personas' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.splitlines() == ["amigo_mock.testing.factories.host", "True"]
