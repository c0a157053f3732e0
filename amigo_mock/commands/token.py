"""The command `token`."""

from __future__ import annotations

from argparse import Namespace
from contextlib import closing

from amigo_mock.commands.running import control_client


def run(given: Namespace) -> int:
    """Print a token from a fake that is running."""
    body = {"expires_in": given.expires_in}
    body |= {"organization": given.organization} if given.organization else {}
    body |= {"user": given.user} if given.user else {}
    with closing(control_client(given)) as client:
        client.greet()
        print(client.call("POST", "tokens", body)["id_token"])
    return 0
