"""`python -m persona_sync personas.yaml`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from amigo_sdk import AmigoConfig, AmigoError

from persona_sync.service import Service
from persona_sync.sync import sync
from persona_sync.wanted import read


def main(arguments: Sequence[str]) -> int:
    """Sync one file with the service that the environment names. 0 if all went well."""
    config = AmigoConfig()  # type: ignore[call-arg]  # it reads the environment
    try:
        with Service(config) as service:
            changes = sync(service, read(Path(arguments[0])))
    except AmigoError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{changes}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
