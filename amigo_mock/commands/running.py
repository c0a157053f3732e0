"""The fake that is running, as the commands that ask it find it."""

from __future__ import annotations

import os
from argparse import Namespace

from amigo_mock.remote.control_client import ControlClient
from amigo_mock.server.sockets import url_of
from amigo_mock.settings import Settings

TOKEN_VARIABLE = "AMIGO_MOCK_CONTROL_TOKEN"  # noqa: S105 - the name of one


def control_client(given: Namespace) -> ControlClient:
    """A client of the fake that the options `host`, `port` and `control_token` name."""
    secret = given.control_token or os.environ.get(TOKEN_VARIABLE) or None
    return ControlClient(base_url(given), secret, named=f"--control-token or {TOKEN_VARIABLE}")


def base_url(given: Namespace | Settings) -> str:
    """The address, for this machine, of the fake that the options `host` and `port` name."""
    return url_of(given.host, given.port)
