"""Made-up values: the same seed, the same values, and names that do not collide."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from amigo_mock import AmigoMock, Settings
from tests.testing.factories.support import about, each_factory, made


def contents(mock: AmigoMock) -> list[Any]:
    """The same without the times."""
    return [
        (one.id, one.name, one.tags, [version.id for version in one.versions], about(one))
        for one in made(mock)
    ]


def furnished() -> AmigoMock:
    """A fake that has one of everything, and has drawn nothing yet."""
    mock = AmigoMock()
    mock.unit_test_sets.create(name="Kept")
    mock.faker_seed = 0
    return mock


def test_the_same_seed_and_calls_give_the_same(local: AmigoMock) -> None:
    """Rule: one seed for everything random. Source: the seed."""
    assert contents(local) == contents(AmigoMock())


def test_setting_the_seed_starts_over(local: AmigoMock) -> None:
    """Rule: the sequence starts over whenever its seed is set. Source: the factories."""
    local.faker_seed = 7
    first = [local.faker.name(), local.faker.unique.first_name(), local.faker.city()]
    for _ in range(3):
        local.faker_seed = 7
        assert [
            local.faker.name(), local.faker.unique.first_name(), local.faker.city()
        ] == first  # fmt: skip
    local.faker_seed = 8
    assert local.faker.name() != first[0]


def test_the_seed_is_that_of_the_settings() -> None:
    """Rule: `random_seed` decides, unless another seed is set. Source: the settings."""
    mock, other = AmigoMock(random_seed=5), AmigoMock(random_seed=6)
    assert (mock.faker_seed, other.faker_seed) == (5, 6)
    assert about(mock.personas.create()) != about(other.personas.create())
    mock.configure(Settings(random_seed=6))
    assert mock.faker_seed == 6
    assert mock.personas.create().name == AmigoMock(random_seed=6).personas.create().name


@pytest.mark.parametrize(
    "again", [AmigoMock.reset, lambda mock: mock.seed({"organizations": [{"id": "mock-org"}]})]
)
def test_a_new_start_starts_over(local: AmigoMock, again: Callable[[AmigoMock], None]) -> None:
    """Rule: after a reset or a new world the same calls give the same. Source: resets."""
    local.faker_seed = 3
    first = [about(one) for one in made(local)]
    again(local)
    assert local.faker_seed == 3
    assert [about(one) for one in made(local)] == first


def test_chance_elsewhere_is_left_alone(local: AmigoMock) -> None:
    """Rule: the process's own chance is neither read nor moved. Source: the seed."""
    before = random.getstate()
    first = local.personas.create().name
    assert random.getstate() == before
    random.seed(99)
    assert AmigoMock().personas.create().name == first


def test_faker_is_imported_when_it_makes_something_up() -> None:
    """Rule: a fake that makes nothing up does not pay for Faker. Source: the cost of a test."""
    code = (
        "import sys; from amigo_mock import AmigoMock; mock = AmigoMock(); mock.faker_seed = 3;"
        "mock.personas.all(), len(mock.scenarios), mock.reset(); print('faker' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout == "False\n"


@each_factory
def test_made_up_names_do_not_collide(kind: str) -> None:
    """Rule: what is made up always finds room in the world. Source: names are unique."""
    first, second = furnished(), furnished()
    names = [one.name for one in getattr(first, kind).create_many(20)]
    factory = getattr(second, kind)
    for name in names[1:]:
        factory.create(name=name)
    factory.create(name=f"{names[1]} 2")
    second.faker_seed = 0
    again = [factory.create().name for _ in range(10)] + [
        one.name for one in factory.create_many(10)
    ]
    assert again == [names[0], f"{names[1]} 3", *(f"{name} 2" for name in names[2:])]


def test_the_name_of_a_deleted_one_is_free(local: AmigoMock) -> None:
    """Rule: a deleted name is free, for given and for made-up names. Source: the guide."""
    name = local.personas.create(deleted=True).name
    local.faker_seed = 0
    assert local.personas.create().name == name
    local.scenarios.create(name="Refill", deleted=True)
    assert local.scenarios.create(name="Refill").name == "Refill"
    assert local.scenarios.create(name="Refill", deleted=True).is_deleted
    local.faker_seed = 0
    assert local.personas.create(deleted=True).name == name
