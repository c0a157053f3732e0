"""The command `digest`."""

from __future__ import annotations

import hashlib
import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any, TextIO

from amigo_mock.contract.digest import digest
from amigo_mock.contract.document import ContractError, load, read


def run(given: Namespace) -> int:
    """Distil an OpenAPI document to facts."""
    return digest_command(given.document, sys.stdout)


def digest_command(path: Path | str, out: TextIO, source: str | None = None) -> int:
    """Print the digest of the OpenAPI document in a file, with a note of where it came from.

    `source` is the note's first entry, and the file's name if it is not given; its hash tells
    later which edition was digested. Returns 0. Raises `ContractError`, in one sentence that names
    the file, if it is no OpenAPI 3.x document.
    """
    document = load(path)
    facts = digested(path, document)
    facts["provenance"] = {
        "info_version": document.get("info", {}).get("version"),
        "operations": len(facts["operations"]),
        "regenerate": f"amigo-mock digest {Path(path).name}",
        "sha256": hashlib.sha256(read(path)).hexdigest(),
        "source": source or Path(path).name,
    }
    out.write(json.dumps(facts, indent=1, sort_keys=True) + "\n")
    return 0


def digested(path: Path | str, document: dict[str, Any]) -> dict[str, Any]:
    """The digest of a document. Raises `ContractError` that names its file."""
    try:
        return digest(document)
    except ContractError as error:
        raise ContractError(f"{path}: {error}") from error
