"""Refusals of factories: a mistake is named, and nothing is made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock, MockError
from amigo_mock.testing.factories import Factories
from tests.support.paths import (
    NOBODY,
)
from tests.testing.factories.support import (
    Elsewhere,
    Remote,
    each_factory,
    last_ids,
    state,
)

NAIVE = datetime(2026, 1, 1)

WRONG: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "a taken name": ({"name": "Taken"}, ("'mock-org'", "personas.create: name", "'Taken'")),
    "an empty name": ({"name": " "}, ("personas.create: name",)),
    "an empty role": ({"role": ""}, ("personas.create: role",)),
    "a name that is none": ({"name": 5}, ("personas.create: name",)),
    "bytes": ({"name": b"x"}, ("personas", "bytes")),
    "a tag with a dash": ({"tags": {"a-b": "c"}}, ("personas.create: tags",)),
    "too many tags": ({"tags": {f"t{n}": None for n in range(21)}}, ("personas.create: tags",)),
    "tags that are none": ({"tags": ["a"]}, ("personas.create: tags",)),
    "a language that is none": (
        {"preferred_language": "xxx"}, ("personas.create: preferred_language",)
    ),
    "an empty background": (
        {"background": "", "versions": 3}, ("personas.create: background",)
    ),
    "a broken variable": (
        {"sensitive_user_variables": {"A": "77123"}}, ("personas.create: sensitive_user_variables",)
    ),
    "half a character": ({"nonsensitive_user_variables": {"ab": "\ud800"}}, ("surrogate",)),
    "no version": ({"versions": 0}, ("versions", "0")),
    "fewer than none": ({"versions": -1}, ("versions", "-1")),
    "an empty list of versions": ({"versions": []}, ("versions",)),
    "versions that are none": ({"versions": "abc"}, ("versions",)),
    "half a version": ({"versions": 1.5}, ("versions",)),
    "a version that is none": ({"versions": [{}, "x"]}, ("personas.create: versions.1",)),
    "a misspelt field of a version": (
        {"versions": [{"backgrund": "x"}]},
        ("personas.create: versions.0.backgrund", "did you mean 'background'"),
    ),
    "a background given twice": (
        {"background": "x", "versions": [{"background": "y"}]}, ("versions", "'background'")
    ),
    "a number of a version": ({"versions": [{"version": 2}]}, ("versions.0.version", "1")),
    "an id that is none": ({"id": "x"}, ("personas.create: id",)),
    "a taken id": ({"id": NOBODY}, ("personas.create: id", NOBODY)),
    "a time without a zone": ({"created_at": NAIVE}, ("personas.create: created_at",)),
    "no organization": (
        {"organization": "mock-og"}, ("'mock-og'", "did you mean 'mock-org'")
    ),
}  # fmt: skip


@pytest.mark.parametrize(("said", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_a_world_cannot_hold_is_refused(
    local: AmigoMock, said: dict[str, Any], words: tuple[str, ...]
) -> None:
    """Rule: refused as the world format refuses it, and nothing is done. Source: worlds."""
    local.personas.create(name="Taken", id=NOBODY)
    before, following = state(local), last_ids(local)
    with pytest.raises(MockError) as caught:
        local.personas.create(**said)
    for word in words:
        assert word in str(caught.value)
    assert "77123" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (state(local), last_ids(local)) == (before, following)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (3, {"name": "Ann"}),
        (3, {"id": NOBODY}),
        (-1, {}),
        (2, {"tags": {"-": None}}),
        (2, {"nonsensitive_user_variables": {"ab": "\ud800"}}),
    ],
)
def test_many_are_made_or_none(local: AmigoMock, count: int, said: dict[str, Any]) -> None:
    """Rule: nothing is half done. Source: worlds."""
    before, following = state(local), last_ids(local)
    with pytest.raises(MockError):
        local.personas.create_many(count, **said)
    assert (state(local), last_ids(local)) == (before, following)


@each_factory
def test_an_unknown_keyword_is_refused(local: AmigoMock, kind: str) -> None:
    """Rule: a misspelt keyword names the nearest. Source: the factories."""
    before = state(local)
    factory: Any = getattr(local, kind)
    calls: list[Callable[[], object]] = [
        lambda: factory.create(tag={}),
        lambda: factory.create_many(2, tag={}),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"'tag' .did you mean 'tags'"):
            call()
    with pytest.raises(TypeError, match="'selfie'"):
        factory.create(selfie=1)
    assert state(local) == before


NEEDY: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "a misspelt persona": ("unit_tests", {"persona": "An"}, ("persona", "did you mean 'Ann'")),
    "a persona by number": ("unit_tests", {"persona": 5}, ("persona", "int")),
    "a deleted persona": ("unit_tests", {"persona": NOBODY}, ("persona", "'Gone'", "out of use")),
    "no scenario": ("unit_tests", {"scenario": "f" * 24}, ("scenario", "ffff")),
    "a service out of use": ("unit_tests", {"service": "Old"}, ("service", "'Old'")),
    "a misspelt version set": (
        "unit_tests", {"service_version_set_name": "relase"}, ("did you mean 'release'",)
    ),
    "another kind": (
        "unit_tests",
        {"success_criterions": [{"metric_id": "Tone", "criterion": {"type": "boolean"}}]},
        ("'Tone'", "categorical", "boolean"),
    ),
    "no kind": (
        "unit_tests",
        {"success_criterions": [{"metric_id": "Tone", "criterion": {"type": "x"}}]},
        ("'Tone'", "categorical"),
    ),
    "a kind of nothing": (
        "unit_tests", {"success_criterions": [{"criterion": {"type": "bolean"}}]}, ("'bolean'",)
    ),
    "a criterion without a value": (
        "unit_tests", {"success_criterions": [{"criterion": {"type": "boolean"}}]}, ("criterion",)
    ),
    "a misspelt field": (
        "unit_tests", {"success_criterions": [{"metric_ids": "x"}]}, ("did you mean 'metric_id'",)
    ),
    "a metric alone": ("unit_tests", {"success_criterions": "Tone"}, ("success_criterions",)),
    "no criterion": ("unit_tests", {"success_criterions": []}, ("success_criterions",)),
    "too long": ("unit_tests", {"max_interactions": 101}, ("max_interactions",)),
    "an empty name": ("unit_tests", {"name": " "}, ("unit_tests.create: name",)),
    "no unit test": ("unit_test_sets", {"unit_tests": ["x"]}, ("unit_tests", "'x'")),
    "no unit tests": ("unit_test_sets", {"unit_tests": []}, ("unit_test_runs",)),
    "no runs": ("unit_test_sets", {"run_count": 0}, ("run_count",)),
    "a misspelt kind": ("metrics", {"kind": "numeric"}, ("did you mean 'numerical'",)),
    "bounds of words": ("metrics", {"kind": "boolean", "upper_bound": 1}, ("upper_bound",)),
    "bounds and words": ("metrics", {"upper_bound": 1, "categories": ["a"]}, ("categories",)),
    "bounds the wrong way": ("metrics", {"lower_bound": 2, "upper_bound": 1}, ("lower_bound",)),
    "no words": ("metrics", {"categories": []}, ("categories",)),
    "two kinds": (
        "metrics",
        {"kind": "numerical", "versions": [{"metric_value": {"type": "boolean"}}, {}]},
        ("versions.0.metric_value.type", "'boolean'"),
    ),
    "a service that is none": ("metrics", {"applied_to_services": ["x"]}, ("'x'",)),
    "no agent": ("services", {"agent": "Agnt"}, ("agent", "did you mean 'Agent'")),
    "a version that is none": (
        "services", {"version_sets": {"a": {"agent_version_number": 2}}}, ("'a'", "2")
    ),
    "another edge": ("services", {"version_sets": {"edge": {}}}, ("'edge'",)),
    "a version set that is none": ("services", {"version_sets": {"a": 5}}, ("version_sets.a",)),
    "version sets that are none": ("services", {"version_sets": 5}, ("version_sets",)),
    "a word": ("services", {"keyterms": ["A B"]}, ("keyterms",)),
    "no version": ("agents", {"latest_version": -1}, ("latest_version",)),
}  # fmt: skip


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize(("kind", "said", "words"), NEEDY.values(), ids=NEEDY.keys())
def test_nothing_is_made_for_what_is_refused(
    mock: AmigoMock,
    control: httpx2.Client,
    kind: str,
    said: dict[str, Any],
    words: tuple[str, ...],
    elsewhere: bool,
) -> None:
    """Rule: what it would need is not made either; here and there alike. Source: the factories."""
    mock.personas.create(name="Gone", id=NOBODY, deleted=True)
    if said.get("persona") == "An":
        mock.personas.create(name="Ann")
    mock.services.create(name="Old", is_active=False)
    home: Factories = Elsewhere(Remote(control)) if elsewhere else mock
    before, following = state(mock), last_ids(mock)
    for call in (
        getattr(home, kind).create,
        lambda **said: getattr(home, kind).create_many(2, **said),
    ):
        with pytest.raises(MockError) as caught:
            call(**said)
        for word in words:
            assert word in str(caught.value)
        assert "\n" not in str(caught.value)
        assert (state(mock), last_ids(mock)) == (before, following)
