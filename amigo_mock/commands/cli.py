"""The command line: `amigo-mock` and its commands."""

from __future__ import annotations

import argparse
import gc
import json
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, NoReturn

from amigo_mock.errors import MockError, nearest

if TYPE_CHECKING:
    from amigo_mock.settings import Settings

PORT = 8484
DAY = 24 * 60 * 60.0
SECRET_VARIABLE = "AMIGO_MOCK_CONTROL_TOKEN"  # noqa: S105 - the name of one

EXAMPLE = {
    "name": "Confused New User",
    "role": "patient",
    "tags": {"category": "onboarding", "difficulty": "low"},
    "initial_version": {
        "background": (
            "A 35-year-old first-time user who is unfamiliar with the platform and tends to ask "
            "basic questions."
        ),
        "preferred_language": "eng",
    },
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
        inner = parsers[given.command or ""]
        inner.error(f"there is no option {unknown[0]!r}{nearest(unknown[0], inner.options())}")
    if given.command is None:
        parser.error(
            "say what to do: serve, env, token, openapi, generate, replay, digest or drift"
        )
    try:
        return int(given.run(given) or 0)
    except (MockError, ValueError) as error:
        print(f"amigo-mock: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0
    except OSError as error:
        print(f"amigo-mock: {error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        return 2


# Commands


def serve(given: argparse.Namespace) -> int:
    """Serve a fake until interrupted."""
    from amigo_mock.mock import AmigoMock
    from amigo_mock.state.access_log import writer

    settings = _settings(given)
    mock = AmigoMock(settings)
    if settings.log_format != "none":
        mock.requests.subscribe(writer(sys.stdout, settings.log_format))
    done = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with mock:
        _introduce(mock, sys.stderr if settings.log_format == "json" else sys.stdout)
        import amigo_mock.server.server  # noqa: F401 - somebody will connect, and it is to be there then

        # This process does nothing but serve, and what is there by now stays: the collector need
        # not look at it again.
        gc.freeze()
        while not done.wait(3600):
            pass
    return 0


def env(given: argparse.Namespace) -> int:
    """Print the variables that the official SDK reads, to paste or to `eval`."""
    from amigo_mock.world.document import KEY, KEY_ID, ORGANIZATION, USER

    found = {
        "AMIGO_BASE_URL": _base_url(given),
        "AMIGO_ORGANIZATION_ID": ORGANIZATION,
        "AMIGO_API_KEY_ID": KEY_ID,
        "AMIGO_API_KEY": KEY,
        "AMIGO_USER_ID": USER,
    }
    print(_exports(found))
    return 0


def token(given: argparse.Namespace) -> int:
    """Print a token from a fake that is running."""
    from amigo_mock.remote.control_client import ControlClient

    body = {"expires_in": given.expires_in}
    body |= {"organization": given.organization} if given.organization else {}
    body |= {"user": given.user} if given.user else {}
    secret = os.environ.get(SECRET_VARIABLE) or None
    client = ControlClient(_base_url(given), secret, named=SECRET_VARIABLE)
    try:
        client.greet()
        print(client.call("POST", "tokens", body)["id_token"])
    finally:
        client.close()
    return 0


def openapi(given: argparse.Namespace) -> int:
    """Print the OpenAPI document of what is emulated."""
    from amigo_mock.operations.openapi import document
    from amigo_mock.resources import CATALOG

    print(json.dumps(document(CATALOG.all(), "amigo-mock", strict=given.strict), indent=2))
    return 0


def generate(given: argparse.Namespace) -> int:
    """Write a world of made-up personas and scenarios."""
    from amigo_mock.testing.samples import world

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


def replay(given: argparse.Namespace) -> int:
    """Make the requests of a capsule again, and tell what is answered differently."""
    from amigo_mock.commands.replay import replay_command

    return replay_command(given.capsule, sys.stdout, given.until, given.port, serve=given.serve)


def digest(given: argparse.Namespace) -> int:
    """Distil an OpenAPI document to facts."""
    from amigo_mock.commands.contract import digest_command

    return digest_command(given.document, sys.stdout)


def drift(given: argparse.Namespace) -> int:
    """Compare two OpenAPI documents, or digests of such, fact by fact."""
    from amigo_mock.commands.contract import drift_command

    return drift_command(given.published, given.ours, sys.stdout)


# Options


def _parsers() -> dict[str, Parser]:
    parser = Parser(prog="amigo-mock", description="A fake of the Amigo Classic API.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    found = {"": parser}
    for run in (serve, env, token, openapi, generate, replay, digest, drift):
        text = run.__doc__ or ""
        found[run.__name__] = commands.add_parser(run.__name__, help=text, description=text)
        found[run.__name__].set_defaults(run=run)
    _add_settings(found["serve"])
    host = os.environ.get("AMIGO_MOCK_HOST", "127.0.0.1")
    port = os.environ.get("AMIGO_MOCK_PORT", str(PORT))
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


def _settings(given: argparse.Namespace) -> Settings:
    from amigo_mock.settings import Settings, parse

    values = {
        name: parse(name, value) if isinstance(value, str) else value
        for name in Settings.model_fields
        if (value := getattr(given, name, None)) is not None
    }
    settings = Settings.from_environment(os.environ, **values)
    if settings.port is None:
        settings = settings.model_copy(update={"port": PORT})
    return settings


def count(text: str) -> int:
    """A number from 0 on, as an option."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("0 or more")
    return number


# Output


def _introduce(mock: Any, stream: Any) -> None:
    organization = mock.env["AMIGO_ORGANIZATION_ID"]
    command = [
        *("curl", "--request", "POST"),
        f"{mock.url}/v1/{organization}/simulation/persona/",
        *("--header", f"Authorization: Bearer {mock.token(expires_in=DAY)}"),
        *("--header", "Content-Type: application/json"),
        *("--data", json.dumps(EXAMPLE)),
    ]
    print(f"amigo-mock is serving at {mock.url} (Ctrl+C ends it)\n", file=stream)
    print(f"For the official SDK:\n\n{_exports(mock.env)}\n", file=stream)
    print(f"Your first persona:\n\n{shlex.join(command)}\n", file=stream, flush=True)


def _exports(variables: Any) -> str:
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


def _base_url(given: argparse.Namespace) -> str:
    host = f"[{given.host}]" if ":" in given.host else given.host
    return f"http://{host}:{given.port}"
