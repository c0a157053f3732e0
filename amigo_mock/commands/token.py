"""The command `token`."""

from __future__ import annotations

import os
from argparse import Namespace

from amigo_mock.commands.env import base_url
from amigo_mock.remote.control_client import ControlClient

SECRET_VARIABLE = "AMIGO_MOCK_CONTROL_TOKEN"  # noqa: S105 - the name of one


def run(given: Namespace) -> int:
    """Print a token from a fake that is running."""
    body = {"expires_in": given.expires_in}
    body |= {"organization": given.organization} if given.organization else {}
    body |= {"user": given.user} if given.user else {}
    secret = os.environ.get(SECRET_VARIABLE) or None
    client = ControlClient(base_url(given), secret, named=SECRET_VARIABLE)
    try:
        client.greet()
        print(client.call("POST", "tokens", body)["id_token"])
    finally:
        client.close()
    return 0
