"""Sample worlds: the same random seed, the same world, and one that can be served."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock import Settings
from amigo_mock.engine.fake import Fake
from amigo_mock.resources import CATALOG
from amigo_mock.testing.samples import world


def test_the_same_seed_gives_the_same_world() -> None:
    """Rule: one seed for everything random: the same seed, the same people. Source: the seed."""
    assert world(5, 5, 7) == world(5, 5, 7)


def test_another_seed_gives_another_world() -> None:
    """Rule: another seed gives other people. Source: the seed."""
    assert world(5, 5, 7) != world(5, 5, 8)


def test_more_of_one_kind_leaves_the_first_ones_alone() -> None:
    """Rule: a longer list begins like the shorter one. Source: people are made one by one."""
    few, many = world(3, 0, 7), world(6, 0, 7)
    found = [item["organizations"][0]["personas"] for item in (few, many)]
    assert found[0] == found[1][:3]


def test_chance_elsewhere_is_left_alone() -> None:
    """Rule: making people neither reads nor moves the process's own chance. Source: the seed."""
    state = random.getstate()
    first = world(2, 2, 3)
    assert random.getstate() == state
    random.seed(99)
    assert world(2, 2, 3) == first


@pytest.mark.parametrize(("personas", "scenarios"), [(0, 0), (3, 0), (0, 3), (40, 20)])
def test_there_are_as_many_as_asked_for(personas: int, scenarios: int) -> None:
    """Rule: a world has so many personas and scenarios. Source: options of `generate`."""
    made = world(personas, scenarios, 0)["organizations"][0]
    assert (len(made["personas"]), len(made["scenarios"])) == (personas, scenarios)


def test_names_are_unique() -> None:
    """Rule: no two have a name in common, or the world could not be served. Source: names."""
    (made,) = world(200, 200, 0)["organizations"]
    names = [record["name"] for kind in ("personas", "scenarios") for record in made[kind]]
    assert len(set(names)) == 400


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_the_seed_the_world_can_be_served(seed: int) -> None:
    """Rule: every made-up world is one that a fake starts from. Source: the world format."""
    fake = Fake(CATALOG, Settings.of(seed=world(4, 3, seed)))
    (served,) = json.loads(fake.state())["organizations"]
    assert (len(served["personas"]), len(served["scenarios"])) == (4, 3)
