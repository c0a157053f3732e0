"""The command `env`."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Mapping

from amigo_mock.world.documents.document import KEY, KEY_ID, ORGANIZATION, USER


def run(given: Namespace) -> int:
    """Print the variables that the official SDK reads, to paste or to `eval`."""
    found = {
        "AMIGO_BASE_URL": base_url(given),
        "AMIGO_ORGANIZATION_ID": ORGANIZATION,
        "AMIGO_API_KEY_ID": KEY_ID,
        "AMIGO_API_KEY": KEY,
        "AMIGO_USER_ID": USER,
    }
    print(exports(found))
    return 0


def exports(variables: Mapping[str, str]) -> str:
    """The lines with which a shell sets variables."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


def base_url(given: Namespace) -> str:
    """The address of the fake that the options `host` and `port` name."""
    host = f"[{given.host}]" if ":" in given.host else given.host
    return f"http://{host}:{given.port}"
