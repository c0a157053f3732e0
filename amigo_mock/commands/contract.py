"""The commands `digest` and `drift`."""

import hashlib
import json
from pathlib import Path
from typing import Any, TextIO

from amigo_mock.contract.digest import MARKER, digest
from amigo_mock.contract.document import ContractError, load, read
from amigo_mock.contract.drift import drift


def digest_command(path: Path | str, out: TextIO, source: str | None = None) -> int:
    """Print the digest of the OpenAPI document in a file, with a note of where it came from.

    `source` is the note's first entry, and the file's name if it is not given; its hash tells
    later which edition was digested. Returns 0. Raises `ContractError`, in one sentence that names
    the file, if it is no OpenAPI 3.x document.
    """
    document = load(path)
    facts = _digest(path, document)
    facts["provenance"] = {
        "info_version": document.get("info", {}).get("version"),
        "operations": len(facts["operations"]),
        "regenerate": f"amigo-mock digest {Path(path).name}",
        "sha256": hashlib.sha256(read(path)).hexdigest(),
        "source": source or Path(path).name,
    }
    out.write(json.dumps(facts, indent=1, sort_keys=True) + "\n")
    return 0


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
    return document if MARKER in document else _digest(path, document)


def _digest(path: Path | str, document: dict[str, Any]) -> dict[str, Any]:
    try:
        return digest(document)
    except ContractError as error:
        raise ContractError(f"{path}: {error}") from error
