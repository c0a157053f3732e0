"""The two ways to read a list: from the text of a file, and from Python values."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock import MockError
from amigo_mock.world.documents.document import dump
from tests.world.documents.test_document import TEXT, WORLDS, Json, filled, unique_names

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 10**400, float("nan"), "", " ", "\ud800", "a" * 24, [], {}, {"x": 1}]
)
"""What few fields take, and what one JSON parser takes and the other does not."""

CONDITION = st.fixed_dictionaries({"type": st.just("Equals"), "value": ODD.map(deepcopy)})
GRANT = st.fixed_dictionaries(
    {"permission_name": TEXT, "conditions": st.fixed_dictionaries({"role": CONDITION})}
)
ROLES = st.lists(
    st.fixed_dictionaries({"name": TEXT, "permission_grants": st.lists(GRANT, max_size=2)}),
    max_size=2,
).map(unique_names)
"""Items with values of any kind in them, which no field's type holds to anything."""


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document, as what it is in and its name or number there."""
    if not isinstance(value, dict | list):
        return []
    names = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [place for name in names for place in ((value, name), *places(value[name]))]


def outcome(document: Json | Path) -> bytes | str:
    """The world that a document describes; or why it describes none."""
    try:
        return dump(filled(document))
    except MockError as error:
        said = str(error).removeprefix(f"world {document}: ").removeprefix("world: ")
        return said.replace(" (line 1)", "")  # the file has one line, and the mapping none


@settings(deadline=None, max_examples=60)
@given(WORLDS, st.data())
def test_a_file_and_a_mapping_are_the_same_world_or_the_same_mistake(
    tmp_path_factory: pytest.TempPathFactory, document: Json, data: st.DataObject
) -> None:
    """Rule: the text of a list's items makes the same records, or the same message.

    Source: the world format; a mapping is checked as Python values, a file as text.
    """
    changed = deepcopy(document)
    for organization in changed["organizations"]:
        organization["roles"] = data.draw(ROLES)
    for _ in range(data.draw(st.integers(0, 2))):
        inside, name = data.draw(st.sampled_from(places(changed)))
        inside[name] = deepcopy(data.draw(ODD))
    file = tmp_path_factory.mktemp("world") / "world.json"
    file.write_text(json.dumps(changed), encoding="utf-8")
    assert outcome(file) == outcome(changed)
