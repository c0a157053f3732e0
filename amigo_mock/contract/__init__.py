"""The published contract as facts, and how far a document is from it.

`digest` boils an OpenAPI document down to what it demands, `drift` compares two digests, and
`unexplained` holds the outcome against the differences that are meant to be.
"""

from .commands import digest_command, drift_command
from .digest import digest
from .document import ContractError, load
from .drift import ABSENT, DOCUMENT, Accepted, Difference, drift, unexplained

__all__ = [
    "ABSENT",
    "DOCUMENT",
    "Accepted",
    "ContractError",
    "Difference",
    "digest",
    "digest_command",
    "drift",
    "drift_command",
    "load",
    "unexplained",
]
