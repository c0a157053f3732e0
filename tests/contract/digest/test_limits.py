"""Digests of schemas that contain themselves, of long enumerations and of long texts."""

from __future__ import annotations

import hashlib
import json

from tests.contract.digest.support import Json, demands

TREE: Json = {
    "type": "object",
    "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
}


def test_a_schema_within_itself_is_cut_where_it_comes_round() -> None:
    """Inlining must end; the cut tells the way back by keywords, not by a component's name."""
    found = demands({"$ref": "#/components/schemas/Tree"}, {"Tree": TREE})
    inner = found["properties"]["children"]["items"]
    assert inner == {"recursive": "properties.children.items"}


def test_the_cut_does_not_depend_on_names() -> None:
    """Renaming a component that contains itself changes nothing that a client sees."""
    tree = demands({"$ref": "#/components/schemas/Tree"}, {"Tree": TREE})
    renamed = json.loads(json.dumps(TREE).replace("Tree", "Shrub"))
    assert demands({"$ref": "#/components/schemas/Shrub"}, {"Shrub": renamed}) == tree


def test_a_choice_that_contains_itself_counts_as_one_step_however_it_is_spelled() -> None:
    """A list of types and a choice between types are one demand, also on the way round."""
    inside = {"properties": {"next": {"$ref": "#/components/schemas/Link"}}}
    listed = {"type": ["object", "null", "string"], **inside}
    within = {"anyOf": [{"type": "object", **inside}, {"type": "string"}]}
    chosen = {"anyOf": [{"type": "null"}, within]}
    schema = {"$ref": "#/components/schemas/Link"}
    assert demands(schema, {"Link": listed}) == demands(schema, {"Link": chosen})


def test_a_choice_of_one_is_no_step() -> None:
    """An alternative without another is no choice, also on the way round."""
    link = {"properties": {"next": {"anyOf": [{"$ref": "#/components/schemas/Link"}]}}}
    found = demands({"$ref": "#/components/schemas/Link"}, {"Link": link})
    assert found == {"properties": {"next": {"recursive": "properties.next"}}}


def test_a_reference_to_itself_alone_ends() -> None:
    """A reference that only leads back to itself demands nothing, and must not hang."""
    loop = {"$ref": "#/components/schemas/Loop"}
    assert demands(loop, {"Loop": loop}) == {"recursive": ""}


def test_a_reference_may_point_anywhere_in_the_document() -> None:
    """A `$ref` is a JSON pointer (RFC 6901): `~1` is a slash, `%20` a space, a number an index."""
    components = {"a/b c": {"anyOf": [{"type": "null"}, {"type": "integer"}]}}
    assert demands({"$ref": "#/components/schemas/a~1b%20c/anyOf/1"}, components) == {
        "type": "integer"
    }


def test_a_whole_number_among_numbers_is_a_number() -> None:
    """JSON has one kind of number, so mixed values are one enumeration and not a choice of two."""
    numbers = {"type": "number", "enum": [0.5, 1]}
    assert demands({"enum": [1.0, 0.5]}) == numbers
    assert demands({"type": "number", "enum": [1, 0.5]}) == numbers


def test_fifty_values_are_listed_and_fifty_one_are_counted() -> None:
    """A digest is read by people, so a long enumeration is its length and one hash."""
    values = [f"value-{number}" for number in range(51)]
    assert len(demands({"enum": values[:50]})["enum"]) == 50
    lines = "\n".join(sorted(json.dumps(value) for value in values))
    expected = {"count": 51, "sha256": hashlib.sha256(lines.encode()).hexdigest()}
    assert demands({"enum": values})["enum"] == expected
    assert demands({"enum": values[::-1]})["enum"] == expected


def test_a_default_that_is_prose_is_kept_as_a_hash() -> None:
    """Facts go into the repository, sentences do not; a changed sentence must still show."""
    default = demands({"default": {"context": ["word " * 20]}})["default"]["context"][0]
    assert default == {"length": 100, "sha256": hashlib.sha256(b"word " * 20).hexdigest()}
