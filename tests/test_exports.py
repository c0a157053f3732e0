"""The names that `amigo_mock` exports."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import amigo_mock
from amigo_mock.mock import AmigoMock

README = Path(amigo_mock.__file__).with_name("README.md").read_text()


@pytest.mark.parametrize("name", amigo_mock.__all__)
def test_a_name_is_exported_from_where_it_is_defined(name: str) -> None:
    """Rule: an exported name is the class or function itself. Source: the README."""
    found = getattr(amigo_mock, name)
    assert found.__name__ == name
    assert getattr(sys.modules[found.__module__], name) is found
    assert name in dir(amigo_mock)


def test_importing_the_package_imports_no_module_of_it() -> None:
    """Rule: a name is imported when it is used. Source: the time that an import takes."""
    code = "import sys, amigo_mock; print(*(name for name in sys.modules if 'amigo' in name))"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.split() == ["amigo_mock"]


def test_types_that_annotations_need_are_exported() -> None:
    """Rule: whatever a member of `AmigoMock` returns can be annotated without a module of the
    inside, but for factories and scripts, which are a resource's. Source: the README.
    """
    returned: set[str] = set()
    for _, member in inspect.getmembers(AmigoMock):
        function = member.fget if isinstance(member, property) else member
        annotation = getattr(function, "__annotations__", {}).get("return", "")
        if getattr(function, "__module__", "") in (
            "amigo_mock.mock",
            "amigo_mock.testing.controls",
        ):
            returned |= set(re.findall(r"\b[A-Z]\w+", annotation))
    others = {"Any", "Iterator", "Mapping", "None", "Self"}  # the language's
    others |= {"AsyncClient", "Client", "Starlette", "URL"}  # other libraries'
    others |= {"Outcomes", "RaceBuilder", "S", "ScriptedValues"}  # made by calls, never annotated
    assert returned - others <= set(amigo_mock.__all__)
    assert {"Clock", "Faults", "Journal", "RateLimits", "Snapshot"} <= returned


def test_the_readme_names_every_export() -> None:
    """Rule: the README lists the names. Source: the README."""
    assert [name for name in amigo_mock.__all__ if name not in README] == []
