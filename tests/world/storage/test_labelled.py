"""New records wait together until they are asked for by a label."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amigo_mock.world.kind import Label
from amigo_mock.world.storage.labelled import Labelled

LABELS = st.lists(st.tuples(st.sampled_from(["role", "tag"]), st.sampled_from("abc")), max_size=4)


@given(st.lists(LABELS, max_size=20), st.integers(0, 1000))
def test_each_label_has_the_positions_of_its_records(
    records: list[list[Label]], first: int
) -> None:
    """Rule: a label leads to every record that has it, once and in order, whichever other labels
    each of them has. Source: the guide, filters.
    """
    labelled = Labelled()
    expected: dict[Label, list[int]] = {}
    for position, labels in enumerate(records, first):
        labelled.add(position, labels)
        for label in set(labels):
            expected.setdefault(label, []).append(position)
    assert labelled.by_label() == expected
    assert len(labelled) == len(records)
