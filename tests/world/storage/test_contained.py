"""Contained: a text in the texts of records, and the quick look into their JSON before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from amigo_mock.world.storage.contained import Contained


@given(
    before=st.text(max_size=3), wanted=st.text(min_size=1, max_size=5), after=st.text(max_size=3)
)
def test_what_a_text_has_its_json_may_have(before: str, wanted: str, after: str) -> None:
    """Rule: the look into the JSON misses nothing that a field has, whatever characters it is made
    of and whatever their case. Source: the search's own contract.
    """
    for text in (before + wanted + after, before + wanted.swapcase() + after):
        row = to_json({"id": "1", "name": text})
        for contained in (Contained(wanted), Contained(wanted.swapcase())):
            assert not contained.is_in(text) or contained.may_be_in([row])
    assert Contained(wanted).is_in("", before + wanted + after)


def test_json_without_the_text_is_passed_over() -> None:
    """Rule: JSON that does not have the text is told apart. Source: the search's own contract."""
    assert not Contained("zebra").may_be_in([b'{"name":"Zebr"}', b'{"text":"a"}'])
    assert Contained("ZEBRA").may_be_in([b'{"name":"x"}', b'{"text":"a zebra"}'])
