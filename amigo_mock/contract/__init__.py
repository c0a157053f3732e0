"""The published contract as facts, and how far a document is from it.

`digest` boils an OpenAPI document down to what it demands, `drift` compares two digests, and
`unexplained` holds the outcome against the differences that are meant to be.
"""

from amigo_mock.contract.digest import digest
from amigo_mock.contract.document import ContractError, load
from amigo_mock.contract.drift import ABSENT, DOCUMENT, Accepted, Difference, drift, unexplained

__all__ = [
    "ABSENT",
    "DOCUMENT",
    "Accepted",
    "ContractError",
    "Difference",
    "digest",
    "drift",
    "load",
    "unexplained",
]
