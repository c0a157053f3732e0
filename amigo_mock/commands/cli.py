"""The command line: `amigo-mock` and its commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from amigo_mock.commands.options import parsers
from amigo_mock.contract.document import ContractError
from amigo_mock.errors import MockError
from amigo_mock.names import among, there_is_no

COMMANDS = {
    "serve": "Serve a fake until interrupted.",
    "env": "Print the variables that the official SDK reads, to paste or to `eval`.",
    "token": "Print a token from a fake that is running.",
    "openapi": "Print the OpenAPI document of what is emulated.",
    "generate": "Write a world of made-up personas and scenarios.",
    "state": "Write the world of a state file, or make a state file of a world.",
    "replay": "Make the requests of a capsule again, and tell what is answered differently.",
    "digest": "Distil an OpenAPI document to facts.",
    "drift": "Compare two OpenAPI documents, or digests of such, fact by fact.",
}
"""The commands, each with a module of its name here whose `run` is called."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the status it ends with is 0, 1 for a finding, or 2 for a mistake."""
    # Looking for plugins of pydantic costs more than building every model here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    found = parsers(COMMANDS)
    parser = found[""]
    words = sys.argv[1:] if arguments is None else list(arguments)
    name = next((word for word in words if not word.startswith("-")), None)
    if name is not None and name not in COMMANDS:
        parser.error(f"there is no command {name!r}{among(name, COMMANDS)}")
    given, unknown = parser.parse_known_args(words)
    if unknown:
        names = given.command, getattr(given, "action", None)
        inner = found[" ".join(filter(None, names))]
        inner.error(there_is_no("option", unknown[0], inner.names))
    if given.command is None:
        *most, last = COMMANDS
        parser.error(f"say what to do: {', '.join(most)} or {last}")
    try:
        # A command is loaded when it is called.
        command = import_module(f"amigo_mock.commands.{given.command}")
        return int(command.run(given))
    except (MockError, ContractError) as error:
        print(f"amigo-mock: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0
    except OSError as error:
        print(f"amigo-mock: {error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        return 2
