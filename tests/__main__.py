"""Everything that has to hold: `python -m tests`. Extra arguments go to pytest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parent.parent

STEPS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "tests": ["pytest", "-q", "--numprocesses", "logical"],
    "lowest": ["tests.lowest"],
}


def main(arguments: list[str]) -> int:
    failed: list[str] = []
    for name, (module, *options) in STEPS.items():
        command = [sys.executable, "-m", module, *options]
        command += arguments if name == "tests" else []
        print(f"== {name}: {' '.join(command[2:])}", flush=True)
        started = perf_counter()
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(name)
        print(f"== {name}: {perf_counter() - started:.0f} s", flush=True)
    print(f"== {'failed: ' + ', '.join(failed) if failed else 'all good'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
