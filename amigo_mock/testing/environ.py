"""Environment variables of this process, set for a while."""

from __future__ import annotations

import os
from collections.abc import Mapping

from amigo_mock.state.switch import Switch
from amigo_mock.world.documents.document import KEY, KEY_ID


def sdk_variables(
    url: str, organization: str, user: str, key: tuple[str, str] | None
) -> dict[str, str]:
    """The environment variables that the official SDK reads; a key is its id and its text."""
    key_id, secret = key or (KEY_ID, KEY)
    return {
        "AMIGO_BASE_URL": url,
        "AMIGO_ORGANIZATION_ID": organization,
        "AMIGO_API_KEY_ID": key_id,
        "AMIGO_API_KEY": secret,
        "AMIGO_USER_ID": user,
    }


class EnvironmentVariables(Switch):
    """Variables that are set from `start` to `stop`, and restored afterwards."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._before: dict[str, str | None] = {}

    def start(self) -> None:
        """Set them."""
        self._before = {name: os.environ.get(name) for name in self._variables}
        os.environ.update(self._variables)

    def stop(self) -> None:
        """Restore the values from before."""
        for name in self._before:
            self._put_back(name)

    def settle(self) -> None:
        """Restore the variables that have one of these values again after `stop`.

        Others that change a variable in between, such as `monkeypatch`, may restore it later.
        """
        for name in self._before:
            if os.environ.get(name) == self._variables[name]:
                self._put_back(name)

    def _put_back(self, name: str) -> None:
        value = self._before[name]
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
