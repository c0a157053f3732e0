"""Mistakes in a world document: each has a place in it, and one error tells all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from amigo_mock.errors import Finding, MockError
from amigo_mock.names import nearest

Place = tuple[str | int, ...]
"""The way to a value in a document: names and numbers."""

MOST = 20  # mistakes that an error tells
LONGEST = 60  # characters of a name in it


class Mistake(MockError):
    """A mistake at a place in a document."""

    def __init__(self, text: str, *place: str | int) -> None:
        super().__init__(f"{'.'.join(map(str, place))}: {text}")
        self.text = text
        self.place: Place = place


class BrokenWorld(MockError):
    """A world that is refused, with all of its mistakes."""

    def __init__(self, message: str, mistakes: Sequence[Mistake]) -> None:
        super().__init__(message)
        self.mistakes = tuple(mistakes)


def broken_world(document: Mapping[str, Any], where: str, found: Sequence[Mistake]) -> BrokenWorld:
    """The error that tells mistakes: each with the record it is in, and its line in a file."""
    line = getattr(document, "line", lambda _: None)
    told = [_sentence(document, line(one.place), one) for one in found[:MOST]]
    if len(found) == 1:
        return BrokenWorld(f"{where}: {told[0]}", found)
    rest = [f"and {len(found) - MOST} more"] if len(found) > MOST else []
    return BrokenWorld("\n  ".join((f"{where}: {len(found)} mistakes", *told, *rest)), found)


def _sentence(document: Mapping[str, Any], line: int | None, mistake: Mistake) -> str:
    owner, inside = _owner(document, mistake.place)
    if not owner:
        owner, inside = _dotted(inside), ()
    head = " ".join(filter(None, (owner, f"(line {line})" if line else "")))
    return ": ".join(filter(None, (head, _dotted(inside), mistake.text)))


def _dotted(place: Place) -> str:
    return ".".join(str(part) or "''" for part in place)


def _owner(document: Mapping[str, Any], place: Place) -> tuple[str, Place]:
    """The record that a place is in, or else its organization, and the place inside of that."""
    if place[:1] != ("organizations",) or len(place) < 2:
        return "", place
    organizations = document["organizations"]
    found = organizations[place[1]]
    if len(place) < 4 or not isinstance(place[3], int):
        return _called("organization", found, place[1]), place[2:]
    owner = _called(_noun(str(place[2])), found[place[2]][place[3]], place[3])
    if len(organizations) > 1:
        owner += f" of {_called('organization', found, place[1])}"
    return owner, place[4:]


def _called(noun: str, content: Any, number: str | int) -> str:
    """What people call a record: its name, or else its id, or else its number from 1."""
    for field in ("name", "id", "_id") if isinstance(content, Mapping) else ():
        name = content.get(field)
        if (
            isinstance(name, str)
            and name.strip()
            and not (noun == "organization" and field == "name")
        ):
            return f"{noun} {name[:LONGEST]!r}"
    return f"{noun} {int(number) + 1}"


def _noun(kind: str) -> str:
    return kind.removesuffix("s").replace("_", " ")


# Findings of pydantic


def mistakes_of(
    error: ValidationError, content: Any, known: Any, prefix: Place = ()
) -> list[Mistake]:
    """The mistakes that pydantic has found in a document; of each place the first one.

    `known` names the fields that there are at a location. A field that is missing is not told
    where a misspelt one stands in its place.
    """
    findings = [
        Finding(one["loc"], one["msg"], one["type"] == "extra_forbidden")
        for one in error.errors(include_url=False, include_input=False)
    ]
    found: dict[Place, Mistake] = {}
    meant: set[Place] = set()
    for one in findings:
        place = tuple(path_in(content, one.loc))
        names = known(one.loc[:-1]) if one.unknown else ()
        found.setdefault(place, Mistake(one.sentence(names), *prefix, *place))
        meant |= {
            (*place[:-1], name) for name in names if repr(name) in nearest(str(one.loc[-1]), names)
        }
    return [
        mistake
        for place, mistake in found.items()
        if not (place in meant and mistake.text == "Field required")
    ]


def path_in(content: Any, location: Sequence[str | int]) -> Iterable[str | int]:
    """Follow an error's location through the document, without the parts that are none of it.

    pydantic puts the name of a union's member and `[key]` among them; only what the document can
    be entered by, and the name of a field that it lacks, is a place in it.
    """
    for number, part in enumerate(location, 1):
        if isinstance(content, Mapping):
            if part in content:
                content = content[part]
            elif number < len(location) or part == "[key]":
                continue
        elif isinstance(content, Sequence) and not isinstance(content, str | bytes):
            if not isinstance(part, int):
                continue
            content = content[part]
        else:
            continue
        yield part
