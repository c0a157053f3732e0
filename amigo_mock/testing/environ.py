"""Variables of this process's environment, for a while."""

from __future__ import annotations

import os
from collections.abc import Mapping

from amigo_mock.state.switch import Switch


class Carried(Switch):
    """Variables that the environment has from `start` to `stop`, and then what it had before."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._before: dict[str, str | None] = {}

    def start(self) -> None:
        """Set them."""
        self._before = {name: os.environ.get(name) for name in self._variables}
        os.environ.update(self._variables)

    def stop(self) -> None:
        """Put back what there was."""
        for name in self._before:
            self._put_back(name)

    def settle(self) -> None:
        """Put back what has been put to its value between `start` and `stop` since.

        Who changes a variable in between, and puts back what they found, may do that after `stop`.
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
