"""The published contract as facts, and the differences of a document from it.

`digest` boils an OpenAPI document down to what it demands, `drift` compares two digests, and
`unexplained` leaves out the differences that are accepted.
"""

from amigo_mock.contract.difference import ABSENT, Accepted, Difference, unexplained
from amigo_mock.contract.digest import digest
from amigo_mock.contract.document import ContractError, load
from amigo_mock.contract.drift import DOCUMENT, drift

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
