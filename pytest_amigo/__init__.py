"""The pytest plugin that hands a fake of the Amigo Classic API to tests."""

from __future__ import annotations

__all__ = ["AmigoContractWarning", "AmigoDataWarning"]


class AmigoContractWarning(UserWarning):
    """The fake accepted what the published contract refuses, or a name that changes nothing.

    `-W error::pytest_amigo.AmigoContractWarning` fails the test that caused it; `amigo_strict`
    makes the fake refuse what the contract refuses.
    """


class AmigoDataWarning(UserWarning):
    """The fake was changed outside of a test, and begins the next test as new: without that."""
