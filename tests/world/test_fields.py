"""The lists of languages and time zones that the package carries."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pycountry
import pytest

from amigo_mock.world.fields import languages, timezones

PUBLISHED = Path(__file__).parent.parent.parent / "fixtures" / "published.json"
LISTS = {"preferred_language": languages, "timezone": timezones}


def published(field: str) -> dict[str, Any]:
    """The count and the hash of the values that a persona's field may have."""
    document = json.loads(PUBLISHED.read_text())
    operation = document["operations"]["create-simulation-persona-version"]
    properties = operation["request"]["content"]["application/json"]["properties"]
    (found,) = [one["enum"] for one in properties[field]["anyOf"] if "enum" in one]
    return dict(found)


@pytest.mark.parametrize("field", LISTS)
def test_the_lists_are_the_published_ones(field: str) -> None:
    """Rule: exactly the published languages and time zones are valid. Source: published document,
    of whose long enumerations the digest keeps the count and a hash of the sorted values.
    """
    values = sorted(LISTS[field]())
    lines = "\n".join(json.dumps(value) for value in values)
    found = {"count": len(values), "sha256": hashlib.sha256(lines.encode()).hexdigest()}
    assert found == published(field)


def test_the_languages_are_those_of_the_standard() -> None:
    """Rule: a language is a code of ISO 639-3. Source: the standard, as a release of pycountry has
    it; a newer one may know a few codes more, and have retired a few.
    """
    known = {language.alpha_3 for language in pycountry.languages}
    assert len(languages() ^ known) < 50


def test_the_time_zones_are_those_of_the_database() -> None:
    """Rule: a time zone is a name of the IANA database, or the `localtime` of some systems. Source:
    the database, as a release of tzdata has it, which never takes a name away.
    """
    known = set(files("tzdata").joinpath("zones").read_text().split())
    assert timezones() - known == {"localtime"}
