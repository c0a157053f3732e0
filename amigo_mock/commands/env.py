"""The command `env`."""

from __future__ import annotations

import shlex
import sys
from argparse import Namespace
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from amigo_mock.commands.running import base_url, control_client
from amigo_mock.errors import MockError
from amigo_mock.names import among
from amigo_mock.remote.control_client import Unreachable
from amigo_mock.testing.environ import sdk_variables
from amigo_mock.world.documents.document import KEY, KEY_ID, ORGANIZATION, USER


def run(given: Namespace) -> int:
    """Print the variables that the official SDK reads, to paste or to `eval`."""
    url = base_url(given)
    try:
        print(exports(_asked(given, url)))
    except Unreachable:
        if given.organization or given.user:
            raise
        print(f"amigo-mock: nothing answers at {url}: these are the defaults", file=sys.stderr)
        print(exports(sdk_variables(url, ORGANIZATION, USER, (KEY_ID, KEY))))
    return 0


def exports(variables: Mapping[str, str]) -> str:
    """The lines with which a shell sets variables."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


def _asked(given: Namespace, url: str) -> Mapping[str, str]:
    """The variables of the fake that is running. Raises `MockError` for who is not there."""
    with closing(control_client(given)) as client:
        client.greet()
        found = _chosen("organization", client.call("GET", "organizations"), given.organization)
    user = _chosen("user", found, given.user)["id"]
    key = next(iter(found["api_keys"]), None)
    return sdk_variables(url, found["id"], user, key and (key["id"], key["key"]))


def _chosen(what: str, owner: Mapping[str, Any], id: str | None) -> Any:
    """The organization or user with an id, or the first one."""
    known = {one["id"]: one for one in owner[f"{what}s"]}
    if not known:
        raise MockError(f"the fake has no {what}; give its world one")
    if id is not None and id not in known:
        raise MockError(f"there is no {what} {id!r}{among(id, known)}")
    return known[next(iter(known)) if id is None else id]
