"""Differences between two digests, and the ones that are accepted with a reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from amigo_mock.contract.document import ContractError, canonical

#: The most characters of a value that a printed difference shows.
_SHOWN = 70


class Absent(Enum):
    """The value of a side that lacks the fact."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact on which two digests disagree.

    `where` is the way to the fact within the operation, such as `query.limit.maximum`,
    `request.body.required.tags` or `responses.200.body.properties.has_more`. `published` or
    `ours` is `ABSENT` where that side has no such fact.
    """

    operation: str
    where: str
    published: Any
    ours: Any

    def __str__(self) -> str:
        published, ours = _shown(self.published), _shown(self.ours)
        return f"{self.operation} {self.where}: published {published}, ours {ours}"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A rule that accepts differences, with its reason.

    `where` is a pattern, as of shell file names and with case, over the operation, a space, and
    the place: `"create-* request.body.required.*"`. Raises `ContractError` without a reason.
    """

    where: str
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ContractError(f"the accepted difference {self.where!r} needs a reason.")

    def explains(self, difference: Difference) -> bool:
        """True if this rule covers `difference`."""
        return fnmatchcase(f"{difference.operation} {difference.where}", self.where)


def unexplained(
    differences: Iterable[Difference], accepted: Iterable[Accepted]
) -> tuple[list[Difference], list[Accepted]]:
    """The differences that no rule accepts, and the stale rules, which explain nothing any more.

    The contract is kept only if both are empty: a rule left behind by a difference that is gone
    would hide its return.
    """
    found, rules = list(differences), list(accepted)
    left = [each for each in found if not any(rule.explains(each) for rule in rules)]
    stale = [rule for rule in rules if not any(rule.explains(each) for each in found)]
    return left, stale


def _shown(value: Any) -> str:
    if isinstance(value, Absent):
        return value.value
    text = canonical(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
