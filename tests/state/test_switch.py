"""Switches: on for the length of a block."""

from __future__ import annotations

import pytest

from amigo_mock.state.switch import Switch


class Lamp(Switch):
    """A switch that counts."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def start(self) -> None:
        self.steps.append("on")

    def stop(self) -> None:
        self.steps.append("off")


def test_a_block_turns_it_on_and_off() -> None:
    """Rule: whatever happens in the block, it is off behind it. Source: `Switch`."""
    lamp = Lamp()
    with lamp as found:
        assert (found, lamp.steps) == (lamp, ["on"])
    with pytest.raises(KeyError), lamp:
        raise KeyError
    assert lamp.steps == ["on", "off"] * 2
