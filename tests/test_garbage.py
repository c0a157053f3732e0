"""Loading while the collector rests."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from amigo_mock.garbage import load

LOOK = "import gc\nat_work = gc.isenabled()\n"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module that tells whether the collector was at work when it was imported."""
    path = tmp_path / "looks_around.py"
    path.write_text(LOOK)
    gc.enable()
    gc.unfreeze()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield path
    sys.modules.pop(path.stem, None)
    gc.enable()


def test_the_collector_rests_and_goes_on(module: Path) -> None:
    """Rule: off while a module is imported, on afterwards. Source: `load`."""
    found = load(module.stem)
    assert (found.at_work, gc.isenabled()) == (False, True)
    assert load(module.stem) is found


def test_a_collector_that_is_off_stays_off(module: Path) -> None:
    """Rule: who has turned it off has their reasons. Source: `load`."""
    gc.disable()
    load(module.stem)
    assert not gc.isenabled()


def test_what_was_frozen_stays_frozen(module: Path) -> None:
    """Rule: a process that is about to fork has frozen what it shares. Source: `gc.freeze`."""
    load(module.stem)
    assert gc.get_freeze_count() == 0
    del sys.modules[module.stem]
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        load(module.stem)
        # Some of it may have gone, as nobody needed it any more; the rest has stayed.
        assert gc.get_freeze_count() > frozen / 2 > 0
    finally:
        gc.unfreeze()


def test_a_module_that_breaks_leaves_the_collector_on(module: Path) -> None:
    """Rule: on again, whatever happens. Source: `load`."""
    module.write_text("1 / 0")
    with pytest.raises(ZeroDivisionError):
        load(module.stem)
    assert gc.isenabled()
    with pytest.raises(ModuleNotFoundError):
        load("nothing_of_this_name")
    assert gc.isenabled()
