"""The catalog: one declaration for each operation and kind, found where the table says it is."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

from amigo_mock.contract.catalogue import PUBLISHED
from amigo_mock.resources import CATALOG
from amigo_mock.world.ids import DEFAULTS


def test_what_is_in_the_table_is_declared_where_it_says() -> None:
    """Rule: the modules that the table names declare the operations that it has in them, and no
    others; each is where the table has it. Source: one declaration each.
    """
    declared = {
        operation.id: (operation.method, operation.path, module)
        for module in sorted(set(CATALOG.modules.values()))
        for operation in import_module(module).OPERATIONS
    }
    paths = {id: place for place, id in CATALOG.paths.items()}
    assert declared == {id: (*paths[id], module) for id, module in CATALOG.modules.items()}


def test_an_operation_is_found_by_its_name() -> None:
    """Rule: an operation is found by its name, and so is its limit. Source: the same."""
    assert list(CATALOG.operations) == [one.id for one in CATALOG.operations.values()]
    for operation in CATALOG.operations.values():
        assert CATALOG.operation(operation.id) is operation
        limit = operation.rate_limit and operation.rate_limit.requests
        assert CATALOG.limit(operation.id) == limit


def test_all_are_those_that_are_published() -> None:
    """Rule: what answers link to is found, but is none of the operations of the document.

    Source: the published document.
    """
    emulated = [row.id for row in PUBLISHED if row.module is not None]
    assert [one.id for one in CATALOG.all()] == emulated
    linked = [one.id for one in CATALOG.linked()]
    assert linked
    assert [*CATALOG.operations] == emulated + linked
    assert not set(linked) & {row.id for row in PUBLISHED}


def test_what_is_not_there_is_not_found() -> None:
    """Rule: what is published and not emulated, or neither, is not in it. Source: the same."""
    for name in ("get-agents", "evaluate-metrics", "get-simulation-personae", ""):
        assert name not in CATALOG.operations
        assert CATALOG.operation(name) is None
        assert CATALOG.limit(name) is None
        assert name not in CATALOG.kinds
    assert CATALOG.limit(CATALOG.linked()[0].id) is None


def test_a_name_costs_no_import() -> None:
    """Rule: names, paths and what a kind is called are known without importing a resource, and one
    operation imports the one that it is in. Source: the time from start to the first answer.
    """
    code = (
        "import sys; from amigo_mock.resources import CATALOG\n"
        "def loaded(): return [n for n in sys.modules if n in set(CATALOG.modules.values())]\n"
        "assert list(CATALOG.operations) and list(CATALOG.kinds) and CATALOG.paths\n"
        "assert 'get-simulation-personas' in CATALOG.operations\n"
        "print(loaded())\n"
        "CATALOG.operation('get-simulation-personas')\n"
        "print(loaded())"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.splitlines() == ["[]", "['amigo_mock.resources.simulation.personas']"]


def test_kinds_have_their_names() -> None:
    """Rule: a kind is registered under the name it has in worlds, after what it refers to.

    Source: the order in which a world is read.
    """
    kinds = CATALOG.kinds
    assert [kind.name for kind in kinds.values()] == list(kinds)
    for place, kind in enumerate(kinds.values()):
        assert set(kind.references) & set(kinds) <= set(list(kinds)[:place])


def test_defaults_keep_nothing_from_being_deleted() -> None:
    """Rule: what an organization has by default is in the way of no deletion, which therefore need
    not look at what nobody has asked for. Source: the house's own rules.
    """
    kinds = [kind for kind in CATALOG.kinds.values() if kind.default]
    assert kinds
    assert not any(set(kind.references) & set(CATALOG.kinds) for kind in kinds)


def test_defaults_have_room_for_their_ids() -> None:
    """Rule: no default takes the ids of the next one. Source: ids are set aside."""
    for kind in CATALOG.kinds.values():
        ids = sum(1 + len(seed.get("versions", ())) for seed in kind.default)
        assert ids <= DEFAULTS
