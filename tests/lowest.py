"""The core of the suite with the oldest releases that the package allows: `python -m tests.lowest`.

It makes environments of its own, which end with it: one for the core, and one with a pytest that is
too old, where the plugin must be in nobody's way.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent

# What the tests below need beside the package, oldest releases too.
TOOLS = ("hypothesis>=6.130", "pytest-xdist>=3.5")
CORE = (
    "tests/commands/test_commands.py::test_digest_and_drift_are_wired",
    "tests/engine/test_fake.py",
    "tests/engine/test_pipeline.py",
    "tests/engine/test_routing.py",
    "tests/plugin/test_failure_report.py",
    "tests/plugin/test_marker.py",
    "tests/plugin/test_options.py",
    "tests/plugin/test_reports.py",
    "tests/plugin/test_safety.py",
    "tests/resources/test_auth.py",
    "tests/resources/test_personas.py",
    "tests/resources/test_scenarios.py",
    "tests/resources/test_shared.py",
    "tests/resources/test_shared_lists.py",
    "tests/state/test_access_log.py",
    "tests/world/documents/test_document.py",
)
SOCKET = ("tests/resources/test_auth.py", "tests/state/test_access_log.py")
NEWER = ("tests/plugin/test_options.py::test_settings_in_toml",)  # pytest 9 has types in TOML

TOO_OLD = "pytest==6.2.5"
SUITE = """
def test_unused():
    pass

def test_used(amigo):
    pass
"""
REFUSAL = "the fixtures of amigo-mock need pytest 7.4 or newer; this is 6.2.5"


def environment(folder: Path) -> str:
    """A new virtual environment; its Python."""
    uv("venv", "--python", sys.executable, str(folder))
    return str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")


def install(python: str, *requirements: str) -> None:
    """Install the oldest releases that are allowed."""
    uv("pip", "install", "--python", python, "--resolution", "lowest-direct", *requirements)


def uv(*arguments: str) -> None:
    """Run uv; raises if it fails."""
    subprocess.run([sys.executable, "-m", "uv", "--quiet", *arguments], cwd=ROOT, check=True)


def core(folder: Path) -> bool:
    """Run the core, and over the socket with the extra for speed too; tell whether it passes."""
    python = environment(folder)
    options = [f"--deselect={test}" for test in NEWER]
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "logical", *options]
    passed = True
    for extras, tests in (("pytest", CORE), ("pytest,speed", SOCKET)):
        install(python, "--editable", f".[{extras}]", *TOOLS)
        passed &= subprocess.run([*command, *tests], cwd=ROOT, check=False).returncode == 0
    return passed


def too_old(folder: Path) -> bool:
    """Tell whether an old pytest runs all the same, and a test that uses the fake says why not."""
    python = environment(folder)
    install(python, "--editable", ".", TOO_OLD)
    suite = folder / "test_suite.py"
    suite.write_text(SUITE)
    # anyio has a plugin as well, which does not bear such a pytest.
    command = [python, "-m", "pytest", "-p", "no:anyio", "-p", "no:cacheprovider", "-W", "error"]

    def run(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [*command, *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    version, unused = run("--version"), run("-k", "unused", str(suite))
    used, option = run("-k", "test_used", str(suite)), run("--amigo-strict", str(suite))
    passed = (
        [version[0], unused[0], used[0], option[0]] == [0, 0, 1, 4]
        and f"\n{REFUSAL}\n" in used[1]
        and f"ERROR: {REFUSAL}\n" in option[1]
        and "Traceback" not in used[1] + option[1]
    )
    if passed:
        print(f"{TOO_OLD}: runs that do not use the plugin pass, those that do are refused")
    else:  # what it printed has errors in it either way
        print(*(text for _, text in (version, unused, used, option)), sep="\n")
    return passed


def main() -> int:
    """Run both; 0 if both pass."""
    with TemporaryDirectory() as folder:
        passed = [core(Path(folder, "core")), too_old(Path(folder, "too-old"))]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
