"""The command `generate`."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path

from amigo_mock.testing.samples import world


def run(given: Namespace) -> int:
    """Write a world of made-up personas and scenarios."""
    document = world(given.personas, given.scenarios, given.random_seed)
    if given.format == "json":
        text = json.dumps(document, indent=1) + "\n"
    else:
        import yaml

        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    if given.output == "-":
        sys.stdout.write(text)
    else:
        Path(given.output).write_text(text, encoding="utf-8")
    return 0
