"""The registry: one thing costs one thing, all of them cost all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from amigo_mock import resources
from amigo_mock.contract.catalogue import PUBLISHED
from amigo_mock.operations.catalog import Registry
from amigo_mock.resources import DOWNLOADS, KINDS, LIMITS, OPERATION, OPERATIONS, PATHS
from amigo_mock.world.seeding import DEFAULTS


def test_a_thing_is_looked_for_once() -> None:
    """Rule: found when asked for, and known from then on; nobody else is. Source: registries."""
    asked: list[str] = []

    def find(name: str) -> int | None:
        asked.append(name)
        return {"one": 1, "two": 2}.get(name)

    def names() -> Iterator[str]:
        asked.append("all")
        yield from ("one", "two")

    registry = Registry(names, find)
    assert (registry["one"], registry.get("one"), "one" in registry) == (1, 1, True)
    assert asked == ["one"]
    assert (list(registry), len(registry)) == (["one", "two"], 2)
    assert (registry.get("three"), "three" in registry) == (None, False)
    with pytest.raises(KeyError, match="three"):
        _ = registry["three"]


def test_what_is_registered_is_what_is_declared() -> None:
    """Rule: an operation is found by its name and its path as it says itself, and so are its limit
    and what answers link to. Source: one declaration each.
    """
    declared = (*OPERATIONS, *DOWNLOADS)
    assert len(declared) == 42
    assert list(OPERATION.items()) == [(one.id, one) for one in OPERATION.values()]
    assert set(OPERATION) == {one.id for one in declared}
    assert all(PATHS[one.method, one.path] == one.id for one in declared)
    assert dict(LIMITS) == {one.id: one.rate_limit.requests for one in declared if one.rate_limit}
    assert set(PATHS.values()) - {name for name, _, _ in PUBLISHED} == {one.id for one in DOWNLOADS}


def test_what_is_not_there_is_not_found() -> None:
    """Rule: what is published and not emulated, or neither, is in no registry. Source: the same."""
    for name in ("get-agents", "evaluate-metrics", "get-simulation-personae", ""):
        assert name not in OPERATION
        assert name not in LIMITS
        assert name not in KINDS
    assert DOWNLOADS[0].id not in LIMITS
    with pytest.raises(AttributeError, match="OPERATONS"):
        _ = resources.OPERATONS


def test_kinds_have_their_names() -> None:
    """Rule: a kind is registered under the name it has in worlds, after what it refers to.

    Source: the order in which a world is read.
    """
    assert [kind.name for kind in KINDS.values()] == list(KINDS)
    for place, kind in enumerate(KINDS.values()):
        assert set(kind.references) & set(KINDS) <= set(list(KINDS)[:place])


def test_defaults_keep_nothing_from_being_deleted() -> None:
    """Rule: what an organization has by default is in the way of no deletion, which therefore need
    not look at what nobody has asked for. Source: the house's own rules.
    """
    kinds = [kind for kind in KINDS.values() if kind.default]
    assert len(kinds) == 4
    assert not any(set(kind.references) & set(KINDS) for kind in kinds)


def test_defaults_have_room_for_their_ids() -> None:
    """Rule: no default takes the ids of the next one. Source: ids are set aside."""
    for kind in KINDS.values():
        ids = sum(1 + len(seed.get("versions", ())) for seed in kind.default)
        assert ids <= DEFAULTS
