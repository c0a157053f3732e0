"""Hints for names that are not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a misspelt name: ` (did you mean 'x'?)`, or nothing when none is near."""
    matches = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def among(name: str, known: Iterable[str], most: int = 10) -> str:
    """A hint for an unknown name among few: the nearest one, or else those that there are."""
    names = list(known)
    if hint := nearest(name, names):
        return hint
    if not names:
        return ""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"; there {'is' if len(names) == 1 else 'are'} {', '.join(names[:most])}{more}"


def there_is_no(what: str, name: str, known: Iterable[str]) -> str:
    """A sentence about a name that is not known: `there is no x 'y' (did you mean 'z'?)`."""
    return f"there is no {what} {name!r}{nearest(str(name), known)}"


def has_no(owner: str, what: str, name: str, known: Iterable[str]) -> str:
    """A sentence about a part that is not there: `x has no y 'z' (did you mean 'w'?)`."""
    return f"{owner} has no {what} {name!r}{nearest(str(name), known)}"
