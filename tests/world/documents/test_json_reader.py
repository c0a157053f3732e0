"""The JSON reader: finds what `json.loads` finds, and leaves lists in the text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amigo_mock.world.documents.json_reader import JsonList, read_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)
SPACES = st.sampled_from([None, 0, 1, "\t"])


def plain(value: Any) -> Any:
    """The value with lists in place of those that stayed in the text."""
    if isinstance(value, JsonList | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value


@given(JSON, SPACES, st.integers(0, 4), st.sampled_from(["", " ", "\r\n\t "]))
def test_it_reads_what_the_standard_library_reads(
    value: Any, indent: int | str | None, levels: int, around: str
) -> None:
    """Rule: however the text is laid out, it reads the same. Source: RFC 8259, grammar."""
    text = f"{around}{json.dumps(value, indent=indent)}{around}"
    assert plain(read_json(text, levels, lambda _: ())) == json.loads(text)


@given(st.text('[]{},:"1 a\\', max_size=12), st.integers(0, 3))
@example("[1}", 0)
@example("[1}", 1)
@example('{"a":1]', 1)
@example('{"a",1}', 1)
@example("{1:1}", 1)
@example("[1:2]", 0)
@example("[1,]", 0)
@example('{"a":1,}', 1)
@example("{,}", 1)
@example("[1", 0)
@example("[] 1", 0)
@example("", 3)
def test_it_refuses_what_the_standard_library_refuses(text: str, levels: int) -> None:
    """Rule: what is not JSON is a `ValueError`. Source: RFC 8259, grammar."""
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - whoever catches it asks for the reason elsewhere
            read_json(text, levels, lambda _: ())
    else:
        assert plain(read_json(text, levels, lambda _: ())) == expected


@given(st.lists(JSON))
def test_a_list_that_stayed_in_the_text_is_a_sequence(items: list[Any]) -> None:
    """Rule: length, items, slices, the text and a note of each. Source: `Sequence`."""
    found = read_json(json.dumps(items), 0, lambda item: [json.dumps(item)])
    assert isinstance(found, JsonList)
    assert (len(found), list(found)) == (len(items), items)
    assert [found[number] for number in range(len(items))] == items
    assert (found[1:], found[::-1]) == (items[1:], items[::-1])
    assert list(found.texts()) == found.notes == [json.dumps(item) for item in items]
