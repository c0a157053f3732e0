"""The options of the commands."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, NoReturn, get_args, get_origin

from pydantic import SecretStr

from amigo_mock.commands import DAY, DEFAULT_PORT

EXAMPLES = {
    "serve": (
        "amigo-mock serve",
        "amigo-mock serve --port 0 --strict --seed world.yaml",
        "amigo-mock serve --state state.db --log-format json",
        """amigo-mock serve --rate-limits '{"create-simulation-persona": 3}'""",
        "amigo-mock serve --host 0.0.0.0 --control-token SECRET",
    ),
    "env": ('eval "$(amigo-mock env)"', "amigo-mock env --port 8500 --user reader"),
    "token": (
        'curl -H "Authorization: Bearer $(amigo-mock token)" \\\n'
        "       http://127.0.0.1:8484/v1/mock-org/simulation/persona/",
        "amigo-mock token --user reader --expires-in 60",
    ),
    "openapi": ("amigo-mock openapi > openapi.json", "amigo-mock openapi --strict"),
    "generate": (
        "amigo-mock generate > world.yaml",
        "amigo-mock generate --personas 1000 --format json --output world.json",
    ),
    "state": (
        "amigo-mock state export state.db --output world.yaml",
        "amigo-mock state import world.yaml state.db",
    ),
    "replay": (
        "amigo-mock replay capsule.json",
        "amigo-mock replay capsule.json --until 5 --serve",
    ),
    "digest": ("amigo-mock digest openapi.json > digest.json",),
    "drift": ("amigo-mock drift digest.json openapi.json",),
}

ACTIONS = {
    "export": "Write the world of a state file as a world document.",
    "import": "Make a state file of a world document.",
}

PLACEHOLDERS = {
    int: "NUMBER",
    float: "SECONDS",
    datetime: "TIME",
    Path: "FILE",
    SecretStr: "SECRET",
    tuple: "JSON",
}


class Parser(argparse.ArgumentParser):
    """Says in one sentence what is wrong, and ends with status 2."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,  # examples stay as they are typed
            **options,
        )
        self.names = ["--help"]

    def error(self, message: str) -> NoReturn:
        """Print the sentence and exit."""
        print(f"amigo-mock: {message}; see '{self.prog} --help'", file=sys.stderr)
        raise SystemExit(2)

    def option(self, *names: str, default: Any = None, help: str, **given: Any) -> None:
        """Add an option or an argument, whose help says its default if it has one."""
        self.names += (name for name in names if name.startswith("-"))
        if default not in (None, argparse.SUPPRESS):
            help += " (default: %(default)s)"
        self.add_argument(*names, default=default, help=help, **given)


class Version(argparse.Action):
    """Prints the version of the distribution, which is looked up only then."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,  # noqa: ARG002
        values: str | Sequence[Any] | None,  # noqa: ARG002
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        """Print it and exit."""
        from importlib.metadata import version

        print(f"amigo-mock {version('amigo-mock')}")
        parser.exit()


def parsers(commands: dict[str, str]) -> dict[str, Parser]:
    """The parser of each command by its name, and with an empty name that of the whole."""
    parser = Parser(
        prog="amigo-mock",
        description="A fake of the Amigo Classic API.",
        epilog="'amigo-mock COMMAND --help' has the options and examples of a command.",
    )
    parser.option("--version", action=Version, nargs=0, help="print the version")
    places = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    found = {"": parser}
    for name, text in commands.items():
        shown = "\n".join(f"  {line}" for line in EXAMPLES[name])
        found[name] = places.add_parser(
            name, help=text, description=text, epilog=f"examples:\n{shown}"
        )
    _add_settings(found["serve"])
    host = os.environ.get("AMIGO_MOCK_HOST", "127.0.0.1")
    port = os.environ.get("AMIGO_MOCK_PORT", str(DEFAULT_PORT))
    for name in ("env", "token"):
        option = found[name].option
        option("--host", default=host, help="where the fake is")
        option("--port", type=int, default=port, help="where the fake is")
        option("--organization", help="whose; left out: the first one")
        option("--user", help="for whom; left out: the first one of the organization")
        option(
            "--control-token",
            metavar="SECRET",
            help="the fake's control token, if it has one; left out: AMIGO_MOCK_CONTROL_TOKEN",
        )
    option = found["token"].option
    option("--expires-in", metavar="SECONDS", type=float, default=DAY, help="how long it is valid")
    found["openapi"].option("--strict", action="store_true", help="as published")
    option = found["generate"].option
    option("--personas", type=count, metavar="NUMBER", default=10, help="how many")
    option("--scenarios", type=count, metavar="NUMBER", default=10, help="how many")
    option(
        "--random-seed",
        type=int,
        metavar="NUMBER",
        default=0,
        help="the same number, the same world",
    )
    option("--format", choices=("yaml", "json"), default="yaml", help="how to write it")
    option("--output", metavar="FILE", default="-", help="where to write it; -: standard output")
    actions = found["state"].add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=Parser
    )
    for name, text in ACTIONS.items():
        found[f"state {name}"] = actions.add_parser(name, help=text, description=text)
    option = found["state export"].option
    option("file", help="state file that no server has in use")
    option(
        "--output",
        metavar="FILE",
        default="-",
        help="where to write it, as YAML if it ends so; -: standard output",
    )
    option = found["state import"].option
    option("world", help="world document, YAML or JSON")
    option("file", help="state file to make")
    option = found["replay"].option
    option("capsule", help="file that a recorded run was written to")
    option("--until", type=count, metavar="NUMBER", help="stop after so many requests")
    option("--serve", action="store_true", help="serve the world afterwards, until interrupted")
    option("--port", type=int, default=port, help="where to serve it")
    found["digest"].option("document", help="OpenAPI 3 document, JSON or YAML")
    found["drift"].option("published", help="document or digest to measure by")
    found["drift"].option("ours", help="document or digest to measure")
    return found


def _add_settings(parser: Parser) -> None:
    from amigo_mock.settings import Settings

    for name, field in Settings.model_fields.items():
        flag = f"--{name.replace('_', '-')}"
        text = (field.description or "").replace("%", "%%")
        if isinstance(field.default, str | int | float) and field.default is not False:
            text += f" (default: {field.default})"
        # What is not given is not there: the environment has its say first.
        given: dict[str, Any] = {"default": argparse.SUPPRESS, "help": text}
        if field.annotation is bool:
            parser.option(flag, action="store_const", const=True, **given)
        else:
            fallback = name.upper().rpartition("_")[2]
            parser.option(flag, metavar=_placeholder(field.annotation) or fallback, **given)
    parser.option(
        "--no-rate-limits",
        dest="rate_limits",
        action="store_const",
        const="false",
        default=argparse.SUPPRESS,
        help="Do not limit how many requests are made.",
    )


def _placeholder(annotation: Any) -> str:
    """What the value of a setting looks like: its choices, or the kind of thing that it is."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return f"{{{','.join(parts)}}}"
    if origin is Annotated:
        return _placeholder(parts[0])
    if isinstance(annotation, UnionType) or origin is not None:
        if bool in parts:
            return "{true,false,JSON}"
        return next(filter(None, map(_placeholder, parts)), "") or PLACEHOLDERS.get(origin, "")
    return PLACEHOLDERS.get(annotation, "")


def count(text: str) -> int:
    """A number from 0 on, as an option."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("0 or more")
    return number
