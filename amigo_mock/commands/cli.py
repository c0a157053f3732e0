"""The command line: `amigo-mock` and its commands."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from amigo_mock.commands import DAY, DEFAULT_PORT
from amigo_mock.contract.document import ContractError
from amigo_mock.errors import MockError, there_is_no

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


STATE_ACTIONS = {
    "export": "Write the world of a state file as a world document.",
    "import": "Make a state file of a world document.",
}


class Parser(argparse.ArgumentParser):
    """Says in one sentence what is wrong, and ends with status 2."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            allow_abbrev=False, formatter_class=argparse.ArgumentDefaultsHelpFormatter, **options
        )

    def error(self, message: str) -> NoReturn:
        """Print the sentence and exit."""
        print(f"amigo-mock: {message}; see '{self.prog} --help'", file=sys.stderr)
        raise SystemExit(2)

    def options(self) -> list[str]:
        """The names of its options."""
        return [name for action in self._actions for name in action.option_strings]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the status it ends with is 0, 1 for a finding, or 2 for a mistake."""
    # Looking for plugins of pydantic costs more than building every model here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    parsers = _parsers()
    parser = parsers[""]
    given, unknown = parser.parse_known_args(arguments)
    if unknown:
        names = given.command, getattr(given, "action", None)
        inner = parsers[" ".join(filter(None, names))]
        inner.error(there_is_no("option", unknown[0], inner.options()))
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


# Options


def _parsers() -> dict[str, Parser]:
    parser = Parser(prog="amigo-mock", description="A fake of the Amigo Classic API.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    found = {"": parser}
    for name, text in COMMANDS.items():
        found[name] = commands.add_parser(name, help=text, description=text)
    _add_settings(found["serve"])
    host = os.environ.get("AMIGO_MOCK_HOST", "127.0.0.1")
    port = os.environ.get("AMIGO_MOCK_PORT", str(DEFAULT_PORT))
    for name in ("env", "token"):
        found[name].add_argument("--host", default=host, help="where the fake is")
        found[name].add_argument("--port", type=int, default=port, help="where the fake is")
    options = found["token"].add_argument
    options("--organization", help="whose user; left out: the default organization")
    options("--user", help="for whom; left out: the default user")
    options("--expires-in", type=float, default=DAY, help="seconds that it is valid")
    found["openapi"].add_argument("--strict", action="store_true", help="as published")
    options = found["generate"].add_argument
    options("--personas", type=count, default=10, help="how many")
    options("--scenarios", type=count, default=10, help="how many")
    options("--random-seed", type=int, default=0, help="the same number, the same world")
    options("--format", choices=("yaml", "json"), default="yaml", help="how to write it")
    options("--output", default="-", help="file to write; -: standard output")
    actions = found["state"].add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=Parser
    )
    for name, text in STATE_ACTIONS.items():
        found[f"state {name}"] = actions.add_parser(name, help=text, description=text)
    options = found["state export"].add_argument
    options("file", help="state file that no server has in use")
    options("--output", default="-", help="file to write, YAML if it ends so; -: standard output")
    options = found["state import"].add_argument
    options("world", help="world document, YAML or JSON")
    options("file", help="state file to make")
    options = found["replay"].add_argument
    options("capsule", help="file that a recorded run was written to")
    options("--until", type=count, metavar="N", help="stop after so many requests")
    options("--serve", action="store_true", help="serve the world afterwards, until interrupted")
    options("--port", type=int, default=port, help="where to serve it")
    found["digest"].add_argument("document", help="OpenAPI 3 document, JSON or YAML")
    found["drift"].add_argument("published", help="document or digest to measure by")
    found["drift"].add_argument("ours", help="document or digest to measure")
    return found


def _add_settings(parser: Parser) -> None:
    from amigo_mock.settings import Settings

    for name, field in Settings.model_fields.items():
        option = f"--{name.replace('_', '-')}"
        text = (field.description or "").replace("%", "%%")
        if isinstance(field.default, str | int | float) and field.default is not False:
            text += f" (default: {field.default})"
        # What is not given is not there: the environment has its say first.
        given: dict[str, Any] = {"default": argparse.SUPPRESS, "help": text}
        if field.annotation is bool:
            parser.add_argument(option, action="store_const", const=True, **given)
        else:
            parser.add_argument(option, metavar=name.upper().rpartition("_")[2], **given)
    parser.add_argument(
        "--no-rate-limits",
        dest="rate_limits",
        action="store_const",
        const="false",
        default=argparse.SUPPRESS,
        help="Do not limit how many requests are made.",
    )


def count(text: str) -> int:
    """A number from 0 on, as an option."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("0 or more")
    return number
