"""The command `drift`."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any, TextIO

from amigo_mock.commands.digest import digested
from amigo_mock.contract.digest import MARKER
from amigo_mock.contract.document import load
from amigo_mock.contract.drift import drift


def run(given: Namespace) -> int:
    """Compare two OpenAPI documents, or digests of such, fact by fact."""
    return drift_command(given.published, given.ours, sys.stdout)


def drift_command(old: Path | str, new: Path | str, out: TextIO) -> int:
    """Print every difference between two contracts, each an OpenAPI document or a digest of one.

    `old` is called published and `new` ours, as in `drift`; operations that only one side has are
    differences. Returns 0 if there are none and 1 otherwise. Raises `ContractError`, in one
    sentence that names the file, if either is neither document nor digest.
    """
    differences = drift(_either(old), _either(new), extra=True)
    out.writelines(f"{difference}\n" for difference in differences)
    count = len(differences)
    out.write(f"{count or 'no'} difference{'' if count == 1 else 's'}\n")
    return 1 if differences else 0


def _either(path: Path | str) -> dict[str, Any]:
    document = load(path)
    return document if MARKER in document else digested(path, document)
