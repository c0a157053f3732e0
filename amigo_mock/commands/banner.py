"""The banner of `serve`: what is served, how, and what to do first."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from amigo_mock.commands import DAY
from amigo_mock.commands.env import exports
from amigo_mock.engine.http.addresses import is_local
from amigo_mock.mock import AmigoMock
from amigo_mock.settings import Settings

WIDTH = 76  # columns: a line that a terminal wraps cannot always be copied
EXAMPLE = {
    "name": "Confused New User",
    "role": "patient",
    "tags": {"category": "onboarding", "difficulty": "low"},
    "initial_version": {
        "background": "Has never used the app, and asks basic questions.",
        "preferred_language": "eng",
        "user_models": [],
        "nonsensitive_user_variables": {},
        "sensitive_user_variables": {},
    },
}


def banner(mock: AmigoMock, settings: Settings) -> str:
    """The first lines of a server: address, settings, variables, and a first request."""
    organization = mock.env["AMIGO_ORGANIZATION_ID"]
    rows = "\n".join(f"  {name:<12} {text}" for name, text in _rows(mock, settings, organization))
    until = datetime.fromtimestamp(mock.clock.now() + DAY, UTC)
    return (
        f"amigo-mock is serving at {mock.url} (Ctrl+C ends it)\n\n"
        f"{rows}\n\n"
        f"For the official SDK:\n\n{exports(mock.env)}\n\n"
        f"Your first request, with a token until {until:%Y-%m-%d %H:%M} UTC:\n\n"
        f"{_token(mock.token(expires_in=DAY))}\n"
        f"{_curl(f'{mock.url}/v1/{organization}/simulation/persona/')}\n"
    )


def _rows(mock: AmigoMock, settings: Settings, organization: str) -> Iterator[tuple[str, str]]:
    source = settings.seed if isinstance(settings.seed, Path) else "the default one"
    yield "world", f"{source}, organization {organization}"
    yield (
        "state",
        f"kept in {settings.state}" if settings.state else "not kept; --state FILE keeps it",
    )
    yield (
        "contract",
        "strict" if settings.strict else "some leniencies, each with a warning; --strict has none",
    )
    yield (
        "rate limits",
        "on; --no-rate-limits turns them off" if mock.rate_limits.enabled else "off",
    )
    yield "operations", f"{mock.url}/v1/openapi.json"
    yield "control API", f"{mock.url}/_mock/openapi.json"
    if settings.control_token is not None:
        yield "", "asks for the control token"
    elif not is_local(settings.host):
        yield "", "answers only to this machine; --control-token opens it"
        yield "warning", "whoever reaches this machine can sign in: the key is published"


def _token(token: str) -> str:
    """The token as a variable of a shell, in lines that fit."""
    text = f"TOKEN={token}"
    return "\\\n".join(text[start : start + WIDTH] for start in range(0, len(text), WIDTH))


def _curl(url: str) -> str:
    return " \\\n  ".join(
        (
            f"curl --request POST {shlex.quote(url)}",
            '--header "Authorization: Bearer $TOKEN"',
            "--header 'Content-Type: application/json'",
            f"--data {shlex.quote(json.dumps(EXAMPLE, indent=2))}",
        )
    )
